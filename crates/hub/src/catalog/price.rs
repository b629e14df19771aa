//! Prices of menus, and prices that were set in advance, of the chain and of single outlets.
//!
//! What a person typed last is the price: a change of a product's price deletes those that have come and that no menu has,
//! in the same transaction.

use domain::LocalMinute;
use domain::text;
use jiff::Timestamp;
use protocol::entity;
use serde_json::{Map, Value};
use store::{Fault, Tx};
use web::{Code, Problem};

use super::fields::{Absent, Field, Form};
use super::kind::{Edit, text as text_of};
use super::stored::{self, Listed, StoredEntity};
use super::{At, By, Refused, SharedKind, change, menu, outlet_product, product, setting};
use crate::outlets::business_day;

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("price"),
    word: "price",
    missing: "price",
    fields: &[
        PRODUCT,
        VARIANT,
        Field { name: "menu_id", form: Form::Id, absent: Absent::Null, about: "The menu; null: outside of menus" },
        PRICE,
        Field { name: "valid_from", form: Form::LocalMinute, absent: Absent::Null, about: VALID_FROM },
    ],
    check,
};

pub(crate) static OUTLET_KIND: SharedKind = SharedKind {
    entity: entity::get("outlet_price"),
    word: "outlet price",
    missing: "price",
    fields: &[
        PRODUCT,
        VARIANT,
        PRICE,
        Field { name: "valid_from", form: Form::LocalMinute, absent: Absent::Required, about: VALID_FROM },
    ],
    check,
};

const PRODUCT: Field = Field { name: "product_id", form: Form::Id, absent: Absent::Required, about: "The product" };
const VARIANT: Field = Field {
    name: "variant_id",
    form: Form::Text(text::CHOICE_ID),
    absent: Absent::Null,
    about: "Its variant; null: the product itself",
};
const PRICE: Field = Field { name: "price", form: Form::Amount, absent: Absent::Required, about: "Minor units" };
const VALID_FROM: &str = "The minute of each outlet's clock from which it stands, YYYY-MM-DDTHH:MM";

/// The prices of the chain.
pub(crate) fn chain() -> At {
    At { kind: &KIND, scope: String::new() }
}

/// Product, variant and menu exist, and the price is of a menu or from a minute on.
fn check(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    let Some(after) = edit.after else { return Ok(()) };
    let product_id = edit.text("product_id");
    let unknown = || Code::UnknownProduct.with("id", product_id).field("product_id", Problem::NotFound);
    let product = stored::find_live(tx, "", product::KIND.entity.name, product_id)?.ok_or_else(unknown)?;
    let variant_id = edit.text("variant_id");
    let has_variant = |id: &str| variants(&product.document).any(|(variant, _)| variant == id);
    if !variant_id.is_empty() && !has_variant(variant_id) {
        let name = text_of(Some(&product.document), "name");
        return Err(Code::UnknownVariant.with("product", name).with("id", variant_id).into());
    }
    let menu_id = edit.text("menu_id");
    if !menu_id.is_empty() {
        let found = stored::find_live(tx, "", menu::KIND.entity.name, menu_id)?;
        found.ok_or(Refused::NotFound(menu::KIND.missing))?;
    } else if after.get("valid_from").is_none_or(Value::is_null) {
        return Err(Code::InvalidBody.field("valid_from", Problem::Missing).into());
    }
    Ok(())
}

/// Ids and prices of the variants of a product.
fn variants(product: &Map<String, Value>) -> impl Iterator<Item = (&str, Option<&Value>)> {
    let list = product.get("variants").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    list.map(|variant| (text_of(Some(variant), "id"), variant.get("price")))
}

/// Prices of the chain by a value that `shared_values` has.
const BY_VALUE: &str = "
    select entity_id from shared_values where entity_type = 'price' and field = ?1 and key = ?2 order by entity_id";

fn by_value(tx: &mut Tx<'_>, field: &str, value: &str) -> Result<Vec<StoredEntity>, Fault> {
    let ids = tx.all(BY_VALUE, &[field.into(), value.into()], |row| row.string(0))?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(stored::find_live(tx, "", KIND.entity.name, &id)?);
    }
    Ok(found)
}

/// The keys of a price in `shared_values`: its product and its menu.
pub(crate) fn keys(entity_type: &str, document: &Map<String, Value>) -> Vec<(&'static str, String)> {
    let fields = if entity_type == KIND.entity.name { &["menu_id", "product_id"][..] } else { &[] };
    let key = |field: &&'static str| (*field, text_of(Some(document), field).to_owned());
    fields.iter().map(key).filter(|(_, value)| !value.is_empty()).collect()
}

