// The screen of kitchen and bar: tickets by age, bump, undo and recall, voids, sounds, keys, and a server that is away.

import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { LATTE } from "./cafe";
import { expect, test } from "./fixtures";
import { atServer, bump, openBoard, send, start, t, ticketOf, tickets } from "./kitchen";
import { Printer } from "./printer";
import { smallTargets } from "./targets";
import { words } from "./texts";

/** Marks a tab as hidden or shown: Playwright shows all tabs at once. */
const setHidden = (page: Page, hidden: boolean) =>
  page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { get: () => value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
/** Lets a page count how often it asks for a screen that stays on. The browser lets it go when the page is hidden. */
const countWakeLocks = (page: Page) =>
  page.addInitScript(() => {
    const request = async () => {
      document.documentElement.dataset.awake = String(Number(document.documentElement.dataset.awake ?? 0) + 1);
      const lock = { released: false, release: async () => {} };
      document.addEventListener("visibilitychange", () => {
        lock.released ||= document.hidden;
      });
      return lock;
    };
    Object.defineProperty(navigator, "wakeLock", { value: { request } });
  });
const wakeLocks = (page: Page): Promise<number> =>
  page.evaluate(() => Number(document.documentElement.dataset.awake ?? 0));
/** How often the board has made a sound. */
const rung = (page: Page): Promise<number> => page.evaluate(() => Number(document.documentElement.dataset.rung ?? 0));

test("a ticket of the own station appears at once, the oldest first, and a bump takes it off", async ({
  page,
  outlet,
}) => {
  await openBoard(page, outlet);
  await expect(page.getByText(t("board.empty"))).toBeVisible();
  await send(outlet, "4", [
    ["Soto Ayam", 2],
    ["Espresso", 1],
  ]);
  await expect(tickets(page)).toHaveCount(1);
  await send(outlet, null, [["Pisang Goreng", 1]]);
  await expect(tickets(page)).toHaveCount(2);
  await expect(tickets(page).first()).toContainText(t("ticket.table", { table: "4" }));
  await expect(tickets(page).first()).toContainText("Soto Ayam");
  await expect(tickets(page).first(), "the bar makes coffee").not.toContainText("Espresso");
  await expect(tickets(page).last()).toContainText(t("type.take_away"));
  await bump(tickets(page).first()).click();
  await expect(tickets(page)).toHaveCount(1);
  await expect.poll(async () => (await atServer(outlet, "state=ready")).length).toBe(1);
});

test("U50 moving, merging and splitting after sending show the new table and send nothing again", async ({
  page,
  outlet,
}) => {
  await openBoard(page, outlet);
  const first = await send(outlet, "1", [["Soto Ayam", 2]]);
  const second = await send(outlet, "2", [["Mie Goreng Jawa", 1]]);
  await expect(tickets(page)).toHaveCount(2);
  await outlet.api.post(`/api/v1/orders/${first.id}/move`, { table_number: "4" });
  await expect(ticketOf(page, "4")).toContainText(t("flag.moved_from", { table: "1" }));
  await outlet.api.post(`/api/v1/orders/${first.id}/merge`, { from: [second.id] });
  await expect(ticketOf(page, "4")).toHaveCount(2);
  const line = first.lines[0]?.id;
  await outlet.api.post(`/api/v1/orders/${first.id}/split`, { parts: [[{ line_id: line, qty: 1 }]] });
  await expect(tickets(page)).toHaveCount(2);
  await expect(tickets(page).first().getByText("Soto Ayam")).toHaveCount(2);
  // The flag ends when somebody has touched the ticket.
  await tickets(page).first().getByRole("button").first().click();
  await expect(tickets(page).first()).not.toContainText(t("flag.moved_from", { table: "1" }));
  await expect(tickets(page).first()).toContainText(t("flag.cooking"));
});

test("U51 a cancelled order is struck within a second, with a sound, and stays until it was seen", async ({
  page,
  outlet,
}) => {
  await openBoard(page, outlet);
  const order = await send(outlet, "3", [["Soto Ayam", 1]]);
  await expect(tickets(page)).toHaveCount(1);
  await page.mouse.click(5, 5);
  const before = await rung(page);
  await outlet.api.post(`/api/v1/orders/${order.id}/void`, { reason: "Tamu pergi" });
  await expect(tickets(page).first()).toHaveAttribute("data-state", "cancelled", { timeout: 1_000 });
  await expect.poll(() => rung(page)).toBeGreaterThan(before);
  await expect(tickets(page).first()).toContainText(t("line.void"));
  await expect(bump(tickets(page).first())).toHaveText(t("ticket.seen"));
  await bump(tickets(page).first()).click();
  await expect(tickets(page)).toHaveCount(0);
});

test("U51 a void of the last dish stays until it was seen, and a note that comes later is marked", async ({
  page,
  outlet,
}) => {
  await openBoard(page, outlet);
  const order = await send(outlet, "3", [
    ["Soto Ayam", 1],
    ["Mie Goreng Jawa", 1],
  ]);
  const mie = order.lines.find(({ name }) => name === "Mie Goreng Jawa");
  await outlet.api.call("PATCH", `/api/v1/orders/${order.id}`, { note: "Tanpa kacang" });
  await expect(tickets(page).first()).toContainText("Tanpa kacang");
  await expect(tickets(page).first().getByText(t("line.changed"))).toHaveCount(2);
  const dish = tickets(page).first().getByRole("button", { name: "Soto Ayam" });
  await dish.click();
  await dish.click();
  await outlet.api.post(`/api/v1/orders/${order.id}/lines/${mie?.id}/void`, { kind: "returned", reason: "Habis" });
  await expect(tickets(page).first()).toContainText(t("line.void"));
  await expect(bump(tickets(page).first())).toHaveText(t("ticket.seen"));
  await bump(tickets(page).first()).click();
  await expect(tickets(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: t("action.undo") }), "nothing was made ready").toHaveCount(0);
});

