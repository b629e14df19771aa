import { Button, NumberInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, hub } from "@shared/api/client";
import { useSave } from "@shared/forms";
import { DeleteButton } from "@shared/parts/delete-button";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { useTime } from "@shared/time";
import { IconCategory, IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { v7 as uuid } from "uuid";
import { ifMatch, useSlices } from "../api/lists";
import { type Category, useCategories } from "../api/queries";
import { useIsAdmin } from "../api/session";
import { useEditor } from "../parts/use-editor";
import { useText } from "../text";

/** The groups that tills list products under, in the tills' order. */
export function CategoriesPage() {
  const t = useText();
  const time = useTime();
  const editable = useIsAdmin();
  const editor = useEditor<Category>();
  const categories = useCategories();
  const pages = useSlices("", {
    rows: categories.data,
    error: categories.error,
    reread: () => void categories.refetch(),
  });
  const columns: Column<Category>[] = [
    { id: "name", title: t("category.name"), render: (category) => category.name },
    { id: "position", title: t("category.position"), figure: true, render: (category) => category.position },
    { id: "changed", title: t("changed_at"), render: (category) => time.moment(category.changed_at) },
  ];
  const add = editable && (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => editor.edit(null)}>
      {t("category.add")}
    </Button>
  );
  const next = Math.max(0, ...(categories.data ?? []).map((category) => category.position)) + 1;
  return (
    <>
      <PageHead
        title={t("nav.categories")}
        lead={t("categories.lead")}
        {...(add && (categories.data?.length ?? 0) > 0 && { actions: add })}
      />
      <List
        label={t("nav.categories")}
        pages={pages}
        rowId={(category) => category.id}
        columns={columns}
        {...(editable && { open: editor.edit })}
        empty={
          <Empty title={t("categories.empty")} icon={<IconCategory size={32} aria-hidden />}>
            {add}
          </Empty>
        }
      />
      <Sheet
        title={editor.row === null ? t("category.add") : t("category.edit")}
        opened={editor.opened}
        close={editor.close}
      >
        <CategoryForm key={editor.key} category={editor.row} position={next} close={editor.close} />
      </Sheet>
    </>
  );
}

function CategoryForm({
  category,
  position,
  close,
}: {
  category: Category | null;
  position: number;
  close: () => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  const [id] = useState(() => uuid());
  const form = useForm({
    initialValues: { name: category?.name ?? "", position: (category?.position ?? position) as number | string },
  });
  const done = () => {
    void queries.invalidateQueries({ queryKey: ["catalog"] });
    close();
  };
  const save = useSave(
    form,
    (values: typeof form.values) => {
      const content = { name: values.name, position: Number(values.position) || 0 };
      return category === null
        ? data(hub.POST("/v1/hq/categories", { body: { id, ...content } }))
        : data(
            hub.PATCH("/v1/hq/categories/{id}", {
              params: { path: { id: category.id }, header: ifMatch(category.version) },
              body: content,
            }),
          );
    },
    done,
  );
  const remove =
    category === null ? undefined : (
      <DeleteButton
        title={t("category.delete.ask", { name: category.name })}
        body={t("category.delete.what")}
        remove={async () => {
          await body(
            hub.DELETE("/v1/hq/categories/{id}", {
              params: { path: { id: category.id }, header: ifMatch(category.version) },
            }),
          );
          done();
        }}
      />
    );
  return (
    <SheetForm
      submit={form.onSubmit((values) => save.mutate(values))}
      pending={save.isPending}
      error={save.error}
      close={close}
      other={remove}
    >
      <TextInput label={t("category.name")} {...form.getInputProps("name")} data-autofocus />
      <NumberInput
        size="md"
        label={t("category.position")}
        description={t("category.position.note")}
        allowDecimal={false}
        hideControls
        min={0}
        max={100_000}
        {...form.getInputProps("position")}
      />
    </SheetForm>
  );
}
