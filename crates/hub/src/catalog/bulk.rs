//! Changes prices and availability of many products in one transaction, with a preview, and undoes such a change.
//!
//! Each product gets a version of its own, as if it had been changed alone. A product that cannot be changed is skipped
//! and reported. Undoing restores the fields of products that have not changed since.

use domain::price_change::{PriceChange, PriceRule};
use domain::{Money, Variant};
use jiff::Timestamp;
use protocol::wire::Token;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;
use web::{Code, Problem};

use super::change::{By, change};
use super::listing::{self, Filter};
use super::stored::{self, StoredEntity};
use super::{Refused, category, in_effect, product};
use crate::ids::new_id;
use crate::{hours, json};

/// Maximum number of products of one change: the transaction must not block outlets for long.
pub(crate) const MAX_PRODUCTS: usize = 2_000;
/// Hours of the hub's running in which a change can be undone.
const UNDO_HOURS: i64 = 24;
/// Hours of running after which the record is deleted.
const STORED_HOURS: i64 = 48;

/// The products of a change.
#[derive(Debug, Clone)]
pub(crate) enum Products {
    Ids(Vec<String>),
    Category(String),
    All,
}

/// What changes.
#[derive(Debug, Clone)]
pub(crate) struct BulkChange {
    pub products: Products,
    pub price: Option<PriceRule>,
    pub available: Option<bool>,
}

/// The key of a request that may be repeated, and a hash of user and request.
#[derive(Debug, Clone)]
pub(crate) struct RequestKey {
    /// `Idempotency-Key`.
    pub key: Option<String>,
    pub hash: String,
}

/// A product that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChangedProduct {
    pub id: String,
    pub name: String,
    pub old_price: i64,
    pub new_price: i64,
    pub old_available: bool,
    pub new_available: bool,
    /// Its variants whose price changed.
    pub variants: Vec<ChangedVariant>,
}

/// A variant whose price changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChangedVariant {
    pub id: String,
    pub name: String,
    pub old_price: i64,
    pub new_price: i64,
}

/// Why a product was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SkipReason {
    /// It does not exist.
    NotFound,
    /// A stored value cannot be read, or breaks a rule.
    Unreadable,
    /// One price was given, and its variants have several.
    HasVariants,
    /// The new price would be negative or too large.
    OutOfRange,
    /// It has changed since the change that should be undone.
    ChangedSince,
    /// It was deleted since.
    Deleted,
}

/// A product that was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SkippedProduct {
    pub id: String,
    /// Null if it does not exist.
    pub name: Option<String>,
    #[schema(inline)]
    pub reason: SkipReason,
}

/// The result of a change of many products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BulkResult {
    /// For `POST …/undo`; null of a preview, and if nothing changed.
    pub change_id: Option<String>,
    /// Products that changed, or would change.
    pub changed: Vec<ChangedProduct>,
    /// Products that cannot be changed.
    pub skipped: Vec<SkippedProduct>,
}

/// The values that people saw of a product before the change, and its version after it.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    id: String,
    token: Token,
    fields: Map<String, Value>,
}

/// The fields of a product that bulk changes read.
struct Read {
    name: String,
    price: Money,
    available: bool,
    variants: Vec<Variant>,
}

const FIND_KEY: &str = "select request_hash, answer from bulk_changes where idempotency_key = ?1";
const ADD: &str = "
    insert into bulk_changes (change_id, made_by, made_at, made_hour, idempotency_key, request_hash, answer, undo)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const FIND: &str = "select undo, made_hour, undone_at from bulk_changes where change_id = ?1";
const UNDONE: &str = "update bulk_changes set undone_at = ?2 where change_id = ?1";
const RETAIN: &str = "delete from bulk_changes where made_hour <= ?1 or made_hour > ?2";

