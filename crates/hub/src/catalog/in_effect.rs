//! The prices in effect: what people at head office see of a product, and what they type over.
//!
//! From its minute on, a price that was set in advance replaces the stored one, without a change of the product. So answers show
//! the price in effect, and a price that a person types is compared with that one: the same price leaves everything as
//! it is, another one is stored and deletes those that have come and that no menu has. What was typed last is the price.

use std::collections::HashMap;

use domain::pricing::{DatedPrice, standing};
use domain::{LocalMinute, Money};
use jiff::Timestamp;
use serde_json::{Map, Value};
use store::{Fault, Tx};

use super::kind::text;
use super::stored::StoredEntity;
use super::{At, outlet_product, price, product};

/// The prices outside of menus that stand at a minute, by product and variant; no variant is an empty text.
#[derive(Debug, Default)]
pub(crate) struct InEffect(HashMap<(String, String), i64>);

impl InEffect {
    /// The latest of these prices of one scope that have come.
    pub(crate) fn of<'a>(prices: impl IntoIterator<Item = &'a StoredEntity>, now: LocalMinute) -> Self {
        let mut dated = HashMap::<_, Vec<DatedPrice>>::new();
        for price in prices {
            let of = |field| text(Some(&price.document), field).to_owned();
            dated.entry((of("product_id"), of("variant_id"))).or_default().extend(self::dated(price));
        }
        let in_effect = |(of, prices): (_, Vec<_>)| Some((of, standing(&prices, None, now)?.price.0));
        Self(dated.into_iter().filter_map(in_effect).collect())
    }

    /// All prices of the chain that stand now.
    ///
    /// # Errors
    /// The database's error.
    pub(crate) fn of_chain(tx: &mut Tx<'_>, now: Timestamp) -> Result<Self, Fault> {
        let prices = price::in_advance(tx, "", None)?;
        Ok(Self::of(&prices, price::minute(tx, "", now)?))
    }

    /// The price of a product.
    pub(crate) fn price(&self, product_id: &str) -> Option<i64> {
        self.get(product_id, "")
    }

    fn get(&self, product_id: &str, variant_id: &str) -> Option<i64> {
        self.0.get(&(product_id.to_owned(), variant_id.to_owned())).copied()
    }

    /// Replaces the stored prices of a product, or of an outlet's values for it.
    fn show(&self, product_id: &str, document: &mut Map<String, Value>) {
        if let Some(price) = self.price(product_id) {
            document.insert("price".to_owned(), price.into());
        }
        for variant in variants(document) {
            if let Some(price) = self.get(product_id, text(Some(variant), "id")) {
                variant.insert("price".to_owned(), price.into());
            }
        }
    }
}

/// A price for the rule; `None` if a value of it cannot be read.
fn dated(price: &StoredEntity) -> Option<DatedPrice> {
    let valid_from = match text(Some(&price.document), "valid_from") {
        "" => None,
        minute => Some(LocalMinute::parse(minute)?),
    };
    let amount = Money(price.document.get("price")?.as_i64()?);
    Some(DatedPrice { id: price.id.clone(), menu_id: None, price: amount, valid_from })
}

fn has_come(price: &StoredEntity, now: LocalMinute) -> bool {
    dated(price).is_some_and(|price| price.valid_from.is_none_or(|from| from <= now))
}

