// Lists that are read whole, and shown page by page all the same.

import type { Page, Pages } from "@shared/api/pages";
import { useState } from "react";

/** Rows of a page. */
export const PAGE_SIZE = 50;
const LARGEST_PAGE = 500;

/** All rows of a list that is short enough to be read at once, such as outlets and categories. */
export async function readAll<Row>(
  readPage: (cursor: string | undefined, limit: number) => Promise<Page<Row>>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = await readPage(cursor, LARGEST_PAGE);
    rows.push(...page.data);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

interface Whole<Row> {
  rows: Row[] | undefined;
  error: unknown;
  reread: () => void;
}

/** Pages of rows that are all there. `key` names the filters: another key begins at the first page. */
export function useSlices<Row>(key: string, { rows, error, reread }: Whole<Row>, size = PAGE_SIZE): Pages<Row> {
  const [at, setAt] = useState({ key, page: 1 });
  const last = Math.max(1, Math.ceil((rows?.length ?? 0) / size));
  const page = Math.min(at.key === key ? at.page : 1, last);
  return {
    rows: rows?.slice((page - 1) * size, page * size),
    error,
    stale: false,
    page,
    hasNext: page < last,
    next: () => setAt({ key, page: page + 1 }),
    previous: () => setAt({ key, page: page - 1 }),
    reread,
  };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The parameters that have a value. */
export function given<T extends object>(params: T): Given<T> {
  return Object.fromEntries(
    Object.entries(params).filter(([, value]) => value !== undefined && value !== ""),
  ) as Given<T>;
}

/** The header that makes a change fail if someone else has changed the row since it was read. */
export const ifMatch = (version: number) => ({ "If-Match": String(version) });
