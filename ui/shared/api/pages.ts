// Pages of the servers' lists: each page names the cursor of the next one.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

export interface Page<Row> {
  data: Row[];
  next_cursor?: string | null;
}

export interface Pages<Row> {
  /** Undefined until the first answer. */
  rows: Row[] | undefined;
  error: unknown;
  /** The rows of an earlier request are shown while the new ones are read. */
  stale: boolean;
  /** 1 is the first page. */
  page: number;
  hasNext: boolean;
  next: () => void;
  previous: () => void;
  reread: () => void;
}

/**
 * Reads a list page by page. `key` begins with the topic of the events that reread it, and names all filters: another key begins at
 * the first page.
 */
export function usePages<Row>(
  key: readonly unknown[],
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Row>>,
): Pages<Row> {
  const id = JSON.stringify(key);
  const [visited, setVisited] = useState<{ id: string; cursors: string[] }>({ id, cursors: [] });
  const cursors = visited.id === id ? visited.cursors : [];
  const cursor = cursors.at(-1);
  const list = useQuery({
    queryKey: [...key, cursor ?? ""],
    queryFn: ({ signal }) => read(cursor, signal),
    placeholderData: keepPreviousData,
  });
  const next = list.data?.next_cursor ?? null;
  return {
    rows: list.data?.data,
    error: list.error,
    stale: list.isPlaceholderData,
    page: cursors.length + 1,
    hasNext: next !== null,
    next: () => {
      if (next !== null && !list.isPlaceholderData) setVisited({ id, cursors: [...cursors, next] });
    },
    previous: () => setVisited({ id, cursors: cursors.slice(0, -1) }),
    reread: () => void list.refetch(),
  };
}
