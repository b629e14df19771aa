import { eventually } from "./api";
import { button, confirm, openConsole, row } from "./consoles";
import { expect, type Hub, type Outlet, test } from "./fixtures";
import { words } from "./texts";

const t = words("console");

interface Order {
  id: string;
  order_number: string;
  business_date: string;
}

/** Sells an espresso. */
const sell = (outlet: Outlet): Promise<Order> =>
  outlet.api.post<Order>("/api/v1/orders", {
    lines: [{ product_id: outlet.cafe.products.Espresso, qty: 1 }],
    payments: [{ method: "cash", amount: 50_000 }],
  });

const arrived = (hub: Hub, count: number): Promise<void> =>
  eventually("the orders are at the hub", async () => (await hub.api.get<unknown[]>("/v1/hq/orders")).length === count);

/** Writes to the outlet's database as a damaged disk would: no trigger queues the change of this entity. */
function damage(outlet: Outlet, type: string, id: string, statement: string): void {
  outlet.folder.sql(
    "pos.db",
    `begin immediate;
     update sync_context set applying_type = '${type}', applying_id = '${id}', commit_guard = 1;
     ${statement};
     update sync_context set applying_type = null, applying_id = null, commit_guard = null;
     commit`,
  );
}

test("what waits is listed while the hub is away, and everything is in the history afterwards", async ({
  page,
  linked,
}) => {
  const { outlet, hub } = linked;
  await hub.server.kill();
  const order = await sell(outlet);
  await openConsole(page, outlet, "sync/queue");
  await expect(row(page, order.order_number).getByText(t("operation.create"))).toBeVisible();
  await page.goto(`${outlet.server.url}/admin/`);
  await expect(page.getByText(t("sync.line.state.offline"))).toBeVisible();
  await hub.restart();
  await page.goto(`${outlet.server.url}/admin/sync`);
  await button(page, t("sync.send_now")).click();
  await expect(page.getByText(t("sync.sent_now"))).toBeVisible();
  await arrived(hub, 1);
  await expect(page.getByRole("figure", { name: t("history.sent") })).toBeAttached();
  await page.getByRole("link", { name: t("sync.tab.queue") }).click();
  await expect(page.getByText(t("queue.empty"))).toBeVisible();
  await page.getByRole("link", { name: t("sync.tab.log") }).click();
  await expect(row(page, t("log.success")).first()).toBeVisible();
});

test("failed items are discarded with a reason, and retried together", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  const orders = [await sell(outlet), await sell(outlet), await sell(outlet)] as const;
  await arrived(hub, 3);
  // As somebody with the sqlite3 shell would break them: the parts no longer sum up.
  outlet.folder.sql("pos.db", "update order_lines set amount = amount + 5");
  await outlet.api.post("/api/v1/sync/trigger");
  await openConsole(page, outlet, "sync/failed");
  const of = (order: Order) => row(page, order.order_number);
  await button(of(orders[0]), t("failed.discard_one")).click();
  const [title, verb] = [t("failed.discard.title", { count: 1 }), t("failed.discard", { count: 1 })];
  await confirm(page, title, verb, "Salah ketik waktu latihan");
  await expect(of(orders[0])).toHaveCount(0);
  for (const order of orders.slice(1)) {
    const mend = `update order_lines set amount = amount - 5 where order_id = '${order.id}'`;
    damage(outlet, "order", order.id, mend);
    await of(order).getByRole("checkbox").check();
  }
  await button(page, t("failed.retry", { count: 2 })).click();
  await expect(page.getByText(t("failed.all_done", { count: 2 }))).toBeVisible();
  await expect(page.getByText(t("failed.empty"))).toBeVisible();

  await page.getByText(t("failed.discarded"), { exact: true }).click();
  const discarded = row(page, "Salah ketik waktu latihan");
  await expect(discarded).toBeVisible();
  await button(discarded, t("action.retry")).click();
  await expect(page.getByText(t("failed.discarded.empty"))).toBeVisible();
});

test("a change from head office that cannot be applied is named in health, discarded, and applied later", async ({
  page,
  linked,
}) => {
  const { outlet, hub } = linked;
  const made = await hub.api.post<{ id: string }>("/v1/hq/products", { name: "Es Kopi Pandan", price: 24_000 });
  const price = () =>
    outlet.api.get<{ price: number }>(`/api/v1/products/${made.id}`).then(
      (product) => product.price,
      () => null,
    );
  await expect.poll(price, { timeout: 20_000 }).toBe(24_000);
  outlet.folder.sql(
    "pos.db",
    "create trigger no_dear before update on products when new.price > 90000 begin select raise(abort, 'too dear'); end",
  );
  await hub.api.call("PATCH", `/v1/hq/products/${made.id}`, { price: 99_000 });
  await openConsole(page, outlet, "sync/updates");
  const update = row(page, "Es Kopi Pandan");
  await expect(update.getByText("too dear")).toBeVisible({ timeout: 20_000 });
  await page.getByRole("link", { name: t("sync.tab.health") }).click();
  await expect(page.getByText(t("alarm.updates_unapplied", { count: 1 }))).toBeVisible();
  await page
    .getByRole("main")
    .getByRole("link", { name: t("banner.mend") })
    .click();
  await update.getByRole("button", { name: t("failed.discard_one") }).click();
  await confirm(page, t("updates.discard.title"), t("failed.discard_one"), "Harga salah");
  await expect(update.getByText(t("updates.discarded_because", { reason: "Harga salah" }))).toBeVisible();
  outlet.folder.sql("pos.db", "drop trigger no_dear");
  await update.getByRole("button", { name: t("action.retry") }).click();
  await expect(page.getByText(t("updates.empty"))).toBeVisible();
  expect(await price()).toBe(99_000);
});

