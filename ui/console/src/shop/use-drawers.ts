import { body, outlet } from "@shared/api/client";
import { useQuery } from "@tanstack/react-query";

/** All drawers: a shop has a handful. */
export function useDrawers() {
  return useQuery({
    queryKey: ["catalog", "drawers", "all"],
    queryFn: async ({ signal }) =>
      (await body(outlet.GET("/api/v1/drawers", { params: { query: { limit: 500 } }, signal }))).data,
  });
}
