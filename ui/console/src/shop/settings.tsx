import { Button, Group, Select, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { clockText, typedClock } from "@shared/clock";
import { useSave } from "@shared/forms";
import { rupiah } from "@shared/money";
import { ErrorNote } from "@shared/parts/error-note";
import { AmountInput } from "@shared/parts/fields";
import { Card, PageHead } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { patternsText, typedPatterns } from "@shared/patterns";
import { percentText, typedPercent } from "@shared/percent";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useShopSettings } from "../status";
import { useText } from "../text";
import classes from "./form-page.module.css";

type Settings = components["schemas"]["ShopSettings"];
type Body = components["schemas"]["ShopBody"];

const ZONES = ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"];

/** Days as typed, at most ten years; null: no limit; undefined: no such number. */
function typedDays(typed: string): number | null | undefined {
  const text = typed.trim();
  if (text === "") return null;
  const days = Number(text);
  return /^\d{1,4}$/.test(text) && days <= 3650 ? days : undefined;
}

export function ShopSettingsPage() {
  const t = useText();
  const settings = useShopSettings();
  const [edition, setEdition] = useState(0);
  return (
    <>
      <PageHead title={t("place.shop_settings")} lead={t("settings.lead")} />
      {settings.isPending && <Skeletons rows={6} height={72} />}
      {settings.isError && settings.data === undefined && (
        <ErrorNote error={settings.error} retry={() => void settings.refetch()} />
      )}
      {settings.data !== undefined && (
        <SettingsForm
          key={edition}
          settings={settings.data}
          reload={() => void settings.refetch().then(() => setEdition((before) => before + 1))}
        />
      )}
    </>
  );
}

