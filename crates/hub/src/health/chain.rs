//! Health of the chain: `ready` or `degraded`, with a reason for each problem.
//!
//! Reads one row per outlet, and otherwise only rows that show a problem. Writes nothing.

use serde::Serialize;
use store::{Fault, Tx};
use utoipa::ToSchema;
use web::messages::{Arg, Args, Message};
use web::{HubHealthCode, Localized, Notice};

use crate::outlets::{self, ContactWindow, Presence, Present, list_presence};
use crate::projections::verify::{DifferingDay, UnreadableOrder};
use crate::{conflicts, quarantine};

/// Space for some weeks of a usual chain, and for a backup of it.
const LOW_DISK_BYTES: u64 = 1 << 30;
/// Maximum number of names in a message.
const MAX_NAMED: usize = 10;

/// Health of the chain, with its figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChainHealth {
    /// `ready`: nothing to do. `degraded`: something needs attention.
    pub state: HealthState,
    /// One for each problem.
    pub reasons: Vec<Reason>,
    /// Checks that could not run, and why.
    pub unknown: Vec<Reason>,
    /// Counts and names behind the reasons.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Health of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ChainState)]
pub(crate) enum HealthState {
    /// Nothing to do.
    Ready,
    /// Something needs attention.
    Degraded,
}

/// A problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChainReason)]
pub(crate) struct Reason {
    /// Stable code.
    pub code: &'static str,
    /// Arguments of the message.
    pub args: Args,
    /// Advice, in the language of `Accept-Language`: English or Indonesian.
    pub message: Localized,
}

impl Reason {
    fn of(code: HubHealthCode, message: Message) -> Self {
        Self { code: code.as_str(), args: message.args().clone(), message: Localized(message) }
    }
}

/// Counts and names.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ChainFigures)]
pub(crate) struct Figures {
    /// Active outlets.
    pub active_outlet_count: usize,
    /// Outlets that have never enrolled.
    pub new_outlet_count: usize,
    /// Codes of the silent outlets.
    pub silent_outlets: Vec<String>,
    /// Codes of the outlets whose key two servers use.
    pub duplicate_server_outlets: Vec<String>,
    /// Values in the database that this version does not know; at most 1,000.
    pub unknown_values: Vec<UnknownValue>,
    /// Codes of the outlets that quarantine items: isolated or failed.
    pub quarantining_outlets: Vec<String>,
    /// Codes of the outlets with unapplied updates that are not discarded.
    pub unapplied_update_outlets: Vec<String>,
    /// Codes of the outlets with open dead letters.
    pub dead_letter_outlets: Vec<String>,
    /// Acknowledged sales that were deleted or changed at their outlets and await a decision; counted up to 1,000.
    pub changed_sale_count: i64,
    /// Codes of these outlets.
    pub changed_sale_outlets: Vec<String>,
    /// Open conflicts, including those whose resolution the outlet has not carried out.
    pub open_conflict_count: i64,
    /// Sales that wait on devices of outlets, in their last reports.
    pub waiting_sale_count: i64,
    /// Codes of the outlets where such a sale has waited longer than an outlet may be silent.
    pub waiting_sale_outlets: Vec<String>,
    /// Settled business days whose figures differ from the outlet's; at most 100.
    pub differing_days: Vec<OutletDay>,
    /// Business days whose rows did not match the documents and were recalculated within the last day; at most 100.
    pub repaired_days: Vec<OutletDay>,
    /// Orders whose stored document is unreadable, among those compared so far; at most 100.
    pub unreadable_orders: Vec<UnreadableOrder>,
    /// Codes of the outlets whose audit log was found changed within the last 30 days.
    pub broken_audit_outlets: Vec<String>,
    /// Codes of the outlets whose webhook has failed for three days, or answered 410.
    pub failing_webhooks: Vec<String>,
    /// Free space beside the database; null if the system does not report it.
    pub disk_free_bytes: Option<u64>,
    /// The error of the last hourly upkeep.
    pub upkeep_error: Option<Localized>,
}

/// A value that this version does not know.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnknownValue {
    /// What has it: `outlet` or `webhook` (their state), or `user` (the role).
    pub of: String,
    /// Code of the outlet, or the user name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl From<&UnknownValue> for Arg {
    fn from(UnknownValue { of, name, value }: &UnknownValue) -> Self {
        Notice::HubUnknownValue.with("of", of).with("name", name).with("value", value).into()
    }
}

