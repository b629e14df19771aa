//! Lists and values stored as JSON in a column. The checks of the table accept only lists that these types can read.

use rusqlite::types::{FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Row, ToSql};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlite::text::Lenient;
use sqlite::{Fault, ReadRow};

/// A column with a list of names. One that is damaged reads as empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Names(pub Vec<String>);

impl Lenient for Names {
    fn lenient(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(serde_json::from_str(&String::lenient(value)?).unwrap_or_default())
    }
}

impl ToSql for Names {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text =
            serde_json::to_string(self).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(text.into())
    }
}

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
