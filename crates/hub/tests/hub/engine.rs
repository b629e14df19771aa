//! These tests run on SQLite; `tests/postgres.rs` runs them on PostgreSQL. This module has what differs between the
//! two.

use std::path::{Path, PathBuf};

use testkit::eventually;

use crate::app::{TestHub, TestOutlet};

/// The URL of a fresh database.
pub fn fresh_database(dir: &Path) -> String {
    format!("sqlite:{}", dir.join("hub.db").display())
}

/// Copies a closed hub's database.
pub fn save_copy(url: &str) {
    let db = file(url);
    assert_ne!(std::fs::copy(&db, db.with_extension("old")).unwrap(), 0);
}

/// Restores a closed hub's database from the copy.
pub fn restore_copy(url: &str) {
    let db = file(url);
    assert_ne!(std::fs::copy(db.with_extension("old"), &db).unwrap(), 0);
}

fn file(url: &str) -> PathBuf {
    url.strip_prefix("sqlite:").unwrap().into()
}

/// Waits until a write of the hub is queued behind another one.
pub async fn wait_for_queued_write(_: &TestHub, outlet: &TestOutlet) {
    eventually("a write waits", || async { outlet.permits_in_use("queued_writes").await == 1 }).await;
}

/// The secret that signs sessions.
pub fn secret(url: &str) -> String {
    std::fs::read_to_string(format!("{}.secret", file(url).display())).unwrap()
}

/// A field of a column of JSON, as text.
pub fn field(column: &str, path: &[&str]) -> String {
    format!("{column}->>'$.{}'", path.join("."))
}

/// Makes a line of the order `b` fail; the second statement undoes it.
pub const BREAK_LINES: &str = "
    create trigger broken before insert on sale_lines when new.order_id = 'b' begin select raise(abort, 'disk on fire'); end";
pub const MEND_LINES: &str = "drop trigger broken";

/// Whether the database is on this machine's disk.
pub const ON_THIS_DISK: bool = true;

/// A text that is not UTF-8, and a long one.
pub const NOT_UTF8: &str = "cast(x'436166e9' as text)";
pub const LONG_TEXT: &str = "printf('%.*c', 100000, 'x')";
