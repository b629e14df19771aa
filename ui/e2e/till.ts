// What a cashier does at the till.

import { expect, type Locator, type Page } from "@playwright/test";
import { PINS } from "./cafe";
import type { Outlet } from "./fixtures";
import { type Language, words } from "./texts";

const texts = { id: words("till", "id"), en: words("till", "en") };
let spoken: Language = "id";

export const t = (id: string, values?: Record<string, string | number>): string => texts[spoken](id, values);

/** Lets everything here look for the words of this language. */
export function speak(language: Language): void {
  spoken = language;
}

export interface Order {
  id: string;
  order_number: string;
  status: string;
  total: number;
  rounding: number;
  created_at: string;
  table_number: string | null;
  customer_name: string | null;
  pax: number | null;
  note: string | null;
  discount: number;
  paid: number;
  refunded: number;
  merged_into: string | null;
  lines: {
    id: string;
    name: string;
    variant_name: string | null;
    modifiers: { name: string }[];
    qty: number;
    price: number;
    note: string | null;
    sent_at: string | null;
    void_kind: string | null;
  }[];
  payments: {
    id: string;
    method: string;
    amount: number;
    tendered: number;
    change: number;
    status: string;
    reference: string | null;
    reverses: string | null;
    created_at: string;
  }[];
  refunds: Refund[];
}

export interface Refund {
  id: string;
  refund_number: string;
  total: number;
  lines: { name: string; qty: number; restock: boolean }[];
  payments: { method: string; amount: number; reference: string | null }[];
}

/** The orders at the server, newest first. */
export const orders = (outlet: Outlet) => outlet.api.get<Order[]>("/api/v1/orders");

/** An open order that another device has made. */
export const openOrder = (outlet: Outlet, product: string, table?: string, qty = 1) =>
  outlet.api.post<Order>("/api/v1/orders", {
    ...(table === undefined ? {} : { table_number: table }),
    lines: [{ product_id: outlet.cafe.products[product], qty }],
  });

/** An order as the server has it. */
export const orderOf = (outlet: Outlet, { id }: { id: string }) => outlet.api.get<Order>(`/api/v1/orders/${id}`);

/** Opens the page of an order. */
export async function goToOrder(page: Page, outlet: Outlet, { id }: { id: string }): Promise<void> {
  await page.goto(`${outlet.server.url}/till/orders/${id}`);
  await expect(page.getByRole("button", { name: t("order.more"), exact: true })).toBeVisible();
}

/** Chooses what else can be done with an order. */
export async function more(page: Page, action: string): Promise<void> {
  await page.getByRole("button", { name: t("order.more"), exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: action }).click();
}

/** Closes the top sheet by Escape. Closing goes back in the browser's history, so this waits until the browser is there. */
export async function closeTop(page: Page): Promise<void> {
  const top = () => page.evaluate(() => (history.state as { layer?: string } | null)?.layer);
  const closed = await top();
  await page.keyboard.press("Escape");
  await expect.poll(top).not.toBe(closed);
}

/** The sheet over the page. */
export const sheet = (page: Page): Locator => page.getByRole("dialog");

/** The action at the foot of the sheet. */
export const act = (page: Page): Locator => sheet(page).getByRole("button").last();

/** Chooses who approves, and types the PIN. */
export async function approve(page: Page, name: string, pin: string): Promise<void> {
  await sheet(page).getByRole("button", { name, exact: true }).click();
  await typePin(page, pin);
}

/** Changes a product at the server, as somebody at the console does. */
export const change = (outlet: Outlet, product: string, values: object) =>
  outlet.api.call("PATCH", `/api/v1/products/${outlet.cafe.products[product]}`, values);

/** Settings of the shop; what is not named is as in a new shop. */
export const setShop = (outlet: Outlet, settings: object) =>
  outlet.api.call("PUT", "/api/v1/config/shop", {
    zone: "Asia/Jakarta",
    cutoff_minutes: 0,
    cash_rounding_step: 0,
    cash_rounding_mode: "nearest",
    ...settings,
  });

/** Chooses a name on the PIN pad and types the PIN. */
export async function logIn(page: Page, name: string, pin: string): Promise<void> {
  const button = page.getByRole("button", { name: new RegExp(name) });
  const entered = page.getByRole("button", { name: t("sign_in.enter"), exact: true });
  await button.or(entered).first().waitFor();
  if (await button.isVisible()) await button.click();
  await typePin(page, pin);
  await entered.click();
  await expect(page.getByRole("searchbox")).toBeVisible();
}

