// Shifts at the till: open with a count, put cash in and take it out, close blind, hand over.

import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { PINS } from "./cafe";
import { expect, type Outlet, test } from "./fixtures";
import { Printer } from "./printer";
import { smallTargets } from "./targets";
import { exact, logIn, openTill, paid, pay, t, tap, tile } from "./till";

interface Shift {
  id: string;
  shift_number: string;
  status: string;
  opening_counted: number;
  expected: number | null;
  counted: number | null;
  left_in_drawer: number | null;
  movements: { kind: string; amount: number; reason: string | null; approved_by: string | null }[];
  counts: { kind: string; denomination: number | null; pieces: number | null }[];
  tenders: { method: string; counted: number | null }[];
}

const makeDrawer = (outlet: Outlet, name: string) => outlet.api.post<{ id: string }>("/api/v1/drawers", { name });
const shifts = (outlet: Outlet) => outlet.api.get<Shift[]>("/api/v1/shifts");

const set = async (outlet: Outlet, change: object): Promise<void> => {
  const { version: _, ...settings } = await outlet.api.get<{ version: number }>("/api/v1/config/shop");
  await outlet.api.call("PUT", "/api/v1/config/shop", { ...settings, ...change });
};

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });

/** Opens the page of the shift from the menu. */
async function goToShift(page: Page): Promise<void> {
  await page.getByRole("button", { name: new RegExp(t("menu.user")) }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: new RegExp(`^${t("shift")}`) })
    .click();
}

/** Enters pieces: the row, then the digits. */
async function count(page: Page, pieces: Record<string, string>): Promise<void> {
  for (const [denomination, digits] of Object.entries(pieces)) {
    await page.getByRole("button", { name: new RegExp(`^${denomination} `) }).click();
    await tap(page, ...digits);
  }
}

async function sellForCash(page: Page, product: string): Promise<void> {
  await tile(page, product).click();
  await pay(page);
  await exact(page).click();
  await expect(paid(page)).toBeVisible();
}

test("a shift is opened by pieces, and closed blind with the difference in plain words", async ({
  selling: till,
  outlet,
}) => {
  await makeDrawer(outlet, "Laci depan");
  await goToShift(till);
  await count(till, { "100.000": "4", "50.000": "2", "500": "10" });
  await button(till, t("shift.open.action", { amount: "Rp 505.000" })).click();
  await expect(till.getByRole("heading", { name: "Z0001 · Laci depan" })).toBeVisible();
  expect((await shifts(outlet))[0]).toMatchObject({ status: "open", opening_counted: 505_000 });

  await button(till, t("place.sell")).click();
  await sellForCash(till, "Espresso");
  await outlet.api.post("/api/v1/orders", {
    lines: [{ product_id: outlet.cafe.products["Soto Ayam"], qty: 1 }],
    payments: [{ method: "card", amount: 32_340 }],
  });
  await goToShift(till);
  // Who counts does not see what should be there.
  await expect(till.getByText(t("shift.blind"))).toBeVisible();
  await expect(till.getByRole("heading", { name: t("figures.cash") })).toHaveCount(0);

  await button(till, t("shift.close")).click();
  await count(till, { "100.000": "5", "20.000": "1" });
  // A reload loses nothing of the count.
  await till.reload();
  await button(till, t("shift.counted", { amount: "Rp 520.000" })).click();
  await till.getByLabel(t("shift.left"), { exact: true }).fill("500000");
  await till.getByLabel(t("method.card"), { exact: true }).fill("32340");
  await till.getByLabel(t("note"), { exact: true }).fill("Ramai");
  await button(till, t("shift.close.action")).click();
  const answer = till.getByRole("region", { name: t("shift.difference") });
  await expect(answer).toContainText(t("difference.short", { amount: "Rp 3.480" }));
  await expect(till.getByText("Rp 523.480").first()).toBeVisible();
  await expect(till.getByRole("heading", { name: t("shift.z") })).toBeVisible();
  const [closed] = await shifts(outlet);
  expect(closed).toMatchObject({ status: "closed", expected: 523_480, counted: 520_000, left_in_drawer: 500_000 });
  expect(closed?.tenders.find(({ method }) => method === "card")?.counted).toBe(32_340);
  expect(closed?.counts.filter(({ kind }) => kind === "close")).toHaveLength(2);
});

