//! The commands of the print workers: take the next job of a printer, and record how it ended.
//!
//! A job is marked `sending` on disk before its first byte, so that a crash cannot print it a second time without a mark.
//! The jobs of a printer run one after another, the oldest first: a job that waits for its next attempt holds the others,
//! which would fail too.

use std::collections::BTreeSet;

use domain::printer::{
    ALARM_AFTER_SECONDS, AfterFailure, DRAWER_SECONDS, FALLBACK_AFTER, LONGEST_WAIT_SECONDS, after_failure,
};
use domain::{CodePage, PrintError, PrintJobKind};
use jiff::{SignedDuration, Timestamp};
use paper::{Charset, Document, Format, Language, Marks, Width};
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use web::time;

use super::printers::{self, Printer};

/// A job that a worker has taken.
#[derive(Debug)]
pub struct Taken {
    /// The job.
    pub id: String,
    /// Its printer.
    pub printer: Printer,
    /// Whether the printer has answered a question about its state before, at this address.
    pub answers: bool,
    /// What to print, and how.
    pub document: Document,
    /// How to print it.
    pub format: Format,
    kind: Option<PrintJobKind>,
    attempts: i64,
    doubtful: bool,
    moved_from: Option<String>,
}

/// What a worker does next.
#[derive(Debug)]
pub enum Next {
    /// Print this.
    Print(Box<Taken>),
    /// Nothing until then, unless a job is queued.
    Wait(Timestamp),
    /// Nothing until a job is queued.
    Idle,
}

/// How a job failed.
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    /// Why.
    pub error: PrintError,
    /// Whether a byte of the document was sent.
    pub sent: bool,
    /// Whether the printer has answered a question about its state.
    pub answered: bool,
}

/// Marks jobs that were being sent when the server stopped. Nobody knows whether they are on paper.
///
/// # Errors
/// The error from SQLite.
pub fn recover(tx: &Transaction<'_>, now: Timestamp) -> Result<usize, Fault> {
    let sql = "update print_jobs set possible_copy = 1, error = ?1, next_at = ?2,
          state = iif(kind = 'drawer' or possible_copy = 1, 'failed', 'doubtful'),
          done_at = iif(kind = 'drawer' or possible_copy = 1, ?2, null)
        where state in ('queued', 'sending', 'doubtful') and state = 'sending'";
    Ok(tx.execute(sql, params![PrintError::Interrupted.as_str(), time::text(now)])?)
}

/// Jobs that wait. SQLite uses a partial index only if the query repeats the condition of the index, and the table has the jobs of
/// a week.
const WAITING: &str = "state in ('queued', 'sending', 'doubtful') and state <> 'sending'";

/// Jobs whose printer was deleted or switched off.
const IS_ORPHAN: &str = "not exists (select 1 from printers p where p.id = print_jobs.printer_id and p.active = 1)";

/// The active printers, and whether jobs wait for others.
///
/// # Errors
/// The error from SQLite.
pub fn printers(tx: &Transaction<'_>) -> Result<(BTreeSet<String>, bool), Fault> {
    let mut statement = tx.prepare_cached("select id from printers where active = 1 order by id")?;
    let active = statement.query_map([], |row| row.read(0))?.collect::<Result<_, _>>()?;
    let has_orphans =
        tx.prepare_cached(&format!("select 1 from print_jobs where {WAITING} and {IS_ORPHAN} limit 1"))?.exists([])?;
    Ok((active, has_orphans))
}

/// Gives the jobs of printers that were deleted or switched off to their fallback printers; without one, they fail.
///
/// # Errors
/// The error from SQLite.
pub fn settle_orphans(tx: &Transaction<'_>, now: Timestamp) -> Result<(), Fault> {
    let moved = format!(
        "update print_jobs set moved_from = printer_id, printer_id = (select p.fallback_id from printers p
           where p.id = print_jobs.printer_id) where {WAITING} and {IS_ORPHAN} and moved_from is null
           and exists (select 1 from printers p join printers f on f.id = p.fallback_id and f.active = 1
             where p.id = print_jobs.printer_id)"
    );
    tx.execute(&moved, [])?;
    let failed =
        format!("update print_jobs set state = 'failed', error = ?1, done_at = ?2 where {WAITING} and {IS_ORPHAN}");
    tx.execute(&failed, params![PrintError::NoPrinter.as_str(), time::text(now)])?;
    Ok(())
}

