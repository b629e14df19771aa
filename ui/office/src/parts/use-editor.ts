import { useState } from "react";

/** A sheet that edits a row, or makes a new one. The row stays shown while the sheet closes. */
export function useEditor<Row>() {
  const [state, setState] = useState<{ row: Row | null; opened: boolean; turn: number }>({
    row: null,
    opened: false,
    turn: 0,
  });
  return {
    row: state.row,
    opened: state.opened,
    /** Another key for each opening, so that its form begins with the row's values. */
    key: state.turn,
    edit: (row: Row | null) => setState(({ turn }) => ({ row, opened: true, turn: turn + 1 })),
    close: () => setState((last) => ({ ...last, opened: false })),
  };
}
