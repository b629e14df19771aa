//! A product at every outlet: own prices; and whether an outlet has the last change of a product or another entity.
//!
//! An outlet requests changes after its cursor when it has stored all changes up to it, so the hub knows from the cursor
//! of the last request which changes an outlet has. A change that the outlet could not apply is in the list that it
//! reports.

use std::collections::HashMap;

use jiff::Timestamp;
use protocol::cursor::{self, CATALOG};
use protocol::entity::Scope;
use protocol::wire::Unapplied;
use serde::Serialize;
use store::{Fault, Tx};
use utoipa::ToSchema;

use super::in_effect::{self, InEffect};
use super::product::{self, KIND};
use super::stored::{self, StoredEntity};
use super::{Refused, SharedKind, menu, price};

/// The price and availability of a product at an outlet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutletPrice {
    pub outlet_id: String,
    pub code: String,
    pub name: String,
    /// The outlet's own price in minor units, by its clock; null: the chain's.
    pub price: Option<i64>,
    /// The outlet's own availability; null: the chain's.
    pub available: Option<bool>,
    /// The price in force.
    pub effective_price: i64,
    /// Whether it can be sold there.
    pub effective_available: bool,
    /// For `If-Match` of a change; 0: the outlet has never had its own values.
    pub version: i64,
    /// Who last changed the outlet's values: an outlet's id, or `hq:` and a user's name.
    pub changed_by: Option<String>,
    /// RFC 3339 UTC.
    pub changed_at: Option<String>,
}

impl ByOutlet for OutletPrice {
    fn outlet(&self) -> [String; 2] {
        [self.code.clone(), self.outlet_id.clone()]
    }
}

/// Whether an outlet has a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeliveryState {
    /// It has the change.
    Applied,
    /// It has not asked for changes since.
    Waiting,
    /// It has reported that it cannot apply a change of it, or that a person decided not to.
    Failed,
}

/// The last change of an entity at an outlet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Delivery {
    pub outlet_id: String,
    pub code: String,
    pub name: String,
    /// Whether `state` is `applied`.
    pub applied: bool,
    #[schema(inline)]
    pub state: DeliveryState,
    /// When the outlet first asked for changes after this one; null if it has not, or if it has received other changes
    /// since. RFC 3339 UTC.
    pub applied_at: Option<String>,
    /// When the outlet last asked for changes, to within a minute; null if never. RFC 3339 UTC.
    pub asked_at: Option<String>,
}

impl ByOutlet for Delivery {
    fn outlet(&self) -> [String; 2] {
        [self.code.clone(), self.outlet_id.clone()]
    }
}

/// A row of a list that is sorted by outlet.
pub(crate) trait ByOutlet {
    /// The outlet's code and id.
    fn outlet(&self) -> [String; 2];
}

const PRICES: &str = "
    select o.outlet_id, o.code, o.name, s.token_n, s.deleted, s.document, s.changed_by, s.changed_at
    from outlets o left join shared_entities s
      on s.scope = o.outlet_id and s.entity_type = 'outlet_product' and s.entity_id = ?1
    where o.state = 'active' and (o.code, o.outlet_id) > (?2, ?3)
    order by o.code, o.outlet_id
    limit ?4";
const POSITIONS: &str = "
    select o.outlet_id, o.code, o.name, c.catalog_n, c.catalog_from_n, c.catalog_moved_at, c.read_at,
      coalesce(h.unapplied, '[]'), c.outlet_n
    from outlets o left join outlet_cursors c on c.outlet_id = o.outlet_id left join chains h on h.outlet_id = o.outlet_id
    where o.state = 'active' and (o.code, o.outlet_id) > (?1, ?2)
    order by o.code, o.outlet_id
    limit ?3";
const LAST_CHANGE: &str = "
    select n from stream_entries
    where stream = ?1 and entity_type = ?2 and entity_id = ?3 and n <= 9000000000000000
    order by n desc limit 1";
// Entries are deleted when every outlet that counts has read them; the last one of a stream stays.
const FIRST_ENTRY: &str = "select n from stream_entries where stream = ?1 order by n limit 1";

