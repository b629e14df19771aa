import { Empty } from "@shared/parts/empty";
import { allRows, type Column, List } from "@shared/parts/list";
import { StateBadge } from "@shared/parts/state-badge";
import { type QueryKey, useQuery } from "@tanstack/react-query";
import type { Delivery } from "../api/products";
import { useText } from "../text";

/** Whether an outlet has received a change. */
export function DeliveryBadge({ state }: { state: Delivery["state"] }) {
  const t = useText();
  const tone = { applied: "ok", waiting: "wait", failed: "bad" } as const;
  return <StateBadge tone={tone[state]}>{t(`delivery.${state}`)}</StateBadge>;
}

/** Who has received a change, asked again until all have; those that wait for it come first. */
export function useDelivery(queryKey: QueryKey, read: () => Promise<Delivery[]>) {
  return useQuery({
    queryKey,
    queryFn: read,
    refetchInterval: (last) => (last.state.data?.every((row) => row.applied) ? false : 5_000),
    select: (rows) => rows.toSorted((a, b) => Number(a.applied) - Number(b.applied) || a.code.localeCompare(b.code)),
  });
}

interface Props {
  queryKey: QueryKey;
  read: () => Promise<Delivery[]>;
}

/** Which outlets have received a change. */
export function Received({ queryKey, read }: Props) {
  const t = useText();
  const { data, error, refetch } = useDelivery(queryKey, read);
  const columns: Column<Delivery>[] = [
    { id: "outlet", title: t("outlet.one"), render: (row) => `${row.code} · ${row.name}` },
    { id: "state", title: t("delivery.state"), render: (row) => <DeliveryBadge state={row.state} /> },
  ];
  return (
    <List
      label={t("changes.received")}
      pages={allRows({ data, error, refetch })}
      rowId={(row) => row.outlet_id}
      columns={columns}
      empty={<Empty title={t("prices.no_outlets")} />}
    />
  );
}
