// Pictures of every screen of the till, and of what strains them: long names, full carts, a server that is away.

import type { Page } from "@playwright/test";
import { LATTE, PINS } from "../cafe";
import { expect, type Outlet, pair, test } from "../fixtures";
import {
  act,
  change,
  exact,
  goToOrder,
  line,
  logIn,
  more,
  openOrder,
  orderOf,
  paid,
  pay,
  scan,
  setShop,
  sheet,
  speak,
  t,
  take,
  tap,
  tile,
} from "../till";
import { FAULT } from "./fault";
import { inBothLanguages, PHONE, shoot, WIDE } from "./shoot";

test.setTimeout(600_000);
test.afterEach(() => speak("id"));

/** Opens a page of the till, with the cart that it had. */
async function open(page: Page, outlet: Outlet, path = ""): Promise<void> {
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.goto(`${outlet.server.url}/till/${path}`);
  await expect(page.getByRole("navigation").first()).toBeVisible();
}

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });

test("till: pairing and PIN", async ({ page, outlet }) => {
  await page.goto(`${outlet.server.url}/till/?pair=`);
  await inBothLanguages(page, async (language) => {
    speak(language);
    await page.reload();
    await expect(page.getByText(t("pair.title")).first()).toBeVisible();
    await shoot(page, "till-pair", language);
    await button(page, t("pair.skip")).click();
    await expect(button(page, t("sign_in.enter"))).toBeVisible();
    await shoot(page, "till-unpaired", language);
    await page.goto(`${outlet.server.url}/till/?pair=`);
  });
  await page.evaluate(() => localStorage.setItem("gerai.language", "id"));
  speak("id");
  await pair(page, outlet);
  await expect(page.getByRole("button", { name: /Sari/ })).toBeVisible();
  await inBothLanguages(page, async (language) => {
    speak(language);
    await page.reload();
    await page.setViewportSize({ width: 1024, height: 768 });
    await expect(page.getByRole("button", { name: /Sari/ })).toBeVisible();
    await shoot(page, "till-names", language);
    await page.getByRole("button", { name: /Sari/ }).click();
    await tap(page, "1", "2", "3", "4");
    await shoot(page, "till-pin", language);
    await button(page, t("sign_in.enter")).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await shoot(page, "till-pin-wrong", language);
  });
});

test("till: selling", async ({ till, outlet }) => {
  await openOrder(outlet, "Soto Ayam", "2");
  await change(outlet, "Kentang Goreng", { available: false });
  await logIn(till, "Sari", PINS.sari);
  await inBothLanguages(till, async (language) => {
    speak(language);
    await open(till, outlet);
    await expect(tile(till, LATTE)).toBeVisible();
    await shoot(till, "till-sell-empty", language);
    await open(till, outlet);
    await tile(till, LATTE).click();
    await shoot(till, "till-choose", language);
    await till.keyboard.press("Escape");
    for (const name of ["Es Teh Manis", "Nasi Goreng Kampung", "Espresso"]) await tile(till, name).click();
    await expect(till.getByText("Layanan")).toBeVisible();
    await shoot(till, "till-sell", language);
    await open(till, outlet);
    await line(till, "Espresso").click();
    await till.getByRole("button", { name: t("quantity.type", { qty: 1 }) }).click();
    await shoot(till, "till-line", language);
    await till.keyboard.press("Escape");
    await open(till, outlet);
    await till.getByRole("button", { name: new RegExp(`^${t("details")}`) }).click();
    await shoot(till, "till-details", language, WIDE);
    await open(till, outlet);
    await till.getByRole("searchbox").fill("tidak ada");
    await expect(till.getByText(/“tidak ada”/)).toBeVisible();
    await shoot(till, "till-not-found", language);
    await open(till, outlet);
    await scan(till, "0001112223334", "0009998887776");
    await expect(till.getByText(/0009998887776/)).toBeVisible();
    await shoot(till, "till-scan-unknown", language);
    await open(till, outlet);
    await till.getByRole("button", { name: new RegExp(t("menu.user")) }).click();
    await shoot(till, "till-menu", language);
    await open(till, outlet);
    await till.setViewportSize({ width: 360, height: 740 });
    await till.getByRole("button", { name: new RegExp(`^${t("cart.open")}`) }).click();
    await expect(line(till, "Espresso")).toBeVisible();
    await shoot(till, "till-cart", language, PHONE);
    await open(till, outlet);
    await change(outlet, "Espresso", { price: language === "id" ? 17_000 : 16_000 });
    await expect(till.getByText(/→/)).toBeVisible();
    await pay(till);
    await expect(till.getByRole("heading", { name: t("prices.title") })).toBeVisible();
    await shoot(till, "till-prices", language);
    await till.keyboard.press("Escape");
    await button(till, t("hold")).click();
    await tile(till, "Espresso").click();
    await button(till, t("hold")).click();
    await till.getByRole("button", { name: t("held.count", { count: 2 }) }).click();
    await shoot(till, "till-held", language, WIDE);
    await till.evaluate(() => localStorage.removeItem("gerai.till.carts"));
  });
});

