//! What a query answers, one row at a time, by the place of the column.

use rusqlite::types::{Type, ValueRef};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::Fault;

/// A row of an answer. A column that does not hold what is asked for is a [`Fault`]: the schema rules it out.
pub enum Row<'r> {
    /// SQLite's.
    Sqlite(&'r rusqlite::Row<'r>),
}

impl Row<'_> {
    fn value(&self, column: usize) -> Result<ValueRef<'_>, Fault> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// It holds something else.
    pub fn int(&self, column: usize) -> Result<i64, Fault> {
        Ok(self.value(column)?.as_i64().map_err(rusqlite::Error::from)?)
    }

    /// A whole number or nothing.
    ///
    /// # Errors
    /// It holds something else.
    pub fn maybe_int(&self, column: usize) -> Result<Option<i64>, Fault> {
        Ok(self.value(column)?.as_i64_or_null().map_err(rusqlite::Error::from)?)
    }

    /// A flag.
    ///
    /// # Errors
    /// It holds something else.
    pub fn flag(&self, column: usize) -> Result<bool, Fault> {
        self.int(column).map(|n| n != 0)
    }

    /// Text.
    ///
    /// # Errors
    /// It holds something else.
    pub fn text(&self, column: usize) -> Result<&str, Fault> {
        Ok(self.value(column)?.as_str().map_err(rusqlite::Error::from)?)
    }

    /// Text or nothing.
    ///
    /// # Errors
    /// It holds something else.
    pub fn maybe_text(&self, column: usize) -> Result<Option<&str>, Fault> {
        Ok(self.value(column)?.as_str_or_null().map_err(rusqlite::Error::from)?)
    }

    /// Text of its own.
    ///
    /// # Errors
    /// It holds something else.
    pub fn string(&self, column: usize) -> Result<String, Fault> {
        self.text(column).map(str::to_owned)
    }

    /// Text of its own, or nothing.
    ///
    /// # Errors
    /// It holds something else.
    pub fn maybe_string(&self, column: usize) -> Result<Option<String>, Fault> {
        Ok(self.maybe_text(column)?.map(str::to_owned))
    }

    /// What a column keeps as JSON.
    ///
    /// # Errors
    /// It holds something else.
    pub fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, Fault> {
        serde_json::from_str(self.text(column)?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)).into())
    }

    /// What a column keeps as JSON, as it stands there, on one line or several.
    ///
    /// # Errors
    /// It holds something else.
    pub fn raw_json(&self, column: usize) -> Result<&RawValue, Fault> {
        serde_json::from_str(self.text(column)?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)).into())
    }
}
