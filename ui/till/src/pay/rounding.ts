import { useCatalog } from "../api/catalog";
import { NO_ROUNDING, type Rounding } from "../state/tender";

/** How this shop rounds cash. */
export function useRounding(): Rounding {
  const settings = useCatalog().data?.settings;
  if (settings === undefined) return NO_ROUNDING;
  return { step: settings.cash_rounding_step, mode: settings.cash_rounding_mode };
}