fn product(tx: &mut Tx<'_>, id: &str) -> Result<StoredEntity, Refused> {
    stored::find_live(tx, "", KIND.entity.name, id)?.ok_or(Refused::NotFound(KIND.missing))
}

/// The active outlets after this code and id with the product's price, at most `limit`.
///
/// # Errors
/// [`Refused::NotFound`].
pub(crate) fn prices(
    tx: &mut Tx<'_>,
    product_id: &str,
    after: (&str, &str),
    limit: i64,
    now: Timestamp,
) -> Result<Vec<OutletPrice>, Refused> {
    let product = product(tx, product_id)?;
    let product = in_effect::shown(tx, &product::chain(), product, now)?;
    let price = product.document.get("price").and_then(serde_json::Value::as_i64).unwrap_or_default();
    let available = product.document.get("available").and_then(serde_json::Value::as_bool).unwrap_or_default();
    let args = [product_id.into(), after.0.into(), after.1.into(), limit.into()];
    let mut found = tx.all(PRICES, &args, |row| {
        let version = row.maybe_int(3)?;
        let is_set = version.is_some() && !row.flag(4)?;
        let own = if is_set { row.document(5)? } else { serde_json::Map::new() };
        let own_price = own.get("price").and_then(serde_json::Value::as_i64);
        let own_available = own.get("available").and_then(serde_json::Value::as_bool);
        Ok(OutletPrice {
            outlet_id: row.string(0)?,
            code: row.string(1)?,
            name: row.string(2)?,
            price: own_price,
            available: own_available,
            effective_price: own_price.unwrap_or(price),
            effective_available: own_available.unwrap_or(available),
            version: version.unwrap_or(0),
            changed_by: row.maybe_string(6)?,
            changed_at: row.maybe_string(7)?,
        })
    })?;
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return Ok(found) };
    let mut in_advance = HashMap::<String, Vec<StoredEntity>>::new();
    for (outlet, price) in price::of_outlets(tx, product_id, (&first.code, &last.code))? {
        in_advance.entry(outlet).or_default().push(price);
    }
    for row in &mut found {
        let Some(prices) = in_advance.get(&row.outlet_id) else { continue };
        let prices = InEffect::of(prices, price::minute(tx, &row.outlet_id, now)?);
        if let Some(price) = prices.price(product_id) {
            (row.price, row.effective_price) = (Some(price), price);
        }
    }
    Ok(found)
}

