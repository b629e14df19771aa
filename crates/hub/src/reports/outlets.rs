//! List of outlets with sync position, contact and open problems.

mod detail;
pub(crate) mod http;

use domain::BusinessDate;
use jiff::Timestamp;
use protocol::wire::EntityRef;
use serde::Serialize;
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;
use web::Localized;

use crate::outlets::processes::has_duplicates;
use crate::outlets::{OutletState, Presence, SilentAfter, business_day};
use crate::{conflicts, quarantine, webhooks};

/// An outlet with its last report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutletSummary {
    /// UUIDv7.
    pub id: String,
    /// Unique among active outlets.
    pub code: String,
    /// For people.
    pub name: String,
    /// Whether it may authenticate.
    pub state: OutletState,
    /// Presence: `new`, `active`, `silent`, `revoked`, or `unknown` if the database has another value.
    pub presence: Presence,
    /// Time of the last contact if the outlet is silent; otherwise null.
    pub silent_since: Option<String>,
    /// The business date there now, by its zone and cut-off, `YYYY-MM-DD`.
    #[schema(value_type = String)]
    pub business_date: BusinessDate,
    /// When it was added, RFC 3339 UTC.
    pub created_at: String,
    /// Time of the last request, to within about a minute; null before it has enrolled.
    pub last_contact_at: Option<String>,
    /// Its epoch number; null before the first batch.
    pub epoch_number: Option<i64>,
    /// Every change of the outlet up to this seq is at the hub, or is listed in `quarantined`.
    pub acked_through: i64,
    /// The last batch accepted.
    pub batch_no: i64,
    /// Quarantined entities of the outlet: isolated or failed.
    pub quarantined: Vec<EntityRef>,
    /// Unapplied updates that are not discarded.
    pub unapplied_count: i64,
    /// Conflicts without a resolution, or whose resolution the outlet has not carried out.
    pub open_conflict_count: i64,
    /// Open dead letters, counted up to 1,000.
    pub dead_letter_count: i64,
    /// Pending changes at the outlet in its last report; null if it has never reported.
    pub pending: Option<i64>,
    /// The hub has all sales that the outlet's server had by then, except those in `quarantined`, and none older waited on its
    /// devices; null while changes are pending.
    pub complete_until: Option<String>,
    /// Sales that wait on its tills, in its last report; null if it has never reported its devices.
    pub waiting_sale_count: Option<i64>,
    /// When the oldest of them was made, by the till's clock.
    pub oldest_waiting_at: Option<String>,
    /// The hub's clock minus the outlet's, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// The version of Gerai at the outlet.
    pub app_version: Option<String>,
    /// Whether two servers use its key: one of them is a copy and must be stopped.
    pub duplicate_servers: bool,
    /// State of its webhook; null if it has none.
    pub webhook: Option<webhooks::EndpointState>,
    /// The error of the last webhook; null if it was delivered.
    pub webhook_error: Option<Localized>,
}

/// The columns and tables of a summary, before the condition.
macro_rules! summaries {
    ($rest:literal) => {
        concat!(
            "
    select o.outlet_id, o.code, o.name, o.state, o.created_at, o.last_contact_at, coalesce(c.complete_through, 0),
      coalesce(c.batch_no, 0), coalesce(c.quarantined, '[]'), o.reported_pending, o.clock_offset_ms, o.app_version, w.state,
      c.epoch_number, coalesce(c.unapplied_count, 0), o.process_returns, w.last_error_code, w.last_error_args,
      w.last_error, o.reported_pending_at, d.waiting, d.oldest_waiting_at, s.document
    from outlets o left join chains c on c.outlet_id = o.outlet_id left join webhooks w on w.outlet_id = o.outlet_id
      left join device_reports d on d.outlet_id = o.outlet_id
      left join shared_entities s on s.scope = o.outlet_id and s.entity_type = 'setting' and s.entity_id = 'outlet'
        and s.deleted = 0 ",
            $rest
        )
    };
}

const LIST: &str = summaries!("where (o.code, o.outlet_id) > (?1, ?2) order by o.code, o.outlet_id limit ?3");
const ONE: &str = summaries!("where o.outlet_id = ?1");

/// The outlets' rows, with the counts from other tables.
fn summaries(
    tx: &mut Tx<'_>,
    sql: &str,
    args: &[Arg<'_>],
    silent_after: SilentAfter,
    now: Timestamp,
) -> Result<Vec<OutletSummary>, Fault> {
    let window = silent_after.within(now);
    let mut outlets = tx.all(sql, args, |row| {
        let (state, last_contact_at) = (OutletState::of(row, 3)?, row.maybe_string(5)?);
        let presence = Presence::of(state, last_contact_at.as_deref(), &window);
        let (pending, oldest_waiting_at) = (row.maybe_int(9)?, row.maybe_string(21)?);
        let reported_at = row.maybe_string(19)?.filter(|_| pending == Some(0));
        Ok(OutletSummary {
            id: row.string(0)?,
            code: row.string(1)?,
            name: row.string(2)?,
            state,
            presence,
            silent_since: last_contact_at.clone().filter(|_| presence == Presence::Silent),
            business_date: business_day(row.maybe_text(22)?.as_deref()).date_at(now),
            created_at: row.string(4)?,
            last_contact_at,
            epoch_number: row.maybe_int(13)?,
            acked_through: row.int(6)?,
            batch_no: row.int(7)?,
            quarantined: row.json_or_default(8)?,
            unapplied_count: row.int(14)?,
            open_conflict_count: 0,
            dead_letter_count: 0,
            pending,
            complete_until: reported_at
                .map(|at| oldest_waiting_at.iter().cloned().chain([at]).min().unwrap_or_default()),
            waiting_sale_count: row.maybe_int(20)?,
            oldest_waiting_at,
            clock_offset_ms: row.maybe_int(10)?,
            app_version: row.maybe_string(11)?,
            duplicate_servers: has_duplicates(row.int(15)?),
            webhook: webhooks::EndpointState::of(row, 12)?,
            webhook_error: webhooks::last_error(row, 16)?,
        })
    })?;
    for outlet in &mut outlets {
        outlet.open_conflict_count = conflicts::count_open(tx, &outlet.id)?;
        outlet.dead_letter_count = quarantine::count(tx, &outlet.id)?;
    }
    Ok(outlets)
}

/// The outlets after this code and id, including revoked ones; at most `limit`.
///
/// # Errors
/// The database failed.
pub fn list(
    tx: &mut Tx<'_>,
    after: (&str, &str),
    limit: i64,
    silent_after: SilentAfter,
    now: Timestamp,
) -> Result<Vec<OutletSummary>, Fault> {
    let args = [after.0.into(), after.1.into(), limit.into()];
    summaries(tx, LIST, &args, silent_after, now)
}

/// The outlet with this id.
fn one(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    silent_after: SilentAfter,
    now: Timestamp,
) -> Result<Option<OutletSummary>, Fault> {
    Ok(summaries(tx, ONE, &[outlet_id.into()], silent_after, now)?.pop())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn one_outlet_is_found_by_its_key() {
        plans::assert_seeks(ONE);
    }
}
