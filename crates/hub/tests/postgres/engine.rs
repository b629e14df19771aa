//! A schema for each test, in the cluster of `scripts/with-postgres.sh`, and what differs from SQLite.

use std::path::Path;

use testkit::eventually;

use crate::app::{TestHub, TestOutlet};

fn cluster() -> String {
    std::env::var("GERAI_TEST_POSTGRES")
        .expect("GERAI_TEST_POSTGRES is not the URL of a PostgreSQL; run make test, or scripts/with-postgres.sh cargo nextest run")
}

fn fresh_name() -> String {
    format!("t{}", uuid::Uuid::now_v7().simple())
}

/// The URL of a fresh database: a schema.
pub fn fresh_database(_: &Path) -> String {
    let (cluster, schema) = (cluster(), fresh_name());
    let url = format!("{cluster}?sslmode=disable&options=-csearch_path%3D{schema}");
    run(&url, &format!("create schema {schema}"));
    url
}

/// The URL of a whole database, so that the server's counts are this test's alone.
pub fn fresh_whole_database() -> String {
    let (cluster, name) = (cluster(), fresh_name());
    run(&cluster, &format!("create database {name}"));
    format!("{}/{name}?sslmode=disable", cluster.strip_suffix("/postgres").unwrap())
}

/// Copies a closed hub's database.
pub fn save_copy(url: &str) {
    for_each_table(url, "create table copy_of_%I as table %I");
}

/// Restores a closed hub's database from the copy.
pub fn restore_copy(url: &str) {
    for_each_table(url, "truncate %2$I; insert into %2$I select * from copy_of_%1$I");
}

fn for_each_table(url: &str, what: &str) {
    run(
        url,
        &format!(
            "do $$ declare name text; begin
               for name in select table_name from information_schema.tables
                 where table_schema = current_schema() and table_name not like 'copy\\_of\\_%'
                   and table_name not in ('schema_migrations') or table_name = 'dead_letters' and table_schema = current_schema()
                 except select relname from pg_class where relispartition
               loop execute format('{what}', name, name); end loop;
             end $$"
        ),
    );
}

/// Runs SQL as another program does.
pub fn run(url: &str, sql: &str) {
    let sql = sql.to_owned();
    with_client(url, move |client| client.batch_execute(&sql));
}

/// The first column of the first row, as another program reads it.
pub fn read<T>(url: &str, sql: &str) -> T
where
    T: for<'r> postgres::types::FromSql<'r> + Send + 'static,
{
    let sql = sql.to_owned();
    with_client(url, move |client| client.query_one(&sql, &[])?.try_get(0))
}

fn with_client<T: Send + 'static>(
    url: &str,
    ask: impl FnOnce(&mut postgres::Client) -> Result<T, postgres::Error> + Send + 'static,
) -> T {
    let url = url.to_owned();
    // The driver blocks, which a thread that runs tasks must not.
    let done = std::thread::spawn(move || ask(&mut postgres::Client::connect(&url, postgres::NoTls)?));
    done.join().unwrap().unwrap()
}

/// Waits until no node works on the test's database: the server counts a connection's reads when it ends.
pub fn wait_for_statistics(url: &str) {
    let at_work = "select count(*) from pg_stat_activity where datname = current_database()
      and application_name = 'gerai hub' and query <> '' and query not like 'listen %'";
    let began = std::time::Instant::now();
    while read::<i64>(url, at_work) > 0 {
        assert!(began.elapsed() < testkit::PATIENCE, "a node is still working");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// Waits until a write of the hub waits for a lock.
pub async fn wait_for_queued_write(hub: &TestHub, _: &TestOutlet) {
    // In this schema: other tests run in the same cluster.
    let waits = "select count(*) from pg_stat_activity a where a.application_name = 'gerai hub'
      and a.wait_event_type = 'Lock' and exists (select 1 from pg_locks l join pg_class c on c.oid = l.relation
        where l.pid = a.pid and c.relnamespace = current_schema()::regnamespace)";
    eventually("a write waits", || async { read::<i64>(&hub.url, waits) == 1 }).await;
}

/// The secret that signs sessions.
pub fn secret(url: &str) -> String {
    read(url, "select value from node_secrets where name = 'sessions'")
}

/// A field of a column of JSON, as text.
pub fn field(column: &str, path: &[&str]) -> String {
    let (last, before) = path.split_last().unwrap();
    let way: String = before.iter().map(|name| format!("->'{name}'")).collect();
    format!("{column}::json{way}->>'{last}'")
}

/// Makes a line of the order `b` fail; the second statement undoes it.
pub const BREAK_LINES: &str = "alter table sale_lines add constraint disk_on_fire check (order_id <> 'b')";
pub const MEND_LINES: &str = "alter table sale_lines drop constraint disk_on_fire";

/// Whether the database is on this machine's disk.
pub const ON_THIS_DISK: bool = false;

/// PostgreSQL accepts no text that is not UTF-8; and a long text.
pub const NOT_UTF8: &str = "";
pub const LONG_TEXT: &str = "repeat('x', 100000)";
