// Keeps asking the outlet whether it is there, what time it has, and what alarms there are.

import type { Alarm } from "@shared/alarm";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

const BEAT_MS = 3_000;
/** An answer that takes longer counts as none. */
const PATIENCE_MS = 2_500;
/** Two beats that agree, so that a link that flaps does not flicker. */
const MISSES = 2;

/** Server time minus device time, in milliseconds: a tablet may be wrong by days. */
let offsetMs = 0;

/** The server's time now, in milliseconds. */
export const serverNow = (): number => Date.now() + offsetMs;

interface Beat {
  misses: number;
  alarms: Alarm[];
}

/** Whether the server answers, and what it warns of. Used once: each use is a pulse of its own. */
export function useReach(): { online: boolean; alarms: Alarm[] } {
  const beat = useQuery<Beat>({
    queryKey: ["status"],
    queryFn: async ({ signal, client }) => {
      const before = client.getQueryData<Beat>(["status"]) ?? { misses: 0, alarms: [] };
      const sentAt = Date.now();
      try {
        const answer = outlet.GET("/api/v1/status", {
          signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
        });
        const { server_time, alarms } = await data(answer);
        const server = Date.parse(server_time);
        if (!Number.isNaN(server)) offsetMs = server - (sentAt + Date.now()) / 2;
        return { misses: 0, alarms };
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        return { ...before, misses: asApiError(thrown).isUnreachable ? before.misses + 1 : 0 };
      }
    },
    refetchInterval: BEAT_MS,
    refetchIntervalInBackground: true,
    staleTime: 0,
    retry: false,
  });
  return { online: (beat.data?.misses ?? 0) < MISSES, alarms: beat.data?.alarms ?? [] };
}

/** The server's time, again every `ms`. */
export function useServerTime(ms: number): number {
  const [at, setAt] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setAt(serverNow()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return at;
}
