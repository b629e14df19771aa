//! One connection: its prepared statements, the transaction that is open on it, and what became of that.

use std::collections::HashMap;
use std::sync::Arc;

use postgres::binary_copy::BinaryCopyInWriter;
use postgres::error::{DbError, Severity, SqlState};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;
use postgres::{Client, Error, Statement};

use super::connect::chain;
use super::sql::{copy_of, translate};
use super::value::Owned;
use crate::store::{Arg, Fault, Row};

/// Rows that are kept back before they are written together.
const MOST_KEPT_BACK: usize = 5_000;
/// From so many on, rows are copied.
const WORTH_A_COPY: usize = 4;
/// Statements that are kept prepared; verbs have fewer.
const MOST_STATEMENTS: usize = 500;

/// A connection, and the transaction on it.
pub struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
    inserts: Vec<Inserts>,
    broke: Option<Broke>,
}

/// Rows for one table that are written together, before anything else is asked.
struct Inserts {
    sql: String,
    rows: Vec<Vec<Owned>>,
}

/// Why a transaction came to nothing although nothing is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broke {
    /// It met another one: it can be done again at once.
    Met,
    /// The connection is gone.
    Gone,
}

impl Connection {
    pub(super) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new(), inserts: Vec::new(), broke: None }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Why the transaction came to nothing, if it did through no fault of its own.
    pub(super) fn broke(&self) -> Option<Broke> {
        self.broke
    }

    pub(super) fn begin(&mut self, how: &str) -> Result<(), Fault> {
        self.inserts.clear();
        self.broke = None;
        self.client.batch_execute(how).map_err(|error| self.fault(error))
    }

    pub(super) fn commit(&mut self) -> Result<(), Fault> {
        self.flush()?;
        match self.client.batch_execute("commit") {
            Ok(()) => Ok(()),
            Err(error) if error.as_db_error().is_none() => {
                // Not to be done again: it may be there.
                self.broke = None;
                Err(Fault::Uncertain(error.to_string()))
            }
            Err(error) => Err(self.fault(error)),
        }
    }

    pub(super) fn rollback(&mut self) {
        self.inserts.clear();
        // Where this fails the connection is gone, and the transaction with it.
        let _ = self.client.batch_execute("rollback");
    }

    pub(in crate::store) fn execute(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<usize, Fault> {
        self.flush()?;
        let changed = self.run(sql, args)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Keeps a row of a plain insert back, to be written with others of its kind before anything else is asked.
    pub(in crate::store) fn insert(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<(), Fault> {
        let row: Vec<Owned> = args.iter().map(Owned::from).collect();
        match self.inserts.iter_mut().find(|inserts| inserts.sql == sql) {
            Some(inserts) => inserts.rows.push(row),
            None => self.inserts.push(Inserts { sql: sql.to_owned(), rows: vec![row] }),
        }
        if self.inserts.iter().map(|inserts| inserts.rows.len()).sum::<usize>() >= MOST_KEPT_BACK {
            self.flush()?;
        }
        Ok(())
    }

    /// Rows of the answer for as long as `read` makes something of them.
    pub(in crate::store) fn while_some<T>(
        &mut self,
        sql: &str,
        args: &[Arg<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<Option<T>, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.flush()?;
        let statement = self.prepare(sql)?;
        let mut found = Vec::new();
        let mut ended = Ok(());
        let mut ask = || {
            let mut rows = self.client.query_raw(&statement, params(args))?;
            while let Some(row) = rows.next()? {
                match read(&Row::Postgres(&row)) {
                    Ok(Some(one)) => found.push(one),
                    Ok(None) => break,
                    Err(fault) => {
                        ended = Err(fault);
                        break;
                    }
                }
            }
            Ok(())
        };
        let asked = ask();
        asked.map_err(|error| self.fault(error))?;
        ended.map(|()| found)
    }

    pub(in crate::store) fn met_another(&mut self) -> Fault {
        self.broke = Some(Broke::Met);
        Fault::Contended
    }

    fn run(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<u64, Fault> {
        let statement = self.prepare(sql)?;
        let params: Vec<_> = params(args).collect();
        self.client.execute(&statement, &params).map_err(|error| self.fault(error))
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, Fault> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= MOST_STATEMENTS {
            self.statements.clear();
        }
        let statement = self.client.prepare(&translate(sql)).map_err(|error| self.fault(error))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn flush(&mut self) -> Result<(), Fault> {
        for Inserts { sql, rows } in std::mem::take(&mut self.inserts) {
            match copy_of(&sql).filter(|_| rows.len() >= WORTH_A_COPY) {
                Some(copy) => self.copy(&sql, &copy, &rows)?,
                None => {
                    for row in &rows {
                        self.run(&sql, &row.iter().map(Owned::arg).collect::<Vec<_>>())?;
                    }
                }
            }
        }
        Ok(())
    }

    fn copy(&mut self, insert: &str, copy: &str, rows: &[Vec<Owned>]) -> Result<(), Fault> {
        // The columns' types are those of the insert's parameters.
        let types = self.prepare(insert)?.params().to_vec();
        let mut write = || {
            let mut writer = BinaryCopyInWriter::new(self.client.copy_in(copy)?, &types);
            for row in rows {
                let values: Vec<_> = row.iter().map(Owned::arg).collect();
                let values: Vec<_> = params(&values).collect();
                writer.write(&values)?;
            }
            writer.finish()
        };
        let written = write();
        written.map(|_| ()).map_err(|error| self.fault(error))
    }

    /// Notes what an error means for the transaction.
    fn fault(&mut self, error: Error) -> Fault {
        let said = error.as_db_error();
        // The server may have said a last word before it hung up.
        let hung_up =
            said.is_some_and(|said| matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic)));
        if hung_up || self.client.is_closed() || (said.is_none() && is_io(&error)) {
            self.broke = Some(Broke::Gone);
            return Fault::Unreachable(chain(&error));
        }
        match said.map(DbError::code) {
            Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED)) => self.met_another(),
            Some(&(SqlState::LOCK_NOT_AVAILABLE | SqlState::QUERY_CANCELED)) => Fault::Contended,
            _ => Fault::Postgres(Arc::new(error)),
        }
    }
}

fn is_io(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<std::io::Error>() {
            return true;
        }
        source = cause.source();
    }
    false
}

fn params<'a>(args: &'a [Arg<'a>]) -> impl ExactSizeIterator<Item = &'a (dyn ToSql + Sync)> {
    args.iter().map(|arg| arg as &(dyn ToSql + Sync))
}
