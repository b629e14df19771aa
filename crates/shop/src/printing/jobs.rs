//! The print jobs: made by commands, listed for people, tried again on request.

use access::audit::{Author, Deed, record};
use domain::audit::AuditAction;
use domain::printer::{DRAWER_SECONDS, KEEP_TRYING_HOURS};
use domain::{PrintError, PrintJobKind, PrintJobState, ReportKind};
use jiff::{SignedDuration, Timestamp};
use paper::{Document, Language};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde_json::json;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code, Word, time};

use super::printers::Printer;
use super::queue;

/// Days that finished jobs stay in the list.
const KEEP_DAYS: i64 = 7;

/// A job of a printer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PrintJob {
    /// UUIDv7.
    pub id: String,
    /// The printer.
    pub printer_id: String,
    /// Its name; null: it was deleted.
    pub printer_name: Option<String>,
    /// What it prints.
    #[schema(value_type = PrintJobKind)]
    pub kind: Word<PrintJobKind>,
    /// Id of the order, refund, ticket, shift or cash movement.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// For people, such as the number of the order.
    pub title: String,
    /// The state.
    #[schema(value_type = PrintJobState)]
    pub state: Word<PrintJobState>,
    /// Attempts so far.
    pub attempts: i64,
    /// When it is tried next, RFC 3339 UTC.
    pub next_at: String,
    /// When it is not wanted any more, RFC 3339 UTC.
    pub expires_at: Option<String>,
    /// The number of the copy; 0: the first paper.
    pub copy_no: i64,
    /// An attempt failed after its first byte, so the paper is marked as a possible copy.
    pub possible_copy: bool,
    /// The printer that failed before.
    pub moved_from: Option<String>,
    /// Why the last attempt failed.
    #[schema(value_type = Option<PrintError>)]
    pub error: Option<Word<PrintError>>,
    /// The user who made it.
    pub made_by: Option<String>,
    /// RFC 3339 UTC.
    pub made_at: String,
    /// When it was printed, or given up, RFC 3339 UTC.
    pub done_at: Option<String>,
}

const SELECT: &str =
    "select j.id, j.printer_id, p.name, j.kind, j.ref, j.title, j.state, j.attempts, j.next_at, j.expires_at,
    j.copy_no, j.possible_copy, j.moved_from, j.error, j.made_by, j.made_at, j.done_at
    from print_jobs j left join printers p on p.id = j.printer_id";

fn job(row: &Row<'_>) -> rusqlite::Result<PrintJob> {
    Ok(PrintJob {
        id: row.id(0)?,
        printer_id: row.id(1)?,
        printer_name: row.read(2)?,
        kind: Word::of(row.read(3)?),
        reference: row.read(4)?,
        title: row.read(5)?,
        state: Word::of(row.read(6)?),
        attempts: row.read(7)?,
        next_at: row.read(8)?,
        expires_at: row.read(9)?,
        copy_no: row.read(10)?,
        possible_copy: row.read(11)?,
        moved_from: row.read(12)?,
        error: row.read::<Option<String>>(13)?.map(Word::of),
        made_by: row.read(14)?,
        made_at: row.read(15)?,
        done_at: row.read(16)?,
    })
}

/// A job by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<PrintJob, ApiError> {
    let found = tx.prepare_cached(&format!("{SELECT} where j.id = ?1"))?.query_row([raw(id)], job).optional()?;
    found.ok_or_else(|| Code::NotFound.because("print_job"))
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// In this state.
    pub state: Option<PrintJobState>,
    /// Of this printer.
    pub printer_id: Option<String>,
    /// Behind the job with this id; empty: from the newest on.
    pub after: String,
    /// At most.
    pub limit: i64,
}

/// The jobs, newest first.
///
/// # Errors
/// The error from SQLite.
pub fn list(tx: &Transaction<'_>, selection: &Selection) -> Result<Vec<PrintJob>, Fault> {
    let sql = format!(
        "{SELECT} where (?1 is null or j.state = ?1) and (?2 is null or j.printer_id = ?2) and (?3 = '' or j.id < ?3)
         order by j.id desc limit ?4"
    );
    let state = selection.state.map(PrintJobState::as_str);
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map(params![state, selection.printer_id, selection.after, selection.limit], job)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// A job to queue.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// What it is.
    pub kind: PrintJobKind,
    /// Id of the order, refund, ticket, shift or cash movement.
    pub reference: Option<&'a str>,
    /// For people.
    pub title: &'a str,
    /// What to print.
    pub document: &'a Document,
    /// The language of its words.
    pub language: Language,
    /// The number of the copy; 0: the first paper.
    pub copy_no: i64,
    /// Whether the cash drawer opens, if one is connected.
    pub open_drawer: bool,
}

