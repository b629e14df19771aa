// What an admin of an outlet and head office do.

import { expect, type Page } from "@playwright/test";
import { HEAD_OFFICE, type Hub, type Outlet } from "./fixtures";
import { words } from "./texts";

const c = words("console");
const o = words("office");

/** Logs in at the console, and opens a page of it. */
export async function openConsole(
  page: Page,
  outlet: Outlet,
  path = "",
  username = "admin",
  pin = "1234",
): Promise<void> {
  await page.goto(`${outlet.server.url}/admin/${path}`);
  await page.getByLabel(c("login.username")).fill(username);
  await page.getByLabel(c("login.pin"), { exact: true }).fill(pin);
  await page.getByRole("button", { name: c("login.enter") }).click();
  await expect(page.getByRole("navigation").first()).toBeAttached();
}

/** Logs in at head office, and opens a page of it. */
export async function openOffice(page: Page, hub: Hub, path = "outlets"): Promise<void> {
  await page.goto(`${hub.server.url}/${path}`);
  await page.getByLabel(o("login.username")).fill(HEAD_OFFICE.username);
  await page.getByLabel(o("login.password"), { exact: true }).fill(HEAD_OFFICE.password);
  await page.getByRole("button", { name: o("login.enter") }).click();
  await expect(page.getByRole("navigation").first()).toBeAttached();
}
