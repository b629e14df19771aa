import { body, data, outlet } from "@shared/api/client";
import { ApiError, asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type Cart, orderLines } from "../state/cart";
import { type Intent, Intents, isIntent } from "../state/intent";
import { stored } from "../state/store";
import { newer } from "../state/versions";

export type Order = components["schemas"]["Order"];
export type OrderSummary = components["schemas"]["OrderSummary"];
export type Quote = components["schemas"]["Quote"];

/** An order as the server has it after a command. */
export interface Recorded {
  order: Order;
  /** The command had been executed before: its answer was lost. */
  repeated: boolean;
}

export interface OrderFilter {
  status?: "open" | "paid" | "void";
  date?: string;
  q?: string;
  table?: string;
  min_total?: number;
  max_total?: number;
}

const PAGE = 50;
/** All open orders of a shop, for the tables. */
const MANY = 500;
const QUOTE_RETRY_MS = 2_000;

/** Codes that mean: this very command has been executed. */
const EXECUTED = ["id_taken", "idempotency_key_reused"];

export async function getOrder(id: string, signal?: AbortSignal): Promise<Order> {
  const options = signal === undefined ? {} : { signal };
  return data(outlet.GET("/api/v1/orders/{id}", { params: { path: { id } }, ...options }));
}

async function send(intent: Intent, signal: AbortSignal): Promise<Recorded> {
  const header = { "Idempotency-Key": intent.key };
  // The stored text is what is sent, each time.
  const bytes = { body: JSON.parse(intent.body), bodySerializer: () => intent.body, signal };
  try {
    const params = { header, path: { id: intent.orderId } };
    const senders = {
      order: () => outlet.POST("/api/v1/orders", { params: { header }, ...bytes }),
      // Without If-Match: lines that two waiters add to one order are all added, in any sequence.
      lines: () => outlet.POST("/api/v1/orders/{id}/lines", { params, ...bytes }),
      payment: () => outlet.POST("/api/v1/orders/{id}/payments", { params, ...bytes }),
    };
    const answer = await senders[intent.kind]();
    const order = answer.data?.data;
    if (order === undefined) throw new ApiError("unknown", "The answer has no order.", 500);
    return { order, repeated: answer.response.headers.get("idempotency-replayed") === "true" };
  } catch (thrown) {
    if (!EXECUTED.includes(asApiError(thrown).code)) throw thrown;
    return { order: await getOrder(intent.orderId), repeated: true };
  }
}

/** Whether the server may have executed a command in spite of this error: no answer, a fault, or a session that has ended. */
export function isUnanswered(thrown: unknown): boolean {
  if (thrown === null || thrown === undefined) return false;
  const { status } = asApiError(thrown);
  return status === 0 || status === 401 || status === 408 || status === 429 || status >= 500;
}

const isIntents = (value: unknown): value is Intent[] => Array.isArray(value) && value.every(isIntent);

/** Commands that the server has not answered. Stored: they outlive a reload. */
export const waiting = stored<Intent[]>("gerai.till.intents", [], isIntents);

export const intents = new Intents<Recorded>({
  storage: { read: waiting.get, write: (list) => waiting.set(list) },
  send,
  isUnanswered,
});

/** What the cart would cost at the server now. */
export function useQuote(cart: Cart, enabled: boolean) {
  const channel = cart.channel == null ? {} : { channel: cart.channel };
  const request = { order_type: cart.orderType, ...channel, lines: orderLines(cart) };
  return useQuery({
    queryKey: ["catalog", "quote", JSON.stringify(request)],
    queryFn: ({ signal }) => data(outlet.POST("/api/v1/orders/quote", { body: request, signal })),
    enabled: enabled && cart.lines.length > 0,
    staleTime: 30_000,
    gcTime: 60_000,
    // A cart without a price cannot be paid: what the server did not answer is asked again.
    refetchInterval: ({ state }) => (isUnanswered(state.error) ? QUOTE_RETRY_MS : false),
  });
}

export function useOrder(id: string) {
  return useQuery({
    queryKey: ["orders", "one", id],
    queryFn: ({ signal }) => getOrder(id, signal),
    structuralSharing: newer,
  });
}

export function useOrders(filter: OrderFilter, enabled = true) {
  return useInfiniteQuery({
    queryKey: ["orders", "list", filter],
    queryFn: ({ signal, pageParam }) => {
      const cursor = pageParam === "" ? {} : { cursor: pageParam };
      const query = { ...filter, limit: PAGE, ...cursor };
      return body(outlet.GET("/api/v1/orders/summary", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** All open orders, oldest first. */
export function useOpenOrders() {
  return useQuery({
    queryKey: ["orders", "open"],
    queryFn: async ({ signal }) => {
      const query = { status: "open", sort: "created_at", limit: MANY } as const;
      const answer = await body(outlet.GET("/api/v1/orders/summary", { params: { query }, signal }));
      return answer.data;
    },
  });
}
