import { data, outlet } from "@shared/api/client";
import { useQuery } from "@tanstack/react-query";
import { type Catalog, merge } from "../state/catalog";

/** When a reading that failed is repeated. Until then the whole old catalog stays. */
const RETRY_MS = 5_000;

/** The newest catalog of this page; a later answer with an older version does not replace it. */
let known: Catalog | null = null;

async function read(signal: AbortSignal): Promise<Catalog> {
  const query = known === null ? {} : { since: known.version };
  const answer = await data(outlet.GET("/api/v1/till/catalog", { params: { query }, signal }));
  known = merge(known, answer);
  return known;
}

/** The catalog. It is read again after every event of the server. */
export function useCatalog() {
  return useQuery({
    queryKey: ["catalog"],
    queryFn: ({ signal }) => read(signal),
    // Maps and long lists: the newest object is the newest state.
    structuralSharing: false,
    staleTime: 120_000,
    gcTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => (state.error === null ? false : RETRY_MS),
  });
}
