// Products as tiles or as a list: what the device was given, unless somebody has chosen otherwise on it.

import { useHere } from "../me";
import { stored } from "../state/store";

export type View = "grid" | "list";

const isView = (value: unknown): value is View | null => value === null || value === "grid" || value === "list";

export const view = stored<View | null>("gerai.till.view", null, isView);

/** The view that the device was given. */
export function useLayout(): View {
  return useHere().device?.default_view === "list" ? "list" : "grid";
}