/// A business day of an outlet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutletDay {
    pub outlet_code: String,
    /// `YYYY-MM-DD` at the outlet.
    pub business_date: String,
}

impl OutletDay {
    fn of(day: &DifferingDay) -> Self {
        Self { outlet_code: day.outlet_code.clone(), business_date: day.business_date.clone() }
    }
}

const UNKNOWN_VALUES: &str = "
    select 'outlet', code, state from outlets where state not in ('active', 'revoked')
    union all
    select 'webhook', coalesce(o.code, w.outlet_id), w.state
    from webhooks w left join outlets o on o.outlet_id = w.outlet_id where w.state not in ('active', 'failing', 'gone')
    union all
    select 'user', username, role from hq_users where role not in ('admin', 'viewer')
    order by 1, 2 limit 1000";
const QUARANTINING: &str = "
    select o.code from chains c cross join outlets o
    where o.outlet_id = c.outlet_id and c.quarantined_count > 0 and o.state = 'active'
    order by o.code limit 1000";
const UNAPPLIED: &str = "
    select o.code from chains c cross join outlets o
    where o.outlet_id = c.outlet_id and c.unapplied_count > 0 and o.state = 'active'
    order by o.code limit 1000";
const DEAD_LETTERS: &str = "
    select o.code from outlets o
    where o.state = 'active' and exists (
      select 1 from dead_letters k where k.outlet_id = o.outlet_id and k.discarded_at is null and k.resolved_at is null)
    order by o.code limit 1000";
const DIFFERING_DAYS: &str = "
    select o.code, s.business_date from statements s cross join outlets o
    where o.outlet_id = s.outlet_id and s.settled = 1 and s.matches = 0 and o.state = 'active'
    order by s.outlet_id, s.business_date limit 100";
const BROKEN_AUDITS: &str = "
    select distinct o.code from audit_heads h cross join outlets o
    where h.broken_at >= ?1 and o.outlet_id = h.outlet_id and o.state = 'active'
    order by o.code limit 1000";
const FAILING_WEBHOOKS: &str = "
    select o.code from webhooks w cross join outlets o
    where o.outlet_id = w.outlet_id and w.state <> 'active' and o.state = 'active'
    order by o.code limit 1000";

/// State of this process.
pub(crate) struct Process {
    pub repaired_days: Vec<DifferingDay>,
    pub unreadable_orders: Vec<UnreadableOrder>,
    /// Broken audit logs are reported if they were found after this time.
    pub breaks_since: String,
    pub disk_free_bytes: Option<u64>,
    pub upkeep_error: Option<Localized>,
}

/// Checks everything that head office can act on.
pub(crate) fn health(tx: &mut Tx<'_>, window: &ContactWindow, process: &Process) -> Result<ChainHealth, Fault> {
    let all = list_presence(tx, window)?;
    let of = |presence: Presence| all.iter().filter(move |outlet| outlet.presence == presence);
    let mut silent: Vec<_> = of(Presence::Silent).map(|Present { code, .. }| code.clone()).collect();
    silent.sort();
    let waiting = outlets::waiting_sales(tx)?;
    let overdue = waiting.iter().filter(|of| of.oldest_at.as_ref().is_some_and(|at| window.is_past(at)));
    let figures = Figures {
        active_outlet_count: of(Presence::Active).count(),
        new_outlet_count: of(Presence::New).count(),
        silent_outlets: silent,
        duplicate_server_outlets: outlets::duplicate_servers(tx)?,
        unknown_values: tx.all(UNKNOWN_VALUES, &[], |row| {
            Ok(UnknownValue { of: row.string(0)?, name: row.string(1)?, value: row.string(2)? })
        })?,
        quarantining_outlets: tx.all(QUARANTINING, &[], |row| row.string(0))?,
        unapplied_update_outlets: tx.all(UNAPPLIED, &[], |row| row.string(0))?,
        dead_letter_outlets: tx.all(DEAD_LETTERS, &[], |row| row.string(0))?,
        changed_sale_count: quarantine::count_sales(tx)?,
        changed_sale_outlets: quarantine::outlets_of_sales(tx)?,
        open_conflict_count: conflicts::count_all_open(tx)?,
        waiting_sale_count: waiting.iter().fold(0, |all, of| all.saturating_add(of.count)),
        waiting_sale_outlets: overdue.map(|of| of.outlet_code.clone()).collect(),
        differing_days: tx.all(DIFFERING_DAYS, &[], |row| {
            Ok(OutletDay { outlet_code: row.string(0)?, business_date: row.string(1)? })
        })?,
        repaired_days: process.repaired_days.iter().map(OutletDay::of).collect(),
        unreadable_orders: process.unreadable_orders.clone(),
        broken_audit_outlets: tx.all(BROKEN_AUDITS, &[process.breaks_since.as_str().into()], |row| row.string(0))?,
        failing_webhooks: tx.all(FAILING_WEBHOOKS, &[], |row| row.string(0))?,
        disk_free_bytes: process.disk_free_bytes,
        upkeep_error: process.upkeep_error.clone(),
    };
    let (reasons, unknown) = (figures.reasons(), figures.unknown());
    let state = if reasons.is_empty() { HealthState::Ready } else { HealthState::Degraded };
    Ok(ChainHealth { state, reasons, unknown, figures })
}