/// What a worker does next, unless it has to [`take`] a job. Reading blocks no sale: while a printer fails, each new job wakes its
/// worker.
///
/// # Errors
/// The error from SQLite.
pub fn look(tx: &Transaction<'_>, printer_id: &str, now: Timestamp) -> Result<Option<Next>, Fault> {
    let has_expired =
        tx.prepare_cached(&expired("select 1 from print_jobs"))?.exists(params![raw(printer_id), time::text(now)])?;
    Ok(match oldest(tx, printer_id)? {
        _ if has_expired => None,
        None => Some(Next::Idle),
        Some(waiting) => waiting.due(now).map(Next::Wait),
    })
}

/// Tries the job again that waits for its next attempt and holds the others: a person is at the printer now.
///
/// # Errors
/// The error from SQLite.
pub(super) fn try_now(tx: &Transaction<'_>, printer_id: &str, now: Timestamp) -> Result<(), Fault> {
    tx.prepare_cached(&try_now_sql())?.execute(params![raw(printer_id), time::text(now)])?;
    Ok(())
}

fn try_now_sql() -> String {
    format!(
        "update print_jobs set next_at = ?2 where next_at > ?2 and id =
           (select id from print_jobs where printer_id = ?1 and {WAITING} order by made_at, id limit 1)"
    )
}

/// The jobs of a printer that came too late.
fn expired(statement: &str) -> String {
    format!("{statement} where printer_id = ?1 and {WAITING} and expires_at <= ?2")
}

/// Takes the oldest job of a printer, if it is due. Jobs that came too late expire.
///
/// # Errors
/// The error from SQLite.
pub fn take(tx: &Transaction<'_>, printer_id: &str, now: Timestamp) -> Result<Next, Fault> {
    let at = time::text(now);
    let expire = expired("update print_jobs set state = 'expired', done_at = ?2");
    tx.prepare_cached(&expire)?.execute(params![raw(printer_id), at])?;
    let Some(printer) = printers::find(tx, printer_id)? else { return Ok(Next::Idle) };
    loop {
        let Some(waiting) = oldest(tx, printer_id)? else { return Ok(Next::Idle) };
        if let Some(due) = waiting.due(now) {
            return Ok(Next::Wait(due));
        }
        let Ok(document) = serde_json::from_str::<Document>(&waiting.payload) else {
            let sql = "update print_jobs set state = 'failed', error = ?2, done_at = ?3 where id = ?1";
            tx.execute(sql, params![raw(&waiting.id), PrintError::Unreadable.as_str(), at])?;
            continue;
        };
        tx.prepare_cached("update print_jobs set state = 'sending', attempts = attempts + 1 where id = ?1")?
            .execute([raw(&waiting.id)])?;
        let format = Format {
            width: Width::of(printer.width).unwrap_or(Width::Columns32),
            charset: Charset::from(CodePage::parse(&printer.codepage).unwrap_or(CodePage::Ascii)),
            language: if waiting.language == "en" { Language::English } else { Language::Indonesian },
            cut: printer.cut,
            // Nobody waits at the drawer any more, or it has opened before.
            open_drawer: waiting.open_drawer && waiting.is_fresh(now) && !waiting.possible_copy,
            marks: Marks { copy_no: waiting.copy_no, possible_copy: waiting.possible_copy },
        };
        let answers = tx
            .prepare_cached("select 1 from printer_states where printer_id = ?1 and answers_at = ?2")?
            .exists(params![raw(printer_id), place(&printer)])?;
        return Ok(Next::Print(Box::new(Taken {
            id: waiting.id,
            printer,
            answers,
            document,
            format,
            kind: PrintJobKind::parse(&waiting.kind),
            attempts: waiting.attempts + 1,
            doubtful: waiting.possible_copy,
            moved_from: waiting.moved_from,
        })));
    }
}

/// A job that waits.
struct Waiting {
    id: String,
    kind: String,
    payload: String,
    language: String,
    attempts: i64,
    next_at: String,
    copy_no: i64,
    possible_copy: bool,
    open_drawer: bool,
    made_at: String,
    moved_from: Option<String>,
}