/** A page of a till that is paired and where somebody has logged in, without going through those screens. */
export async function openTill(page: Page, outlet: Outlet, name: keyof typeof PINS = "sari"): Promise<void> {
  const { url } = outlet.server;
  const { code } = await outlet.api.post<{ code: string }>("/api/v1/devices/pairing-codes", { name: "Kasir 1" });
  await page.request.post(`${url}/api/v1/devices/pair`, { data: { code }, failOnStatusCode: true });
  const user = { username: name, password: PINS[name], cookie: true };
  await page.request.post(`${url}/api/v1/auth/login`, { data: user, failOnStatusCode: true });
  await page.goto(`${url}/till/`);
  await expect(tile(page, "Espresso")).toBeVisible();
}

/** The tile of a product; its line in the cart is another button with its name. */
export const tile = (page: Page, name: string): Locator =>
  page
    .getByRole("button", { name: new RegExp(`^(.* )?${name}`) })
    .and(page.locator("[data-sold-out]"))
    .first();

/** A line of the cart. */
export const line = (page: Page, name: string | RegExp): Locator =>
  page.getByRole("listitem").filter({ hasText: name });

/** The button that leads to paying: the cart's, or an order's with what is due. */
export const payButton = (page: Page): Locator =>
  page.getByRole("button", { name: new RegExp(`^${t("pay")}( Rp.*)?$`) });

export const pay = (page: Page): Promise<void> => payButton(page).click();

/** Sends what is not sent yet; `count` pieces. */
export const sendButton = (page: Page, count: number): Locator =>
  page.getByRole("button", { name: new RegExp(`^${t("order.send")} ${count} `) });

/** Cash in one tap: exactly what is due. */
export const exact = (page: Page): Locator => page.getByRole("button", { name: new RegExp(`^${t("pay.exact")}`) });

/** Chooses how the guest pays. */
export const chooseMethod = (page: Page, method: "cash" | "qris" | "card"): Promise<void> =>
  page.getByRole("button", { name: t(`method.${method}`), exact: true }).click();

/** Takes the typed amount. */
export const take = (page: Page): Locator =>
  page
    .getByRole("region", { name: t("pay"), exact: true })
    .getByRole("button")
    .last();

/** Taps digits on the pad. */
export async function tap(page: Page, ...keys: string[]): Promise<void> {
  const pad = page.getByRole("group", { name: t("keypad") });
  for (const key of keys) await pad.getByRole("button", { name: key, exact: true }).click();
}

export const typePin = (page: Page, pin: string): Promise<void> => tap(page, ...pin);

/** The screen after a sale. */
export const paid = (page: Page): Locator => page.getByRole("region", { name: t("done.paid") });

/** What a scanner does: the keys of each code in one burst, then Enter; the next code 80 ms later. */
export function scan(page: Page, ...codes: string[]): Promise<void> {
  let at = 0;
  const keys: [string, number][] = [];
  for (const code of codes) {
    for (const key of [...code, "Enter"]) {
      keys.push([key, at]);
      at += 8;
    }
    at += 80;
  }
  return pressAt(page, keys);
}

/** What a person does at a keyboard: one key after the other. */
export const type = (page: Page, ...keys: string[]): Promise<void> =>
  pressAt(
    page,
    keys.flatMap((key) => (key === "Enter" ? [key] : [...key])).map((key, at) => [key, at * 200] as const),
  );

/** The time of the last key that was sent to the browser, in milliseconds. */
let pressedUntil = 0;

/** Presses keys at exact times in milliseconds. The times are sent with the keys, because pauses in a test are not exact. */
async function pressAt(page: Page, keys: (readonly [key: string, at: number])[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  // A little later, so that all keys are at the page before it can take a pause of the test for one of the scanner.
  const from = Math.max(Date.now() + 500, pressedUntil + 200);
  pressedUntil = from + (keys.at(-1)?.[1] ?? 0);
  await Promise.all(
    keys.flatMap(([key, at]) => {
      const timestamp = (from + at) / 1000;
      const event =
        key === "Enter"
          ? { key, code: key, windowsVirtualKeyCode: 13, text: "\r", timestamp }
          : { key, text: key, unmodifiedText: key, timestamp };
      const { text: _, ...up } = event;
      return [
        session.send("Input.dispatchKeyEvent", { type: "keyDown", ...event }),
        session.send("Input.dispatchKeyEvent", { type: "keyUp", ...up }),
      ];
    }),
  );
  await session.detach();
}
