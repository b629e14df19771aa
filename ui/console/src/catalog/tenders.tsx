import { Button, Checkbox, Select, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { METHODS, method, SPECIALS, type Special } from "@shared/method";
import { Empty } from "@shared/parts/empty";
import { List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { IconCreditCard, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { ActiveBadge } from "../parts/active-badge";
import { type Master, MasterSheet } from "../parts/master-sheet";
import { useText } from "../text";

type Tender = components["schemas"]["Tender"];
type Body = components["schemas"]["TenderBody"];

const master: Master<Tender, Body> = {
  key: ["catalog"],
  create: (sent) => outlet.POST("/api/v1/tenders", { body: sent }),
  replace: ({ id, version }, sent) =>
    outlet.PUT("/api/v1/tenders/{id}", {
      params: { path: { id }, header: { "If-Match": String(version) } },
      body: sent,
    }),
  remove: ({ id, version }) =>
    outlet.DELETE("/api/v1/tenders/{id}", { params: { path: { id }, header: { "If-Match": String(version) } } }),
};

/** The ways to pay that the chain accepts. */
export function TendersPage() {
  const t = useText();
  const [edited, setEdited] = useState<Tender | "new" | null>(null);
  const pages = usePages<Tender>(["catalog", "tenders"], (cursor, signal) =>
    body(outlet.GET("/api/v1/tenders", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })),
  );
  const create = (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setEdited("new")}>
      {t("tenders.new")}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t("place.tenders")}
        lead={t("tenders.lead")}
        {...(pages.rows?.length !== 0 && { actions: create })}
      />
      <List
        label={t("place.tenders")}
        pages={pages}
        rowId={(tender) => tender.id}
        open={setEdited}
        empty={
          <Empty title={t("tenders.empty")} icon={<IconCreditCard size={32} aria-hidden />}>
            {create}
          </Empty>
        }
        columns={[
          { id: "name", title: t("field.name"), render: (tender) => tender.name },
          { id: "method", title: t("field.method"), plain: true, render: (tender) => t(method(tender.method)) },
          {
            id: "special",
            title: t("field.special"),
            plain: true,
            render: (tender) => tender.special && t(`special.${tender.special}`),
          },
          {
            id: "active",
            title: t("column.state"),
            plain: true,
            render: (tender) => <ActiveBadge active={tender.active} />,
          },
        ]}
      />
      {edited !== null && <TenderSheet tender={edited === "new" ? null : edited} close={() => setEdited(null)} />}
    </>
  );
}

function TenderSheet({ tender, close }: { tender: Tender | null; close: () => void }) {
  const t = useText();
  const form = useForm({
    initialValues: {
      name: tender?.name ?? "",
      method: tender?.method ?? "card",
      special: (tender?.special ?? "") as Special | "",
      needs_reference: tender?.needs_reference ?? false,
      opens_drawer: tender?.opens_drawer ?? false,
      position: String(tender?.position ?? 0),
      active: tender?.active ?? true,
    },
    validate: { position: (typed) => (/^-?\d{1,6}$/.test(typed.trim()) ? null : t("form.whole_number")) },
  });
  const { values } = form;
  return (
    <MasterSheet
      master={master}
      row={tender}
      title={tender?.name ?? t("tenders.new")}
      {...(tender && { remove: { title: t("tenders.delete", { name: tender.name }), body: t("tenders.delete.body") } })}
      form={form}
      toBody={() => ({
        ...values,
        special: values.special === "" ? null : values.special,
        position: Number(values.position),
      })}
      close={close}
    >
      <TextInput
        label={t("field.name")}
        description={t("tenders.name")}
        maxLength={100}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <Select
        label={t("field.method")}
        description={t("tenders.method")}
        allowDeselect={false}
        data={METHODS.map((name) => ({ value: name as string, label: t(method(name)) }))}
        {...form.getInputProps("method")}
      />
      <Select
        label={t("field.special")}
        allowDeselect={false}
        data={[
          { value: "", label: t("special.none") },
          ...SPECIALS.map((name) => ({ value: name as string, label: t(`special.${name}`) })),
        ]}
        {...form.getInputProps("special")}
        {...(values.special === "writeoff" && { description: t("tenders.writeoff") })}
      />
      <Checkbox
        size="md"
        label={t("field.needs_reference")}
        description={t("tenders.needs_reference")}
        {...form.getInputProps("needs_reference", { type: "checkbox" })}
      />
      <Checkbox
        size="md"
        label={t("field.opens_drawer")}
        {...form.getInputProps("opens_drawer", { type: "checkbox" })}
      />
      <TextInput
        label={t("field.position")}
        description={t("tenders.position")}
        inputMode="numeric"
        {...form.getInputProps("position")}
      />
      <Switch size="md" label={t("field.active")} {...form.getInputProps("active", { type: "checkbox" })} />
    </MasterSheet>
  );
}
