import { Progress, Stack, Text } from "@mantine/core";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Card } from "@shared/parts/page-head";
import { useTime } from "@shared/time";
import { readAll, useSlices } from "../../api/lists";
import { type Delivery, listDelivery } from "../../api/products";
import { type Product, useOutlets } from "../../api/queries";
import { PresenceBadge } from "../../parts/presence";
import { DeliveryBadge, useDelivery } from "../../parts/received";
import { useText } from "../../text";

/** Which outlets have the latest change of a product; those that wait for it come first. */
export function ProductDelivery({ product }: { product: Product }) {
  const t = useText();
  const time = useTime();
  const outlets = useOutlets();
  // The version is part of the key: a newer change is another question.
  const query = useDelivery(["catalog", "delivery", product.id, product.version], () =>
    readAll<Delivery>((cursor, limit) => listDelivery(product.id, cursor, limit)),
  );
  const rows = query.data;
  const pages = useSlices("", { rows, error: query.error, reread: () => void query.refetch() });
  const known = new Map((outlets.data ?? []).map((outlet) => [outlet.id, outlet]));
  const columns: Column<Delivery>[] = [
    {
      id: "outlet",
      title: t("outlet.one"),
      render: (row) => (
        <>
          {row.name}
          <Text size="xs" c="dimmed" fw={400}>
            {row.code}
          </Text>
        </>
      ),
    },
    {
      id: "applied",
      title: t("delivery.state"),
      render: (row) => <DeliveryBadge state={row.state} />,
    },
    {
      id: "at",
      title: t("delivery.at"),
      render: (row) => (row.applied_at == null ? "–" : time.moment(row.applied_at)),
    },
    {
      id: "asked",
      title: t("delivery.asked"),
      minor: true,
      render: (row) => (row.asked_at == null ? t("outlet.never") : time.moment(row.asked_at)),
    },
    {
      id: "presence",
      title: t("outlet.presence"),
      render: (row) => {
        const outlet = known.get(row.outlet_id);
        return outlet === undefined ? "–" : <PresenceBadge presence={outlet.presence} />;
      },
    },
  ];
  const applied = rows?.filter((row) => row.applied).length ?? 0;
  const total = rows?.length ?? 0;
  return (
    <Stack gap="md">
      {total > 0 && (
        <Card>
          <Text fw={600} mb="xs" aria-live="polite">
            {t("delivery.sum", { applied, total })}
          </Text>
          <Progress
            value={(100 * applied) / total}
            color={applied === total ? "ok" : "primary"}
            size="lg"
            aria-hidden
          />
          <Text c="dimmed" mt="xs">
            {t("delivery.change", { at: time.moment(product.changed_at) })}
          </Text>
        </Card>
      )}
      <List
        label={t("product.tab.delivery")}
        pages={pages}
        rowId={(row) => row.outlet_id}
        columns={columns}
        empty={<Empty title={t("prices.no_outlets")} />}
      />
    </Stack>
  );
}
