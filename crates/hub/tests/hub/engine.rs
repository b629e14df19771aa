//! These tests run on SQLite; `tests/postgres.rs` runs them on PostgreSQL. What the two do in other words stands here.

use std::path::{Path, PathBuf};

use testkit::eventually;

use crate::app::{TestHub, TestOutlet};

/// The address of a database that nobody has used.
pub fn fresh_database(dir: &Path) -> String {
    format!("sqlite:{}", dir.join("hub.db").display())
}

/// Keeps a copy of a closed hub's database.
pub fn keep_copy(url: &str) {
    let db = file(url);
    assert_ne!(std::fs::copy(&db, db.with_extension("old")).unwrap(), 0);
}

/// Puts a closed hub's database back as it was kept.
pub fn put_back(url: &str) {
    let db = file(url);
    assert_ne!(std::fs::copy(db.with_extension("old"), &db).unwrap(), 0);
}

fn file(url: &str) -> PathBuf {
    url.strip_prefix("sqlite:").unwrap().into()
}

/// Waits until a write of the hub waits for another one.
pub async fn is_held_up(_: &TestHub, outlet: &TestOutlet) {
    eventually("a write waits", || async { outlet.taken("queued_writes").await == 1 }).await;
}

/// What signs sessions.
pub fn secret(url: &str) -> String {
    std::fs::read_to_string(format!("{}.secret", file(url).display())).unwrap()
}

/// A field of a column of JSON, as text.
pub fn field(column: &str, path: &[&str]) -> String {
    format!("{column}->>'$.{}'", path.join("."))
}

/// Lets a line of the order `b` fail, and takes that back.
pub const BREAK_LINES: &str = "
    create trigger broken before insert on sale_lines when new.order_id = 'b' begin select raise(abort, 'disk on fire'); end";
pub const MEND_LINES: &str = "drop trigger broken";

/// Whether the database lies on this machine's disk.
pub const ON_THIS_DISK: bool = true;

/// A text that is not UTF-8, and a long one.
pub const NOT_UTF8: &str = "cast(x'436166e9' as text)";
pub const LONG_TEXT: &str = "printf('%.*c', 100000, 'x')";
