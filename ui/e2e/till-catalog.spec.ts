// What the till knows of products: all of them, the newest version, whatever the network does.

import type { Page, Route } from "@playwright/test";
import { expect, test } from "./fixtures";
import { change, exact, line, openOrder, pay, payButton, scan, t, tile } from "./till";

const CATALOG = "**/api/v1/till/catalog*";

test("U27 of 20,000 products each is found from the first screen", async ({ selling: till, outlet }) => {
  outlet.folder.sql(
    "pos.db",
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
     insert into products (id, name, code, barcode, price)
     select printf('01a20500-0000-7000-8000-%012x', i), printf('Barang %05d', i), printf('B%05d', i),
            printf('899%010d', i), 1000 + i from n`,
  );
  await till.reload();
  const search = till.getByRole("searchbox");
  for (const typed of ["barang 19999", "b19999"]) {
    await search.fill(typed);
    await expect(tile(till, "Barang 19999")).toContainText("20.999");
  }
  await search.fill("");
  await scan(till, "8990000020000");
  await expect(line(till, "Barang 20000")).toBeVisible();
  // The end of the list is there as well, and only what is seen is in the page.
  await tile(till, "Espresso").evaluate((first) => {
    for (let at: Element | null = first; at !== null; at = at.parentElement) at.scrollTop = at.scrollHeight;
  });
  await expect(tile(till, "Barang 20000")).toBeVisible();
  expect(await till.getByRole("main").getByRole("button").count()).toBeLessThan(300);
});

test("U28 a catalog that breaks off leaves the whole old one in use, and is read again", async ({
  selling: till,
  outlet,
}) => {
  let brokenOff = 0;
  await till.route(CATALOG, async (route) => {
    const whole = await (await route.fetch()).text();
    brokenOff++;
    await route.fulfill({ body: whole.slice(0, whole.length * 0.6), contentType: "application/json" });
  });
  await change(outlet, "Espresso", { price: 20_000 });
  await expect.poll(() => brokenOff).toBeGreaterThan(0);
  await expect(tile(till, "Espresso")).toContainText("16.000");
  await expect(tile(till, "Lemon Tea")).toBeVisible();
  await tile(till, "Lemon Tea").click();
  await expect(line(till, "Lemon Tea")).toBeVisible();
  await till.unroute(CATALOG);
  await expect(tile(till, "Espresso")).toContainText("20.000", { timeout: 20_000 });
});

test("U29 a new price is on its tile within a second, and a line in the cart keeps its own and says so", async ({
  selling: till,
  outlet,
}) => {
  await tile(till, "Espresso").click();
  await change(outlet, "Espresso", { price: 20_000 });
  await expect(tile(till, "Espresso")).toContainText("20.000", { timeout: 1_000 });
  const inCart = line(till, "Espresso");
  await expect(inCart).toContainText(t("line.price", { old: "16.000", now: "20.000" }));
  await expect(inCart).toContainText("Rp 16.000");
  // Before any money: both figures, and the way on.
  await pay(till);
  const sheet = till.getByRole("dialog");
  await expect(sheet).toContainText("Rp 16.000");
  await sheet.getByRole("button", { name: t("prices.take") }).click();
  await expect(exact(till)).toContainText("23.100");
});

/** Holds back the next answer to a read: it is from before whatever happens until it is released. */
async function holdNext(page: Page, url: string): Promise<{ held: Promise<void>; release: () => Promise<void> }> {
  let release: () => Promise<void> = async () => {};
  const held = new Promise<void>((taken) => {
    void page.route(
      url,
      async (route: Route) => {
        const response = await route.fetch();
        const sent = new Promise<void>((go) => {
          release = async () => go();
        });
        taken();
        await sent;
        await route.fulfill({ response }).catch(() => {});
      },
      { times: 1 },
    );
  });
  return { held, release: () => release() };
}

test("U30 an older answer that comes later does not replace the newer one", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam", "3");
  await till.goto(`${outlet.server.url}/till/orders/${order.id}/pay`);
  await expect(exact(till)).toBeEnabled();
  const older = await holdNext(till, `**/api/v1/orders/${order.id}`);
  // Another order makes the till read this one again; that answer still says "open".
  await openOrder(outlet, "Espresso", "4");
  await older.held;
  await exact(till).click();
  await till.getByRole("button", { name: t("done.look") }).click();
  await older.release();
  await expect(till.getByText(t("status.paid")).first()).toBeVisible();
  await expect(payButton(till)).toBeHidden();
});
