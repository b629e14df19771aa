//! A transaction, and the little that verbs may do with it.

use rusqlite::params_from_iter;

use super::{Arg, Fault, Row};

/// An open transaction of whichever engine. It is committed when the verb that was given it returns `Ok`.
pub enum Tx<'t> {
    /// SQLite's, with everything else that the one writer commits at the same time.
    Sqlite(&'t sqlite::Connection),
}

impl Tx<'_> {
    /// Runs one statement; says how many rows it changed.
    ///
    /// # Errors
    /// What the database said.
    pub fn execute(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<usize, Fault> {
        match self {
            Self::Sqlite(connection) => Ok(connection.prepare_cached(sql)?.execute(params_from_iter(args))?),
        }
    }

    /// The first row of the answer, if there is one.
    ///
    /// # Errors
    /// What the database or `read` said.
    pub fn first<T>(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(params_from_iter(args))?;
                rows.next()?.map(|row| read(&Row::Sqlite(row))).transpose()
            }
        }
    }

    /// Rows of the answer for as long as `read` makes something of them.
    ///
    /// # Errors
    /// What the database or `read` said.
    pub fn while_some<T>(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<Option<T>, Fault>,
    ) -> Result<Vec<T>, Fault> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(params_from_iter(args))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    let Some(one) = read(&Row::Sqlite(row))? else { break };
                    found.push(one);
                }
                Ok(found)
            }
        }
    }

    /// All rows of the answer; the statement says how many that may be.
    ///
    /// # Errors
    /// What the database or `read` said.
    pub fn all<T>(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(params_from_iter(args))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(read(&Row::Sqlite(row))?);
                }
                Ok(found)
            }
        }
    }
}
