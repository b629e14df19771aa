import { ActionIcon, Button, Group, NumberInput, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { body, data, hub } from "@shared/api/client";
import { useSave } from "@shared/forms";
import { DeleteButton } from "@shared/parts/delete-button";
import { ErrorNote } from "@shared/parts/error-note";
import { AmountInput } from "@shared/parts/fields";
import { Card, Section } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { v7 as uuid } from "uuid";
import { ifMatch } from "../../api/lists";
import { type Product, useCategories } from "../../api/queries";
import { useIsAdmin } from "../../api/session";
import { useBase } from "../../parts/use-base";
import { useText } from "../../text";
import classes from "./form.module.css";
import { ProductImage } from "./image";

const TAX_GROUPS = ["pbjt", "ppn", "none"] as const;
const STATIONS = ["kitchen", "bar", "none"] as const;

/** What is typed: amounts may still be missing. */
interface Values {
  name: string;
  price: number | null;
  category_id: string | null;
  code: string;
  barcode: string;
  tax_group: Product["tax_group"];
  station: Product["station"];
  available: boolean;
  position: number | string;
  qty_scale: string;
  unit: string;
  scale_code: string;
  variants: { id: string; name: string; price: number | null; available: boolean; code: string; barcode: string }[];
  modifier_groups: {
    id: string;
    name: string;
    min_selections: string;
    max_selections: string;
    options: { id: string; name: string; price_delta: number | null; available: boolean }[];
  }[];
}
type Form = UseFormReturnType<Values>;
type Content = Omit<Product, "id" | "image" | "version" | "deleted" | "changed_by" | "changed_at" | "warnings">;

const orNull = (text: string) => (text.trim() === "" ? null : text.trim());

function valuesOf(product: Product | null): Values {
  return {
    name: product?.name ?? "",
    price: product?.price ?? null,
    category_id: product?.category_id ?? null,
    code: product?.code ?? "",
    barcode: product?.barcode ?? "",
    tax_group: product?.tax_group ?? "pbjt",
    station: product?.station ?? "none",
    available: product?.available ?? true,
    position: product?.position ?? 0,
    qty_scale: String(product?.qty_scale ?? 0),
    unit: product?.unit ?? "kg",
    scale_code: product?.scale_code ?? "",
    variants: (product?.variants ?? []).map((variant) => ({
      id: variant.id,
      name: variant.name,
      price: variant.price,
      available: variant.available ?? true,
      code: variant.code ?? "",
      barcode: variant.barcode ?? "",
    })),
    modifier_groups: (product?.modifier_groups ?? []).map((group) => ({
      id: group.id,
      name: group.name,
      min_selections: String(group.min_selections),
      max_selections: String(group.max_selections),
      options: group.options.map((option) => ({ ...option, available: option.available ?? true })),
    })),
  };
}

function contentOf(values: Values): Content {
  return {
    name: values.name,
    price: values.price ?? 0,
    category_id: values.category_id,
    code: orNull(values.code),
    barcode: orNull(values.barcode),
    tax_group: values.tax_group,
    station: values.station,
    available: values.available,
    position: Number(values.position) || 0,
    qty_scale: values.qty_scale === "3" ? 3 : 0,
    unit: values.qty_scale === "3" ? orNull(values.unit) : null,
    scale_code: orNull(values.scale_code),
    variants: values.variants.map(({ code, barcode, price, ...variant }) => ({
      ...variant,
      price: price ?? 0,
      ...(code.trim() !== "" && { code: code.trim() }),
      ...(barcode.trim() !== "" && { barcode: barcode.trim() }),
    })),
    modifier_groups: values.modifier_groups.map((group) => ({
      id: group.id,
      name: group.name,
      min_selections: Number(group.min_selections) || 0,
      max_selections: Number(group.max_selections) || 0,
      options: group.options.map(({ price_delta, ...option }) => ({ ...option, price_delta: price_delta ?? 0 })),
    })),
  };
}

/** The fields that differ: two people who change different fields do not undo each other's change. */
function difference(before: Content, after: Content): Partial<Content> {
  const entries = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof Content]),
  );
  return Object.fromEntries(entries) as Partial<Content>;
}

interface Props {
  /** Null makes a new product. */
  product: Product | null;
  saved: (product: Product) => void;
}

