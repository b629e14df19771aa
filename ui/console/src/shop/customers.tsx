import { Button, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { Empty } from "@shared/parts/empty";
import { List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { IconPlus, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { type Master, MasterSheet } from "../parts/master-sheet";
import { useText } from "../text";

type Customer = components["schemas"]["Customer"];
type Body = components["schemas"]["CustomerBody"];

const master: Master<Customer, Body> = {
  key: ["customers"],
  create: (sent) => outlet.POST("/api/v1/customers", { body: sent }),
  replace: ({ id, version }, sent) =>
    outlet.PUT("/api/v1/customers/{id}", {
      params: { path: { id }, header: { "If-Match": String(version) } },
      body: sent,
    }),
  remove: ({ id, version }) =>
    outlet.DELETE("/api/v1/customers/{id}", { params: { path: { id }, header: { "If-Match": String(version) } } }),
};

export function CustomersPage() {
  const t = useText();
  const [edited, setEdited] = useState<Customer | "new" | null>(null);
  const pages = usePages<Customer>(["customers"], (cursor, signal) =>
    body(outlet.GET("/api/v1/customers", { params: { query: { limit: 50, ...(cursor && { cursor }) } }, signal })),
  );
  const create = (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setEdited("new")}>
      {t("customers.new")}
    </Button>
  );
  return (
    <>
      <PageHead title={t("place.customers")} {...(pages.rows?.length !== 0 && { actions: create })} />
      <List
        label={t("place.customers")}
        pages={pages}
        rowId={(customer) => customer.id}
        open={setEdited}
        empty={
          <Empty title={t("customers.empty")} icon={<IconUsers size={32} aria-hidden />}>
            {create}
          </Empty>
        }
        columns={[
          { id: "name", title: t("field.name"), render: (customer) => customer.name },
          {
            id: "phone",
            title: t("field.phone"),
            plain: true,
            render: (customer) => <span className="figures">{customer.phone}</span>,
          },
          { id: "email", title: t("field.email"), plain: true, render: (customer) => customer.email ?? "" },
          {
            id: "note",
            title: t("field.note"),
            minor: true,
            render: (customer) => <span className="name">{customer.note ?? ""}</span>,
          },
        ]}
      />
      {edited !== null && <CustomerSheet customer={edited === "new" ? null : edited} close={() => setEdited(null)} />}
    </>
  );
}

function CustomerSheet({ customer, close }: { customer: Customer | null; close: () => void }) {
  const t = useText();
  const form = useForm({
    initialValues: {
      name: customer?.name ?? "",
      phone: customer?.phone ?? "",
      email: customer?.email ?? "",
      note: customer?.note ?? "",
    },
  });
  const { values } = form;
  return (
    <MasterSheet
      master={master}
      row={customer}
      title={customer?.name ?? t("customers.new")}
      {...(customer && {
        remove: { title: t("customers.delete", { name: customer.name }), body: t("customers.delete.body") },
      })}
      form={form}
      toBody={() => ({
        name: values.name,
        phone: values.phone.trim() || null,
        email: values.email.trim() || null,
        note: values.note.trim() || null,
      })}
      close={close}
    >
      <TextInput label={t("field.name")} maxLength={100} data-autofocus {...form.getInputProps("name")} />
      <TextInput label={t("field.phone")} inputMode="tel" maxLength={30} {...form.getInputProps("phone")} />
      <TextInput label={t("field.email")} inputMode="email" maxLength={200} {...form.getInputProps("email")} />
      <Textarea label={t("field.note")} autosize minRows={3} maxLength={500} {...form.getInputProps("note")} />
    </MasterSheet>
  );
}
