import { Group, Text } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { method } from "@shared/method";
import { ErrorNote } from "@shared/parts/error-note";
import { Numbered } from "@shared/parts/numbered";
import { OrderDetail } from "@shared/parts/order-detail";
import { OrderStatus } from "@shared/parts/order-status";
import { PageHead } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useRouter } from "@tanstack/react-router";
import { NotFound } from "../parts/not-found";
import { useNames } from "../people/names";
import { PrintPaper } from "../printers/print-paper";
import { useShopTime } from "../status";
import { useText } from "../text";

/** The order that a refund belongs to, with all of its refunds. */
export function OrderPage() {
  const t = useText();
  const time = useShopTime();
  const router = useRouter();
  const nameOf = useNames();
  const { id } = useParams({ from: "/orders/$id" });
  const order = useQuery({
    queryKey: ["orders", "one", id],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/orders/{id}", { params: { path: { id } }, signal })),
  });
  const back = {
    label: t("place.refunds"),
    href: "/admin/refunds",
    go: () => void router.navigate({ to: "/refunds" }),
  };
  if (order.data === undefined) {
    if (order.error !== null && asApiError(order.error).status === 404) return <NotFound />;
    return (
      <>
        <PageHead title={t("refunded.order")} back={back} />
        {order.error === null ? (
          <Skeletons rows={4} height={88} />
        ) : (
          <ErrorNote error={order.error} retry={() => void order.refetch()} />
        )}
      </>
    );
  }
  const found = order.data;
  const cashier = nameOf(found.cashier_id);
  return (
    <>
      <PageHead
        title={<Numbered>{found.order_number}</Numbered>}
        lead={
          <Group component="span" gap="xs">
            <OrderStatus status={found.status} />
            {cashier !== null && (
              <Text span className="name">
                {cashier}
              </Text>
            )}
          </Group>
        }
        back={back}
        actions={
          found.status !== "void" && (
            <PrintPaper
              print={(header, printer_id) => {
                const kind = found.status === "paid" ? "receipt" : "bill";
                return outlet.POST("/api/v1/orders/{id}/print", {
                  params: { path: { id }, header },
                  body: { kind, printer_id },
                });
              }}
            >
              {t(found.status === "paid" ? "print.receipt" : "print.bill")}
            </PrintPaper>
          )
        }
      />
      <OrderDetail
        order={found}
        methodName={(name) => t(method(name))}
        refunds={found.refunds}
        refundLink={(refund, text) => (
          <Link to="/refunds/$id" params={{ id: refund }}>
            {text}
          </Link>
        )}
        time={time}
      />
    </>
  );
}
