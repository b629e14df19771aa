// The size and place of things: on a phone, on a low tablet, under a hurried thumb.

import type { Page } from "@playwright/test";
import { LATTE } from "./cafe";
import { expect, type Outlet, test } from "./fixtures";
import { boxOf, overlap, smallTargets } from "./targets";
import {
  chooseMethod,
  closeTop,
  exact,
  line,
  more,
  openOrder,
  pay,
  payButton,
  scan,
  sendButton,
  setShop,
  sheet,
  t,
  take,
  tap,
  tile,
} from "./till";

const PHONE = { width: 360, height: 640 };
const TABLET = { width: 1024, height: 600 };

test("U18 no key moves while an amount grows", async ({ selling: till }) => {
  await tile(till, "Espresso").click();
  await pay(till);
  // All keys, and the action below them.
  const places = () =>
    take(till).evaluate((action) =>
      [action, ...document.querySelectorAll("fieldset button")].map((key) =>
        JSON.stringify(key.getBoundingClientRect()),
      ),
    );
  for (const size of [PHONE, TABLET, { width: 1440, height: 900 }]) {
    await till.setViewportSize(size);
    for (const method of ["qris", "cash"] as const) {
      await chooseMethod(till, method);
      const before = await places();
      for (const digit of "9".repeat(9)) {
        await tap(till, digit);
        expect(await places(), `${method} ${size.width}`).toEqual(before);
      }
    }
  }
});

test("U19 amounts have the till's own pad, and a typed one is grouped when its field is left", async ({
  selling: till,
  outlet,
}) => {
  await openOrder(outlet, "Soto Ayam");
  await till.goto(`${outlet.server.url}/till/orders`);
  await till.getByRole("button", { name: t("orders.amount") }).click();
  const least = till.getByRole("textbox", { name: t("orders.least") });
  // A keyboard with live separators sends them as it goes.
  for (const text of ["1", "12", "123", "1.234", "12.345"]) await least.fill(text);
  await expect(least).toHaveValue("12.345");
  await least.fill("12345");
  await expect(least).toHaveValue("12345");
  await least.blur();
  await expect(least).toHaveValue("12.345");
  await expect(till.getByText("Rp 32.340").first()).toBeVisible();
  await least.fill("40000");
  await expect(till.getByText(t("orders.not_found"))).toBeVisible();
  await expect(till.locator("input[type=number]")).toHaveCount(0);
});

test("U20 neither the focus of a field nor fast taps zoom", async ({ selling: till }) => {
  await tile(till, "Espresso").click();
  await line(till, "Espresso").click();
  await till.getByRole("button", { name: t("quantity.type", { qty: 1 }) }).click();
  const sizes = await till
    .locator("input, textarea, select")
    .evaluateAll((fields) => fields.map((field) => Number.parseFloat(getComputedStyle(field).fontSize)));
  expect(sizes.length).toBeGreaterThan(1);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(16);
  // For every key, also in sheets, some element around it says so.
  const key = till
    .getByRole("group", { name: t("keypad") })
    .getByRole("button")
    .first();
  const around = await key.evaluate((element) => {
    const found: string[] = [];
    for (let at: Element | null = element; at !== null; at = at.parentElement)
      found.push(getComputedStyle(at).touchAction);
    return found;
  });
  expect(around).toContain("manipulation");
});

/** Every screen of the till, one after the other. `check` is called on each with its name. */
async function throughTheTill(page: Page, outlet: Outlet, check: (screen: string) => Promise<void>): Promise<void> {
  const home = `${outlet.server.url}/till/`;
  const inSheet = async (screen: string) => {
    await expect(page.getByRole("dialog").last()).toBeVisible();
    await check(screen);
    await closeTop(page);
  };
  const order = await openOrder(outlet, "Soto Ayam", "2", 2);
  await check("empty cart");
  await tile(page, LATTE).click();
  await inSheet("choices");
  await tile(page, "Espresso").click();
  await check("sell");
  const bar = page.getByRole("button", { name: new RegExp(`^${t("cart.open")}`) });
  const isPhone = await bar.isVisible();
  if (isPhone) {
    await bar.click();
    await expect(line(page, "Espresso")).toBeVisible();
    await check("cart");
  }
  await line(page, "Espresso").click();
  await page.getByRole("button", { name: t("quantity.type", { qty: 1 }) }).click();
  await inSheet("line");
  await page.getByRole("button", { name: new RegExp(`^${t("details")}`) }).click();
  await inSheet("details");
  if (isPhone) await closeTop(page);
  await page
    .getByRole("button", { name: t("menu.user") })
    .or(page.getByRole("button", { name: t("menu"), exact: true }))
    .first()
    .click();
  await inSheet("menu");
  await pay(page);
  await tap(page, "5", "000");
  await take(page).click();
  await check("pay");
  await page.getByRole("button", { name: t("split") }).click();
  await inSheet("split");
  await page.goto(`${home}orders`);
  await expect(page.getByText("Rp 64.680").first()).toBeVisible();
  await page.getByRole("button", { name: t("orders.amount") }).click();
  await check("orders");
  await page.goto(`${home}orders/${order.id}`);
  await expect(payButton(page)).toBeVisible();
  await check("order");
  await page.getByRole("button", { name: t("order.edit") }).click();
  await inSheet("details of an order");
  await line(page, "Soto Ayam").getByRole("button").click();
  await inSheet("line of an order");
  await more(page, t("discount.order"));
  await sheet(page)
    .getByRole("button", { name: t("percent", { percent: 20 }) })
    .click();
  await sheet(page).getByRole("button", { name: "Budi", exact: true }).click();
  await inSheet("discount with approval");
  for (const action of ["bill.split", "order.move", "order.merge", "void.order"]) {
    await more(page, t(action));
    await inSheet(action);
  }
  await sendButton(page, 2).click();
  await expect(page.getByRole("button", { name: t("order.sent") })).toBeVisible();
  await line(page, "Soto Ayam").getByRole("button").click();
  await inSheet("sent line");
  await line(page, "Soto Ayam").getByRole("button").click();
  await page.getByRole("button", { name: t("line.void_it") }).click();
  await inSheet("void of a line");
  await page.getByRole("button", { name: t("order.add"), exact: true }).click();
  await expect(page.getByRole("searchbox")).toBeVisible();
  await tile(page, "Espresso").click();
  if (isPhone) await bar.click();
  await expect(page.getByRole("button", { name: t("target.add"), exact: true })).toBeVisible();
  await check("cart for an order");
  if (isPhone) await closeTop(page);
  await page.goto(`${home}orders/${order.id}`);
  await more(page, t("deposit"));
  await chooseMethod(page, "qris");
  await check("deposit");
  await tap(page, "5", "000");
  await take(page).click();
  await page.getByRole("button", { name: new RegExp(`^${t("method.qris")}`) }).click();
  await inSheet("payment");
  await page.goto(`${home}tables`);
  await expect(page.getByText(t("table.taken")).first()).toBeVisible();
  await check("tables");
  await page.goto(home);
  await page
    .getByRole("button", { name: t("lock") })
    .first()
    .click();
  await expect(page.getByRole("button", { name: /Sari/ })).toBeVisible();
  await check("names");
  await page.getByRole("button", { name: /Sari/ }).click();
  await check("PIN");
}

