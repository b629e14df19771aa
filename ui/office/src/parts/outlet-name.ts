import { useCallback } from "react";
import { useOutlets } from "../api/queries";

/** An outlet in one line. */
export const outletName = ({ code, name }: { code: string; name: string }): string => `${code} · ${name}`;

/** An outlet in one line, by its id. */
export function useOutletName(): (id: string) => string {
  const outlets = useOutlets().data;
  return useCallback(
    (id) => {
      const outlet = outlets?.find((known) => known.id === id);
      return outlet === undefined ? id : outletName(outlet);
    },
    [outlets],
  );
}
