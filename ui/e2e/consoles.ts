// What an admin of an outlet and head office do.

import { expect, type Locator, type Page } from "@playwright/test";
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
export async function openOffice(
  page: Page,
  hub: Hub,
  path = "outlets",
  { username, password } = HEAD_OFFICE,
): Promise<void> {
  await page.goto(`${hub.server.url}/${path}`);
  await page.getByLabel(o("login.username")).fill(username);
  await page.getByLabel(o("login.password"), { exact: true }).fill(password);
  await page.getByRole("button", { name: o("login.enter") }).click();
  await expect(page.getByRole("navigation").first()).toBeAttached();
}

/** A row of a table. */
export const row = (within: Page | Locator, text: string | RegExp): Locator =>
  within.getByRole("row").filter({ hasText: text });

/** The sheet or question with this title. */
export const layer = (page: Page, title: string): Locator => page.getByRole("dialog", { name: title, exact: true });

/** A button by its whole name. */
export const button = (within: Page | Locator, name: string): Locator =>
  within.getByRole("button", { name, exact: true });

/** Types into the fields of a form, by their labels. */
export async function type(form: Page | Locator, values: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await form.getByLabel(label, { exact: true }).fill(value);
}

/** Chooses an option of a list that opens. */
export async function choose(form: Page | Locator, label: string, option: string): Promise<void> {
  await form.getByRole("combobox", { name: label, exact: true }).click();
  const page = "page" in form ? form.page() : form;
  await page.getByRole("option", { name: option, exact: true }).click();
}

/** Answers a question with its verb. */
export async function confirm(page: Page, title: string, verb: string, reason?: string): Promise<void> {
  const question = layer(page, title);
  if (reason !== undefined) await question.getByRole("textbox").fill(reason);
  await button(question, verb).click();
  await expect(question).toBeHidden();
}
