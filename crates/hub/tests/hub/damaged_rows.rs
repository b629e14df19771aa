//! One bad row in head office's database breaks nothing else: every column of every table gets every kind of bad value
//! that the engine accepts from a shell. The columns are read from the schema, so a new column is tested automatically;
//! a table without a row to damage fails the test.
//!
//! A request of the outlet or user that the row describes may be rejected, because the row no longer identifies them.
//! No request is answered with 500.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::app::{Reply, TestHub, TestOutlet, coffee, discount, order, refund, shift, tax};
use crate::engine::{LONG_TEXT, NOT_UTF8};

const DAY: &str = "2026-11-22";
/// The id of an entity of each shared type.
const OF_CHAIN: &str = "01a204c6-5d13-7016-be28-8f5dba915757";
/// Rows that identify the caller: head office's user and the file's version.
const IDENTITY: [&str; 2] = ["hq_users", "schema_migrations"];

struct Column {
    table: String,
    name: String,
    is_text: bool,
    is_key: bool,
}

fn columns() -> Vec<Column> {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(include_str!("../../src/schema/sqlite.sql")).unwrap();
    let sql = "select t.name, c.name, c.type, c.pk > 0 from sqlite_schema t, pragma_table_info(t.name) c
        where t.type = 'table' order by t.name, c.cid";
    let mut columns = db.prepare(sql).unwrap();
    let read = |row: &rusqlite::Row<'_>| {
        let is_text = row.get::<_, String>(2)? == "TEXT";
        Ok(Column { table: row.get(0)?, name: row.get(1)?, is_text, is_key: row.get(3)? })
    };
    columns.query_map([], read).unwrap().map(Result::unwrap).collect()
}

fn bad_values(column: &Column) -> Vec<&'static str> {
    // PostgreSQL accepts no text that is not UTF-8.
    let texts = [NOT_UTF8, "'['", "'9223372036854775808'", LONG_TEXT, "null"];
    let numbers = ["9223372036854775807", "-9223372036854775808", "-1", "0", "null"];
    if column.is_text { texts.into_iter().filter(|value| !value.is_empty()).collect() } else { numbers.to_vec() }
}

/// The value of a row, and the condition that finds the row, as SQL.
struct Victim<'c> {
    column: &'c Column,
    keys: Vec<(String, String)>,
    was: String,
}

impl<'c> Victim<'c> {
    async fn find(hub: &TestHub, all: &[Column], column: &'c Column, of: &str) -> Self {
        let keys: Vec<_> = all.iter().filter(|key| key.table == column.table && key.is_key).collect();
        let outlet_routes = keys.iter().find(|key| ["outlet_id", "stream", "scope"].contains(&key.name.as_str()));
        let first = outlet_routes.map_or_else(String::new, |key| format!("({} like '%{of}%') desc,", key.name));
        let rest = format!("from {} order by {first} {} limit 1", column.table, keys[0].name);
        let quoted = |column: &Column| {
            let text = format!("cast({} as text)", column.name);
            let text = if column.is_text { format!("'''' || replace({text}, '''', '''''') || ''''") } else { text };
            format!("coalesce({text}, 'null')")
        };
        let mut values = Vec::new();
        for key in keys.iter().copied().chain([column]) {
            let sql = format!("select {} {rest}", quoted(key));
            let value = hub.hub.store().read(move |tx| tx.first(&sql, &[], |row| row.string(0))).await.unwrap();
            values.push(value.unwrap_or_else(|| panic!("{} has no row to spoil", column.table)));
        }
        let was = values.pop().unwrap();
        Self { column, keys: keys.iter().map(|key| key.name.clone()).zip(values).collect(), was }
    }

    fn row(&self, column_is: Option<&str>) -> String {
        let keys = self.keys.iter().map(|(key, value)| match column_is {
            Some(now) if *key == self.column.name => format!("{key} = {now}"),
            _ => format!("{key} = {value}"),
        });
        keys.collect::<Vec<_>>().join(" and ")
    }

