// Changes of an order at the server. Each runs once: it has a key before it is sent, and the same change, sent again after a lost
// answer, has the same key.

import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { v7 } from "uuid";
import { getOrder, isUnanswered, type Order } from "./orders";

type Schemas = components["schemas"];
export type OrderLine = Order["lines"][number];
export type OrderDiscount = Order["discounts"][number];
export type Payment = Order["payments"][number];
export type Refund = Order["refunds"][number];
export type GiveDiscount = Schemas["GiveDiscount"];
export type RefundBody = Schemas["RefundOrder"];

/** A change of an order. */
export interface Command {
  /** What it does, with its values: the same text is the same command. */
  what: string;
  /** The orders after it, first the changed one. */
  send: (order: Order, key: string) => Promise<Order[]>;
  /** Whether it means the same for an order that somebody else has changed in between. Default: it does not. */
  holds?: (now: Order) => boolean;
}

const params = (order: Order, key: string) => ({
  path: { id: order.id },
  header: { "Idempotency-Key": key, "If-Match": String(order.version) },
});

async function one(answer: Promise<{ data?: { data?: Order } }>): Promise<Order[]> {
  return [await data(answer)];
}

function command(name: string, body: unknown, send: Command["send"]): Command {
  return { what: `${name} ${JSON.stringify(body)}`, send };
}

/** Whether somebody has changed a line since it was shown. */
export function isChanged(line: OrderLine, now: OrderLine | undefined): boolean {
  const shown = ({ qty, note, course, sent_at, voided_at }: OrderLine) =>
    JSON.stringify([qty, note, course, sent_at, voided_at]);
  return now === undefined || shown(line) !== shown(now);
}

const lineOf = (order: Order, id: string) => order.lines.find((line) => line.id === id);
const linePath = (order: Order, line: OrderLine, key: string) => {
  const { path, header } = params(order, key);
  return { path: { ...path, line_id: line.id }, header };
};

export function changeLine(line: OrderLine, body: Schemas["ChangeLine"]): Command {
  return {
    ...command("change", [line.id, body], (order, key) =>
      one(outlet.PATCH("/api/v1/orders/{id}/lines/{line_id}", { params: linePath(order, line, key), body })),
    ),
    holds: (now) => !isChanged(line, lineOf(now, line.id)),
  };
}

export function removeLine(line: OrderLine): Command {
  return {
    ...command("remove", line.id, (order, key) =>
      one(outlet.DELETE("/api/v1/orders/{id}/lines/{line_id}", { params: linePath(order, line, key) })),
    ),
    holds: (now) => !isChanged(line, lineOf(now, line.id)),
  };
}

export function voidLine(line: OrderLine, body: Schemas["VoidOrderLine"]): Command {
  return command("void line", [line.id, body], (order, key) =>
    one(outlet.POST("/api/v1/orders/{id}/lines/{line_id}/void", { params: linePath(order, line, key), body })),
  );
}

export const sendToKitchen: Command = command("send", null, (order, key) =>
  one(outlet.POST("/api/v1/orders/{id}/send", { params: params(order, key) })),
);

/** Sends what was not sent of one course. */
export function sendCourse(course: number): Command {
  const body = { course };
  return command("send", body, (order, key) =>
    one(outlet.POST("/api/v1/orders/{id}/send", { params: params(order, key), body })),
  );
}

/** Changes details that were shown as they are in `seen`. */
export function changeDetails(seen: Order, body: Schemas["ChangeOrder"]): Command {
  const fields = Object.keys(body) as (keyof typeof body)[];
  return {
    ...command("details", body, (order, key) =>
      one(outlet.PATCH("/api/v1/orders/{id}", { params: params(order, key), body })),
    ),
    holds: (now) => fields.every((field) => now[field] === seen[field]),
  };
}

export function moveTo(table: string): Command {
  const body = { table_number: table };
  return command("move", body, (order, key) =>
    one(outlet.POST("/api/v1/orders/{id}/move", { params: params(order, key), body })),
  );
}

/** Merges other orders into this one. */
export function mergeFrom(ids: string[]): Command {
  const body = { from: ids };
  return command("merge", body, (order, key) =>
    one(outlet.POST("/api/v1/orders/{id}/merge", { params: params(order, key), body })),
  );
}

