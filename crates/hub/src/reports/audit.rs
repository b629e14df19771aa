//! `GET /v1/hq/audit`: the audit logs of all outlets, the newest business day first.

use axum::extract::State;
use domain::BusinessDate;
use domain::audit::AuditAction;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Fault, Store, Tx};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, Choice, Code, List, Query, Word, extract, words};

use super::by::user_names;
use super::by_date::{ByDate, Conditions, Place};
use crate::cursor;
use crate::staff::User;

/// Filter and page of the audit logs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only of this outlet.
    outlet_id: Option<String>,
    /// Only from this business date on, `YYYY-MM-DD`.
    #[param(value_type = Option<String>)]
    from: Option<BusinessDate>,
    /// Only up to this business date.
    #[param(value_type = Option<String>)]
    to: Option<BusinessDate>,
    /// Only this action.
    #[param(inline, value_type = Option<AuditAction>)]
    action: Option<Choice<AuditAction>>,
    /// Only of this user: an id, or `terminal`.
    actor_id: Option<String>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// An event of an outlet's audit log. Texts are empty and fields null if the event does not have them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutletAuditEntry)]
pub(crate) struct AuditEntry {
    outlet_id: String,
    outlet_code: String,
    /// The life of the outlet's database.
    chain_id: String,
    /// Its number in the chain, from 1.
    n: i64,
    hash: String,
    /// When it arrived, RFC 3339 UTC.
    received_at: String,
    /// When, RFC 3339 UTC, by the outlet's clock.
    at: String,
    business_date: String,
    /// What was done. Another word if a newer outlet sent it.
    #[schema(value_type = AuditAction)]
    action: Word<AuditAction>,
    /// Who did it: a user's id, `terminal`, or `hq:` and a name.
    actor_id: Option<String>,
    /// The user's name, if the user still exists.
    actor_name: Option<String>,
    /// Who approved it.
    approved_by: Option<String>,
    /// The name of that user.
    approved_by_name: Option<String>,
    session: Option<String>,
    device_id: Option<String>,
    entity_type: Option<String>,
    entity_id: Option<String>,
    /// Figures: what they are depends on the action.
    #[schema(value_type = Object)]
    data: Map<String, Value>,
    #[serde(skip)]
    sort_key: String,
}

/// The parts of an event that only people read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    approved_by: Option<String>,
    session: Option<String>,
    device_id: Option<String>,
    entity_type: Option<String>,
    entity_id: Option<String>,
    data: Map<String, Value>,
}

fn statement(query: &AuditQuery, action: Option<AuditAction>, after: Option<&Place>) -> (String, Conditions) {
    let AuditQuery { from, to, .. } = *query;
    let list = ByDate { table: "a", id: "sort_key", outlet_id: query.outlet_id.as_deref(), from, to, after };
    let mut conditions = list.conditions();
    if let Some(action) = action {
        conditions.add("a.action = ?", [action.to_string()]);
    }
    if let Some(actor) = &query.actor_id {
        conditions.add("a.actor_id = ?", [actor.clone()]);
    }
    let sql = format!(
        "select a.outlet_id, coalesce((select o.code from outlets o where o.outlet_id = a.outlet_id), ''), a.chain_id,
           a.n, a.hash, a.received_at, a.at, a.business_date, a.action, a.actor_id, a.body, a.sort_key
         from audit_events a where {} order by {} limit ?1",
        conditions.sql(),
        list.order()
    );
    (sql, conditions)
}

fn list(
    tx: &mut Tx<'_>,
    query: &AuditQuery,
    action: Option<AuditAction>,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<AuditEntry>, Fault> {
    let (sql, conditions) = statement(query, action, after);
    let names = user_names(tx)?;
    let name = |id: &Option<String>| id.as_ref().and_then(|id| names.get(id).cloned());
    tx.all(&sql, &conditions.args(limit), |row| {
        let details: Details = serde_json::from_str(&row.text(10)?).unwrap_or_default();
        let actor_id = Some(row.string(9)?).filter(|id| !id.is_empty());
        Ok(AuditEntry {
            outlet_id: row.string(0)?,
            outlet_code: row.string(1)?,
            chain_id: row.string(2)?,
            n: row.int(3)?,
            hash: row.string(4)?,
            received_at: row.string(5)?,
            at: row.string(6)?,
            business_date: row.string(7)?,
            action: Word::of(row.string(8)?),
            actor_name: name(&actor_id),
            actor_id,
            approved_by_name: name(&details.approved_by),
            approved_by: details.approved_by,
            session: details.session,
            device_id: details.device_id,
            entity_type: details.entity_type,
            entity_id: details.entity_id,
            data: details.data,
            sort_key: row.string(11)?,
        })
    })
}

/// Who did what at all outlets, the newest business day first.
#[utoipa::path(get, path = "/v1/hq/audit", tag = "head office", operation_id = "list_audit", params(AuditQuery),
    responses(
    (status = 200, description = "A page of events", body = List<AuditEntry>),
    (status = 400, description = "`invalid_cursor`"), (status = 401, description = "`unauthorized`: log in first"),
    (status = 422, description = "`invalid_query`, `period_too_long`")))]
pub(crate) async fn list_audit(
    _: User,
    State(store): State<Store>,
    Query(query): Query<AuditQuery>,
) -> Result<List<AuditEntry>, ApiError> {
    let limit = extract::page_size(query.limit)?;
    if let Some((from, to)) = query.from.zip(query.to) {
        extract::check_period(from, to)?;
    }
    let action = words::optional(query.action.as_ref(), Code::InvalidQuery, "action")?;
    let after: Option<Place> = query.cursor.as_deref().map(cursor::read).transpose()?;
    let found = store.read(move |tx| list(tx, &query, action, after.as_ref(), limit + 1)).await?;
    Ok(cursor::page(found, limit, |one| [one.business_date.clone(), one.sort_key.clone(), one.outlet_id.clone()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_page_is_read_in_the_order_of_an_index() {
        let date = BusinessDate::parse("2026-11-22");
        let after = ["2026-11-22", "r", "o"].map(str::to_owned);
        for outlet_id in [None, Some("x".to_owned())] {
            for (from, after) in [(None, None), (date, None), (None, Some(&after)), (date, Some(&after))] {
                let query = AuditQuery { outlet_id: outlet_id.clone(), from, ..AuditQuery::default() };
                plans::assert_unsorted(&statement(&query, Some(AuditAction::Refunded), after).0);
            }
        }
    }
}
