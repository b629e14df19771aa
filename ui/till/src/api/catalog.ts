import { data, outlet } from "@shared/api/client";
import { queryOptions, usePrefetchQuery, useQuery } from "@tanstack/react-query";
import { later } from "../parts/later";
import { type Catalog, merge } from "../state/catalog";

/** When a reading that failed is repeated. Until then the whole old catalog stays. */
const RETRY_MS = 5_000;

/** The newest catalog of this page; a later answer with an older version does not replace it. */
let known: Catalog | null = null;

async function read(signal: AbortSignal): Promise<Catalog> {
  const query = known === null ? {} : { since: known.version };
  const answer = await data(outlet.GET("/api/v1/till/catalog", { params: { query }, signal }));
  const merged = merge(known, answer);
  known = merged;
  later(async () => merged.lookups());
  return merged;
}

const catalog = queryOptions({
  queryKey: ["catalog"],
  queryFn: ({ signal }) => read(signal),
  // Maps and long lists: the newest object is the newest state.
  structuralSharing: false,
  staleTime: 120_000,
  gcTime: Number.POSITIVE_INFINITY,
});

/** The catalog. It is read again after every event of the server. */
export function useCatalog() {
  return useQuery({ ...catalog, refetchInterval: ({ state }) => (state.error === null ? false : RETRY_MS) });
}

/** Begins to read the catalog before a page shows it. */
export function usePrefetchedCatalog(): void {
  usePrefetchQuery(catalog);
}