test("a bumped ticket is printed again, as a copy", async ({ page, outlet }) => {
  await using printer = await Printer.start();
  const { port } = printer;
  const kitchen = { name: "Dapur", kind: "kitchen", address: "127.0.0.1", port, stations: ["kitchen"] };
  await outlet.api.post("/api/v1/printers", kitchen);
  await openBoard(page, outlet);
  await send(outlet, "3", [["Soto Ayam", 1]]);
  await expect.poll(() => printer.papers.length).toBe(1);
  await bump(tickets(page).first()).click();
  await page.getByRole("button", { name: t("recall") }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /Cetak lagi/ })
    .click();
  await expect(page.getByText(t("recall.printed"))).toBeVisible();
  await expect.poll(() => printer.papers.length).toBe(2);
  expect(printer.papers.at(-1)).toContain("SALINAN 1");
});

test("U52 a board without its server says how old it is, and everything that was missed is there on return", async ({
  page,
  outlet,
}) => {
  await openBoard(page, outlet);
  await send(outlet, "1", [["Soto Ayam", 1]]);
  await expect(tickets(page)).toHaveCount(1);
  await outlet.server.kill();
  const away = page.getByTestId("away");
  await expect(away).toBeVisible({ timeout: 15_000 });
  await expect(away).toContainText(t("away"));
  await expect(away).toContainText(/\d+ (detik|menit)/);
  await expect(tickets(page), "what it shows stays readable").toHaveCount(1);
  await expect(page.getByTestId("bump")).toBeDisabled();
  await outlet.restart();
  await send(outlet, "2", [["Kentang Goreng", 1]]);
  await expect(away).toHaveCount(0, { timeout: 15_000 });
  await expect(tickets(page)).toHaveCount(2);
  await bump(tickets(page).first()).click();
  await expect(tickets(page)).toHaveCount(1);
});

test("U53 a new ticket makes a sound that repeats until somebody touches the screen", async ({ page, outlet }) => {
  await openBoard(page, outlet);
  expect(await rung(page)).toBe(0);
  await send(outlet, "1", [["Soto Ayam", 1]]);
  await expect.poll(() => rung(page)).toBe(1);
  await expect.poll(() => rung(page), { timeout: 8_000 }).toBe(2);
  await expect(page.getByRole("banner").getByRole("status")).toHaveText("1 baru");
  await page.mouse.click(5, 5);
  const seen = await rung(page);
  // The silence is the subject: longer than the sound's interval.
  await page.waitForTimeout(6_000);
  expect(await rung(page)).toBe(seen);
});

