//! A row of an answer, read by column position. Text is read as by `sqlite::text`, so that a bad value hides no other
//! row.

use std::borrow::Cow;
use std::collections::BTreeSet;

use postgres::types::Type;
use rusqlite::types::ValueRef;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sqlite::ReadRow;

use crate::fault::Fault;

/// A row of an answer. A column of an unexpected type is a [`Fault`], because the schema excludes it.
pub enum Row<'r> {
    /// A row of SQLite.
    Sqlite(&'r rusqlite::Row<'r>),
    /// A row of PostgreSQL.
    Postgres(&'r postgres::Row),
}

impl Row<'_> {
    /// A whole number.
    ///
    /// # Errors
    /// It has another type.
    pub fn int(&self, column: usize) -> Result<i64, Fault> {
        self.maybe_int(column)?.ok_or_else(|| is_null(column))
    }

    /// A whole number, or none if null.
    ///
    /// # Errors
    /// It has another type.
    pub fn maybe_int(&self, column: usize) -> Result<Option<i64>, Fault> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?.as_i64_or_null().map_err(rusqlite::Error::from)?),
            Self::Postgres(row) => int(row, column),
        }
    }

    /// A flag.
    ///
    /// # Errors
    /// It has another type.
    pub fn flag(&self, column: usize) -> Result<bool, Fault> {
        self.int(column).map(|n| n != 0)
    }

    /// Text; invalid UTF-8 becomes U+FFFD.
    ///
    /// # Errors
    /// The column is null.
    pub fn text(&self, column: usize) -> Result<Cow<'_, str>, Fault> {
        self.maybe_text(column)?.ok_or_else(|| is_null(column))
    }

    /// Text, or none if null.
    ///
    /// # Errors
    /// There is no such column.
    pub fn maybe_text(&self, column: usize) -> Result<Option<Cow<'_, str>>, Fault> {
        match self {
            Self::Sqlite(row) => Ok(match row.get_ref(column)? {
                ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes)),
                _ => row.read::<Option<String>>(column)?.map(Cow::Owned),
            }),
            // PostgreSQL stores only valid UTF-8.
            Self::Postgres(row) => Ok(text(row, column)?.map(Cow::Borrowed)),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// It has another type, or is null.
    pub fn bytes(&self, column: usize) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?.to_owned()),
            Self::Postgres(row) => Ok(blob(row, column)?.ok_or_else(|| is_null(column))?.to_owned()),
        }
    }

    /// Owned text.
    ///
    /// # Errors
    /// As for [`Row::text`].
    pub fn string(&self, column: usize) -> Result<String, Fault> {
        self.text(column).map(Cow::into_owned)
    }

    /// Owned text, or none if null.
    ///
    /// # Errors
    /// As for [`Row::maybe_text`].
    pub fn maybe_string(&self, column: usize) -> Result<Option<String>, Fault> {
        Ok(self.maybe_text(column)?.map(Cow::into_owned))
    }

    /// The fields that were last written with the outlet's key, for entities of an outlet.
    ///
    /// # Errors
    /// There is no such column.
    pub fn by_outlet(&self, column: usize) -> Result<Option<BTreeSet<String>>, Fault> {
        let text = self.maybe_text(column)?;
        Ok(text.and_then(|text| {
            let read = serde_json::from_str(&text);
            read.inspect_err(|error| tracing::error!(column, %error, "cannot read who wrote the fields of an entity"))
                .ok()
        }))
    }

    /// An entity's document. One that was edited so that it is not an object reads as an empty object: receivers keep
    /// their values, and other rows are not blocked.
    ///
    /// # Errors
    /// The column is null.
    pub fn document(&self, column: usize) -> Result<Map<String, Value>, Fault> {
        let text = self.text(column)?;
        Ok(serde_json::from_str(&text).unwrap_or_else(|error| unreadable(column, &error)))
    }

    /// A JSON column for display; the default if it is unreadable.
    ///
    /// # Errors
    /// The column is null.
    pub fn json_or_default<T: DeserializeOwned + Default>(&self, column: usize) -> Result<T, Fault> {
        let text = self.text(column)?;
        Ok(serde_json::from_str(&text).unwrap_or_else(|error| unreadable(column, &error)))
    }

    /// A JSON column.
    ///
    /// # Errors
    /// It has another type.
    pub fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, Fault> {
        serde_json::from_str(&self.text(column)?).map_err(|error| Fault::Column { column, why: error.to_string() })
    }

    /// An entity's document as stored, on one line or several; see [`Row::document`].
    ///
    /// # Errors
    /// The column is null.
    pub fn raw_document(&self, column: usize) -> Result<Cow<'_, RawValue>, Fault> {
        let read = match self.text(column)? {
            Cow::Borrowed(text) => serde_json::from_str(text).map(Cow::Borrowed),
            Cow::Owned(text) => RawValue::from_string(text).map(Cow::Owned),
        };
        Ok(read.unwrap_or_else(|error| Cow::Owned(unreadable(column, &error))))
    }
}

fn unreadable<T: DeserializeOwned + Default>(column: usize, error: &serde_json::Error) -> T {
    tracing::error!(column, %error, "cannot read a column; using an empty value");
    serde_json::from_str("{}").unwrap_or_default()
}

fn is_null(column: usize) -> Fault {
    Fault::Column { column, why: "it is null".to_owned() }
}

/// A whole number, or none if null.
pub(crate) fn int(row: &postgres::Row, column: usize) -> Result<Option<i64>, Fault> {
    match *kind(row, column)? {
        Type::INT4 => Ok(row.try_get::<_, Option<i32>>(column).map_err(of(column))?.map(i64::from)),
        Type::BOOL => Ok(row.try_get::<_, Option<bool>>(column).map_err(of(column))?.map(i64::from)),
        _ => row.try_get(column).map_err(of(column)),
    }
}

/// Text, or none if null.
pub(crate) fn text(row: &postgres::Row, column: usize) -> Result<Option<&str>, Fault> {
    row.try_get(column).map_err(of(column))
}

/// Bytes, or none if null.
pub(crate) fn blob(row: &postgres::Row, column: usize) -> Result<Option<&[u8]>, Fault> {
    row.try_get(column).map_err(of(column))
}

fn kind(row: &postgres::Row, column: usize) -> Result<&Type, Fault> {
    let found = row.columns().get(column).map(postgres::Column::type_);
    found.ok_or_else(|| Fault::Column { column, why: "there is no such column".to_owned() })
}

fn of(column: usize) -> impl Fn(postgres::Error) -> Fault {
    move |error| Fault::Column { column, why: error.to_string() }
}
