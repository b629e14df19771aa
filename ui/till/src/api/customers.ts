import { body, outlet } from "@shared/api/client";
import { useQuery } from "@tanstack/react-query";
import { plain } from "../state/catalog";

/** Customers of the shop by name or phone: suggestions while a name is typed. */
export function useCustomers(enabled: boolean) {
  return useQuery({
    queryKey: ["customers"],
    queryFn: async ({ signal }) => {
      const answer = await body(outlet.GET("/api/v1/customers", { params: { query: { limit: 500 } }, signal }));
      return answer.data.map(({ id, name, phone }) => ({
        id,
        name,
        phone: phone ?? null,
        key: plain(`${name} ${phone ?? ""}`),
      }));
    },
    enabled,
    staleTime: 60_000,
  });
}