fn oldest_sql() -> String {
    format!(
        "select id, kind, payload, language, attempts, next_at, copy_no, possible_copy, open_drawer, made_at, moved_from
         from print_jobs where printer_id = ?1 and {WAITING} order by made_at, id limit 1"
    )
}

fn oldest(tx: &Transaction<'_>, printer_id: &str) -> Result<Option<Waiting>, Fault> {
    let found = tx.prepare_cached(&oldest_sql())?.query_row([raw(printer_id)], |row| {
        Ok(Waiting {
            id: row.read(0)?,
            kind: row.read(1)?,
            payload: row.read(2)?,
            language: row.read(3)?,
            attempts: row.read(4)?,
            next_at: row.read(5)?,
            copy_no: row.read(6)?,
            possible_copy: row.read(7)?,
            open_drawer: row.read(8)?,
            made_at: row.read(9)?,
            moved_from: row.read(10)?,
        })
    });
    Ok(found.optional()?)
}

impl Waiting {
    /// When it is due, unless it is now. A time that is further away than any wait was written by a wrong clock.
    fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let due = self.next_at.parse::<Timestamp>().ok()?;
        let left = due.duration_since(now);
        (left > SignedDuration::ZERO && left <= SignedDuration::from_secs(LONGEST_WAIT_SECONDS)).then_some(due)
    }

    /// Whether somebody still stands at the drawer.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let made = self.made_at.parse::<Timestamp>();
        made.is_ok_and(|made| now.duration_since(made).abs() <= SignedDuration::from_secs(DRAWER_SECONDS))
    }
}

/// Records that a job is printed.
///
/// # Errors
/// The error from SQLite.
pub fn finish(tx: &Transaction<'_>, job: &Taken, answered: bool, now: Timestamp) -> Result<(), Fault> {
    let at = time::text(now);
    tx.prepare_cached("update print_jobs set state = 'done', error = null, done_at = ?2 where id = ?1")?
        .execute(params![raw(&job.id), at])?;
    let sql = "insert into printer_states (printer_id, answers_at, printed_at) values (?1, ?2, ?3)
        on conflict (printer_id) do update set answers_at = coalesce(excluded.answers_at, answers_at),
          printed_at = excluded.printed_at, failing_since = null, error = null";
    tx.prepare_cached(sql)?.execute(params![raw(&job.printer.id), answered.then(|| place(&job.printer)), at])?;
    Ok(())
}

/// Records that a job failed: it waits for its next attempt, goes to the fallback printer, or is given up.
///
/// # Errors
/// The error from SQLite.
pub fn fail(tx: &Transaction<'_>, job: &Taken, failure: Failure, now: Timestamp) -> Result<(), Fault> {
    let Failure { error, sent, answered } = failure;
    let at = time::text(now);
    let sql = "insert into printer_states (printer_id, answers_at, failing_since, error) values (?1, ?2, ?3, ?4)
        on conflict (printer_id) do update set answers_at = coalesce(excluded.answers_at, answers_at),
          failing_since = coalesce(failing_since, excluded.failing_since), error = excluded.error";
    tx.prepare_cached(sql)?.execute(params![
        raw(&job.printer.id),
        answered.then(|| place(&job.printer)),
        at,
        error.as_str()
    ])?;
    // A drawer that may have opened is left alone.
    let gives_up = sent && job.kind == Some(PrintJobKind::Drawer);
    let (state, possible_copy, wait) = match after_failure(job.attempts, sent, job.doubtful) {
        AfterFailure::GiveUp => ("failed", true, None),
        _ if gives_up => ("failed", true, None),
        AfterFailure::Doubt(wait) => ("doubtful", true, Some(wait)),
        AfterFailure::Retry(wait) => (if job.doubtful { "doubtful" } else { "queued" }, job.doubtful, Some(wait)),
    };
    let next = wait.and_then(|wait| now.checked_add(SignedDuration::from_secs(wait)).ok());
    tx.prepare_cached(
        "update print_jobs set state = ?2, possible_copy = ?3, error = ?4, next_at = coalesce(?5, next_at), done_at = ?6
         where id = ?1",
    )?
    .execute(params![
        raw(&job.id),
        state,
        possible_copy,
        error.as_str(),
        next.map(time::text),
        next.is_none().then_some(at)
    ])?;
    if next.is_some() { move_to_fallback(tx, job, now) } else { Ok(()) }
}

