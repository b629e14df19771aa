import { Button, Group, Select, Switch, Text, TextInput } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { useSave } from "@shared/forms";
import { DeleteButton } from "@shared/parts/delete-button";
import { ErrorNote } from "@shared/parts/error-note";
import { AmountInput } from "@shared/parts/fields";
import { Card, PageHead, Section } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { Skeletons } from "@shared/parts/skeletons";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Product } from "../api/types";
import { useText } from "../text";
import { useWords } from "../words";
import { type EditedGroup, type Variant as EditedVariant, ModifierGroups, Variants } from "./choices";
import { ProductImage } from "./image";
import classes from "./product.module.css";
import { useCategories } from "./use-categories";

type Body = components["schemas"]["ProductBody"];
type Warning = components["schemas"]["Warning"];

/** What the form of a product edits. */
export interface Values {
  name: string;
  price: number | null;
  category_id: string;
  code: string;
  barcode: string;
  tax_group: components["schemas"]["TaxGroup"];
  station: components["schemas"]["Station"];
  position: string;
  qty_scale: string;
  unit: string;
  scale_code: string;
  available: boolean;
  variants: EditedVariant[];
  modifier_groups: EditedGroup[];
}

export type ProductForm = UseFormReturnType<Values>;

export function NewProductPage() {
  return <ProductEditor key="new" product={null} reload={() => {}} />;
}

export function ProductPage() {
  const { id } = useParams({ from: "/products/$id" });
  const product = useQuery({
    queryKey: ["catalog", "product", id],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/products/{id}", { params: { path: { id } }, signal })),
    // A form that is being edited is not reloaded; saving compares versions. It begins with what the server has, never with
    // what an earlier visit has read.
    refetchOnWindowFocus: false,
    gcTime: 0,
  });
  const [edition, setEdition] = useState(0);
  if (product.isPending) return <Skeletons rows={8} height={56} />;
  if (product.data === undefined) return <ErrorNote error={product.error} retry={() => void product.refetch()} />;
  return (
    <ProductEditor
      key={`${id} ${edition}`}
      product={product.data}
      reload={() => void product.refetch().then(() => setEdition((before) => before + 1))}
    />
  );
}

function initial(product: Product | null): Values {
  return {
    name: product?.name ?? "",
    price: product?.price ?? null,
    category_id: product?.category_id ?? "",
    code: product?.code ?? "",
    barcode: product?.barcode ?? "",
    tax_group: product?.tax_group ?? "pbjt",
    station: product?.station ?? "kitchen",
    position: String(product?.position ?? 0),
    qty_scale: String(product?.qty_scale ?? 0),
    unit: product?.unit ?? "kg",
    scale_code: product?.scale_code ?? "",
    available: product?.available ?? true,
    variants: (product?.variants ?? []).map((variant) => ({
      ...variant,
      available: variant.available ?? true,
      code: variant.code ?? "",
      barcode: variant.barcode ?? "",
    })),
    modifier_groups: (product?.modifier_groups ?? []).map((group) => ({
      ...group,
      min_selections: String(group.min_selections),
      max_selections: String(group.max_selections),
      options: group.options.map((option) => ({ ...option, available: option.available ?? true })),
    })),
  };
}

function toBody(values: Values): Body {
  return {
    name: values.name,
    price: values.price ?? 0,
    tax_group: values.tax_group,
    station: values.station,
    position: Number(values.position),
    qty_scale: Number(values.qty_scale),
    ...(values.qty_scale === "3" && values.unit.trim() !== "" && { unit: values.unit.trim() }),
    ...(values.scale_code.trim() !== "" && { scale_code: values.scale_code.trim() }),
    available: values.available,
    ...(values.category_id !== "" && { category_id: values.category_id }),
    ...(values.code.trim() !== "" && { code: values.code.trim() }),
    ...(values.barcode.trim() !== "" && { barcode: values.barcode.trim() }),
    variants: values.variants.map(({ id, name, price, available, code, barcode }) => ({
      id,
      name,
      price: price ?? 0,
      available,
      ...(code.trim() !== "" && { code: code.trim() }),
      ...(barcode.trim() !== "" && { barcode: barcode.trim() }),
    })),
    modifier_groups: values.modifier_groups.map((group) => ({
      ...group,
      min_selections: Number(group.min_selections),
      max_selections: Number(group.max_selections),
      options: group.options.map((option) => ({ ...option, price_delta: option.price_delta ?? 0 })),
    })),
  };
}

