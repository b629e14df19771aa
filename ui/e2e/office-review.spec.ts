import { eventually } from "./api";
import { button, choose, confirm, layer, openOffice, row, type } from "./consoles";
import { expect, HEAD_OFFICE, type Hub, type Outlet, test } from "./fixtures";
import { words } from "./texts";

const t = words("office");

interface Order {
  id: string;
  order_number: string;
  business_date: string;
}

/** Sells two bowls of soup, and waits until head office has the order. */
async function sold(outlet: Outlet, hub: Hub): Promise<Order> {
  const order = await outlet.api.post<Order>("/api/v1/orders", {
    lines: [{ product_id: outlet.cafe.products["Soto Ayam"], qty: 2 }],
    payments: [{ method: "cash", amount: 100_000 }],
  });
  await eventually("the order is at the hub", async () => (await hub.api.get<unknown[]>("/v1/hq/orders")).length > 0);
  return order;
}

test("sales lead from a day to its orders, and from an outlet to its days", async ({ page, linked }) => {
  const order = await sold(linked.outlet, linked.hub);
  await openOffice(page, linked.hub, "sales");
  await page.getByRole("table").getByRole("button").first().click();
  await page.getByRole("link", { name: order.order_number }).click();
  await expect(page.getByText("Soto Ayam")).toBeVisible();
  await expect(page.getByText("Rp 64.680").first()).toBeVisible();
  await page.goto(`${linked.hub.server.url}/sales?group=outlet`);
  await button(page, "Kedai Kemang").click();
  await expect(page).toHaveURL(/group=day/);
  for (const [group, text] of [
    ["category", "Makanan"],
    ["tender", t("method.cash")],
    ["cashier", /./],
    ["hour", /\d\d\.00–\d\d\.59/],
  ] as const) {
    await page.getByRole("tab", { name: t(`sales.by.${group}`) }).click();
    await expect(
      page
        .getByRole("table", { name: t(`sales.by.${group}`) })
        .getByText(text)
        .first(),
    ).toBeVisible();
  }
});

test("a conflict is decided at head office, and the outlet follows", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  const customer = await outlet.api.post<{ id: string }>("/api/v1/customers", { name: "Bu Rina", phone: "0811" });
  const stored = () => hub.api.get<unknown>(`/v1/hq/customers/${customer.id}`).catch(() => null);
  await eventually("the customer is at the hub", async () => (await stored()) !== null);
  await outlet.server.kill();
  await hub.api.call("PATCH", `/v1/hq/customers/${customer.id}`, { phone: "0822" });
  outlet.folder.sql("pos.db", "update customers set phone = '0833'");
  await outlet.restart();
  await openOffice(page, hub, "conflicts");
  const conflict = page.getByRole("listitem").filter({ hasText: "0833" });
  await expect(conflict).toBeVisible({ timeout: 30_000 });
  await button(conflict, t("conflict.choose.outlet")).click();
  await expect(page.getByText(t("conflicts.empty"))).toBeVisible({ timeout: 20_000 });
  await choose(page, t("state"), t("conflicts.show.resolved"));
  await expect(conflict.getByText(t("conflict.status.resolved"))).toBeVisible({ timeout: 20_000 });
  expect(await stored()).toMatchObject({ phone: "0833" });
});

test("a sale deleted at the outlet is held, shown with both versions, and accepted", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  const order = await sold(outlet, hub);
  outlet.folder.sql("pos.db", `delete from orders where id = '${order.id}'`);
  await outlet.api.post("/api/v1/sync/trigger");
  await openOffice(page, hub, "quarantine");
  const letter = row(page, "JKT-001");
  await expect(letter).toBeVisible({ timeout: 20_000 });
  await button(letter, t("entity.order")).click();
  const sheet = layer(page, t("letter.one"));
  await expect(sheet.getByText(t("letter.sale.hub"))).toBeVisible();
  await button(sheet, t("letter.accept")).click();
  await confirm(page, t("letter.accept.ask", { outlet: "JKT-001" }), t("letter.accept"), "Toko sudah ditelepon");
  await expect(page.getByText(t("letters.empty"))).toBeVisible();
  await page.getByRole("switch", { name: t("letters.closed") }).click();
  await expect(row(page, "JKT-001").getByText(t("letter.state.accepted"), { exact: true })).toBeVisible();
});

test("a letter without a decision is discarded with a reason", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  const order = await sold(outlet, hub);
  outlet.folder.sql("pos.db", `delete from orders where id = '${order.id}'`);
  await outlet.api.post("/api/v1/sync/trigger");
  await openOffice(page, hub, "quarantine");
  await button(row(page, "JKT-001"), t("entity.order")).click();
  await button(layer(page, t("letter.one")), t("letter.discard")).click();
  const title = t("letter.discard.ask", { what: t("entity.order"), outlet: "JKT-001" });
  await confirm(page, title, t("letter.discard"), "Pesanan latihan");
  await expect(page.getByText(t("letters.empty"))).toBeVisible();
});

