import { Button, SegmentedControl, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { type Pages, usePages } from "@shared/api/pages";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { boxOf, storedBox } from "@shared/plan";
import { IconArmchair, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ActiveBadge } from "../parts/active-badge";
import { type Master, MasterSheet } from "../parts/master-sheet";
import { useText } from "../text";
import { PlanEditor } from "./plan";

type Table = components["schemas"]["Table"];
type Body = components["schemas"]["TableBody"];

const master: Master<Table, Body> = {
  key: ["tables"],
  create: (sent) => outlet.POST("/api/v1/tables", { body: sent }),
  replace: ({ id, version }, sent) =>
    outlet.PUT("/api/v1/tables/{id}", {
      params: { path: { id }, header: { "If-Match": String(version) } },
      body: sent,
    }),
  remove: ({ id, version }) =>
    outlet.DELETE("/api/v1/tables/{id}", { params: { path: { id }, header: { "If-Match": String(version) } } }),
};

type View = "list" | "plan";

export function TablesPage() {
  const t = useText();
  const [view, setView] = useState<View>("list");
  const [edited, setEdited] = useState<Table | "new" | null>(null);
  const pages = usePages<Table>(["tables", "list"], (cursor, signal) =>
    body(outlet.GET("/api/v1/tables", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })),
  );
  const create = (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setEdited("new")}>
      {t("tables.new")}
    </Button>
  );
  return (
    <>
      <PageHead title={t("place.tables")} {...(pages.rows?.length !== 0 && { actions: create })} />
      {pages.rows?.length !== 0 && (
        <SegmentedControl
          mb="md"
          aria-label={t("place.tables")}
          value={view}
          onChange={(next) => setView(next as View)}
          data={[
            { value: "list", label: t("tables.list") },
            { value: "plan", label: t("tables.plan") },
          ]}
        />
      )}
      {view === "plan" ? <Plan /> : <TableList pages={pages} edit={setEdited} create={create} />}
      {edited !== null && <TableSheet table={edited === "new" ? null : edited} close={() => setEdited(null)} />}
    </>
  );
}

/** All tables of the shop. */
function Plan() {
  const tables = useQuery({
    queryKey: ["tables", "all"],
    queryFn: ({ signal }) => allTables(signal),
  });
  if (tables.data !== undefined) return <PlanEditor tables={tables.data} />;
  if (tables.isError) return <ErrorNote error={tables.error} retry={() => void tables.refetch()} />;
  return <Skeletons rows={4} height={96} />;
}

async function allTables(signal: AbortSignal): Promise<Table[]> {
  const found: Table[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { limit: 500, ...(cursor && { cursor }) };
    const page = await body(outlet.GET("/api/v1/tables", { params: { query }, signal }));
    found.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

interface ListProps {
  pages: Pages<Table>;
  edit: (table: Table) => void;
  create: ReactNode;
}

function TableList({ pages, edit, create }: ListProps) {
  const t = useText();
  return (
    <List
      label={t("place.tables")}
      pages={pages}
      rowId={(table) => table.id}
      open={edit}
      empty={
        <Empty title={t("tables.empty")} icon={<IconArmchair size={32} aria-hidden />}>
          {create}
        </Empty>
      }
      columns={[
        { id: "name", title: t("field.name"), render: (table) => table.name },
        { id: "area", title: t("field.area"), plain: true, render: (table) => table.area ?? "" },
        { id: "seats", title: t("field.seats"), figure: true, render: (table) => table.seats ?? "" },
        {
          id: "active",
          title: t("column.state"),
          plain: true,
          render: (table) => <ActiveBadge active={table.active} />,
        },
      ]}
    />
  );
}

function TableSheet({ table, close }: { table: Table | null; close: () => void }) {
  const t = useText();
  const form = useForm({
    initialValues: {
      name: table?.name ?? "",
      area: table?.area ?? "",
      seats: table?.seats == null ? "" : String(table.seats),
      active: table?.active ?? true,
    },
    validate: { seats: (typed) => (/^\d{0,4}$/.test(typed.trim()) ? null : t("form.whole_number")) },
  });
  return (
    <MasterSheet
      master={master}
      row={table}
      title={table === null ? t("tables.new") : t("tables.title", { name: table.name })}
      {...(table && { remove: { title: t("tables.delete", { name: table.name }), body: t("tables.delete.body") } })}
      form={form}
      toBody={() => ({
        name: form.values.name,
        area: form.values.area.trim() || null,
        seats: form.values.seats.trim() === "" ? null : Number(form.values.seats),
        active: form.values.active,
        // The place on the plan stays.
        ...storedBox(table === null ? null : boxOf(table)),
      })}
      close={close}
    >
      <TextInput label={t("tables.name")} maxLength={20} data-autofocus {...form.getInputProps("name")} />
      <TextInput
        label={t("field.area")}
        placeholder={t("tables.area_example")}
        maxLength={50}
        {...form.getInputProps("area")}
      />
      <TextInput label={t("field.seats")} inputMode="numeric" {...form.getInputProps("seats")} />
      <Switch size="md" label={t("field.active")} {...form.getInputProps("active", { type: "checkbox" })} />
    </MasterSheet>
  );
}