fn variants(document: &mut Map<String, Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    let list = document.get_mut("variants").and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// The prices that can replace those of a kind; none if it has no prices.
fn prices_of(at: &At) -> Option<At> {
    let kind = match at.kind.entity.name {
        name if name == product::KIND.entity.name => &price::KIND,
        name if name == outlet_product::KIND.entity.name => &price::OUTLET_KIND,
        _ => return None,
    };
    Some(At { kind, scope: at.scope.clone() })
}

/// Replaces the stored prices of entities by those in effect.
///
/// # Errors
/// The database's error.
pub(crate) fn show(tx: &mut Tx<'_>, at: &At, found: &mut [StoredEntity], now: Timestamp) -> Result<(), Fault> {
    if prices_of(at).is_none() || found.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<&str> = found.iter().map(|stored| stored.id.as_str()).collect();
    ids.sort_unstable();
    let prices = price::in_advance(tx, &at.scope, Some(&ids))?;
    if prices.is_empty() {
        return Ok(());
    }
    let in_effect = InEffect::of(&prices, price::minute(tx, &at.scope, now)?);
    for stored in found {
        in_effect.show(&stored.id, &mut stored.document);
    }
    Ok(())
}

/// The same for one entity.
///
/// # Errors
/// The database's error.
pub(crate) fn shown(tx: &mut Tx<'_>, at: &At, mut stored: StoredEntity, now: Timestamp) -> Result<StoredEntity, Fault> {
    show(tx, at, std::slice::from_mut(&mut stored), now)?;
    Ok(stored)
}

/// Prices to delete because a person has typed others.
#[derive(Debug)]
pub(crate) struct Replaced {
    /// Where they are.
    pub at: At,
    /// Their ids.
    pub ids: Vec<String>,
}

/// Turns the prices that a person types into those to store: one that is in effect already leaves the stored one.
/// `fields`: none if the entity is being deleted, and with it an outlet's price. Returns the prices that it replaces.
///
/// # Errors
/// The database's error.
pub(crate) fn type_over(
    tx: &mut Tx<'_>,
    at: &At,
    id: &str,
    previous: Option<&StoredEntity>,
    fields: Option<&mut Map<String, Value>>,
    now: Timestamp,
) -> Result<Option<Replaced>, Fault> {
    let Some(of_prices) = prices_of(at) else { return Ok(None) };
    let is_of_outlet = !at.scope.is_empty();
    match &fields {
        None if !is_of_outlet => return Ok(None),
        Some(fields) if !fields.contains_key("price") && !fields.contains_key("variants") => return Ok(None),
        _ => {}
    }
    let mut prices = price::in_advance(tx, &at.scope, Some(&[id]))?;
    if prices.is_empty() {
        return Ok(None);
    }
    let minute = price::minute(tx, &at.scope, now)?;
    prices.retain(|price| has_come(price, minute));
    let in_effect = InEffect::of(&prices, minute);
    let mut typed = Vec::new();
    match fields {
        None => typed.push(String::new()),
        Some(fields) => {
            let mut stored = previous.map(|previous| previous.document.clone()).unwrap_or_default();
            // An outlet without a price of its own has the chain's.
            let stored_price = stored.get("price").cloned().or_else(|| is_of_outlet.then_some(Value::Null));
            if let Some(shown) = in_effect.price(id)
                && let Some(price) = fields.get_mut("price")
                && !leave(price, shown, stored_price)
            {
                typed.push(String::new());
            }
            let stored: HashMap<String, Value> = variants(&mut stored)
                .filter_map(|variant| Some((variant_id(variant), variant.remove("price")?)))
                .collect();
            for variant in variants(fields) {
                let variant_id = variant_id(variant);
                if let Some(shown) = in_effect.get(id, &variant_id)
                    && let Some(price) = variant.get_mut("price")
                    && !leave(price, shown, stored.get(&variant_id).cloned())
                {
                    typed.push(variant_id);
                }
            }
        }
    }
    let is_typed = |price: &StoredEntity| typed.iter().any(|typed| typed == text(Some(&price.document), "variant_id"));
    let ids = prices.into_iter().filter(is_typed).map(|price| price.id).collect();
    Ok(Some(Replaced { at: of_prices, ids }))
}

fn variant_id(variant: &Map<String, Value>) -> String {
    text(Some(variant), "id").to_owned()
}

/// Leaves the stored price if the typed one is in effect; false: another one was typed.
fn leave(typed: &mut Value, shown: i64, stored: Option<Value>) -> bool {
    match stored {
        Some(stored) if typed.as_i64() == Some(shown) => {
            *typed = stored;
            true
        }
        _ => false,
    }
}
