//! Prices that head office sets in advance, for the chain or for single outlets, and which outlets have received them.
//!
//! At each outlet such a price has the same id. One for a minute for which there was another is in its place.

use std::collections::BTreeMap;

use protocol::cursor::{self, CATALOG};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{Fault, Tx};
use utoipa::ToSchema;
use web::extract::maybe_null;

use super::delivery::{self, Delivery};
use super::kind::text;
use super::price::{self, KIND, OUTLET_KIND};
use super::stored::{self, StoredEntity};
use super::{At, By, Refused, change, product};
use crate::ids::new_id;

/// A price to set in advance.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPrice {
    pub product_id: String,
    /// Its variant; null: the product itself.
    #[serde(default, deserialize_with = "maybe_null")]
    pub variant_id: Option<String>,
    /// In minor units (rupiah).
    #[schema(minimum = 0)]
    pub price: i64,
}

/// How far a price is, by Jakarta's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Its minute has not come.
    Planned,
    /// It is the latest that has come.
    InEffect,
    /// A later one has come.
    Replaced,
}

/// A price that was set in advance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PriceChange {
    pub id: String,
    pub product_id: String,
    /// Null: there is no such product any more.
    pub product_name: Option<String>,
    pub variant_id: Option<String>,
    pub variant_name: Option<String>,
    /// In minor units (rupiah).
    pub price: i64,
    /// The chain's price of the product or variant until this minute.
    pub usual_price: Option<i64>,
    /// The minute of each outlet's clock from which it stands, YYYY-MM-DDTHH:MM.
    pub valid_from: String,
    #[schema(inline)]
    pub state: State,
    /// Ids of the outlets that it is for; null: all.
    pub outlet_ids: Option<Vec<String>>,
    /// Number of active outlets that it is for.
    pub outlets: i64,
    /// Number of those that have received it.
    pub received: i64,
    pub changed_by: String,
    /// RFC 3339 UTC.
    pub changed_at: String,
}

/// Sets prices from a minute on, for the chain or for these outlets; returns their ids.
///
/// # Errors
/// [`Refused`].
pub(crate) fn plan(
    tx: &mut Tx<'_>,
    these: Option<&[String]>,
    valid_from: &str,
    prices: &[NewPrice],
    by: &mut By,
) -> Result<Vec<String>, Refused> {
    let mut targets = match these {
        None => vec![price::chain()],
        Some(these) => {
            let at = these.iter().map(|outlet| At::find_to_change(tx, &OUTLET_KIND, outlet));
            at.collect::<Result<Vec<_>, _>>()?
        }
    };
    // Locked in the order of the streams, so that two writers cannot deadlock.
    targets.sort_by(|one, other| one.scope.cmp(&other.scope));
    targets.dedup_by(|one, other| one.scope == other.scope);
    let ids: Vec<String> = prices.iter().map(|_| new_id(by.now)).collect();
    for at in &targets {
        let mut known = of_minute(tx, &at.scope, valid_from, prices)?;
        for (new, id) in prices.iter().zip(&ids) {
            let place = (new.product_id.clone(), new.variant_id.clone().unwrap_or_default());
            for old in known.insert(place, vec![id.clone()]).unwrap_or_default() {
                change::delete(tx, at, &old, None, by)?;
            }
            let mut fields = json!({"product_id": new.product_id, "variant_id": new.variant_id, "price": new.price,
                "valid_from": valid_from});
            if at.scope.is_empty() {
                fields["menu_id"] = Value::Null;
            }
            let Value::Object(fields) = fields else { continue };
            change::create(tx, at, id, fields, by)?;
        }
    }
    by.grown.dedup();
    Ok(ids)
}

/// Ids of the prices of a scope for this minute, by product and variant. One reading for all prices: an outlet's have no key
/// but their ids.
fn of_minute(
    tx: &mut Tx<'_>,
    scope: &str,
    valid_from: &str,
    prices: &[NewPrice],
) -> Result<BTreeMap<(String, String), Vec<String>>, Fault> {
    let mut products: Vec<&str> = prices.iter().map(|new| new.product_id.as_str()).collect();
    products.sort_unstable();
    products.dedup();
    let mut found = BTreeMap::<_, Vec<String>>::new();
    for old in price::in_advance(tx, scope, Some(&products))? {
        let string = |field| text(Some(&old.document), field).to_owned();
        if string("valid_from") == valid_from {
            found.entry((string("product_id"), string("variant_id"))).or_default().push(old.id);
        }
    }
    Ok(found)
}

