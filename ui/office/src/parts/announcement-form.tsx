import { Group, MultiSelect, Radio, Stack, Textarea, TextInput } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { data, hub } from "@shared/api/client";
import { typedClock } from "@shared/clock";
import { useSave } from "@shared/forms";
import { DateField } from "@shared/parts/date-field";
import { SheetForm } from "@shared/parts/sheet";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { v7 as uuid } from "uuid";
import { type Schemas, useActiveOutlets } from "../api/queries";
import { useText } from "../text";
import { fromLocal, type LocalMoment, toLocal } from "./local-time";
import { outletName } from "./outlet-name";

export type Announcement = Schemas["Announcement"];

interface Values {
  to: string;
  outlet_ids: string[];
  title: string;
  body: string;
  starts_at: LocalMoment;
  ends_at: LocalMoment;
}

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
  const clock = (typed: string) => (typedClock(typed) === null ? t("settings.cutoff.rule") : null);
  const form = useForm<Values>({
    validate: { starts_at: { clock }, ends_at: { clock } },
    initialValues: {
      to: outletId === undefined ? "all" : "some",
      outlet_ids: outletId === undefined ? [] : [outletId],
      title: announcement?.title ?? "",
      body: announcement?.body ?? "",
      starts_at: toLocal(announcement?.starts_at ?? null, "00:00"),
      ends_at: toLocal(announcement?.ends_at ?? null, "23:59"),
    },
  });
  const save = useSave(
    form,
    (values: Values) => {
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
          data={outlets.map((outlet) => ({ value: outlet.id, label: outletName(outlet) }))}
          searchable
          limit={100}
          {...form.getInputProps("outlet_ids")}
        />
      )}
      <Moment form={form} name="starts_at" label={t("announcement.starts")} note={t("announcement.starts.note")} />
      <Moment form={form} name="ends_at" label={t("announcement.ends")} note={t("announcement.ends.note")} />
    </SheetForm>
  );
}

interface MomentProps {
  form: UseFormReturnType<Values>;
  name: "starts_at" | "ends_at";
  label: string;
  note: string;
}

/** A date and, once there is one, a time of day. */
function Moment({ form, name, label, note }: MomentProps) {
  const t = useText();
  return (
    <Group gap="sm" align="flex-end" wrap="nowrap">
      <div style={{ flex: 1 }}>
        <DateField
          clearable
          label={label}
          description={note}
          {...form.getInputProps(`${name}.date`)}
          error={form.errors[name]}
        />
      </div>
      {form.values[name].date !== "" && (
        <TextInput
          w={112}
          label={t("announcement.clock")}
          inputMode="numeric"
          maxLength={5}
          {...form.getInputProps(`${name}.clock`)}
        />
      )}
    </Group>
  );
}
