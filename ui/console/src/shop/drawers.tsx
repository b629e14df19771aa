import { Button, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { Empty } from "@shared/parts/empty";
import { List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { IconCash, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { ActiveBadge } from "../parts/active-badge";
import { type Master, MasterSheet } from "../parts/master-sheet";
import { PrinterSelect } from "../printers/printer-select";
import { useText } from "../text";

type Drawer = components["schemas"]["Drawer"];
type Body = components["schemas"]["DrawerBody"];

const master: Master<Drawer, Body> = {
  key: ["catalog", "drawers"],
  create: (sent) => outlet.POST("/api/v1/drawers", { body: sent }),
  replace: ({ id, version }, sent) =>
    outlet.PUT("/api/v1/drawers/{id}", {
      params: { path: { id }, header: { "If-Match": String(version) } },
      body: sent,
    }),
  remove: ({ id, version }) =>
    outlet.DELETE("/api/v1/drawers/{id}", { params: { path: { id }, header: { "If-Match": String(version) } } }),
};

export function DrawersPage() {
  const t = useText();
  const [edited, setEdited] = useState<Drawer | "new" | null>(null);
  const pages = usePages<Drawer>(["catalog", "drawers"], (cursor, signal) =>
    body(outlet.GET("/api/v1/drawers", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })),
  );
  const create = (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setEdited("new")}>
      {t("drawers.new")}
    </Button>
  );
  return (
    <>
      <PageHead title={t("place.drawers")} {...(pages.rows?.length !== 0 && { actions: create })} />
      <List
        label={t("place.drawers")}
        pages={pages}
        rowId={(drawer) => drawer.id}
        open={setEdited}
        empty={
          <Empty title={t("drawers.empty")} icon={<IconCash size={32} aria-hidden />}>
            {create}
          </Empty>
        }
        columns={[
          { id: "name", title: t("field.name"), render: (drawer) => drawer.name },
          {
            id: "active",
            title: t("column.state"),
            plain: true,
            render: (drawer) => <ActiveBadge active={drawer.active} />,
          },
        ]}
      />
      {edited !== null && <DrawerSheet drawer={edited === "new" ? null : edited} close={() => setEdited(null)} />}
    </>
  );
}

function DrawerSheet({ drawer, close }: { drawer: Drawer | null; close: () => void }) {
  const t = useText();
  const form = useForm({
    initialValues: { name: drawer?.name ?? "", printer_id: drawer?.printer_id ?? "", active: drawer?.active ?? true },
  });
  return (
    <MasterSheet
      master={master}
      row={drawer}
      title={drawer?.name ?? t("drawers.new")}
      {...(drawer && { remove: { title: t("drawers.delete", { name: drawer.name }), body: t("drawers.delete.body") } })}
      form={form}
      toBody={() => ({ ...form.values, printer_id: form.values.printer_id || null })}
      close={close}
    >
      <TextInput label={t("field.name")} maxLength={100} data-autofocus {...form.getInputProps("name")} />
      <PrinterSelect
        label={t("field.printer")}
        description={t("drawers.printer.hint")}
        none={t("printers.none")}
        input={form.getInputProps("printer_id")}
      />
      <Switch size="md" label={t("field.active")} {...form.getInputProps("active", { type: "checkbox" })} />
    </MasterSheet>
  );
}
