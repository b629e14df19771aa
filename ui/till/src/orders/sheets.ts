import { lazy } from "react";
import { later } from "../parts/later";

const loadSheet = () => import("./order-sheet");
const loadPage = () => import("./page");

export const OrderSheet = lazy(loadSheet);
export const OrdersPage = lazy(async () => ({ default: (await loadPage()).OrdersPage }));

/** Downloads the page of orders and the sheets over it. */
export const preloadOrders = () => {
  later(loadPage);
  later(loadSheet);
};