test("cash out above the limit asks for an approver by name", async ({ selling: till, outlet }) => {
  const { id } = await makeDrawer(outlet, "Laci depan");
  await set(outlet, { cash_out_limit: 50_000 });
  await outlet.api.post("/api/v1/shifts", { drawer_id: id, opening: 500_000 });
  await till.reload();
  await goToShift(till);
  await button(till, t("movement.out")).click();
  const sheet = till.getByRole("dialog");
  await tap(till, "4", "0", "000");
  await button(till, t("movement.next", { amount: "Rp 40.000" })).click();
  await button(till, t("movement.out.supplies")).click();
  await button(till, t("movement.action.out", { amount: "Rp 40.000" })).click();
  await expect(sheet).toBeHidden();

  await button(till, t("movement.out")).click();
  await tap(till, "2", "0", "000");
  await button(till, t("movement.next", { amount: "Rp 20.000" })).click();
  await expect(sheet.getByText(t("movement.above", { limit: "Rp 50.000" }))).toBeVisible();
  await button(till, t("movement.out.transport")).click();
  await button(till, "Budi").click();
  await tap(till, ..."9999");
  await button(till, t("movement.action.out", { amount: "Rp 20.000" })).click();
  await expect(sheet.getByRole("alert")).toBeVisible();
  await tap(till, ...PINS.budi);
  await button(till, t("movement.action.out", { amount: "Rp 20.000" })).click();
  await expect(sheet).toBeHidden();
  await expect(till.getByText(t("shift.approved_by", { name: "Budi" }))).toBeVisible();
  expect((await shifts(outlet))[0]?.movements.map(({ amount, reason }) => [amount, reason])).toEqual([
    [40_000, t("movement.out.supplies")],
    [20_000, t("movement.out.transport")],
  ]);
});

test("a drawer is opened without a sale for a reason that is recorded", async ({ selling: till, outlet }) => {
  await using printer = await Printer.start();
  const { port } = printer;
  await outlet.api.post("/api/v1/printers", { name: "Kasir", kind: "receipt", address: "127.0.0.1", port, kick: true });
  const { id } = await makeDrawer(outlet, "Laci depan");
  await outlet.api.post("/api/v1/shifts", { drawer_id: id, opening: 500_000 });
  await till.reload();
  await goToShift(till);
  await button(till, t("drawer.open")).click();
  const sheet = till.getByRole("dialog");
  await expect(button(till, t("grant.reason_first"))).toBeDisabled();
  await button(till, t("drawer.check")).click();
  await sheet.getByRole("button", { name: t("drawer.open"), exact: true }).click();
  await expect(sheet).toBeHidden();
  await expect.poll(() => printer.papers.length).toBe(1);
  const audit = await outlet.api.get<{ action: string; data: { reason: string } }[]>("/api/v1/audit?limit=5");
  expect(audit.find(({ action }) => action === "drawer_opened")?.data.reason).toBe(t("drawer.check"));
});

test("cash without a shift leads to opening one, and back to the payment", async ({ selling: till, outlet }) => {
  await makeDrawer(outlet, "Laci depan");
  await set(outlet, { shift_required: true });
  await tile(till, "Espresso").click();
  await pay(till);
  await exact(till).click();
  await expect(till.getByText(t("shift.required"))).toBeVisible();
  await button(till, t("shift.open")).click();
  await till.getByText(t("count.sum")).click();
  await tap(till, "2", "0", "0", "000");
  await button(till, t("shift.open.action", { amount: "Rp 200.000" })).click();
  await expect(till.getByText(t("shift.required"))).toBeHidden();
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
  expect(await shifts(outlet)).toMatchObject([{ opening_counted: 200_000 }]);
});

test("a lost answer of a close is sent again, once, and the shift is closed once", async ({
  selling: till,
  outlet,
}) => {
  const { id } = await makeDrawer(outlet, "Laci depan");
  await outlet.api.post("/api/v1/shifts", { drawer_id: id, opening: 100_000 });
  // Not even an event says that it was carried out.
  await till.route("**/api/v1/events*", (route) => route.abort());
  await till.reload();
  await goToShift(till);
  await button(till, t("shift.close")).click();
  await count(till, { "100.000": "1" });
  await button(till, t("shift.counted", { amount: "Rp 100.000" })).click();
  const path = "**/api/v1/shifts/*/close";
  await till.route(path, async (route) => {
    await route.fetch();
    await route.abort("connectionreset");
  });
  await button(till, t("shift.close.action")).click();
  await expect(till.getByText(t("shift.unanswered"))).toBeVisible();
  await till.unroute(path);
  await till.getByRole("button", { name: t("shift.send_again") }).click();
  await expect(till.getByRole("region", { name: t("shift.difference") })).toContainText(t("difference.exact"));
  expect(await shifts(outlet)).toMatchObject([{ status: "closed", counted: 100_000 }]);
});

