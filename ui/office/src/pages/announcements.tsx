import { Button, Group, Stack } from "@mantine/core";
import { Empty } from "@shared/parts/empty";
import { PageHead } from "@shared/parts/page-head";
import { Sheet } from "@shared/parts/sheet";
import { IconPlus, IconSpeakerphone } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useActiveOutlets, useOutlets } from "../api/queries";
import { useIsAdmin } from "../api/session";
import { changed } from "../filters";
import { AddOutlet } from "../parts/add-outlet";
import { AnnouncementForm } from "../parts/announcement-form";
import { AnnouncementList } from "../parts/announcement-list";
import { OutletSelect } from "../parts/outlet-select";
import { useEditor } from "../parts/use-editor";
import { useText } from "../text";

const route = getRouteApi("/announcements");

/** Announcements to all outlets or some, and what each outlet shows. */
export function AnnouncementsPage() {
  const t = useText();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const editable = useIsAdmin();
  const editor = useEditor<never>();
  const outlets = useOutlets();
  const active = useActiveOutlets();
  const outletId = search.outlet ?? active[0]?.id;
  const add = editable && (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => editor.edit(null)}>
      {t("announcement.new")}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t("nav.announcements")}
        lead={t("announcements.lead")}
        {...(active.length > 0 && add && { actions: add })}
      />
      {outletId === undefined ? (
        outlets.data !== undefined && (
          <Empty title={t("announcements.no_outlets")} icon={<IconSpeakerphone size={32} aria-hidden />}>
            <AddOutlet />
          </Empty>
        )
      ) : (
        <Stack gap="md">
          <Group>
            <OutletSelect
              all={false}
              label={t("announcements.at")}
              value={outletId}
              onChange={(outlet) => void navigate({ search: (old) => changed(old, { outlet }), replace: true })}
            />
          </Group>
          <AnnouncementList outletId={outletId} editable={editable} add={null} />
        </Stack>
      )}
      <Sheet title={t("announcement.new")} opened={editor.opened} close={editor.close}>
        <AnnouncementForm key={editor.key} announcement={null} outletId={undefined} close={editor.close} />
      </Sheet>
    </>
  );
}
