//! What can be wrong with an outlet: one list of checks, each with a stable code. `gerai doctor`, `GET sync/health`,
//! `/metrics` and `sync/status` all read this list, so that they cannot disagree.
//!
//! A check looks and changes nothing. One that cannot be made says so (`Verdict::Unknown`); nothing unknown counts as well.
//! Each code is a promise, and `docs/doctor.md` names the test that breaks it; `tests/promises.rs` compares.

mod data;
mod enum_values;
mod files;
mod link;
mod queue;

use jiff::Timestamp;
use replica::capture::singletons;
use replica::config::SyncEnv;
use rusqlite::Transaction;
use serde::Serialize;
use sqlite::Fault;
use utoipa::ToSchema;

use crate::health::Figures;

/// How bad something is; the worse ones are the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing to do.
    Ready,
    /// Sync goes on; something needs a look.
    Degraded,
    /// Changes are not sent, or may be lost.
    Broken,
}

/// What a check came to; each sentence says what to do where there is something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to do.
    Well(String),
    /// Someone must act.
    Ill(State, String),
    /// It could not be looked at, and why.
    Unknown(String),
}

impl Verdict {
    /// Degraded where there is a sentence, else well.
    fn unless(ill: Option<String>, well: &str) -> Self {
        ill.map_or_else(|| Self::Well(well.to_owned()), |message| Self::Ill(State::Degraded, message))
    }
}

/// Who wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// A monitor, every few seconds: what is read in constant time.
    Quick,
    /// A person: also what reads every order.
    Thorough,
}

