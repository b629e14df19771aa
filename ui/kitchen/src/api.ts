// Tickets and counts of the outlet, and whether its server is there.

import { body, data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { useQuery } from "@tanstack/react-query";
import { v7 } from "uuid";
import type { Place } from "./device";

type Schemas = components["schemas"];
export type Ticket = Schemas["Ticket"];
export type TicketLine = Schemas["TicketLine"];
export type AllDayCount = Schemas["AllDayCount"];
export type Availability = Schemas["Availability"];
export type Product = Schemas["Product"];

/** Whether something on a ticket is still to be made. Otherwise it is on the board until its void is seen. */
export const isToMake = (ticket: Ticket) => ticket.lines.some(({ state }) => state === "new" || state === "cooking");

/** Queries of this app begin with the topic of the events that reread them. */
export const BOARD = ["kitchen", "board"] as const;
const PAGE = 500;
/** In case an event is lost. */
const REREAD_MS = 15_000;

const stationOf = (place: Place) => (place === "all" ? {} : { station: place });

async function tickets(place: Place, state: "open" | "recent", signal: AbortSignal): Promise<Ticket[]> {
  const found: Ticket[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { ...stationOf(place), state, limit: PAGE, ...(cursor == null ? {} : { cursor }) };
    const page = await body(outlet.GET("/api/v1/kitchen/tickets", { params: { query }, signal }));
    found.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor != null);
  return found;
}

/** The tickets on the board, the oldest first. */
export function useBoard(place: Place) {
  return useQuery({
    queryKey: [...BOARD, place],
    queryFn: ({ signal }) => tickets(place, "open", signal),
    refetchInterval: REREAD_MS,
    staleTime: 0,
  });
}

/** The tickets that can be recalled, the newest first. */
export function useRecent(place: Place) {
  return useQuery({
    queryKey: ["kitchen", "recent", place],
    queryFn: ({ signal }) => tickets(place, "recent", signal),
    staleTime: 0,
  });
}

/** What the board has to make, the most first. */
export function useAllDay(place: Place) {
  return useQuery({
    queryKey: ["kitchen", "all-day", place],
    queryFn: ({ signal }) =>
      data(outlet.GET("/api/v1/kitchen/all-day", { params: { query: stationOf(place) }, signal })),
    staleTime: 0,
  });
}

/** What is counted, by name. */
export function useCounts() {
  return useQuery({
    queryKey: ["catalog", "counts"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/kitchen/availability", { signal })),
    staleTime: 0,
  });
}

/** Products whose name contains a text. */
export function useProducts(q: string) {
  return useQuery({
    queryKey: ["catalog", "products", q],
    queryFn: async ({ signal }) => {
      const query = { limit: 50, sort: "name" as const, ...(q === "" ? {} : { q }) };
      return (await body(outlet.GET("/api/v1/products", { params: { query }, signal }))).data;
    },
  });
}

const params = (id: string) => ({ path: { id }, header: { "Idempotency-Key": v7() } });

export const startTicket = (id: string): Promise<Ticket> =>
  data(outlet.POST("/api/v1/kitchen/tickets/{id}/start", { params: params(id) }));

export const bumpTicket = (id: string): Promise<Ticket> =>
  data(outlet.POST("/api/v1/kitchen/tickets/{id}/ready", { params: params(id) }));

export const recallTicket = (id: string): Promise<Ticket> =>
  data(outlet.POST("/api/v1/kitchen/tickets/{id}/recall", { params: params(id) }));

export const printTicket = (id: string) =>
  body(outlet.POST("/api/v1/kitchen/tickets/{id}/print", { params: params(id) }));

export const advanceLine = (id: string, state: "cooking" | "ready"): Promise<Ticket> =>
  data(outlet.POST("/api/v1/kitchen/lines/{id}/state", { params: params(id), body: { state } }));

export const setLeft = (counted: Schemas["SetAvailability"]): Promise<Availability> =>
  data(
    outlet.PUT("/api/v1/kitchen/availability", {
      params: { header: { "Idempotency-Key": v7() } },
      body: counted,
    }),
  );
