import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";

/** What can be done with a row of a list. A click on an action does not open the row. */
export function RowActions({ children }: { children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only stops the row's own action.
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above.
    <div onClick={(event) => event.stopPropagation()}>
      <Group gap={0} wrap="nowrap" ml={-12}>
        {children}
      </Group>
    </div>
  );
}

interface Props {
  children: ReactNode;
  onClick: () => void;
  icon?: ReactNode;
  danger?: boolean;
}

export function RowAction({ children, onClick, icon, danger = false }: Props) {
  return (
    <Button
      variant="subtle"
      size="sm"
      px={12}
      color={danger ? "bad" : "primary"}
      leftSection={icon}
      style={{ flex: "none" }}
      onClick={onClick}
    >
      {children}
    </Button>
  );
}
