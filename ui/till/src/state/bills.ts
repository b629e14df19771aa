// A bill that is split by line: which pieces go to which new bill, until the server splits it.

/** How much of each line goes to a new bill, by the line's id, in the line's scale. */
export type Bill = Readonly<Record<string, number>>;

interface Line {
  id: string;
  qty: number;
  /** 0: pieces. What is weighed goes as a whole. */
  qty_scale: number;
  amount: number;
}

/** How much of a line no new bill has. */
export function rest(line: Line, bills: readonly Bill[]): number {
  return line.qty - bills.reduce((sum, bill) => sum + (bill[line.id] ?? 0), 0);
}

/** Puts one more piece of a line on a bill, or the whole line if it is weighed. Without any left, nothing changes. */
export function put(bills: readonly Bill[], at: number, line: Line): Bill[] {
  return move(bills, at, line, line.qty_scale === 0 ? 1 : line.qty);
}

/** Takes one piece of a line from a bill again, or the whole line if it is weighed. */
export function take(bills: readonly Bill[], at: number, line: Line): Bill[] {
  return move(bills, at, line, line.qty_scale === 0 ? -1 : -line.qty);
}

function move(bills: readonly Bill[], at: number, line: Line, by: number): Bill[] {
  const next = (bills[at]?.[line.id] ?? 0) + by;
  if (next < 0 || rest(line, bills) - by < 0) return [...bills];
  return bills.map((bill, index) => (index === at ? { ...bill, [line.id]: next } : bill));
}

/** What the pieces of a line cost before charges. */
export function amountOf(line: Line, qty: number): number {
  return Math.round((line.amount * qty) / line.qty);
}

/** Why the order cannot be split so. */
export type Refusal = "nothing" | "everything" | "empty";

export function refusal(lines: readonly Line[], bills: readonly Bill[]): Refusal | null {
  const isEmpty = (bill: Bill) => lines.every(({ id }) => (bill[id] ?? 0) === 0);
  if (bills.every(isEmpty)) return "nothing";
  if (bills.some(isEmpty)) return "empty";
  return lines.every((line) => rest(line, bills) === 0) ? "everything" : null;
}

/** The new bills as the server wants them. */
export function partsOf(lines: readonly Line[], bills: readonly Bill[]) {
  return bills.map((bill) =>
    lines.flatMap(({ id, qty }) => {
      const part = bill[id] ?? 0;
      if (part === 0) return [];
      return [part === qty ? { line_id: id } : { line_id: id, qty: part }];
    }),
  );
}
