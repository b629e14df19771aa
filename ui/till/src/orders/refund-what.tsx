import { Button, SegmentedControl } from "@mantine/core";
import { rupiah } from "@shared/money";
import { quantityText } from "@shared/quantity";
import { IconSquare, IconSquareCheck } from "@tabler/icons-react";
import { useState } from "react";
import type { Changes, OrderLine } from "../api/commands";
import type { Order } from "../api/orders";
import { Act } from "../parts/act";
import { Keypad } from "../parts/keypad";
import { useKeys } from "../parts/keys";
import { Sheet } from "../parts/sheet";
import { EMPTY_PAD, type Key, keyOf, press, suggested, value } from "../state/keypad";
import { countOf, everything, fewer, leftOf, more, type Picked, paidFor, turnRestock } from "../state/refund";
import { useText } from "../text";
import { PieceRow } from "./piece-row";
import classes from "./refund.module.css";
import type { Asked } from "./refund-sheet";

const KINDS = ["lines", "amount"] as const;

interface Props {
  order: Order;
  changes: Changes;
  close: () => void;
  asked: Asked;
  ask: (next: Asked) => void;
  lines: readonly OrderLine[];
  picks: readonly Picked<OrderLine>[];
  next: () => void;
}

/** Which pieces come back, or an amount without goods. */
export function RefundWhat({ order, changes, close, asked, ask, lines, picks, next }: Props) {
  const t = useText();
  const { kind, chosen, amount } = asked;
  const left = rupiah(order.paid - order.refunded);
  let missing: string | null = null;
  if (kind === "lines" && picks.length === 0) missing = t("bill.refused.nothing");
  else if (kind === "amount" && amount === 0) missing = t("pay.nothing");
  return (
    <Sheet
      opened
      close={close}
      title={t("refund")}
      enter={() => {
        if (missing === null) next();
      }}
      foot={
        <Act changes={changes} act={next} missing={missing}>
          {kind === "lines"
            ? t("refund.next", { count: countOf(picks) })
            : t("movement.next", { amount: rupiah(amount) })}
        </Act>
      }
    >
      <SegmentedControl
        fullWidth
        aria-label={t("refund.kind")}
        value={kind}
        onChange={(next) => ask({ ...asked, kind: next as Asked["kind"] })}
        data={KINDS.map((name) => ({ value: name, label: t(`refund.kind.${name}`) }))}
      />
      <div className={classes.hint}>
        <span>{t("refund.left", { amount: left })}</span>
        {kind === "lines" && (
          <Button variant="subtle" onClick={() => ask({ ...asked, chosen: everything(chosen, lines, order.refunds) })}>
            {t("refund.everything")}
          </Button>
        )}
      </div>
      {kind === "lines" ? (
        <ul className={classes.lines}>
          {lines.map((line) => (
            <Line
              key={line.id}
              line={line}
              left={leftOf(line, order.refunds)}
              pick={picks.find((pick) => pick.line.id === line.id)}
              more={(left) => ask({ ...asked, chosen: more(chosen, line, left) })}
              fewer={() => ask({ ...asked, chosen: fewer(chosen, line) })}
              turnRestock={() => ask({ ...asked, chosen: turnRestock(chosen, line) })}
            />
          ))}
        </ul>
      ) : (
        <Amount amount={amount} change={(next) => ask({ ...asked, amount: next })} />
      )}
    </Sheet>
  );
}

/** Digits of the largest amount. */
const DIGITS = 9;

function Amount({ amount, change }: { amount: number; change: (amount: number) => void }) {
  const t = useText();
  const [pad, setPad] = useState(amount === 0 ? EMPTY_PAD : suggested(amount));
  const tap = (key: Key) => {
    const next = press(pad, key, DIGITS);
    setPad(next);
    change(value(next));
  };
  useKeys((name) => {
    const key = keyOf(name);
    if (key !== null) tap(key);
    return key !== null;
  });
  return (
    <>
      <p className={classes.note}>{t("refund.amount.hint")}</p>
      <output className={classes.typed} aria-label={t("refund.amount")}>
        {rupiah(amount)}
      </output>
      <Keypad press={tap} amounts />
    </>
  );
}

interface LineProps {
  line: OrderLine;
  left: number;
  pick: Picked<OrderLine> | undefined;
  more: (left: number) => void;
  fewer: () => void;
  turnRestock: () => void;
}

function Line({ line, left, pick, more, fewer, turnRestock }: LineProps) {
  const t = useText();
  const paid = paidFor(line);
  const chosen = pick?.qty ?? 0;
  const isBack = pick?.restock ?? false;
  const Box = isBack ? IconSquareCheck : IconSquare;
  let note = t("refund.line", { amount: rupiah(paid), qty: quantityText(line) });
  if (paid <= 0) note = t("refund.line.unpaid");
  else if (left === 0) note = t("refund.line.returned");
  else if (left < line.qty)
    note = t("bill.left", { left: quantityText({ ...line, qty: left }), all: quantityText(line) });
  return (
    <PieceRow
      line={line}
      chosen={chosen}
      hasMore={paid > 0 && left > chosen}
      note={note}
      more={() => more(left)}
      fewer={fewer}
    >
      {chosen > 0 && (
        <button type="button" className={classes.restock} aria-pressed={isBack} onClick={turnRestock}>
          <Box size={24} aria-hidden />
          {t("refund.restock")}
        </button>
      )}
    </PieceRow>
  );
}
