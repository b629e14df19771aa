import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { components } from "../api/generated/outlet";
import { percentText } from "../percent";
import { useText } from "../text/provider";
import type { useTime } from "../time";
import { Facts } from "./facts";
import { Goods } from "./goods";
import classes from "./order-detail.module.css";
import { Card } from "./page-head";
import { Sum, Sums } from "./shift-figures";
import sums from "./shift-figures.module.css";

/** A refund as both APIs have it. */
export type Refund = components["schemas"]["Refund"];

interface Props {
  refund: Refund;
  /** The name of a person by id; null: unknown. */
  nameOf: (id: string | null | undefined) => string | null;
  methodName: (method: string) => string;
  time: ReturnType<typeof useTime>;
  /** A link to the order. */
  order: ReactNode;
}

/** A refund for those who check: what came back, what it came to, how the money went back, by whom and why. */
export function RefundDetail({ refund, nameOf, methodName, time, order }: Props) {
  const t = useText();
  const facts: [string, ReactNode][] = [
    [t("refunded.order"), order],
    [t("refunded.sold"), time.day(refund.order_date)],
    [t("refunded.day"), time.day(refund.business_date)],
    [t("refunded.at"), time.moment(refund.created_at)],
    [t("refunded.reason"), refund.reason],
    [t("refunded.by"), nameOf(refund.cashier_id) ?? "–"],
    [t("refunded.approved_by"), nameOf(refund.approved_by) ?? "–"],
  ];
  return (
    <Stack gap="md">
      <Card>
        <Facts facts={facts} />
      </Card>
      <div className={classes.columns}>
        <Card>
          <h3 className={sums.title}>{t("refunded.goods")}</h3>
          {refund.kind === "amount" ? (
            <Text c="dimmed">{t("refunded.amount_only")}</Text>
          ) : (
            <Goods
              items={refund.lines}
              amount={(line) => line.amount - line.discount + line.service + line.tax}
              notes={(line) => (line.restock ? [<small key="restock">{t("refunded.restocked")}</small>] : [])}
            />
          )}
        </Card>
        <Card>
          <Stack gap="lg">
            <Sums title={t("figures.amounts")}>
              <Sum label={t("figures.subtotal")} amount={refund.subtotal} />
              <Sum label={t("figures.discount")} amount={-refund.discount} optional />
              {refund.charges.map((charge) => (
                <Sum
                  key={charge.id}
                  label={t(charge.inclusive ? "taxes.inside" : "taxes.added", {
                    name: charge.name,
                    rate: percentText(charge.rate_bp),
                  })}
                  amount={charge.amount}
                />
              ))}
              <Sum label={t("refunded.surplus")} amount={refund.surplus} optional />
              <Sum label={t("figures.rounding")} amount={refund.rounding} optional />
              <Sum label={t("refunded.total")} amount={refund.total} total />
            </Sums>
            <Sums title={t("refunded.payments")}>
              {refund.payments.map((payment) => (
                <Sum
                  key={payment.id}
                  label={payment.tender_name ?? methodName(payment.method)}
                  note={payment.reference ?? undefined}
                  amount={payment.amount}
                />
              ))}
            </Sums>
          </Stack>
        </Card>
      </div>
    </Stack>
  );
}