/// Changes the products, or only calculates the result if `preview`. A repeated request gets the result of the first.
///
/// # Errors
/// [`Refused`].
pub(crate) fn bulk_change(
    tx: &mut Tx<'_>,
    bulk: &BulkChange,
    preview: bool,
    request: &RequestKey,
    by: &mut By,
) -> Result<BulkResult, Refused> {
    if let Some(key) = request.key.as_ref().filter(|_| !preview)
        && let Some((hash, answer)) = tx.first(FIND_KEY, &[key.into()], |row| Ok((row.string(0)?, row.json(1)?)))?
    {
        return if hash == request.hash { Ok(answer) } else { Err(Code::IdempotencyKeyReused.into()) };
    }
    let at = product::chain();
    let mut result = BulkResult { change_id: None, changed: Vec::new(), skipped: Vec::new() };
    let mut undo = Vec::new();
    for id in ids(tx, &bulk.products, by.now)? {
        let Some(stored) = stored::find_live(tx, "", product::KIND.entity.name, &id)? else {
            result.skipped.push(SkippedProduct { id, name: None, reason: SkipReason::NotFound });
            continue;
        };
        let stored = in_effect::shown(tx, &at, stored, by.now)?;
        let (row, fields) = match plan(&stored, bulk) {
            Ok(Some(planned)) => planned,
            Ok(None) => continue,
            Err(reason) => {
                result.skipped.push(SkippedProduct { name: Some(name(&stored)), id, reason });
                continue;
            }
        };
        if !preview {
            let before =
                fields.keys().map(|field| (field.clone(), stored.document.get(field).cloned().unwrap_or_default()));
            let before = before.collect();
            match change(tx, &at, &id, fields, None, by) {
                Ok(changed) => undo.push(Before { id: id.clone(), token: changed.token, fields: before }),
                // Nothing was written: the product breaks a rule that has nothing to do with this change.
                Err(Refused::Rule(_)) => {
                    result.skipped.push(SkippedProduct {
                        name: Some(name(&stored)),
                        id,
                        reason: SkipReason::Unreadable,
                    });
                    continue;
                }
                Err(refused) => return Err(refused),
            }
        }
        result.changed.push(row);
    }
    by.grown.dedup();
    if !undo.is_empty() {
        let change_id = new_id(by.now);
        result.change_id = Some(change_id.clone());
        let hour = hours::current(tx)?;
        tx.execute(
            ADD,
            &[
                (&change_id).into(),
                (&by.name()).into(),
                (&web::time::text(by.now)).into(),
                hour.into(),
                request.key.as_deref().map_or(Arg::Null, Arg::Text),
                (&request.hash).into(),
                (&json::text(&result)).into(),
                (&json::text(&undo)).into(),
            ],
        )?;
    }
    Ok(result)
}

/// Restores the fields of the products that have not changed since.
///
/// # Errors
/// [`Refused::NotFound`] if the change does not exist or is older than a day of running; 409 if it was undone before.
pub(crate) fn undo(tx: &mut Tx<'_>, change_id: &str, by: &mut By) -> Result<BulkResult, Refused> {
    let hour = hours::current(tx)?;
    let found = tx.first(FIND, &[change_id.into()], |row| {
        Ok((row.json::<Vec<Before>>(0)?, row.int(1)?, row.maybe_text(2)?.is_some()))
    })?;
    let is_recent = |made: i64| (0..UNDO_HOURS).contains(&hour.saturating_sub(made));
    let found = found.filter(|(_, made, is_undone)| *is_undone || is_recent(*made));
    let (products, _, is_undone) = found.ok_or(Refused::NotFound("bulk_change"))?;
    if is_undone {
        return Err(Code::AlreadyUndone.into());
    }
    let at = product::chain();
    let mut result = BulkResult { change_id: Some(change_id.to_owned()), changed: Vec::new(), skipped: Vec::new() };
    for Before { id, token, fields } in products {
        let Some(stored) = stored::find(tx, "", product::KIND.entity.name, &id)? else {
            result.skipped.push(SkippedProduct { id, name: None, reason: SkipReason::NotFound });
            continue;
        };
        let shown = in_effect::shown(tx, &at, stored.clone(), by.now)?;
        let reason = match &stored {
            stored if stored.deleted => Some(SkipReason::Deleted),
            stored if stored.token != token || has_later_price(&fields, stored, &shown) => {
                Some(SkipReason::ChangedSince)
            }
            _ => None,
        };
        if let Some(reason) = reason {
            result.skipped.push(SkippedProduct { name: Some(name(&stored)), id, reason });
            continue;
        }
        let restored = change(tx, &at, &id, fields, None, by)?;
        let restored = in_effect::shown(tx, &at, restored, by.now)?;
        if let (Some(old), Some(new)) = (read(&shown), read(&restored)) {
            result.changed.push(row(id, &old, &new));
        }
    }
    by.grown.dedup();
    tx.execute(UNDONE, &[change_id.into(), (&web::time::text(by.now)).into()])?;
    Ok(result)
}

/// Deletes expired records.
///
/// # Errors
/// The database failed.
pub(crate) fn retain(tx: &mut Tx<'_>, hour: i64) -> Result<usize, Fault> {
    tx.execute(RETAIN, &[hour.saturating_sub(STORED_HOURS).into(), hour.into()])
}