impl Figures {
    fn unknown(&self) -> Vec<Reason> {
        let code = HubHealthCode::DiskLow;
        let disk = self.disk_free_bytes.is_none().then(|| Reason::of(code, code.with("reason", "unknown")));
        disk.into_iter().collect()
    }

    fn reasons(&self) -> Vec<Reason> {
        let days = |days: &[OutletDay]| named(days.iter().map(|of| format!("{} {}", of.outlet_code, of.business_date)));
        let orders = self.unreadable_orders.iter().map(|of| format!("{} {}", of.outlet_code, of.order_id));
        let sales = (self.changed_sale_count > 0).then_some(self.changed_sale_count.into());
        let conflicts = (self.open_conflict_count > 0).then_some(self.open_conflict_count.into());
        let disk_mib = self.disk_free_bytes.filter(|free| *free < LOW_DISK_BYTES).map(|free| (free >> 20).into());
        let problems: [(HubHealthCode, &'static str, Option<Arg>); 16] = [
            (HubHealthCode::OutletsSilent, "outlets", named(&self.silent_outlets)),
            (HubHealthCode::DuplicateServers, "outlets", named(&self.duplicate_server_outlets)),
            (HubHealthCode::UnknownEnumValues, "values", named(&self.unknown_values)),
            (HubHealthCode::ItemsQuarantined, "outlets", named(&self.quarantining_outlets)),
            (HubHealthCode::UpdatesUnapplied, "outlets", named(&self.unapplied_update_outlets)),
            (HubHealthCode::DeadLettersOpen, "outlets", named(&self.dead_letter_outlets)),
            (HubHealthCode::AcknowledgedSaleChanged, "count", sales),
            (HubHealthCode::ConflictsOpen, "count", conflicts),
            (HubHealthCode::SalesOnDevices, "outlets", named(&self.waiting_sale_outlets)),
            (HubHealthCode::StatementDiffers, "days", days(&self.differing_days)),
            (HubHealthCode::FiguresDiffer, "days", days(&self.repaired_days)),
            (HubHealthCode::DocumentsUnreadable, "orders", named(orders)),
            (HubHealthCode::AuditBroken, "outlets", named(&self.broken_audit_outlets)),
            (HubHealthCode::WebhooksFailing, "outlets", named(&self.failing_webhooks)),
            (HubHealthCode::DiskLow, "mib", disk_mib),
            (HubHealthCode::UpkeepFailing, "detail", self.upkeep_error.as_ref().map(|error| error.0.clone().into())),
        ];
        let found = problems.into_iter().filter_map(|(code, name, value)| Some((code, code.with(name, value?))));
        let with_context = found.map(|(code, message)| match code {
            HubHealthCode::AcknowledgedSaleChanged => {
                let outlets = self.changed_sale_outlets.iter().map(String::as_str);
                (code, message.with("outlets", Arg::list(outlets, MAX_NAMED)))
            }
            HubHealthCode::DiskLow => (code, message.with("reason", "low")),
            _ => (code, message),
        });
        with_context.map(|(code, message)| Reason::of(code, message)).collect()
    }
}

/// The first names, and how many more there are; none if there are no names.
fn named<N: Into<Arg>>(names: impl IntoIterator<Item = N>) -> Option<Arg> {
    let mut names = names.into_iter().peekable();
    names.peek().is_some().then(|| Arg::list(names, MAX_NAMED))
}

#[cfg(test)]
mod tests {
    use web::Language;