/// Deletes a price that was set in advance, of the chain or at all outlets that have it.
///
/// # Errors
/// [`Refused::NotFound`].
pub(crate) fn delete(tx: &mut Tx<'_>, id: &str, by: &mut By) -> Result<(), Refused> {
    let is_in_advance = |price: &StoredEntity| text(Some(&price.document), "menu_id").is_empty();
    if stored::find_live(tx, "", KIND.entity.name, id)?.is_some_and(|price| is_in_advance(&price)) {
        change::delete(tx, &price::chain(), id, None, by)?;
        return Ok(());
    }
    let outlets = tx.all(OUTLETS_WITH, &[id.into()], |row| row.string(0))?;
    if outlets.is_empty() {
        return Err(Refused::NotFound(KIND.missing));
    }
    for scope in outlets {
        change::delete(tx, &At { kind: &OUTLET_KIND, scope }, id, None, by)?;
    }
    Ok(())
}

const OUTLETS_WITH: &str = "
    select o.outlet_id from outlets o cross join shared_entities e
    where e.scope = o.outlet_id and e.entity_type = 'outlet_price' and e.entity_id = ?1 and e.deleted = 0
    order by o.outlet_id";
const OF_OUTLETS: &str = "
    select o.outlet_id, e.entity_id, e.document, e.changed_by, e.changed_at
    from outlets o cross join shared_entities e
    where e.scope = o.outlet_id and e.entity_type = 'outlet_price' and e.deleted = 0 and o.state = 'active'
    order by o.outlet_id, e.entity_id";
const POSITIONS: &str = "
    select o.outlet_id, coalesce(c.catalog_n, -1), coalesce(c.outlet_n, -1)
    from outlets o left join outlet_cursors c on c.outlet_id = o.outlet_id
    where o.state = 'active' order by o.outlet_id";

/// The prices that were set in advance, in the order of their minutes, the latest first; at most `limit` after this minute
/// and id.
///
/// # Errors
/// The database's error.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    state: Option<State>,
    after: Option<(&str, &str)>,
    by: &By,
    limit: usize,
) -> Result<Vec<PriceChange>, Fault> {
    let now = price::minute(tx, "", by.now)?.to_string();
    let mut found = of_chain(tx)?;
    found.extend(of_outlets(tx)?);
    found.sort_by(|one, other| (&other.valid_from, &other.id).cmp(&(&one.valid_from, &one.id)));
    set_states(&mut found, &now);
    set_usual_prices(&mut found);
    found.retain(|change| {
        state.is_none_or(|state| change.state == state)
            && after.is_none_or(|after| (change.valid_from.as_str(), change.id.as_str()) < after)
    });
    found.truncate(limit);
    let positions = tx.all(POSITIONS, &[], |row| Ok((row.string(0)?, (row.int(1)?, row.int(2)?))))?;
    let positions: BTreeMap<String, (i64, i64)> = positions.into_iter().collect();
    for change in &mut found {
        count(tx, change, &positions)?;
        name(tx, change)?;
    }
    Ok(found)
}

/// The price of a document, without names and counts.
fn read(id: String, document: &Map<String, Value>, changed_by: String, changed_at: String) -> PriceChange {
    let string = |field| text(Some(document), field).to_owned();
    PriceChange {
        id,
        product_id: string("product_id"),
        product_name: None,
        variant_id: Some(string("variant_id")).filter(|id| !id.is_empty()),
        variant_name: None,
        price: document.get("price").and_then(Value::as_i64).unwrap_or_default(),
        usual_price: None,
        valid_from: string("valid_from"),
        state: State::Planned,
        outlet_ids: None,
        outlets: 0,
        received: 0,
        changed_by,
        changed_at,
    }
}

fn of_chain(tx: &mut Tx<'_>) -> Result<Vec<PriceChange>, Fault> {
    Ok(price::in_advance(tx, "", None)?
        .into_iter()
        .map(|price| read(price.id, &price.document, price.changed_by, price.changed_at))
        .collect())
}

/// Those of single outlets, each id once.
fn of_outlets(tx: &mut Tx<'_>) -> Result<Vec<PriceChange>, Fault> {
    let rows = tx.all(OF_OUTLETS, &[], |row| {
        Ok((row.string(0)?, read(row.string(1)?, &row.document(2)?, row.string(3)?, row.string(4)?)))
    })?;
    let mut found = BTreeMap::<String, PriceChange>::new();
    for (outlet, change) in rows {
        let change = found.entry(change.id.clone()).or_insert(change);
        change.outlet_ids.get_or_insert_default().push(outlet);
    }
    Ok(found.into_values().collect())
}

/// The price of the chain that each price replaces, where that was set in advance too.
fn set_usual_prices(latest_first: &mut [PriceChange]) {
    let mut before = BTreeMap::new();
    for change in latest_first.iter_mut().rev() {
        let place = (change.product_id.clone(), change.variant_id.clone());
        change.usual_price = before.get(&place).copied();
        if change.outlet_ids.is_none() {
            before.insert(place, change.price);
        }
    }
}

