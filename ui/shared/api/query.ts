import { QueryClient } from "@tanstack/react-query";
import { asApiError } from "./errors";

/** Reads are retried while the server does not answer, never after a refusal. The browser's own idea of "online" is ignored. */
export function queryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: "always",
        staleTime: 10_000,
        retry: (count, thrown) => asApiError(thrown).isUnreachable && count < 2,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}
