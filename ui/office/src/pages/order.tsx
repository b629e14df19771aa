import { Group, Text } from "@mantine/core";
import { data, hub } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Numbered } from "@shared/parts/numbered";
import { OrderDetail } from "@shared/parts/order-detail";
import { OrderStatus } from "@shared/parts/order-status";
import { PageHead } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { useTime } from "@shared/time";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { readAll } from "../api/lists";
import { listRefunds, type RefundSummary } from "../api/refunds";
import { PageLink, useBack } from "../parts/link";
import { useText, useWord } from "../text";

const route = getRouteApi("/orders/$id");

/** One order as its outlet sent it. */
export function OrderPage() {
  const t = useText();
  const word = useWord();
  const time = useTime();
  const { id } = route.useParams();
  const back = useBack(t("nav.orders"), "/orders");
  const order = useQuery({
    queryKey: ["sales", "order", id],
    queryFn: () => data(hub.GET("/v1/hq/orders/{id}", { params: { path: { id } } })),
  });
  const filter = { order_id: id };
  const refunds = useQuery({
    queryKey: ["sales", "refunds", filter],
    queryFn: () => readAll<RefundSummary>((cursor, limit) => listRefunds(filter, cursor, limit)),
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
        title={<Numbered>{found.order_number}</Numbered>}
        lead={
          <Group component="span" gap="xs">
            <OrderStatus status={found.status} />
            <Text span>{found.outlet_code}</Text>
          </Group>
        }
        back={back}
      />
      <OrderDetail
        order={found}
        methodName={(method) => word(`method.${method as "cash"}`)}
        facts={[[t("order.received"), time.moment(found.received_at)]]}
        refunds={refunds.data ?? []}
        refundLink={(refund, text) => <PageLink href={`/refunds/${refund}`}>{text}</PageLink>}
        time={time}
      />
    </>
  );
}
