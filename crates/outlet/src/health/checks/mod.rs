//! The checks of an outlet, one list, each with a stable code. `gerai doctor`, `GET sync/health`, `/metrics` and
//! `sync/status` all read this list, so that they cannot disagree.
//!
//! A check changes nothing. A check that cannot run is `Outcome::Unknown`, which never counts as passed. A verdict is a
//! reason with arguments; the sentences are `health_…` in the catalogs. Each code is a promise, and `docs/doctor.md`
//! names the test that breaks it; `tests/system/promises.rs` compares.

mod audit;
mod data;
mod enum_values;
mod files;
mod link;
mod printers;
mod queue;

use jiff::Timestamp;
use replica::capture::singletons;
use replica::config::SyncEnv;
use rusqlite::Transaction;
use serde::Serialize;
use sqlite::Fault;
use utoipa::ToSchema;
use web::messages::{Arg, Args, Message};
use web::{HealthCode, Localized, Notice};

use crate::health::Figures;

pub use audit::audit_message;

/// Severity, in increasing order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing to do.
    Ready,
    /// Sync works, but something needs attention.
    Degraded,
    /// Changes are not sent, or may be lost.
    Broken,
}

/// Result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to do.
    Well,
    /// Someone must act.
    Problem(State),
    /// The check could not run.
    Unknown,
}

/// Result of a check, its reason, and the arguments of its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Result of the check.
    pub outcome: Outcome,
    /// Chooses the sentence of the message.
    reason: &'static str,
    args: Args,
}

impl Verdict {
    fn new(outcome: Outcome, reason: &'static str) -> Self {
        Self { outcome, reason, args: Args::default() }
    }

    /// The check passed, and there is nothing else to report.
    pub(crate) fn ok() -> Self {
        Self::well("ok")
    }

    pub(crate) fn well(reason: &'static str) -> Self {
        Self::new(Outcome::Well, reason)
    }

    pub(crate) fn degraded(reason: &'static str) -> Self {
        Self::new(Outcome::Problem(State::Degraded), reason)
    }

    pub(crate) fn broken(reason: &'static str) -> Self {
        Self::new(Outcome::Problem(State::Broken), reason)
    }

    pub(crate) fn unknown(reason: &'static str) -> Self {
        Self::new(Outcome::Unknown, reason)
    }

    /// Adds an argument of the message.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.set(name, value.into());
        self
    }

    /// Degraded if the count is positive, otherwise passed.
    fn counted(count: i64, reason: &'static str) -> Self {
        if count > 0 { Self::degraded(reason).with("count", count) } else { Self::ok() }
    }

    /// Degraded if there are names, otherwise passed.
    fn named(names: Vec<impl Into<Arg>>, reason: &'static str, name: &'static str, most: usize) -> Self {
        if names.is_empty() { Self::ok() } else { Self::degraded(reason).with(name, Arg::list(names, most)) }
    }
}

/// How much a check may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// For monitors, every few seconds: reads in constant time.
    Quick,
    /// For people: may read every order.
    Thorough,
}

