import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, hub } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { useSave } from "@shared/forms";
import { grouped } from "@shared/money";
import { DeleteButton } from "@shared/parts/delete-button";
import { useDialogs } from "@shared/parts/dialogs";
import { ErrorNote } from "@shared/parts/error-note";
import { Facts } from "@shared/parts/facts";
import { Card } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge, type Tone } from "@shared/parts/state-badge";
import { useTime } from "@shared/time";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { OutletDetail } from "../../api/outlets";
import type { Schemas } from "../../api/queries";
import { useIsAdmin } from "../../api/session";
import { SecretDialog } from "../../parts/secret";
import { useText } from "../../text";

type Endpoint = Schemas["Endpoint"];

const TONES: Record<Endpoint["state"], Tone> = { active: "ok", failing: "wait", gone: "bad", unknown: "neutral" };

/** The address that the hub calls when it has something new for the outlet. */
export function OutletWebhook({ outlet }: { outlet: OutletDetail }) {
  const t = useText();
  const queries = useQueryClient();
  const editable = useIsAdmin() && outlet.state === "active";
  const [secret, setSecret] = useState<string | null>(null);
  const key = ["outlets", "webhook", outlet.id];
  const endpoint = useQuery({
    queryKey: key,
    // Most outlets have none: that is no error.
    queryFn: async () => {
      try {
        return await data(
          hub.GET("/v1/hq/outlets/{outlet_id}/webhook", { params: { path: { outlet_id: outlet.id } } }),
        );
      } catch (thrown) {
        if (asApiError(thrown).status === 404) return null;
        throw thrown;
      }
    },
  });
  if (endpoint.data === undefined) {
    return endpoint.error === null ? (
      <Skeletons rows={3} />
    ) : (
      <ErrorNote error={endpoint.error} retry={() => void endpoint.refetch()} />
    );
  }
  const changed = (next: Endpoint | null) => {
    setSecret(next?.secret ?? null);
    queries.setQueryData(key, next);
    void queries.invalidateQueries({ queryKey: ["outlets"] });
  };
  return (
    <Stack gap="md" maw={640}>
      <Text c="dimmed">{t("webhook.lead")}</Text>
      {endpoint.data !== null && (
        <State outlet={outlet} endpoint={endpoint.data} editable={editable} changed={changed} />
      )}
      {editable && (
        <AddressForm key={endpoint.data?.url ?? ""} outletId={outlet.id} endpoint={endpoint.data} changed={changed} />
      )}
      {!editable && endpoint.data === null && <Text>{t("webhook.none")}</Text>}
      <SecretDialog
        title={t("webhook.secret")}
        words={t("webhook.secret.once")}
        secret={secret}
        close={() => setSecret(null)}
      />
    </Stack>
  );
}

interface StateProps {
  outlet: OutletDetail;
  endpoint: Endpoint;
  editable: boolean;
  changed: (next: Endpoint | null) => void;
}

function State({ outlet, endpoint, editable, changed }: StateProps) {
  const t = useText();
  const time = useTime();
  const { ask } = useDialogs();
  const params = { path: { outlet_id: outlet.id } };
  return (
    <Card>
      <Stack gap="md">
        <Group gap="sm">
          <StateBadge tone={TONES[endpoint.state]}>{t(`webhook.state.${endpoint.state}`)}</StateBadge>
          <Text className="name">{endpoint.url}</Text>
        </Group>
        <Facts
          facts={[
            [t("webhook.delivered"), endpoint.delivered_at == null ? "–" : time.moment(endpoint.delivered_at)],
            [t("webhook.failures"), grouped(endpoint.failures)],
            ...(endpoint.last_error == null ? [] : [[t("webhook.error"), endpoint.last_error] as const]),
            ...(endpoint.previous_secret_until == null
              ? []
              : [[t("webhook.previous"), time.moment(endpoint.previous_secret_until)] as const]),
          ]}
        />
        {editable && (
          <Group gap="xs">
            <Button
              variant="default"
              leftSection={<IconRefresh size={20} aria-hidden />}
              onClick={() =>
                ask({
                  title: t("webhook.rotate.ask", { name: outlet.name }),
                  body: t("webhook.rotate.what"),
                  verb: t("webhook.rotate"),
                  act: async () =>
                    changed(await data(hub.POST("/v1/hq/outlets/{outlet_id}/webhook/rotate-secret", { params }))),
                })
              }
            >
              {t("webhook.rotate")}
            </Button>
            <DeleteButton
              title={t("webhook.delete.ask", { name: outlet.name })}
              body={t("webhook.delete.what")}
              remove={async () => {
                await body(hub.DELETE("/v1/hq/outlets/{outlet_id}/webhook", { params }));
                changed(null);
              }}
            />
          </Group>
        )}
      </Stack>
    </Card>
  );
}

interface AddressProps {
  outletId: string;
  endpoint: Endpoint | null;
  changed: (next: Endpoint | null) => void;
}

function AddressForm({ outletId, endpoint, changed }: AddressProps) {
  const t = useText();
  const form = useForm({ initialValues: { url: endpoint?.url ?? "" } });
  const save = useSave(
    form,
    ({ url }: { url: string }) =>
      data(
        hub.PUT("/v1/hq/outlets/{outlet_id}/webhook", {
          params: { path: { outlet_id: outletId } },
          body: { url: url.trim() },
        }),
      ),
    changed,
  );
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Card>
        <Stack gap="md">
          <TextInput
            type="url"
            label={t("webhook.url")}
            description={t("webhook.url.note")}
            placeholder="https://…/api/v1/webhooks/cloud"
            {...form.getInputProps("url")}
          />
          {save.error !== null && <ErrorNote error={save.error} safe={t("form.safe")} />}
          <SaveButton pending={save.isPending} style={{ alignSelf: "flex-end" }}>
            {endpoint === null ? t("webhook.set") : t("action.save")}
          </SaveButton>
        </Stack>
      </Card>
    </form>
  );
}
