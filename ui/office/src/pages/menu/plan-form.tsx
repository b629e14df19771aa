import { Group, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { clockText, typedClock } from "@shared/clock";
import { useSave } from "@shared/forms";
import { DateField } from "@shared/parts/date-field";
import { SheetForm } from "@shared/parts/sheet";
import { useQueryClient } from "@tanstack/react-query";
import { planPrices } from "../../api/menus";
import { useText } from "../../text";
import { type ChosenOutlets, OutletsField } from "./outlets-field";
import { PriceGrid, type TypedPrice } from "./prices";

/** Sets prices from a minute on, for all outlets or some. */
export function PlanForm({ close }: { close: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const form = useForm({
    initialValues: {
      date: "",
      clock: "00:00",
      outlets: null as ChosenOutlets,
      prices: [] as TypedPrice[],
    },
    validate: {
      date: (date) => (date === "" ? t("field.needed") : null),
      clock: (typed) => (typedClock(typed) === null ? t("settings.cutoff.rule") : null),
      prices: (list) =>
        list.length === 0 || list.some(({ price }) => price === null) ? t("changes.prices.rule") : null,
    },
  });
  const save = useSave(
    form,
    ({ date, clock, outlets, prices }: typeof form.values) =>
      planPrices({
        outlet_ids: outlets ?? "all",
        valid_from: `${date}T${clockText(typedClock(clock) ?? 0)}`,
        prices: prices.map((typed) => ({ ...typed, price: typed.price ?? 0 })),
      }),
    () => {
      void queries.invalidateQueries({ queryKey: ["catalog", "price-changes"] });
      close();
    },
  );
  return (
    <SheetForm
      submit={form.onSubmit((values) => save.mutate(values))}
      pending={save.isPending}
      error={save.error}
      close={close}
      verb={t("changes.save")}
    >
      <Group grow align="flex-start">
        <DateField label={t("changes.date")} {...form.getInputProps("date")} />
        <TextInput label={t("changes.clock")} inputMode="numeric" maxLength={5} {...form.getInputProps("clock")} />
      </Group>
      <OutletsField
        label={t("menu.outlets")}
        note={t("changes.outlets.note")}
        value={form.values.outlets}
        onChange={(chosen) => form.setFieldValue("outlets", chosen)}
      />
      <PriceGrid
        prices={form.values.prices}
        onChange={(typed) => form.setFieldValue("prices", typed)}
        error={form.errors.prices as string | undefined}
      />
    </SheetForm>
  );
}
