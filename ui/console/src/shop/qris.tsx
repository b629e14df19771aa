import { Button, Group, Select, Text, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { useSave } from "@shared/forms";
import { ErrorNote } from "@shared/parts/error-note";
import { Facts } from "@shared/parts/facts";
import { Card, PageHead } from "@shared/parts/page-head";
import { Qr } from "@shared/parts/qr";
import { SaveButton } from "@shared/parts/save-button";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useText } from "../text";
import classes from "./form-page.module.css";

type Qris = components["schemas"]["QrisSettings"];
type Body = components["schemas"]["QrisBody"];

const MODES = ["amount_12", "amount_11", "static"] as const;
const KEY = ["catalog", "qris"];

/** The merchant's static code, and whom it pays. */
export function QrisPage() {
  const t = useText();
  const qris = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/config/qris", { signal })),
  });
  return (
    <>
      <PageHead title={t("place.qris")} lead={t("qris.lead")} />
      {qris.isPending && <Skeletons rows={3} height={88} />}
      {qris.isError && qris.data === undefined && <ErrorNote error={qris.error} retry={() => void qris.refetch()} />}
      {qris.data !== undefined && (
        <div className={classes.form}>
          <Current qris={qris.data} />
          <QrisForm key={qris.data.version} qris={qris.data} />
        </div>
      )}
    </>
  );
}

function Current({ qris }: { qris: Qris }) {
  const t = useText();
  if (!qris.payload) {
    return (
      <Card>
        <Text>{t("qris.none")}</Text>
      </Card>
    );
  }
  if (!qris.merchant) {
    return (
      <Card>
        <Group gap="sm" mb="xs">
          <StateBadge tone="bad">{t("qris.damaged")}</StateBadge>
        </Group>
        <Text>{t("qris.damaged.next")}</Text>
      </Card>
    );
  }
  const { name, city, nmid } = qris.merchant;
  return (
    <Card>
      <Group align="flex-start" gap="lg">
        <Qr text={qris.payload} label={t("qris.code")} size={168} />
        <div>
          <Facts
            facts={[
              [t("qris.merchant"), name],
              [t("qris.city"), city || "–"],
              [t("qris.nmid"), nmid ?? "–"],
            ]}
          />
          <Text mt="sm" maw={360}>
            {t("qris.compare")}
          </Text>
          {qris.asks_for_tip && (
            <Text mt="xs" c="dimmed" maw={360}>
              {t("qris.tip")}
            </Text>
          )}
        </div>
      </Group>
    </Card>
  );
}

function QrisForm({ qris }: { qris: Qris }) {
  const t = useText();
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { payload: qris.payload ?? "", mode: qris.mode },
    transformValues: ({ payload, mode }): Body => ({ payload: payload.trim() || null, mode }),
  });
  const saving = useSave(
    form,
    (body: Body) =>
      data(outlet.PUT("/api/v1/config/qris", { params: { header: { "If-Match": String(qris.version) } }, body })),
    (saved) => {
      queries.setQueryData(KEY, saved);
      void queries.invalidateQueries({ queryKey: ["catalog", "settings"] });
    },
  );
  const overtaken = saving.isError && asApiError(saving.error).code === "version_mismatch";
  return (
    <form
      noValidate
      className={classes.form}
      onSubmit={form.onSubmit((values) => {
        if (!saving.isPending) saving.mutate(values);
      })}
    >
      <Card>
        <div className={classes.fields}>
          <Textarea
            label={t("qris.payload")}
            description={t("qris.payload.hint")}
            placeholder="000201010211…"
            autosize
            minRows={4}
            maxLength={600}
            spellCheck={false}
            styles={{ input: { fontFamily: "ui-monospace, monospace", wordBreak: "break-all" } }}
            {...form.getInputProps("payload")}
          />
          <Select
            label={t("qris.mode")}
            description={t("qris.mode.hint")}
            allowDeselect={false}
            data={MODES.map((mode) => ({ value: mode, label: t(`qris.mode.${mode}`) }))}
            {...form.getInputProps("mode")}
          />
        </div>
      </Card>
      {saving.isError && <ErrorNote error={saving.error} safe={t("form.safe")} />}
      {overtaken && (
        <Group gap="xs">
          <Text>{t("form.overtaken")}</Text>
          <Button variant="outline" onClick={() => void queries.invalidateQueries({ queryKey: KEY })}>
            {t("form.reload")}
          </Button>
        </Group>
      )}
      <div className={classes.foot}>
        <SaveButton pending={saving.isPending} disabled={!form.isDirty()}>
          {t("action.save")}
        </SaveButton>
      </div>
    </form>
  );
}