for (const size of [PHONE, TABLET]) {
  test(`U21 every target has 44 px, and nothing is wider than the screen, at ${size.width} × ${size.height}`, async ({
    selling: till,
    outlet,
  }) => {
    await till.setViewportSize(size);
    await throughTheTill(till, outlet, async (screen) => {
      expect(await smallTargets(till), screen).toEqual([]);
      expect(await till.evaluate(() => document.documentElement.scrollWidth), screen).toBe(size.width);
    });
  });

  test(`U21 Pay is always in sight at ${size.width} × ${size.height}`, async ({ selling: till }) => {
    await till.setViewportSize(size);
    await expect(payButton(till)).toBeInViewport({ ratio: 1 });
    for (const name of ["Espresso", "Americano", "Cappuccino", "Es Teh Manis", "Teh Tarik", "Lemon Tea"]) {
      await tile(till, name).click();
    }
    await expect(payButton(till)).toBeInViewport({ ratio: 1 });
    await pay(till);
    // Also below what has been taken so far.
    for (let part = 0; part < 4; part++) {
      await expect(take(till)).toBeInViewport({ ratio: 1 });
      await tap(till, "1", "000");
      await take(till).click();
    }
    await expect(take(till)).toBeInViewport({ ratio: 1 });
  });
}

test("a refused payment hides no key, on a phone and on tablets", async ({ selling: till, outlet }) => {
  await setShop(outlet, { shift_required: true });
  await tile(till, "Espresso").click();
  await pay(till);
  await exact(till).click();
  await expect(till.getByText(t("shift.required"))).toBeVisible();
  const key = till.getByRole("group", { name: t("keypad") }).getByRole("button", { name: "000", exact: true });
  for (const size of [
    PHONE,
    { width: 1024, height: 768 },
    { width: 768, height: 1024 },
    { width: 1440, height: 900 },
  ]) {
    await till.setViewportSize(size);
    if (size === PHONE) await key.scrollIntoViewIfNeeded();
    expect(overlap(await boxOf(key), await boxOf(take(till))), `${size.width}`).toBe(false);
    await expect(key).toBeInViewport({ ratio: 1 });
  }
});

test("U23 a remark is never over Pay, and takes no tap", async ({ selling: till }) => {
  await tile(till, "Espresso").click();
  for (const size of [PHONE, TABLET]) {
    await till.setViewportSize(size);
    await scan(till, "0001112223334");
    const remark = till.getByText(t("scan.unknown", { code: "0001112223334" }));
    const box = await boxOf(remark);
    expect(overlap(box, await boxOf(payButton(till)))).toBe(false);
    const isTapped = await remark.evaluate((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    });
    expect(isTapped).toBe(false);
    await pay(till);
    await scan(till, "0001112223334");
    await expect(remark).toBeVisible();
    expect(overlap(await boxOf(remark), await boxOf(take(till)))).toBe(false);
    await till.keyboard.press("Escape");
    await expect(payButton(till)).toBeVisible();
  }
});

test("amounts for cash keep apart on a narrow, low screen", async ({ selling: till }) => {
  await tile(till, "Nasi Goreng Kampung").click();
  await pay(till);
  for (const size of [{ width: 640, height: 430 }, { width: 780, height: 500 }, PHONE]) {
    await till.setViewportSize(size);
    const buttons = till
      .getByRole("region", { name: t("pay"), exact: true })
      .getByRole("button", { name: new RegExp(`^(${t("pay.exact")}|Rp)`) });
    await expect(buttons).toHaveCount(4);
    const texts = await buttons.evaluateAll((all) =>
      all.map((one) => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight),
    );
    expect(texts, `${size.width}`).toEqual([true, true, true, true]);
    const boxes = await Promise.all([0, 1, 2, 3].map((at) => boxOf(buttons.nth(at))));
    for (const [at, one] of boxes.entries()) {
      for (const other of boxes.slice(at + 1)) expect(overlap(one, other), `${size.width}`).toBe(false);
    }
  }
});
