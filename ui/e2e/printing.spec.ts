// Printers: set up and tested at the console; receipts, copies, bills and codes at the till.

import { expectAccessible } from "./axe";
import { button, confirm, layer, openConsole, row, type } from "./consoles";
import { expect, type Outlet, test } from "./fixtures";
import { openBoard } from "./kitchen";
import { CONSOLE_PAGES } from "./pages";
import { Printer } from "./printer";
import { paidOrder } from "./refunds";
import { fillShifts } from "./shifts";
import { words } from "./texts";
import { exact, goToOrder, more, openOrder, openTill, orders, paid, pay, sheet, t, tile } from "./till";

const c = words("console");
const p = words("till/src/print");

/** Adds a printer that cannot be reached, and sends it a page. */
async function addUnreachable(outlet: Outlet): Promise<number> {
  const printer = await Printer.start();
  const { port } = printer;
  await printer[Symbol.asyncDispose]();
  const { id } = await add(outlet, { port }, { name: "Dapur", kind: "kitchen" });
  await outlet.api.post(`/api/v1/printers/${id}/test`, {});
  return port;
}

/** The server's words have other quotation marks than the page's. */
const ALARM = /Printer .Dapur. tidak terjangkau/;

const add = (outlet: Outlet, { port }: Pick<Printer, "port">, more: object = {}) =>
  outlet.api.post<{ id: string }>("/api/v1/printers", {
    name: "Kasir",
    kind: "receipt",
    address: "127.0.0.1",
    port,
    ...more,
  });

test("a printer is added and tested, and its papers are listed", async ({ page, outlet }) => {
  await using printer = await Printer.start();
  await openConsole(page, outlet, "printers");
  await expect(page.getByText(c("printers.empty"))).toBeVisible();
  await button(page, c("printers.new")).first().click();
  const sheet = layer(page, c("printers.new"));
  await type(sheet, {
    [c("field.name")]: "Printer kasir",
    [c("printers.address")]: "http://x",
    [c("printers.port")]: String(printer.port),
  });
  await button(sheet, c("action.save")).click();
  // Beside its field, and not again beside the button.
  await expect(sheet.getByText("192.168.1.50")).toHaveCount(1);
  await expect(sheet.getByText(c("form.marked"))).toBeVisible();
  await type(sheet, { [c("printers.address")]: "127.0.0.1" });
  await button(sheet, c("action.save")).click();
  await expect(sheet).toBeHidden();
  await button(page, "Printer kasir").click();
  const change = layer(page, "Printer kasir");
  await button(change, c("printers.test")).click();
  await expect(change.getByText(c("printers.test_sent"))).toBeVisible();
  await expect.poll(() => printer.papers.join()).toContain("TES CETAK");
  await page.keyboard.press("Escape");
  await expect(row(page, c("job.kind.test"))).toContainText(c("job.state.done"));
});

test("a printer that fails is an alarm on each page of the console, at the till and in the kitchen", async ({
  page,
  outlet,
  browser,
}) => {
  test.setTimeout(120_000);
  const port = await addUnreachable(outlet);
  await openConsole(page, outlet, "printers");
  // Above the page; the pages of sync list it once more.
  const alarm = page.getByText(ALARM).first();
  await expect(alarm).toBeVisible({ timeout: 40_000 });
  // The list says so too, and nothing claims that it works.
  await expect(row(page, `127.0.0.1:${port}`)).toContainText(c("job.error.unreachable"));
  await expect(row(page, `127.0.0.1:${port}`)).not.toContainText(c("printers.in_use"));
  for (const path of CONSOLE_PAGES) {
    await page.goto(`${outlet.server.url}/admin/${path}`);
    await test.step(path, () => expect(alarm).toBeVisible());
  }
  const till = await browser.newPage();
  await openTill(till, outlet);
  for (const path of ["", "orders", "tables", "shift"]) {
    await till.goto(`${outlet.server.url}/till/${path}`);
    await test.step(`till ${path}`, () => expect(till.getByRole("button", { name: ALARM })).toBeVisible());
  }
  const board = await browser.newPage();
  await openBoard(board, outlet);
  await expect(board.getByText(ALARM)).toBeVisible();
  // At most two lines on a phone.
  for (const shown of [page, board]) {
    await shown.setViewportSize({ width: 360, height: 740 });
    const line = shown.locator('[data-tone="wait"], [data-tone="bad"]').filter({ hasText: ALARM }).first();
    const lines = await line.evaluate((banner) => {
      const { lineHeight, fontSize } = getComputedStyle(banner);
      const height = lineHeight === "normal" ? 1.4 * Number.parseFloat(fontSize) : Number.parseFloat(lineHeight);
      return (banner.getBoundingClientRect().height - 17) / height;
    });
    expect(lines).toBeLessThan(2.5);
    await expectAccessible(shown);
  }
  await till.close();
  await board.close();
});

test("the paper of a printer that failed is tried again", async ({ page, outlet }) => {
  await addUnreachable(outlet);
  await openConsole(page, outlet, "printers");
  await expect(row(page, c("job.kind.test"))).toContainText(c("job.error.unreachable"));
  outlet.folder.sql("pos.db", "update print_jobs set state = 'failed', error = 'unreachable'");
  await page.reload();
  await expect(row(page, c("job.kind.test"))).toContainText(c("job.state.failed"));
  await button(page, c("jobs.retry")).click();
  await confirm(page, c("jobs.retry.title", { name: "Dapur" }), c("jobs.retry"));
  await expect(row(page, c("job.kind.test"))).toContainText(c("job.state.queued"));
});

