// What the till shows its guest: one request that the server answers when it changes.

import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { useEffect, useState } from "react";

export type Shown = components["schemas"]["DisplayAnswer"];

const WAIT_S = 25;
const RETRY_MS = 2_000;

export interface Followed {
  shown: Shown | null;
  /** The server cannot be reached: what was shown may be over. */
  isAway: boolean;
  /** The server knows no such till, or this browser is no device any more. */
  isGone: boolean;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Follows a till while the page is there. */
export function useFollowed(till: string | null): Followed {
  const [followed, setFollowed] = useState<Followed>({ shown: null, isAway: false, isGone: false });
  useEffect(() => {
    if (till === null) return;
    const stop = new AbortController();
    const follow = async () => {
      let after: number | undefined;
      while (!stop.signal.aborted) {
        const query = { till, ...(after === undefined ? {} : { after, wait: WAIT_S }) };
        try {
          const shown = await data(outlet.GET("/api/v1/display", { params: { query }, signal: stop.signal }));
          after = shown.version;
          setFollowed({ shown, isAway: false, isGone: false });
        } catch (thrown) {
          if (stop.signal.aborted) return;
          const { isUnreachable, code } = asApiError(thrown);
          // After a restart the server counts from 0 again.
          after = undefined;
          setFollowed((old) => ({
            ...old,
            isAway: isUnreachable,
            isGone: code === "not_found" || code === "not_paired",
          }));
          await pause(RETRY_MS);
        }
      }
    };
    void follow();
    return () => stop.abort();
  }, [till]);
  return followed;
}