test("a handover closes one shift and opens the next of the same drawer", async ({ selling: till, outlet }) => {
  const { id } = await makeDrawer(outlet, "Laci depan");
  await outlet.api.post("/api/v1/shifts", { drawer_id: id, opening: 300_000 });
  await till.reload();
  await goToShift(till);
  await button(till, t("shift.hand_over")).click();
  await count(till, { "100.000": "3" });
  await button(till, t("shift.counted", { amount: "Rp 300.000" })).click();
  await button(till, t("shift.hand_over.action")).click();
  await expect(till.getByText(t("shift.next_open", { number: "Z0002" }))).toBeVisible();
  expect((await shifts(outlet)).map(({ shift_number, status }) => [shift_number, status])).toEqual([
    ["Z0002", "open"],
    ["Z0001", "closed"],
  ]);
});

test("of several drawers one is chosen, and a taken one leads to its shift", async ({ page, outlet }) => {
  const front = await makeDrawer(outlet, "Laci depan");
  const back = await makeDrawer(outlet, "Laci teras");
  await makeDrawer(outlet, "Laci bar");
  for (const drawer_id of [front.id, back.id]) await outlet.api.post("/api/v1/shifts", { drawer_id, opening: 0 });
  await openTill(page, outlet);
  await goToShift(page);
  await expect(page.getByRole("heading", { name: t("shift.which_drawer") })).toBeVisible();
  await page.getByRole("button", { name: /Laci depan/ }).click();
  await expect(page.getByRole("heading", { name: "Z0001 · Laci depan" })).toBeVisible();
  await page.goBack();
  await page.getByRole("button", { name: /Laci bar/ }).click();
  await expect(page.getByRole("heading", { name: t("shift.open.title", { drawer: "Laci bar" }) })).toBeVisible();
});

test("who closed a shift first is said calmly, and its figures are shown", async ({ selling: till, outlet }) => {
  const { id } = await makeDrawer(outlet, "Laci depan");
  const shift = await outlet.api.post<Shift>("/api/v1/shifts", { drawer_id: id, opening: 100_000 });
  await till.route("**/api/v1/events*", (route) => route.abort());
  await till.reload();
  await goToShift(till);
  await button(till, t("shift.close")).click();
  await count(till, { "100.000": "1" });
  await button(till, t("shift.counted", { amount: "Rp 100.000" })).click();
  await outlet.api.post(`/api/v1/shifts/${shift.id}/close`, { counted: 99_000 });
  await button(till, t("shift.close.action")).click();
  await expect(till.getByRole("region", { name: t("shift.difference") })).toContainText(
    t("difference.short", { amount: "Rp 1.000" }),
  );
});

test("the screens of a shift are accessible, and every target is large enough", async ({ till, outlet }) => {
  test.setTimeout(120_000);
  await makeDrawer(outlet, "Laci depan");
  await logIn(till, "Sari", PINS.sari);
  const check = async (step: string) => {
    for (const [width, height] of [
      [360, 640],
      [1024, 600],
    ] as const) {
      await till.setViewportSize({ width, height });
      expect(await smallTargets(till), step).toEqual([]);
    }
    for (const colorScheme of ["light", "dark"] as const) {
      await till.emulateMedia({ colorScheme });
      await test.step(`${step} ${colorScheme}`, () => expectAccessible(till));
    }
  };
  await till.goto(`${outlet.server.url}/till/shift`);
  await expect(till.getByText(t("count.total"))).toBeVisible();
  await check("open");
  await button(till, t("shift.open.action", { amount: "Rp 0" })).click();
  await expect(button(till, t("shift.close"))).toBeVisible();
  await check("running");
  await button(till, t("movement.in")).click();
  await check("amount");
  await tap(till, "5", "000");
  await button(till, t("movement.next", { amount: "Rp 5.000" })).click();
  await check("reason");
  await till.keyboard.press("Escape");
  await button(till, t("shift.close")).click();
  await button(till, t("shift.counted", { amount: "Rp 0" })).click();
  await check("rest");
  await button(till, t("shift.close.action")).click();
  await expect(till.getByRole("region", { name: t("shift.difference") })).toBeVisible();
  await check("closed");
});
