//! A transaction, and the little that verbs may do with it.

use rusqlite::params_from_iter;

use crate::arg::Arg;
use crate::fault::Fault;
use crate::postgres;
use crate::row::Row;

/// An open transaction of whichever engine. It is committed when the verb that was given it returns `Ok`.
pub enum Tx<'t> {
    /// SQLite's, with everything else that the one writer commits at the same time.
    Sqlite(&'t sqlite::Connection),
    /// PostgreSQL's.
    Postgres(&'t mut postgres::Connection),
}

impl Tx<'_> {
    /// Runs one statement; says how many rows it changed.
    ///
    /// # Errors
    /// What the database said.
    pub fn execute(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<usize, Fault> {
        match self {
            Self::Sqlite(connection) => Ok(connection.prepare_cached(sql)?.execute(params_from_iter(args))?),
            Self::Postgres(connection) => connection.execute(sql, args),
        }
    }

    /// Whether each statement travels: then it is worth asking for much at once.
    #[must_use]
    pub fn travels(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Whether what is forgotten by age lies in partitions.
    #[must_use]
    pub fn is_partitioned(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Runs a statement that nobody asks the outcome of. Where each statement travels it is kept back, to go together
    /// with others of its kind before anything else is asked of this transaction: those that change or delete rows
    /// first, then those that add some. No two of one kind may concern the same row.
    ///
    /// # Errors
    /// What the database said; perhaps only later, of what was kept back.
    pub fn defer(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<(), Fault> {
        match self {
            Self::Sqlite(_) => self.execute(sql, args).map(|_| ()),
            Self::Postgres(connection) => connection.defer(sql, args),
        }
    }

    /// Locks the rows that `sql` finds until the end of the transaction, where others write at the same time.
    ///
    /// # Errors
    /// What the database said.
    pub fn lock(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<(), Fault> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => connection.execute(sql, args).map(|_| ()),
        }
    }

    /// Another transaction has changed what this one has read: it is done again.
    pub fn met_another(&mut self) -> Fault {
        match self {
            Self::Sqlite(_) => Fault::Contended,
            Self::Postgres(connection) => connection.met_another(),
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
        let mut read = Some(read);
        let first = self.while_some(sql, args, |row| read.take().map(|read| read(row)).transpose())?;
        Ok(first.into_iter().next())
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
        self.while_some(sql, args, |row| read(row).map(Some))
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
            Self::Postgres(connection) => connection.while_some(sql, args, read),
        }
    }
}
