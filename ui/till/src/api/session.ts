// Who works at this device. The session is a cookie; a lock is remembered by the device, so that a reload does not open it.

import { body, data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { carts } from "../state/carts";
import { stored, usePart, useStore } from "../state/store";
import { waiting } from "./orders";

type Schemas = components["schemas"];
export type Me = Schemas["Me"];
export type Device = Schemas["Device"];
export type Name = Schemas["UserName"];

const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isText = (value: unknown): value is string => typeof value === "string";

export const locked = stored("gerai.till.locked", false, isBoolean);
/** The user who was here last: the PIN pad begins with that name. */
export const lastUser = stored("gerai.till.last-user", "", isText);

/** The answer, or null if the server knows no user or device behind the cookie. */
async function known<T>(answer: Promise<{ data?: { data?: T } }>): Promise<T | null> {
  try {
    return await data<T>(answer);
  } catch (thrown) {
    if (asApiError(thrown).status === 401) return null;
    throw thrown;
  }
}

export function useMe() {
  return useQuery({
    queryKey: ["me"],
    queryFn: ({ signal }) => known(outlet.GET("/api/v1/auth/me", { signal })),
    staleTime: 60_000,
    refetchInterval: 300_000,
  });
}

/** This device, or null if it is not paired. */
export function useDevice() {
  return useQuery({
    queryKey: ["device"],
    queryFn: ({ signal }) => known(outlet.GET("/api/v1/devices/me", { signal })),
    staleTime: 300_000,
  });
}

export function useNames(enabled: boolean) {
  return useQuery({
    queryKey: ["names"],
    queryFn: async ({ signal }) => {
      const answer = await body(outlet.GET("/api/v1/auth/names", { signal }));
      return answer.data;
    },
    enabled,
  });
}

export async function logIn(queries: QueryClient, username: string, pin: string): Promise<void> {
  await data(outlet.POST("/api/v1/auth/login", { body: { username, password: pin, cookie: true } }));
  await queries.fetchQuery({
    queryKey: ["me"],
    queryFn: () => data(outlet.GET("/api/v1/auth/me")),
    staleTime: 0,
  });
  lastUser.set(username);
  locked.set(false);
}

/** Locks the device: the next person types a PIN. The cart stays. */
export function lock(): void {
  locked.set(true);
  carts.update((all) => ({ ...all, done: null }));
}

/** Ends the session of a locked device, once nothing waits to be sent in the name of its user. */
export function useLogOutWhenLocked(): void {
  const queries = useQueryClient();
  const isLocked = useStore(locked);
  const count = usePart(waiting, (list) => list.length);
  useEffect(() => {
    if (!isLocked || count > 0) return;
    // Without an answer the session ends by itself; the lock does not wait for it.
    void outlet.POST("/api/v1/auth/logout").catch(() => {});
    queries.setQueryData(["me"], null);
  }, [isLocked, count, queries]);
}

/** The only one who may unlock the device: sales wait that the server must get from this user's session. */
export function useKeeper(): Me["user"] | null {
  const me = useMe();
  const count = usePart(waiting, (list) => list.length);
  return count === 0 ? null : (me.data?.user ?? null);
}

export async function pair(queries: QueryClient, code: string): Promise<void> {
  await data(outlet.POST("/api/v1/devices/pair", { body: { code } }));
  // A browser that is short of space deletes what a site has stored, unless it has promised not to.
  await navigator.storage?.persist?.().catch(() => false);
  await queries.invalidateQueries();
}

/** Notices when a session ends in the middle of work: the PIN pad appears, the cart stays. */
export function useSessionWatch(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const watch = {
      onResponse({ response, schemaPath }: { response: Response; schemaPath: string }) {
        if (response.status !== 401 || schemaPath.includes("/auth/") || schemaPath.includes("/devices/")) return;
        queries.setQueryData(["me"], null);
      },
    };
    outlet.use(watch);
    return () => outlet.eject(watch);
  }, [queries]);
}
