//! One connection: prepared statements, the open transaction, deferred rows, and errors.

use std::collections::HashMap;
use std::sync::Arc;

use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;
use postgres::{Client, Error, Statement};

use super::connect::{chain, is_closed};
use super::copy::Copy;
use super::sql::{copy, lists, translate};
use super::value::{List, Owned};
use crate::arg::Arg;
use crate::fault::Fault;
use crate::row::Row;

/// Maximum number of deferred rows.
const MAX_DEFERRED: usize = 20_000;
/// Minimum number of rows for which one combined statement is cheaper.
const MIN_COMBINED: usize = 3;
/// Maximum number of prepared statements; the commands use fewer.
const MAX_STATEMENTS: usize = 500;

/// A connection, and the transaction on it.
pub struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
    deferred: Vec<Deferred>,
    broken: Option<Broken>,
}

/// Deferred rows of one statement, executed before the next query.
struct Deferred {
    sql: String,
    count: usize,
    rows: Rows,
}

enum Rows {
    /// Rows of a plain insert, encoded for this COPY.
    Added(String, Copy),
    Given(Vec<Vec<Owned>>),
}

/// Why the transaction must run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// It conflicted with another transaction.
    Conflict,
    /// The connection was closed.
    Gone,
}

impl Connection {
    pub(super) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new(), deferred: Vec::new(), broken: None }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Why the transaction must run again, if it must.
    pub(super) fn broken(&self) -> Option<Broken> {
        self.broken
    }

    pub(super) fn begin(&mut self, how: &str) -> Result<(), Fault> {
        self.deferred.clear();
        self.broken = None;
        self.client.batch_execute(how).map_err(|error| self.fault(error))
    }

    pub(super) fn commit(&mut self) -> Result<(), Fault> {
        self.flush()?;
        let Err(error) = self.client.batch_execute("commit") else { return Ok(()) };
        let words = chain(&error);
        match self.fault(error) {
            // Do not retry: the commit may have succeeded.
            Fault::Unreachable(_) => {
                self.broken = None;
                Err(Fault::Uncertain(words))
            }
            fault => Err(fault),
        }
    }

    pub(super) fn rollback(&mut self) {
        self.deferred.clear();
        // A failure means that the connection is closed, and with it the transaction.
        let _ = self.client.batch_execute("rollback");
    }

    pub(crate) fn execute(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<usize, Fault> {
        self.flush()?;
        let changed = self.run(sql, args)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Defers a statement whose result is not needed, to combine it with others of the same kind.
    pub(crate) fn defer(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<(), Fault> {
        let at = self.deferred.iter().position(|deferred| deferred.sql == sql).unwrap_or_else(|| {
            let rows = copy(sql).map_or_else(|| Rows::Given(Vec::new()), |copy| Rows::Added(copy, Copy::new()));
            self.deferred.push(Deferred { sql: sql.to_owned(), count: 0, rows });
            self.deferred.len() - 1
        });
        let Deferred { count, rows, .. } = &mut self.deferred[at];
        *count += 1;
        match rows {
            Rows::Added(_, copy) => copy.add(args),
            Rows::Given(rows) => rows.push(args.iter().map(Owned::from).collect()),
        }
        if self.deferred.iter().map(|deferred| deferred.count).sum::<usize>() >= MAX_DEFERRED {
            self.flush()?;
        }
        Ok(())
    }

    /// Rows of the answer until `read` returns none.
    pub(crate) fn map_while<T>(
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

    pub(crate) fn serialization_failure(&mut self) -> Fault {
        self.broken = Some(Broken::Conflict);
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
        if self.statements.len() >= MAX_STATEMENTS {
            self.statements.clear();
        }
        let statement = self.client.prepare(&translate(sql)).map_err(|error| self.fault(error))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Executes the deferred rows: deletes and updates first, then inserts.
    fn flush(&mut self) -> Result<(), Fault> {
        let (adds, changes): (Vec<_>, Vec<_>) = std::mem::take(&mut self.deferred)
            .into_iter()
            .partition(|deferred| deferred.sql.trim().starts_with("insert"));
        changes.into_iter().chain(adds).try_for_each(|Deferred { sql, rows, .. }| match rows {
            Rows::Added(copy, rows) => {
                let statement = self.prepare(&copy)?;
                rows.send(&mut self.client, &statement).map(|_| ()).map_err(|error| self.fault(error))
            }
            Rows::Given(rows) => self.run_together(&sql, &rows),
        })
    }

    fn run_together(&mut self, sql: &str, rows: &[Vec<Owned>]) -> Result<(), Fault> {
        let types = self.prepare(sql)?.params().to_vec();
        let Some(together) = lists(sql, &types).filter(|_| rows.len() >= MIN_COMBINED) else {
            return rows
                .iter()
                .try_for_each(|row| self.run(sql, &row.iter().map(Owned::arg).collect::<Vec<_>>()).map(|_| ()));
        };
        let lists: Vec<_> = (0..types.len()).map(|n| List::of_column(rows, n)).collect();
        let params: Vec<_> = lists.iter().map(|list| list as &(dyn ToSql + Sync)).collect();
        let statement = self.prepare(&together)?;
        self.client.execute(&statement, &params).map(|_| ()).map_err(|error| self.fault(error))
    }

    /// Classifies an error and records what it means for the transaction.
    fn fault(&mut self, error: Error) -> Fault {
        // The server has become a standby: another host accepts writes now.
        let stood_down = error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION);
        if self.client.is_closed() || is_closed(&error) || stood_down {
            self.broken = Some(Broken::Gone);
            return Fault::Unreachable(chain(&error));
        }
        match error.code() {
            Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED)) => {
                self.serialization_failure()
            }
            Some(&SqlState::LOCK_NOT_AVAILABLE) => Fault::Contended,
            Some(&SqlState::QUERY_CANCELED) => Fault::TooLong,
            // Insufficient resources or an I/O error of the server: the statement is not the cause.
            Some(code) if code.code().starts_with("53") || *code == SqlState::IO_ERROR => Fault::Full(chain(&error)),
            _ => Fault::Postgres(Arc::new(error)),
        }
    }
}

fn params<'a>(args: &'a [Arg<'a>]) -> impl ExactSizeIterator<Item = &'a (dyn ToSql + Sync)> {
    args.iter().map(|arg| arg as &(dyn ToSql + Sync))
}
