// Sends carts and payments to the server, once each, and shows what came of it. A command without an answer is sent again by itself
// when the server is back.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { v7 } from "uuid";
import { type Cart, orderLines, orderOf } from "../state/cart";
import { carts, type Done, finish, hold } from "../state/carts";
import { standing } from "../state/payments";
import { Store, usePart } from "../state/store";
import type { Tender } from "../state/tender";
import { intents, isUnanswered, type Order, type Recorded, waiting } from "./orders";
import { useOnline } from "./reach";

const REPEAT_MS = 3_000;

/** The last error about a cart or an order, by subject. */
export const failures = new Store<Readonly<Record<string, unknown>>>({});

export function forgetFailure(subject: string): void {
  failures.update((all) => Object.fromEntries(Object.entries(all).filter(([key]) => key !== subject)));
}

export const orderSubject = (orderId: string) => `order:${orderId}`;

/** What the done screen says about an order. */
export function doneOf({ order, repeated }: Recorded): Done {
  const payments = standing(order.payments);
  return {
    orderId: order.id,
    number: order.order_number,
    status: order.status === "paid" ? "paid" : "open",
    total: order.total,
    rounding: order.rounding,
    change: payments.reduce((sum, payment) => sum + payment.change, 0),
    tendered: payments.map((payment) => ({
      id: payment.id,
      method: payment.method,
      tender_name: payment.tender_name,
      amount: payment.tendered,
    })),
    table: order.table_number ?? null,
    queue: order.queue_no ?? null,
    repeated,
  };
}

function renewKey(cart: Cart): Cart {
  return { ...cart, key: v7() };
}

function takeAnswer(subject: string, recorded: Recorded, queries: QueryClient): void {
  const { order } = recorded;
  queries.setQueryData(["orders", "one", order.id], order);
  void queries.invalidateQueries({ queryKey: ["orders"] });
  forgetFailure(subject);
  if (subject !== orderSubject(order.id)) carts.update((all) => finish(all, subject, doneOf(recorded)));
  // The change must be seen, so a cart that was begun meanwhile waits.
  else if (order.status === "paid") carts.update((all) => ({ ...hold(all, Date.now()), done: doneOf(recorded) }));
}

function takeFailure(subject: string, error: unknown): void {
  failures.update((all) => ({ ...all, [subject]: error }));
  if (isUnanswered(error)) return;
  // Nothing was recorded, so the next attempt is another command.
  carts.update((all) => (all.current.id === subject ? { ...all, current: renewKey(all.current) } : all));
}

async function settle(subject: string, run: Promise<Recorded>, queries: QueryClient): Promise<boolean> {
  try {
    takeAnswer(subject, await run, queries);
    return true;
  } catch (error) {
    takeFailure(subject, error);
    return false;
  }
}

/** Makes the cart an order, paid with its tenders, or open without any; or adds its lines to the order that it is for. */
export function sendCart(cart: Cart, total: number, queries: QueryClient): Promise<boolean> {
  const { target } = cart;
  const make = () => ({
    kind: target === null ? ("order" as const) : ("lines" as const),
    orderId: target?.orderId ?? cart.id,
    key: cart.key,
    body: JSON.stringify(target === null ? orderOf(cart, total) : orderLines(cart)),
    madeAt: Date.now(),
  });
  return settle(cart.id, intents.run(cart.id, make), queries);
}

/** Takes a payment for an order at the server. `key` exists since before the first tap. */
export function sendPayment(order: Order, tender: Tender, key: string, queries: QueryClient): Promise<boolean> {
  const subject = orderSubject(order.id);
  const make = () => ({
    kind: "payment" as const,
    orderId: order.id,
    key,
    body: JSON.stringify({ ...tender, expected_total: order.total }),
    madeAt: Date.now(),
  });
  return settle(subject, intents.run(subject, make), queries);
}

/** Sends again what has no answer, with the same bytes and key. */
export async function repeat(subject: string, queries: QueryClient): Promise<boolean> {
  const intent = intents.find(subject);
  if (intent === null) return false;
  return settle(
    subject,
    intents.run(subject, () => intent),
    queries,
  );
}

export async function repeatAll(queries: QueryClient): Promise<void> {
  await Promise.all(waiting.get().map(({ subject }) => repeat(subject, queries)));
}

/** Sends what has no answer again and again while the server is there and knows the user, until each has one. */
export function useRepeats(hasSession: boolean): void {
  const queries = useQueryClient();
  const ready = useOnline() && hasSession;
  const count = usePart(waiting, (list) => list.length);
  // What a crash or an earlier page has left.
  useEffect(() => {
    if (ready) void repeatAll(queries);
  }, [ready, queries]);
  useEffect(() => {
    if (!ready || count === 0) return;
    const timer = setInterval(() => void repeatAll(queries), REPEAT_MS);
    return () => clearInterval(timer);
  }, [ready, count, queries]);
}
