// The floor plan: drawn at the console, and used at the till to move and merge what is at tables.

import type { Locator, Page } from "@playwright/test";
import { openConsole } from "./consoles";
import { expect, type Outlet, test } from "./fixtures";
import { words } from "./texts";
import { act, openOrder, orderOf, sheet, t } from "./till";

const c = words("console");

interface Table {
  id: string;
  name: string;
  area: string | null;
  seats: number | null;
  active: boolean;
  plan_x: number | null;
  plan_y: number | null;
  plan_shape: string;
}

const tables = (outlet: Outlet) => outlet.api.get<Table[]>("/api/v1/tables?limit=100");

/** Puts tables on the plan, as somebody at the console does; the others stay in the list. */
async function draw(outlet: Outlet, places: Record<string, [x: number, y: number]>): Promise<void> {
  for (const { id, name, area, seats, active } of await tables(outlet)) {
    const place = places[name];
    if (place === undefined) continue;
    const [plan_x, plan_y] = place;
    const body = { name, area, seats, active, plan_x, plan_y, plan_shape: name === "2" ? "round" : "square" };
    await outlet.api.call("PUT", `/api/v1/tables/${id}`, body);
  }
}

async function goToTables(page: Page, outlet: Outlet): Promise<void> {
  await page.goto(`${outlet.server.url}/till/tables`);
  await expect(page.getByRole("region", { name: t("plan", { name: "Dalam" }) })).toBeVisible();
}

const table = (page: Page, name: string): Locator => page.getByRole("button", { name: new RegExp(`^${name} `) });
const moveButton = (page: Page): Locator => page.getByRole("button", { name: t("tables.move"), exact: true });

test("an order moves to a free table on the plan, and back", async ({ selling: till, outlet }) => {
  await draw(outlet, { "1": [0, 0], "2": [6, 0], "3": [0, 5] });
  const order = await openOrder(outlet, "Soto Ayam", "1");
  await goToTables(till, outlet);
  await expect(table(till, "1")).toContainText(t("table.taken"));
  await moveButton(till).click();
  await expect(table(till, "3")).toBeDisabled();
  await table(till, "1").click();
  await expect(till.getByText(t("tables.move.to", { name: "1" }))).toBeVisible();
  await table(till, "2").click();
  await act(till).click();
  await expect(table(till, "2")).toContainText(t("table.taken"));
  expect((await orderOf(outlet, order)).table_number).toBe("2");
  await till.getByRole("button", { name: t("undo"), exact: true }).click();
  await expect(table(till, "1")).toContainText(t("table.taken"));
  expect((await orderOf(outlet, order)).table_number).toBe("1");
});

test("what to tap next, and the way back, are whole on a phone", async ({ selling: till, outlet }) => {
  await draw(outlet, { "1": [0, 0], "2": [6, 0] });
  await openOrder(outlet, "Soto Ayam", "1");
  await goToTables(till, outlet);
  await till.setViewportSize({ width: 360, height: 740 });
  await moveButton(till).click();
  const label = till.getByText(t("action.cancel"), { exact: true });
  expect(await label.evaluate((text) => text.scrollWidth - text.clientWidth)).toBe(0);
});

test("an order merges into what is at another table, after a long press", async ({ selling: till, outlet }) => {
  await draw(outlet, { "1": [0, 0], "2": [6, 0] });
  const order = await openOrder(outlet, "Soto Ayam", "1");
  const other = await openOrder(outlet, "Espresso", "2");
  await goToTables(till, outlet);
  await table(till, "1").click({ delay: 800 });
  await expect(till).toHaveURL(/tables$/);
  await table(till, "2").click();
  await expect(sheet(till)).toContainText(t("tables.merge.title", { from: "1", to: "2" }));
  await act(till).click();
  await expect(sheet(till)).toBeHidden();
  expect((await orderOf(outlet, order)).merged_into).toBe(other.id);
  expect((await orderOf(outlet, other)).lines).toHaveLength(2);
  await expect(table(till, "1")).toContainText(t("table.free"));
});

test("a table that another till has just taken refuses the move, and nothing changes", async ({
  selling: till,
  outlet,
}) => {
  await draw(outlet, { "1": [0, 0], "2": [6, 0] });
  const order = await openOrder(outlet, "Soto Ayam", "1");
  await goToTables(till, outlet);
  await moveButton(till).click();
  await table(till, "1").click();
  await table(till, "2").click();
  await expect(sheet(till)).toContainText(t("tables.move.title", { from: "1", to: "2" }));
  await till.route("**/move", async (route) => {
    await openOrder(outlet, "Espresso", "2");
    await route.continue();
  });
  await act(till).click();
  await expect(sheet(till).getByRole("alert")).toContainText("2");
  expect((await orderOf(outlet, order)).table_number).toBe("1");
});

test("a plan is drawn with the mouse and with keys, and can be undone", async ({ page, outlet }) => {
  await openConsole(page, outlet, "tables");
  await page.getByText(c("tables.plan"), { exact: true }).click();
  await page.getByRole("button", { name: c("plan.place", { name: "1" }) }).click();
  const piece = page.getByRole("button", { name: new RegExp(c("plan.table", { name: "1", column: 1, row: 1 })) });
  await expect(piece).toBeVisible();
  const one = page.getByRole("button", { name: /^Meja 1,/ });
  const box = await one.boundingBox();
  if (box === null) throw new Error("the table has no box");
  await page.mouse.move(box.x + 20, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 20 + 3 * 28, box.y + 20 + 2 * 28, { steps: 5 });
  await page.mouse.up();
  await expect(page.getByRole("button", { name: c("plan.table", { name: "1", column: 4, row: 3 }) })).toBeVisible();
  await one.press("ArrowRight");
  await one.press("ArrowDown");
  await expect(page.getByRole("button", { name: c("plan.table", { name: "1", column: 5, row: 4 }) })).toBeVisible();
  await page.getByRole("button", { name: c("plan.undo"), exact: true }).click();
  await page.getByText(c("plan.round"), { exact: true }).click();
  await page.getByRole("button", { name: c("action.save"), exact: true }).click();
  await expect(page.getByText(c("form.saved"))).toBeVisible();
  const saved = (await tables(outlet)).find(({ name }) => name === "1");
  expect([saved?.plan_x, saved?.plan_y, saved?.plan_shape]).toEqual([4, 2, "round"]);
});
