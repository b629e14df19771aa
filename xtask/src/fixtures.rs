//! Recordings of a version: an outlet's database, its hub's database, and the batches sent between them. A recording is
//! made once and never edited: later versions must be able to continue from it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{Fault, Proxy, TestHub, TestOutlet, eventually};

/// Writes the folder of this protocol's number; fails if it exists.
pub fn write(root: &Path) -> Result<()> {
    let folder = root.join(format!("v{}", protocol::PROTOCOL));
    if folder.exists() {
        bail!("{} exists already; a recording is never changed", folder.display());
    }
    let recorded = tokio::runtime::Runtime::new()?.block_on(record())?;
    std::fs::create_dir_all(&folder)?;
    for (name, contents) in recorded {
        std::fs::write(folder.join(name), contents).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(())
}

/// A shop that has sold, was changed by head office, has a conflict on record, and holds a sale that was not sent.
async fn record() -> Result<Vec<(&'static str, String)>> {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let proxy = Proxy::before(&hub.url()).await;
    let mut outlet = TestOutlet::of(proxy.url(), &added).await;
    outlet.sell_many(2).await;
    outlet.shell().execute_batch(
        "insert into customers (id, name, phone) values ('01a204c6-0000-7000-8000-000000000001', 'Budi', '0812');
         insert into tables (id, name, seats) values ('01a204c6-0000-7000-8000-000000000002', 'Meja 1', 4);
         insert into products (id, name, price) values ('01a204c6-0000-7000-8000-000000000003', 'Teh Tawar', 5000);",
    )?;
    outlet.synced().await;
    let boss = hub.boss().await;
    let change = |path: &'static str, body: Value| {
        let boss = boss.clone();
        async move {
            let version = boss.get(path).await.data()["version"].to_string();
            let request = boss.request("PATCH", path).header("if-match", version);
            testkit::Http::send(request.header("content-type", "application/json").body(body.to_string())).await
        }
    };
    // Both change one field while the connection is down: a conflict on record.
    proxy.set(Fault::Unplugged);
    outlet.shell().execute("update customers set phone = '0813'", [])?;
    change("/v1/hq/customers/01a204c6-0000-7000-8000-000000000001", json!({"phone": "0814"})).await;
    change("/v1/hq/products/01a204c6-0000-7000-8000-000000000003", json!({"price": 6_000})).await;
    proxy.set(Fault::None);
    let shell = outlet.shell();
    eventually("head office's price is here, and the conflict is at the hub", || async {
        let price = "select price from products where name = 'Teh Tawar'";
        let sent = "select count(*) from sync_state where entity_type = 'conflict' and status = 'success'";
        let int = |sql| shell.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap_or_default();
        int(price) == 6_000 && int(sent) == 1
    })
    .await;
    shell.execute("delete from tables", [])?;
    outlet.synced().await;
    let batches: Vec<Value> = proxy.batches().iter().map(|body| unpacked(body)).collect::<Result<_>>()?;
    let hub_sql = dump(&Connection::open(hub.path())?)?;
    // A sale in a batch that waits for its answer.
    proxy.set(Fault::Unplugged);
    outlet.sell().await;
    eventually("its batch is in flight", || async {
        let in_flight = "select exists (select 1 from sync_batches where state = 'in_flight')";
        shell.query_row(in_flight, [], |row| row.get(0)).unwrap_or_default()
    })
    .await;
    outlet.looked().await;
    let recording = json!({"outlet_id": added.outlet_id, "outlet_code": added.outlet_code, "api_key": added.api_key,
        "batches": batches});
    Ok(vec![
        ("outlet.sql", dump(&shell)?),
        ("hub.sql", hub_sql),
        ("batches.json", serde_json::to_string_pretty(&recording)? + "\n"),
    ])
}

fn unpacked(body: &[u8]) -> Result<Value> {
    Ok(serde_json::from_slice(&zstd::decode_all(body)?)?)
}

/// The whole content of a database as SQL: tables, rows, then indexes, triggers and views, so that nothing fires.
fn dump(connection: &Connection) -> Result<String> {
    let tx = connection.unchecked_transaction()?;
    let mut sql = "begin;\n".to_owned();
    let mut schema = tx.prepare(
        "select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite\\_%' escape '\\'
         order by type <> 'table', rowid",
    )?;
    let parts = schema.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let parts: Vec<(String, String, String)> = parts.collect::<Result<_, _>>()?;
    for (_, name, create) in parts.iter().filter(|(kind, ..)| kind == "table") {
        sql += &format!("{create};\n");
        sql += &rows(&tx, name)?;
    }
    if tx.prepare("select 1 from sqlite_sequence").is_ok() {
        sql += &rows(&tx, "sqlite_sequence")?;
    }
    for (.., create) in parts.iter().filter(|(kind, ..)| kind != "table") {
        sql += &format!("{create};\n");
    }
    Ok(sql + "commit;\n")
}

fn rows(connection: &Connection, table: &str) -> Result<String> {
    let mut columns = connection.prepare("select name from pragma_table_info(?1) order by cid")?;
    let columns: Vec<String> = columns.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let named: Vec<_> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    let quoted: Vec<_> = named.iter().map(|name| format!("quote({name})")).collect();
    let read = format!("select {} from {table} order by 1", quoted.join(" || ', ' || "));
    let mut read = connection.prepare(&read)?;
    let values = read.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let into = format!("insert into {table} ({})", named.join(", "));
    Ok(values.into_iter().map(|values| format!("{into} values ({values});\n")).collect())
}
