import { Button, Group, Text } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { ErrorNote } from "@shared/parts/error-note";
import { Facts } from "@shared/parts/facts";
import { Card, PageHead, Section } from "@shared/parts/page-head";
import { Qr } from "@shared/parts/qr";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { IconLock, IconLockOpen } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useShopTime } from "../status";
import { useText } from "../text";
import classes from "./form-page.module.css";

type Tls = components["schemas"]["Success_OutletTls"]["data"];

/** Whether this page came over HTTPS, the server's certificate, and where devices learn to trust it. */
export function HttpsPage() {
  const t = useText();
  const tls = useQuery({
    queryKey: ["settings", "tls"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/tls", { signal })),
  });
  const secure = location.protocol === "https:";
  return (
    <>
      <PageHead title={t("place.https")} lead={t("https.lead")} />
      <div className={classes.form}>
        <Card>
          <Group gap="sm" mb="xs">
            {secure ? (
              <StateBadge tone="ok" icon={IconLock}>
                {t("https.on")}
              </StateBadge>
            ) : (
              <StateBadge tone="neutral" icon={IconLockOpen}>
                {t("https.off")}
              </StateBadge>
            )}
          </Group>
          <Text>{secure ? t("https.on.means") : t("https.off.means")}</Text>
        </Card>
        {tls.isPending && <Skeletons rows={3} height={88} />}
        {tls.isError && tls.data === undefined && <ErrorNote error={tls.error} retry={() => void tls.refetch()} />}
        {tls.data?.mode === "off" && <HowToStart />}
        {tls.data !== undefined && tls.data.mode !== "off" && <Certificate tls={tls.data} />}
        {tls.data?.mode === "auto" && <Trust url={tls.data.trust_url ?? null} />}
      </div>
    </>
  );
}

function HowToStart() {
  const t = useText();
  return (
    <Card>
      <Text>{t("https.start")}</Text>
      <div className={classes.command}>
        <code>gerai outlet --tls auto</code>
      </div>
    </Card>
  );
}

function Certificate({ tls }: { tls: Tls }) {
  const t = useText();
  const time = useShopTime();
  return (
    <Section title={t("https.certificate")}>
      <Card>
        <Facts
          facts={[
            [t("https.names"), tls.names.join(", ")],
            [t("https.port"), tls.port],
            [t("https.expires"), tls.expires_at == null ? null : time.moment(tls.expires_at)],
            [t("https.fingerprint"), <code key="fingerprint">{tls.fingerprint}</code>],
          ]}
        />
        <Text c="dimmed" mt="sm">
          {tls.mode === "auto" ? t("https.renewed") : t("https.files")}
        </Text>
      </Card>
    </Section>
  );
}

/** Each device trusts the server's own authority once. */
function Trust({ url }: { url: string | null }) {
  const t = useText();
  return (
    <Section title={t("https.trust.title")}>
      <Card>
        <Text mb="sm">{url === null ? t("https.trust.unreachable") : t("https.trust")}</Text>
        {url !== null && (
          <div className={classes.qr}>
            <Qr text={url} label={t("https.trust.qr")} size={200} />
            <code>{url}</code>
          </div>
        )}
        <Button component="a" href="/trust" mt="sm" variant="default">
          {t("https.trust.open")}
        </Button>
      </Card>
    </Section>
  );
}
