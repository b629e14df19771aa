import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { Facts } from "@shared/parts/facts";
import { quantityText } from "@shared/quantity";
import { useTime } from "@shared/time";
import { IconCircleCheck } from "@tabler/icons-react";
import type { Refund } from "../api/commands";
import { usePeople } from "../api/names";
import { useMay } from "../me";
import { Sheet } from "../parts/sheet";
import { useMeansName } from "../pay/means-name";
import { PrintRefund } from "../print/refund-button";
import { useText, useWord } from "../text";
import { shortNumber } from "./number";
import classes from "./refund.module.css";

interface Props {
  refund: Refund;
  close: () => void;
  /** It was just recorded: the cash is handed over now. */
  isNew?: boolean;
}

/** What was given back: how much by which method, of what, by whom and why. */
export function RefundedSheet({ refund, close, isNew = false }: Props) {
  const t = useText();
  const word = useWord();
  const nameOf = useMeansName();
  const mayPay = useMay("take_payment");
  const time = useTime();
  const people = usePeople();
  const person = (id: string | null | undefined) => (id ? people.get(id)?.name : undefined);
  const sum = (rows: Refund["payments"]) => rows.reduce((all, { amount }) => all + amount, 0);
  const cash = sum(refund.payments.filter(({ method }) => method === "cash"));
  const others = refund.payments.filter(({ method }) => method !== "cash");
  const facts = [
    [t("refund.number"), refund.refund_number],
    [t("at"), time.moment(refund.created_at)],
    [t("grant.reason"), refund.reason],
    [t("given_by"), person(refund.cashier_id)],
    [t("approved_by"), refund.approved_by === refund.cashier_id ? undefined : person(refund.approved_by)],
  ].flatMap(([label, value]) => (label && value ? [[label, value] as const] : []));
  return (
    <Sheet
      opened
      close={close}
      enter={close}
      title={isNew ? t("refund.done") : t("refund.named", { number: shortNumber(refund.refund_number) })}
      foot={
        <Button size="lg" fullWidth onClick={close}>
          {t(isNew ? "ready" : "action.close")}
        </Button>
      }
    >
      <div className={classes.given} role={isNew ? "status" : undefined}>
        {isNew && <IconCircleCheck size={28} aria-hidden />}
        <span>{t(cash > 0 && isNew ? "refund.hand_over" : "refund.total")}</span>
        <strong>{rupiah(cash > 0 && isNew ? cash : refund.total)}</strong>
      </div>
      <dl className={classes.sums}>
        {cash > 0 && (others.length > 0 || !isNew) && <Sum label={word("method.cash")} amount={cash} />}
        {others.map((back) => (
          <Sum key={back.id} label={nameOf(back)} note={back.reference} amount={back.amount} />
        ))}
        {cash > 0 && others.length > 0 && isNew && <Sum label={t("refund.total")} amount={refund.total} />}
      </dl>
      {isNew && others.length > 0 && <p className={classes.note}>{t("refund.elsewhere")}</p>}
      {refund.kind === "lines" && (
        <ul className={classes.goods}>
          {refund.lines.map((line) => (
            <li key={line.id}>
              <span className="figures">{quantityText(line)}</span>
              <span className="name">
                {line.name}
                {line.restock && <small>{t("refund.restock")}</small>}
              </span>
            </li>
          ))}
        </ul>
      )}
      <Facts facts={facts} />
      {!isNew && mayPay && <PrintRefund id={refund.id} />}
    </Sheet>
  );
}

function Sum({ label, note, amount }: { label: string; note?: string | null | undefined; amount: number }) {
  return (
    <div>
      <dt>
        {label}
        {note && <small className="name">{note}</small>}
      </dt>
      <dd className="money">{rupiah(amount)}</dd>
    </div>
  );
}
