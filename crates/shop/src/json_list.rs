//! Lists and values stored as JSON in a column. The checks of the table accept only lists that these types can read.

use rusqlite::Row;
use rusqlite::types::ToSqlOutput;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlite::{Fault, ReadRow};

/// Reads a list; `None` if the column does not contain one.
///
/// # Errors
/// The error from SQLite.
pub fn read<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Vec<T>>> {
    Ok(serde_json::from_str(&row.read::<String>(column)?).ok())
}

/// Serializes a list for writing.
///
/// # Errors
/// A value that cannot be serialized.
pub fn text<T: Serialize>(list: &[T]) -> Result<String, Fault> {
    serde_json::to_string(list).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()).into())
}

/// Serializes an optional value for writing.
///
/// # Errors
/// A value that cannot be serialized.
pub fn optional_text<T: Serialize>(value: Option<&T>) -> Result<ToSqlOutput<'static>, Fault> {
    let text = value.map(serde_json::to_string).transpose();
    let text = text.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    Ok(ToSqlOutput::Owned(text.into()))
}
