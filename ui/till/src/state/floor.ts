// The tables of the shop with what is open on them.

import type { Box } from "@shared/plan";

export interface FloorTable {
  name: string;
  area: string | null;
  seats: number | null;
  /** Where it stands on the plan of its area; null: nowhere. */
  box: Box | null;
}

export interface FloorOrder {
  id: string;
  table_number?: string | null;
  total: number;
  paid: number;
  created_at: string;
  /** When its bill was printed. */
  bill_at?: string | null;
}

export interface Place {
  table: FloorTable;
  orders: FloorOrder[];
  /** What is still due, in rupiah. */
  due: number;
  /** When the oldest open order began; null if the table is free. */
  since: string | null;
  /** The bill of every open order has been printed: the guests are about to pay. */
  hasBill: boolean;
}

export interface Area {
  name: string | null;
  places: Place[];
}

/** How long a table has been taken, in minutes; null if the time cannot be read. */
export function minutesSince(since: string, now: number): number | null {
  const minutes = Math.floor((now - Date.parse(since)) / 60_000);
  return Number.isNaN(minutes) ? null : Math.max(0, minutes);
}

const numbers = new Intl.Collator(undefined, { numeric: true });

/** Tables by area, in the sequence of their names as numbers. Orders at a table that does not exist get a place of their own. */
export function floor(tables: readonly FloorTable[], orders: readonly FloorOrder[]): Area[] {
  const byTable = new Map<string, FloorOrder[]>();
  for (const order of orders) {
    if (order.table_number) byTable.set(order.table_number, [...(byTable.get(order.table_number) ?? []), order]);
  }
  const known = new Set(tables.map(({ name }) => name));
  const strange = [...byTable.keys()]
    .filter((name) => !known.has(name))
    .map((name) => ({ name, area: null, seats: null, box: null }));
  const areas = new Map<string | null, Place[]>();
  for (const table of [...tables, ...strange].sort((a, b) => numbers.compare(a.name, b.name))) {
    const open = byTable.get(table.name) ?? [];
    const since = open.reduce<string | null>(
      (first, { created_at: at }) => (first === null || at < first ? at : first),
      null,
    );
    const due = open.reduce((sum, order) => sum + order.total - order.paid, 0);
    areas.set(table.area, [
      ...(areas.get(table.area) ?? []),
      { table, orders: open, due, since, hasBill: open.length > 0 && open.every((order) => order.bill_at) },
    ]);
  }
  const sequence = (name: string | null) => name ?? "\uffff";
  return [...areas]
    .map(([name, places]) => ({ name, places }))
    .sort((a, b) => numbers.compare(sequence(a.name), sequence(b.name)));
}
