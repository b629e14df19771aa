import { Button, Group, Select, Stack, Switch, Text } from "@mantine/core";
import { data, hub } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { AmountInput, SearchInput } from "@shared/parts/fields";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { SaveButton } from "@shared/parts/save-button";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ifMatch, readAll, useSlices } from "../../api/lists";
import { listOutletPrices, type OutletPrice } from "../../api/products";
import type { Product } from "../../api/queries";
import { useIsAdmin } from "../../api/session";
import { useText } from "../../text";
import classes from "./form.module.css";

interface Own {
  price: number | null;
  available: boolean | null;
}

/** What the outlet has of its own at the hub. */
const stored = ({ price, available }: OutletPrice): Own => ({ price: price ?? null, available: available ?? null });

/** Where outlets differ from the chain: own price and availability at each outlet, edited in place and saved together. */
export function ProductPrices({ product }: { product: Product }) {
  const t = useText();
  const queries = useQueryClient();
  const { offerUndo } = useDialogs();
  const editable = useIsAdmin();
  const [q, setQ] = useState("");
  const [differing, setDiffering] = useState(false);
  const [edits, setEdits] = useState<ReadonlyMap<string, Own>>(new Map());
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const query = useQuery({
    queryKey: ["catalog", "product-outlets", product.id],
    queryFn: () => readAll<OutletPrice>((cursor, limit) => listOutletPrices(product.id, cursor, limit)),
  });
  const rows = useMemo(
    () =>
      query.data
        ?.filter((row) => `${row.name}\n${row.code}`.toLocaleLowerCase().includes(q.toLocaleLowerCase()))
        .filter((row) => !differing || row.price != null || row.available != null),
    [query.data, q, differing],
  );
  const pages = useSlices(`${q} ${differing}`, { rows, error: query.error, reread: () => void query.refetch() });
  const reread = () => queries.invalidateQueries({ queryKey: ["catalog"] });
  const save = useMutation({
    mutationFn: async () => {
      const byId = new Map((query.data ?? []).map((row) => [row.outlet_id, row]));
      const failed = new Map<string, string>();
      const done = new Map<string, Own>();
      for (const [outletId, own] of edits) {
        const row = byId.get(outletId);
        try {
          await put(outletId, product.id, own, row?.version ?? null);
          done.set(outletId, { price: row?.price ?? null, available: row?.available ?? null });
        } catch (thrown) {
          failed.set(outletId, asApiError(thrown).message);
        }
      }
      return { failed, done };
    },
    onSuccess: async ({ failed, done }) => {
      setErrors(failed);
      setEdits(new Map([...edits].filter(([outletId]) => failed.has(outletId))));
      await reread();
      if (done.size === 0) return;
      offerUndo(t("prices.saved", { count: done.size }), async () => {
        for (const [outletId, own] of done) await put(outletId, product.id, own, null);
        await reread();
      });
    },
  });
  const own = (row: OutletPrice): Own => edits.get(row.outlet_id) ?? stored(row);
  const edit = (row: OutletPrice, change: Partial<Own>) => {
    const next = { ...own(row), ...change };
    const { price, available } = stored(row);
    const same = next.price === price && next.available === available;
    setEdits((old) => {
      const map = new Map(old);
      if (same) map.delete(row.outlet_id);
      else map.set(row.outlet_id, next);
      return map;
    });
  };
  const columns: Column<OutletPrice>[] = [
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
      id: "price",
      title: t("prices.own"),
      width: 200,
      render: (row) =>
        editable ? (
          <AmountInput
            aria-label={t("prices.own.of", { name: row.name })}
            placeholder={t("prices.as_chain")}
            value={own(row).price}
            onChange={(price) => edit(row, { price })}
            error={errors.get(row.outlet_id)}
          />
        ) : row.price == null ? (
          <Text c="dimmed">{t("prices.as_chain")}</Text>
        ) : (
          <Money amount={row.price} />
        ),
    },
    {
      id: "available",
      title: t("prices.available"),
      width: 200,
      render: (row) => {
        const { available } = own(row);
        if (!editable)
          return available === null ? t("prices.as_chain") : available ? t("product.available") : t("product.sold_out");
        return (
          <Select
            aria-label={t("prices.available.of", { name: row.name })}
            data={[
              { value: "chain", label: t("prices.as_chain") },
              { value: "yes", label: t("product.available") },
              { value: "no", label: t("product.sold_out") },
            ]}
            value={available === null ? "chain" : available ? "yes" : "no"}
            onChange={(next) => edit(row, { available: next === "chain" || next === null ? null : next === "yes" })}
            allowDeselect={false}
          />
        );
      },
    },
    {
      id: "in_force",
      title: t("prices.in_force"),
      figure: true,
      render: (row) => {
        const { price, available } = own(row);
        if (!(available ?? product.available)) return <Text c="wait">{t("product.sold_out")}</Text>;
        return <Money amount={price ?? product.price} />;
      },
    },
  ];
  return (
    <Stack gap="md">
      <Text c="dimmed">{t("prices.lead")}</Text>
      <Group gap="md">
        <SearchInput label={t("outlets.search")} value={q} onChange={setQ} />
        <Switch
          size="md"
          label={t("prices.differing")}
          checked={differing}
          onChange={(event) => setDiffering(event.currentTarget.checked)}
        />
      </Group>
      <List
        label={t("product.tab.prices")}
        pages={pages}
        rowId={(row) => row.outlet_id}
        columns={columns}
        empty={<Empty title={query.data?.length === 0 ? t("prices.no_outlets") : t("prices.none")} />}
      />
      {edits.size > 0 && (
        <div className={classes.foot}>
          <Text aria-live="polite">{t("prices.edits", { count: edits.size })}</Text>
          <Group gap="xs">
            <Button
              variant="default"
              onClick={() => {
                setEdits(new Map());
                setErrors(new Map());
              }}
            >
              {t("action.cancel")}
            </Button>
            <SaveButton type="button" pending={save.isPending} onClick={() => save.mutate()}>
              {t("action.save")}
            </SaveButton>
          </Group>
        </div>
      )}
    </Stack>
  );
}

/** Stores what the outlet has of its own; null is the chain's value. */
async function put(outlet_id: string, product_id: string, own: Own, version: number | null): Promise<void> {
  const params = { path: { outlet_id, product_id }, ...(version !== null && { header: ifMatch(version) }) };
  await data(hub.PUT("/v1/hq/outlets/{outlet_id}/products/{product_id}", { params, body: own }));
}