/// Of the prices that have come, the first of the list is in effect: the latest. Prices of an outlet replace each other.
fn set_states(latest_first: &mut [PriceChange], now: &str) {
    let mut seen = std::collections::BTreeSet::new();
    for change in latest_first.iter_mut().filter(|change| change.valid_from.as_str() <= now) {
        let of = |outlet: Option<&String>| (outlet.cloned(), change.product_id.clone(), change.variant_id.clone());
        let places: Vec<_> = match &change.outlet_ids {
            None => vec![of(None)],
            Some(outlets) => outlets.iter().map(|outlet| of(Some(outlet))).collect(),
        };
        // Each place is marked, so no short cut.
        let new = places.into_iter().filter(|place| seen.insert(place.clone())).count();
        change.state = if new > 0 { State::InEffect } else { State::Replaced };
    }
}

/// Counts the outlets, and those that have asked for changes after this one.
fn count(tx: &mut Tx<'_>, change: &mut PriceChange, positions: &BTreeMap<String, (i64, i64)>) -> Result<(), Fault> {
    let (mut outlets, mut received) = (0, 0);
    match &change.outlet_ids {
        None => {
            let n = delivery::last_change(tx, CATALOG, KIND.entity.name, &change.id)?;
            for (catalog_n, _) in positions.values() {
                outlets += 1;
                received += i64::from(*catalog_n >= n);
            }
        }
        Some(ids) => {
            for id in ids {
                let Some((_, outlet_n)) = positions.get(id) else { continue };
                let n = delivery::last_change(tx, &cursor::of_outlet(id), OUTLET_KIND.entity.name, &change.id)?;
                outlets += 1;
                received += i64::from(*outlet_n >= n);
            }
        }
    }
    (change.outlets, change.received) = (outlets, received);
    Ok(())
}

fn name(tx: &mut Tx<'_>, change: &mut PriceChange) -> Result<(), Fault> {
    let Some(product) = stored::find_live(tx, "", product::KIND.entity.name, &change.product_id)? else {
        return Ok(());
    };
    change.product_name = Some(text(Some(&product.document), "name").to_owned());
    let number = |document: &Map<String, Value>| document.get("price").and_then(Value::as_i64);
    let Some(id) = &change.variant_id else {
        change.usual_price = change.usual_price.or_else(|| number(&product.document));
        return Ok(());
    };
    let variants = product.document.get("variants").and_then(Value::as_array).into_iter().flatten();
    let variant = variants.filter_map(Value::as_object).find(|variant| text(Some(variant), "id") == id);
    change.variant_name = variant.map(|variant| text(Some(variant), "name").to_owned());
    change.usual_price = change.usual_price.or_else(|| variant.and_then(number));
    Ok(())
}

/// The active outlets after this code and id that a price is for, and whether each has received it, at most `limit`.
///
/// # Errors
/// [`Refused::NotFound`].
pub(crate) fn delivery(tx: &mut Tx<'_>, id: &str, after: (&str, &str), limit: i64) -> Result<Vec<Delivery>, Refused> {
    if stored::find_live(tx, "", KIND.entity.name, id)?.is_some() {
        return delivery::of_chain(tx, &KIND, id, after, limit);
    }
    let outlets = tx.all(OUTLETS_WITH, &[id.into()], |row| row.string(0))?;
    if outlets.is_empty() {
        return Err(Refused::NotFound(KIND.missing));
    }
    Ok(delivery::of_outlets(tx, &OUTLET_KIND, id, &outlets, after, limit)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn prices_of_outlets_are_found_by_key() {
        for sql in [OUTLETS_WITH, OF_OUTLETS] {
            plans::assert_joins_by_key(sql, "e");
            plans::assert_unsorted(sql);
        }
        plans::assert_joins_by_key(POSITIONS, "c");
    }

    #[test]
    fn the_latest_price_that_has_come_is_in_effect() {
        let change = |id: &str, valid_from: &str, outlet: Option<&str>| PriceChange {
            valid_from: valid_from.to_owned(),
            outlet_ids: outlet.map(|outlet| vec![outlet.to_owned()]),
            ..read(id.to_owned(), &Map::new(), String::new(), String::new())
        };
        let mut found = [
            change("later", "2026-12-03T00:00", None),
            change("now", "2026-12-02T00:00", None),
            change("own", "2026-12-01T12:00", Some("a")),
            change("old", "2026-12-01T00:00", None),
        ];
        set_states(&mut found, "2026-12-02T00:00");
        let states: Vec<_> = found.iter().map(|change| change.state).collect();
        assert_eq!(states, [State::Planned, State::InEffect, State::InEffect, State::Replaced]);
    }
}
