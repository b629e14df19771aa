import { Button, Group, SegmentedControl } from "@mantine/core";
import { useMenuWords } from "@shared/menu";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Sheet } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { IconClockHour4, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useSlices } from "../../api/lists";
import { listMenuDelivery, type Menu, useMenus, usePlatforms } from "../../api/menus";
import { useIsAdmin } from "../../api/session";
import { Received } from "../../parts/received";
import { useEditor } from "../../parts/use-editor";
import { useText } from "../../text";
import { MenuForm } from "./form";

/** The menus, the ones that decide first at the top. */
export function MenuList() {
  const t = useText();
  const editable = useIsAdmin();
  const editor = useEditor<Menu>();
  const menus = useMenus();
  const { when, where } = useMenuWords(usePlatforms());
  const pages = useSlices("", { rows: menus.data, error: menus.error, reread: () => void menus.refetch() });
  const columns: Column<Menu>[] = [
    { id: "name", title: t("menu.name"), render: (menu) => menu.name },
    { id: "when", title: t("menu.when"), plain: true, render: when },
    { id: "where", title: t("menu.where"), render: where },
    { id: "priority", title: t("menu.priority"), figure: true, minor: true, render: (menu) => menu.priority },
    {
      id: "state",
      title: t("state"),
      render: (menu) =>
        menu.active ? (
          <StateBadge tone="ok">{t("menu.state.all")}</StateBadge>
        ) : (
          <StateBadge tone="neutral">{t("menu.state.some")}</StateBadge>
        ),
    },
  ];
  const add = editable && (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => editor.edit(null)}>
      {t("menu.add")}
    </Button>
  );
  return (
    <>
      {add && (menus.data?.length ?? 0) > 0 && (
        <Group justify="flex-end" mb="md">
          {add}
        </Group>
      )}
      <List
        label={t("menus.tab")}
        pages={pages}
        rowId={(menu) => menu.id}
        columns={columns}
        open={editor.edit}
        empty={
          <Empty title={t("menus.empty")} icon={<IconClockHour4 size={32} aria-hidden />}>
            {add}
          </Empty>
        }
      />
      <Sheet title={editor.row === null ? t("menu.add") : editor.row.name} opened={editor.opened} close={editor.close}>
        {editor.row === null ? (
          <MenuForm key={editor.key} menu={null} close={editor.close} />
        ) : (
          <MenuDetails key={editor.key} menu={editor.row} editable={editable} close={editor.close} />
        )}
      </Sheet>
    </>
  );
}

interface DetailsProps {
  menu: Menu;
  editable: boolean;
  close: () => void;
}

/** A menu, and which outlets have received it. What was typed stays while the outlets are looked at. */
function MenuDetails({ menu, editable, close }: DetailsProps) {
  const t = useText();
  const [tab, setTab] = useState<"data" | "received">(editable ? "data" : "received");
  return (
    <>
      {editable && (
        <SegmentedControl
          fullWidth
          mb="md"
          value={tab}
          onChange={(value) => setTab(value === "data" ? "data" : "received")}
          data={[
            { value: "data", label: t("menu.data") },
            { value: "received", label: t("changes.received") },
          ]}
        />
      )}
      {editable && (
        <div hidden={tab !== "data"}>
          <MenuForm menu={menu} close={close} />
        </div>
      )}
      {tab === "received" && (
        <Received
          queryKey={["catalog", "menus", "delivery", menu.id, menu.version]}
          read={() => listMenuDelivery(menu.id)}
        />
      )}
    </>
  );
}
