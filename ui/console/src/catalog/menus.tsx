import { Stack, Switch, Text } from "@mantine/core";
import { body, data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { useMenuWords } from "@shared/menu";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { PageHead, Section } from "@shared/parts/page-head";
import { StateBadge } from "@shared/parts/state-badge";
import { useTime } from "@shared/time";
import { IconCalendarClock, IconClockHour4 } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useText } from "../text";

type Menu = components["schemas"]["Menu"];
type NamedPrice = components["schemas"]["List_NamedPrice"]["data"][number];

/** What head office has planned for this outlet: its menus, which can be switched off here, and prices with their minute. */
export function MenusPage() {
  const t = useText();
  return (
    <>
      <PageHead title={t("place.menus")} lead={t("menus.lead")} />
      <Stack gap="xl">
        <Section title={t("menus.title")}>
          <Menus />
        </Section>
        <Section title={t("menus.planned")}>
          <Planned />
        </Section>
      </Stack>
    </>
  );
}

function Menus() {
  const t = useText();
  const queries = useQueryClient();
  const tenders = useQuery({
    queryKey: ["catalog", "tenders", "names"],
    queryFn: async () => (await body(outlet.GET("/api/v1/tenders", { params: { query: { limit: 500 } } }))).data,
  });
  const { when, where } = useMenuWords(tenders.data ?? []);
  const pages = usePages<Menu>(["catalog", "menus"], (cursor, signal) =>
    body(outlet.GET("/api/v1/menus", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })),
  );
  const turn = useMutation({
    mutationFn: ({ menu, on }: { menu: Menu; on: boolean }) =>
      data(
        outlet.PUT("/api/v1/menus/{id}/outlet", {
          params: { path: { id: menu.id } },
          // As in the chain again, where that is the same.
          body: { active: on === menu.active ? null : on },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["catalog", "menus"] }),
  });
  const columns: Column<Menu>[] = [
    { id: "name", title: t("field.name"), render: (menu) => menu.name },
    { id: "when", title: t("menus.when"), plain: true, render: when },
    { id: "where", title: t("menus.where"), render: where },
    {
      id: "active",
      title: t("menus.here"),
      render: (menu) => {
        const isOn = menu.outlet_active ?? menu.active;
        return (
          <Switch
            size="md"
            label={isOn ? t("menus.on") : t("menus.off")}
            aria-label={t("menus.switch", { name: menu.name })}
            checked={isOn}
            disabled={turn.isPending}
            onChange={(event) => turn.mutate({ menu, on: event.currentTarget.checked })}
          />
        );
      },
    },
  ];
  return (
    <Stack gap="sm">
      {turn.error !== null && <ErrorNote error={turn.error} />}
      <List
        label={t("menus.title")}
        pages={pages}
        rowId={(menu) => menu.id}
        columns={columns}
        empty={<Empty title={t("menus.empty")} icon={<IconClockHour4 size={32} aria-hidden />} />}
      />
    </Stack>
  );
}

function Planned() {
  const t = useText();
  // A planned minute is one of this outlet's clock, as written.
  const time = useTime("UTC");
  const pages = usePages<NamedPrice>(["catalog", "prices"], (cursor, signal) =>
    body(outlet.GET("/api/v1/prices", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })),
  );
  const columns: Column<NamedPrice>[] = [
    {
      id: "product",
      title: t("menus.product"),
      render: (price) => {
        const name = price.product_name ?? t("menus.product.gone");
        return price.variant_name == null ? name : `${name} (${price.variant_name})`;
      },
    },
    { id: "from", title: t("menus.from"), render: (price) => time.moment(`${price.valid_from}:00Z`) },
    { id: "price", title: t("field.price"), figure: true, render: (row) => <Money amount={row.price} /> },
    {
      id: "level",
      title: t("menus.for"),
      minor: true,
      render: (price) => <Text>{price.of_outlet ? t("menus.for.outlet") : t("menus.for.chain")}</Text>,
    },
    {
      id: "state",
      title: t("menus.state"),
      render: (price) =>
        price.has_come ? (
          <StateBadge tone="ok">{t("menus.begun")}</StateBadge>
        ) : (
          <StateBadge tone="info">{t("menus.later")}</StateBadge>
        ),
    },
  ];
  return (
    <List
      label={t("menus.planned")}
      pages={pages}
      rowId={(price) => price.id}
      columns={columns}
      empty={<Empty title={t("menus.planned.empty")} icon={<IconCalendarClock size={32} aria-hidden />} />}
    />
  );
}
