// Printers: set up and tested at the console; receipts, copies, bills and codes at the till.

import { button, confirm, layer, openConsole, row, type } from "./consoles";
import { expect, type Outlet, test } from "./fixtures";
import { Printer } from "./printer";
import { fillShifts } from "./shifts";
import { words } from "./texts";
import { exact, goToOrder, more, openOrder, openTill, orders, paid, pay, sheet, t, tile } from "./till";

const c = words("console");
const p = words("till/src/print");

const add = (outlet: Outlet, printer: Printer, more: object = {}) =>
  outlet.api.post<{ id: string }>("/api/v1/printers", {
    name: "Kasir",
    kind: "receipt",
    address: "127.0.0.1",
    port: printer.port,
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

test("a printer that fails is an alarm on each page, and its paper is tried again", async ({ page, outlet }) => {
  const printer = await Printer.start();
  const { port } = printer;
  await printer[Symbol.asyncDispose]();
  const { id } = await outlet.api.post<{ id: string }>("/api/v1/printers", {
    name: "Dapur",
    kind: "kitchen",
    address: "127.0.0.1",
    port,
  });
  await outlet.api.post(`/api/v1/printers/${id}/test`, {});
  await openConsole(page, outlet, "printers");
  await expect(row(page, c("job.kind.test"))).toContainText(c("job.error.unreachable"));
  await expect(page.getByText(/Printer 'Dapur' tidak terjangkau/)).toBeVisible({ timeout: 40_000 });
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
