//! Lists that stand in one column as JSON. The table takes no other shape than these types have.

use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlite::{Fault, ReadRow};

/// A list as it was read; none where the column holds no such list.
///
/// # Errors
/// What SQLite said.
pub fn read<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Vec<T>>> {
    Ok(serde_json::from_str(&row.read::<String>(column)?).ok())
}

/// A list as it is to be written.
///
/// # Errors
/// A value that is no JSON.
pub fn text<T: Serialize>(list: &[T]) -> Result<String, Fault> {
    serde_json::to_string(list).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()).into())
}
