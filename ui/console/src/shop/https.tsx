import { Button, Group, Text } from "@mantine/core";
import { Card, PageHead } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { IconLock, IconLockOpen } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useText } from "../text";
import classes from "./form-page.module.css";

/** Whether this page came over HTTPS, what plain HTTP lacks, and where devices learn to trust the server. */
export function HttpsPage() {
  const t = useText();
  const trust = useQuery({
    queryKey: ["settings", "trust"],
    queryFn: async ({ signal }) => (await fetch("/trust", { method: "HEAD", signal })).ok,
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
        <Card>
          {trust.isPending && <Skeletons rows={1} height={88} />}
          {trust.data === true && (
            <>
              <Text mb="sm">{t("https.trust")}</Text>
              <Button component="a" href="/trust">
                {t("https.trust.open")}
              </Button>
            </>
          )}
          {(trust.data === false || trust.isError) && (
            <>
              <Text>{t("https.start")}</Text>
              <div className={classes.command}>
                <code>gerai outlet --tls auto</code>
              </div>
            </>
          )}
        </Card>
      </div>
    </>
  );
}