test("a receipt is printed when it is paid, and again as a copy; the guest reads it by a code", async ({
  page: till,
  context,
  outlet,
}) => {
  await using printer = await Printer.start();
  await add(outlet, printer);
  await openTill(till, outlet);
  await tile(till, "Espresso").click();
  await pay(till);
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
  await expect.poll(() => printer.papers.length).toBe(1);
  expect(printer.papers[0]).toContain("Espresso");
  await paid(till)
    .getByRole("button", { name: t("receipt"), exact: true })
    .click();
  await button(sheet(till), p("print.receipt.act")).click();
  await expect(sheet(till).getByText(p("print.done", { name: "Kasir" }))).toBeVisible();
  expect(printer.papers[1]).toContain("SALINAN 1");
  await button(sheet(till), p("print.code")).click();
  await expect(sheet(till).getByRole("img", { name: p("print.code.label") })).toBeVisible();
  const address = await sheet(till)
    .getByRole("link", { name: p("print.code.open") })
    .getAttribute("href");
  // A guest has no session.
  await context.clearCookies();
  const guest = await context.newPage();
  await guest.goto(`${outlet.server.url}${address}`);
  const [order] = await orders(outlet);
  await expect(guest.getByText(String((order as unknown as { order_number: string }).order_number))).toBeVisible();
  await guest.emulateMedia({ media: "print" });
  const { width } = await guest.locator("main").evaluate((main) => main.getBoundingClientRect());
  // 48 mm at 96 dots per inch.
  expect(width).toBeCloseTo(181.4, 0);
});

test("the bill of an open order says that it is not paid, and a paid order prints its receipt", async ({
  page: till,
  outlet,
}) => {
  await using printer = await Printer.start();
  await add(outlet, printer);
  const order = await openOrder(outlet, "Espresso", "4");
  await openTill(till, outlet);
  await goToOrder(till, outlet, order);
  await more(till, p("print.bill.act"));
  await button(sheet(till), p("print.bill.act")).click();
  await expect(sheet(till).getByText(p("print.done", { name: "Kasir" }))).toBeVisible();
  expect(printer.papers[0]).toContain("BELUM DIBAYAR");
});

test("the slip of a cash movement is printed at the till, and a shift at the console on a chosen printer", async ({
  page,
  outlet,
  browser,
}) => {
  await using front = await Printer.start();
  await using office = await Printer.start();
  const { id: printer } = await add(outlet, front);
  await add(outlet, office, { name: "Kantor" });
  const shifts = await fillShifts(outlet.api);
  await openTill(page, outlet);
  const [device] = await outlet.api.get<{ id: string }[]>("/api/v1/devices");
  await outlet.api.call("PATCH", `/api/v1/devices/${device?.id}`, { printer_id: printer });
  await page.goto(`${outlet.server.url}/till/shift/${shifts.open}`);
  await page.getByRole("button", { name: /Laci penuh/ }).click();
  await button(sheet(page), p("print.slip")).click();
  await expect(sheet(page).getByText(p("print.done", { name: "Kasir" }))).toBeVisible();
  expect(front.papers.join()).toContain("Laci penuh");

  const desk = await browser.newPage();
  await openConsole(desk, outlet, `shifts/${shifts.short}`);
  await button(desk, c("print.z")).click();
  await desk.getByRole("menuitem", { name: "Kantor" }).click();
  await expect(desk.getByText(c("print.done", { name: "Kantor" }))).toBeVisible();
  expect(office.papers).toHaveLength(1);
  await desk.close();
});

test("printers are found in the network, and a new one is chosen and saved", async ({ page, outlet }) => {
  await using printer = await Printer.start();
  await using other = await Printer.start();
  const { id } = await add(outlet, other);
  const found = [
    { address: "127.0.0.1", port: other.port, answers: true, printer_id: id },
    { address: "127.0.0.2", port: printer.port, answers: true, printer_id: null },
    { address: "192.168.1.77", port: 9100, answers: false, printer_id: null },
  ];
  // The network of the machine that tests is nobody's business.
  await page.route("**/api/v1/printers/find", (route) => route.fulfill({ json: { success: true, data: found } }));
  await openConsole(page, outlet, "printers");
  await button(page, c("printers.find")).click();
  const search = layer(page, c("printers.find"));
  await expect(search.getByText(c("printers.known"))).toHaveCount(1);
  await expect(search.getByText(c("printers.accepts"))).toHaveCount(1);
  await expect(button(search, c("printers.choose"))).toHaveCount(2);
  await expectAccessible(page);
  await button(search, c("printers.choose")).first().click();
  const sheet = layer(page, c("printers.new"));
  await expect(sheet.getByLabel(c("printers.address"), { exact: true })).toHaveValue("127.0.0.2");
  await type(sheet, { [c("field.name")]: "Teras" });
  await button(sheet, c("action.save")).click();
  await expect(row(page, "Teras")).toContainText(`127.0.0.2:${printer.port}`);
});

test("U57 a browser prints the receipt alone, on one page as wide as the paper", async ({ page, outlet }) => {
  const order = await paidOrder(outlet, [
    ["Soto Ayam", 2],
    ["Espresso", 1],
  ]);
  await openTill(page, outlet);
  for (const [columns, millimeters] of [
    [32, 58],
    [48, 80],
  ]) {
    await page.goto(`${outlet.server.url}/api/v1/orders/${order.id}/receipt?as=html&width=${columns}`);
    await page.emulateMedia({ media: "print" });
    await expect(page.locator("body > :visible")).toHaveCount(1);
    await expect(page.locator("body > main")).toContainText("Soto Ayam");
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    expect(pdf.match(/\/Type\s*\/Page\b/g), `${millimeters} mm`).toHaveLength(1);
    const [, width] = /\/MediaBox\s*\[\s*0\s+0\s+([\d.]+)/.exec(pdf) ?? [];
    expect((Number(width) / 72) * 25.4).toBeCloseTo(millimeters as number, 0);
  }
});
