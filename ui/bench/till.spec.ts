// `make bench-ui`: the till with 20,000 products beside a hello page of the same stack, in the same run.

import type { Browser, BrowserContext, Page } from "@playwright/test";
import { LATTE, PINS } from "../e2e/cafe";
import { expect, pair, test } from "../e2e/fixtures";
import { logIn, tile } from "../e2e/till";
import { serveHello } from "./hello-server";

const PRODUCTS = 20_000;
const ROUNDS = 5;
const SLOW = 4;
/** The button of the hello page. */
const HELLO = "Halo";

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

const lines: string[] = [];
function report(what: string, figure: number, unit: string, limit?: number): void {
  const goal = limit === undefined ? "" : `at most ${limit}${unit}${figure > limit ? "  MISSED" : ""}`;
  lines.push(`${what.padEnd(72)}${`${figure.toFixed(unit === " ms" ? 0 : 2)}${unit}`.padStart(10)}  ${goal}`);
}

async function throttle(page: Page, rate: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
}

/** A button with this text: the page is ready when it is painted. */
type Ready = string;

/** Milliseconds from the start of the navigation until the button is painted, by the page's own clock. */
async function start(context: BrowserContext, url: string, rate: number, ready: Ready): Promise<number> {
  const page = await context.newPage();
  await throttle(page, rate);
  // The test's own queries repeat at intervals of up to half a second, and cost the throttled page time.
  await page.addInitScript((text) => {
    const found = globalThis as unknown as { readyAt?: number };
    const observer = new MutationObserver(() => {
      const buttons = [...document.getElementsByTagName("button")];
      if (!buttons.some((button) => button.textContent?.includes(text))) return;
      observer.disconnect();
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
          found.readyAt = performance.now();
        };
        channel.port2.postMessage(null);
      });
    });
    observer.observe(document, { childList: true, subtree: true, characterData: true });
  }, ready);
  await page.goto(url, { waitUntil: "commit" });
  await page.waitForFunction(() => (globalThis as unknown as { readyAt?: number }).readyAt !== undefined);
  const took = await page.evaluate(() => (globalThis as unknown as { readyAt: number }).readyAt);
  await page.close();
  return took;
}

/** Median of cold starts (a browser without a cache, with the till's session) and of warm ones. */
async function starts(
  browser: Browser,
  session: BrowserContext,
  url: string,
  ready: Ready,
): Promise<{ cold: number; warm: number; warmSlow: number }> {
  const storageState = await session.storageState();
  const [cold, warm, warmSlow]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const context = await browser.newContext({ storageState });
    cold.push(await start(context, url, 1, ready));
    warm.push(await start(context, url, 1, ready));
    warmSlow.push(await start(context, url, SLOW, ready));
    await context.close();
  }
  return { cold: median(cold), warm: median(warm), warmSlow: median(warmSlow) };
}

/** Milliseconds from an action's event until the next paint. */
async function untilPaint(page: Page, event: string, action: () => Promise<void>): Promise<number> {
  await page.evaluate((name) => {
    const found = globalThis as unknown as { painted: Promise<number> };
    found.painted = new Promise((done) => {
      document.addEventListener(
        name,
        () => {
          const from = performance.now();
          // The callback of a frame runs before its paint; the message after it runs once the frame is painted.
          requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => done(performance.now() - from);
            channel.port2.postMessage(null);
          });
        },
        { capture: true, once: true },
      );
    });
  }, event);
  await action();
  return page.evaluate(() => (globalThis as unknown as { painted: Promise<number> }).painted);
}

test("the till starts, searches and adds products within its limits", async ({ browser, outlet, page }) => {
  test.setTimeout(300_000);
  outlet.folder.sql(
    "pos.db",
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${PRODUCTS})
     insert into products (id, name, code, price)
     select printf('01a20500-0000-7000-8000-%012x', i), printf('Barang %05d', i), printf('B%05d', i), 1000 + i from n`,
  );
  await pair(page, outlet);
  await logIn(page, "Sari", PINS.sari);
  await expect(tile(page, LATTE)).toBeVisible();

  const hello = await serveHello("dist/bench/hello");
  try {
    const empty = await browser.newContext();
    const greeting = await starts(browser, empty, hello.url, HELLO);
    const till = await starts(browser, page.context(), `${outlet.server.url}/till/`, LATTE);
    await empty.close();
    report("hello page, cold start", greeting.cold, " ms");
    report("till, cold start until it can sell", till.cold, " ms", 1_500);
    report("till, cold start, relative to the hello page", till.cold / greeting.cold, " x");
    report("hello page, warm start at 4 x throttle", greeting.warmSlow, " ms");
    report("till, warm start at 4 x throttle until it can sell", till.warmSlow, " ms", 1_500);
    report("till, warm start at 4 x throttle, relative to the hello page", till.warmSlow / greeting.warmSlow, " x");
    report("till, warm start without throttle", till.warm, " ms");
  } finally {
    hello.server.close();
  }

  const search = page.getByRole("searchbox");
  await search.click();
  const repaints: number[] = [];
  for (const key of "barang 123") repaints.push(await untilPaint(page, "input", () => page.keyboard.type(key)));
  report(
    `search among ${PRODUCTS.toLocaleString("en")} products, until repainted, median`,
    median(repaints),
    " ms",
    50,
  );
  await search.fill("");

  await throttle(page, SLOW);
  const product = tile(page, "Es Teh Manis");
  const added: number[] = [];
  for (let round = 0; round < 9; round++) added.push(await untilPaint(page, "click", () => product.click()));
  report("adding a product at 4 x throttle, until painted, median", median(added), " ms", 100);

  process.stdout.write(`\n${lines.join("\n")}\n`);
});