/// A check.
pub struct Check {
    /// Stable code, for programs.
    pub code: HealthCode,
    /// The depth that includes it.
    pub depth: Depth,
    look: fn(&Look<'_>) -> Result<Verdict, Fault>,
}

const fn quick(code: HealthCode, look: fn(&Look<'_>) -> Result<Verdict, Fault>) -> Check {
    Check { code, depth: Depth::Quick, look }
}

const fn thorough(code: HealthCode, look: fn(&Look<'_>) -> Result<Verdict, Fault>) -> Check {
    Check { code, depth: Depth::Thorough, look }
}

/// Every check, in the order in which people read it.
pub const CHECKS: &[Check] = &[
    thorough(HealthCode::FileDamaged, data::file),
    quick(HealthCode::RowsDeleted, data::rows_deleted),
    quick(HealthCode::UnreadableRows, data::unreadable_rows),
    thorough(HealthCode::UnreadableRowNamed, data::unreadable_named),
    quick(HealthCode::TriggersAltered, data::triggers),
    thorough(HealthCode::TriggersForeign, data::foreign_triggers),
    quick(HealthCode::SchemaAltered, data::schema_altered),
    quick(HealthCode::CaptureGuardSet, data::guard),
    thorough(HealthCode::CountersMismatch, data::counters),
    thorough(HealthCode::PaidOrdersUnderpaid, data::paid_orders_underpaid),
    thorough(HealthCode::OrderTotalsMismatch, data::order_totals_mismatch),
    thorough(HealthCode::ShiftFiguresMismatch, data::shift_figures_mismatch),
    thorough(HealthCode::UnqueuedEntities, data::unqueued_entities),
    thorough(HealthCode::AuditChainBroken, audit::chain),
    thorough(HealthCode::QueueInconsistent, queue::queue_inconsistent),
    quick(HealthCode::BatchesMissing, queue::batches_missing),
    thorough(HealthCode::BasesMissing, queue::bases_missing),
    thorough(HealthCode::PinsUnusable, data::pins),
    quick(HealthCode::ZoneUnknown, data::zone),
    quick(HealthCode::DuplicateValues, data::duplicate_values),
    quick(HealthCode::UnknownEnumValues, enum_values::unknown),
    thorough(HealthCode::SuspiciousPrices, data::suspicious_prices),
    quick(HealthCode::ChargesIgnored, data::charges_ignored),
    quick(HealthCode::PrintersFailing, printers::failing),
    quick(HealthCode::FilePermissions, files::modes),
    thorough(HealthCode::DatabaseReplaced, files::served),
    quick(HealthCode::DiskLow, files::disk),
    quick(HealthCode::BackupOld, files::backup),
    quick(HealthCode::SyncStopped, link::stopped),
    quick(HealthCode::CloudNotConfigured, link::configured),
    thorough(HealthCode::SyncDisabled, link::switched_on),
    quick(HealthCode::DuplicateServer, link::duplicate_server),
    quick(HealthCode::HubRefused, link::refused),
    quick(HealthCode::HubUnreachable, link::unreachable),
    quick(HealthCode::WorkerStalled, link::worker),
    quick(HealthCode::ClockSkew, link::clock),
    quick(HealthCode::SalesOverdue, queue::sales_overdue),
    thorough(HealthCode::ChangesOverdue, queue::changes_overdue),
    quick(HealthCode::ItemsFailed, queue::failed),
    quick(HealthCode::AcknowledgedSaleChanged, queue::changed_sales),
    quick(HealthCode::ItemsIsolated, queue::isolated),
    quick(HealthCode::ConflictsOpen, queue::conflicts),
    quick(HealthCode::UpdatesUnapplied, queue::updates),
    quick(HealthCode::EntitiesUnreviewed, queue::unreviewed),
    quick(HealthCode::StreamGap, queue::gap),
    quick(HealthCode::StatementDiffers, queue::days),
];

/// The input of the checks.
pub struct Look<'a> {
    /// A read transaction on the database.
    pub tx: &'a Transaction<'a>,
    /// Settings of the link in the environment.
    pub env: &'a SyncEnv,
    /// The time, by the wall clock.
    pub now: Timestamp,
    /// State of the running server's link; none from the terminal.
    pub link: Option<replica::link::LinkHealth>,
    /// The hub's clock minus this machine's, from its last answer.
    pub clock_offset_ms: Option<i64>,
    /// How much the checks may read.
    pub depth: Depth,
    /// Counts and times.
    pub figures: Figures,
}

/// Result of a check, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable code, for programs.
    pub code: &'static str,
    /// ready: nothing to do; degraded, broken: someone must act.
    pub state: State,
    /// Whether the check could not run.
    pub unknown: bool,
    /// Whether the check passed.
    pub well: bool,
    /// Arguments of the message; `reason` chooses its sentence.
    pub args: Args,
    /// For people; if something is wrong, with advice.
    pub message: Localized,
}

impl Finding {
    /// A verdict under its code.
    #[must_use]
    pub fn new(code: HealthCode, verdict: Verdict) -> Self {
        let Verdict { outcome, reason, args } = verdict;
        Self::of(code, outcome, code.with("reason", reason).with_args(args))
    }

    fn of(code: HealthCode, outcome: Outcome, message: Message) -> Self {
        let state = match outcome {
            Outcome::Problem(state) => state,
            Outcome::Well | Outcome::Unknown => State::Ready,
        };
        Self {
            code: code.as_str(),
            state,
            unknown: outcome == Outcome::Unknown,
            well: outcome == Outcome::Well,
            args: message.args().clone(),
            message: Localized(message),
        }
    }
}

/// Runs every check up to the depth of `look`. A check that fails is a finding and does not stop the others.
///
/// # Errors
/// The database cannot be read at all.
pub fn examine(look: &Look<'_>) -> Result<Vec<Finding>, Fault> {
    let missing = singletons::missing(look.tx)?;
    if !missing.is_empty() {
        let tables = Arg::list(missing, usize::MAX);
        return Ok(vec![
            Finding::new(HealthCode::RowsMissing, Verdict::broken("missing").with("tables", tables.clone())),
            Finding::new(HealthCode::NotChecked, Verdict::unknown("rows_missing").with("tables", tables)),
        ]);
    }
    let findings = CHECKS.iter().filter(|check| check.depth <= look.depth).map(|check| match (check.look)(look) {
        Ok(verdict) => Finding::new(check.code, verdict),
        Err(fault) => {
            let message = Notice::CheckFailed.with("detail", fault.to_string());
            Finding::of(check.code, Outcome::Problem(State::Broken), message)
        }
    });
    Ok(findings.collect())
}

/// Findings of a database that is too damaged for the checks.
#[must_use]
pub fn unreadable(tx: &Transaction<'_>, fault: &Fault) -> Vec<Finding> {
    let file = data::sound(tx).unwrap_or_else(|fault| data::damaged(&fault.to_string()));
    let rest = Verdict::broken("fault").with("detail", fault.to_string());
    vec![Finding::new(HealthCode::FileDamaged, file), Finding::new(HealthCode::NotChecked, rest)]
}
