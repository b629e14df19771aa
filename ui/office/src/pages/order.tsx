import { Group, Stack, Text, Title } from "@mantine/core";
import { data, hub } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { grouped } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Facts } from "@shared/parts/facts";
import { Money } from "@shared/parts/money";
import { Card, PageHead } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { percentText } from "@shared/percent";
import { useTime } from "@shared/time";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { Schemas } from "../api/queries";
import { useBack } from "../parts/link";
import { OrderStatus } from "../parts/order-status";
import { useText } from "../text";
import classes from "./order.module.css";

const route = getRouteApi("/orders/$id");
type Order = Schemas["OrderShape"];

/** One order as its outlet sent it. */
export function OrderPage() {
  const t = useText();
  const { id } = route.useParams();
  const back = useBack(t("nav.orders"), "/orders");
  const order = useQuery({
    queryKey: ["sales", "order", id],
    queryFn: () => data(hub.GET("/v1/hq/orders/{id}", { params: { path: { id } } })),
  });
  if (order.data === undefined) {
    return (
      <>
        <PageHead title={t("order.one")} back={back} />
        {order.error === null ? (
          <Skeletons />
        ) : asApiError(order.error).status === 404 ? (
          <Empty title={t("order.gone")} />
        ) : (
          <ErrorNote error={order.error} retry={() => void order.refetch()} />
        )}
      </>
    );
  }
  const found = order.data;
  return (
    <>
      <PageHead
        title={found.order_number}
        lead={
          <Group component="span" gap="xs">
            <OrderStatus status={found.status} />
            <Text span>{found.outlet_code}</Text>
          </Group>
        }
        back={back}
      />
      <div className={classes.columns}>
        <Card>
          <Lines order={found} />
        </Card>
        <Stack gap="md">
          <Card>
            <Sums order={found} />
          </Card>
          <Card>
            <Payments order={found} />
          </Card>
        </Stack>
        <div className={classes.details}>
          <Card>
            <Details order={found} />
          </Card>
        </div>
      </div>
    </>
  );
}

function Lines({ order }: { order: Order }) {
  const t = useText();
  return (
    <table className={classes.lines}>
      <thead>
        <tr>
          <th scope="col" className={classes.qty}>
            {t("order.qty")}
          </th>
          <th scope="col">{t("order.line")}</th>
          <th scope="col" className={classes.figure}>
            {t("order.amount")}
          </th>
        </tr>
      </thead>
      <tbody>
        {order.lines.map((line) => (
          <tr key={line.id}>
            <td className={classes.qty}>{line.qty}</td>
            <td>
              <Text className="name">
                {line.variant_name == null ? line.name : `${line.name} · ${line.variant_name}`}
              </Text>
              {line.modifiers.map((modifier) => (
                <Text key={modifier.id} size="xs" c="dimmed" className="name">
                  {modifier.qty > 1 ? `${modifier.qty}× ` : ""}
                  {modifier.group}: {modifier.name}
                  {modifier.price !== 0 && (
                    <>
                      {" "}
                      <Money amount={modifier.price} />
                    </>
                  )}
                </Text>
              ))}
              {line.note != null && (
                <Text size="xs" c="dimmed" className="name">
                  {line.note}
                </Text>
              )}
              {line.qty > 1 && (
                <Text size="xs" c="dimmed">
                  {t("order.each")} <Money amount={line.price} />
                </Text>
              )}
            </td>
            <td className={classes.figure}>
              <Money amount={line.amount} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sums({ order }: { order: Order }) {
  const t = useText();
  const rows: [string, string, number][] = [
    ["subtotal", t("order.subtotal"), order.subtotal],
    ...(order.discount === 0 ? [] : [["discount", t("order.discount"), -order.discount] as [string, string, number]]),
    ...order.charges.map((charge): [string, string, number] => [
      charge.id,
      charge.inclusive
        ? t("order.charge.inside", { name: charge.name, rate: percentText(charge.rate_bp) })
        : t("order.charge", { name: charge.name, rate: percentText(charge.rate_bp) }),
      charge.amount,
    ]),
    ...(order.rounding === 0 ? [] : [["rounding", t("order.rounding"), order.rounding] as [string, string, number]]),
  ];
  return (
    <dl className={classes.sums}>
      {rows.map(([key, label, amount]) => (
        <div key={key}>
          <dt>{label}</dt>
          <dd>
            <Money amount={amount} />
          </dd>
        </div>
      ))}
      <div className={classes.total}>
        <dt>{t("order.total")}</dt>
        <dd>
          <Money amount={order.total} />
        </dd>
      </div>
    </dl>
  );
}

function Payments({ order }: { order: Order }) {
  const t = useText();
  return (
    <>
      <Title order={2} mb="xs">
        {t("order.payments")}
      </Title>
      {order.payments.length === 0 && <Text c="dimmed">{t("order.payments.none")}</Text>}
      <dl className={classes.sums}>
        {order.payments.map((payment) => (
          <div key={payment.id}>
            <dt>
              {t(`method.${payment.method}`)}
              {payment.status === "unconfirmed" && (
                <>
                  {" "}
                  <StateBadge tone="wait">{t("order.unconfirmed")}</StateBadge>
                </>
              )}
              {payment.change !== 0 && (
                <Text size="xs">
                  {t("order.tendered")} <Money amount={payment.tendered} />, {t("order.change")}{" "}
                  <Money amount={payment.change} />
                </Text>
              )}
            </dt>
            <dd>
              <Money amount={payment.amount} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Details({ order }: { order: Order }) {
  const t = useText();
  const time = useTime();
  const facts: [string, string][] = [
    [t("order.day"), time.day(order.business_date)],
    [t("order.type"), t(`order.type.${order.order_type}`)],
  ];
  if (order.table_number != null) facts.push([t("order.table.label"), order.table_number]);
  if (order.customer_name != null) facts.push([t("order.customer"), order.customer_name]);
  if (order.pax != null) facts.push([t("order.pax"), grouped(order.pax)]);
  facts.push([t("order.created"), time.moment(order.created_at)]);
  if (order.paid_at != null) facts.push([t("order.paid_at"), time.moment(order.paid_at)]);
  if (order.paid_date != null && order.paid_date !== order.business_date)
    facts.push([t("order.paid_date"), time.day(order.paid_date)]);
  if (order.voided_at != null) facts.push([t("order.voided_at"), time.moment(order.voided_at)]);
  if (order.void_reason != null) facts.push([t("order.void_reason"), order.void_reason]);
  facts.push([t("order.received"), time.moment(order.received_at)]);
  return <Facts facts={facts} />;
}
