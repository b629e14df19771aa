import { Chip, Group, Input, SimpleGrid, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { clockText, typedClock } from "@shared/clock";
import { useSave } from "@shared/forms";
import { useWeekdays, WEEKDAYS } from "@shared/menu";
import { DateField } from "@shared/parts/date-field";
import { DeleteButton } from "@shared/parts/delete-button";
import { ErrorNote } from "@shared/parts/error-note";
import { SheetForm } from "@shared/parts/sheet";
import { Skeletons } from "@shared/parts/skeletons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { v7 as uuid } from "uuid";
import {
  changeMenu,
  changeMenuPrices,
  createMenu,
  deleteMenu,
  type Menu,
  type MenuOutlets,
  type MenuPrice,
  type NewMenu,
  putMenuOutlets,
  readMenuOutlets,
  readMenuPrices,
  usePlatforms,
} from "../../api/menus";
import { useActiveOutlets } from "../../api/queries";
import { useText } from "../../text";
import classes from "./form.module.css";
import { type ChosenOutlets, OutletsField } from "./outlets-field";
import { PriceGrid, type TypedPrice } from "./prices";

const TYPES = ["dine_in", "take_away", "delivery"] as const;

interface Props {
  /** Null: a new one. */
  menu: Menu | null;
  close: () => void;
}

/** A menu with its prices and outlets, once they are read. */
export function MenuForm({ menu, close }: Props) {
  const id = menu?.id ?? "";
  const query = useQuery({
    queryKey: ["catalog", "menus", id, menu?.version],
    queryFn: async () => ({ prices: await readMenuPrices(id), outlets: await readMenuOutlets(id) }),
    enabled: menu !== null,
    // What was read when the form opened is what it changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (menu === null) return <Editor menu={null} prices={[]} outlets={{ all: true, except: [] }} close={close} />;
  if (query.error !== null) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <Skeletons rows={6} height={56} />;
  return <Editor menu={menu} {...query.data} close={close} />;
}

interface EditorProps extends Props {
  prices: MenuPrice[];
  outlets: MenuOutlets;
}

/** The outlets where it is in force; null: all. */
function chosenOf({ all, except }: MenuOutlets, active: readonly { id: string }[]): ChosenOutlets {
  if (!all) return except;
  return except.length === 0 ? null : active.map(({ id }) => id).filter((id) => !except.includes(id));
}

const clockOf = (minute: number | null | undefined) => (minute == null ? "" : clockText(minute));

function Editor({ menu, prices, outlets, close }: EditorProps) {
  const t = useText();
  const queries = useQueryClient();
  const platforms = usePlatforms();
  const weekday = useWeekdays();
  const active = useActiveOutlets();
  const [id] = useState(() => menu?.id ?? uuid());
  /** A new menu that was stored before its prices were refused. */
  const [made, setMade] = useState(menu);
  const [before] = useState(() => chosenOf(outlets, active));
  const form = useForm({
    initialValues: {
      name: menu?.name ?? "",
      weekdays: (menu?.weekdays ?? []).map(String),
      all_day: menu?.from_minute == null,
      from: clockOf(menu?.from_minute) || "15:00",
      to: clockOf(menu?.to_minute) || "17:00",
      valid_from: menu?.valid_from ?? "",
      valid_to: menu?.valid_to ?? "",
      order_types: [...(menu?.order_types ?? [])] as string[],
      channels: [...(menu?.channels ?? [])],
      priority: String(menu?.priority ?? 0),
      outlets: before,
      prices: prices.map(({ product_id, variant_id, price }): TypedPrice => {
        return { product_id, variant_id: variant_id ?? null, price: price ?? null };
      }),
    },
    validate: {
      from: (typed, { all_day }) => (all_day || typedClock(typed) !== null ? null : t("settings.cutoff.rule")),
      to: (typed, { all_day }) => (all_day || typedClock(typed) !== null ? null : t("settings.cutoff.rule")),
      priority: (typed) => (/^\d{1,3}$/.test(typed.trim()) ? null : t("menu.priority.rule")),
      prices: (list) => (list.some(({ price }) => price === null) ? t("menu.prices.rule") : null),
    },
  });
  const done = () => {
    void queries.invalidateQueries({ queryKey: ["catalog", "menus"] });
    close();
  };
  const save = useSave(
    form,
    async (values: typeof form.values) => {
      const content = {
        name: values.name,
        priority: Number(values.priority),
        order_types: values.order_types as NewMenu["order_types"] & string[],
        channels: values.channels,
        weekdays: values.weekdays.map(Number),
        from_minute: values.all_day ? null : typedClock(values.from),
        to_minute: values.all_day ? null : typedClock(values.to),
        valid_from: values.valid_from || null,
        valid_to: values.valid_to || null,
      };
      // A new menu is in force nowhere until its outlets are set, so no outlet has it without its prices.
      const isNew = menu === null;
      setMade(made === null ? await createMenu({ id, ...content, active: false }) : await changeMenu(made, content));
      const changes = changedPrices(prices, values.prices);
      if (changes.length > 0) await changeMenuPrices(id, changes);
      const moved = isNew || JSON.stringify(values.outlets) !== JSON.stringify(before);
      if (moved) await putMenuOutlets(id, values.outlets ?? "all");
    },
    done,
  );
  const remove = menu !== null && (
    <DeleteButton
      title={t("menu.delete.ask", { name: menu.name })}
      body={t("menu.delete.what")}
      remove={async () => {
        await deleteMenu(menu);
        done();
      }}
    />
  );
  const { values } = form;
  return (
    <SheetForm
      submit={form.onSubmit((all) => save.mutate(all))}
      pending={save.isPending}
      error={save.error}
      close={close}
      other={remove}
    >
      <TextInput
        label={t("menu.name")}
        placeholder={t("menu.name.hint")}
        maxLength={100}
        {...form.getInputProps("name")}
        data-autofocus
      />
      <Choices label={t("menu.weekdays")} note={t("menu.weekdays.note")} field={form.getInputProps("weekdays")}>
        {WEEKDAYS.map((day) => (
          <Chip key={day} size="md" value={String(day)}>
            {weekday(day)}
          </Chip>
        ))}
      </Choices>
      <Switch size="md" label={t("menu.all_day.switch")} {...form.getInputProps("all_day", { type: "checkbox" })} />
      {!values.all_day && (
        <Group grow align="flex-start">
          <TextInput label={t("menu.hours.from")} inputMode="numeric" maxLength={5} {...form.getInputProps("from")} />
          <TextInput
            label={t("menu.hours.to")}
            {...(passesMidnight(values) && { description: t("menu.next_day") })}
            inputWrapperOrder={["label", "input", "description", "error"]}
            inputMode="numeric"
            maxLength={5}
            {...form.getInputProps("to")}
          />
        </Group>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <DateField clearable label={t("menu.valid_from")} {...form.getInputProps("valid_from")} />
        <DateField clearable label={t("menu.valid_to")} {...form.getInputProps("valid_to")} />
      </SimpleGrid>
      <Choices label={t("menu.order_types")} note={t("menu.any.note")} field={form.getInputProps("order_types")}>
        {TYPES.map((type) => (
          <Chip key={type} size="md" value={type}>
            {t(`sold.type.${type}`)}
          </Chip>
        ))}
      </Choices>
      <Choices label={t("menu.channels")} note={t("menu.channels.note")} field={form.getInputProps("channels")}>
        <Chip size="md" value="own">
          {t("menu.own")}
        </Chip>
        {platforms.map((tender) => (
          <Chip key={tender.id} size="md" value={tender.id}>
            {tender.name}
          </Chip>
        ))}
      </Choices>
      <OutletsField
        label={t("menu.outlets")}
        note={t("menu.outlets.note")}
        value={values.outlets}
        onChange={(chosen) => form.setFieldValue("outlets", chosen)}
      />
      <PriceGrid
        prices={values.prices}
        onChange={(typed) => form.setFieldValue("prices", typed)}
        error={form.errors.prices as string | undefined}
      />
      <TextInput
        label={t("menu.priority")}
        description={t("menu.priority.note")}
        inputMode="numeric"
        maxLength={3}
        {...form.getInputProps("priority")}
      />
    </SheetForm>
  );
}

function passesMidnight({ from, to }: { from: string; to: string }): boolean {
  const [begin, end] = [typedClock(from), typedClock(to)];
  return begin !== null && end !== null && end <= begin && end > 0;
}

/** The prices to set, and those to remove, with null. */
function changedPrices(before: readonly MenuPrice[], after: readonly TypedPrice[]): MenuPrice[] {
  const key = ({ product_id, variant_id }: Pick<MenuPrice, "product_id" | "variant_id">) =>
    `${product_id} ${variant_id ?? ""}`;
  const old = new Map(before.map((price) => [key(price), price.price]));
  const kept = new Set(after.map(key));
  const removed = before.filter((price) => !kept.has(key(price))).map((price) => ({ ...price, price: null }));
  return [...after.filter((price) => old.get(key(price)) !== price.price), ...removed];
}

interface ChoicesProps {
  label: string;
  note: string;
  field: { value?: string[]; onChange?: (value: string[]) => void; error?: ReactNode };
  children: ReactNode;
}

/** Some of several choices; none means all. */
function Choices({ label, note, field, children }: ChoicesProps) {
  return (
    <fieldset className={classes.choices}>
      <legend>{label}</legend>
      <Input.Description>{note}</Input.Description>
      <Chip.Group multiple value={field.value ?? []} {...(field.onChange && { onChange: field.onChange })}>
        <Group gap={8}>{children}</Group>
      </Chip.Group>
      {field.error && <Input.Error>{field.error}</Input.Error>}
    </fieldset>
  );
}
