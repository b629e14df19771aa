import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { weightText } from "@shared/quantity";
import { useEffect } from "react";
import type { Quote } from "../api/orders";
import { choicesText } from "../sell/selling";
import { useTotals } from "../sell/totals";
import { amountOf, type Cart } from "../state/cart";
import { type Carts, carts } from "../state/carts";
import { useStore } from "../state/store";
import { followed, shownCode } from "./followed";

type View = components["schemas"]["DisplayView"];
type Code = Parameters<typeof shownCode.set>[0];

/** The server's limit; the guest sees the latest lines. */
const MOST_LINES = 100;

function lineOf(line: Cart["lines"][number]) {
  const { name, variantName, modifiers, note, qty, unit } = line;
  const detail = [choicesText(variantName, modifiers), note].filter((part) => part !== "").join(" · ");
  const shown = unit === undefined ? String(qty) : weightText(qty, unit);
  return { name, qty: shown, amount: amountOf(line), ...(detail !== "" && { detail: detail.slice(0, 600) }) };
}

/** What the guest sees: the change of a paid sale, or the cart with the code of its payment. */
export function viewOf({ current, done }: Pick<Carts, "current" | "done">, quote: Quote | null, code: Code): View {
  if (done !== null && current.lines.length === 0) {
    return done.status === "paid" ? { total: done.total, change: done.change } : {};
  }
  const lines = current.lines.slice(-MOST_LINES).map(lineOf);
  if (quote === null) return { lines, qris: code };
  const { discount, service, tax, total } = quote;
  return { lines, discount, charges: service + tax, total, qris: code };
}

/** Tells the customer display what this till shows its guest. It waits for nothing, and nothing waits for it. */
export default function Publisher() {
  const all = useStore(carts);
  const code = useStore(shownCode);
  const { quote } = useTotals(all.current);
  const view = JSON.stringify(viewOf(all, quote, code));
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
