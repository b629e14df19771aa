// The choices of a product: its variants, and its modifier groups with their options.

import { ActionIcon, Button, Checkbox, Group, Text, TextInput } from "@mantine/core";
import type { components } from "@shared/api/generated/outlet";
import { AmountInput } from "@shared/parts/fields";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { v7 } from "uuid";
import { useText } from "../text";
import classes from "./choices.module.css";
import type { ProductForm } from "./product";

type Known = components["schemas"];

export interface Variant {
  id: string;
  name: string;
  price: number | null;
  available: boolean;
  code: string;
  barcode: string;
}

export interface Option extends Omit<Known["ModifierOption"], "price_delta" | "available"> {
  price_delta: number | null;
  available: boolean;
}

export interface EditedGroup extends Omit<Known["ModifierGroup"], "min_selections" | "max_selections" | "options"> {
  min_selections: string;
  max_selections: string;
  options: Option[];
}

/** The forms in which a product is sold. */
export function Variants({ form }: { form: ProductForm }) {
  const t = useText();
  const { variants } = form.values;
  return (
    <div className={classes.list}>
      {variants.length === 0 && <Text c="dimmed">{t("variants.none")}</Text>}
      {variants.map((variant, at) => (
        <fieldset key={variant.id} className={classes.entry}>
          <legend className={classes.legend}>{variant.name || t("variants.unnamed", { number: at + 1 })}</legend>
          <div className={classes.fields}>
            <TextInput label={t("field.name")} maxLength={100} {...form.getInputProps(`variants.${at}.name`)} />
            <AmountInput label={t("field.price")} {...form.getInputProps(`variants.${at}.price`)} />
            <TextInput label={t("field.code")} maxLength={50} {...form.getInputProps(`variants.${at}.code`)} />
            <TextInput label={t("field.barcode")} maxLength={50} {...form.getInputProps(`variants.${at}.barcode`)} />
          </div>
          <Row
            form={form}
            list="variants"
            at={at}
            count={variants.length}
            name={variant.name || t("variants.unnamed", { number: at + 1 })}
            available={`variants.${at}.available`}
          />
        </fieldset>
      ))}
      <Button
        className={classes.add ?? ""}
        variant="outline"
        leftSection={<IconPlus size={20} aria-hidden />}
        onClick={() =>
          form.insertListItem("variants", {
            id: v7(),
            name: "",
            price: form.values.price,
            available: true,
            code: "",
            barcode: "",
          })
        }
      >
        {t("variants.add")}
      </Button>
      {typeof form.errors.variants === "string" && <Text c="bad">{form.errors.variants}</Text>}
    </div>
  );
}

/** Questions about each piece, with their possible answers. */
export function ModifierGroups({ form }: { form: ProductForm }) {
  const t = useText();
  const { modifier_groups: groups } = form.values;
  return (
    <div className={classes.list}>
      {groups.length === 0 && <Text c="dimmed">{t("groups.none")}</Text>}
      {groups.map((group, at) => {
        const path = `modifier_groups.${at}`;
        const name = group.name || t("groups.unnamed", { number: at + 1 });
        return (
          <fieldset key={group.id} className={classes.entry}>
            <legend className={classes.legend}>{name}</legend>
            <div className={classes.fields}>
              <TextInput
                label={t("field.name")}
                placeholder={t("groups.example")}
                maxLength={100}
                {...form.getInputProps(`${path}.name`)}
              />
              <TextInput
                label={t("groups.min")}
                description={t("groups.min.hint")}
                inputMode="numeric"
                {...form.getInputProps(`${path}.min_selections`)}
              />
              <TextInput
                label={t("groups.max")}
                description={t("groups.max.hint")}
                inputMode="numeric"
                {...form.getInputProps(`${path}.max_selections`)}
              />
            </div>
            <Text fw={600} mt="sm" mb={4}>
              {t("groups.options")}
            </Text>
            {group.options.map((option, place) => (
              <div key={option.id} className={classes.option}>
                <TextInput
                  aria-label={t("groups.option_name", { number: place + 1 })}
                  placeholder={t("field.name")}
                  maxLength={100}
                  className={classes.optionName ?? ""}
                  {...form.getInputProps(`${path}.options.${place}.name`)}
                />
                <AmountInput
                  aria-label={t("groups.option_price", { number: place + 1 })}
                  signed
                  {...form.getInputProps(`${path}.options.${place}.price_delta`)}
                />
                <Checkbox
                  size="md"
                  label={t("field.available")}
                  {...form.getInputProps(`${path}.options.${place}.available`, { type: "checkbox" })}
                />
                <ActionIcon
                  variant="subtle"
                  color="bad"
                  size={44}
                  disabled={group.options.length === 1}
                  aria-label={t("choices.remove", { name: option.name || String(place + 1) })}
                  onClick={() => form.removeListItem(`${path}.options`, place)}
                >
                  <IconTrash size={20} />
                </ActionIcon>
              </div>
            ))}
            <Button
              variant="subtle"
              leftSection={<IconPlus size={20} aria-hidden />}
              onClick={() => form.insertListItem(`${path}.options`, newOption())}
            >
              {t("groups.add_option")}
            </Button>
            <Row form={form} list="modifier_groups" at={at} count={groups.length} name={name} />
          </fieldset>
        );
      })}
      <Button
        className={classes.add ?? ""}
        variant="outline"
        leftSection={<IconPlus size={20} aria-hidden />}
        onClick={() =>
          form.insertListItem("modifier_groups", {
            id: v7(),
            name: "",
            min_selections: "0",
            max_selections: "1",
            options: [newOption()],
          })
        }
      >
        {t("groups.add")}
      </Button>
      {typeof form.errors.modifier_groups === "string" && <Text c="bad">{form.errors.modifier_groups}</Text>}
    </div>
  );
}

function newOption(): Option {
  return { id: v7(), name: "", price_delta: 0, available: true };
}

interface RowProps {
  form: ProductForm;
  list: "variants" | "modifier_groups";
  at: number;
  count: number;
  name: string;
  /** The path of the entry's own availability. */
  available?: string;
}

/** The foot of an entry: availability, order, and removal. */
function Row({ form, list, at, count, name, available }: RowProps) {
  const t = useText();
  const move = (to: number) => form.reorderListItem(list, { from: at, to });
  return (
    <Group justify="space-between" mt="sm" gap="xs">
      {available === undefined ? (
        <span />
      ) : (
        <Checkbox size="md" label={t("field.available")} {...form.getInputProps(available, { type: "checkbox" })} />
      )}
      <Group gap={4}>
        <ActionIcon
          variant="subtle"
          size={44}
          disabled={at === 0}
          aria-label={t("choices.up", { name })}
          onClick={() => move(at - 1)}
        >
          <IconArrowUp size={20} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          size={44}
          disabled={at === count - 1}
          aria-label={t("choices.down", { name })}
          onClick={() => move(at + 1)}
        >
          <IconArrowDown size={20} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="bad"
          size={44}
          aria-label={t("choices.remove", { name })}
          onClick={() => form.removeListItem(list, at)}
        >
          <IconTrash size={20} />
        </ActionIcon>
      </Group>
    </Group>
  );
}