/// The active outlets after this code and id, and whether each has the last change of an entity of the chain, at most
/// `limit`.
///
/// # Errors
/// [`Refused::NotFound`].
pub(crate) fn of_chain(
    tx: &mut Tx<'_>,
    kind: &SharedKind,
    id: &str,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<Delivery>, Refused> {
    stored::find_live(tx, "", kind.entity.name, id)?.ok_or(Refused::NotFound(kind.missing))?;
    let change = last_change(tx, CATALOG, kind.entity.name, id)?;
    let found = positions(tx, after, limit)?;
    Ok(found.into_iter().map(|position| position.delivery(&[(kind, id)], position.catalog_n, change)).collect())
}

/// As [`of_chain`], for a menu with its prices and, where an outlet has one, its switch there.
///
/// # Errors
/// [`Refused::NotFound`].
pub(crate) fn of_menu(tx: &mut Tx<'_>, id: &str, after: (&str, &str), limit: i64) -> Result<Vec<Delivery>, Refused> {
    let switched = menu::switched(tx, id)?;
    let prices = price::of_menu(tx, id)?;
    let mut parts: Vec<(&SharedKind, &str)> = vec![(&menu::KIND, id), (&menu::OUTLET_KIND, id)];
    parts.extend(prices.iter().map(|price| (&price::KIND, price.id.as_str())));
    let mut change = 0;
    for (kind, id) in parts.iter().filter(|(kind, _)| kind.entity.scope == Scope::Chain) {
        change = change.max(last_change(tx, CATALOG, kind.entity.name, id)?);
    }
    let mut found = Vec::new();
    for position in positions(tx, after, limit)? {
        let is_behind = switched.contains(&position.outlet_id) && {
            let stream = cursor::of_outlet(&position.outlet_id);
            position.outlet_n < Some(last_change(tx, &stream, menu::OUTLET_KIND.entity.name, id)?)
        };
        let at = position.catalog_n.filter(|_| !is_behind);
        found.push(position.delivery(&parts, at, change));
    }
    Ok(found)
}

/// As [`of_chain`], for an entity that these outlets have.
///
/// # Errors
/// The database's error.
pub(crate) fn of_outlets(
    tx: &mut Tx<'_>,
    kind: &SharedKind,
    id: &str,
    outlets: &[String],
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<Delivery>, Fault> {
    let mut found = Vec::new();
    for position in positions(tx, after, MAX_OUTLETS)? {
        if !outlets.contains(&position.outlet_id) {
            continue;
        }
        if i64::try_from(found.len()).is_ok_and(|count| count >= limit) {
            break;
        }
        let change = last_change(tx, &cursor::of_outlet(&position.outlet_id), kind.entity.name, id)?;
        found.push(position.delivery(&[(kind, id)], position.outlet_n, change));
    }
    Ok(found)
}

/// More outlets than a chain has.
const MAX_OUTLETS: i64 = 100_000;

/// The number of an entity's last entry in a stream; the number of the first entry if its own was deleted, because every
/// outlet has read it.
///
/// # Errors
/// The database's error.
pub(crate) fn last_change(tx: &mut Tx<'_>, stream: &str, entity_type: &str, id: &str) -> Result<i64, Fault> {
    let of = [stream.into(), entity_type.into(), id.into()];
    match tx.first(LAST_CHANGE, &of, |row| row.int(0))? {
        Some(n) => Ok(n),
        None => Ok(tx.first(FIRST_ENTRY, &of[..1], |row| row.int(0))?.unwrap_or(0)),
    }
}

/// How far an outlet has read.
struct Position {
    outlet_id: String,
    code: String,
    name: String,
    catalog_n: Option<i64>,
    catalog_from_n: Option<i64>,
    catalog_moved_at: Option<String>,
    asked_at: Option<String>,
    unapplied: Vec<Unapplied>,
    outlet_n: Option<i64>,
}

fn positions(tx: &mut Tx<'_>, after: (&str, &str), limit: i64) -> Result<Vec<Position>, Fault> {
    tx.all(POSITIONS, &[after.0.into(), after.1.into(), limit.into()], |row| {
        Ok(Position {
            outlet_id: row.string(0)?,
            code: row.string(1)?,
            name: row.string(2)?,
            catalog_n: row.maybe_int(3)?,
            catalog_from_n: row.maybe_int(4)?,
            catalog_moved_at: row.maybe_string(5)?,
            asked_at: row.maybe_string(6)?,
            unapplied: row.json_or_default(7)?,
            outlet_n: row.maybe_int(8)?,
        })
    })
}

impl Position {
    /// Whether the outlet has the change `change` of entities, the last of them all, at this position of its stream.
    fn delivery(&self, of: &[(&SharedKind, &str)], position: Option<i64>, change: i64) -> Delivery {
        let is_unapplied = |report: &Unapplied| {
            of.iter().any(|(kind, id)| report.of.entity_type == kind.entity.name && report.of.entity_id == *id)
        };
        let state = match position {
            _ if self.unapplied.iter().any(is_unapplied) => DeliveryState::Failed,
            Some(position) if position >= change => DeliveryState::Applied,
            _ => DeliveryState::Waiting,
        };
        let moved_now = of.iter().any(|(kind, _)| kind.entity.scope == Scope::Chain)
            && state == DeliveryState::Applied
            && self.catalog_from_n.is_some_and(|before| before < change);
        Delivery {
            outlet_id: self.outlet_id.clone(),
            code: self.code.clone(),
            name: self.name.clone(),
            applied: state == DeliveryState::Applied,
            state,
            applied_at: self.catalog_moved_at.clone().filter(|_| moved_now),
            asked_at: self.asked_at.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_products_last_change_is_found_by_its_key() {
        for sql in [LAST_CHANGE, FIRST_ENTRY] {
            plans::assert_keyed(sql);
            plans::assert_unsorted(sql);
        }
        for (sql, table) in [(PRICES, "s"), (POSITIONS, "c"), (POSITIONS, "h")] {
            plans::assert_joins_by_key(sql, table);
        }
    }
}
