// What is done on the board. A bump is seen at once; if the server refuses it, the ticket comes back and the error says why.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import {
  advanceLine,
  BOARD,
  bumpTicket,
  isToMake,
  recallTicket,
  startTicket,
  type Ticket,
  type TicketLine,
} from "./api";
import type { Place } from "./device";
import { useHead } from "./head";

/** How long a bump can be undone at the foot of the board; later through the list. */
const UNDO_MS = 10_000;

export interface Work {
  start: (ticket: Ticket) => void;
  bump: (ticket: Ticket) => void;
  advance: (line: TicketLine) => void;
  /** The last bump, as long as it can be undone here. */
  bumped: { id: string; head: string } | null;
  undo: () => void;
  error: unknown;
  forgetError: () => void;
}

export function useWork(place: Place): Work {
  const queries = useQueryClient();
  const headOf = useHead();
  const [bumped, setBumped] = useState<Work["bumped"]>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (bumped === null) return;
    const timer = setTimeout(() => setBumped(null), UNDO_MS);
    return () => clearTimeout(timer);
  }, [bumped]);
  const key = [...BOARD, place];
  const show = (change: (board: Ticket[]) => Ticket[]) =>
    queries.setQueryData<Ticket[]>(key, (board) => (board === undefined ? board : change(board)));
  const run = async (work: Promise<Ticket>) => {
    try {
      const ticket = await work;
      setError(null);
      show((board) =>
        board.map((shown) => (shown.id === ticket.id ? ticket : shown)).filter((shown) => shown.on_board),
      );
    } catch (thrown) {
      setError(thrown);
      setBumped(null);
    } finally {
      void queries.invalidateQueries({ queryKey: ["kitchen"] });
    }
  };
  return {
    start: (ticket) => void run(startTicket(ticket.id)),
    bump: (ticket) => {
      // A board that was read before the bump must not bring the ticket back.
      void queries.cancelQueries({ queryKey: key });
      show((board) => board.filter((shown) => shown.id !== ticket.id));
      // A ticket without work is not made ready: its void was only seen.
      setBumped(isToMake(ticket) ? { id: ticket.id, head: headOf(ticket) } : null);
      void run(bumpTicket(ticket.id));
    },
    advance: (line) => {
      const next = line.state === "new" ? "cooking" : line.state === "cooking" ? "ready" : null;
      if (next !== null) void run(advanceLine(line.id, next));
    },
    bumped,
    undo: () => {
      if (bumped !== null) void run(recallTicket(bumped.id));
      setBumped(null);
    },
    error,
    forgetError: () => {
      setError(null);
      void queries.invalidateQueries({ queryKey: ["kitchen"] });
    },
  };
}
