import { lazy } from "react";
import { later } from "../parts/later";

const load = () => import("./split-sheet");

export const SplitSheet = lazy(load);

/** Downloads the sheet that splits what is due. */
export const preloadSplitSheet = () => later(load);
