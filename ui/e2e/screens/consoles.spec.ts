// Pictures of every page and sheet of the consoles: `npm run screens`, into target/screens.

import type { Page } from "@playwright/test";
import { Api } from "../api";
import { button, openConsole, openOffice } from "../consoles";
import { expect, startOutlet, test } from "../fixtures";
import { CONSOLE_PAGES, OFFICE_PAGES } from "../pages";
import { Folder } from "../process";
import { type Language, type Words, words } from "../texts";
import { fillChain } from "./scene";
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

test("console", async ({ page, linked }) => {
  const { outlet } = linked;
  const { productId } = await fillChain(linked);
  const settled = watch(page);
  await openConsole(page, outlet);
  const app: App = { page, name: "console", url: (path) => `${outlet.server.url}/admin/${path}`, settled };
  for (const path of CONSOLE_PAGES) await shootPage(app, path);
  await shootPage(app, `products/${productId}`, "product");
  for (const [name, path, open] of CONSOLE_SHEETS) await shootSheet(app, name, path, open);
  await outlet.server.kill();
  for (const language of LANGUAGES) {
    await speakOn(page, language);
    await expect(page.getByText(words("console", language)("banner.unreachable"))).toBeVisible({ timeout: 40_000 });
    await shoot(page, "console-away", language);
  }
});

test("office", async ({ page, linked }) => {
  const { hub } = linked;
  const { outletId, productId, orderId } = await fillChain(linked);
  const settled = watch(page);
  await openOffice(page, hub);
  const app: App = { page, name: "office", url: (path) => `${hub.server.url}/${path}`, settled };
  for (const path of OFFICE_PAGES) await shootPage(app, path);
  for (const group of ["hour", "outlet", "product"]) await shootPage(app, `sales?group=${group}`);
  await shootPage(app, "quarantine?tab=reported");
  await shootPage(app, `orders/${orderId}`, "order");
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
