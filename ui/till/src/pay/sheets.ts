import { lazy } from "react";
import { later } from "../parts/later";

const loadSplit = () => import("./split-sheet");
const loadQris = () => import("./qris-sheet");

export const SplitSheet = lazy(loadSplit);
export const QrisSheet = lazy(loadQris);

/** Downloads the sheets that split what is due and show its code. */
export const preloadPaySheets = () => {
  later(loadSplit);
  later(loadQris);
};
