// Which build of the pages a page is: its first script, whose name is a hash of its content.

import { useQuery } from "@tanstack/react-query";

const ASK_MS = 60_000;

/** The first script of an index. */
export function scriptOf(index: string): string | null {
  return index.match(/<script[^>]* src="([^"]+)"/)?.[1] ?? null;
}

/** Whether the server has other pages than this one. Asked now and then, and when the page is shown again. */
export function useOtherPages(): boolean {
  const served = useQuery({
    queryKey: ["pages"],
    queryFn: async ({ signal }) => {
      const answer = await fetch(import.meta.env.BASE_URL, { cache: "no-cache", signal });
      return scriptOf(await answer.text());
    },
    refetchInterval: ASK_MS,
    staleTime: 0,
    retry: false,
  });
  const own = document.querySelector("script[src]")?.getAttribute("src") ?? null;
  return served.data != null && own !== null && served.data !== own;
}
