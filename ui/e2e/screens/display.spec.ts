// Pictures of the customer display: what it shows follows the till.

import type { Page } from "@playwright/test";
import { MERCHANT } from "../cafe";
import { expect, test } from "../fixtures";
import { words } from "../texts";
import { chooseMethod, closeTop, goToOrder, openOrder, openTill, paid, pay, speak, t, tile } from "../till";
import { shoot, speakOn } from "./shoot";

test.setTimeout(300_000);
test.afterEach(() => speak("id"));

test("customer display", async ({ page: till, outlet, context, browser }) => {
  await outlet.api.call("PUT", "/api/v1/config/qris", { payload: MERCHANT });
  const { code } = await outlet.api.post<{ code: string }>("/api/v1/devices/pairing-codes", { name: "Kasir depan" });
  await till.request.post(`${outlet.server.url}/api/v1/devices/pair`, { data: { code }, failOnStatusCode: true });
  const display = await context.newPage();
  const open = (page: Page) => page.goto(`${outlet.server.url}/display/`);
  await open(display);
  await expect(display.getByText(words("display")("welcome")).first()).toBeVisible();
  await openTill(till, outlet);
  const stranger = await (await browser.newContext()).newPage();
  await open(stranger);
  for (const language of ["id", "en"] as const) {
    speak(language);
    const d = words("display", language);
    for (const page of [till, display, stranger]) await speakOn(page, language);
    await expect(stranger.getByText(d("pair.title"))).toBeVisible();
    await shoot(stranger, "display-pair", language);
    await expect(display.getByText(d("welcome")).first()).toBeVisible();
    await shoot(display, "display-idle", language);
    for (const name of ["Nasi Goreng Kampung", "Es Teh Manis", "Espresso"]) await tile(till, name).click();
    await tile(till, "Espresso").click();
    await expect(display.getByText("Espresso")).toBeVisible();
    await shoot(display, "display-cart", language);
    await pay(till);
    await chooseMethod(till, "qris");
    await till.getByRole("button", { name: t("qris.show", { amount: "" }).trim() }).click();
    await expect(display.getByText("WARUNG CONTOH")).toBeVisible();
    await shoot(display, "display-qris", language);
    await shoot(till, "till-qris", language);
    await closeTop(till);
    await chooseMethod(till, "cash");
    await till.setViewportSize({ width: 1024, height: 768 });
    await till.getByRole("button", { name: /^Rp/ }).last().click();
    await expect(paid(till)).toBeVisible();
    await expect(display.getByTestId("change-due")).toBeVisible();
    await shoot(display, "display-change", language);
    await paid(till)
      .getByRole("button", { name: t("done.next") })
      .click();
    // The bill of a table, of which a part is paid.
    const bill = await openOrder(outlet, "Soto Ayam", "4", 2);
    await outlet.api.post(`/api/v1/orders/${bill.id}/payments`, { method: "card", amount: 20_000 });
    await goToOrder(till, outlet, bill);
    await pay(till);
    await expect(display.getByText("Soto Ayam")).toBeVisible();
    await shoot(display, "display-bill", language);
    await till.goto(`${outlet.server.url}/till/`);
  }
  await outlet.server.kill();
  await expect(display.getByText(words("display", "en")("away"))).toBeVisible({ timeout: 30_000 });
  await shoot(display, "display-away", "en");
  await stranger.context().close();
});
