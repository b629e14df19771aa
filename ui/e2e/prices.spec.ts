// Menus and prices from a minute on: at the till at their minute, at head office with who has received them.

import { eventually } from "./api";
import { button, choose, layer, openConsole, openOffice, row, type } from "./consoles";
import { expect, test } from "./fixtures";
import { words } from "./texts";
import { act, line, openTill, orders, paid, pay, setShop, sheet, t, take, tile } from "./till";

const office = words("office");
const admin = words("console");

interface PricedOrder {
  channel: string | null;
  order_type: string;
  lines: { price: number; price_source: string }[];
  payments: { tender_name: string }[];
}

/** The minute of the shop's clock after so many minutes. */
const minute = (later: number) => new Date(Date.now() + (7 * 60 + later) * 60_000).toISOString().slice(0, 16);

test("the tiles have the new price at its minute without the server, and a cart keeps the price of its moment", async ({
  page: till,
  outlet,
}) => {
  const espresso = outlet.cafe.products.Espresso as string;
  const from = minute(2);
  outlet.folder.sql(
    "pos.db",
    `insert into prices (id, product_id, price, valid_from) values ('p', '${espresso}', 18000, '${from}')`,
  );
  // The device's clock is an hour ahead; the server's counts.
  await till.clock.install({ time: Date.now() + 60 * 60_000 });
  await openTill(till, outlet);
  const espressoTile = tile(till, "Espresso");
  await expect(espressoTile).toContainText("16.000");
  await espressoTile.click();
  await outlet.server.kill();
  await till.clock.fastForward(2 * 60_000);
  await expect(espressoTile).toContainText("18.000");
  await expect(till.getByText("Rp 16.000").first()).toBeVisible();
});

test("after the happy hour another piece is a line at the price of now", async ({ page: till, outlet }) => {
  const minutes = (7 * 60 + Math.floor(Date.now() / 60_000)) % 1_440;
  const until = (minutes + 2) % 1_440;
  outlet.folder.sql(
    "pos.db",
    `insert into menus (id, name, from_minute, to_minute) values ('happy', 'Happy hour', ${(until + 1_380) % 1_440}, ${until});
     insert into prices (id, product_id, menu_id, price) values ('p', '${outlet.cafe.products.Espresso}', 'happy', 10000)`,
  );
  await till.clock.install();
  await openTill(till, outlet);
  await expect(tile(till, "Espresso")).toContainText("10.000");
  await tile(till, "Espresso").click();
  // The server's clock does not move with the page's.
  await outlet.server.kill();
  await till.clock.fastForward(2 * 60_000);
  await expect(tile(till, "Espresso")).toContainText("16.000");
  await line(till, "Espresso").getByRole("button").click();
  const more = sheet(till).getByRole("button", { name: t("quantity.more") });
  await more.click();
  await more.click();
  await expect(act(till)).toContainText(t("choose.save", { price: "Rp 42.000" }));
  await act(till).click();
  await expect(line(till, "Espresso")).toHaveText([/1.*10\.000/, /2.*32\.000/]);
});

test("an order of GoFood has its prices, and is paid by GoFood first", async ({ page: till, outlet }) => {
  const gofood = await outlet.api.post<{ id: string }>("/api/v1/tenders", {
    name: "GoFood",
    method: "other",
    special: "platform",
  });
  outlet.folder.sql(
    "pos.db",
    `insert into menus (id, name, channels) values ('gofood', 'GoFood', '["${gofood.id}"]');
     insert into prices (id, product_id, menu_id, price) values ('p', '${outlet.cafe.products.Espresso}', 'gofood', 21000)`,
  );
  await setShop(outlet, {});
  await openTill(till, outlet);
  await tile(till, "Espresso").click();
  await till.getByRole("button", { name: new RegExp(`^${t("details")}:`) }).click();
  await sheet(till).getByRole("button", { name: "GoFood", exact: true }).click();
  await sheet(till)
    .getByRole("button", { name: t("ready"), exact: true })
    .click();
  // The line in the cart has the platform's price too: nothing has been sold yet.
  await expect(tile(till, "Espresso")).toContainText("21.000");
  await tile(till, "Espresso").click();
  await pay(till);
  const ways = till.getByRole("group", { name: t("methods") }).getByRole("button");
  await expect(ways.first()).toHaveText("GoFood");
  await expect(ways.first()).toHaveAttribute("aria-pressed", "true");
  await till.setViewportSize({ width: 360, height: 740 });
  const name = ways.first().locator("span");
  expect(await name.evaluate((text) => text.scrollWidth - text.clientWidth), "its name is whole").toBe(0);
  await take(till).click();
  await expect(paid(till)).toBeVisible();
  const [order] = (await orders(outlet)) as unknown as PricedOrder[];
  expect(order).toMatchObject({ channel: gofood.id, order_type: "delivery", payments: [{ tender_name: "GoFood" }] });
  expect(order?.lines.map(({ price, price_source }) => [price, price_source])).toEqual([[21_000, "menu"]]);
});

