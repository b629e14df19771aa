//! A schema of its own for each test, in the cluster of `scripts/with-postgres.sh`; what PostgreSQL does in other words.

use std::path::Path;

/// The address of a database that nobody has used.
pub fn fresh_database(_: &Path) -> String {
    let cluster = std::env::var("GERAI_TEST_POSTGRES").expect(
        "GERAI_TEST_POSTGRES names no PostgreSQL; run make test, or scripts/with-postgres.sh cargo nextest run",
    );
    let schema = format!("t{}", uuid::Uuid::now_v7().simple());
    let url = format!("{cluster}?sslmode=disable&options=-csearch_path%3D{schema}");
    run(&url, &format!("create schema {schema}"));
    url
}

/// Keeps a copy of a closed hub's database.
pub fn keep_copy(url: &str) {
    for_each_table(url, "create table kept_%I as table %I");
}

/// Puts a closed hub's database back as it was kept.
pub fn put_back(url: &str) {
    for_each_table(url, "truncate %2$I; insert into %2$I select * from kept_%1$I");
}

fn for_each_table(url: &str, what: &str) {
    run(
        url,
        &format!(
            "do $$ declare name text; begin
               for name in select table_name from information_schema.tables
                 where table_schema = current_schema() and table_name not like 'kept\\_%'
                   and table_name not in ('schema_migrations') or table_name = 'kept_items' and table_schema = current_schema()
                 except select relname from pg_class where relispartition
               loop execute format('{what}', name, name); end loop;
             end $$"
        ),
    );
}

/// Runs SQL as another program would.
pub fn run(url: &str, sql: &str) {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    // The driver waits, which a thread that runs tasks must not.
    let done = std::thread::spawn(move || {
        postgres::Client::connect(&url, postgres::NoTls).and_then(|mut client| client.batch_execute(&sql))
    });
    done.join().unwrap().unwrap();
}

/// A field of a column of JSON, as text.
pub fn field(column: &str, path: &[&str]) -> String {
    let (last, before) = path.split_last().unwrap();
    let way: String = before.iter().map(|name| format!("->'{name}'")).collect();
    format!("{column}::json{way}->>'{last}'")
}

/// Lets a line of the order `b` fail, and takes that back.
pub const BREAK_LINES: &str = "alter table sale_lines add constraint disk_on_fire check (order_id <> 'b')";
pub const MEND_LINES: &str = "alter table sale_lines drop constraint disk_on_fire";

/// Whether the database lies on this machine's disk.
pub const ON_THIS_DISK: bool = false;
