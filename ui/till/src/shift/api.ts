// Shifts at the server.

import { body, data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { v7 } from "uuid";
import { isUnanswered } from "../api/orders";
import { useMay } from "../me";

type Schemas = components["schemas"];
export type Shift = Schemas["Shift"];
export type Movement = Schemas["ShiftMovement"];
export type ShiftTender = Schemas["ShiftTender"];
export type Drawer = Schemas["Drawer"];
export type CloseBody = Schemas["CloseShift"];
export type MovementKind = Schemas["MovementKind"];

/** Events about shifts have the topic of orders. */
const KEY = ["orders", "shift"] as const;
const MANY = 100;

/** The open shift that receives the payments of this person at this till; null: none. */
export function useCurrentShift() {
  return useQuery({
    queryKey: [...KEY, "current"],
    queryFn: ({ signal }) => data<Shift | null>(outlet.GET("/api/v1/shifts/current", { signal })),
    enabled: useMay("take_payment"),
    staleTime: 30_000,
  });
}

export function useShift(id: string) {
  return useQuery({
    queryKey: [...KEY, id],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/shifts/{id}", { params: { path: { id } }, signal })),
  });
}

/** The figures of a shift: without its cash for a cashier who has not counted it. */
export function useReport(shift: Shift) {
  return useQuery({
    queryKey: [...KEY, shift.id, "report", shift.status],
    queryFn: ({ signal }) =>
      data(outlet.GET("/api/v1/shifts/{id}/report", { params: { path: { id: shift.id } }, signal })),
  });
}

export function useDrawers() {
  return useQuery({
    queryKey: ["catalog", "drawers"],
    queryFn: async ({ signal }) => {
      const answer = await body(outlet.GET("/api/v1/drawers", { params: { query: { limit: MANY } }, signal }));
      return answer.data.filter(({ active }) => active);
    },
  });
}

/** The open shifts of all drawers. */
export function useOpenShifts() {
  return useQuery({
    queryKey: [...KEY, "open"],
    queryFn: async ({ signal }) => {
      const query = { status: "open", limit: MANY } as const;
      return (await body(outlet.GET("/api/v1/shifts", { params: { query }, signal }))).data;
    },
  });
}

function show(queries: QueryClient, shifts: readonly Shift[]): void {
  for (const shift of shifts) queries.setQueryData([...KEY, shift.id], shift);
  void queries.invalidateQueries({ queryKey: KEY });
}

const header = (key: string, version?: number) => ({
  "Idempotency-Key": key,
  ...(version === undefined ? {} : { "If-Match": String(version) }),
});

export const openShift = (sent: Schemas["OpenShift"], key: string): Promise<Shift> =>
  data(outlet.POST("/api/v1/shifts", { params: { header: header(key) }, body: sent }));

const of = ({ id, version }: Shift, key: string) => ({ path: { id }, header: header(key, version) });

export const closeShift = (shift: Shift, sent: CloseBody, key: string): Promise<Shift> =>
  data(outlet.POST("/api/v1/shifts/{id}/close", { params: of(shift, key), body: sent }));

export const handOver = (shift: Shift, sent: CloseBody, key: string): Promise<Schemas["Handover"]> =>
  data(outlet.POST("/api/v1/shifts/{id}/handover", { params: of(shift, key), body: sent }));

/** Prints X of an open shift, or Z of a closed one. */
export const printShift = ({ id }: Shift, key: string): Promise<Schemas["PrintJob"]> =>
  data(outlet.POST("/api/v1/shifts/{id}/print", { params: { path: { id }, header: header(key) }, body: {} }));

/** Prints the slip of a movement; the first also opens the drawer. */
export const printMovement = (shift: Shift, movement: Movement, key: string): Promise<Schemas["PrintJob"]> => {
  const params = { path: { id: shift.id, movement_id: movement.id }, header: header(key) };
  return data(outlet.POST("/api/v1/shifts/{id}/movements/{movement_id}/print", { params, body: {} }));
};

export const moveCash = (shift: Shift, sent: Schemas["MoveCash"], key: string): Promise<Shift> =>
  data(outlet.POST("/api/v1/shifts/{id}/movements", { params: of(shift, key), body: sent }));

/** Opens the drawer at the till's printer without a sale. */
export const openDrawer = (reason: string, key: string): Promise<Schemas["PrintJob"]> =>
  data(outlet.POST("/api/v1/drawers/open", { params: { header: header(key) }, body: { reason } }));

/** A command that runs once. */
export interface Once {
  /** Null if it was refused or has no answer; `error` says why. `shifts` are those that the answer has. */
  run: <Answer>(
    send: (key: string) => Promise<Answer>,
    shifts: (answer: Answer) => Shift[],
    refused?: () => void,
  ) => Promise<Answer | null>;
  isRunning: boolean;
  error: unknown;
  /** It may have been executed: only the same command may be sent again. */
  isUnanswered: boolean;
}

/** Where the key of a command is stored. */
interface Keeper {
  key: () => string;
  /** After a refusal the next attempt is another command. */
  renew: () => void;
}

/** A key that lasts as long as the component. */
export function useKey(): Keeper {
  const key = useRef(v7());
  return {
    key: () => key.current,
    renew: () => {
      key.current = v7();
    },
  };
}

export function useOnce({ key, renew }: Keeper): Once {
  const queries = useQueryClient();
  const running = useRef(false);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run: Once["run"] = async (send, shifts, refused) => {
    if (running.current) return null;
    running.current = true;
    setRunning(true);
    setError(null);
    try {
      const answer = await send(key());
      show(queries, shifts(answer));
      return answer;
    } catch (thrown) {
      if (!isUnanswered(thrown)) {
        renew();
        refused?.();
      }
      // Somebody else was faster: the page shows what there is now.
      if ([404, 409, 412].includes(asApiError(thrown).status)) show(queries, []);
      setError(thrown);
      return null;
    } finally {
      running.current = false;
      setRunning(false);
    }
  };
  return { run, isRunning, error, isUnanswered: isUnanswered(error) };
}
