import type { ReactNode } from "react";
import { grouped } from "../money";
import { useText } from "../text/provider";
import { Money } from "./money";
import classes from "./shift-figures.module.css";

/** The figures of a shift as both APIs have them. */
export interface ShiftFigures {
  sales?: {
    orders: number;
    subtotal: number;
    discount: number;
    service: number;
    tax: number;
    tax_included: number;
    rounding: number;
    total: number;
  } | null;
  deposits_taken: number;
  deposits_used: number;
  tenders: {
    method: string;
    tender_id?: string | null | undefined;
    tender_name?: string | null | undefined;
    payments: number;
    reversals: number;
    refunds: number;
    unconfirmed: number;
  }[];
  cash?: {
    opening: number;
    payments: number;
    refunds: number;
    paid_in: number;
    paid_out: number;
    dropped: number;
    expected: number;
  } | null;
}

interface Props {
  figures: ShiftFigures;
  methodName: (method: string) => string;
  /** After the cash: what was counted. */
  children?: ReactNode;
}

/** X and Z: what was sold, how it was paid, and what should be in the drawer. */
export function ShiftReport({ figures, methodName, children }: Props) {
  const t = useText();
  const { sales, tenders, cash, deposits_taken, deposits_used } = figures;
  return (
    <div className={classes.report}>
      {sales != null && (
        <Sums title={t("figures.sales")}>
          <Sum label={t("figures.subtotal")} amount={sales.subtotal} />
          <Sum label={t("figures.discount")} amount={-sales.discount} optional />
          <Sum label={t("figures.service")} amount={sales.service} optional />
          <Sum label={t("figures.tax")} amount={sales.tax} optional />
          <Sum label={t("figures.rounding")} amount={sales.rounding} optional />
          <Sum label={t("figures.total", { count: grouped(sales.orders) })} amount={sales.total} total />
          <Sum label={t("figures.tax_included")} amount={sales.tax_included} optional />
        </Sums>
      )}
      <Sums title={t("figures.tenders")} {...(tenders.length === 0 && { empty: t("figures.tenders.none") })}>
        {tenders.map(({ method, tender_id, tender_name, payments, reversals, refunds, unconfirmed }) => (
          <Sum
            key={`${method} ${tender_id}`}
            label={tender_name ?? methodName(method)}
            amount={payments + reversals - refunds}
            note={
              <>
                {reversals !== 0 && (
                  <span>
                    {t("figures.reversed")} <Money amount={reversals} />
                  </span>
                )}
                {refunds !== 0 && (
                  <span>
                    {t("figures.refunds")} <Money amount={-refunds} />
                  </span>
                )}
                {unconfirmed !== 0 && (
                  <span>
                    {t("figures.unconfirmed")} <Money amount={unconfirmed} />
                  </span>
                )}
              </>
            }
          />
        ))}
        <Sum label={t("figures.deposits_taken")} amount={deposits_taken} optional />
        <Sum label={t("figures.deposits_used")} amount={deposits_used} optional />
      </Sums>
      {cash != null && (
        <Sums title={t("figures.cash")}>
          <Sum label={t("figures.opening")} amount={cash.opening} />
          <Sum label={t("figures.cash_payments")} amount={cash.payments} />
          <Sum label={t("figures.refunds")} amount={-cash.refunds} optional />
          <Sum label={t("movement.in")} amount={cash.paid_in} optional />
          <Sum label={t("movement.out")} amount={-cash.paid_out} optional />
          <Sum label={t("movement.drop")} amount={-cash.dropped} optional />
          <Sum label={t("figures.expected")} amount={cash.expected} total />
          {children}
        </Sums>
      )}
    </div>
  );
}

/** Sums under a title; or why there are none. */
export function Sums({ title, empty, children }: { title: string; empty?: string; children: ReactNode }) {
  return (
    <section>
      <h3 className={classes.title}>{title}</h3>
      {empty === undefined ? <dl className={classes.sums}>{children}</dl> : <p className={classes.none}>{empty}</p>}
    </section>
  );
}

interface SumProps {
  label: string;
  amount: number;
  note?: ReactNode;
  /** Left out if it is zero. */
  optional?: boolean;
  total?: boolean;
}

export function Sum({ label, amount, note, optional = false, total = false }: SumProps) {
  if (optional && amount === 0) return null;
  return (
    <div data-total={total}>
      <dt>
        {label}
        {note !== undefined && <small>{note}</small>}
      </dt>
      <dd>
        <Money amount={amount === 0 ? 0 : amount} />
      </dd>
    </div>
  );
}