test("a failed item that the outlet reports is retried from head office", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  const order = await sold(outlet, hub);
  outlet.folder.sql("pos.db", "update order_lines set amount = amount + 5");
  await outlet.api.post("/api/v1/sync/trigger");
  await openOffice(page, hub, "quarantine?tab=reported");
  const retry = button(page, t("action.retry")).first();
  await expect(retry).toBeVisible({ timeout: 30_000 });
  outlet.folder.sql("pos.db", `update order_lines set amount = amount - 5 where order_id = '${order.id}'`);
  await retry.click();
  await expect(page.getByText(t("reported.empty"))).toBeVisible({ timeout: 30_000 });
});

test("the figures of a day agree, and a day that differs comes first", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  const order = await sold(outlet, hub);
  // As reported by an outlet whose figures of another day differ.
  hub.folder.sql(
    "hub.db",
    `insert into statements (outlet_id, business_date, settled, matches, statement, reported_at)
     select outlet_id, date('now', '-2 days'), 1, 0, '{"orders":1,"total":5000,"by_method":{"cash":5000}}',
       strftime('%Y-%m-%dT%H:%M:%fZ', 'now') from outlets`,
  );
  await openOffice(page, hub, "statements");
  await expect(page.getByRole("table").getByRole("row").nth(1)).toContainText(t("statement.differs"));
  await expect(page.getByRole("link", { name: `${t("nav.statements")} 1` })).toBeVisible();
  expect(order.business_date).toMatch(/^\d{4}-/);
  // Of two outlets none is chosen: the page shows where figures differ, and leads there.
  await hub.api.post("/v1/hq/outlets", { code: "BDG-001", name: "Kedai Braga" });
  await page.reload();
  const differing = row(page, "JKT-001 · Kedai Kemang");
  await expect(differing).toContainText(t("statement.differs"));
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(2);
  await differing.getByRole("button").click();
  await expect(page).toHaveURL(/outlet=.+from=/);
  await expect(row(page, t("statement.differs"))).toContainText("Rp 0");
  await page.goBack();
  await expect(differing).toBeVisible();
});

test("a viewer sees everything and changes nothing, and changes the own password", async ({ page, hub }) => {
  const viewer = { username: "dina", password: "membaca-saja-sore" };
  await openOffice(page, hub, "users");
  await button(page, t("user.add")).click();
  const sheet = layer(page, t("user.add"));
  await type(sheet, {
    [t("user.name")]: "Dina",
    [t("user.username")]: viewer.username,
    [t("login.password")]: viewer.password,
  });
  await button(sheet, t("action.save")).click();
  await expect(row(page, "Dina").getByText(t("hub_role.viewer"))).toBeVisible();

  await page.context().clearCookies();
  await openOffice(page, hub, "users", viewer);
  await expect(button(page, t("user.add"))).toHaveCount(0);
  await button(page, t("password.change")).click();
  const form = layer(page, t("password.change"));
  const next = "membaca-saja-malam";
  await type(form, { [t("password.current")]: viewer.password, [t("user.password.new")]: next });
  await button(form, t("action.save")).click();
  await expect(form).toBeHidden();
  await page.goto(`${hub.server.url}/products`);
  await expect(page.getByText(t("products.empty"))).toBeVisible();
  await expect(button(page, t("product.add"))).toHaveCount(0);

  await page.context().clearCookies();
  await openOffice(page, hub, "users", { ...viewer, password: next });
  await page.context().clearCookies();
  await openOffice(page, hub, "users", HEAD_OFFICE);
  await button(page, "Dina").click();
  await button(layer(page, t("user.edit")), t("users.end")).click();
  await confirm(page, t("users.end.ask", { name: "Dina" }), t("users.end"));
});

test("health names an outlet that has been silent for days", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  await outlet.server.kill();
  hub.folder.sql("hub.db", "update outlets set last_contact_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-4 days')");
  await openOffice(page, hub, "health");
  await expect(
    page
      .getByRole("main")
      .getByText(/JKT-001|Kedai Kemang/)
      .first(),
  ).toBeVisible();
  await page.goto(`${hub.server.url}/outlets`);
  await expect(row(page, "Kedai Kemang").getByText(t("presence.silent"))).toBeVisible();
  await expect(row(page, "Kedai Kemang").getByText("4 hari yang lalu")).toBeVisible();
});