/// The ids of the products of a change, each once.
fn ids(tx: &mut Tx<'_>, products: &Products, now: Timestamp) -> Result<Vec<String>, Refused> {
    let ids: Vec<String> = match products {
        Products::Ids(ids) => {
            let mut seen = std::collections::HashSet::new();
            ids.iter().filter(|id| seen.insert(id.as_str())).cloned().collect()
        }
        Products::Category(id) => {
            if stored::find_live(tx, "", category::KIND.entity.name, id)?.is_none() {
                return Err(Code::UnknownCategory.field("category_id", Problem::NotFound).into());
            }
            let filter = Filter { category_id: Some(id.clone()), ..Filter::default() };
            listing::ids(tx, &filter, now)?
        }
        Products::All => listing::ids(tx, &Filter::default(), now)?,
    };
    if ids.len() > MAX_PRODUCTS {
        return Err(Code::TooManyProducts.with("most", MAX_PRODUCTS).into());
    }
    Ok(ids)
}

/// The row and the fields of a change; none if the product stays as it is.
#[expect(clippy::type_complexity, reason = "used once")]
fn plan(stored: &StoredEntity, bulk: &BulkChange) -> Result<Option<(ChangedProduct, Map<String, Value>)>, SkipReason> {
    let old = read(stored).ok_or(SkipReason::Unreadable)?;
    let (price, variants) = match bulk.price {
        Some(rule) => new_prices(rule, &old)?,
        None => (old.price, old.variants.clone()),
    };
    let available = bulk.available.unwrap_or(old.available);
    let new = Read { name: old.name.clone(), price, available, variants };
    let mut fields = Map::new();
    if new.price != old.price {
        fields.insert("price".to_owned(), new.price.0.into());
    }
    if new.available != old.available {
        fields.insert("available".to_owned(), new.available.into());
    }
    if new.variants != old.variants {
        let variants = serde_json::to_value(&new.variants).map_err(|_| SkipReason::Unreadable)?;
        fields.insert("variants".to_owned(), variants);
    }
    Ok((!fields.is_empty()).then(|| (row(stored.id.clone(), &old, &new), fields)))
}

/// The new price of a product and its variants. A variant's price replaces its product's, so one price for all of them is
/// refused.
fn new_prices(rule: PriceRule, old: &Read) -> Result<(Money, Vec<Variant>), SkipReason> {
    if matches!(rule.change, PriceChange::Set(_)) && !old.variants.is_empty() {
        return Err(SkipReason::HasVariants);
    }
    let new = |price| rule.apply(price).map_err(|_| SkipReason::OutOfRange);
    let variants = old.variants.iter().map(|variant| Ok(Variant { price: new(variant.price)?, ..variant.clone() }));
    Ok((new(old.price)?, variants.collect::<Result<_, _>>()?))
}

fn row(id: String, old: &Read, new: &Read) -> ChangedProduct {
    let changed = old.variants.iter().zip(&new.variants).filter(|(old, new)| old.price != new.price);
    let variants = changed.map(|(old, new)| ChangedVariant {
        id: new.id.clone(),
        name: new.name.clone(),
        old_price: old.price.0,
        new_price: new.price.0,
    });
    ChangedProduct {
        id,
        name: new.name.clone(),
        old_price: old.price.0,
        new_price: new.price.0,
        old_available: old.available,
        new_available: new.available,
        variants: variants.collect(),
    }
}

/// Whether a price that was planned since the change is in effect: it is neither what the change stored nor what there was before.
fn has_later_price(before: &Map<String, Value>, stored: &StoredEntity, shown: &StoredEntity) -> bool {
    let prices = |document: &Map<String, Value>| {
        let variants = document.get("variants").and_then(Value::as_array).cloned().unwrap_or_default();
        let of_variants = variants.into_iter().map(|variant| (variant["id"].clone(), variant["price"].clone()));
        let own =
            before.contains_key("price").then(|| (Value::Null, document.get("price").cloned().unwrap_or_default()));
        of_variants.filter(|_| before.contains_key("variants")).chain(own).collect::<Vec<_>>()
    };
    let (before, stored) = (prices(before), prices(&stored.document));
    prices(&shown.document).iter().any(|price| !before.contains(price) && !stored.contains(price))
}

fn name(stored: &StoredEntity) -> String {
    super::kind::text(Some(&stored.document), "name").to_owned()
}

/// None if a field is unreadable.
fn read(stored: &StoredEntity) -> Option<Read> {
    let field = |name: &str| stored.document.get(name);
    let variants = match field("variants") {
        None | Some(Value::Null) => Vec::new(),
        Some(variants) => serde_json::from_value(variants.clone()).ok()?,
    };
    Some(Read {
        name: name(stored),
        price: Money(field("price")?.as_i64()?).checked().ok()?,
        available: field("available")?.as_bool()?,
        variants,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_bulk_change_is_found_by_its_key() {
        for sql in [FIND_KEY, FIND, UNDONE] {
            plans::assert_keyed(sql);
        }
    }
}
