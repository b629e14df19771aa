// What on the board nobody has seen yet: new tickets, voids and moves. A sound repeats until somebody touches the screen.

import type { Ticket } from "./api";

/** What a ticket shows that must be seen: another text means that there is something new. */
export function newsOf(ticket: Pick<Ticket, "id" | "state" | "moved_from" | "lines">): string {
  const flags = ticket.lines.map((line) => (line.change == null ? "" : `${line.id} ${line.change}`));
  return JSON.stringify([ticket.id, ticket.moved_from ?? "", ticket.state === "cancelled", ...flags.filter(Boolean)]);
}

/** The tickets with news that are not among those that were seen. */
export function unseen<T extends Parameters<typeof newsOf>[0]>(board: readonly T[], seen: ReadonlySet<string>): T[] {
  return board.filter((ticket) => !seen.has(newsOf(ticket)));
}
