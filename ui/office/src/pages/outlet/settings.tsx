import { Group, Select, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { data, hub } from "@shared/api/client";
import { clockText, typedClock } from "@shared/clock";
import { useSave } from "@shared/forms";
import { rupiah } from "@shared/money";
import { ErrorNote } from "@shared/parts/error-note";
import { AmountInput } from "@shared/parts/fields";
import { Card } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { Skeletons } from "@shared/parts/skeletons";
import { patternsText, typedPatterns } from "@shared/patterns";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ifMatch } from "../../api/lists";
import type { OutletDetail } from "../../api/outlets";
import type { Schemas } from "../../api/queries";
import { useIsAdmin } from "../../api/session";
import { useBase } from "../../parts/use-base";
import { useText } from "../../text";

type Settings = Schemas["Settings"];

/** Zones of Indonesia, by their short names. */
const ZONES = [
  ["Asia/Jakarta", "WIB"],
  ["Asia/Makassar", "WITA"],
  ["Asia/Jayapura", "WIT"],
] as const;
const STEPS = [0, 50, 100, 500, 1000] as const satisfies readonly Settings["cash_rounding_step"][];
const MODES = ["nearest", "down", "up"] as const satisfies readonly Settings["cash_rounding_mode"][];

/** What the outlet prints on receipts, when its day begins, and how it rounds cash. */
export function OutletSettings({ outlet }: { outlet: OutletDetail }) {
  const settings = useQuery({
    queryKey: ["catalog", "settings", outlet.id],
    queryFn: () => data(hub.GET("/v1/hq/outlets/{outlet_id}/settings", { params: { path: { outlet_id: outlet.id } } })),
  });
  if (settings.data === undefined) {
    return settings.error === null ? (
      <Skeletons />
    ) : (
      <ErrorNote error={settings.error} retry={() => void settings.refetch()} />
    );
  }
  return <SettingsForm key={outlet.id} outlet={outlet} settings={settings.data} />;
}

/** An empty field means that there is none. */
const orNull = (text: string) => (text.trim() === "" ? null : text);

const valuesOf = (settings: Settings) => ({
  address: settings.address ?? "",
  phone: settings.phone ?? "",
  tax_number: settings.tax_number ?? "",
  receipt_footer: settings.receipt_footer ?? "",
  legal_name: settings.legal_name ?? "",
  branch_tax_number: settings.branch_tax_number ?? "",
  regional_tax_number: settings.regional_tax_number ?? "",
  receipt_url: settings.receipt_url ?? "",
  print_receipt: settings.print_receipt,
  barcode_patterns: patternsText(settings.barcode_patterns),
  zone: settings.zone,
  cutoff_minutes: clockText(settings.cutoff_minutes),
  cash_rounding_step: String(settings.cash_rounding_step),
  cash_rounding_mode: settings.cash_rounding_mode,
  shift_required: settings.shift_required,
  cash_out_limit: settings.cash_out_limit ?? null,
  qris_payload: settings.qris_payload ?? "",
});

