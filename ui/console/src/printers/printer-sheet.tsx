import { Button, Checkbox, Group, NumberInput, Select, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { ErrorNote } from "@shared/parts/error-note";
import { StateBadge } from "@shared/parts/state-badge";
import { IconPrinter } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { v7 } from "uuid";
import { type Master, MasterSheet } from "../parts/master-sheet";
import { useText } from "../text";
import { PrinterSelect } from "./printer-select";

type Schemas = components["schemas"];
type Printer = Schemas["Printer"];
type Body = Schemas["PrinterBody"];

/** Where a new printer is, if it was found. */
export interface Place {
  address?: string;
  port?: number;
}

const KINDS = ["receipt", "kitchen", "bar"] as const;
const STATIONS = ["kitchen", "bar"] as const;
const CODE_PAGES = ["pc437", "pc858", "wpc1252", "ascii"] as const;

const master: Master<Printer, Body> = {
  key: ["printers"],
  create: (sent) => outlet.POST("/api/v1/printers", { body: sent }),
  replace: ({ id, version }, sent) =>
    outlet.PUT("/api/v1/printers/{id}", {
      params: { path: { id }, header: { "If-Match": String(version) } },
      body: sent,
    }),
  remove: ({ id, version }) =>
    outlet.DELETE("/api/v1/printers/{id}", { params: { path: { id }, header: { "If-Match": String(version) } } }),
};

/** A new printer, or one to change, test or delete. */
export function PrinterSheet({ printer: edited, close }: { printer: Printer | Place; close: () => void }) {
  const t = useText();
  const printer = "id" in edited ? edited : null;
  const form = useForm({
    initialValues: {
      name: printer?.name ?? "",
      kind: printer?.kind ?? "receipt",
      address: edited.address ?? "",
      port: edited.port ?? 9100,
      width: String(printer?.width ?? 32),
      stations: [...(printer?.stations ?? [])] as string[],
      codepage: printer?.codepage ?? "pc437",
      cut: printer?.cut ?? true,
      kick: printer?.kick ?? false,
      copies: printer?.copies ?? 1,
      fallback_id: printer?.fallback_id ?? "",
      expire_minutes: printer?.expire_minutes ?? 30,
      active: printer?.active ?? true,
    },
  });
  const toBody = (): Body => {
    const { width, fallback_id, stations, ...rest } = form.values;
    return {
      ...rest,
      port: Number(rest.port),
      copies: Number(rest.copies),
      expire_minutes: Number(rest.expire_minutes),
      width: Number(width),
      stations: stations as NonNullable<Body["stations"]>,
      fallback_id: fallback_id || null,
    };
  };
  return (
    <MasterSheet
      master={master}
      row={printer}
      title={printer?.name ?? t("printers.new")}
      {...(printer && {
        remove: { title: t("printers.delete", { name: printer.name }), body: t("printers.delete.body") },
      })}
      form={form}
      toBody={toBody}
      close={close}
    >
      <TextInput
        label={t("field.name")}
        placeholder={t("printers.name_example")}
        maxLength={100}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <Select
        label={t("field.kind")}
        allowDeselect={false}
        data={KINDS.map((kind) => ({ value: kind, label: t(`printer.kind.${kind}`) }))}
        {...form.getInputProps("kind")}
      />
      <Group gap="sm" grow preventGrowOverflow={false} align="start">
        <TextInput
          label={t("printers.address")}
          placeholder="192.168.1.50"
          maxLength={253}
          {...form.getInputProps("address")}
        />
        <NumberInput
          label={t("printers.port")}
          min={1}
          max={65_535}
          hideControls
          maw={110}
          {...form.getInputProps("port")}
        />
      </Group>
      <Select
        label={t("printers.width")}
        allowDeselect={false}
        data={[
          { value: "32", label: t("printers.width_58") },
          { value: "48", label: t("printers.width_80") },
        ]}
        {...form.getInputProps("width")}
      />
      <Checkbox.Group label={t("printers.stations")} {...form.getInputProps("stations")}>
        <Group gap="lg" mt="xs">
          {STATIONS.map((station) => (
            <Checkbox key={station} size="md" value={station} label={t(`station.${station}`)} />
          ))}
        </Group>
      </Checkbox.Group>
      <Select
        label={t("printers.codepage")}
        description={t("printers.codepage.hint")}
        allowDeselect={false}
        data={CODE_PAGES.map((page) => ({ value: page, label: t(`printer.codepage.${page}`) }))}
        {...form.getInputProps("codepage")}
      />
      <Group gap="sm" grow align="start">
        <NumberInput label={t("printers.copies")} min={1} max={5} {...form.getInputProps("copies")} />
        <NumberInput label={t("printers.expire")} min={1} max={1_440} {...form.getInputProps("expire_minutes")} />
      </Group>
      <PrinterSelect
        label={t("printers.fallback")}
        description={t("printers.fallback.hint")}
        none={t("printers.none")}
        except={printer?.id}
        input={form.getInputProps("fallback_id")}
      />
      <Switch size="md" label={t("printers.cut")} {...form.getInputProps("cut", { type: "checkbox" })} />
      <Switch size="md" label={t("printers.kick")} {...form.getInputProps("kick", { type: "checkbox" })} />
      <Switch size="md" label={t("field.active")} {...form.getInputProps("active", { type: "checkbox" })} />
      {printer?.active && <Test printer={printer} saved={!form.isDirty()} />}
    </MasterSheet>
  );
}

/** Prints a test page with the stored settings. */
function Test({ printer, saved }: { printer: Printer; saved: boolean }) {
  const t = useText();
  const queries = useQueryClient();
  const test = useMutation({
    mutationFn: () =>
      data(
        outlet.POST("/api/v1/printers/{id}/test", {
          params: { path: { id: printer.id }, header: { "Idempotency-Key": v7() } },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["printers"] }),
  });
  return (
    <Group gap="sm">
      <Button
        variant="default"
        leftSection={<IconPrinter size={20} aria-hidden />}
        disabled={!saved}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        {t("printers.test")}
      </Button>
      {!saved && <Text c="dimmed">{t("printers.save_first")}</Text>}
      {test.isSuccess && saved && <StateBadge tone="info">{t("printers.test_sent")}</StateBadge>}
      {test.isError && <ErrorNote error={test.error} />}
    </Group>
  );
}
