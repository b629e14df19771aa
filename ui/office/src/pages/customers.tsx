import { Button, Group, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, hub } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { useSave } from "@shared/forms";
import { DeleteButton } from "@shared/parts/delete-button";
import { Empty } from "@shared/parts/empty";
import { SearchInput } from "@shared/parts/fields";
import { type Column, List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { useTime } from "@shared/time";
import { IconPlus, IconUsers } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { v7 as uuid } from "uuid";
import { given, ifMatch, PAGE_SIZE } from "../api/lists";
import type { Schemas } from "../api/queries";
import { useIsAdmin } from "../api/session";
import { changed } from "../filters";
import { useEditor } from "../parts/use-editor";
import { useText } from "../text";

type Customer = Schemas["Customer"];
const route = getRouteApi("/customers");

const orNull = (text: string) => (text.trim() === "" ? null : text);

/** The chain's customers: all outlets know them. */
export function CustomersPage() {
  const t = useText();
  const time = useTime();
  const editable = useIsAdmin();
  const editor = useEditor<Customer>();
  const navigate = route.useNavigate();
  const { q } = route.useSearch();
  const pages = usePages<Customer>(["catalog", "customers", q], (cursor, signal) =>
    body(hub.GET("/v1/hq/customers", { params: { query: given({ q, cursor, limit: PAGE_SIZE }) }, signal })),
  );
  const columns: Column<Customer>[] = [
    { id: "name", title: t("customer.name"), render: (customer) => customer.name },
    { id: "phone", title: t("customer.phone"), render: (customer) => customer.phone ?? "–" },
    { id: "email", title: t("customer.email"), minor: true, render: (customer) => customer.email ?? "–" },
    { id: "note", title: t("customer.note"), render: (customer) => customer.note ?? "–" },
    { id: "changed", title: t("changed_at"), minor: true, render: (customer) => time.moment(customer.changed_at) },
  ];
  const add = editable && (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => editor.edit(null)}>
      {t("customer.add")}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t("nav.customers")}
        lead={t("customers.lead")}
        {...(add && (q !== undefined || (pages.rows?.length ?? 0) > 0) && { actions: add })}
      />
      {(q !== undefined || (pages.rows?.length ?? 0) > 0) && (
        <Group mb="md">
          <SearchInput
            label={t("customers.search")}
            value={q ?? ""}
            onChange={(typed) => void navigate({ search: (old) => changed(old, { q: typed }), replace: true })}
          />
        </Group>
      )}
      <List
        label={t("nav.customers")}
        pages={pages}
        rowId={(customer) => customer.id}
        columns={columns}
        {...(editable && { open: editor.edit })}
        empty={
          q === undefined ? (
            <Empty title={t("customers.empty")} icon={<IconUsers size={32} aria-hidden />}>
              {add}
            </Empty>
          ) : (
            <Empty title={t("customers.no_match")} />
          )
        }
      />
      <Sheet
        title={editor.row === null ? t("customer.add") : t("customer.edit")}
        opened={editor.opened}
        close={editor.close}
      >
        <CustomerForm key={editor.key} customer={editor.row} close={editor.close} />
      </Sheet>
    </>
  );
}

function CustomerForm({ customer, close }: { customer: Customer | null; close: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const [id] = useState(() => uuid());
  const form = useForm({
    initialValues: {
      name: customer?.name ?? "",
      phone: customer?.phone ?? "",
      email: customer?.email ?? "",
      note: customer?.note ?? "",
    },
  });
  const done = () => {
    void queries.invalidateQueries({ queryKey: ["catalog", "customers"] });
    close();
  };
  const save = useSave(
    form,
    (values: typeof form.values) => {
      const content = {
        name: values.name,
        phone: orNull(values.phone),
        email: orNull(values.email),
        note: orNull(values.note),
      };
      return customer === null
        ? data(hub.POST("/v1/hq/customers", { body: { id, ...content } }))
        : data(
            hub.PATCH("/v1/hq/customers/{id}", {
              params: { path: { id: customer.id }, header: ifMatch(customer.version) },
              body: content,
            }),
          );
    },
    done,
  );
  const remove =
    customer === null ? undefined : (
      <DeleteButton
        title={t("customer.delete.ask", { name: customer.name })}
        body={t("customer.delete.what")}
        remove={async () => {
          await body(
            hub.DELETE("/v1/hq/customers/{id}", {
              params: { path: { id: customer.id }, header: ifMatch(customer.version) },
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
      <TextInput label={t("customer.name")} {...form.getInputProps("name")} data-autofocus />
      <TextInput label={t("customer.phone")} type="tel" {...form.getInputProps("phone")} />
      <TextInput label={t("customer.email")} type="email" {...form.getInputProps("email")} />
      <Textarea label={t("customer.note")} autosize minRows={2} {...form.getInputProps("note")} />
    </SheetForm>
  );
}
