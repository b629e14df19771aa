// Keeps asking the outlet whether it is there, and what time it has. Everything that the till shows about the connection comes from
// here.

import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { skipToken, useQuery } from "@tanstack/react-query";
import { followed } from "../display/followed";
import { compare } from "../state/clock";
import { beat, REACHABLE, type Reach } from "../state/reach";
import { clock } from "../state/server-time";
import { Store, usePart } from "../state/store";

type Status = components["schemas"]["OutletStatus"];

const BEAT_MS = 5_000;
const BEAT_AWAY_MS = 2_000;
/** An answer that takes longer counts as none. */
const PATIENCE_MS = 2_000;
const STATUS = "/api/v1/status";

export const reach = new Store<Reach>(REACHABLE);
/** The version of the server that these pages came with: the first that it has reported. */
export const pageVersion = new Store<string | null>(null);

// Every answer of the server says that it is there, whatever it answers.
outlet.use({
  onResponse({ schemaPath }) {
    if (schemaPath !== STATUS) reach.update((now) => beat(now, true));
  },
});

async function status(signal: AbortSignal): Promise<Status | null> {
  const sentAt = Date.now();
  try {
    const answer = outlet.GET(STATUS, { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]) });
    const found = await data(answer);
    reach.update((now) => beat(now, true));
    clock.update((now) => compare(found.server_time, sentAt, Date.now()) ?? now);
    pageVersion.update((now) => now ?? found.version);
    followed.set(found.display_followed);
    return found;
  } catch (thrown) {
    if (!signal.aborted) reach.update((now) => beat(now, !asApiError(thrown).isUnreachable));
    return null;
  }
}

/** Asks again and again. Used once: each use is a pulse of its own. */
export function usePulse(): void {
  const online = useOnline();
  useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => status(signal),
    refetchInterval: online ? BEAT_MS : BEAT_AWAY_MS,
    staleTime: 0,
    retry: false,
  });
}

/** The server's status; null until it has answered, and without a session or a paired device. */
export function useStatus(): Status | null {
  const query = useQuery<Status | null>({ queryKey: ["status"], queryFn: skipToken });
  return query.data ?? null;
}

export function useOnline(): boolean {
  return usePart(reach, (now) => now.online);
}