    use web::Notice;

    use super::*;
    use crate::plans;

    #[test]
    fn only_problem_rows_of_growing_tables_are_read() {
        plans::assert_reads(DIFFERING_DAYS, "SCAN s USING COVERING INDEX statements_differing");
        plans::assert_unsorted(DIFFERING_DAYS);
        plans::assert_reads(BROKEN_AUDITS, "SEARCH h USING COVERING INDEX audit_heads_broken (broken_at>?)");
    }

    fn failed() -> Message {
        Notice::UpkeepFailed.with("reason", "hour").with("detail", "the disk is full")
    }

    #[test]
    fn low_disk_and_failed_upkeep_are_reported() {
        let codes = |reasons: Vec<Reason>| reasons.into_iter().map(|reason| reason.code).collect::<Vec<_>>();
        let figures = |disk_free_bytes, last_error: Option<Message>| Figures {
            disk_free_bytes,
            upkeep_error: last_error.map(Localized),
            ..Figures::default()
        };
        let healthy = figures(Some(LOW_DISK_BYTES), None);
        assert_eq!((codes(healthy.reasons()), codes(healthy.unknown())), (vec![], vec![]));
        let degraded = figures(Some(LOW_DISK_BYTES - 1), Some(failed()));
        assert_eq!(
            (codes(degraded.reasons()), codes(degraded.unknown())),
            (vec!["disk_low", "upkeep_failing"], vec![])
        );
        let unknown = figures(None, None);
        assert_eq!((codes(unknown.reasons()), codes(unknown.unknown())), (vec![], vec!["disk_low"]));
    }

    #[test]
    fn each_code_is_reported_in_both_languages() {
        let some = || vec!["JKT-001".to_owned()];
        let unknown = |of: &str| UnknownValue { of: of.into(), name: "JKT-001".into(), value: "x".into() };
        let degraded = Figures {
            silent_outlets: some(),
            duplicate_server_outlets: some(),
            unknown_values: ["outlet", "webhook", "user"].map(unknown).into(),
            quarantining_outlets: some(),
            unapplied_update_outlets: some(),
            dead_letter_outlets: some(),
            changed_sale_count: 1,
            changed_sale_outlets: some(),
            open_conflict_count: 1,
            waiting_sale_outlets: some(),
            differing_days: vec![OutletDay { outlet_code: "JKT-001".into(), business_date: "2026-11-22".into() }],
            repaired_days: vec![OutletDay { outlet_code: "JKT-001".into(), business_date: "2026-11-22".into() }],
            unreadable_orders: vec![UnreadableOrder { outlet_code: "JKT-001".into(), order_id: "a".into() }],
            broken_audit_outlets: some(),
            failing_webhooks: some(),
            disk_free_bytes: Some(0),
            upkeep_error: Some(failed().into()),
            ..Figures::default()
        };
        let codes = HubHealthCode::ALL.iter().map(|code| code.as_str());
        assert_eq!(degraded.reasons().iter().map(|reason| reason.code).collect::<Vec<_>>(), codes.collect::<Vec<_>>());
        for Reason { message: Localized(message), .. } in degraded.reasons() {
            for language in Language::ALL {
                let words = message.words(language).unwrap();
                assert!(words.ends_with('.') && !words.contains("/v1/"), "people read pages, not paths: {words}");
            }
        }
    }

    #[test]
    fn a_message_names_at_most_ten_outlets() {
        let silent_outlets = (1..=12).map(|n| format!("JKT-{n:03}")).collect();
        let figures = Figures { silent_outlets, disk_free_bytes: Some(LOW_DISK_BYTES), ..Figures::default() };
        let message = figures.reasons()[0].message.to_string();
        assert!(message.contains("JKT-010, and 2 more.") && !message.contains("JKT-011"), "{message}");
    }
}
