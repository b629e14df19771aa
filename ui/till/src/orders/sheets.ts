import { lazy } from "react";
import { later } from "../parts/later";

const load = () => import("./order-sheet");

export const OrderSheet = lazy(load);

/** Downloads the sheets over an order. */
export const preloadSheets = () => later(load);
