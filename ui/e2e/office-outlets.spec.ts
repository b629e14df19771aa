import { Api } from "./api";
import { button, confirm, layer, openOffice, row, type } from "./consoles";
import { expect, type Hub, test } from "./fixtures";
import { words } from "./texts";

const t = words("office");

interface OutletRow {
  id: string;
  name: string;
  state: string;
}

const theOutlet = async (hub: Hub): Promise<OutletRow> =>
  (await hub.api.get<OutletRow[]>("/v1/hq/outlets"))[0] as OutletRow;

/** Chooses from the menu of an outlet's page. */
const manage = async (page: Parameters<typeof row>[0], action: string): Promise<void> => {
  await button(page, t("outlet.manage")).click();
  await page.getByRole("menuitem", { name: action, exact: true }).click();
};

test("an outlet is renamed, gets a new code and key, and is closed", async ({ page, linked }) => {
  const { hub } = linked;
  const { id } = await theOutlet(hub);
  await openOffice(page, hub, "outlets");
  await page.getByRole("link", { name: /Kedai Kemang/ }).click();
  await manage(page, t("outlet.rename"));
  const rename = layer(page, t("outlet.rename"));
  await type(rename, { [t("outlet.name")]: "Kedai Kemang Raya" });
  await button(rename, t("action.save")).click();
  await expect(page.getByRole("heading", { name: "Kedai Kemang Raya" })).toBeVisible();
  const name = "Kedai Kemang Raya";

  await manage(page, t("outlet.code.make"));
  await confirm(page, t("outlet.code.ask", { name }), t("outlet.code.make"));
  await expect(page.getByRole("img", { name: t("enroll.qr") })).toBeVisible();

  await manage(page, t("outlet.rotate"));
  await confirm(page, t("outlet.rotate.ask", { name }), t("outlet.rotate"));
  const secret = layer(page, t("outlet.rotate.title"));
  await expect(secret.getByRole("textbox")).toHaveValue(/\S{20}/);
  await button(secret, t("secret.done")).click();
  await expect(page.getByText(t("outlet.key.origin.rotated"))).toBeVisible();

  await manage(page, t("outlet.revoke_key"));
  await confirm(page, t("outlet.revoke_key.ask", { name }), t("outlet.revoke_key"));
  await expect(row(page, t("outlet.key.origin.rotated")).getByText(t("outlet.key.ended")).first()).toBeVisible();

  await manage(page, t("outlet.revoke"));
  await confirm(page, t("outlet.revoke.ask", { name, code: "JKT-001" }), t("outlet.revoke"));
  await expect(page.getByText(t("presence.revoked"))).toBeVisible();
  expect((await hub.api.get<OutletRow>(`/v1/hq/outlets/${id}`)).state).toBe("revoked");
});

test("a person and the settings of an outlet are changed at head office, and arrive there", async ({
  page,
  linked,
}) => {
  const { hub, outlet } = linked;
  const { id } = await theOutlet(hub);
  await openOffice(page, hub, `outlets/${id}?tab=users`);
  await expect(row(page, "sari")).toBeVisible({ timeout: 20_000 });
  await button(page, t("user.add")).click();
  const sheet = layer(page, t("user.add"));
  await type(sheet, { [t("user.name")]: "Rudi", [t("user.username")]: "rudi", [t("user.pin")]: "4711" });
  await button(sheet, t("action.save")).click();
  await expect(row(page, "rudi")).toBeVisible();
  const enters = () =>
    Api.outlet(outlet.server.url, "rudi", "4711").then(
      () => true,
      () => false,
    );
  await expect.poll(enters, { timeout: 20_000 }).toBe(true);

  await page.getByRole("tab", { name: t("outlet.tab.settings") }).click();
  await type(page, { [t("settings.address")]: "Jl. Kemang Raya 1" });
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("saved"), { exact: true })).toBeVisible();
  const address = async () => (await outlet.api.get<{ address: string | null }>("/api/v1/config/shop")).address;
  await expect.poll(address, { timeout: 20_000 }).toBe("Jl. Kemang Raya 1");
});

