import { Alert, Button, Code, Group, PasswordInput, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { useSave } from "@shared/forms";
import { useDialogs } from "@shared/parts/dialogs";
import { ErrorNote } from "@shared/parts/error-note";
import { Card, PageHead, Section } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { IconInfoCircle, IconPlugConnected } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useShopTime, useStatus } from "../status";
import { useText } from "../text";
import classes from "./form-page.module.css";

type Config = components["schemas"]["OutletConfig"];
type Change = components["schemas"]["ChangeOutletConfig"];

const KEY = ["sync", "link"];

/** The link to head office: enroll, test, address and key. */
export function LinkPage() {
  const t = useText();
  const config = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/config/outlet", { signal })),
    // Enrollment at the terminal is reported by no event.
    refetchInterval: (query) => (query.state.data?.cloud_api_key_set ? false : 5_000),
  });
  return (
    <>
      <PageHead title={t("place.link")} lead={t("link.lead")} />
      {config.isPending && <Skeletons rows={5} height={72} />}
      {config.isError && config.data === undefined && (
        <ErrorNote error={config.error} retry={() => void config.refetch()} />
      )}
      {config.data !== undefined && <Link config={config.data} />}
    </>
  );
}

function Link({ config }: { config: Config }) {
  const status = useStatus();
  const enrolled = Boolean(config.outlet_id && config.cloud_api_url && config.cloud_api_key_set);
  // A restored database, or an outlet that head office refuses.
  const stopped = enrolled && status.data?.sync.state === "stopped";
  return (
    <div className={classes.form}>
      {enrolled && <Enrolled config={config} />}
      {(!enrolled || stopped) && <Enroll url={config.cloud_api_url ?? ""} again={stopped} />}
      {enrolled && <Test />}
      <LinkForm key={JSON.stringify(config)} config={config} />
    </div>
  );
}

function Enrolled({ config }: { config: Config }) {
  const t = useText();
  const time = useShopTime();
  return (
    <Card>
      <Group justify="space-between" gap="xs">
        <div>
          <Text fw={600} className="name">
            {config.outlet_name ?? config.outlet_code}
          </Text>
          <Text c="dimmed" className="name">
            {t("link.code", { code: config.outlet_code ?? "" })}
          </Text>
        </div>
        <StateBadge tone={config.sync_enabled ? "ok" : "neutral"} icon={IconPlugConnected}>
          {config.sync_enabled ? t("link.connected") : t("link.switched_off")}
        </StateBadge>
      </Group>
      <Text mt="xs">
        {config.last_sync_at ? t("link.last_sync", { time: time.moment(config.last_sync_at) }) : t("link.never_synced")}
      </Text>
    </Card>
  );
}

/** Asks head office for a key of its own with the one-time code. */
function Enroll({ url, again }: { url: string; again: boolean }) {
  const t = useText();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { cloud_api_url: url, code: "" } });
  const enrolling = useSave(
    form,
    (body: components["schemas"]["EnrollOutlet"]) => data(outlet.POST("/api/v1/config/outlet/enroll", { body })),
    (enrolled) => {
      queries.setQueryData(KEY, enrolled);
      void queries.invalidateQueries({ queryKey: ["sync"] });
    },
  );
  return (
    <Section title={again ? t("link.enroll.again") : t("link.enroll")}>
      <form
        className={classes.form}
        noValidate
        onSubmit={form.onSubmit((values) => {
          if (!enrolling.isPending) enrolling.mutate(values);
        })}
      >
        <Card>
          <div className={classes.fields}>
            <Text>{again ? t("link.enroll.again.hint") : t("link.enroll.hint")}</Text>
            <TextInput
              label={t("link.url")}
              placeholder="https://"
              inputMode="url"
              {...form.getInputProps("cloud_api_url")}
            />
            <TextInput
              label={t("link.enroll.code")}
              description={t("link.enroll.once")}
              autoComplete="off"
              autoCapitalize="characters"
              {...form.getInputProps("code")}
            />
          </div>
        </Card>
        {enrolling.isError && <ErrorNote error={enrolling.error} safe={t("form.safe")} />}
        <div className={classes.foot}>
          <SaveButton pending={enrolling.isPending} busy={t("link.enroll.busy")}>
            {t("link.enroll.verb")}
          </SaveButton>
        </div>
      </form>
    </Section>
  );
}

