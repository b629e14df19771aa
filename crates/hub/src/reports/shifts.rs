//! `GET /v1/hq/shifts`: the shifts of cash drawers of all outlets, the latest first.
//!
//! The id of a shift begins with the time at which it was opened (UUIDv7), so that ids are in its order, and a period is a range of
//! them. Business dates and differences are in the documents and are filtered here.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use domain::BusinessDate;
use jiff::{Span, civil::Date, tz::TimeZone};
use protocol::validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Arg, Fault, Row, Store, Tx};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, Code, List, Path, Query, Success, extract};

use super::by::user_names;
use crate::cursor;
use crate::staff::User;

/// Documents per query.
const BATCH: i64 = 500;
/// Documents that one request searches at most; `next_cursor` continues.
const MOST: usize = 20_000;
/// Beyond every id.
const END: &str = "~";

/// Filters and page of a list of shifts.
#[derive(Debug, Deserialize, IntoParams)]
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
    /// Names of the users that the document names, by id.
    people: BTreeMap<String, String>,
    /// The fields of a shift at its outlet, its movements, counts and tenders.
    #[serde(flatten)]
    document: BTreeMap<String, Value>,
}

/// The shifts of cash drawers of all outlets, the latest first.
#[utoipa::path(get, path = "/v1/hq/shifts", tag = "head office", operation_id = "list_shifts", params(ShiftsQuery),
    security(("session" = [])), responses(
    (status = 200, description = "A page; with the fields of a shift at its outlet, its movements, counts and tenders. \
        It can have fewer shifts than its limit and still a `next_cursor`: a request searches 20,000 shifts",
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
    let before = match query.cursor.as_deref() {
        Some(cursor) => cursor::read(cursor)?,
        None => [query.to.map_or_else(|| END.to_owned(), |to| id_at(to, 3)), String::new()],
    };
    let filter = Filter {
        first_id: query.from.map_or_else(String::new, |from| id_at(from, -2)),
        outlet_id: query.outlet_id,
        from: query.from,
        to: query.to,
        differing: query.differing.unwrap_or_default(),
    };
    let (found, next) = store.read(move |tx| page(tx, &filter, before.clone(), limit)).await?;
    Ok(List::new(found, next.map(|next| cursor::text(&next))))
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

struct Filter {
    /// No shift of the period has an id before this one.
    first_id: String,
    outlet_id: Option<String>,
    from: Option<BusinessDate>,
    to: Option<BusinessDate>,
    differing: bool,
}

/// An id of this day at the earliest. Days of outlets begin at other hours than those of UTC: callers leave room.
fn id_at(date: BusinessDate, days: i32) -> String {
    let day = date.date().checked_add(Span::new().days(days)).unwrap_or(Date::MAX);
    let at = day.to_zoned(TimeZone::UTC).map_or(0, |at| at.timestamp().as_millisecond());
    let hex = format!("{:012x}", at.max(0));
    format!("{}-{}", &hex[..8], &hex[8..])
}

const COLUMNS: &str = "d.outlet_id, o.code, d.version, d.received_at, d.entity_id, d.document";
const FIND: &str = "select d.outlet_id, o.code, d.version, d.received_at, d.entity_id, d.document
    from documents d cross join outlets o
    where o.outlet_id = d.outlet_id and d.entity_type = 'shift' and d.deleted = 0 and d.entity_id = ?1
    order by d.outlet_id limit 1";

fn statement(of_one_outlet: bool) -> String {
    let outlet = if of_one_outlet { " and d.outlet_id = ?5" } else { "" };
    format!(
        "select {COLUMNS} from documents d cross join outlets o
         where o.outlet_id = d.outlet_id and d.entity_type = 'shift' and d.deleted = 0{outlet}
           and d.entity_id >= ?2 and (d.entity_id, d.outlet_id) < (?3, ?4)
         order by d.entity_id desc, d.outlet_id desc limit ?1"
    )
}

type Page = (Vec<HqShift>, Option<[String; 2]>);

/// At most `limit` shifts before a place, and the place after which the next page begins.
fn page(tx: &mut Tx<'_>, filter: &Filter, mut before: [String; 2], limit: i64) -> Result<Page, Fault> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let mut searched = 0;
    let next = loop {
        let [id, outlet_id] = &before;
        let mut args: Vec<Arg<'_>> = vec![BATCH.into(), Arg::from(&filter.first_id), id.into(), outlet_id.into()];
        args.extend(filter.outlet_id.as_ref().map(Arg::from));
        let batch = tx.all(&statement(filter.outlet_id.is_some()), &args, read)?;
        searched += batch.len();
        let is_last = i64::try_from(batch.len()).unwrap_or(BATCH) < BATCH;
        let Some(last) = batch.last().map(HqShift::place) else { break None };
        found.extend(batch.into_iter().filter(|shift| filter.admits(shift)));
        if found.len() > most {
            found.truncate(most);
            break found.last().map(HqShift::place);
        }
        if is_last {
            break None;
        }
        if searched >= MOST {
            break Some(last);
        }
        before = last;
    };
    let names = user_names(tx)?;
    for shift in &mut found {
        shift.name_people(&names);
    }
    Ok((found, next))
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
        people: BTreeMap::new(),
        document,
    })
}

impl Filter {
    fn admits(&self, shift: &HqShift) -> bool {
        let date = shift.document.get("business_date").and_then(Value::as_str).and_then(BusinessDate::parse);
        let is_within =
            |date: BusinessDate| self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to);
        let amount = |name: &str| shift.document.get(name).and_then(Value::as_i64);
        let differs = amount("expected").zip(amount("counted")).is_some_and(|(expected, counted)| expected != counted);
        date.map_or(self.from.is_none() && self.to.is_none(), is_within) && (!self.differing || differs)
    }
}

impl HqShift {
    fn place(&self) -> [String; 2] {
        [self.id.clone(), self.outlet_id.clone()]
    }

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
    fn every_page_of_shifts_is_read_in_the_order_of_a_key() {
        for of_one_outlet in [false, true] {
            plans::assert_ordered_by_key(&statement(of_one_outlet), true);
        }
        plans::assert_seeks(FIND);
    }

    #[test]
    fn the_ids_of_a_day_follow_its_first_id() {
        let date = BusinessDate::parse("2026-11-30").unwrap();
        let first = id_at(date, 0);
        assert!("01a229c0-5800-7abc-8def-0123456789ff" > &*id_at(date, -2), "{first}");
        assert!(id_at(date, -2) < first && first < id_at(date, 3) && &*id_at(date, 3) < END);
        assert_eq!(first.len(), 13);
    }
}