test("head office plans a price and a menu, sees that the outlet has them, and the outlet switches the menu off", async ({
  page,
  linked,
}) => {
  const { hub, outlet } = linked;
  const products = () => hub.api.get<{ name: string }[]>("/v1/hq/products?limit=500");
  await eventually("the products are at head office", async () =>
    (await products()).some(({ name }) => name === "Espresso"),
  );
  await openOffice(page, hub, "menus");
  await button(page, office("menu.add")).click();
  const editor = layer(page, office("menu.add"));
  await type(editor, { [office("menu.name")]: "Menu pagi" });
  await choose(editor, office("menu.price.add"), "Espresso");
  await type(editor, { Espresso: "14000" });
  await button(editor, office("action.save")).click();
  await expect(row(page, "Menu pagi")).toContainText(office("menu.state.all"));
  await row(page, "Menu pagi").getByRole("button").first().click();
  const details = layer(page, "Menu pagi");
  await details.getByText(office("changes.received"), { exact: true }).click();
  await expect(row(details, "JKT-001")).toContainText(office("delivery.applied"));
  await page.keyboard.press("Escape");

  await page.getByRole("tab", { name: office("changes.tab") }).click();
  await button(page, office("changes.add")).click();
  const plan = layer(page, office("changes.add"));
  await type(plan, { [office("changes.date")]: "01/01/2030", [office("changes.clock")]: "06:00" });
  await choose(plan, office("menu.price.add"), "Americano");
  await type(plan, { Americano: "23000" });
  await button(plan, office("changes.save")).click();
  const planned = row(page, "Americano");
  await expect(planned).toContainText(office("changes.state.planned"));
  await expect(planned).toContainText(office("changes.received.of", { received: 1, outlets: 1 }));
  await planned.getByRole("button").first().click();
  await expect(row(layer(page, "Americano"), "JKT-001")).toContainText(office("delivery.applied"));

  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 360, height: 740 });
  const card = page.getByRole("listitem").filter({ hasText: "Americano" });
  await expect(card.getByRole("term")).toHaveText(
    ["changes.from", "changes.price", "changes.received", "state"].map((id) => office(id)),
  );
  await page.setViewportSize({ width: 1280, height: 720 });

  // A price in effect is the one that head office sees, and types over.
  const espresso = outlet.cafe.products.Espresso as string;
  const prices = [{ product_id: espresso, price: 19_000 }];
  await hub.api.post("/v1/hq/price-changes", { outlet_ids: "all", valid_from: minute(-1), prices });
  await page.goto(`${hub.server.url}/products?q=Espresso`);
  await expect(row(page, "Espresso")).toContainText("19.000");
  await page.goto(`${hub.server.url}/products/${espresso}`);
  await expect(page.getByRole("textbox", { name: office("product.price"), exact: true })).toHaveValue("19.000");
  await type(page.locator("main"), { [office("product.price")]: "16000" });
  await button(page, office("action.save")).click();
  await eventually("the outlet sells at the price that was typed last", async () => {
    const { price } = await outlet.api.get<{ price: number }>(`/api/v1/products/${espresso}`);
    return price === 16_000;
  });

  await openConsole(page, outlet, "menus");
  await expect(row(page, "Americano")).toContainText(admin("menus.later"));
  const off = page.getByRole("switch", { name: admin("menus.switch", { name: "Menu pagi" }) });
  await expect(off).toBeChecked();
  await off.click();
  await expect(off).not.toBeChecked();
  const menus = await outlet.api.get<{ outlet_active: boolean }[]>("/api/v1/menus");
  expect(menus[0]?.outlet_active).toBe(false);
});