/** Merges this order into another one, which the answer has. */
export function mergeInto(id: string): Command {
  return command("merge into", id, (order, key) => {
    const header = { "Idempotency-Key": key };
    const body = { from: [order.id] };
    return one(outlet.POST("/api/v1/orders/{id}/merge", { params: { path: { id }, header }, body }));
  });
}

export function splitOrder(parts: Schemas["SplitOrder"]["parts"]): Command {
  const body = { parts };
  return command("split", body, async (order, key) => {
    const answer = await data(outlet.POST("/api/v1/orders/{id}/split", { params: params(order, key), body }));
    return answer.orders;
  });
}

export function giveDiscount(body: GiveDiscount): Command {
  return command("discount", body, (order, key) =>
    one(outlet.POST("/api/v1/orders/{id}/discounts", { params: params(order, key), body })),
  );
}

export function takeDiscountBack(discount: OrderDiscount): Command {
  return command("take discount back", discount.id, (order, key) => {
    const { path, header } = params(order, key);
    return one(
      outlet.DELETE("/api/v1/orders/{id}/discounts/{discount_id}", {
        params: { path: { ...path, discount_id: discount.id }, header },
      }),
    );
  });
}

const paymentPath = (order: Order, payment: Payment, key: string) => {
  const { path, header } = params(order, key);
  return { path: { ...path, payment_id: payment.id }, header };
};

export function confirmPayment(payment: Payment, reference: string): Command {
  const body = reference === "" ? {} : { reference };
  return command("confirm", [payment.id, body], (order, key) =>
    one(
      outlet.POST("/api/v1/orders/{id}/payments/{payment_id}/confirm", {
        params: paymentPath(order, payment, key),
        body,
      }),
    ),
  );
}

export function reversePayment(payment: Payment, body: Schemas["ReversePayment"]): Command {
  return command("reverse", [payment.id, body], (order, key) =>
    one(
      outlet.POST("/api/v1/orders/{id}/payments/{payment_id}/reverse", {
        params: paymentPath(order, payment, key),
        body,
      }),
    ),
  );
}

/** Gives money back for a paid order. `show` gets the refund as the server has calculated it. */
export function refundOrder(body: RefundBody, show: (refund: Refund) => void): Command {
  return command("refund", body, async (order, key) => {
    show(await data(outlet.POST("/api/v1/orders/{id}/refunds", { params: params(order, key), body })));
    // The refund stands, even if the order cannot be read now.
    const after = await getOrder(order.id).catch(() => null);
    return after === null ? [] : [after];
  });
}

export function voidOrder(body: Schemas["VoidOrder"]): Command {
  return command("void", body, (order, key) =>
    one(outlet.POST("/api/v1/orders/{id}/void", { params: params(order, key), body })),
  );
}

/** Changes of an order, one at a time, and why the last one was not made. */
export interface Changes {
  /** Null if it was refused or has no answer; `error` says why. */
  run: (command: Command) => Promise<Order[] | null>;
  isRunning: boolean;
  error: unknown;
  forget: () => void;
}

export function useChanges(order: Order): Changes {
  const queries = useQueryClient();
  /** The command that was sent last and may have no answer. */
  const last = useRef<{ what: string; key: string } | null>(null);
  const running = useRef(false);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const show = (orders: Order[]) => {
    for (const after of orders) queries.setQueryData(["orders", "one", after.id], after);
    void queries.invalidateQueries({ queryKey: ["orders"] });
  };
  const attempt = async (command: Command, key: string): Promise<Order[]> => {
    try {
      return await command.send(order, key);
    } catch (thrown) {
      if (![404, 409, 412].includes(asApiError(thrown).status)) throw thrown;
      // Somebody else was faster: the page shows the order as it is now.
      const now = await getOrder(order.id);
      show([now]);
      if (asApiError(thrown).code !== "version_mismatch" || command.holds?.(now) !== true) throw thrown;
      return command.send(now, v7());
    }
  };
  const run = async (command: Command): Promise<Order[] | null> => {
    if (running.current) return null;
    running.current = true;
    setRunning(true);
    setError(null);
    if (last.current?.what !== command.what) last.current = { what: command.what, key: v7() };
    try {
      const orders = await attempt(command, last.current.key);
      last.current = null;
      show(orders);
      return orders;
    } catch (thrown) {
      if (!isUnanswered(thrown)) last.current = null;
      setError(thrown);
      return null;
    } finally {
      running.current = false;
      setRunning(false);
    }
  };
  return { run, isRunning, error, forget: () => setError(null) };
}