/// Where a printer is.
fn place(printer: &Printer) -> String {
    format!("{}:{}", printer.address, printer.port)
}

/// Moves a job to the fallback printer after some attempts, at once while the printer is known to fail. A job moves once,
/// so that two printers that fail do not pass it on for ever.
fn move_to_fallback(tx: &Transaction<'_>, job: &Taken, now: Timestamp) -> Result<(), Fault> {
    let Some(fallback) = job.printer.fallback_id.as_deref().filter(|id| *id != job.printer.id) else { return Ok(()) };
    let sql = "select 1 from printer_states where printer_id = ?1 and (failing_since <= ?2 or failing_since > ?3)";
    let is_known =
        tx.prepare_cached(sql)?.exists(params![raw(&job.printer.id), failing_before(now), time::text(now)])?;
    if job.moved_from.is_some() || job.attempts < FALLBACK_AFTER && !is_known || printers::find(tx, fallback)?.is_none()
    {
        return Ok(());
    }
    tx.execute(
        "update print_jobs set printer_id = ?2, moved_from = ?3, attempts = 0, next_at = ?4 where id = ?1",
        params![raw(&job.id), raw(fallback), raw(&job.printer.id), time::text(now)],
    )?;
    Ok(())
}

/// A printer that fails since before this time is reported. A time after now was written by a clock that was ahead, and counts as
/// long ago.
fn failing_before(now: Timestamp) -> String {
    time::text(now.checked_sub(SignedDuration::from_secs(ALARM_AFTER_SECONDS)).unwrap_or(now))
}

/// A printer that people should look at.
#[derive(Debug)]
pub struct Failing {
    /// Its name.
    pub name: String,
    /// Why, if it still fails.
    pub error: Option<String>,
    /// Jobs that wait for it.
    pub waiting: i64,
    /// Jobs that expired or were given up in the last half hour.
    pub lost: i64,
}

/// Active printers that fail, or have lost papers in the last half hour.
///
/// # Errors
/// The error from SQLite.
pub fn failing(tx: &Transaction<'_>, now: Timestamp) -> Result<Vec<Failing>, Fault> {
    let sql = "select p.name, iif(s.failing_since <= ?1 or s.failing_since > ?4, s.error, null),
          (select count(*) from print_jobs j where j.printer_id = p.id and j.state in ('queued', 'sending', 'doubtful')),
          (select count(*) from print_jobs j where j.made_at > ?3 and j.printer_id = p.id
             and j.state in ('expired', 'failed') and j.kind <> 'drawer' and j.done_at > ?2 and j.done_at <= ?4)
        from printers p left join printer_states s on s.printer_id = p.id where p.active = 1 order by p.id";
    let ago = |minutes| time::text(now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(now));
    let mut statement = tx.prepare_cached(sql)?;
    // Without a bound the index by time is of no use; a job lives a day at most.
    let rows = statement.query_map([failing_before(now), ago(30), ago(48 * 60), time::text(now)], |row| {
        Ok(Failing { name: row.read(0)?, error: row.read(1)?, waiting: row.read(2)?, lost: row.read(3)? })
    })?;
    let all: Vec<Failing> = rows.collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|printer| printer.error.is_some() || printer.lost > 0).collect())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn the_queue_of_a_printer_is_found_by_an_index_among_the_jobs_of_a_week() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../../../../sql/schema/001_init.sql")).unwrap();
        for (sql, index) in [
            (oldest_sql(), "print_jobs_waiting (printer_id=?)"),
            (expired("select 1 from print_jobs"), "print_jobs_expiring (printer_id=? AND expires_at<?)"),
            (expired("update print_jobs set state = 'expired'"), "print_jobs_expiring (printer_id=? AND expires_at<?)"),
            (format!("select 1 from print_jobs where {WAITING} and {IS_ORPHAN}"), "print_jobs_waiting"),
            (try_now_sql(), "print_jobs_waiting (printer_id=?)"),
        ] {
            let mut statement = db.prepare(&format!("explain query plan {sql}")).unwrap();
            let plan: Vec<String> = statement.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap();
            let is_bad = |step: &String| step.contains("TEMP") || step.starts_with("SCAN") && !step.contains(index);
            assert!(plan.iter().any(|step| step.contains(index)) && !plan.iter().any(is_bad), "{sql}: {plan:?}");
        }
    }
}
