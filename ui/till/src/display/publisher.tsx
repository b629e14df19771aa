import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { quantityText } from "@shared/quantity";
import { useEffect } from "react";
import type { Order, Quote } from "../api/orders";
import { useRounding } from "../pay/rounding";
import { choicesText } from "../sell/selling";
import { useTotals } from "../sell/totals";
import { amountOf } from "../state/cart";
import { type Carts, carts } from "../state/carts";
import { useStore } from "../state/store";
import { plan, type Rounding } from "../state/tender";
import { followed, shownCode, shownOrder } from "./followed";

type View = components["schemas"]["DisplayView"];
type Line = NonNullable<View["lines"]>[number];

/** The server's limit; the guest sees the latest lines. */
const MOST_LINES = 100;
const MOST_DETAIL = 600;

/** What this till has for its guest. */
export interface Shown {
  carts: Pick<Carts, "current" | "done">;
  /** The totals of the current cart; null while they are calculated. */
  quote: Quote | null;
  rounding: Rounding;
  /** The open order that is being paid. */
  order: Order | null;
  code: ReturnType<typeof shownCode.get>;
}

function lineOf(name: string, parts: (string | null | undefined)[], qty: string, amount: number): Line {
  const detail = parts.filter(Boolean).join(" · ");
  return { name, qty, amount, ...(detail !== "" && { detail: detail.slice(0, MOST_DETAIL) }) };
}

function orderView({ lines, discount, service, tax, total, paid }: Order): View {
  return {
    lines: lines
      .filter(({ void_kind: kind }) => kind == null)
      .slice(-MOST_LINES)
      .map((line) =>
        lineOf(line.name, [choicesText(line.variant_name, line.modifiers), line.note], quantityText(line), line.amount),
      ),
    discount,
    charges: service + tax,
    total,
    due: total - paid,
  };
}

function cartView({ carts: { current }, quote, rounding }: Shown): View {
  const lines = current.lines.slice(-MOST_LINES).map((line) => {
    const qty = quantityText({ qty: line.qty, qty_scale: line.unit === undefined ? 0 : 3, unit: line.unit ?? null });
    return lineOf(line.name, [choicesText(line.variantName, line.modifiers), line.note], qty, amountOf(line));
  });
  if (quote === null) return { lines };
  const { discount, service, tax, total } = quote;
  return { lines, discount, charges: service + tax, total, due: plan(total, current.tenders, rounding).due };
}

/** What the guest sees: the order that is being paid, the change of a paid sale, or the cart; with the code of the payment. */
export function viewOf(shown: Shown): View {
  const { carts, order, code } = shown;
  const { current, done } = carts;
  if (order?.status === "open") return { ...orderView(order), qris: code };
  if (done !== null && current.lines.length === 0) {
    return done.status === "paid" ? { total: done.total, change: done.change } : {};
  }
  return { ...cartView(shown), qris: code };
}

/** Tells the customer display what this till shows its guest. It waits for nothing, and nothing waits for it. */
export default function Publisher() {
  const all = useStore(carts);
  const order = useStore(shownOrder);
  const code = useStore(shownCode);
  const rounding = useRounding();
  const { quote } = useTotals(all.current);
  const view = JSON.stringify(viewOf({ carts: all, quote, rounding, order, code }));
  useEffect(() => {
    const stop = new AbortController();
    const body = JSON.parse(view) as View;
    data(outlet.PUT("/api/v1/devices/me/display", { body, signal: stop.signal }))
      .then((answer) => followed.set(answer.followed))
      .catch(() => {});
    return () => stop.abort();
  }, [view]);
  return null;
}
