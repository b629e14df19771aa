import { lazy } from "react";
import { later } from "../parts/later";

const load = () => import("./page");

export const TablesPage = lazy(async () => ({ default: (await load()).TablesPage }));

/** Downloads the page of tables. */
export const preloadTables = () => later(load);