/// Something that is looked at.
pub struct Check {
    /// Stable, for programs.
    pub code: &'static str,
    /// In a word, for people.
    pub about: &'static str,
    /// At which depth it is made.
    pub depth: Depth,
    look: fn(&Look<'_>) -> Result<Verdict, Fault>,
}

const fn quick(code: &'static str, about: &'static str, look: fn(&Look<'_>) -> Result<Verdict, Fault>) -> Check {
    Check { code, about, depth: Depth::Quick, look }
}

const fn thorough(code: &'static str, about: &'static str, look: fn(&Look<'_>) -> Result<Verdict, Fault>) -> Check {
    Check { code, about, depth: Depth::Thorough, look }
}

/// Every check, in the order in which people read it.
pub const CHECKS: &[Check] = &[
    thorough("file_damaged", "file", data::file),
    quick("rows_deleted", "single", data::rows_deleted),
    quick("unreadable_rows", "rows", data::unreadable_rows),
    thorough("unreadable_row_named", "rows", data::unreadable_named),
    quick("triggers_altered", "triggers", data::triggers),
    thorough("triggers_foreign", "foreign", data::foreign_triggers),
    quick("schema_altered", "schema", data::schema_altered),
    quick("capture_guard_set", "guard", data::guard),
    thorough("counters_mismatch", "counters", data::counters),
    thorough("paid_orders_underpaid", "orders", data::paid_orders_underpaid),
    thorough("order_totals_mismatch", "figures", data::order_totals_mismatch),
    thorough("unqueued_entities", "unqueued", data::unqueued_entities),
    thorough("queue_inconsistent", "queue", queue::queue_inconsistent),
    quick("batches_missing", "batches", queue::batches_missing),
    thorough("bases_missing", "bases", queue::bases_missing),
    thorough("pins_unusable", "pins", data::pins),
    quick("zone_unknown", "zone", data::zone),
    quick("duplicate_values", "twice", data::duplicate_values),
    quick("unknown_enum_values", "words", enum_values::unknown),
    thorough("suspicious_prices", "prices", data::suspicious_prices),
    quick("charges_ignored", "charges", data::charges_ignored),
    quick("file_permissions", "modes", files::modes),
    thorough("database_replaced", "served", files::served),
    quick("disk_low", "disk", files::disk),
    quick("backup_old", "backup", files::backup),
    quick("sync_stopped", "link", link::stopped),
    quick("cloud_not_configured", "link", link::configured),
    thorough("sync_disabled", "link", link::switched_on),
    quick("duplicate_server", "twin", link::doubled),
    quick("hub_refused", "refused", link::refused),
    quick("hub_unreachable", "reached", link::unreachable),
    quick("worker_stalled", "worker", link::worker),
    quick("clock_skew", "clock", link::clock),
    quick("sales_overdue", "sales", queue::sales_overdue),
    thorough("changes_overdue", "queue", queue::changes_overdue),
    quick("items_failed", "failed", queue::failed),
    quick("acknowledged_sale_changed", "changed", queue::changed_sales),
    quick("items_isolated", "aside", queue::isolated),
    quick("conflicts_open", "conflicts", queue::conflicts),
    quick("updates_unapplied", "updates", queue::updates),
    quick("entities_unreviewed", "taken", queue::taken),
    quick("stream_gap", "streams", queue::gap),
    quick("statement_differs", "days", queue::days),
];

/// The code where a row is missing of which there must be one: nothing that depends on it is looked at then.
pub const ROWS_MISSING: &str = "rows_missing";

/// What is looked at.
pub struct Look<'a> {
    /// One snapshot of the database.
    pub tx: &'a Transaction<'a>,
    /// What the environment says of the hub.
    pub env: &'a SyncEnv,
    /// By the clock on the wall.
    pub now: Timestamp,
    /// Of the running server; none: from the terminal.
    pub link: Option<replica::link::LinkHealth>,
    /// The hub's clock minus this machine's, as its last answer said it.
    pub clock_offset_ms: Option<i64>,
    /// How much is looked at.
    pub depth: Depth,
    /// What is counted.
    pub figures: Figures,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable, for programs.
    pub code: &'static str,
    /// What was looked at, in a word.
    pub about: &'static str,
    /// ready: nothing to do; degraded, broken: someone must act.
    pub state: State,
    /// It could not be looked at.
    pub unknown: bool,
    /// Nothing to do, as far as was looked.
    pub well: bool,
    /// In words; where it is not well, with what to do.
    pub message: String,
}

impl Finding {
    /// A verdict under its code.
    #[must_use]
    pub fn new(code: &'static str, about: &'static str, verdict: Verdict) -> Self {
        let unknown = matches!(verdict, Verdict::Unknown(_));
        let (state, message) = match verdict {
            Verdict::Well(message) | Verdict::Unknown(message) => (State::Ready, message),
            Verdict::Ill(state, message) => (state, message),
        };
        Self { code, about, state, unknown, well: state == State::Ready && !unknown, message }
    }
}

/// Makes every check of the look's depth and below. One that fails is a finding, not the end.
///
/// # Errors
/// The database cannot be read at all.
pub fn examine(look: &Look<'_>) -> Result<Vec<Finding>, Fault> {
    let missing = singletons::missing(look.tx)?;
    if !missing.is_empty() {
        return Ok(vec![rows_missing(&missing), not_checked(&missing)]);
    }
    let made = CHECKS.iter().filter(|check| check.depth <= look.depth).map(|check| {
        let verdict = (check.look)(look).unwrap_or_else(|fault| {
            Verdict::Ill(
                State::Broken,
                format!("Not checked: {fault}. Run 'gerai doctor' again; if it stays, the file is damaged."),
            )
        });
        Finding::new(check.code, check.about, verdict)
    });
    Ok(made.collect())
}

fn rows_missing(missing: &[&str]) -> Finding {
    let tables = missing.join(", ");
    let words = format!(
        "The row is missing of which there must be one in: {tables}. Selling goes on; a running server puts it back within a \
         second, else start it."
    );
    Finding::new(ROWS_MISSING, "single", Verdict::Ill(State::Broken, words))
}

fn not_checked(missing: &[&str]) -> Finding {
    let words = format!("Nothing else was checked: the row of {} must be there first.", missing.join(", "));
    Finding::new("not_checked", "rest", Verdict::Unknown(words))
}

/// What can be said where the database cannot be read far enough to be looked at.
#[must_use]
pub fn unreadable(tx: &Transaction<'_>, fault: &Fault) -> Vec<Finding> {
    let file = data::sound(tx).unwrap_or_else(|fault| data::damaged(&fault.to_string()));
    let words = format!("Nothing else was checked: {fault}.");
    vec![
        Finding::new("file_damaged", "file", file),
        Finding::new("not_checked", "rest", Verdict::Ill(State::Broken, words)),
    ]
}
