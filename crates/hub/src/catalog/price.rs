//! Prices of menus, and prices that were set in advance, of the chain and of single outlets.

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
use super::{At, By, Refused, SharedKind, change, menu, product, setting};
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
    let variants = product.document.get("variants").and_then(Value::as_array).into_iter().flatten();
    let mut variants = variants.filter_map(Value::as_object);
    let mut has_variant = |id: &str| variants.any(|variant| text_of(Some(variant), "id") == id);
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

/// The prices outside of menus in this scope: of these products, sorted, or all.
///
/// # Errors
/// The database's error.
pub(crate) fn in_advance(tx: &mut Tx<'_>, scope: &str, products: Option<&[&str]>) -> Result<Vec<StoredEntity>, Fault> {
    let mut found = match products {
        Some(products) if scope.is_empty() => {
            let mut found = Vec::new();
            for product_id in products {
                found.extend(of_product(tx, product_id)?);
            }
            found
        }
        _ => all(tx, scope, if scope.is_empty() { &KIND } else { &OUTLET_KIND })?,
    };
    found.retain(|price| {
        let of = |field| text_of(Some(&price.document), field);
        of("menu_id").is_empty() && products.is_none_or(|products| products.binary_search(&of("product_id")).is_ok())
    });
    Ok(found)
}

const OF_OUTLETS: &str = "
    select e.entity_id, e.token_n, e.change_id, e.document, e.deleted, e.changed_by, e.changed_at, e.by_outlet, o.outlet_id
    from outlets o cross join shared_entities e
    where o.code between ?1 and ?2 and o.state = 'active'
      and e.scope = o.outlet_id and e.entity_type = 'outlet_price' and e.deleted = 0
    order by o.outlet_id, e.entity_id";

/// Prices of a product at active outlets with codes from the first to the last; each with the outlet's id, in the order of the
/// streams.
///
/// # Errors
/// The database's error.
pub(crate) fn of_outlets(
    tx: &mut Tx<'_>,
    product_id: &str,
    (first, last): (&str, &str),
) -> Result<Vec<(String, StoredEntity)>, Fault> {
    let mut found = tx.all(OF_OUTLETS, &[first.into(), last.into()], |row| Ok((row.string(8)?, stored::read(row)?)))?;
    found.retain(|(_, price)| text_of(Some(&price.document), "product_id") == product_id);
    Ok(found)
}

/// All prices of a scope.
fn all(tx: &mut Tx<'_>, scope: &str, kind: &SharedKind) -> Result<Vec<StoredEntity>, Fault> {
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

/// Below and above all codes of outlets, which have letters, digits and hyphens.
const ALL_CODES: (&str, &str) = ("", "~");

/// After the deletion of a menu or a product: deletes its prices.
///
/// # Errors
/// [`Refused`].
pub(super) fn follow_deletion(tx: &mut Tx<'_>, at: &At, id: &str, by: &mut By) -> Result<(), Refused> {
    let name = at.kind.entity.name;
    let of_chain = match name {
        _ if name == menu::KIND.entity.name => of_menu(tx, id)?,
        _ if name == product::KIND.entity.name => of_product(tx, id)?,
        _ => return Ok(()),
    };
    for price in of_chain {
        change::delete(tx, &chain(), &price.id, None, by)?;
    }
    if name == product::KIND.entity.name {
        for (scope, price) in of_outlets(tx, id, ALL_CODES)? {
            change::delete(tx, &At { kind: &OUTLET_KIND, scope }, &price.id, None, by)?;
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
        plans::assert_joins_by_key(OF_OUTLETS, "e");
    }
}
