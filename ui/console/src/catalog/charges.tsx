import { Button, Checkbox, SegmentedControl, Select, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { DateField } from "@shared/parts/date-field";
import { Empty } from "@shared/parts/empty";
import { List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { StateBadge } from "@shared/parts/state-badge";
import { percentText, typedPercent } from "@shared/percent";
import { IconCalendar, IconCircleOff, IconPlus, IconReceiptTax } from "@tabler/icons-react";
import { useState } from "react";
import { type Master, MasterSheet } from "../parts/master-sheet";
import { useShopTime, useStatus } from "../status";
import { useText } from "../text";

type Charge = components["schemas"]["Charge"];
type Body = components["schemas"]["ChargeBody"];

const master: Master<Charge, Body> = {
  key: ["catalog"],
  create: (sent) => outlet.POST("/api/v1/charges", { body: sent }),
  replace: ({ id, version }, sent) =>
    outlet.PUT("/api/v1/charges/{id}", {
      params: { path: { id }, header: { "If-Match": String(version) } },
      body: sent,
    }),
  remove: ({ id, version }) =>
    outlet.DELETE("/api/v1/charges/{id}", { params: { path: { id }, header: { "If-Match": String(version) } } }),
};

/** Service charges and taxes, also those that come into force later. */
export function ChargesPage() {
  const t = useText();
  const time = useShopTime();
  const today = useStatus().data?.business_date;
  const [edited, setEdited] = useState<Charge | "new" | null>(null);
  const pages = usePages<Charge>(["catalog", "charges"], (cursor, signal) =>
    body(outlet.GET("/api/v1/charges", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })),
  );
  const create = (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setEdited("new")}>
      {t("charges.new")}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t("place.charges")}
        lead={t("charges.lead")}
        {...(pages.rows?.length !== 0 && { actions: create })}
      />
      <List
        label={t("place.charges")}
        pages={pages}
        rowId={(charge) => charge.id}
        open={setEdited}
        empty={
          <Empty title={t("charges.empty")} icon={<IconReceiptTax size={32} aria-hidden />}>
            {create}
          </Empty>
        }
        columns={[
          { id: "name", title: t("field.name"), render: (charge) => charge.name },
          { id: "kind", title: t("field.kind"), plain: true, render: (charge) => t(`charge.${charge.kind}`) },
          {
            id: "rate",
            title: t("field.rate"),
            plain: true,
            figure: true,
            render: (charge) => `${percentText(charge.rate_bp)}%`,
          },
          {
            id: "from",
            title: t("field.valid_from"),
            render: (charge) => (charge.valid_from ? time.day(charge.valid_from) : t("charges.always")),
          },
          {
            id: "state",
            title: t("column.state"),
            plain: true,
            render: (charge) => {
              if (!charge.active) {
                return (
                  <StateBadge tone="neutral" icon={IconCircleOff}>
                    {t("charges.off")}
                  </StateBadge>
                );
              }
              if (charge.valid_from && today !== undefined && charge.valid_from > today) {
                return (
                  <StateBadge tone="info" icon={IconCalendar}>
                    {t("charges.later")}
                  </StateBadge>
                );
              }
              return <StateBadge tone="ok">{t("charges.in_force")}</StateBadge>;
            },
          },
        ]}
      />
      {edited !== null && <ChargeSheet charge={edited === "new" ? null : edited} close={() => setEdited(null)} />}
    </>
  );
}

function ChargeSheet({ charge, close }: { charge: Charge | null; close: () => void }) {
  const t = useText();
  const form = useForm({
    initialValues: {
      name: charge?.name ?? "",
      kind: charge?.kind ?? "tax",
      rate_bp: charge === null ? "" : percentText(charge.rate_bp),
      tax_group: charge?.tax_group ?? "pbjt",
      service_base: charge?.service_base ?? "after_discount",
      base: charge === null ? "1/1" : `${charge.base_num}/${charge.base_den}`,
      inclusive: charge?.inclusive ?? false,
      position: String(charge?.position ?? 0),
      valid_from: charge?.valid_from ?? "",
      active: charge?.active ?? true,
    },
    validate: {
      rate_bp: (typed) => (typedPercent(typed) === null ? t("charges.rate_invalid") : null),
      position: (typed) => (/^-?\d{1,6}$/.test(typed.trim()) ? null : t("form.whole_number")),
      base: (typed) => (/^\s*[1-9]\d{0,4}\s*\/\s*[1-9]\d{0,4}\s*$/.test(typed) ? null : t("charges.base_invalid")),
    },
  });
  const { values } = form;
  const isTax = values.kind === "tax";
  return (
    <MasterSheet
      master={master}
      row={charge}
      title={charge?.name ?? t("charges.new")}
      {...(charge && { remove: { title: t("charges.delete", { name: charge.name }), body: t("charges.delete.body") } })}
      form={form}
      toBody={() => {
        const [num, den] = values.base.split("/").map(Number);
        return {
          name: values.name,
          kind: values.kind,
          rate_bp: typedPercent(values.rate_bp) ?? 0,
          tax_group: values.tax_group,
          service_base: values.service_base,
          base_num: num ?? 1,
          base_den: den ?? 1,
          inclusive: isTax && values.inclusive,
          position: Number(values.position),
          valid_from: values.valid_from === "" ? null : values.valid_from,
          active: values.active,
        };
      }}
      close={close}
    >
      <TextInput
        label={t("field.name")}
        description={t("charges.name")}
        maxLength={100}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <div>
        <Text fw={600} mb={4} id="charge-kind">
          {t("field.kind")}
        </Text>
        <SegmentedControl
          fullWidth
          aria-labelledby="charge-kind"
          data={[
            { value: "tax", label: t("charge.tax") },
            { value: "service", label: t("charge.service") },
          ]}
          {...form.getInputProps("kind")}
        />
      </div>
      <TextInput label={t("field.rate")} inputMode="decimal" rightSection="%" {...form.getInputProps("rate_bp")} />
      {isTax ? (
        <>
          <Select
            label={t("charges.for_group")}
            allowDeselect={false}
            data={[
              { value: "pbjt", label: t("tax.pbjt") },
              { value: "ppn", label: t("tax.ppn") },
            ]}
            {...form.getInputProps("tax_group")}
          />
          <Checkbox
            size="md"
            label={t("field.inclusive")}
            description={t("charges.inclusive")}
            {...form.getInputProps("inclusive", { type: "checkbox" })}
          />
        </>
      ) : (
        <Select
          label={t("field.service_base")}
          allowDeselect={false}
          data={[
            { value: "after_discount", label: t("charges.after_discount") },
            { value: "before_discount", label: t("charges.before_discount") },
          ]}
          {...form.getInputProps("service_base")}
        />
      )}
      <TextInput label={t("charges.base")} description={t("charges.base.hint")} {...form.getInputProps("base")} />
      <DateField
        clearable
        label={t("field.valid_from")}
        description={t("charges.valid_from")}
        {...form.getInputProps("valid_from")}
      />
      <TextInput
        label={t("field.position")}
        description={t("charges.position")}
        inputMode="numeric"
        {...form.getInputProps("position")}
      />
      <Switch size="md" label={t("field.active")} {...form.getInputProps("active", { type: "checkbox" })} />
    </MasterSheet>
  );
}