function SettingsForm({ settings, reload }: { settings: Settings; reload: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const [version, setVersion] = useState(settings.version);
  const daysRule = (typed: string) => (typedDays(typed) === undefined ? t("settings.days_invalid") : null);
  const limitRule = (typed: string) => (typedPercent(typed) === null ? t("charges.rate_invalid") : null);
  const form = useForm({
    initialValues: {
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
      discount_limit_cashier_bp: percentText(settings.discount_limit_cashier_bp),
      discount_limit_waiter_bp: percentText(settings.discount_limit_waiter_bp),
      shift_required: settings.shift_required,
      cash_out_limit: settings.cash_out_limit ?? null,
      refund_days: String(settings.refund_days ?? ""),
    },
    validate: {
      cutoff_minutes: (typed) => (typedClock(typed) === null ? t("settings.cutoff_invalid") : null),
      discount_limit_cashier_bp: limitRule,
      discount_limit_waiter_bp: limitRule,
      refund_days: daysRule,
      barcode_patterns: (typed) => (typedPatterns(typed) === null ? t("settings.patterns_invalid") : null),
    },
  });
  const saving = useSave(
    form,
    (body: Body) =>
      data(outlet.PUT("/api/v1/config/shop", { params: { header: { "If-Match": String(version) } }, body })),
    (saved) => {
      queries.setQueryData(["catalog", "settings"], saved);
      setVersion(saved.version);
      form.resetDirty();
    },
  );
  const zones = ZONES.includes(settings.zone) ? ZONES : [...ZONES, settings.zone];
  const overtaken = saving.isError && asApiError(saving.error).code === "version_mismatch";
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={form.onSubmit((values) => {
        if (saving.isPending) return;
        saving.mutate({
          address: values.address.trim() || null,
          phone: values.phone.trim() || null,
          tax_number: values.tax_number.trim() || null,
          receipt_footer: values.receipt_footer.trim() || null,
          legal_name: values.legal_name.trim() || null,
          branch_tax_number: values.branch_tax_number.trim() || null,
          regional_tax_number: values.regional_tax_number.trim() || null,
          receipt_url: values.receipt_url.trim() || null,
          print_receipt: values.print_receipt,
          barcode_patterns: typedPatterns(values.barcode_patterns) ?? [],
          zone: values.zone,
          cutoff_minutes: typedClock(values.cutoff_minutes) ?? 0,
          cash_rounding_step: Number(values.cash_rounding_step),
          cash_rounding_mode: values.cash_rounding_mode,
          discount_limit_cashier_bp: typedPercent(values.discount_limit_cashier_bp) ?? 0,
          discount_limit_waiter_bp: typedPercent(values.discount_limit_waiter_bp) ?? 0,
          shift_required: values.shift_required,
          cash_out_limit: values.cash_out_limit,
          refund_days: typedDays(values.refund_days) ?? null,
        });
      })}
    >
      <Card>
        <div className={classes.fields}>
          <TextInput
            label={t("field.legal_name")}
            description={t("settings.legal_name")}
            maxLength={100}
            {...form.getInputProps("legal_name")}
          />
          <Textarea
            label={t("field.address")}
            description={t("settings.on_receipt")}
            autosize
            minRows={2}
            maxLength={300}
            {...form.getInputProps("address")}
          />
          <TextInput label={t("field.phone")} inputMode="tel" maxLength={30} {...form.getInputProps("phone")} />
          <TextInput label={t("field.tax_number")} maxLength={50} {...form.getInputProps("tax_number")} />
          <TextInput
            label={t("field.regional_tax_number")}
            description={t("settings.regional_tax_number")}
            maxLength={50}
            {...form.getInputProps("regional_tax_number")}
          />
          <TextInput
            label={t("field.branch_tax_number")}
            description={t("settings.branch_tax_number")}
            maxLength={50}
            {...form.getInputProps("branch_tax_number")}
          />
          <Textarea
            label={t("field.receipt_footer")}
            placeholder={t("settings.footer_example")}
            autosize
            minRows={2}
            maxLength={500}
            {...form.getInputProps("receipt_footer")}
          />
          <TextInput
            label={t("field.receipt_url")}
            description={t("settings.receipt_url")}
            placeholder="https://kopi.example"
            inputMode="url"
            maxLength={200}
            {...form.getInputProps("receipt_url")}
          />
          <Switch
            size="md"
            label={t("field.print_receipt")}
            description={t("settings.print_receipt")}
            {...form.getInputProps("print_receipt", { type: "checkbox" })}
          />
        </div>
      </Card>
      <Card>
        <div className={classes.fields}>
          <Select
            label={t("field.zone")}
            allowDeselect={false}
            data={zones.map((zone) => ({ value: zone, label: zoneName(zone) }))}
            {...form.getInputProps("zone")}
          />
          <TextInput
            label={t("field.cutoff")}
            description={t("settings.cutoff")}
            placeholder="04:00"
            {...form.getInputProps("cutoff_minutes")}
          />
          <Select
            label={t("field.rounding_step")}
            description={t("settings.rounding")}
            allowDeselect={false}
            data={["0", "50", "100", "500", "1000"].map((step) => ({
              value: step,
              label: step === "0" ? t("settings.no_rounding") : rupiah(Number(step)),
            }))}
            {...form.getInputProps("cash_rounding_step")}
          />
          {form.values.cash_rounding_step !== "0" && (
            <Select
              label={t("field.rounding_mode")}
              allowDeselect={false}
              data={[
                { value: "nearest", label: t("rounding.nearest") },
                { value: "down", label: t("rounding.down") },
                { value: "up", label: t("rounding.up") },
              ]}
              {...form.getInputProps("cash_rounding_mode")}
            />
          )}
        </div>
      </Card>
      <Card>
        <div className={classes.fields}>
          <Text c="dimmed">{t("settings.limits")}</Text>
          {(["discount_limit_cashier_bp", "discount_limit_waiter_bp"] as const).map((limit) => (
            <TextInput
              key={limit}
              label={t(`field.${limit}`)}
              inputMode="decimal"
              rightSection="%"
              {...form.getInputProps(limit)}
            />
          ))}
          <TextInput
            label={t("field.refund_days")}
            description={t("settings.refund_days")}
            inputMode="numeric"
            {...form.getInputProps("refund_days")}
          />
        </div>
      </Card>
      <Card>
        <div className={classes.fields}>
          <Switch
            size="md"
            label={t("field.shift_required")}
            description={t("settings.shift_required")}
            {...form.getInputProps("shift_required", { type: "checkbox" })}
          />
          <AmountInput
            label={t("field.cash_out_limit")}
            description={t("settings.cash_out_limit")}
            placeholder={t("settings.any_amount")}
            maxLength={15}
            {...form.getInputProps("cash_out_limit")}
          />
        </div>
      </Card>
      <Card>
        <div className={classes.fields}>
          <Textarea
            label={t("field.barcode_patterns")}
            description={t("settings.patterns")}
            placeholder="21IIIIIPPPPPC"
            autosize
            minRows={2}
            spellCheck={false}
            styles={{ input: { fontFamily: "ui-monospace, monospace" } }}
            {...form.getInputProps("barcode_patterns")}
          />
        </div>
      </Card>
      {saving.isError && <ErrorNote error={saving.error} safe={t("form.safe")} />}
      {overtaken && (
        <Group gap="xs">
          <Text>{t("form.overtaken")}</Text>
          <Button variant="outline" onClick={reload}>
            {t("form.reload")}
          </Button>
        </Group>
      )}
      <div className={classes.foot}>
        {saving.isSuccess && !form.isDirty() && <StateBadge tone="ok">{t("form.saved")}</StateBadge>}
        <SaveButton pending={saving.isPending} disabled={!form.isDirty()}>
          {t("action.save")}
        </SaveButton>
      </div>
    </form>
  );
}

function zoneName(zone: string): string {
  const short: Record<string, string> = {
    "Asia/Jakarta": "WIB – Asia/Jakarta",
    "Asia/Makassar": "WITA – Asia/Makassar",
    "Asia/Jayapura": "WIT – Asia/Jayapura",
  };
  return short[zone] ?? zone;
}