/// The prices of a menu.
///
/// # Errors
/// The database's error.
pub(crate) fn of_menu(tx: &mut Tx<'_>, menu_id: &str) -> Result<Vec<StoredEntity>, Fault> {
    by_value(tx, "menu_id", menu_id)
}

/// The prices of a product in the chain.
///
/// # Errors
/// The database's error.
pub(crate) fn of_product(tx: &mut Tx<'_>, product_id: &str) -> Result<Vec<StoredEntity>, Fault> {
    by_value(tx, "product_id", product_id)
}

/// The prices outside of menus of these products, sorted, in this scope.
///
/// # Errors
/// The database's error.
pub(crate) fn in_advance(tx: &mut Tx<'_>, scope: &str, products: &[&str]) -> Result<Vec<StoredEntity>, Fault> {
    let mut found = Vec::new();
    if scope.is_empty() {
        for product_id in products {
            found.extend(of_product(tx, product_id)?);
        }
    } else {
        found = all(tx, scope, &OUTLET_KIND)?;
    }
    found.retain(|price| {
        let of = |field| text_of(Some(&price.document), field);
        products.binary_search(&of("product_id")).is_ok() && of("menu_id").is_empty()
    });
    Ok(found)
}

/// All prices of a scope.
///
/// # Errors
/// The database's error.
pub(crate) fn all(tx: &mut Tx<'_>, scope: &str, kind: &SharedKind) -> Result<Vec<StoredEntity>, Fault> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = stored::list(tx, scope, kind.entity.name, &Listed { after: &after, deleted: false, limit: 500 })?;
        let Some(last) = page.last() else { return Ok(found) };
        after.clone_from(&last.id);
        found.extend(page);
    }
}

/// The minute of an outlet's clock. The chain has Jakarta's: the last of Indonesia's zones, so a price has come everywhere.
///
/// # Errors
/// The database's error.
pub(crate) fn minute(tx: &mut Tx<'_>, scope: &str, now: Timestamp) -> Result<LocalMinute, Fault> {
    let settings = stored::find_live(tx, scope, setting::KIND.entity.name, entity::SINGLE_ID)?;
    let settings = settings.map(|settings| stored::text(&settings.document));
    Ok(LocalMinute::at(&business_day(settings.as_deref()).zone, now))
}

/// After a change of another entity: deletes the prices that a typed price of a product replaces, and those of a deleted
/// menu.
///
/// # Errors
/// [`Refused`].
pub(super) fn follow(
    tx: &mut Tx<'_>,
    at: &At,
    id: &str,
    before: Option<&Map<String, Value>>,
    after: Option<&Map<String, Value>>,
    by: &mut By,
) -> Result<(), Refused> {
    let name = at.kind.entity.name;
    if name == menu::KIND.entity.name && after.is_none() {
        for price in by_value(tx, "menu_id", id)? {
            change::delete(tx, &chain(), &price.id, None, by)?;
        }
    } else if let (Some(before), Some(after)) = (before, after) {
        if name == product::KIND.entity.name {
            replace_by_hand(tx, &chain(), id, (before, after), by)?;
        } else if name == outlet_product::KIND.entity.name {
            let at = At { kind: &OUTLET_KIND, scope: at.scope.clone() };
            replace_by_hand(tx, &at, id, (before, after), by)?;
        }
    }
    Ok(())
}

/// Deletes the prices of a product that have come and that were typed now.
fn replace_by_hand(
    tx: &mut Tx<'_>,
    at: &At,
    product_id: &str,
    (before, after): (&Map<String, Value>, &Map<String, Value>),
    by: &mut By,
) -> Result<(), Refused> {
    let mut typed: Vec<&str> = Vec::new();
    if before.get("price") != after.get("price") {
        typed.push("");
    }
    let price_of =
        |product, id: &str| variants(product).find(|(variant, _)| *variant == id).and_then(|(_, price)| price);
    typed.extend(variants(after).map(|(id, _)| id).filter(|id| price_of(before, id) != price_of(after, id)));
    if typed.is_empty() {
        return Ok(());
    }
    let now = minute(tx, &at.scope, by.now)?.to_string();
    for price in in_advance(tx, &at.scope, &[product_id])? {
        let text = |field| text_of(Some(&price.document), field);
        if typed.contains(&text("variant_id")) && text("valid_from") <= now.as_str() {
            change::delete(tx, at, &price.id, None, by)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn prices_are_found_by_product_and_menu() {
        plans::assert_keyed(BY_VALUE);
    }
}
