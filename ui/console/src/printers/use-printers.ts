import { body, outlet } from "@shared/api/client";
import { useQuery } from "@tanstack/react-query";

/** All printers: a shop has a handful. */
export function usePrinters() {
  return useQuery({
    queryKey: ["printers", "all"],
    queryFn: async ({ signal }) =>
      (await body(outlet.GET("/api/v1/printers", { params: { query: { limit: 500 } }, signal }))).data,
  });
}