test("till: paying by the chain's tenders", async ({ till, outlet }) => {
  for (const [position, [name, method]] of [
    ["QRIS", "qris"],
    ["BCA EDC", "card"],
    ["Mandiri EDC", "card"],
    ["GoFood", "other"],
    ["ShopeeFood Merchant Partner", "other"],
  ].entries()) {
    await outlet.api.post("/api/v1/tenders", { name, method, position, needs_reference: name === "Mandiri EDC" });
  }
  await logIn(till, "Sari", PINS.sari);
  await inBothLanguages(till, async (language) => {
    speak(language);
    await open(till, outlet);
    await tile(till, "Nasi Goreng Kampung").click();
    await pay(till);
    await button(till, "Mandiri EDC").click();
    await shoot(till, "till-pay-tenders", language);
  });
});

test("till: paying", async ({ till, outlet }) => {
  await logIn(till, "Sari", PINS.sari);
  await inBothLanguages(till, async (language) => {
    speak(language);
    await open(till, outlet);
    for (const name of ["Es Teh Manis", "Nasi Goreng Kampung", "Espresso"]) await tile(till, name).click();
    await pay(till);
    await shoot(till, "till-pay", language);
    await tap(till, "1", "0", "0", "000");
    await shoot(till, "till-pay-typed", language);
    await till.getByRole("button", { name: t("split") }).click();
    await shoot(till, "till-split", language);
    await till.getByRole("dialog").getByRole("button").nth(3).click();
    await exact(till).click();
    await button(till, t("method.qris")).click();
    await shoot(till, "till-pay-split", language);
    await button(till, t("method.cash")).click();
    await tap(till, "1", "0", "0", "000");
    await take(till).click();
    await expect(paid(till)).toBeVisible();
    await shoot(till, "till-done", language);
    // No answer: the sale may have been recorded.
    await tile(till, "Espresso").click();
    await till.route("**/api/v1/orders", (route) => route.abort("connectionreset"));
    await pay(till);
    await exact(till).click();
    await expect(till.getByText(t("waiting"))).toBeVisible();
    await shoot(till, "till-waiting", language);
    await till.setViewportSize({ width: 1024, height: 768 });
    await till.getByRole("button", { name: t("lock") }).click();
    await expect(till.getByRole("dialog")).toBeVisible();
    await shoot(till, "till-unsent", language);
    await till.unroute("**/api/v1/orders");
    await till
      .getByRole("dialog")
      .getByRole("button", { name: t("action.retry") })
      .click();
    await expect(paid(till)).toBeVisible();
  });
});