test("U54 a bump by mistake is undone within ten seconds, and recalled later, to its place", async ({
  page,
  outlet,
}) => {
  await openBoard(page, outlet);
  await send(outlet, "1", [["Soto Ayam", 1]]);
  await send(outlet, "2", [["Kentang Goreng", 1]]);
  await expect(tickets(page)).toHaveCount(2);
  await bump(ticketOf(page, "1")).click();
  await expect(tickets(page)).toHaveCount(1);
  await page.getByTestId("undo").click();
  await expect(tickets(page)).toHaveCount(2);
  await expect(tickets(page).first()).toContainText(t("ticket.table", { table: "1" }));
  await bump(ticketOf(page, "1")).click();
  await expect(page.getByTestId("undo")).toHaveCount(0, { timeout: 12_000 });
  await page.getByTestId("recall").click();
  const entry = page
    .getByRole("dialog")
    .getByRole("listitem")
    .filter({ hasText: t("ticket.table", { table: "1" }) });
  await expect(entry).toContainText("1 Soto Ayam");
  await entry.getByTestId("recall-ticket").click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(tickets(page).first()).toContainText(t("ticket.table", { table: "1" }));
});

test("U55 an unknown state and a broken time are shown as they are", async ({ page, outlet }) => {
  await openBoard(page, outlet);
  await send(outlet, "1", [["Soto Ayam", 1]]);
  await expect(tickets(page)).toHaveCount(1);
  await page.route("**/api/v1/kitchen/tickets?*", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.json()) as { data: { sent_at: string; lines: { state: string }[] }[] };
    for (const ticket of body.data) {
      ticket.sent_at = "yesterday";
      for (const line of ticket.lines) line.state = "burnt";
    }
    await route.fulfill({ response: answer, json: body });
  });
  await send(outlet, "2", [["Kentang Goreng", 1]]);
  await expect(tickets(page)).toHaveCount(2);
  await expect(tickets(page).first()).toContainText("burnt");
  await expect(tickets(page).first()).toContainText("—");
  await expect(page.locator("body")).not.toContainText("NaN");
});

test("U56 seven tabs over plain HTTP all show a new ticket when they are looked at", async ({
  page,
  outlet,
  context,
}) => {
  test.setTimeout(120_000);
  await openBoard(page, outlet);
  const tabs = [page];
  for (let count = 1; count < 7; count += 1) {
    await setHidden(tabs.at(-1) as Page, true);
    const tab = await context.newPage();
    await tab.goto(`${outlet.server.url}/kitchen/`);
    await start(tab);
    tabs.push(tab);
  }
  await send(outlet, "1", [["Soto Ayam", 1]]);
  for (const tab of tabs) {
    await setHidden(tab, false);
    await expect(tickets(tab)).toHaveCount(1);
    await setHidden(tab, true);
  }
});

test("the keys of a bump bar bump the ticket with their number", async ({ page, outlet }) => {
  await openBoard(page, outlet);
  for (const table of ["1", "2", "3"]) await send(outlet, table, [["Soto Ayam", 1]]);
  await expect(tickets(page)).toHaveCount(3);
  await page.keyboard.press("2");
  await expect(tickets(page)).toHaveCount(2);
  await expect(ticketOf(page, "2")).toHaveCount(0);
  await page.keyboard.press("9");
  await expect(tickets(page)).toHaveCount(2);
});

test("items are made one by one, and all-day counts what is left to make", async ({ page, outlet }) => {
  await openBoard(page, outlet);
  await send(outlet, "1", [
    ["Soto Ayam", 2],
    ["Kentang Goreng", 1],
  ]);
  await send(outlet, "2", [["Soto Ayam", 3]]);
  await expect(tickets(page)).toHaveCount(2);
  const allDay = async (): Promise<string[]> => {
    await page.getByRole("button", { name: t("all_day") }).click();
    const rows = page.getByRole("dialog").getByRole("listitem");
    await expect(rows.first()).toBeVisible();
    const found = await rows.allInnerTexts();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    return found.map((text) => text.replace(/\s+/g, " "));
  };
  expect(await allDay()).toEqual(["5 Soto Ayam", "1 Kentang Goreng"]);
  const soup = ticketOf(page, "1").getByRole("button", { name: /Soto Ayam/ });
  await soup.click();
  await expect(soup.getByLabel(t("state.cooking"))).toBeVisible();
  await soup.click();
  await expect(soup.getByLabel(t("state.ready"))).toBeVisible();
  expect(await allDay()).toEqual(["3 Soto Ayam", "1 Kentang Goreng"]);
});

