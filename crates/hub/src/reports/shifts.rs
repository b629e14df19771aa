//! `GET /v1/hq/shifts…`: the shifts of cash drawers of all outlets, the newest business day first.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use domain::BusinessDate;
use protocol::validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Arg, Fault, Row, Store, Tx};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, Code, List, Path, Query, Success, extract};

use super::by::user_names;
use super::by_date::{ByDate, Conditions, Place};
use crate::cursor;
use crate::staff::User;

/// Filters and page of a list of shifts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShiftsQuery {
    /// Only of this outlet.
    outlet_id: Option<String>,
    /// First business date, `YYYY-MM-DD`.
    #[param(value_type = Option<String>)]
    from: Option<BusinessDate>,
    /// Last business date, at most a year later.
    #[param(value_type = Option<String>)]
    to: Option<BusinessDate>,
    /// Only closed shifts whose count differs from what was expected.
    differing: Option<bool>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A shift as its outlet sent it, and the names of the people in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HqShift {
    outlet_id: String,
    outlet_code: String,
    /// The outlet's count of its changes.
    version: i64,
    /// When its last change arrived, RFC 3339 UTC by head office's clock.
    received_at: String,
    /// UUIDv7, generated at the outlet.
    id: String,
    /// The business date by which a list is sorted.
    #[serde(skip)]
    date: String,
    /// Names of the users that the document names, by id.
    people: BTreeMap<String, String>,
    /// The fields of a shift at its outlet, its movements, counts and tenders.
    #[serde(flatten)]
    document: BTreeMap<String, Value>,
}

/// The shifts of cash drawers of all outlets, the newest business day first.
#[utoipa::path(get, path = "/v1/hq/shifts", tag = "head office", operation_id = "list_shifts", params(ShiftsQuery),
    security(("session" = [])), responses(
    (status = 200, description = "A page; with the fields of a shift at its outlet, its movements, counts and tenders",
        body = List<HqShift>),
    (status = 400, description = "`invalid_cursor`"), (status = 401, description = "`unauthorized`: log in first"),
    (status = 422, description = "`invalid_query`, `period_too_long`")))]
pub(crate) async fn list_shifts(
    _: User,
    State(store): State<Store>,
    Query(query): Query<ShiftsQuery>,
) -> Result<List<HqShift>, ApiError> {
    let limit = extract::page_size(query.limit)?;
    if let Some((from, to)) = query.from.zip(query.to) {
        extract::check_period(from, to)?;
    }
    let after: Option<Place> = query.cursor.as_deref().map(cursor::read).transpose()?;
    let found = store.read(move |tx| list(tx, &query, after.as_ref(), limit + 1)).await?;
    Ok(cursor::page(found, limit, |shift| [shift.date.clone(), shift.id.clone(), shift.outlet_id.clone()]))
}

/// One shift, as its outlet sent it.
#[utoipa::path(get, path = "/v1/hq/shifts/{id}", tag = "head office", operation_id = "get_shift",
    params(("id" = String, Path, description = "The shift's id")), security(("session" = [])), responses(
    (status = 200, description = "The shift", body = Success<HqShift>),
    (status = 401, description = "`unauthorized`: log in first"), (status = 404, description = "`not_found`")))]
pub(crate) async fn get_shift(
    _: User,
    State(store): State<Store>,
    Path(id): Path<String>,
) -> Result<Success<HqShift>, ApiError> {
    let found = store.read(move |tx| {
        let mut shift = tx.first(FIND, &[Arg::from(&id)], read)?;
        if let Some(shift) = shift.as_mut() {
            shift.name_people(&user_names(tx)?);
        }
        Ok::<_, Fault>(shift)
    });
    found.await?.map(Success::new).ok_or_else(|| Code::NotFound.because("hub_shift"))
}

