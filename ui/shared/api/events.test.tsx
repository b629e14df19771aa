import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { useEvents } from "./events";

/** The stream of the page. */
let stream: EventTarget;

class Stream extends EventTarget {
  constructor() {
    super();
    stream = this;
  }
  close() {}
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("an event rereads what is idle at once, though another read of the topic is under way", async () => {
  vi.stubGlobal("EventSource", Stream);
  const queries = new QueryClient();
  let price = 16_000;
  let quotes = 0;
  let answer = () => {};
  const quote = () =>
    new Promise<number>((done) => {
      quotes++;
      answer = () => done(quotes);
    });
  const { result } = renderHook(
    () => {
      useEvents("/events", ["catalog"], true, undefined, 20);
      useQuery({ queryKey: ["catalog", "quote"], queryFn: quote });
      return useQuery({ queryKey: ["catalog"], queryFn: async () => price }).data;
    },
    { wrapper: ({ children }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider> },
  );
  await vi.waitFor(() => expect(result.current).toBe(16_000));
  price = 20_000;
  stream.dispatchEvent(new MessageEvent("catalog", { data: JSON.stringify({ topic: "catalog", ids: null }) }));
  await vi.waitFor(() => expect(result.current).toBe(20_000));
  expect(quotes).toBe(1);
  // Its answer may be older than the event.
  answer();
  await vi.waitFor(() => expect(quotes).toBe(2));
});