function ProductEditor({ product, reload }: { product: Product | null; reload: () => void }) {
  const t = useText();
  const words = useWords();
  const router = useRouter();
  const queries = useQueryClient();
  const categories = useCategories();
  const [version, setVersion] = useState(product?.version ?? 0);
  const [warnings, setWarnings] = useState<Warning[]>([]);
  const whole = (typed: string) => (/^\d{1,3}$/.test(typed.trim()) ? null : t("form.whole_number"));
  const price = (amount: number | null) => (amount === null ? t("product.price_missing") : null);
  const form = useForm<Values>({
    initialValues: initial(product),
    validate: {
      price,
      position: (typed) => (/^-?\d{1,6}$/.test(typed.trim()) ? null : t("form.whole_number")),
      variants: { price },
      modifier_groups: { min_selections: whole, max_selections: whole },
    },
  });
  const list = { label: t("place.products"), href: "/admin/products", go: () => void leave() };
  const leave = () => (router.history.canGoBack() ? router.history.back() : router.navigate({ to: "/products" }));
  const saving = useSave(
    form,
    (body: Body): Promise<components["schemas"]["Product"]> =>
      product === null
        ? data(outlet.POST("/api/v1/products", { body }))
        : data(
            outlet.PUT("/api/v1/products/{id}", {
              params: { path: { id: product.id }, header: { "If-Match": String(version) } },
              body,
            }),
          ),
    (saved) => {
      void queries.invalidateQueries({ queryKey: ["catalog"] });
      setVersion(saved.version);
      form.resetDirty();
      const found = saved.warnings ?? [];
      setWarnings(found);
      if (product === null) void router.navigate({ to: "/products/$id", params: { id: saved.id }, replace: true });
      else if (found.length === 0) leave();
    },
  );
  const overtaken = saving.isError && asApiError(saving.error).code === "version_mismatch";
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={form.onSubmit((values) => {
        if (!saving.isPending) saving.mutate(toBody(values));
      })}
    >
      <PageHead title={product?.name ?? t("products.new")} back={list} />
      {product !== null && product.unreadable.length > 0 && (
        <Notice>{t("product.unreadable", { fields: product.unreadable.map(words.field).join(", ") })}</Notice>
      )}
      <Card>
        <div className={classes.fields}>
          {product !== null && (
            <ProductImage
              product={product}
              changed={(next) => setVersion((before) => (before === next.version - 1 ? next.version : before))}
            />
          )}
          <TextInput label={t("field.name")} maxLength={200} data-autofocus {...form.getInputProps("name")} />
          <div className={classes.pair}>
            <AmountInput
              label={t("field.price")}
              {...form.getInputProps("price")}
              description={
                product !== null && product.price !== product.chain_price ? t("product.own_price") : undefined
              }
            />
            <Select
              label={t("field.category")}
              placeholder={t("products.no_category")}
              clearable
              searchable
              data={(categories.data ?? []).map((one) => ({ value: one.id, label: one.name }))}
              nothingFoundMessage={t("products.no_such_category")}
              clearButtonProps={{ "aria-label": t("products.no_category") }}
              value={form.values.category_id || null}
              onChange={(id) => form.setFieldValue("category_id", id ?? "")}
              error={form.errors.category_id}
            />
          </div>
          <Switch
            size="md"
            label={t("field.available")}
            description={t("product.available")}
            {...form.getInputProps("available", { type: "checkbox" })}
          />
          <div className={classes.pair}>
            <TextInput label={t("field.code")} maxLength={50} {...form.getInputProps("code")} />
            <TextInput label={t("field.barcode")} maxLength={50} {...form.getInputProps("barcode")} />
          </div>
          <div className={classes.pair}>
            <Select
              label={t("field.tax_group")}
              allowDeselect={false}
              data={[
                { value: "pbjt", label: t("tax.pbjt") },
                { value: "ppn", label: t("tax.ppn") },
                { value: "none", label: t("tax.none") },
              ]}
              {...form.getInputProps("tax_group")}
            />
            <Select
              label={t("field.station")}
              allowDeselect={false}
              data={[
                { value: "kitchen", label: t("station.kitchen") },
                { value: "bar", label: t("station.bar") },
                { value: "none", label: t("station.none") },
              ]}
              {...form.getInputProps("station")}
            />
          </div>
          <div className={classes.pair}>
            <Select
              label={t("field.qty_scale")}
              allowDeselect={false}
              data={[
                { value: "0", label: t("product.by_piece") },
                { value: "3", label: t("product.by_weight") },
              ]}
              {...form.getInputProps("qty_scale")}
            />
            {form.values.qty_scale === "3" && (
              <TextInput
                label={t("field.unit")}
                description={t("product.unit")}
                maxLength={10}
                {...form.getInputProps("unit")}
              />
            )}
          </div>
          <TextInput
            label={t("field.scale_code")}
            description={t("product.scale_code")}
            inputMode="numeric"
            maxLength={10}
            {...form.getInputProps("scale_code")}
          />
          <TextInput
            label={t("field.position")}
            description={t("product.position")}
            inputMode="numeric"
            {...form.getInputProps("position")}
          />
        </div>
      </Card>
      <Section title={t("field.variants")}>
        <Variants form={form} />
      </Section>
      <Section title={t("field.modifier_groups")}>
        <ModifierGroups form={form} />
      </Section>
      <div className={classes.result}>
        {saving.isError && <ErrorNote error={saving.error} safe={t("form.safe")} />}
        {overtaken && (
          <Group gap="xs">
            <Text>{t("form.overtaken")}</Text>
            <Button variant="outline" onClick={reload}>
              {t("form.reload")}
            </Button>
          </Group>
        )}
        {warnings.map((warning) => (
          <Notice key={warning.message}>{warning.message}</Notice>
        ))}
      </div>
      <div className={classes.foot}>
        {product !== null && (
          <DeleteButton
            title={t("product.delete", { name: product.name })}
            body={t("product.delete.body")}
            remove={async () => {
              await outlet.DELETE("/api/v1/products/{id}", {
                params: { path: { id: product.id }, header: { "If-Match": String(version) } },
              });
              void queries.invalidateQueries({ queryKey: ["catalog"] });
              void router.navigate({ to: "/products" });
            }}
          />
        )}
        <Group gap="xs" ml="auto">
          <Button variant="default" onClick={leave}>
            {t("action.cancel")}
          </Button>
          <SaveButton pending={saving.isPending}>{t("action.save")}</SaveButton>
        </Group>
      </div>
    </form>
  );
}

function Notice({ children }: { children: string }) {
  return (
    <p className={classes.notice}>
      <IconAlertTriangle size={20} aria-hidden />
      <span>{children}</span>
    </p>
  );
}