test("till: orders and tables", async ({ till, outlet }) => {
  await logIn(till, "Sari", PINS.sari);
  await inBothLanguages(till, async (language) => {
    speak(language);
    if (language === "id") {
      await open(till, outlet, "orders");
      await expect(till.getByText(t("orders.none_open"))).toBeVisible();
      await shoot(till, "till-orders-none", language);
      for (const table of ["1", "3", "3"]) await openOrder(outlet, "Soto Ayam", table);
    }
    const order = await openOrder(outlet, "Nasi Goreng Kampung", "2");
    await open(till, outlet, "orders");
    await till.getByRole("button", { name: t("orders.amount") }).click();
    await expect(till.getByText("Rp 36.960").first()).toBeVisible();
    await shoot(till, "till-orders", language);
    await goToOrder(till, outlet, order);
    await shoot(till, "till-order", language);
    await more(till, t("void.order"));
    await button(till, t("void.wrong")).click();
    await button(till, "Budi").click();
    await shoot(till, "till-void", language);
    await open(till, outlet, "tables");
    await expect(till.getByText(t("table.taken")).first()).toBeVisible();
    await shoot(till, "till-tables", language);
  });
});

test("till: an open order", async ({ till, outlet }) => {
  await setShop(outlet, { discount_limit_cashier_bp: 1_000 });
  const lines = (...names: string[]) => names.map((name) => ({ product_id: outlet.cafe.products[name], qty: 2 }));
  const order = await openOrder(outlet, "Soto Ayam", "2", 3);
  const path = `/api/v1/orders/${order.id}`;
  await outlet.api.post(`${path}/lines`, lines("Es Teh Manis"));
  await outlet.api.post(`${path}/send`);
  const sent = await orderOf(outlet, order);
  await outlet.api.post(`${path}/lines/${sent.lines[1]?.id}/void`, { qty: 1, kind: "wasted", reason: "Salah pesan" });
  await outlet.api.post(`${path}/lines`, lines("Pisang Goreng", "Americano"));
  await outlet.api.post(`${path}/discounts`, { kind: "percent", rate_bp: 500, reason: "Pelanggan tetap" });
  const [soup] = sent.lines;
  await outlet.api.post(`${path}/discounts`, {
    line_id: soup?.id,
    kind: "amount",
    value: 5_000,
    reason: "Keluhan tamu",
  });
  await outlet.api.call("PATCH", path, { customer_name: "Bu Ani", pax: 4, note: "Ulang tahun" });
  await openOrder(outlet, "Espresso", "3");
  await openOrder(outlet, "Nasi Goreng Kampung");
  await logIn(till, "Sari", PINS.sari);
  await inBothLanguages(till, async (language) => {
    speak(language);
    const start = async () => {
      await till.setViewportSize({ width: 1024, height: 768 });
      await goToOrder(till, outlet, order);
    };
    const tapLine = (name: string) => line(till, name).getByRole("button").first().click();
    const inMore = async (name: string, action: string, prepare = async () => {}) => {
      await start();
      await more(till, action);
      await prepare();
      await shoot(till, name, language);
    };
    await start();
    await shoot(till, "till-order-open", language);
    await button(till, t("order.more")).click();
    await shoot(till, "till-order-more", language);
    await start();
    await button(till, t("order.edit")).click();
    await shoot(till, "till-order-info", language);
    await start();
    await tapLine("Pisang Goreng");
    await shoot(till, "till-order-line", language);
    await start();
    await tapLine("Soto Ayam");
    await shoot(till, "till-order-sent-line", language);
    await button(till, t("line.void_it")).click();
    await button(till, t("void_kind.wasted")).click();
    await button(till, t("void.wrong")).click();
    await button(till, "Budi").click();
    await shoot(till, "till-order-void-line", language);
    await inMore("till-discount", t("discount.order"), () => button(till, t("percent", { percent: 5 })).click());
    await inMore("till-discount-approval", t("discount.order"), async () => {
      await button(till, t("percent", { percent: 20 })).click();
      await button(till, t("discount.complaint")).click();
      await button(till, "Budi").click();
    });
    await start();
    await till.getByRole("button", { name: new RegExp(t("discount.percent", { percent: 5 })) }).click();
    await shoot(till, "till-discount-given", language);
    await inMore("till-order-move", t("order.move"), () => sheet(till).getByRole("button", { name: /^3/ }).click());
    await inMore("till-order-merge", t("order.merge"), () =>
      sheet(till)
        .getByRole("button", { name: new RegExp(t("table.named", { name: "3" })) })
        .click(),
    );
    await inMore("till-bill", t("bill.split"), () => button(till, t("bill.more", { name: "Soto Ayam" })).click());
    await start();
    await button(till, t("order.add")).click();
    await tile(till, "Espresso").click();
    await expect(till.getByText("Layanan")).toBeVisible();
    await shoot(till, "till-order-add", language);
    await button(till, t("target.detach")).click();
    await button(till, t("cart.clear")).click();
    await inMore("till-deposit", t("deposit"));
    await start();
    await pay(till);
    await button(till, t("method.qris")).click();
    await shoot(till, "till-pay-reference", language);
  });
});