function Test() {
  const t = useText();
  const testing = useMutation({ mutationFn: () => outlet.POST("/api/v1/config/outlet/test") });
  return (
    <Card>
      <Group justify="space-between" gap="xs">
        <Text>{t("link.test.hint")}</Text>
        <SaveButton
          type="button"
          variant="outline"
          pending={testing.isPending}
          busy={t("link.test.busy")}
          onClick={() => testing.mutate()}
        >
          {t("link.test")}
        </SaveButton>
      </Group>
      <div aria-live="polite">
        {testing.isSuccess && <StateBadge tone="ok">{testing.data.data?.message ?? t("link.connected")}</StateBadge>}
        {testing.isError && <ErrorNote error={testing.error} />}
      </div>
    </Card>
  );
}

function LinkForm({ config }: { config: Config }) {
  const t = useText();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const [changesKey, setChangesKey] = useState(false);
  const initial = {
    outlet_name: config.outlet_name ?? "",
    outlet_code: config.outlet_code ?? "",
    outlet_id: config.outlet_id ?? "",
    cloud_api_url: config.cloud_api_url ?? "",
    cloud_api_key: "",
    sync_enabled: config.sync_enabled,
    sync_interval_minutes: String(config.sync_interval_minutes),
  };
  const form = useForm({
    initialValues: initial,
    validate: {
      sync_interval_minutes: (typed) => (/^\d{1,4}$/.test(typed.trim()) ? null : t("form.whole_number")),
    },
  });
  const saving = useSave(
    form,
    (body: Change) => data(outlet.PUT("/api/v1/config/outlet", { body })),
    (saved) => {
      queries.setQueryData(KEY, saved);
      void queries.invalidateQueries({ queryKey: ["sync"] });
      setChangesKey(false);
    },
  );
  const { values } = form;
  const changed = (): Change => {
    const change: Change = {};
    for (const name of ["outlet_name", "outlet_code", "outlet_id", "cloud_api_url"] as const) {
      if (values[name].trim() !== initial[name]) change[name] = values[name].trim() || null;
    }
    if (changesKey && values.cloud_api_key.trim() !== "") change.cloud_api_key = values.cloud_api_key.trim();
    if (values.sync_enabled !== initial.sync_enabled) change.sync_enabled = values.sync_enabled;
    const minutes = Number(values.sync_interval_minutes);
    if (minutes !== config.sync_interval_minutes) change.sync_interval_minutes = minutes;
    return change;
  };
  const submit = () => {
    const change = changed();
    if (change.sync_enabled !== false) {
      saving.mutate(change);
      return;
    }
    ask({
      title: t("link.off.title"),
      body: t("link.off.body"),
      verb: t("link.off.verb"),
      danger: true,
      act: () => saving.mutateAsync(change),
    });
  };
  return (
    <Section title={t("link.settings")}>
      <form
        className={classes.form}
        noValidate
        onSubmit={form.onSubmit(() => {
          if (!saving.isPending) submit();
        })}
      >
        <Card>
          <div className={classes.fields}>
            <Switch
              size="md"
              label={t("link.enabled")}
              description={t("link.enabled.hint")}
              {...form.getInputProps("sync_enabled", { type: "checkbox" })}
            />
            <TextInput
              label={t("link.url")}
              placeholder="https://"
              inputMode="url"
              {...form.getInputProps("cloud_api_url")}
            />
            <TextInput
              label={t("link.interval")}
              description={t("link.interval.hint")}
              inputMode="numeric"
              {...form.getInputProps("sync_interval_minutes")}
            />
            <TextInput label={t("link.outlet_name")} maxLength={100} {...form.getInputProps("outlet_name")} />
            <TextInput label={t("link.outlet_code")} maxLength={20} {...form.getInputProps("outlet_code")} />
            <TextInput label={t("link.outlet_id")} {...form.getInputProps("outlet_id")} />
            {changesKey ? (
              <PasswordInput
                label={t("link.key")}
                description={t("link.key.hint")}
                autoComplete="off"
                visibilityToggleButtonProps={{ "aria-label": t("login.show") }}
                {...form.getInputProps("cloud_api_key")}
              />
            ) : (
              <Group justify="space-between" gap="xs">
                <Text>
                  {t("link.key")}: {config.cloud_api_key_set ? <Code>••••••••</Code> : t("value.none")}
                </Text>
                <Button variant="subtle" onClick={() => setChangesKey(true)}>
                  {t("link.key.change")}
                </Button>
              </Group>
            )}
          </div>
        </Card>
        <Alert color="info" icon={<IconInfoCircle aria-hidden />}>
          {t("link.careful")}
        </Alert>
        {saving.isError && <ErrorNote error={saving.error} safe={t("form.safe")} />}
        <div className={classes.foot}>
          <SaveButton pending={saving.isPending} disabled={!form.isDirty()}>
            {t("action.save")}
          </SaveButton>
        </div>
      </form>
    </Section>
  );
}
