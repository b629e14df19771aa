import type { Changes } from "../api/commands";
import type { Order } from "../api/orders";
import { useGo } from "../parts/layers";
import { PrintSheet } from "../print/lazy";
import { BillSheet } from "./bill-sheet";
import { DiscountSheet } from "./discount-sheet";
import { GivenSheet } from "./given-sheet";
import { InfoSheet } from "./info-sheet";
import { LineSheet } from "./line-sheet";
import { MergeSheet } from "./merge-sheet";
import { type More, MoreSheet } from "./more-sheet";
import { MoveSheet } from "./move-sheet";
import { PaymentSheet } from "./payment-sheet";
import { RefundSheet } from "./refund-sheet";
import { RefundedSheet } from "./refunded-sheet";
import { SendSheet } from "./send-sheet";
import { isThere, type Shown } from "./shown";
import { VoidLineSheet } from "./void-line-sheet";
import { VoidSheet } from "./void-sheet";

interface Props {
  order: Order;
  changes: Changes;
  shown: Shown | null;
  show: (next: Shown | null) => void;
}

/** One sheet at a time, as long as what it is about is there. */
export default function OrderSheet({ order, changes, shown, show }: Props) {
  const go = useGo();
  const close = () => show(null);
  if (shown === null || !isThere(order, shown)) return null;
  const common = { order, changes, close };
  switch (shown.what) {
    case "info":
      return <InfoSheet {...common} />;
    case "more":
      return <MoreSheet order={order} close={close} choose={choose} />;
    case "send":
      return <SendSheet {...common} />;
    case "move":
      return <MoveSheet {...common} show={(id) => go(`/orders/${id}`)} />;
    case "merge":
      return <MergeSheet {...common} />;
    case "split":
      return <BillSheet {...common} />;
    case "void":
      return <VoidSheet {...common} />;
    case "print":
      return <PrintSheet orderId={order.id} paid={order.status === "paid"} close={close} />;
    case "refund":
      return <RefundSheet {...common} />;
    case "refunded": {
      const refund = order.refunds.find(({ id }) => id === shown.id);
      return refund === undefined ? null : <RefundedSheet refund={refund} close={close} />;
    }
    case "discount":
      return <DiscountSheet {...common} line={lineOf(shown.lineId)} />;
    case "given": {
      const discount = order.discounts.find(({ id }) => id === shown.id);
      return discount === undefined ? null : <GivenSheet discount={discount} changes={changes} close={close} />;
    }
    case "payment": {
      const payment = order.payments.find(({ id }) => id === shown.id);
      return payment === undefined ? null : <PaymentSheet {...common} payment={payment} />;
    }
    case "line":
    case "void_line": {
      const line = lineOf(shown.id);
      if (line === null) return null;
      if (shown.what === "void_line") return <VoidLineSheet line={line} changes={changes} close={close} />;
      return (
        <LineSheet
          line={line}
          changes={changes}
          close={close}
          giveDiscount={() => show({ what: "discount", lineId: line.id })}
          voidLine={() => show({ what: "void_line", id: line.id })}
        />
      );
    }
  }

  function lineOf(id: string | null) {
    return order.lines.find((line) => line.id === id) ?? null;
  }

  function choose(what: More) {
    if (what === "deposit") go(`/orders/${order.id}/pay?deposit`);
    else if (what === "discount") show({ what, lineId: null });
    else show({ what });
  }
}
