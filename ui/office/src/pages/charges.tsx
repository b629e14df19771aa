import { Group, Select, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, hub } from "@shared/api/client";
import { DateField } from "@shared/parts/date-field";
import type { Column } from "@shared/parts/list";
import { StateBadge } from "@shared/parts/state-badge";
import { percentText, typedPercent } from "@shared/percent";
import { useTime } from "@shared/time";
import { IconReceiptTax } from "@tabler/icons-react";
import { given, ifMatch } from "../api/lists";
import type { Schemas } from "../api/queries";
import { CatalogForm, CatalogPage, type Kind } from "../parts/catalog-page";
import { useToday } from "../parts/today";
import { useText } from "../text";

type Charge = Schemas["Charge"];

const KINDS = ["service", "tax"] as const;
const TAX_GROUPS = ["pbjt", "ppn", "none"] as const;
const SERVICE_BASES = ["after_discount", "before_discount"] as const;

const kind: Kind<Charge, Omit<Schemas["NewCharge"], "id">> = {
  key: ["catalog", "charges"],
  list: (cursor, limit) => body(hub.GET("/v1/hq/charges", { params: { query: given({ cursor, limit }) } })),
  create: (row) => data(hub.POST("/v1/hq/charges", { body: row })),
  change: ({ id, version }, content) =>
    data(hub.PATCH("/v1/hq/charges/{id}", { params: { path: { id }, header: ifMatch(version) }, body: content })),
  remove: ({ id, version }) =>
    body(hub.DELETE("/v1/hq/charges/{id}", { params: { path: { id }, header: ifMatch(version) } })),
};

/** Service charges and taxes, in the order of the receipt. */
export function ChargesPage() {
  const t = useText();
  const columns: Column<Charge>[] = [
    { id: "name", title: t("charge.name"), render: (charge) => charge.name },
    { id: "kind", title: t("charge.kind"), render: (charge) => t(`charge.kind.${charge.kind}`) },
    { id: "rate", title: t("charge.rate"), figure: true, render: (charge) => `${percentText(charge.rate_bp)}%` },
    {
      id: "on",
      title: t("charge.on"),
      render: (charge) =>
        charge.kind === "tax" ? t(`tax.${charge.tax_group}`) : t(`charge.base.${charge.service_base}`),
    },
    {
      id: "inclusive",
      title: t("charge.inclusive"),
      minor: true,
      render: (charge) =>
        charge.kind === "tax" && charge.inclusive ? t("charge.inclusive.yes") : t("charge.inclusive.no"),
    },
    { id: "state", title: t("state"), render: (charge) => <ChargeState charge={charge} /> },
  ];
  return (
    <CatalogPage
      kind={kind}
      columns={columns}
      title={t("nav.charges")}
      lead={t("charges.lead")}
      empty={t("charges.empty")}
      icon={<IconReceiptTax size={32} aria-hidden />}
      add={t("charge.add")}
      edit={t("charge.edit")}
      form={(charge, position, close) => <ChargeForm charge={charge} position={position} close={close} />}
    />
  );
}

function ChargeState({ charge }: { charge: Charge }) {
  const t = useText();
  const time = useTime();
  const today = useToday();
  if (!charge.active) return <StateBadge tone="neutral">{t("charge.off")}</StateBadge>;
  if (charge.valid_from !== null && charge.valid_from > today) {
    return <StateBadge tone="info">{t("charge.from", { day: time.day(charge.valid_from) })}</StateBadge>;
  }
  return <StateBadge tone="ok">{t("charge.in_force")}</StateBadge>;
}

function ChargeForm({ charge, position, close }: { charge: Charge | null; position: number; close: () => void }) {
  const t = useText();
  const form = useForm({
    initialValues: {
      name: charge?.name ?? "",
      kind: charge?.kind ?? "tax",
      rate_bp: charge === null ? "" : percentText(charge.rate_bp),
      tax_group: charge?.tax_group ?? "pbjt",
      service_base: charge?.service_base ?? "after_discount",
      inclusive: charge?.inclusive ?? false,
      base_num: String(charge?.base_num ?? 1),
      base_den: String(charge?.base_den ?? 1),
      valid_from: charge?.valid_from ?? "",
      active: charge?.active ?? true,
    },
    validate: { rate_bp: (rate) => (typedPercent(rate) === null ? t("charge.rate.rule") : null) },
  });
  const { values } = form;
  const tax = values.kind === "tax";
  return (
    <CatalogForm
      kind={kind}
      row={charge}
      form={form}
      toContent={() => ({
        ...values,
        inclusive: tax && values.inclusive,
        rate_bp: typedPercent(values.rate_bp) ?? 0,
        base_num: tax ? Number(values.base_num) || 0 : 1,
        base_den: tax ? Number(values.base_den) || 0 : 1,
        valid_from: values.valid_from === "" ? null : values.valid_from,
        position: charge?.position ?? position,
      })}
      deleting={({ name }) => ({ title: t("charge.delete.ask", { name }), body: t("charge.delete.what") })}
      close={close}
    >
      <TextInput
        label={t("charge.name")}
        description={t("charge.name.note")}
        {...form.getInputProps("name")}
        data-autofocus
      />
      <Select
        label={t("charge.kind")}
        data={KINDS.map((kind) => ({ value: kind as string, label: t(`charge.kind.${kind}`) }))}
        allowDeselect={false}
        {...form.getInputProps("kind")}
      />
      <TextInput label={t("charge.rate")} rightSection="%" inputMode="decimal" {...form.getInputProps("rate_bp")} />
      {tax ? (
        <>
          <Select
            label={t("charge.tax_group")}
            description={t("charge.tax_group.note")}
            data={TAX_GROUPS.map((group) => ({ value: group as string, label: t(`tax.${group}`) }))}
            allowDeselect={false}
            {...form.getInputProps("tax_group")}
          />
          <div>
            <Text fw={600}>{t("charge.fraction")}</Text>
            <Text size="xs" c="dimmed">
              {t("charge.fraction.note")}
            </Text>
            <Group gap="xs" mt={4} wrap="nowrap" align="flex-start">
              <TextInput
                aria-label={t("charge.fraction.num")}
                inputMode="numeric"
                w={88}
                {...form.getInputProps("base_num")}
              />
              <Text pt={8}>/</Text>
              <TextInput
                aria-label={t("charge.fraction.den")}
                inputMode="numeric"
                w={88}
                {...form.getInputProps("base_den")}
              />
            </Group>
          </div>
          <Switch
            size="md"
            label={t("charge.inclusive.long")}
            {...form.getInputProps("inclusive", { type: "checkbox" })}
          />
        </>
      ) : (
        <Select
          label={t("charge.base")}
          data={SERVICE_BASES.map((base) => ({ value: base as string, label: t(`charge.base.${base}`) }))}
          allowDeselect={false}
          {...form.getInputProps("service_base")}
        />
      )}
      <DateField
        clearable
        label={t("charge.valid_from")}
        description={t("charge.valid_from.note")}
        {...form.getInputProps("valid_from")}
      />
      <Switch size="md" label={t("charge.active")} {...form.getInputProps("active", { type: "checkbox" })} />
    </CatalogForm>
  );
}
