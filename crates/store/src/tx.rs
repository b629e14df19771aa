//! An open transaction, with the few methods that commands need.

use rusqlite::params_from_iter;

use crate::arg::Arg;
use crate::fault::Fault;
use crate::postgres;
use crate::row::Row;

/// An open transaction of either engine. It is committed when the command returns `Ok`.
pub enum Tx<'t> {
    /// A transaction of SQLite; the writer commits several together.
    Sqlite(&'t sqlite::Connection),
    /// A transaction of PostgreSQL.
    Postgres(&'t mut postgres::Connection),
}

impl Tx<'_> {
    /// Executes one statement; returns the number of changed rows.
    ///
    /// # Errors
    /// The database failed.
    pub fn execute(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<usize, Fault> {
        match self {
            Self::Sqlite(connection) => Ok(connection.prepare_cached(sql)?.execute(params_from_iter(args))?),
            Self::Postgres(connection) => connection.execute(sql, args),
        }
    }

    /// Whether each statement is a network round trip, so that combined queries are cheaper.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Whether data that is deleted by age is partitioned.
    #[must_use]
    pub fn is_partitioned(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Executes a statement whose result is not needed. In PostgreSQL it is deferred and combined with others of its
    /// kind until the next query of this transaction: deletes and updates run first, then inserts. Two statements of
    /// one kind must not affect the same row.
    ///
    /// # Errors
    /// The database failed; the error of a deferred statement may be returned by a later call.
    pub fn defer(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<(), Fault> {
        match self {
            Self::Sqlite(_) => self.execute(sql, args).map(|_| ()),
            Self::Postgres(connection) => connection.defer(sql, args),
        }
    }

    /// Locks the rows of `sql` until the end of the transaction, on PostgreSQL only, where writers are concurrent.
    ///
    /// # Errors
    /// The database failed.
    pub fn lock(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<(), Fault> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => connection.execute(sql, args).map(|_| ()),
        }
    }

    /// Reports a conflict with another transaction, so that this one runs again.
    pub fn serialization_failure(&mut self) -> Fault {
        match self {
            Self::Sqlite(_) => Fault::Contended,
            Self::Postgres(connection) => connection.serialization_failure(),
        }
    }

    /// The first row of the answer, if there is one.
    ///
    /// # Errors
    /// The database failed, or the error of `read`.
    pub fn first<T>(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut read = Some(read);
        let first = self.map_while(sql, args, |row| read.take().map(|read| read(row)).transpose())?;
        Ok(first.into_iter().next())
    }

    /// All rows of the answer; the statement limits their number.
    ///
    /// # Errors
    /// The database failed, or the error of `read`.
    pub fn all<T>(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.map_while(sql, args, |row| read(row).map(Some))
    }

    /// Rows of the answer until `read` returns none.
    ///
    /// # Errors
    /// The database failed, or the error of `read`.
    pub fn map_while<T>(
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
            Self::Postgres(connection) => connection.map_while(sql, args, read),
        }
    }
}