/// Queues a job. Nothing waits for the printer.
///
/// # Errors
/// The error from SQLite.
pub fn enqueue(
    tx: &Transaction<'_>,
    printer: &Printer,
    new: &NewJob<'_>,
    by: Author<'_>,
    now: Timestamp,
) -> Result<String, ApiError> {
    let payload = serde_json::to_string(new.document).map_err(|_| ApiError::internal())?;
    let id = Uuid::now_v7().to_string();
    let lives = match new.kind {
        PrintJobKind::Ticket => SignedDuration::from_mins(printer.expire_minutes),
        PrintJobKind::Drawer => SignedDuration::from_secs(DRAWER_SECONDS),
        _ => SignedDuration::from_hours(KEEP_TRYING_HOURS),
    };
    let at = time::text(now);
    tx.prepare_cached(
        "insert into print_jobs (id, printer_id, kind, ref, title, payload, language, next_at, expires_at, copy_no,
           open_drawer, made_by, made_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?8)",
    )?
    .execute(params![
        id,
        raw(&printer.id),
        new.kind.as_str(),
        new.reference,
        new.title,
        payload,
        if new.language == Language::English { "en" } else { "id" },
        at,
        now.checked_add(lives).ok().map(time::text),
        new.copy_no,
        new.open_drawer && printer.kick,
        by.actor_id,
    ])?;
    queue::try_now(tx, &printer.id, now)?;
    Ok(id)
}

/// Tries a job again that was given up or has expired, or waits for its next attempt. It gets all its attempts again; a
/// paper that may have come out stays marked.
///
/// # Errors
/// 404; 409 `print_job_done`, `print_job_sending`.
pub fn retry(tx: &Transaction<'_>, by: Author<'_>, id: &str, now: Timestamp) -> Result<PrintJob, ApiError> {
    let before = get(tx, id)?;
    match before.state.known() {
        Some(PrintJobState::Done) => return Err(Code::PrintJobDone.into()),
        Some(PrintJobState::Sending) => return Err(Code::PrintJobSending.into()),
        _ => {}
    }
    super::printers::check_exists(tx, &before.printer_id)?;
    let expires = now.checked_add(SignedDuration::from_hours(1)).ok().map(time::text);
    tx.execute(
        "update print_jobs set state = 'queued', attempts = 0, next_at = ?2, expires_at = ?3, moved_from = null,
           done_at = null where id = ?1",
        params![raw(id), time::text(now), expires],
    )?;
    let data = json!({"kind": before.kind, "title": before.title, "printer": before.printer_name});
    record(tx, by, Deed::new(AuditAction::PrintRetried).to("print_job", id).with(data), now)?;
    get(tx, id)
}

/// The number of the last copy that was queued of a paper; 0 if that was the original, `None` if there was none. An X of a shift
/// is a new report each time, so only its Z counts.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn last_copy(tx: &Transaction<'_>, kind: PrintJobKind, reference: &str) -> Result<Option<i64>, Fault> {
    let sql = format!(
        "select max(copy_no) from print_jobs where ref = ?1 and kind = ?2 and (kind <> '{}' or payload ->> 'kind' = '{}')",
        PrintJobKind::Shift,
        ReportKind::Z
    );
    Ok(tx.prepare_cached(&sql)?.query_row(params![reference, kind.as_str()], |row| row.read(0))?)
}

/// Deletes up to 500 jobs that ended more than a week ago.
///
/// # Errors
/// The error from SQLite.
pub fn prune(tx: &Transaction<'_>, now: Timestamp) -> Result<usize, Fault> {
    let Ok(before) = now.checked_sub(SignedDuration::from_hours(24 * KEEP_DAYS)) else { return Ok(0) };
    let sql = "delete from print_jobs where rowid in (select rowid from print_jobs
        where made_at < ?1 and state in ('done', 'expired', 'failed') order by made_at limit 500)";
    Ok(tx.execute(sql, [time::text(before)])?)
}