test("till: bills and payments", async ({ till, outlet }) => {
  await logIn(till, "Sari", PINS.sari);
  await inBothLanguages(till, async (language) => {
    speak(language);
    const order = await openOrder(outlet, "Soto Ayam", "2", 3);
    await till.setViewportSize({ width: 1024, height: 768 });
    await goToOrder(till, outlet, order);
    await more(till, t("bill.split"));
    await button(till, t("bill.more", { name: "Soto Ayam" })).click();
    await act(till).click();
    await expect(till.getByText(t("bill.done"))).toBeVisible();
    await shoot(till, "till-bill-done", language);
    const rest = await orderOf(outlet, order);
    await outlet.api.post(`/api/v1/orders/${order.id}/payments`, { method: "cash", amount: 20_000 });
    await outlet.api.post(`/api/v1/orders/${order.id}/payments`, {
      method: "qris",
      amount: rest.total - 20_000,
      reference: "RRN 0042",
    });
    const look = async () => {
      await open(till, outlet, `orders/${order.id}`);
      await till.getByRole("button", { name: new RegExp(`^${t("payment.unconfirmed", { method: "QRIS" })}`) }).click();
    };
    await look();
    await shoot(till, "till-payment", language);
    await button(till, t("payment.confirm")).click();
    await shoot(till, "till-payment-confirm", language);
    await look();
    await button(till, t("payment.correct")).click();
    await button(till, t("method.card")).click();
    await shoot(till, "till-payment-correct", language);
    await button(till, t("payment.mistake")).click();
    await act(till).click();
    await expect(till.getByText(t("payment.reversed", { reason: t("payment.mistake") }))).toBeVisible();
    await shoot(till, "till-order-paid", language);
  });
});

const LONG = `Nasi ${"goreng ".repeat(26)}spesial 🍳`;
const AWKWARD = [
  LONG,
  "Nasigoreng".repeat(20),
  "🍜🥟🍛 Bakmi 👨‍👩‍👧‍👦 keluarga",
  "قهوة بالحليب والسكر مع الهيل",
  "<b>Teh</b> & <script>alert(1)</script>",
  "咖啡 กาแฟ кофе",
];

