import { Button, Group, Text } from "@mantine/core";
import { usePages } from "@shared/api/pages";
import { rupiah } from "@shared/money";
import { DeleteButton } from "@shared/parts/delete-button";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { Sheet, SheetFoot } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { useTime } from "@shared/time";
import { IconCalendarClock, IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { PAGE_SIZE } from "../../api/lists";
import { deletePriceChange, listPriceChanges, listPriceDelivery, type PriceChange } from "../../api/menus";
import { useIsAdmin } from "../../api/session";
import { Received } from "../../parts/received";
import { useEditor } from "../../parts/use-editor";
import { useText } from "../../text";
import { PlanForm } from "./plan-form";

const TONES = { planned: "info", in_effect: "ok", replaced: "neutral" } as const;

/** `2026-12-01T17:00` in words: it has no zone, because it begins by the clock of each outlet. */
function useMinute(): (minute: string) => string {
  const time = useTime("UTC");
  return (minute) => time.moment(`${minute}:00Z`);
}

const nameOf = ({ product_name, variant_name }: PriceChange, gone: string) =>
  product_name == null ? gone : variant_name == null ? product_name : `${product_name} (${variant_name})`;

/** Prices that begin at a set minute, and how many outlets have received them. */
export function PriceChangeList() {
  const t = useText();
  const minute = useMinute();
  const editable = useIsAdmin();
  const planner = useEditor<never>();
  const viewer = useEditor<PriceChange>();
  const pages = usePages<PriceChange>(["catalog", "price-changes"], (cursor) => listPriceChanges(cursor, PAGE_SIZE));
  const columns: Column<PriceChange>[] = [
    { id: "product", title: t("changes.product"), render: (change) => nameOf(change, t("menu.product.gone")) },
    { id: "from", title: t("changes.from"), render: (change) => minute(change.valid_from) },
    {
      id: "price",
      title: t("changes.price"),
      figure: true,
      render: (change) => (
        <>
          <Money amount={change.price} />
          {change.usual_price != null && (
            <Text size="xs" c="dimmed">
              {t("changes.usual")} <Money amount={change.usual_price} />
            </Text>
          )}
        </>
      ),
    },
    {
      id: "received",
      title: t("changes.received"),
      render: (change) => (
        <>
          {t("changes.received.of", { received: change.received, outlets: change.outlets })}
          {change.outlet_ids != null && (
            <Text size="xs" c="dimmed">
              {t("changes.some")}
            </Text>
          )}
        </>
      ),
    },
    {
      id: "state",
      title: t("state"),
      render: (change) => <StateBadge tone={TONES[change.state]}>{t(`changes.state.${change.state}`)}</StateBadge>,
    },
  ];
  const add = editable && (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => planner.edit(null)}>
      {t("changes.add")}
    </Button>
  );
  return (
    <>
      {add && (pages.rows?.length ?? 0) > 0 && (
        <Group justify="flex-end" mb="md">
          {add}
        </Group>
      )}
      <List
        label={t("changes.tab")}
        pages={pages}
        rowId={(change) => change.id}
        columns={columns}
        open={viewer.edit}
        empty={
          <Empty title={t("changes.empty")} icon={<IconCalendarClock size={32} aria-hidden />}>
            {add}
          </Empty>
        }
      />
      <Sheet title={t("changes.add")} opened={planner.opened} close={planner.close}>
        <PlanForm key={planner.key} close={planner.close} />
      </Sheet>
      <Sheet
        title={viewer.row === null ? "" : nameOf(viewer.row, t("menu.product.gone"))}
        opened={viewer.opened}
        close={viewer.close}
      >
        {viewer.row !== null && (
          <Details key={viewer.key} change={viewer.row} editable={editable} close={viewer.close} />
        )}
      </Sheet>
    </>
  );
}

/** A price, and which outlets have received it. */
function Details({ change, editable, close }: { change: PriceChange; editable: boolean; close: () => void }) {
  const t = useText();
  const minute = useMinute();
  const queries = useQueryClient();
  return (
    <>
      <Text mb="md">{t("changes.about", { price: rupiah(change.price), date: minute(change.valid_from) })}</Text>
      <Received
        queryKey={["catalog", "price-changes", "delivery", change.id]}
        read={() => listPriceDelivery(change.id)}
      />
      {editable && (
        <SheetFoot>
          <DeleteButton
            title={t("changes.delete.ask")}
            body={t("changes.delete.what")}
            remove={async () => {
              await deletePriceChange(change.id);
              await queries.invalidateQueries({ queryKey: ["catalog", "price-changes"] });
              close();
            }}
          />
          <Button variant="default" ml="auto" onClick={close}>
            {t("action.close")}
          </Button>
        </SheetFoot>
      )}
    </>
  );
}