/** A product with its variants and modifier groups. */
export function ProductForm({ product, saved }: Props) {
  const t = useText();
  const queries = useQueryClient();
  const router = useRouter();
  const editable = useIsAdmin();
  const categories = useCategories();
  const [id] = useState(() => uuid());
  const form = useForm<Values>({
    initialValues: valuesOf(product),
    validate: { price: (price) => (price === null ? t("field.needed") : null) },
  });
  const { base, adopt, follow, notice } = useBase<Product, Values>(product, form, valuesOf);
  const [warnings, setWarnings] = useState<string[]>([]);
  const save = useSave(
    form,
    (values: Values) =>
      base === null
        ? data(hub.POST("/v1/hq/products", { body: { id, ...contentOf(values) } }))
        : data(
            hub.PATCH("/v1/hq/products/{id}", {
              params: { path: { id: base.id }, header: ifMatch(base.version) },
              body: difference(contentOf(valuesOf(base)), contentOf(values)),
            }),
          ),
    (answer) => {
      setWarnings((answer.warnings ?? []).map((warning) => warning.message));
      adopt(answer);
      void queries.invalidateQueries({ queryKey: ["catalog"] });
      saved(answer);
    },
  );
  const remove = base !== null && editable && (
    <DeleteButton
      title={t("product.delete.ask", { name: base.name })}
      body={t("product.delete.what")}
      remove={async () => {
        await body(
          hub.DELETE("/v1/hq/products/{id}", { params: { path: { id: base.id }, header: ifMatch(base.version) } }),
        );
        await router.navigate({ to: "/products" });
        await queries.invalidateQueries({ queryKey: ["catalog"] });
      }}
    />
  );
  return (
    <form noValidate className={classes.form} onSubmit={form.onSubmit((values) => save.mutate(values))}>
      {!save.isPending && notice}
      <fieldset disabled={!editable} style={{ margin: 0, padding: 0, border: 0 }}>
        <Card>
          <div className={classes.grid}>
            {base !== null && editable && (
              <div className={classes.wide}>
                <ProductImage product={base} changed={follow} />
              </div>
            )}
            <TextInput className={classes.wide ?? ""} label={t("product.name")} {...form.getInputProps("name")} />
            <AmountInput
              label={t("product.price")}
              {...(form.values.variants.length > 0 && { description: t("product.price.variants") })}
              inputWrapperOrder={["label", "input", "description", "error"]}
              {...amount(form, "price")}
            />
            <Select
              label={t("product.category")}
              placeholder={t("product.category.none")}
              data={(categories.data ?? []).map((category) => ({ value: category.id, label: category.name }))}
              searchable
              clearable
              {...form.getInputProps("category_id")}
            />
            <TextInput label={t("product.code")} {...form.getInputProps("code")} />
            <TextInput label={t("product.barcode")} {...form.getInputProps("barcode")} />
            <Select
              label={t("product.tax")}
              data={TAX_GROUPS.map((group) => ({ value: group as string, label: t(`tax.${group}`) }))}
              allowDeselect={false}
              {...form.getInputProps("tax_group")}
            />
            <Select
              label={t("product.station")}
              data={STATIONS.map((station) => ({ value: station as string, label: t(`station.${station}`) }))}
              allowDeselect={false}
              {...form.getInputProps("station")}
            />
            <Select
              label={t("field.qty_scale")}
              data={[
                { value: "0", label: t("product.by_piece") },
                { value: "3", label: t("product.by_weight") },
              ]}
              allowDeselect={false}
              {...form.getInputProps("qty_scale")}
            />
            {form.values.qty_scale === "3" && (
              <TextInput
                label={t("field.unit")}
                description={t("product.unit")}
                inputWrapperOrder={["label", "input", "description", "error"]}
                maxLength={10}
                {...form.getInputProps("unit")}
              />
            )}
            <TextInput
              label={t("field.scale_code")}
              description={t("product.scale_code")}
              inputWrapperOrder={["label", "input", "description", "error"]}
              inputMode="numeric"
              maxLength={10}
              {...form.getInputProps("scale_code")}
            />
            <NumberInput
              label={t("field.position")}
              description={t("product.position")}
              inputWrapperOrder={["label", "input", "description", "error"]}
              allowDecimal={false}
              hideControls
              {...form.getInputProps("position")}
            />
            <Switch
              className={classes.wide ?? ""}
              size="md"
              label={t("product.available.long")}
              {...form.getInputProps("available", { type: "checkbox" })}
            />
          </div>
        </Card>
        <Variants form={form} />
        <Groups form={form} />
      </fieldset>
      {warnings.map((warning) => (
        <Text key={warning} c="wait" mt="md">
          {warning}
        </Text>
      ))}
      {save.error !== null && (
        <Stack mt="md">
          <ErrorNote error={save.error} safe={t("form.safe")} />
        </Stack>
      )}
      {editable && (
        <div className={classes.foot}>
          <div>{remove}</div>
          <Group gap="sm">
            {save.isSuccess && !form.isDirty() && <Text c="dimmed">{t("saved.sending")}</Text>}
            <SaveButton pending={save.isPending}>{base === null ? t("product.add") : t("action.save")}</SaveButton>
          </Group>
        </div>
      )}
    </form>
  );
}

