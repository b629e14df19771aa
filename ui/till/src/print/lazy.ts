import { lazy } from "react";

/** Its texts come with it: most sales need neither. */
export const PrintSheet = lazy(() => import("./print-sheet"));
