// Pictures of every page and sheet of the consoles: `npm run screens`, into target/screens.

import type { Page } from "@playwright/test";
import { Api } from "../api";
import { MERCHANT } from "../cafe";
import { button, openConsole, openOffice } from "../consoles";
import { expect, type Outlet, startOutlet, test } from "../fixtures";
import { CONSOLE_PAGES, OFFICE_PAGES } from "../pages";
import { Printer } from "../printer";
import { Folder } from "../process";
import { type Language, type Words, words } from "../texts";
import { FAULT } from "./fault";
import { fillChain, fillPrinters } from "./scene";
import { watch } from "./settled";
import { PHONE, shoot, speakOn, WIDE } from "./shoot";

test.setTimeout(600_000);

/** A sheet of a page: what opens it. */
type Opening = (page: Page, t: Words) => Promise<void>;

const press =
  (id: string, values?: Record<string, string>): Opening =>
  (page, t) =>
    button(page, t(id, values)).first().click();

const CONSOLE_SHEETS: [name: string, path: string, open: Opening][] = [
  ["category", "categories", press("categories.new")],
  ["charge", "charges", press("charges.new")],
  ["tender", "tenders", press("tenders.new")],
  ["person", "staff", press("staff.new")],
  [
    "pin",
    "staff",
    (page, t) =>
      page
        .getByRole("button", { name: t("staff.new_pin") })
        .first()
        .click(),
  ],
  [
    "pair",
    "devices",
    async (page, t) => {
      await button(page, t("devices.pair")).first().click();
      await page.getByRole("dialog").getByRole("textbox").first().fill("Kasir depan");
      await button(page, t("devices.make_code")).click();
      await expect(page.getByRole("img", { name: t("devices.qr") })).toBeVisible();
    },
  ],
  ["printer", "printers", press("printers.new")],
  ["drawer", "drawers", press("drawers.new")],
  ["menu", "", (page) => page.locator("header button[aria-haspopup=menu]").click()],
];

const OFFICE_SHEETS: [name: string, path: string, open: Opening][] = [
  ["category", "categories", press("category.add")],
  ["charge", "charges", press("charge.add")],
  ["tender", "tenders", press("tender.add")],
  ["announcement", "announcements", press("announcement.new")],
  ["letter", "quarantine", (page, t) => button(page, t("entity.order")).first().click()],
  ["manage", "outlets/ID", press("outlet.manage")],
  [
    "code",
    "outlets/ID",
    async (page, t) => {
      await button(page, t("outlet.manage")).click();
      await page.getByRole("menuitem", { name: t("outlet.code.make"), exact: true }).click();
    },
  ],
];

const file = (path: string) => (path === "" ? "today" : path.replace(/[?&]\w+=/g, "-").replaceAll("/", "-"));

interface App {
  page: Page;
  name: "console" | "office";
  url: (path: string) => string;
  settled: () => Promise<void>;
}

const LANGUAGES: Language[] = ["id", "en"];

async function shootPage({ page, name, url, settled }: App, path: string, as = file(path)): Promise<void> {
  await page.goto(url(path));
  await settled();
  for (const language of LANGUAGES) {
    await speakOn(page, language);
    await settled();
    await shoot(page, `${name}-${as}`, language);
  }
}

/** A sheet is opened anew for each kind of width: a phone's sheet is another one. */
async function shootSheet({ page, name, url, settled }: App, as: string, path: string, open: Opening): Promise<void> {
  for (const language of LANGUAGES) {
    for (const widths of [PHONE, WIDE]) {
      await page.setViewportSize({ width: widths[0]?.[0] as number, height: 800 });
      await page.goto(url(path));
      await settled();
      await speakOn(page, language);
      await settled();
      await open(page, words(name, language));
      await settled();
      await shoot(page, `${name}-sheet-${as}`, language, widths);
    }
  }
}