/** What connects an amount with the form. */
function amount(form: Form, path: string) {
  const { value, ...props } = form.getInputProps(path);
  return { ...props, value: value as number | null };
}

function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <ActionIcon variant="subtle" color="bad" size={44} aria-label={label} title={label} onClick={onClick}>
      <IconTrash size={20} aria-hidden />
    </ActionIcon>
  );
}

function Variants({ form }: { form: Form }) {
  const t = useText();
  return (
    <Section
      title={t("product.variants")}
      actions={
        <Button
          variant="default"
          leftSection={<IconPlus size={20} aria-hidden />}
          onClick={() =>
            form.insertListItem("variants", {
              id: uuid(),
              name: "",
              price: null,
              available: true,
              code: "",
              barcode: "",
            })
          }
        >
          {t("variant.add")}
        </Button>
      }
    >
      {form.values.variants.length === 0 ? (
        <Text c="dimmed">{t("product.variants.none")}</Text>
      ) : (
        <Card>
          {form.values.variants.map((variant, at) => (
            <div className={classes.row} key={variant.id}>
              <TextInput label={t("variant.name")} {...form.getInputProps(`variants.${at}.name`)} />
              <AmountInput label={t("product.price")} {...amount(form, `variants.${at}.price`)} />
              <div className={classes.check}>
                <Switch
                  size="md"
                  label={t("product.available")}
                  {...form.getInputProps(`variants.${at}.available`, { type: "checkbox" })}
                />
              </div>
              <RemoveButton
                label={t("variant.remove", { name: variant.name })}
                onClick={() => form.removeListItem("variants", at)}
              />
            </div>
          ))}
        </Card>
      )}
    </Section>
  );
}

function Groups({ form }: { form: Form }) {
  const t = useText();
  const newOption = () => ({ id: uuid(), name: "", price_delta: 0, available: true });
  return (
    <Section
      title={t("product.groups")}
      actions={
        <Button
          variant="default"
          leftSection={<IconPlus size={20} aria-hidden />}
          onClick={() =>
            form.insertListItem("modifier_groups", {
              id: uuid(),
              name: "",
              min_selections: "0",
              max_selections: "1",
              options: [newOption()],
            })
          }
        >
          {t("group.add")}
        </Button>
      }
    >
      {form.values.modifier_groups.length === 0 && <Text c="dimmed">{t("product.groups.none")}</Text>}
      <Stack gap="md">
        {form.values.modifier_groups.map((group, at) => (
          <div className={classes.group} key={group.id}>
            <Group align="flex-end" gap="sm" wrap="nowrap">
              <TextInput
                label={t("group.name")}
                description={t("group.name.note")}
                style={{ flex: 1 }}
                {...form.getInputProps(`modifier_groups.${at}.name`)}
              />
              <RemoveButton
                label={t("group.remove", { name: group.name })}
                onClick={() => form.removeListItem("modifier_groups", at)}
              />
            </Group>
            <Group mt="sm" gap="sm" align="flex-start">
              <TextInput
                label={t("group.min")}
                inputMode="numeric"
                w={136}
                {...form.getInputProps(`modifier_groups.${at}.min_selections`)}
              />
              <TextInput
                label={t("group.max")}
                inputMode="numeric"
                w={136}
                {...form.getInputProps(`modifier_groups.${at}.max_selections`)}
              />
            </Group>
            <div style={{ marginTop: 12 }}>
              {group.options.map((option, place) => (
                <div className={classes.row} key={option.id}>
                  <TextInput
                    label={t("option.name")}
                    {...form.getInputProps(`modifier_groups.${at}.options.${place}.name`)}
                  />
                  <AmountInput
                    label={t("option.price")}
                    signed
                    {...amount(form, `modifier_groups.${at}.options.${place}.price_delta`)}
                  />
                  <div className={classes.check}>
                    <Switch
                      size="md"
                      label={t("product.available")}
                      {...form.getInputProps(`modifier_groups.${at}.options.${place}.available`, { type: "checkbox" })}
                    />
                  </div>
                  <RemoveButton
                    label={t("option.remove", { name: option.name })}
                    onClick={() => form.removeListItem(`modifier_groups.${at}.options`, place)}
                  />
                </div>
              ))}
            </div>
            <Button
              mt="sm"
              variant="subtle"
              leftSection={<IconPlus size={20} aria-hidden />}
              onClick={() => form.insertListItem(`modifier_groups.${at}.options`, newOption())}
            >
              {t("option.add")}
            </Button>
          </div>
        ))}
      </Stack>
    </Section>
  );
}
