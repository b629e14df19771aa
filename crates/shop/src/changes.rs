//! The version of what tills copy, and the changes since a version.
//!
//! A version is the epoch and the number of the last change. Triggers of the schema count the changes, so those of sync
//! and of the sqlite3 shell count too. A restored database begins a new epoch.

use std::fmt;
use std::str::FromStr;

use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Fault, ReadRow};

/// A version of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogVersion {
    epoch: String,
    n: i64,
}

/// Length of an epoch: hexadecimal digits.
const EPOCH_DIGITS: usize = 16;

impl fmt::Display for CatalogVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.n)
    }
}

impl FromStr for CatalogVersion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (epoch, n) = text.split_once('-').ok_or(())?;
        let is_epoch = epoch.len() == EPOCH_DIGITS && epoch.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let is_number = !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
        if !is_epoch || !is_number {
            return Err(());
        }
        Ok(Self { epoch: epoch.to_owned(), n: n.parse().map_err(|_| ())? })
    }
}

impl CatalogVersion {
    /// The number after which changes complete a copy of version `since`; `None` if only the whole catalog does.
    pub(crate) fn changes_since(&self, since: Option<&Self>) -> Option<i64> {
        since.filter(|since| since.epoch == self.epoch && since.n <= self.n).map(|since| since.n)
    }
}

/// The current version. If its row was deleted, the next change creates it again, in a new epoch; until then the version
/// is zero.
///
/// # Errors
/// The error from SQLite.
pub fn version(tx: &Transaction<'_>) -> Result<CatalogVersion, Fault> {
    let found = tx
        .prepare_cached("select epoch, n from catalog_version where id = 1")?
        .query_row([], |row| Ok(CatalogVersion { epoch: row.read(0)?, n: row.read(1)? }))
        .optional()?;
    Ok(found.unwrap_or_else(|| CatalogVersion { epoch: "0".repeat(EPOCH_DIGITS), n: 0 }))
}

/// The condition for rows of `entity` whose column `id` has a change after the version `?1`; empty for all rows.
pub(crate) fn changed_since(entity: &str, id: &str, since: Option<i64>) -> String {
    match since {
        Some(_) => {
            format!("where {id} in (select entity_id from catalog_changes where entity_type = '{entity}' and n > ?1)")
        }
        None => String::new(),
    }
}

/// The ids of deleted rows of `entity`, whose table is `table`, that have a change after the version `since`.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn deleted(tx: &Transaction<'_>, entity: &str, table: &str, since: i64) -> Result<Vec<String>, Fault> {
    let sql = format!(
        "select entity_id from catalog_changes where entity_type = '{entity}' and n > ?1
           and not exists (select 1 from {table} where id = entity_id)
         order by +entity_id"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    Ok(statement.query_map([since], |row| row.id(0))?.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_version_of_the_same_epoch_has_known_changes() {
        let version = |text: &str| CatalogVersion::from_str(text);
        let current = version("0123456789abcdef-7").unwrap();
        assert_eq!(current.to_string(), "0123456789abcdef-7");
        for (since, changes) in [
            (Some("0123456789abcdef-7"), Some(7)),
            (Some("0123456789abcdef-0"), Some(0)),
            (Some("0123456789abcdef-8"), None),
            (Some("fedcba9876543210-3"), None),
            (None, None),
        ] {
            let since = since.map(|since| version(since).unwrap());
            assert_eq!(current.changes_since(since.as_ref()), changes, "{since:?}");
        }
        for invalid in [
            "",
            "7",
            "0123456789abcdef",
            "0123456789abcdef-",
            "0123456789abcdef--1",
            "0123456789ABCDEF-1",
            "0123456789abcdef-+1",
            "0123456789abcdef-99999999999999999999",
            "é123456789abcdef-1",
        ] {
            assert_eq!(version(invalid), Err(()), "{invalid}");
        }
    }
}