    async fn set(&self, hub: &TestHub, to: &str, from: Option<&str>) -> Result<usize, store::Fault> {
        let (Column { table, name, .. }, row) = (self.column, self.row(from));
        let sql = format!("update {table} set {name} = {to} where {row}");
        hub.hub.store().write(move |tx| tx.execute(&sql, &[])).await
    }

    async fn delete(&self, hub: &TestHub, value: &str) {
        let sql = format!("delete from {} where {}", self.column.table, self.row(Some(value)));
        let done: Result<usize, store::Fault> = hub.hub.store().write(move |tx| tx.execute(&sql, &[])).await;
        done.unwrap();
    }
}

/// An outlet with a row in every table.
async fn filled(hub: &TestHub, code: &str) -> TestOutlet {
    let mut outlet = hub.outlet(code).await;
    let conflict = json!({"id": "k", "entity_type": "customer", "entity_id": "c", "field": "name", "rule": "manual",
        "status": "open", "created_at": "2026-11-22T10:00:00.000Z"});
    let mut taxed = coffee(&format!("first of {code}"));
    taxed["charges"] = json!([tax("PBJT", 1_000, 20_000, 0)]);
    taxed["discounts"] = json!([discount("amount", 0)]);
    let refund = refund(&format!("refund of {code}"), &format!("first of {code}"), DAY, 5_000);
    let mut items = vec![
        outlet.item(json!({"entity_type": "refund", "entity_id": refund["id"], "data": refund})),
        outlet.item(json!({"entity_type": "shift", "entity_id": format!("shift of {code}"),
            "data": shift(&format!("shift of {code}"), DAY)})),
        outlet.order(1, &taxed),
        outlet.order(1, &order(&format!("void of {code}"), DAY, "void", &[("tea", 5_000, 1)], &[])),
        outlet.item(json!({"entity_type": "conflict", "entity_id": "k", "data": conflict})),
        outlet.item(json!({"entity_type": "order", "entity_id": "refused", "data": {}})),
        outlet.item(json!({"entity_type": "reservation", "entity_id": "r", "data": {}})),
    ];
    for entity_type in ["setting", "user"] {
        let id = if entity_type == "setting" { "outlet" } else { "u" };
        items.push(outlet.named(entity_type, id, "x"));
    }
    outlet.push(&items).await;
    outlet.get("updates").await.ok();
    let id = outlet.id.clone();
    let fill = move |tx: &mut store::Tx<'_>| {
        let cursor = "insert into outlet_cursors values (?1, 0, 0, '2026-11-22T00:00:00.000Z', 1, 0, null) on conflict do nothing";
        tx.execute(cursor, &[(&id).into()])?;
        let statement = "insert into statements values (?1, ?2, 1, 0, '{}', '2026-11-23T00:00:00.000Z')";
        tx.execute(statement, &[(&id).into(), DAY.into()])?;
        tx.execute("insert into hub_hours values (1, 1) on conflict do nothing", &[])?;
        let ended =
            "insert into ended_sessions values ('victim', '2026-11-22T00:00:00.000Z', 1) on conflict do nothing";
        tx.execute(ended, &[])?;
        let devices = "insert into device_reports values (?1, 1, 0, null, '[]', '2026-11-22T00:00:00.000Z')";
        tx.execute(devices, &[(&id).into()])?;
        let image = "insert into images values ('victim-victim-victim-0', 'image/png', ?1, '2026-11-22T00:00:00.000Z')
            on conflict do nothing";
        tx.execute(image, &[(&b"\x89"[..]).into()])?;
        let event = "insert into audit_events values (?1, 'c', 1, '{}', 'p', 'h', '', '', ?2, 'created', 'u', 'k')";
        tx.execute(event, &[(&id).into(), DAY.into()])?;
        let head = "insert into audit_heads values (?1, 'c', 1, 'h', 'd', 1, 'h', 1, 'changed', '', '')";
        tx.execute(head, &[(&id).into()])?;
        let bulk = "insert into bulk_changes values (?1, 'hq:admin', '', 1, ?1, '', '{}', '[]', null)";
        tx.execute(bulk, &[(&id).into()])?;
        hub::webhooks::set_url(tx, &id, "https://pos.example.com", web::time::now()).unwrap();
        Ok::<_, store::Fault>(())
    };
    hub.hub.store().write(fill).await.unwrap();
    outlet
}

