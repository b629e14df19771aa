import { Button, Group } from "@mantine/core";
import { Sheet } from "@shared/parts/sheet";
import { IconPlus } from "@tabler/icons-react";
import { useIsAdmin } from "../../api/session";
import { AnnouncementForm } from "../../parts/announcement-form";
import { AnnouncementList } from "../../parts/announcement-list";
import { useEditor } from "../../parts/use-editor";
import { useText } from "../../text";

/** Announcements of head office. */
export function OutletAnnouncements({ outletId }: { outletId: string }) {
  const t = useText();
  const editable = useIsAdmin();
  const editor = useEditor<never>();
  const add = editable && (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => editor.edit(null)}>
      {t("announcement.new")}
    </Button>
  );
  return (
    <>
      <Group justify="flex-end" mb="sm">
        {add}
      </Group>
      <AnnouncementList outletId={outletId} editable={editable} add={null} />
      <Sheet title={t("announcement.new")} opened={editor.opened} close={editor.close}>
        <AnnouncementForm key={editor.key} announcement={null} outletId={outletId} close={editor.close} />
      </Sheet>
    </>
  );
}
