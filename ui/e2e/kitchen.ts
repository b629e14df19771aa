// What people in the kitchen do, and what tills send them.

import { expect, type Locator, type Page } from "@playwright/test";
import type { Outlet } from "./fixtures";
import { type Language, words } from "./texts";
import type { Order } from "./till";

const texts = { id: words("kitchen", "id"), en: words("kitchen", "en") };
let spoken: Language = "id";

export const t = (id: string, values?: Record<string, string | number>): string => texts[spoken](id, values);

/** Lets everything here look for the words of this language. */
export function speak(language: Language): void {
  spoken = language;
}

const PIN = "8024";

export interface Ticket {
  id: string;
  state: string;
  lines: { id: string }[];
}

/** Logs in as somebody of a station and starts the board. */
export async function openBoard(
  page: Page,
  outlet: Outlet,
  role: "kitchen" | "bar" | "manager" = "kitchen",
): Promise<void> {
  await outlet.api.post("/api/v1/users", { username: role, name: "Joko", role, pin: PIN });
  const { url } = outlet.server;
  const user = { username: role, password: PIN, cookie: true };
  await page.request.post(`${url}/api/v1/auth/login`, { data: user, failOnStatusCode: true });
  await page.goto(`${url}/kitchen/`);
  await start(page);
}

export async function start(page: Page): Promise<void> {
  await page.getByRole("button", { name: t("start"), exact: true }).click();
  await expect(page.getByRole("button", { name: t("all_day") })).toBeVisible();
}

/** An order that a till has sent. */
export async function send(
  outlet: Outlet,
  table: string | null,
  products: [name: string, qty: number][],
): Promise<Order> {
  const lines = products.map(([name, qty]) => ({ product_id: outlet.cafe.products[name], qty }));
  const order = await outlet.api.post<Order>("/api/v1/orders", {
    ...(table === null ? { order_type: "take_away" } : { table_number: table }),
    lines,
  });
  return outlet.api.post<Order>(`/api/v1/orders/${order.id}/send`);
}

export const tickets = (page: Page): Locator => page.getByTestId("ticket");
export const ticketOf = (page: Page, table: string): Locator =>
  tickets(page).filter({ has: page.getByRole("button").getByText(t("ticket.table", { table }), { exact: true }) });
export const bump = (ticket: Locator): Locator => ticket.getByTestId("bump");
export const atServer = (outlet: Outlet, query = "") => outlet.api.get<Ticket[]>(`/api/v1/kitchen/tickets?${query}`);
