import { body, hub } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { DeleteButton } from "@shared/parts/delete-button";
import { Empty } from "@shared/parts/empty";
import { useNow } from "@shared/parts/late";
import { type Column, List } from "@shared/parts/list";
import { Sheet } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { useTime } from "@shared/time";
import { IconSpeakerphone } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { given, ifMatch, PAGE_SIZE } from "../api/lists";
import { useText } from "../text";
import { type Announcement, AnnouncementForm } from "./announcement-form";
import { useEditor } from "./use-editor";

interface Props {
  outletId: string;
  editable: boolean;
  /** What an empty list offers. */
  add: ReactNode;
}

/** The announcements of an outlet. */
export function AnnouncementList({ outletId, editable, add }: Props) {
  const t = useText();
  const time = useTime();
  const now = useNow(30_000);
  const queries = useQueryClient();
  const editor = useEditor<Announcement>();
  const pages = usePages<Announcement>(["catalog", "announcements", outletId], (cursor, signal) =>
    body(
      hub.GET("/v1/hq/outlets/{outlet_id}/announcements", {
        params: { path: { outlet_id: outletId }, query: given({ cursor, limit: PAGE_SIZE }) },
        signal,
      }),
    ),
  );
  const columns: Column<Announcement>[] = [
    { id: "title", title: t("announcement.title"), render: (row) => row.title },
    { id: "state", title: t("state"), render: (row) => <PeriodBadge announcement={row} now={now} /> },
    {
      id: "starts",
      title: t("announcement.starts"),
      render: (row) => (row.starts_at === null ? t("announcement.at_once") : time.moment(row.starts_at)),
    },
    {
      id: "ends",
      title: t("announcement.ends"),
      render: (row) => (row.ends_at === null ? t("announcement.no_end") : time.moment(row.ends_at)),
    },
  ];
  const remove = (row: Announcement) => (
    <DeleteButton
      title={t("announcement.delete.ask", { title: row.title })}
      body={t("announcement.delete.what")}
      remove={async () => {
        await body(
          hub.DELETE("/v1/hq/outlets/{outlet_id}/announcements/{id}", {
            params: { path: { outlet_id: outletId, id: row.id }, header: ifMatch(row.version) },
          }),
        );
        await queries.invalidateQueries({ queryKey: ["catalog", "announcements"] });
        editor.close();
      }}
    />
  );
  return (
    <>
      <List
        label={t("nav.announcements")}
        pages={pages}
        rowId={(row) => row.id}
        columns={columns}
        {...(editable && { open: editor.edit })}
        empty={
          <Empty title={t("announcements.empty")} icon={<IconSpeakerphone size={32} aria-hidden />}>
            {add}
          </Empty>
        }
      />
      <Sheet title={t("announcement.edit")} opened={editor.opened} close={editor.close}>
        {editor.row !== null && (
          <AnnouncementForm
            key={editor.key}
            announcement={editor.row}
            outletId={outletId}
            close={editor.close}
            other={remove(editor.row)}
          />
        )}
      </Sheet>
    </>
  );
}

function PeriodBadge({ announcement, now }: { announcement: Announcement; now: number }) {
  const t = useText();
  if (announcement.starts_at !== null && Date.parse(announcement.starts_at) > now) {
    return <StateBadge tone="info">{t("announcement.state.later")}</StateBadge>;
  }
  if (announcement.ends_at !== null && Date.parse(announcement.ends_at) <= now) {
    return <StateBadge tone="neutral">{t("announcement.state.over")}</StateBadge>;
  }
  return <StateBadge tone="ok">{t("announcement.state.shown")}</StateBadge>;
}
