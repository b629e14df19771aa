// The choices of filters and tabs in addresses, and how a page changes its own.

export const GROUPS = ["day", "hour", "outlet", "product", "category", "tender", "cashier", "channel"] as const;
export const ATTENTION = ["silent", "problems", "waiting"] as const;
export const OUTLET_TABS = ["users", "settings", "announcements", "webhook"] as const;
export const PRODUCT_SORTS = ["name", "-name", "price", "-price"] as const;
export const MENU_TABS = ["changes"] as const;
export const PRODUCT_TABS = ["prices", "delivery"] as const;
export const CONFLICT_STATES = ["open", "resolving", "merged", "resolved", "superseded", "all"] as const;
export const QUARANTINE_TABS = ["reported"] as const;

/** Filters with some of them replaced; undefined and an empty text remove one. */
export function changed<Search extends object>(
  search: Search,
  change: { [Name in keyof Search]?: Search[Name] | undefined },
): Search {
  const entries = Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(entries) as Search;
}