const COLUMNS: &str = "d.outlet_id, o.code, d.version, d.received_at, d.entity_id, d.document";
// Ids are unique, but documents are keyed by outlet: one look-up per outlet.
const FIND: &str = "select d.outlet_id, o.code, d.version, d.received_at, d.entity_id, d.document, ''
    from outlets o cross join documents d
    where d.outlet_id = o.outlet_id and d.entity_type = 'shift' and d.entity_id = ?1 and d.deleted = 0
    order by d.arrival_no desc limit 1";

/// The query and its parameters.
fn statement(query: &ShiftsQuery, after: Option<&Place>) -> (String, Conditions) {
    let ShiftsQuery { from, to, .. } = *query;
    let list = ByDate { table: "s", id: "shift_id", outlet_id: query.outlet_id.as_deref(), from, to, after };
    let mut conditions = list.conditions();
    if query.differing == Some(true) {
        conditions.add("s.expected <> s.counted", []);
    }
    let sql = format!(
        "select {COLUMNS}, s.business_date from shifts s cross join documents d cross join outlets o
         where d.outlet_id = s.outlet_id and d.entity_type = 'shift' and d.entity_id = s.shift_id and d.deleted = 0
           and o.outlet_id = s.outlet_id and {}
         order by {} limit ?1",
        conditions.sql(),
        list.order()
    );
    (sql, conditions)
}

fn list(tx: &mut Tx<'_>, query: &ShiftsQuery, after: Option<&Place>, limit: i64) -> Result<Vec<HqShift>, Fault> {
    let (sql, conditions) = statement(query, after);
    let mut found = tx.all(&sql, &conditions.args(limit), read)?;
    let names = user_names(tx)?;
    for shift in &mut found {
        shift.name_people(&names);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<HqShift, Fault> {
    let mut document: BTreeMap<String, Value> = row.json_or_default(5)?;
    document.retain(|_, value| validate::check_size(&value.to_string()).is_ok());
    for ours in ["outlet_id", "outlet_code", "version", "received_at", "id", "people"] {
        document.remove(ours);
    }
    // Outlets store and send the figures as a text.
    if let Some(report) = document.get_mut("report")
        && let Some(figures) = report.as_str().and_then(|text| serde_json::from_str(text).ok())
    {
        *report = figures;
    }
    Ok(HqShift {
        outlet_id: row.string(0)?,
        outlet_code: row.string(1)?,
        version: row.int(2)?,
        received_at: row.string(3)?,
        id: row.string(4)?,
        date: row.string(6)?,
        people: BTreeMap::new(),
        document,
    })
}

impl HqShift {
    /// Adds the names of the users that the document names.
    fn name_people(&mut self, names: &BTreeMap<String, String>) {
        let mut ids = BTreeSet::new();
        for value in self.document.values() {
            texts(value, &mut ids);
        }
        self.people = ids.into_iter().filter_map(|id| Some((id.to_owned(), names.get(id)?.clone()))).collect();
    }
}

/// The texts of a value and, two levels down, of the rows in it.
fn texts<'a>(value: &'a Value, into: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) => {
            into.insert(text);
        }
        Value::Array(rows) => rows.iter().filter_map(Value::as_object).for_each(|row| {
            into.extend(row.values().filter_map(Value::as_str));
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_page_is_read_in_the_order_of_an_index() {
        let date = BusinessDate::parse("2026-11-22");
        let after = ["2026-11-22", "s", "o"].map(str::to_owned);
        for outlet_id in [None, Some("x".to_owned())] {
            for (from, after) in [(None, None), (date, None), (None, Some(&after)), (date, Some(&after))] {
                let query = ShiftsQuery { outlet_id: outlet_id.clone(), from, ..ShiftsQuery::default() };
                plans::assert_unsorted(&statement(&query, after).0);
            }
        }
        let by_key =
            "SEARCH d USING INDEX sqlite_autoindex_documents_1 (outlet_id=? AND entity_type=? AND entity_id=?)";
        plans::assert_reads(FIND, by_key);
    }
}