test("an announcement reaches the outlet, and is deleted", async ({ page, linked }) => {
  const { hub, outlet } = linked;
  await openOffice(page, hub, "announcements");
  await button(page, t("announcement.new")).click();
  const sheet = layer(page, t("announcement.new"));
  await type(sheet, { [t("announcement.title")]: "Libur", [t("announcement.body")]: "Tutup hari Jumat." });
  await button(sheet, t("announcement.send")).click();
  await expect(row(page, "Libur").getByText(t("announcement.state.shown"))).toBeVisible();
  const shown = async () => (await outlet.api.get<unknown[]>("/api/v1/announcements")).length;
  await expect.poll(shown, { timeout: 20_000 }).toBe(1);
  await button(page, "Libur").click();
  await button(layer(page, t("announcement.edit")), t("action.delete")).click();
  await confirm(page, t("announcement.delete.ask", { title: "Libur" }), t("action.delete"));
  await expect(page.getByText(t("announcements.empty"))).toBeVisible();
  await expect.poll(shown, { timeout: 20_000 }).toBe(0);
});

test("a webhook is set, its secret shown once and replaced, and it is deleted", async ({ page, hub }) => {
  const { id } = await hub.api
    .post<{ id: string; outlet_id: string }>("/v1/hq/outlets", {
      code: "JKT-001",
      name: "Kedai Kemang",
    })
    .then((made) => ({ id: made.outlet_id }));
  await openOffice(page, hub, `outlets/${id}?tab=webhook`);
  await type(page, { [t("webhook.url")]: "https://pos.example.com/api/v1/webhooks/cloud" });
  await button(page, t("webhook.set")).click();
  const secret = layer(page, t("webhook.secret"));
  const first = await secret.getByRole("textbox").inputValue();
  await button(secret, t("secret.done")).click();
  await button(page, t("webhook.rotate")).click();
  await confirm(page, t("webhook.rotate.ask", { name: "Kedai Kemang" }), t("webhook.rotate"));
  await expect(secret.getByRole("textbox")).not.toHaveValue(first);
  await button(secret, t("secret.done")).click();
  await button(page, t("action.delete")).click();
  await confirm(page, t("webhook.delete.ask", { name: "Kedai Kemang" }), t("action.delete"));
  await expect(button(page, t("webhook.set"))).toBeVisible();
});

test("500 outlets: the silent ones come first, and one is found by its code", async ({ page, hub }) => {
  const [first] = await Promise.all(
    Array.from({ length: 5 }, async (_, part) => {
      for (let at = part; at < 500; at += 5) {
        const code = `JKT-${String(at).padStart(3, "0")}`;
        await hub.api.post("/v1/hq/outlets", { code, name: `Kedai ${code}` });
      }
    }),
  );
  expect(first).toBeUndefined();
  const heard = (from: string, to: string, ago: string) =>
    hub.folder.sql(
      "hub.db",
      `update outlets set enrolled_epoch_id = 'e', last_contact_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '${ago}')
       where code between '${from}' and '${to}'`,
    );
  heard("JKT-000", "JKT-499", "-1 minute");
  heard("JKT-321", "JKT-322", "-3 days");
  heard("JKT-323", "JKT-323", "-9 days");
  await openOffice(page, hub, "outlets");
  const rows = page.getByRole("table").getByRole("row");
  await expect(rows).toHaveCount(51);
  await expect(rows.nth(1)).toContainText("JKT-323");
  await expect(rows.nth(1)).toContainText(t("presence.silent"));
  await expect(rows.nth(4)).toContainText("JKT-000");
  await page.getByRole("searchbox").fill("jkt-47");
  await expect(rows).toHaveCount(11);
  await page.getByRole("searchbox").fill("");
  await page.getByText(t("outlets.show.silent"), { exact: true }).last().click();
  await expect(rows).toHaveCount(4);
});

test("head office without outlets says on each page what to do", async ({ page, hub }) => {
  await openOffice(page, hub, "outlets");
  for (const [path, empty] of [
    ["outlets", "outlets.empty"],
    ["sales", "sales.empty"],
    ["orders", "orders.empty"],
    ["products", "products.empty"],
    ["conflicts", "conflicts.empty"],
    ["quarantine", "letters.empty"],
    ["quarantine?tab=reported", "reported.empty"],
    ["statements", "announcements.no_outlets"],
    ["announcements", "announcements.no_outlets"],
    ["health", "health.ready"],
  ] as const) {
    await page.goto(`${hub.server.url}/${path}`);
    await expect(page.getByText(t(empty))).toBeVisible();
  }
});
