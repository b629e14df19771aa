import { useState } from "react";
import { type Changes, type Refund, refundOrder } from "../api/commands";
import type { Order } from "../api/orders";
import { type Chosen, picked, returnLines } from "../state/refund";
import { RefundHow } from "./refund-how";
import { RefundWhat } from "./refund-what";
import { RefundedSheet } from "./refunded-sheet";

interface Props {
  order: Order;
  changes: Changes;
  close: () => void;
}

/** What is given back, before it is. */
export interface Asked {
  kind: "lines" | "amount";
  chosen: Chosen;
  amount: number;
}

/** Gives money back for a paid order: what, then how and why, then what the server has calculated. */
export function RefundSheet({ order, changes, close }: Props) {
  const [asked, ask] = useState<Asked>({ kind: "lines", chosen: {}, amount: 0 });
  const [isAsked, setAsked] = useState(false);
  const [refund, setRefund] = useState<Refund | null>(null);
  const lines = order.lines.filter((line) => !line.voided_at);
  const picks = picked(asked.chosen, lines, order.refunds);
  const common = { order, changes, close, asked, picks };
  if (refund !== null) return <RefundedSheet refund={refund} close={close} isNew />;
  if (!isAsked) return <RefundWhat {...common} lines={lines} ask={ask} next={() => setAsked(true)} />;
  const again = () => {
    changes.forget();
    setAsked(false);
  };
  const goods = asked.kind === "lines" ? { lines: returnLines(picks) } : { amount: asked.amount };
  return <RefundHow {...common} again={again} command={(how) => refundOrder({ ...goods, ...how }, setRefund)} />;
}
