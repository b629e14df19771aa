import { Button, Group, Radio, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { outlet } from "@shared/api/client";
import { Empty } from "@shared/parts/empty";
import { allRows, List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { IconCategory, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { Category, CategoryColor } from "../api/types";
import { type Master, MasterSheet } from "../parts/master-sheet";
import { useText } from "../text";
import classes from "./categories.module.css";
import { useCategories } from "./use-categories";

const COLORS: CategoryColor[] = ["clay", "amber", "olive", "green", "teal", "blue", "violet", "rose"];

interface Body {
  name: string;
  position: number;
  color: CategoryColor | null;
}

const master: Master<Category, Body> = {
  key: ["catalog"],
  create: (body) => outlet.POST("/api/v1/categories", { body }),
  replace: ({ id, version }, body) =>
    outlet.PUT("/api/v1/categories/{id}", {
      params: { path: { id }, header: { "If-Match": String(version) } },
      body,
    }),
  remove: ({ id, version }) =>
    outlet.DELETE("/api/v1/categories/{id}", { params: { path: { id }, header: { "If-Match": String(version) } } }),
};

/** The categories in the order in which the till shows them. */
export function CategoriesPage() {
  const t = useText();
  const categories = useCategories();
  const [edited, setEdited] = useState<Category | "new" | null>(null);
  const create = (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setEdited("new")}>
      {t("categories.new")}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t("place.categories")}
        lead={t("categories.lead")}
        {...(categories.data?.length !== 0 && { actions: create })}
      />
      <List
        label={t("place.categories")}
        pages={allRows(categories)}
        rowId={(category) => category.id}
        open={setEdited}
        empty={
          <Empty title={t("categories.empty")} icon={<IconCategory size={32} aria-hidden />}>
            {create}
          </Empty>
        }
        columns={[
          {
            id: "name",
            title: t("field.name"),
            render: (category) => (
              <span className={classes.named}>
                <span className={classes.stripe} style={stripe(category.color)} aria-hidden />
                <span className="name">{category.name}</span>
              </span>
            ),
          },
          {
            id: "position",
            title: t("field.position"),
            figure: true,
            width: 120,
            render: (category) => category.position,
          },
        ]}
      />
      {edited !== null && (
        <CategorySheet
          category={edited === "new" ? null : edited}
          next={Math.max(0, ...(categories.data ?? []).map((category) => category.position)) + 1}
          close={() => setEdited(null)}
        />
      )}
    </>
  );
}

function stripe(color: CategoryColor | null | undefined) {
  return { background: `var(--${color ?? "border"})` };
}

function CategorySheet({ category, next, close }: { category: Category | null; next: number; close: () => void }) {
  const t = useText();
  const form = useForm({
    initialValues: {
      name: category?.name ?? "",
      position: String(category?.position ?? next),
      color: category?.color ?? "",
    },
    validate: { position: (typed) => (/^-?\d{1,6}$/.test(typed.trim()) ? null : t("form.whole_number")) },
  });
  return (
    <MasterSheet
      master={master}
      row={category}
      title={category?.name ?? t("categories.new")}
      {...(category && {
        remove: { title: t("categories.delete", { name: category.name }), body: t("categories.delete.body") },
      })}
      form={form}
      toBody={() => ({
        name: form.values.name,
        position: Number(form.values.position),
        color: COLORS.find((color) => color === form.values.color) ?? null,
      })}
      close={close}
    >
      <TextInput label={t("field.name")} maxLength={100} data-autofocus {...form.getInputProps("name")} />
      <TextInput
        label={t("field.position")}
        description={t("categories.position")}
        inputMode="numeric"
        {...form.getInputProps("position")}
      />
      <Radio.Group label={t("categories.color")} {...form.getInputProps("color")}>
        <Group gap="xs" mt={4}>
          {["", ...COLORS].map((color) => (
            <Radio.Card key={color} value={color} className={classes.color ?? ""} radius={8}>
              <span
                className={classes.swatch}
                style={stripe(color === "" ? null : (color as CategoryColor))}
                aria-hidden
              />
              {t(color === "" ? "color.none" : `color.${color as CategoryColor}`)}
            </Radio.Card>
          ))}
        </Group>
      </Radio.Group>
    </MasterSheet>
  );
}
