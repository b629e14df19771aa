//! What a query answers, one row at a time, by the place of the column.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Fault, postgres};

/// A row of an answer. A column that does not hold what is asked for is a [`Fault`]: the schema rules it out.
pub enum Row<'r> {
    /// SQLite's.
    Sqlite(&'r rusqlite::Row<'r>),
    /// PostgreSQL's.
    Postgres(&'r ::postgres::Row),
}

impl Row<'_> {
    /// A whole number.
    ///
    /// # Errors
    /// It holds something else.
    pub fn int(&self, column: usize) -> Result<i64, Fault> {
        self.maybe_int(column)?.ok_or_else(|| nothing(column))
    }

    /// A whole number or nothing.
    ///
    /// # Errors
    /// It holds something else.
    pub fn maybe_int(&self, column: usize) -> Result<Option<i64>, Fault> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?.as_i64_or_null().map_err(rusqlite::Error::from)?),
            Self::Postgres(row) => postgres::int(row, column),
        }
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
        self.maybe_text(column)?.ok_or_else(|| nothing(column))
    }

    /// Text or nothing.
    ///
    /// # Errors
    /// It holds something else.
    pub fn maybe_text(&self, column: usize) -> Result<Option<&str>, Fault> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?),
            Self::Postgres(row) => postgres::text(row, column),
        }
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
        serde_json::from_str(self.text(column)?).map_err(|error| Fault::Column { column, why: error.to_string() })
    }

    /// What a column keeps as JSON, as it stands there, on one line or several.
    ///
    /// # Errors
    /// It holds something else.
    pub fn raw_json(&self, column: usize) -> Result<&RawValue, Fault> {
        serde_json::from_str(self.text(column)?).map_err(|error| Fault::Column { column, why: error.to_string() })
    }
}

fn nothing(column: usize) -> Fault {
    Fault::Column { column, why: "it is empty".to_owned() }
}
