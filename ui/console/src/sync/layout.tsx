import { body, data, outlet } from "@shared/api/client";
import { grouped } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { PageHead } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { StateBadge } from "@shared/parts/state-badge";
import { TabScroller } from "@shared/parts/tab-scroller";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useSession } from "../session";
import { useStatus } from "../status";
import { type TextId, useText } from "../text";
import classes from "./layout.module.css";

/** The sync status, which events reread. */
export function useSyncStatus() {
  return useQuery({
    queryKey: ["sync", "status"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/sync/status", { signal })),
  });
}

/** The frame of all pages about sync: send now, and the tabs. */
export function SyncLayout() {
  const t = useText();
  const { may } = useSession();
  const status = useSyncStatus();
  const queries = useQueryClient();
  const sending = useMutation({
    mutationFn: () => body(outlet.POST("/api/v1/sync/trigger")),
    onSettled: () => queries.invalidateQueries({ queryKey: ["sync"] }),
  });
  // Nothing can be sent, so nothing offers to.
  const isOff = useStatus().data?.sync.state === "off";
  const path = useRouterState({ select: (state) => state.location.pathname });
  if (!may("manage_sync")) return <Empty title={t("sync.admin_only")} />;
  return (
    <>
      <PageHead
        title={t("place.sync")}
        actions={
          isOff ? (
            <StateBadge tone="neutral">{t("sync.off")}</StateBadge>
          ) : (
            <>
              {sending.isSuccess && <StateBadge tone="ok">{t("sync.sent_now")}</StateBadge>}
              <SaveButton
                type="button"
                variant="outline"
                pending={sending.isPending}
                busy={t("sync.sending")}
                onClick={() => sending.mutate()}
              >
                {t("sync.send_now")}
              </SaveButton>
            </>
          )
        }
      />
      {sending.isError && (
        <div className={classes.error}>
          <ErrorNote error={sending.error} safe={t("sync.safe")} />
        </div>
      )}
      <TabScroller current={path}>
        <nav className={classes.tabs} aria-label={t("place.sync")}>
          <Tab to="/sync" exact label="sync.tab.overview" />
          <Tab to="/sync/failed" label="sync.tab.failed" count={status.data?.failed_count ?? 0} />
          <Tab to="/sync/conflicts" label="sync.tab.conflicts" count={status.data?.conflict_count ?? 0} />
          <Tab to="/sync/updates" label="sync.tab.updates" />
          <Tab to="/sync/queue" label="sync.tab.queue" />
          <Tab to="/sync/days" label="sync.tab.days" />
          <Tab to="/sync/verify" label="sync.tab.verify" />
          <Tab to="/sync/log" label="sync.tab.log" />
          <Tab to="/sync/health" label="sync.tab.health" />
        </nav>
      </TabScroller>
      <Outlet />
    </>
  );
}

type Path =
  | "/sync"
  | "/sync/failed"
  | "/sync/conflicts"
  | "/sync/updates"
  | "/sync/queue"
  | "/sync/days"
  | "/sync/verify"
  | "/sync/log"
  | "/sync/health";

function Tab({ to, label, exact = false, count = 0 }: { to: Path; label: TextId; exact?: boolean; count?: number }) {
  const t = useText();
  return (
    <Link to={to} className={classes.tab ?? ""} activeOptions={{ exact, includeSearch: false }}>
      {t(label)}
      {count > 0 && <span className={classes.count}>{grouped(count)}</span>}
    </Link>
  );
}