/// Every GET route of head office, about the victims where it is about one entity.
fn routes(outlet: &str) -> Vec<String> {
    let described = serde_json::to_value(hub::api()).unwrap();
    let paths = described["paths"].as_object().unwrap().iter();
    let paths = paths.filter(|(path, operations)| operations.get("get").is_some() && path.starts_with("/v1/hq/"));
    let mut routes: Vec<_> = paths.map(|(path, _)| path.replace("{outlet_id}", outlet)).collect();
    for path in &mut routes {
        let of_chain = ["products", "categories", "charges", "tenders", "menus", "price-changes", "customers"];
        let id = match path.split('/').nth(3) {
            Some("orders") => "first%20of%20JKT-001",
            Some("refunds") => "refund%20of%20JKT-001",
            Some("shifts") => "shift%20of%20JKT-001",
            Some(kind) if of_chain.contains(&kind) => OF_CHAIN,
            _ => "victim",
        };
        *path = path.replace("{id}", id).replace("{user_id}", "u");
        let period = "from=2026-01-01&to=2026-12-31";
        match path.as_str() {
            "/v1/hq/statements" => path.push_str(&format!("?outlet_id={outlet}&{period}")),
            _ if path.starts_with("/v1/hq/sales/") => path.push_str(&format!("?{period}")),
            _ => {}
        }
    }
    let by = |group: &str| format!("/v1/hq/sales/by?group={group}&from={DAY}&to={DAY}&compare=last_week");
    // Events do not end; the groups follow.
    routes.retain(|path| path != "/v1/hq/sales/by" && path != "/v1/hq/events");
    routes.extend(["hour", "category", "tender", "cashier", "channel", "outlet", "day", "product"].map(by));
    routes.push("/v1/hq/orders?q=first&from=2026-01-01&min_total=1".to_owned());
    routes.extend(["/v1/hq/products?q=kopi&sort=price", "/v1/hq/customers?q=kopi"].map(str::to_owned));
    let reads = ["", "/outlets", "/delivery"].map(|read| format!("/v1/hq/products/{OF_CHAIN}{read}"));
    assert!(reads.iter().all(|read| routes.contains(read)), "{routes:?}");
    assert!(routes.len() > 20 && routes.iter().all(|path| !path.contains('{')), "{routes:?}");
    routes.push("/metrics".to_owned());
    routes
}

async fn adopt_hub_position(hub: &TestHub, outlet: &mut TestOutlet) {
    let of = format!("from chains where outlet_id = '{}'", outlet.id);
    let position = hub.rows("batch_no,epoch_number,epoch_id,batch_id", &of).await;
    let [no, number, id, last]: [&str; 4] = position[0].split('|').collect::<Vec<_>>().try_into().unwrap();
    outlet.no = no.parse().unwrap();
    outlet.epoch = json!({"number": number.parse::<i64>().unwrap(), "id": id});
    outlet.last = Some(last.to_owned()).filter(|last| !last.is_empty());
}

/// A sale, a rejected item, and a change of a shared entity.
fn mixed_items(outlet: &mut TestOutlet, id: &str) -> [Value; 3] {
    let broken = json!({"entity_type": "order", "entity_id": "refused", "data": {}});
    [outlet.order(1, &coffee(id)), outlet.item(broken), outlet.named("category", &format!("of {id}"), "Kopi")]
}

/// Whether the sale and the change of [`mixed_items`] were applied.
fn is_accepted(reply: &Reply) -> bool {
    let outcomes = &reply.body["data"]["chain"]["results"];
    outcomes[0]["item"] == 1 && outcomes[1]["outcome"] == "applied"
}

