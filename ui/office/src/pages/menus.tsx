import { PageHead } from "@shared/parts/page-head";
import { getRouteApi } from "@tanstack/react-router";
import { changed } from "../filters";
import { PageTabs } from "../parts/tabs";
import { useText } from "../text";
import { PriceChangeList } from "./menu/change-list";
import { MenuList } from "./menu/list";

const route = getRouteApi("/menus");

/** Menus with their own prices, and prices that begin at a set minute. */
export function MenusPage() {
  const t = useText();
  const navigate = route.useNavigate();
  const { tab = "menus" } = route.useSearch();
  return (
    <>
      <PageHead title={t("nav.menus")} lead={t("menus.lead")} />
      <PageTabs
        value={tab}
        onChange={(next) =>
          void navigate({ search: (old) => changed(old, { tab: next === "menus" ? undefined : next }), replace: true })
        }
        tabs={[
          { value: "menus", label: t("menus.tab") },
          { value: "changes", label: t("changes.tab") },
        ]}
      >
        {tab === "menus" ? <MenuList /> : <PriceChangeList />}
      </PageTabs>
    </>
  );
}
