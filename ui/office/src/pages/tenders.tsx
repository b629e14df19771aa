import { Select, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, hub } from "@shared/api/client";
import { METHODS, method, SPECIALS, type Special } from "@shared/method";
import type { Column } from "@shared/parts/list";
import { StateBadge } from "@shared/parts/state-badge";
import { IconCreditCard } from "@tabler/icons-react";
import { given, ifMatch } from "../api/lists";
import type { Schemas } from "../api/queries";
import { CatalogForm, CatalogPage, type Kind } from "../parts/catalog-page";
import { useText } from "../text";

type Tender = Schemas["Tender"];

const kind: Kind<Tender, Omit<Schemas["NewTender"], "id">> = {
  key: ["catalog", "tenders"],
  list: (cursor, limit) => body(hub.GET("/v1/hq/tenders", { params: { query: given({ cursor, limit }) } })),
  create: (row) => data(hub.POST("/v1/hq/tenders", { body: row })),
  change: ({ id, version }, content) =>
    data(hub.PATCH("/v1/hq/tenders/{id}", { params: { path: { id }, header: ifMatch(version) }, body: content })),
  remove: ({ id, version }) =>
    body(hub.DELETE("/v1/hq/tenders/{id}", { params: { path: { id }, header: ifMatch(version) } })),
};

/** The ways to pay that the chain accepts, in the order of the tills. */
export function TendersPage() {
  const t = useText();
  const columns: Column<Tender>[] = [
    { id: "name", title: t("tender.name"), render: (tender) => tender.name },
    { id: "method", title: t("tender.method"), render: (tender) => t(method(tender.method)) },
    {
      id: "special",
      title: t("tender.special"),
      minor: true,
      render: (tender) => tender.special && t(`special.${tender.special}`),
    },
    {
      id: "state",
      title: t("state"),
      render: (tender) =>
        tender.active ? (
          <StateBadge tone="ok">{t("tender.on")}</StateBadge>
        ) : (
          <StateBadge tone="neutral">{t("tender.off")}</StateBadge>
        ),
    },
  ];
  return (
    <CatalogPage
      kind={kind}
      columns={columns}
      title={t("nav.tenders")}
      lead={t("tenders.lead")}
      empty={t("tenders.empty")}
      icon={<IconCreditCard size={32} aria-hidden />}
      add={t("tender.add")}
      edit={t("tender.edit")}
      form={(tender, position, close) => <TenderForm tender={tender} position={position} close={close} />}
    />
  );
}

function TenderForm({ tender, position, close }: { tender: Tender | null; position: number; close: () => void }) {
  const t = useText();
  const form = useForm({
    initialValues: {
      name: tender?.name ?? "",
      method: tender?.method ?? "card",
      special: (tender?.special ?? "") as Special | "",
      needs_reference: tender?.needs_reference ?? false,
      opens_drawer: tender?.opens_drawer ?? false,
      position: String(tender?.position ?? position),
      active: tender?.active ?? true,
    },
    validate: { position: (typed) => (/^-?\d{1,6}$/.test(typed.trim()) ? null : t("tender.position.rule")) },
  });
  return (
    <CatalogForm
      kind={kind}
      row={tender}
      form={form}
      toContent={() => ({
        ...form.values,
        special: form.values.special === "" ? null : form.values.special,
        position: Number(form.values.position),
      })}
      deleting={({ name }) => ({ title: t("tender.delete.ask", { name }), body: t("tender.delete.what") })}
      close={close}
    >
      <TextInput
        label={t("tender.name")}
        description={t("tender.name.note")}
        maxLength={100}
        {...form.getInputProps("name")}
        data-autofocus
      />
      <Select
        label={t("tender.method")}
        description={t("tender.method.note")}
        data={METHODS.map((name) => ({ value: name as string, label: t(method(name)) }))}
        allowDeselect={false}
        {...form.getInputProps("method")}
      />
      <Select
        label={t("tender.special")}
        data={[
          { value: "", label: t("special.none") },
          ...SPECIALS.map((name) => ({ value: name as string, label: t(`special.${name}`) })),
        ]}
        allowDeselect={false}
        {...form.getInputProps("special")}
        {...(form.values.special === "writeoff" && { description: t("tender.writeoff.note") })}
      />
      <Switch
        size="md"
        label={t("tender.needs_reference")}
        description={t("tender.needs_reference.note")}
        {...form.getInputProps("needs_reference", { type: "checkbox" })}
      />
      <Switch
        size="md"
        label={t("tender.opens_drawer")}
        {...form.getInputProps("opens_drawer", { type: "checkbox" })}
      />
      <TextInput
        label={t("tender.position")}
        description={t("tender.position.note")}
        inputMode="numeric"
        {...form.getInputProps("position")}
      />
      <Switch size="md" label={t("tender.active")} {...form.getInputProps("active", { type: "checkbox" })} />
    </CatalogForm>
  );
}