#[tokio::test]
async fn a_bad_value_in_any_column_causes_no_500_and_blocks_no_sale() {
    let hub = TestHub::start().await;
    let mut victim = filled(&hub, "JKT-001").await;
    let mut other = filled(&hub, "JKT-002").await;
    let token = hub.admin_token().await;
    for kind in ["products", "categories", "charges", "tenders", "menus", "customers"] {
        let mut created = json!({"id": OF_CHAIN, "name": "Kopi"});
        match kind {
            "products" => (created["price"], created["code"]) = (1.into(), "K1".into()),
            "tenders" => created["method"] = "card".into(),
            "charges" => (created["kind"], created["rate_bp"]) = ("tax".into(), 0.into()),
            _ => {}
        }
        hub.ask(&format!("POST /v1/hq/{kind}"), &token, &created, None).await.created();
    }
    let product = format!("/v1/hq/products/{OF_CHAIN}");
    let (all, routes) = (columns(), routes(&victim.id));
    let (mut accepted, mut price, mut wrong) = (0_usize, 1, Vec::new());
    for column in all.iter().filter(|column| !IDENTITY.contains(&column.table.as_str())) {
        // Shared rows, and the victim's.
        let of_all = ["streams", "stream_entries", "shared_entities"].contains(&column.table.as_str());
        let whose = if of_all { vec![victim.id.clone(), "catalog".to_owned()] } else { vec![victim.id.clone()] };
        for (value, whose) in bad_values(column).into_iter().flat_map(|value| whose.iter().map(move |of| (value, of))) {
            let row = Victim::find(&hub, &all, column, whose).await;
            if !matches!(row.set(&hub, value, None).await, Ok(1)) {
                continue;
            }
            accepted += 1;
            let what = format!("{}.{} = {}", column.table, column.name, &value[..value.len().min(40)]);
            let mut expect = |holds: bool, found: String| {
                if !holds {
                    wrong.push(format!("{what}: {found}"));
                }
            };
            // These values are read through every route, the others through one route in eight.
            let every = if [NOT_UTF8, "'['", "9223372036854775807"].contains(&value) { 1 } else { 8 };
            for route in routes.iter().skip(accepted % every).step_by(every) {
                let reply = hub.get(route, &token).await;
                expect(reply.status.as_u16() < 500, format!("GET {route}: {}", reply.body));
            }
            // Another outlet's sale is accepted and counted, and head office can change a price.
            let daily_orders = format!("from daily_sales where outlet_id = '{}' and business_date = '{DAY}'", other.id);
            let before: i64 = hub.rows("orders", &daily_orders).await[0].parse().unwrap();
            let items = mixed_items(&mut other, &format!("other {accepted}"));
            let reply = other.post(&other.batch(&items)).await;
            expect(is_accepted(&reply), format!("a sale: {}", reply.body));
            let after = hub.rows("orders", &daily_orders).await;
            expect(after == [(before + 1).to_string()], format!("{after:?} sales after {before} and one"));
            adopt_hub_position(&hub, &mut other).await;
            price += 1;
            let reply = hub.ask(&format!("PATCH {product}"), &token, &json!({"price": price}), None).await;
            expect(reply.status.is_success(), format!("a price: {}", reply.body));
            let reply = other.get("updates").await;
            expect(reply.status.is_success(), format!("updates: {}", reply.body));
            // The outlet of the row: its chain may have another position, and the row may name another outlet.
            let items = mixed_items(&mut victim, &format!("victim {accepted}"));
            let reply = victim.post(&victim.batch(&items)).await;
            let is_link = ["chains", "outlets"].contains(&column.table.as_str());
            let arrives = if is_link { reply.status.as_u16() < 500 } else { is_accepted(&reply) };
            expect(arrives, format!("its own batch: {}", reply.body));
            let outlet_routes = ["updates", "entities", "documents", &format!("statement?from={DAY}&to={DAY}")];
            for rest in outlet_routes.into_iter().skip(accepted % every.min(4)).step_by(every.min(4)) {
                let reply = victim.get(rest).await;
                expect(reply.status.as_u16() < 500, format!("its own {rest}: {}", reply.body));
            }
            // Keep a row that was written in its place meanwhile.
            if row.set(&hub, &row.was, Some(value)).await.is_err() {
                row.delete(&hub, value).await;
            }
            adopt_hub_position(&hub, &mut victim).await;
        }
    }
    assert!(wrong.is_empty(), "{} of {accepted}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(accepted > 300, "only {accepted} bad values were accepted");
}