test("a verification finds what differs, and repairs it", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  await sell(outlet);
  await arrived(hub, 1);
  const id = outlet.cafe.products.Americano as string;
  await openConsole(page, outlet, "sync/verify");
  await expect(page.getByText(t("verify.none"))).toBeVisible();
  await button(page, t("verify.verify.start")).click();
  await expect(page.getByText(/semuanya sama/)).toBeVisible({ timeout: 20_000 });
  damage(outlet, "product", id, `update products set price = 1 where id = '${id}'`);
  await button(page, t("verify.verify.start")).click();
  await expect(page.getByText(new RegExp(`${id}: ${t("difference.content")}`))).toBeVisible({ timeout: 20_000 });
  await button(page, t("verify.repair")).click();
  // Both sides are equal in the end.
  const differing = async () => (await outlet.api.post<{ differences: unknown[] }>("/api/v1/sync/verify")).differences;
  await expect.poll(differing, { timeout: 20_000 }).toEqual([]);
});

test("a comparison of everything shows its progress, and is cancelled", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  hub.server.pause();
  try {
    await openConsole(page, outlet, "sync/verify");
    await button(page, t("verify.resync.start")).click();
    await confirm(page, t("verify.resync.title"), t("verify.resync.start"));
    await expect(page.getByText(t("verify.running"))).toBeVisible();
    await expect(page.getByRole("progressbar")).toBeAttached();
    await button(page, t("verify.cancel")).click();
    await expect(page.getByText(t("verify.cancelled"))).toBeVisible();
  } finally {
    hub.server.resume();
  }
});

test("the figures of a day stand beside head office's, and a difference is marked", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  const order = await sell(outlet);
  await arrived(hub, 1);
  await openConsole(page, outlet, `sync/days?date=${order.business_date}`);
  await expect(page.getByText(t("days.matches"), { exact: true })).toBeVisible();
  await expect(page.getByRole("row", { name: /Penjualan Rp\s18\.480 Rp\s18\.480/ })).toBeVisible();
  damage(outlet, "order", order.id, `delete from orders where id = '${order.id}'`);
  await page.reload();
  await expect(page.getByText(t("days.differs"), { exact: true })).toBeVisible();
  await expect(page.getByText(t("days.differs.next"))).toBeVisible();
});

test("a conflict that waits for a person is decided, and the list is empty", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  const customer = await outlet.api.post<{ id: string }>("/api/v1/customers", { name: "Bu Rina", phone: "0811" });
  const stored = () => hub.api.get<unknown>(`/v1/hq/customers/${customer.id}`).catch(() => null);
  await eventually("the customer is at the hub", async () => (await stored()) !== null);
  await outlet.server.kill();
  await hub.api.call("PATCH", `/v1/hq/customers/${customer.id}`, { phone: "0822" });
  outlet.folder.sql("pos.db", "update customers set phone = '0833'");
  await outlet.restart();
  await openConsole(page, outlet, "sync/conflicts");
  const card = page.getByRole("article").filter({ hasText: "Bu Rina" });
  await expect(card.getByText("0822")).toBeVisible({ timeout: 30_000 });
  await expect(card.getByText("0833")).toBeVisible();
  await card.getByRole("button", { name: t("conflicts.choose_cloud") }).click();
  await expect(page.getByText(t("conflicts.empty"))).toBeVisible();
  expect((await outlet.api.get<{ phone: string }>(`/api/v1/customers/${customer.id}`)).phone).toBe("0822");
});

test("10,000 conflicts are listed page by page", async ({ page, outlet }) => {
  outlet.folder.sql(
    "pos.db",
    `insert into sync_conflicts (id, entity_type, entity_id, field, base, local, cloud, rule, status, created_at)
     with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
     select printf('c%05d', i), 'customer', printf('k%05d', i), 'phone', '"0811"', '"0822"', '"0833"', 'manual', 'open',
       strftime('%Y-%m-%dT%H:%M:%fZ', 'now', printf('-%d seconds', i)) from n`,
  );
  await openConsole(page, outlet, "sync/conflicts");
  await expect(page.getByRole("article")).toHaveCount(20);
  await button(page, t("list.next")).click();
  await expect(page.getByText(t("list.page", { page: 2 }))).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(20);
  await expect(page.getByRole("link", { name: /10\.000/ })).toBeVisible();
});
