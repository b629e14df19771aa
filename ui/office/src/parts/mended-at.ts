/** Where a problem of the chain's health is looked at; those that need the terminal have no page. */
const MENDED_AT: Partial<Record<string, string>> = {
  acknowledged_sale_changed: "/quarantine",
  audit_broken: "/audit",
  conflicts_open: "/conflicts",
  dead_letters_open: "/quarantine",
  duplicate_servers: "/outlets?show=problems",
  items_quarantined: "/quarantine?tab=reported",
  outlets_silent: "/outlets?show=silent",
  statement_differs: "/statements",
  updates_unapplied: "/quarantine?tab=reported",
  webhooks_failing: "/outlets?show=problems",
};

/** The address of the page for a code of health. */
export const mendedAt = (code: string): string | undefined => MENDED_AT[code];
