import { MultiSelect, Radio, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { data, hub } from "@shared/api/client";
import { useSave } from "@shared/forms";
import { SheetForm } from "@shared/parts/sheet";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { v7 as uuid } from "uuid";
import { type Schemas, useActiveOutlets } from "../api/queries";
import { useText } from "../text";
import { fromLocal, toLocal } from "./local-time";

export type Announcement = Schemas["Announcement"];

interface Props {
  /** The announcement to change at every outlet that has it; null makes a new one. */
  announcement: Announcement | null;
  /** The outlet that a new one is for, unless somebody chooses others. */
  outletId: string | undefined;
  close: () => void;
  other?: ReactNode;
}

/** Writes an announcement to all outlets or some of them. */
export function AnnouncementForm({ announcement, outletId, close, other }: Props) {
  const t = useText();
  const queries = useQueryClient();
  const outlets = useActiveOutlets();
  const [id] = useState(() => uuid());
  const form = useForm({
    initialValues: {
      to: outletId === undefined ? "all" : "some",
      outlet_ids: outletId === undefined ? [] : [outletId],
      title: announcement?.title ?? "",
      body: announcement?.body ?? "",
      starts_at: toLocal(announcement?.starts_at ?? null),
      ends_at: toLocal(announcement?.ends_at ?? null),
    },
  });
  const save = useSave(
    form,
    (values: typeof form.values) => {
      const content = {
        title: values.title,
        body: values.body,
        starts_at: fromLocal(values.starts_at),
        ends_at: fromLocal(values.ends_at),
      };
      if (announcement !== null) {
        return data(
          hub.PATCH("/v1/hq/announcements/{id}", { params: { path: { id: announcement.id } }, body: content }),
        );
      }
      const outlet_ids = values.to === "all" ? "all" : values.outlet_ids;
      return data(hub.POST("/v1/hq/announcements", { body: { id, outlet_ids, ...content } }));
    },
    () => {
      void queries.invalidateQueries({ queryKey: ["catalog", "announcements"] });
      close();
    },
  );
  return (
    <SheetForm
      submit={form.onSubmit((values) => save.mutate(values))}
      pending={save.isPending}
      error={save.error}
      close={close}
      verb={announcement === null ? t("announcement.send") : t("action.save")}
      other={other}
    >
      <TextInput label={t("announcement.title")} {...form.getInputProps("title")} data-autofocus />
      <Textarea label={t("announcement.body")} autosize minRows={4} {...form.getInputProps("body")} />
      {announcement === null && (
        <Radio.Group label={t("announcement.to")} {...form.getInputProps("to")}>
          <Stack gap="xs" mt={4}>
            <Radio value="all" label={t("announcement.to.all", { count: outlets.length })} />
            <Radio value="some" label={t("announcement.to.some")} />
          </Stack>
        </Radio.Group>
      )}
      {announcement === null && form.values.to === "some" && (
        <MultiSelect
          aria-label={t("announcement.to.some")}
          placeholder={t("outlet.choose")}
          data={outlets.map((outlet) => ({ value: outlet.id, label: `${outlet.code} · ${outlet.name}` }))}
          searchable
          limit={100}
          {...form.getInputProps("outlet_ids")}
        />
      )}
      <TextInput
        type="datetime-local"
        label={t("announcement.starts")}
        description={t("announcement.starts.note")}
        {...form.getInputProps("starts_at")}
      />
      <TextInput
        type="datetime-local"
        label={t("announcement.ends")}
        description={t("announcement.ends.note")}
        {...form.getInputProps("ends_at")}
      />
    </SheetForm>
  );
}
