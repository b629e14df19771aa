// What this device reports: that it is there, what it has not been able to send, and which pages it runs.

import { data, outlet } from "@shared/api/client";
import { useEffect } from "react";
import { waiting } from "./orders";
import { pageVersion } from "./reach";

const BEAT_MS = 60_000;

async function report(): Promise<void> {
  const list = waiting.get();
  const oldest = list.reduce<number | null>((first, { madeAt }) => Math.min(first ?? madeAt, madeAt), null);
  const persisted = (await navigator.storage?.persisted?.().catch(() => null)) ?? null;
  const body = {
    waiting: list.length,
    oldest_waiting_at: oldest === null ? null : new Date(oldest).toISOString(),
    persisted,
    app_version: pageVersion.get(),
  };
  await data(outlet.POST("/api/v1/devices/me/heartbeat", { body }));
}

/** Reports every minute while the page is seen; a report that fails is followed by the next one. */
export function useHeartbeat(enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return;
    const beat = () => {
      if (!document.hidden) void report().catch(() => {});
    };
    beat();
    const timer = setInterval(beat, BEAT_MS);
    document.addEventListener("visibilitychange", beat);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", beat);
    };
  }, [enabled]);
}
