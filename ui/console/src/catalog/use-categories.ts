import { body, outlet } from "@shared/api/client";
import { useQuery } from "@tanstack/react-query";
import type { Category } from "../api/types";

/** All categories in the order of their position. There are few: a menu has a screen of them. */
export function useCategories() {
  return useQuery({
    queryKey: ["catalog", "categories"],
    queryFn: async ({ signal }) => {
      const all: Category[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: 500, ...(cursor !== undefined && { cursor }) };
        const page = await body(outlet.GET("/api/v1/categories", { params: { query }, signal }));
        all.push(...page.data);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return all.sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
    },
  });
}