function SettingsForm({ outlet, settings }: { outlet: OutletDetail; settings: Settings }) {
  const t = useText();
  const queries = useQueryClient();
  const editable = useIsAdmin() && outlet.state === "active";
  const form = useForm({
    initialValues: valuesOf(settings),
    validate: {
      cutoff_minutes: (clock) => (typedClock(clock) === null ? t("settings.cutoff.rule") : null),
      barcode_patterns: (typed) => (typedPatterns(typed) === null ? t("settings.patterns.rule") : null),
    },
  });
  const { base, adopt, notice } = useBase(settings, form, valuesOf);
  const save = useSave(
    form,
    (values: typeof form.values) =>
      data(
        hub.PATCH("/v1/hq/outlets/{outlet_id}/settings", {
          params: { path: { outlet_id: outlet.id }, header: ifMatch(base?.version ?? 0) },
          body: {
            address: orNull(values.address),
            phone: orNull(values.phone),
            tax_number: orNull(values.tax_number),
            receipt_footer: orNull(values.receipt_footer),
            legal_name: orNull(values.legal_name),
            branch_tax_number: orNull(values.branch_tax_number),
            regional_tax_number: orNull(values.regional_tax_number),
            receipt_url: orNull(values.receipt_url),
            print_receipt: values.print_receipt,
            barcode_patterns: typedPatterns(values.barcode_patterns) ?? [],
            zone: values.zone,
            cutoff_minutes: typedClock(values.cutoff_minutes) ?? 0,
            cash_rounding_step: STEPS.find((step) => String(step) === values.cash_rounding_step) ?? 0,
            cash_rounding_mode: values.cash_rounding_mode,
            shift_required: values.shift_required,
            cash_out_limit: values.cash_out_limit,
            qris_payload: orNull(values.qris_payload),
          },
        }),
      ),
    (saved) => {
      adopt(saved);
      queries.setQueryData(["catalog", "settings", outlet.id], saved);
    },
  );
  const zones = ZONES.map(([value, short]) => ({ value: value as string, label: `${short} (${value})` }));
  if (!zones.some((zone) => zone.value === settings.zone)) zones.push({ value: settings.zone, label: settings.zone });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))} style={{ maxWidth: 640 }}>
      {!save.isPending && notice}
      <Card>
        <Stack gap="md" component="fieldset" p={0} m={0} bd={0}>
          <Text c="dimmed">{t("settings.lead")}</Text>
          <Textarea
            label={t("settings.address")}
            autosize
            minRows={2}
            disabled={!editable}
            {...form.getInputProps("address")}
          />
          <TextInput label={t("settings.phone")} type="tel" disabled={!editable} {...form.getInputProps("phone")} />
          <TextInput
            label={t("settings.tax_number")}
            description={t("settings.tax_number.note")}
            disabled={!editable}
            {...form.getInputProps("tax_number")}
          />
          {(["legal_name", "regional_tax_number", "branch_tax_number", "receipt_url"] as const).map((field) => (
            <TextInput
              key={field}
              label={t(`settings.${field}`)}
              description={t(`settings.note.${field}`)}
              disabled={!editable}
              {...form.getInputProps(field)}
            />
          ))}
          <Switch
            size="md"
            label={t("settings.print_receipt")}
            disabled={!editable}
            {...form.getInputProps("print_receipt", { type: "checkbox" })}
          />
          <Textarea
            label={t("settings.footer")}
            description={t("settings.footer.note")}
            autosize
            minRows={2}
            disabled={!editable}
            {...form.getInputProps("receipt_footer")}
          />
          <Select
            label={t("settings.zone")}
            data={zones}
            allowDeselect={false}
            disabled={!editable}
            {...form.getInputProps("zone")}
          />
          <TextInput
            inputMode="numeric"
            maxLength={5}
            w={208}
            label={t("settings.cutoff")}
            description={t("settings.cutoff.note")}
            disabled={!editable}
            {...form.getInputProps("cutoff_minutes")}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
            <Select
              label={t("settings.rounding")}
              data={STEPS.map((step) => ({
                value: String(step),
                label: step === 0 ? t("settings.rounding.none") : rupiah(step),
              }))}
              allowDeselect={false}
              disabled={!editable}
              {...form.getInputProps("cash_rounding_step")}
            />
            <Select
              label={t("settings.rounding.mode")}
              data={MODES.map((mode) => ({ value: mode as string, label: t(`settings.rounding.${mode}`) }))}
              allowDeselect={false}
              disabled={!editable || form.values.cash_rounding_step === "0"}
              {...form.getInputProps("cash_rounding_mode")}
            />
          </SimpleGrid>
          <Switch
            size="md"
            label={t("settings.shift_required")}
            description={t("settings.shift_required.note")}
            disabled={!editable}
            {...form.getInputProps("shift_required", { type: "checkbox" })}
          />
          <AmountInput
            label={t("settings.cash_out_limit")}
            description={t("settings.cash_out_limit.note")}
            placeholder={t("settings.any_amount")}
            maxLength={15}
            disabled={!editable}
            {...form.getInputProps("cash_out_limit")}
          />
          <Textarea
            label={t("settings.qris")}
            description={t("settings.qris.note")}
            placeholder="000201010211…"
            autosize
            minRows={2}
            maxLength={600}
            spellCheck={false}
            disabled={!editable}
            styles={{ input: { wordBreak: "break-all" } }}
            {...form.getInputProps("qris_payload")}
          />
          <Textarea
            label={t("field.barcode_patterns")}
            description={t("settings.patterns.note")}
            placeholder="21IIIIIPPPPPC"
            autosize
            minRows={2}
            spellCheck={false}
            disabled={!editable}
            styles={{ input: { fontFamily: "ui-monospace, monospace" } }}
            {...form.getInputProps("barcode_patterns")}
          />
          {save.error !== null && <ErrorNote error={save.error} safe={t("form.safe")} />}
          {editable && (
            <Group justify="flex-end" gap="sm">
              {save.isSuccess && !form.isDirty() && <Text c="dimmed">{t("saved")}</Text>}
              <SaveButton pending={save.isPending}>{t("action.save")}</SaveButton>
            </Group>
          )}
        </Stack>
      </Card>
    </form>
  );
}