test("what is left is counted, and at zero nobody can sell it", async ({ page, outlet }) => {
  await openBoard(page, outlet);
  await page.getByRole("button", { name: t("left"), exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("searchbox").fill("Soto");
  await dialog.getByRole("listitem").filter({ hasText: "Soto Ayam" }).getByRole("button").click();
  const row = dialog.getByRole("listitem").first();
  await row.getByRole("textbox").fill("12");
  await row.getByRole("button", { name: t("left.save") }).click();
  await expect(row).toContainText(t("left.some", { count: 12 }));
  await send(outlet, "1", [["Soto Ayam", 5]]);
  await expect(row).toContainText(t("left.some", { count: 7 }));
  await row.getByRole("button", { name: t("left.out"), exact: true }).click();
  await expect(row).toContainText(t("left.none"));
  await expect(send(outlet, "1", [["Soto Ayam", 1]])).rejects.toThrow("sold_out");
});

test("the screen stays on from the start, and again when the page is looked at again", async ({ page, outlet }) => {
  await countWakeLocks(page);
  await openBoard(page, outlet);
  await expect.poll(() => wakeLocks(page)).toBe(1);
  await setHidden(page, true);
  expect(await wakeLocks(page)).toBe(1);
  await setHidden(page, false);
  await expect.poll(() => wakeLocks(page)).toBe(2);
  // Before the first touch there is nothing to keep on.
  await page.reload();
  await expect(page.getByRole("button", { name: t("start"), exact: true })).toBeVisible();
  expect(await wakeLocks(page)).toBe(0);
});

test("a ticket that waits 8 minutes has another tone, and after 15 minutes a third", async ({ page, outlet }) => {
  let ahead = 0;
  // The age is by the server's clock, which moves with the page's.
  await page.route("**/api/v1/status", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.json()) as { data: { server_time: string } };
    body.data.server_time = new Date(Date.parse(body.data.server_time) + ahead).toISOString();
    await route.fulfill({ response: answer, json: body });
  });
  await page.clock.install();
  await openBoard(page, outlet);
  await send(outlet, "1", [["Soto Ayam", 1]]);
  const ticket = tickets(page).first();
  const pass = async (minutes: number) => {
    ahead += minutes * 60_000;
    await page.clock.fastForward(minutes * 60_000);
  };
  await expect(ticket).toHaveAttribute("data-tone", "calm");
  await pass(7);
  await expect(ticket).toContainText(t("ticket.minutes", { count: 7 }));
  await expect(ticket).toHaveAttribute("data-tone", "calm");
  await pass(1);
  await expect(ticket).toHaveAttribute("data-tone", "wait");
  const waiting = await ticket.evaluate((card) => getComputedStyle(card).borderColor);
  await pass(7);
  await expect(ticket).toHaveAttribute("data-tone", "late");
  expect(await ticket.evaluate((card) => getComputedStyle(card).borderColor)).not.toBe(waiting);
});

test("station, limits and silence of a screen are still there after a reload", async ({ page, outlet }) => {
  await openBoard(page, outlet, "manager");
  const settings = page.getByRole("dialog");
  const open = () => page.getByRole("button", { name: t("settings"), exact: true }).click();
  await open();
  await settings.getByText(t("station.bar"), { exact: true }).click();
  await settings.getByLabel(t("settings.wait")).fill("3");
  await settings.getByLabel(t("settings.late")).fill("5");
  await settings.getByRole("switch", { name: t("settings.sound") }).click();
  await expect(settings.getByLabel(t("settings.sound"))).not.toBeChecked();
  await page.reload();
  await start(page);
  await expect(page.getByRole("heading", { name: t("station.bar") })).toBeVisible();
  await open();
  await expect(settings.getByLabel(t("settings.wait"))).toHaveValue("3");
  await expect(settings.getByLabel(t("settings.late"))).toHaveValue("5");
  await expect(settings.getByLabel(t("settings.sound"))).not.toBeChecked();
  await page.keyboard.press("Escape");
  await send(outlet, "1", [
    ["Espresso", 1],
    ["Soto Ayam", 1],
  ]);
  await expect(tickets(page)).toHaveCount(1);
  await expect(tickets(page)).toContainText("Espresso");
  expect(await rung(page), "it makes no sound").toBe(0);
});

test("500 tickets are on the board, and a bump works within a second", async ({ page, outlet }) => {
  test.setTimeout(120_000);
  await send(outlet, "1", [["Soto Ayam", 2]]);
  // Copies of the first: 500 orders through the API would take a minute.
  outlet.folder.sql(
    "pos.db",
    `begin immediate;
     create temp table copies as with recursive n(at) as (select 2 union all select at + 1 from n where at < 500)
       select at, t.* from n, tickets t;
     insert into tickets (id, number, business_date, station, order_id, sent_at, changed_at)
       select id || '-' || at, at + 1000, business_date, station, order_id, sent_at, changed_at from copies;
     insert into ticket_lines (ticket_id, id, order_id, order_line_id)
       select c.id || '-' || c.at, l.id, l.order_id, l.order_line_id from copies c, ticket_lines l
       where l.ticket_id = c.id;
     commit`,
  );
  await openBoard(page, outlet);
  await expect(tickets(page)).toHaveCount(500);
  const last = tickets(page).last();
  await last.scrollIntoViewIfNeeded();
  await expect(last).toBeInViewport();
  await expect(page.getByRole("button", { name: t("all_day") }), "the head stays").toBeInViewport();
  await bump(last).click();
  await expect(tickets(page)).toHaveCount(499, { timeout: 1_000 });
  await expect.poll(async () => (await atServer(outlet, "state=ready")).length).toBe(1);
});

