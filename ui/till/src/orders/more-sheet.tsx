import {
  IconArmchair,
  IconArrowsJoin,
  IconArrowsSplit,
  IconBan,
  IconCoins,
  IconDiscount2,
  IconPrinter,
} from "@tabler/icons-react";
import { useCatalog } from "../api/catalog";
import type { Order } from "../api/orders";
import { useMay } from "../me";
import { type Action, ActionList } from "../parts/action-list";
import { Sheet } from "../parts/sheet";
import { usePrintText } from "../print/text";
import { useText } from "../text";

export type More = "discount" | "split" | "move" | "merge" | "deposit" | "print" | "void";

interface Props {
  order: Order;
  close: () => void;
  choose: (what: More) => void;
}

/** What else can be done with an open order. What cannot be done now says why. */
export function MoreSheet({ order, close, choose }: Props) {
  const t = useText();
  const print = usePrintText();
  const mayPay = useMay("take_payment");
  const tables = useCatalog().data?.tables ?? [];
  const paid = order.paid > 0 ? t("order.has_payments") : null;
  const pieces = order.lines.reduce((sum, line) => sum + (line.voided_at ? 0 : line.qty_scale === 0 ? line.qty : 1), 0);
  const list: (Omit<Action, "act"> & { what: More; offered?: boolean })[] = [
    { what: "discount", icon: IconDiscount2, text: t("discount.order") },
    {
      what: "split",
      icon: IconArrowsSplit,
      text: t("bill.split"),
      refusal: paid ?? (pieces < 2 ? t("bill.one_piece") : null),
      offered: mayPay,
    },
    {
      what: "move",
      icon: IconArmchair,
      text: t(order.table_number ? "order.move" : "order.table"),
      offered: tables.some(({ active }) => active),
    },
    { what: "merge", icon: IconArrowsJoin, text: t("order.merge"), refusal: paid },
    { what: "deposit", icon: IconCoins, text: t("deposit"), offered: mayPay },
    { what: "print", icon: IconPrinter, text: print("print.bill.act") },
    { what: "void", icon: IconBan, text: t("void.order"), refusal: paid, danger: true },
  ];
  const actions = list
    .filter(({ offered = true }) => offered)
    .map(({ what, offered: _, ...action }) => ({ ...action, act: () => choose(what) }));
  return (
    <Sheet opened close={close} title={t("order.more")}>
      <ActionList actions={actions} />
    </Sheet>
  );
}
