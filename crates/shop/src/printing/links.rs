//! Addresses of receipts as pages: `/r/` and a token that cannot be guessed.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Fault, ReadRow};
use web::{secret, time};

/// Characters of a token: 128 random bits are enough, and a shorter address makes a coarser code.
const TOKEN_CHARS: usize = 22;

/// The token of an order's receipt; the same for each of its papers.
///
/// # Errors
/// The error from SQLite.
pub fn token(tx: &Transaction<'_>, order_id: &str, now: Timestamp) -> Result<String, Fault> {
    let find = "select token from receipt_links where order_id = ?1";
    if let Some(token) = tx.prepare_cached(find)?.query_row([order_id], |row| row.read(0)).optional()? {
        return Ok(token);
    }
    let token: String = secret::random().chars().filter(char::is_ascii_alphanumeric).take(TOKEN_CHARS).collect();
    tx.prepare_cached("insert into receipt_links (token, order_id, made_at) values (?1, ?2, ?3)")?.execute(params![
        token,
        order_id,
        time::text(now)
    ])?;
    Ok(token)
}

/// The order of a token.
///
/// # Errors
/// The error from SQLite.
pub fn order(tx: &Transaction<'_>, token: &str) -> Result<Option<String>, Fault> {
    let sql = "select order_id from receipt_links where token = ?1";
    Ok(tx.prepare_cached(sql)?.query_row([token], |row| row.read(0)).optional()?)
}

/// The address of a receipt for people: below the address of the settings, if they have a usable one.
#[must_use]
pub fn address(receipt_url: Option<&str>, token: &str) -> Option<String> {
    let base = receipt_url.filter(|url| url.starts_with("http://") || url.starts_with("https://"))?;
    Some(format!("{}/r/{token}", base.trim_end_matches('/')))
}