/** Compares an acquirer's statement: it has the first two payments, one that the shop does not know, and a line of something else. */
async function matchStatement(page: Page, outlet: Outlet): Promise<void> {
  const all = await outlet.api.get<{ created_at: string; amount: number }[]>("/api/v1/reports/unconfirmed");
  const rows = all.slice(0, 2).map(({ created_at, amount }, at) => `${created_at};${amount};'00011${at}`);
  const text = ["Tanggal;Nominal;RRN", ...rows, `${all[0]?.created_at};12345;'000999`, "saldo awal;;", ""].join("\n");
  const file = { name: "mutasi.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
  await page.locator("input[type=file]").setInputFiles(file);
  await expect(page.getByText("000110").first()).toBeVisible();
}

test("console", async ({ page, linked }) => {
  const { outlet } = linked;
  const { productId, refundId, refundedId, shiftId, openShiftId } = await fillChain(linked);
  await using printer = await Printer.start();
  await fillPrinters(outlet, printer);
  await outlet.api.call("PUT", "/api/v1/config/qris", { payload: MERCHANT });
  const settled = watch(page);
  await openConsole(page, outlet);
  const app: App = { page, name: "console", url: (path) => `${outlet.server.url}/admin/${path}`, settled };
  for (const path of CONSOLE_PAGES) await shootPage(app, path);
  for (const [name, path] of [
    ["product", `products/${productId}`],
    ["refund", `refunds/${refundId}`],
    ["order-refunded", `orders/${refundedId}`],
    ["reports-days", "reports?period=month&by=day"],
    ["shift", `shifts/${shiftId}`],
    ["shift-open", `shifts/${openShiftId}`],
    ["sync-discarded", "sync/failed?view=discarded"],
  ] as const) {
    await shootPage(app, path, name);
  }
  for (const language of LANGUAGES) {
    await page.goto(app.url("unconfirmed"));
    await settled();
    await speakOn(page, language);
    await matchStatement(page, outlet);
    await settled();
    await shoot(page, "console-unconfirmed-matched", language);
  }
  await shootSheet(app, "recount", `shifts/${shiftId}`, press("shifts.recount"));
  for (const [name, path, open] of CONSOLE_SHEETS) await shootSheet(app, name, path, open);
  await page.goto(app.url(""));
  await settled();
  await outlet.server.kill();
  for (const language of LANGUAGES) {
    await speakOn(page, language);
    await expect(page.getByText(words("console", language)("banner.unreachable"))).toBeVisible({ timeout: 40_000 });
    await shoot(page, "console-away", language);
  }
});

test("office", async ({ page, linked }) => {
  const { hub } = linked;
  const { outletId, productId, orderId, refundId, refundedId, shiftId } = await fillChain(linked);
  const settled = watch(page);
  await openOffice(page, hub);
  const app: App = { page, name: "office", url: (path) => `${hub.server.url}/${path}`, settled };
  for (const path of OFFICE_PAGES) await shootPage(app, path);
  for (const group of ["hour", "outlet", "product"]) await shootPage(app, `sales?group=${group}`);
  await shootPage(app, "quarantine?tab=reported");
  await shootPage(app, `statements?outlet=${outletId}`, "statements-outlet");
  await shootPage(app, `orders/${orderId}`, "order");
  await shootPage(app, `orders/${refundedId}`, "order-refunded");
  await shootPage(app, `refunds/${refundId}`, "refund");
  await shootPage(app, `shifts/${shiftId}`, "shift");
  await shootPage(app, "products/new");
  for (const tab of ["", "prices", "delivery"])
    await shootPage(app, `products/${productId}${tab && `?tab=${tab}`}`, `product-${tab}`);
  for (const tab of ["", "users", "settings", "announcements", "webhook"]) {
    await shootPage(app, `outlets/${outletId}${tab && `?tab=${tab}`}`, `outlet-${tab}`);
  }
  for (const [name, path, open] of OFFICE_SHEETS) await shootSheet(app, name, path.replace("ID", outletId), open);
  await page.goto(app.url("outlets"));
  await settled();
  await hub.server.kill();
  for (const language of LANGUAGES) {
    await speakOn(page, language);
    await page.getByRole("link", { name: words("office", language)("nav.orders"), exact: true }).click();
    await expect(page.getByText(words("office", language)("banner.unreachable"))).toBeVisible({ timeout: 60_000 });
    await shoot(page, "office-away", language);
  }
});

test("consoles that read nothing", async ({ page, linked }) => {
  const { hub, outlet } = linked;
  const settled = watch(page);
  await openConsole(page, outlet);
  // Those who they are, and the frame around the pages, are still known.
  const fail = (url: RegExp, known: RegExp) =>
    page.route(url, (route) => (known.test(route.request().url()) ? route.fallback() : route.fulfill(FAULT)));
  await fail(/\/api\/v1\//, /auth\/me|\/status|\/events/);
  for (const path of CONSOLE_PAGES) {
    await page.goto(`${outlet.server.url}/admin/${path}`);
    await settled();
    await shoot(page, `console-error-${file(path)}`, "id");
  }
  await openOffice(page, hub);
  await fail(/\/v1\/hq\//, /auth\/|\/events|\/api\/v1/);
  for (const path of OFFICE_PAGES) {
    await page.goto(`${hub.server.url}/${path}`);
    await settled();
    await shoot(page, `office-error-${file(path)}`, "id");
  }
});

test("consoles without data", async ({ page, hub }) => {
  const settled = watch(page);
  using folder = new Folder();
  const server = await startOutlet(folder);
  try {
    const outlet = {
      server,
      folder,
      api: await Api.outlet(server.url),
      cafe: { products: {} },
      restart: async () => {},
    };
    await openConsole(page, outlet);
    for (const path of CONSOLE_PAGES) {
      await page.goto(`${server.url}/admin/${path}`);
      await settled();
      await shoot(page, `console-empty-${file(path)}`, "id");
    }
  } finally {
    await server.kill();
  }
  await openOffice(page, hub);
  for (const path of OFFICE_PAGES) {
    await page.goto(`${hub.server.url}/${path}`);
    await settled();
    await shoot(page, `office-empty-${file(path)}`, "id");
  }
});