test("till: names that strain it", async ({ till, outlet }) => {
  const category = await outlet.api.post<{ id: string }>("/api/v1/categories", {
    name: LONG.slice(0, 100),
    position: 0,
  });
  for (const name of AWKWARD) {
    outlet.cafe.products[name] = (
      await outlet.api.post<{ id: string }>("/api/v1/products", { name, price: 123_456_789, category_id: category.id })
    ).id;
  }
  await outlet.api.post("/api/v1/tables", {
    name: "Teras dekat kolam 12",
    area: LONG.slice(0, 50),
    seats: 12,
  });
  await outlet.api.post("/api/v1/users", {
    username: "panjang",
    name: LONG.slice(0, 100),
    role: "cashier",
    pin: "9753",
  });
  const lines = AWKWARD.map((name) => ({ product_id: outlet.cafe.products[name], qty: 12, note: LONG.slice(0, 150) }));
  const order = await outlet.api.post<{ id: string }>("/api/v1/orders", {
    table_number: "2",
    customer_name: LONG.slice(0, 100),
    lines,
  });
  await logIn(till, "Sari", PINS.sari);
  await inBothLanguages(till, async (language) => {
    speak(language);
    await open(till, outlet);
    const tiles = till.locator("main button[data-sold-out]").filter({ hasText: "123.456.789" });
    for (let at = 0; at < AWKWARD.length; at++) await tiles.nth(at).click();
    await shoot(till, "till-long-sell", language);
    await till.setViewportSize({ width: 360, height: 740 });
    await till.getByRole("button", { name: new RegExp(`^${t("cart.open")}`) }).click();
    await shoot(till, "till-long-cart", language, PHONE);
    await open(till, outlet);
    await pay(till);
    await shoot(till, "till-long-pay", language);
    await open(till, outlet);
    await till.getByRole("button", { name: t("cart.clear") }).click();
    await open(till, outlet, "orders");
    await expect(till.getByText(t("status.open")).first()).toBeVisible();
    await shoot(till, "till-long-orders", language);
    await open(till, outlet, `orders/${order.id}`);
    await expect(button(till, t("order.more"))).toBeVisible();
    await shoot(till, "till-long-order", language);
    await open(till, outlet, "tables");
    await expect(till.getByText(t("table.taken")).first()).toBeVisible();
    await shoot(till, "till-long-tables", language);
  });
});

test("till: thirty lines, and a server that is away", async ({ till, outlet }) => {
  for (let at = 1; at <= 18; at++) {
    await outlet.api.post("/api/v1/products", { name: `Kue kering toples ${at}`, price: 45_000 + at * 500 });
  }
  await logIn(till, "Sari", PINS.sari);
  const tiles = till.locator("main button[data-sold-out=false]");
  await till.setViewportSize({ width: 1440, height: 1600 });
  for (let at = 0; at < 32; at++) {
    await tiles.nth(at).click();
    if (await till.getByRole("dialog").isVisible()) await till.keyboard.press("Escape");
  }
  await inBothLanguages(till, async (language) => {
    speak(language);
    await open(till, outlet);
    await expect(till.getByText("Layanan")).toBeVisible();
    await shoot(till, "till-full", language);
    await pay(till);
    await shoot(till, "till-full-pay", language);
    await outlet.server.kill();
    await expect(till.getByText(t("away.pay"))).toBeVisible({ timeout: 30_000 });
    await shoot(till, "till-away-pay", language);
    await till.goBack();
    await expect(till.getByRole("searchbox")).toBeVisible();
    await shoot(till, "till-away", language);
    await till.getByRole("button", { name: t("away") }).click();
    await shoot(till, "till-notices", language);
    await outlet.restart();
    await expect(till.getByText(t("away.text"))).toBeHidden({ timeout: 30_000 });
  });
});

test("till: an empty catalog", async ({ till, outlet }) => {
  outlet.folder.sql("pos.db", "delete from products; delete from categories; delete from tables");
  await till.reload();
  await logIn(till, "Sari", PINS.sari);
  await inBothLanguages(till, async (language) => {
    speak(language);
    await open(till, outlet);
    await expect(till.getByText(t("products.none"))).toBeVisible();
    await shoot(till, "till-no-products", language);
    await open(till, outlet, "tables");
    await shoot(till, "till-no-tables", language);
  });
});

test("till: lists that cannot be read", async ({ till, outlet }) => {
  await logIn(till, "Sari", PINS.sari);
  await till.route(/\/api\/v1\/orders/, (route) => route.fulfill(FAULT));
  for (const path of ["orders", "tables"]) {
    await open(till, outlet, path);
    await expect(till.getByText(FAULT.json.message)).toBeVisible();
    await shoot(till, `till-error-${path}`, "id");
  }
});
