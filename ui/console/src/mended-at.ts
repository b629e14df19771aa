/** The page where a problem of docs/doctor.md is mended; problems that need the terminal have none. */
export const MENDED_AT = {
  acknowledged_sale_changed: "/sync/failed",
  bases_missing: "/sync/verify",
  batches_missing: "/sync/verify",
  charges_ignored: "/charges",
  cloud_not_configured: "/link",
  conflicts_open: "/sync/conflicts",
  duplicate_server: "/link",
  duplicate_values: "/products",
  entities_unreviewed: "/sync/updates",
  hub_refused: "/link",
  hub_unreachable: "/link",
  items_failed: "/sync/failed",
  items_isolated: "/sync/queue",
  pins_unusable: "/staff",
  printers_failing: "/printers",
  queue_inconsistent: "/sync/verify",
  sales_overdue: "/sync/queue",
  statement_differs: "/sync/days",
  stream_gap: "/sync/verify",
  sync_stopped: "/link",
  updates_unapplied: "/sync/updates",
  zone_unknown: "/shop",
} as const;

export type MendingPage = (typeof MENDED_AT)[keyof typeof MENDED_AT];

/** The page for a code of health; null if there is none. */
export function mendedAt(code: string): MendingPage | null {
  return code in MENDED_AT ? MENDED_AT[code as keyof typeof MENDED_AT] : null;
}

/** Whether only admins can open a page. */
export function isForAdmins(page: string): boolean {
  return page.startsWith("/sync") || page === "/link";
}
