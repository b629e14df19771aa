import { Button, Select, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, hub } from "@shared/api/client";
import { useSave } from "@shared/forms";
import { METHODS, method, SPECIALS, type Special } from "@shared/method";
import { DeleteButton } from "@shared/parts/delete-button";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { IconCreditCard, IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { v7 as uuid } from "uuid";
import { given, ifMatch, readAll, useSlices } from "../api/lists";
import type { Schemas } from "../api/queries";
import { useIsAdmin } from "../api/session";
import { useEditor } from "../parts/use-editor";
import { useText } from "../text";

type Tender = Schemas["Tender"];

/** The ways to pay that the chain accepts, in the order of the tills. */
export function TendersPage() {
  const t = useText();
  const editable = useIsAdmin();
  const editor = useEditor<Tender>();
  const tenders = useQuery({
    queryKey: ["catalog", "tenders"],
    queryFn: async () => {
      const rows = await readAll<Tender>((cursor, limit) =>
        body(hub.GET("/v1/hq/tenders", { params: { query: given({ cursor, limit }) } })),
      );
      return rows.sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
    },
  });
  const pages = useSlices("", { rows: tenders.data, error: tenders.error, reread: () => void tenders.refetch() });
  const columns: Column<Tender>[] = [
    { id: "name", title: t("tender.name"), render: (tender) => tender.name },
    { id: "method", title: t("tender.method"), render: (tender) => t(method(tender.method)) },
    {
      id: "special",
      title: t("tender.special"),
      minor: true,
      render: (tender) => tender.special && t(`special.${tender.special}`),
    },
    {
      id: "state",
      title: t("state"),
      render: (tender) =>
        tender.active ? (
          <StateBadge tone="ok">{t("tender.on")}</StateBadge>
        ) : (
          <StateBadge tone="neutral">{t("tender.off")}</StateBadge>
        ),
    },
  ];
  const add = editable && (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => editor.edit(null)}>
      {t("tender.add")}
    </Button>
  );
  const next = Math.max(0, ...(tenders.data ?? []).map((tender) => tender.position)) + 1;
  return (
    <>
      <PageHead
        title={t("nav.tenders")}
        lead={t("tenders.lead")}
        {...(add && (tenders.data?.length ?? 0) > 0 && { actions: add })}
      />
      <List
        label={t("nav.tenders")}
        pages={pages}
        rowId={(tender) => tender.id}
        columns={columns}
        {...(editable && { open: editor.edit })}
        empty={
          <Empty title={t("tenders.empty")} icon={<IconCreditCard size={32} aria-hidden />}>
            {add}
          </Empty>
        }
      />
      <Sheet
        title={editor.row === null ? t("tender.add") : t("tender.edit")}
        opened={editor.opened}
        close={editor.close}
      >
        <TenderForm key={editor.key} tender={editor.row} position={next} close={editor.close} />
      </Sheet>
    </>
  );
}

function TenderForm({ tender, position, close }: { tender: Tender | null; position: number; close: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const [id] = useState(() => uuid());
  const form = useForm({
    initialValues: {
      name: tender?.name ?? "",
      method: tender?.method ?? "card",
      special: (tender?.special ?? "") as Special | "",
      needs_reference: tender?.needs_reference ?? false,
      opens_drawer: tender?.opens_drawer ?? false,
      position: String(tender?.position ?? position),
      active: tender?.active ?? true,
    },
    validate: { position: (typed) => (/^-?\d{1,6}$/.test(typed.trim()) ? null : t("tender.position.rule")) },
  });
  const done = () => {
    void queries.invalidateQueries({ queryKey: ["catalog", "tenders"] });
    close();
  };
  const save = useSave(
    form,
    ({ special, position: typed, ...values }: typeof form.values) => {
      const content = { ...values, special: special === "" ? null : special, position: Number(typed) };
      return tender === null
        ? data(hub.POST("/v1/hq/tenders", { body: { id, ...content } }))
        : data(
            hub.PATCH("/v1/hq/tenders/{id}", {
              params: { path: { id: tender.id }, header: ifMatch(tender.version) },
              body: content,
            }),
          );
    },
    done,
  );
  const remove =
    tender === null ? undefined : (
      <DeleteButton
        title={t("tender.delete.ask", { name: tender.name })}
        body={t("tender.delete.what")}
        remove={async () => {
          await body(
            hub.DELETE("/v1/hq/tenders/{id}", {
              params: { path: { id: tender.id }, header: ifMatch(tender.version) },
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
      <TextInput
        label={t("tender.name")}
        description={t("tender.name.note")}
        maxLength={100}
        {...form.getInputProps("name")}
        data-autofocus
      />
      <Select
        label={t("tender.method")}
        description={t("tender.method.note")}
        data={METHODS.map((name) => ({ value: name as string, label: t(method(name)) }))}
        allowDeselect={false}
        {...form.getInputProps("method")}
      />
      <Select
        label={t("tender.special")}
        data={[
          { value: "", label: t("special.none") },
          ...SPECIALS.map((name) => ({ value: name as string, label: t(`special.${name}`) })),
        ]}
        allowDeselect={false}
        {...form.getInputProps("special")}
        {...(form.values.special === "writeoff" && { description: t("tender.writeoff.note") })}
      />
      <Switch
        size="md"
        label={t("tender.needs_reference")}
        description={t("tender.needs_reference.note")}
        {...form.getInputProps("needs_reference", { type: "checkbox" })}
      />
      <Switch
        size="md"
        label={t("tender.opens_drawer")}
        {...form.getInputProps("opens_drawer", { type: "checkbox" })}
      />
      <TextInput
        label={t("tender.position")}
        description={t("tender.position.note")}
        inputMode="numeric"
        {...form.getInputProps("position")}
      />
      <Switch size="md" label={t("tender.active")} {...form.getInputProps("active", { type: "checkbox" })} />
    </SheetForm>
  );
}
