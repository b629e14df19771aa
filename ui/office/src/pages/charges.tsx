import { Button, Group, Select, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, hub } from "@shared/api/client";
import { useSave } from "@shared/forms";
import { DateField } from "@shared/parts/date-field";
import { DeleteButton } from "@shared/parts/delete-button";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { percentText, typedPercent } from "@shared/percent";
import { useTime } from "@shared/time";
import { IconPlus, IconReceiptTax } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { v7 as uuid } from "uuid";
import { given, ifMatch, readAll, useSlices } from "../api/lists";
import type { Schemas } from "../api/queries";
import { useIsAdmin } from "../api/session";
import { useToday } from "../parts/today";
import { useEditor } from "../parts/use-editor";
import { useText } from "../text";

type Charge = Schemas["Charge"];

const KINDS = ["service", "tax"] as const;
const TAX_GROUPS = ["pbjt", "ppn", "none"] as const;
const SERVICE_BASES = ["after_discount", "before_discount"] as const;

/** Service charges and taxes, in the order of the receipt. */
export function ChargesPage() {
  const t = useText();
  const editable = useIsAdmin();
  const editor = useEditor<Charge>();
  const charges = useQuery({
    queryKey: ["catalog", "charges"],
    queryFn: async () => {
      const rows = await readAll<Charge>((cursor, limit) =>
        body(hub.GET("/v1/hq/charges", { params: { query: given({ cursor, limit }) } })),
      );
      return rows.sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
    },
  });
  const pages = useSlices("", { rows: charges.data, error: charges.error, reread: () => void charges.refetch() });
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
  const add = editable && (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => editor.edit(null)}>
      {t("charge.add")}
    </Button>
  );
  const next = Math.max(0, ...(charges.data ?? []).map((charge) => charge.position)) + 1;
  return (
    <>
      <PageHead
        title={t("nav.charges")}
        lead={t("charges.lead")}
        {...(add && (charges.data?.length ?? 0) > 0 && { actions: add })}
      />
      <List
        label={t("nav.charges")}
        pages={pages}
        rowId={(charge) => charge.id}
        columns={columns}
        {...(editable && { open: editor.edit })}
        empty={
          <Empty title={t("charges.empty")} icon={<IconReceiptTax size={32} aria-hidden />}>
            {add}
          </Empty>
        }
      />
      <Sheet
        title={editor.row === null ? t("charge.add") : t("charge.edit")}
        opened={editor.opened}
        close={editor.close}
      >
        <ChargeForm key={editor.key} charge={editor.row} position={next} close={editor.close} />
      </Sheet>
    </>
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
  const queries = useQueryClient();
  const [id] = useState(() => uuid());
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
  const done = () => {
    void queries.invalidateQueries({ queryKey: ["catalog", "charges"] });
    close();
  };
  const save = useSave(
    form,
    ({ rate_bp, valid_from, base_num, base_den, ...values }: typeof form.values) => {
      const content = {
        ...values,
        inclusive: values.kind === "tax" && values.inclusive,
        rate_bp: typedPercent(rate_bp) ?? 0,
        base_num: values.kind === "tax" ? Number(base_num) || 0 : 1,
        base_den: values.kind === "tax" ? Number(base_den) || 0 : 1,
        valid_from: valid_from === "" ? null : valid_from,
        position: charge?.position ?? position,
      };
      return charge === null
        ? data(hub.POST("/v1/hq/charges", { body: { id, ...content } }))
        : data(
            hub.PATCH("/v1/hq/charges/{id}", {
              params: { path: { id: charge.id }, header: ifMatch(charge.version) },
              body: content,
            }),
          );
    },
    done,
  );
  const remove =
    charge === null ? undefined : (
      <DeleteButton
        title={t("charge.delete.ask", { name: charge.name })}
        body={t("charge.delete.what")}
        remove={async () => {
          await body(
            hub.DELETE("/v1/hq/charges/{id}", {
              params: { path: { id: charge.id }, header: ifMatch(charge.version) },
            }),
          );
          done();
        }}
      />
    );
  const tax = form.values.kind === "tax";
  return (
    <SheetForm
      submit={form.onSubmit((values) => save.mutate(values))}
      pending={save.isPending}
      error={save.error}
      close={close}
      other={remove}
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
    </SheetForm>
  );
}
