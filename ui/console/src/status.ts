import { data, outlet } from "@shared/api/client";
import { useTime } from "@shared/time";
import { useQuery } from "@tanstack/react-query";

/** The outlet's state in a few figures; events about sync reread it, and the interval notices an outage. */
export function useStatus() {
  return useQuery({
    queryKey: ["sync", "state"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/status", { signal })),
    refetchInterval: 15_000,
  });
}

export function useShopSettings() {
  return useQuery({
    queryKey: ["catalog", "settings"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/config/shop", { signal })),
    staleTime: 60_000,
  });
}

/** Times in the zone of the shop. */
export function useShopTime() {
  return useTime(useShopSettings().data?.zone);
}
