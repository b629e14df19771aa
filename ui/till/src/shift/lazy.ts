import { lazy } from "react";
import { later } from "../parts/later";

const load = () => import("./pages");

export const ShiftPages = lazy(async () => ({ default: (await load()).ShiftPages }));

/** Downloads the pages about shifts. */
export const preloadShiftPages = () => later(load);