test("a variant is counted apart, and at zero only the others can be sold", async ({ page, outlet }) => {
  await openBoard(page, outlet, "manager");
  await page.getByRole("button", { name: t("left"), exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("searchbox").fill("Latte");
  await dialog.getByRole("listitem").filter({ hasText: LATTE }).getByRole("button").click();
  const part = (name: string) => dialog.getByRole("listitem").filter({ hasText: name });
  // The product, its sizes and its options.
  await expect(dialog.getByRole("listitem")).toHaveText(
    [t("left.whole"), "Kecil", "Besar", "Normal", "Sedikit", "Espresso shot", "Susu oat"].map(
      (name) => new RegExp(name),
    ),
  );
  await part("Besar").getByRole("textbox").fill("1");
  await part("Besar")
    .getByRole("button", { name: t("left.save") })
    .click();
  await expect(part("Besar")).toContainText(t("left.some", { count: 1 }));
  await expect(part("Kecil")).toContainText(t("left.uncounted"));
  const order = (variant: string) =>
    outlet.api.post("/api/v1/orders", {
      lines: [
        {
          product_id: outlet.cafe.products[LATTE],
          variant_id: variant,
          qty: 1,
          modifiers: [{ id: "normal", qty: 1 }],
        },
      ],
    });
  await order("l");
  await expect(part("Besar")).toContainText(t("left.none"));
  await expect(order("l")).rejects.toThrow("sold_out");
  await order("s");
});

test("the board is accessible and its targets are large, on each screen and in both themes", async ({
  page,
  outlet,
}) => {
  test.setTimeout(120_000);
  await openBoard(page, outlet, "manager");
  await send(outlet, "1", [
    ["Soto Ayam", 2],
    ["Espresso", 1],
  ]);
  const order = await send(outlet, "2", [["Kentang Goreng", 1]]);
  await outlet.api.post(`/api/v1/orders/${order.id}/void`, { reason: "Batal" });
  await expect(tickets(page).and(page.locator('[data-state="cancelled"]'))).toHaveCount(1);
  for (const scheme of ["dark", "light"]) {
    await page.evaluate((value) => localStorage.setItem("mantine-color-scheme-value", value), scheme);
    await page.reload();
    await start(page);
    await expect(tickets(page)).toHaveCount(3);
    for (const width of [360, 1024, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      await test.step(`${scheme} ${width}`, async () => {
        await expectAccessible(page);
        expect(await smallTargets(page)).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
      });
    }
  }
});

test("a device that is paired as a kitchen screen comes to the board", async ({ page, outlet }) => {
  const body = { name: "Layar dapur", kind: "kitchen" };
  const { code } = await outlet.api.post<{ code: string }>("/api/v1/devices/pairing-codes", body);
  await page.goto(`${outlet.server.url}/till/?pair=${code}`);
  await page.getByRole("button", { name: words("till")("pair.action"), exact: true }).click();
  await page.waitForURL(`${outlet.server.url}/kitchen/`);
  await expect(page.getByRole("heading", { name: t("app") })).toBeVisible();
});

test("on a paired screen the cook chooses a name and types the PIN", async ({ page, outlet }) => {
  const cook = { username: "joko", name: "Joko", role: "kitchen", pin: "8024" };
  await outlet.api.post("/api/v1/users", cook);
  const screen = { name: "Layar dapur", kind: "kitchen" };
  const { code } = await outlet.api.post<{ code: string }>("/api/v1/devices/pairing-codes", screen);
  const { url } = outlet.server;
  await page.request.post(`${url}/api/v1/devices/pair`, { data: { code }, failOnStatusCode: true });
  await page.goto(`${url}/kitchen/`);
  await page.getByText("Joko", { exact: true }).click();
  await expectAccessible(page);
  await page.getByLabel("PIN").fill(cook.pin);
  await page.getByRole("button", { name: "Masuk" }).click();
  await start(page);
  await expect(page.getByText(t("board.empty"))).toBeVisible();
});
