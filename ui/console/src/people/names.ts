import { body, outlet } from "@shared/api/client";
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";

/** The names of all users, also of those who have left: a shop has a few dozen. */
export function useNames(): (id: string | null | undefined) => string | null {
  const names = useQuery({
    queryKey: ["staff", "names"],
    queryFn: async ({ signal }) => {
      const { data } = await body(outlet.GET("/api/v1/users", { params: { query: { limit: 500 } }, signal }));
      return new Map(data.map(({ id, name, username }) => [id, name || username]));
    },
    staleTime: 60_000,
  });
  return useCallback((id) => names.data?.get(id ?? "") ?? null, [names.data]);
}
