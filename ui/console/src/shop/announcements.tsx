import { Stack, Text, Title } from "@mantine/core";
import { body, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Pager } from "@shared/parts/list";
import { Card, PageHead } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { IconSpeakerphone } from "@tabler/icons-react";
import { useShopTime } from "../status";
import { useText } from "../text";

type Announcement = components["schemas"]["Announcement"];

/** What head office announces now; only head office writes it. */
export function AnnouncementsPage() {
  const t = useText();
  const time = useShopTime();
  const pages = usePages<Announcement>(["catalog", "announcements"], (cursor, signal) =>
    body(outlet.GET("/api/v1/announcements", { params: { query: { limit: 20, ...(cursor && { cursor }) } }, signal })),
  );
  return (
    <>
      <PageHead title={t("place.announcements")} lead={t("announcements.lead")} />
      {pages.rows === undefined && pages.error === null && <Skeletons rows={3} height={96} />}
      {pages.error !== null && <ErrorNote error={pages.error} retry={pages.reread} />}
      {pages.rows?.length === 0 && (
        <Empty title={t("announcements.empty")} icon={<IconSpeakerphone size={32} aria-hidden />} />
      )}
      <Stack gap="sm" maw={720}>
        {pages.rows?.map((announcement) => (
          <Card key={announcement.id}>
            <Title order={2} size="h3" className="name">
              {announcement.title}
            </Title>
            <Text className="name" style={{ whiteSpace: "pre-line" }}>
              {announcement.body}
            </Text>
            {announcement.ends_at && (
              <Text c="dimmed" size="xs" mt="xs">
                {t("announcements.until", { time: time.moment(announcement.ends_at) })}
              </Text>
            )}
          </Card>
        ))}
        <Pager pages={pages} />
      </Stack>
    </>
  );
}
