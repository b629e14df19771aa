//! Prices the lines of a new order: the chosen product, variant and modifiers at the prices of the moment at which a line
//! was added. Lines store names and prices, so later changes of the product do not affect them. A line can also be what a
//! barcode of the shop's scale names.

use domain::barcode::Value;
use domain::cart::QtyScale;
use domain::pricing::PriceSource;
use domain::product::{self, ChoiceRefused};
use domain::{ChosenOption, IdSeries, Modifier, ModifierGroup, Money, Quantity, TaxGroup, Variant};
use jiff::{SignedDuration, Timestamp};
use protocol::validate::{self, display_text};
use rusqlite::{OptionalExtension, Row, Transaction};
use sqlite::ReadRow;
use web::{ApiError, Code, Problem, Word, time};

use crate::json_list;
use crate::orders::OrderLine;
use crate::orders::create::cart_refused;
use crate::orders::scanned;
use crate::prices::{LinePrice, Listed, PriceList};

/// A requested line.
#[derive(Debug, Clone)]
pub struct NewLine {
    /// What is sold, and how much.
    pub item: Item,
    /// Id of its variant, if it has variants.
    pub variant_id: Option<String>,
    /// Options of its modifier groups, per piece.
    pub modifiers: Vec<ChosenOption>,
    /// Note for the kitchen.
    pub note: Option<String>,
    /// The course, which can be sent apart.
    pub course: Option<i64>,
    /// When it was added to the till's cart; `None`: now.
    pub added_at: Option<Timestamp>,
}

/// What a requested line sells.
#[derive(Debug, Clone)]
pub enum Item {
    /// This much of a product.
    Product {
        /// Id of the product.
        id: String,
        /// In the product's scale.
        quantity: Quantity,
    },
    /// What a barcode of the shop's scale names.
    Barcode(String),
}

impl Item {
    /// Pieces of a product.
    #[must_use]
    pub fn pieces(id: String, qty: i64) -> Self {
        Self::Product { id, quantity: Quantity::pieces(qty) }
    }
}

/// A product as it is sold now.
struct SoldProduct {
    name: String,
    chain_price: Money,
    outlet_price: Option<Money>,
    scale: QtyScale,
    unit: Option<String>,
    /// `None` if the stored value is unknown.
    tax_group: Option<TaxGroup>,
    station: String,
    available: bool,
    /// `None` if the stored list is unreadable.
    variants: Option<Vec<Variant>>,
    modifier_groups: Option<Vec<ModifierGroup>>,
}

const FIND: &str = "
    select p.name, p.price, o.price, p.tax_group, p.station, coalesce(o.available, p.available), p.variants,
      p.modifier_groups, p.qty_scale, p.unit
    from products p left join outlet_products o on o.id = p.id where p.id = ?1";

/// How long a line may have waited in a till's cart for its order.
const MAX_WAITING: SignedDuration = SignedDuration::from_hours(12);

/// The moment whose price a line gets: when it was added to the till's cart. A time that cannot be right is replaced by
/// now.
fn moment(added_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    added_at.filter(|&at| at <= now && now.duration_since(at) <= MAX_WAITING).unwrap_or(now)
}

/// The lines at the prices of their moments.
///
/// # Errors
/// 422 `unknown_product`, `unreadable_product`, `product_unavailable`, `variant_required`, `unknown_variant`, `variant_unavailable`,
/// `unknown_modifier`, `modifier_unavailable`, `invalid_modifiers`, `too_few_modifiers`, `too_many_modifiers`,
/// `price_negative`, `invalid_quantity`, `amount_too_large`, `unknown_barcode`, `invalid_barcode`.
pub(crate) fn price(
    tx: &Transaction<'_>,
    user_id: &str,
    price_list: &PriceList,
    requested: &[NewLine],
    ids: &mut IdSeries,
    now: Timestamp,
) -> Result<Vec<OrderLine>, ApiError> {
    let mut lines = Vec::with_capacity(requested.len());
    for (position, new) in (1..).zip(requested) {
        let within = |refused: ApiError| refused.within(&format!("lines[{}]", position - 1));
        let (product_id, scanned) = match &new.item {
            Item::Product { id, .. } => (id.clone(), None),
            Item::Barcode(code) => scanned::find(tx, code).map(|(id, value)| (id, Some(value)))?,
        };
        let sold = find(tx, &product_id).map_err(within)?;
        // An unreadable value must not decide a price or a tax.
        let (Some(tax_group), Some(variants), Some(modifier_groups)) =
            (sold.tax_group, &sold.variants, &sold.modifier_groups)
        else {
            return Err(unreadable(&sold));
        };
        let variant = new.variant_id.as_deref().and_then(|id| variants.iter().find(|variant| variant.id == id));
        let (chain, outlet) = (sold.chain_price, sold.outlet_price);
        let added_at = moment(new.added_at, now);
        let listed = Listed { product_id: &product_id, variant, chain, outlet };
        let LinePrice { price, source, menu_id } = price_list.price(tx, listed, added_at)?;
        let piece = product::piece(price, variants, modifier_groups, new.variant_id.as_deref(), &new.modifiers)
            .map_err(|refused| choice_refused(&sold.name, refused))?;
        let ids_of =
            piece.modifiers.iter().map(|modifier| &modifier.id).chain(piece.variant.map(|variant| &variant.id));
        if ids_of.into_iter().any(|id| validate::id(id).is_err()) {
            return Err(unreadable(&sold));
        }
        let (quantity, amount) = match (&new.item, scanned) {
            (_, Some(value)) => scanned::sold(value, &sold.name, piece.price, sold.scale)?,
            (Item::Product { quantity, .. }, _) if quantity.scale == sold.scale => {
                (*quantity, quantity.amount(piece.price).map_err(cart_refused)?)
            }
            _ => {
                // A till that does not know yet how the product is sold would take pieces for grams.
                let other = Problem::OtherScale.with("scale", sold.scale.decimals());
                return Err(within(Code::InvalidQuantity.field("qty_scale", other)));
            }
        };
        let is_price = matches!(scanned, Some(Value::Price(_)));
        lines.push(OrderLine {
            id: ids.next_text(),
            position,
            product_id,
            variant_id: piece.variant.map(|variant| variant.id.clone()),
            variant_name: piece.variant.map(|variant| display_text(variant.name.clone())),
            modifiers: piece.modifiers.into_iter().map(shown_modifier).collect(),
            name: display_text(sold.name.clone()),
            price: piece.price.0,
            qty: quantity.qty,
            qty_scale: quantity.scale.decimals(),
            unit: sold.unit.clone().filter(|_| quantity.scale != QtyScale::Pieces).map(display_text),
            amount: amount.0,
            discount: 0,
            service: 0,
            tax: 0,
            tax_included: 0,
            tax_group: Word::Known(tax_group),
            station: Word::of(display_text(sold.station.clone())),
            course: new.course,
            note: new.note.clone(),
            added_by: Some(user_id.to_owned()),
            added_at: Some(time::text(added_at)),
            price_source: Some(Word::Known(if is_price { PriceSource::Barcode } else { source })),
            menu_id: menu_id.filter(|_| !is_price),
            sent_at: None,
            from_order_id: None,
            void_kind: None,
            void_reason: None,
            void_requested_by: None,
            voided_by: None,
            voided_at: None,
        });
    }
    Ok(lines)
}

fn shown_modifier(modifier: Modifier) -> Modifier {
    let Modifier { group, id, name, price, qty } = modifier;
    Modifier { group: display_text(group), id, name: display_text(name), price, qty }
}

fn find(tx: &Transaction<'_>, id: &str) -> Result<SoldProduct, ApiError> {
    let found = tx.prepare_cached(FIND)?.query_row([id], sold).optional()?;
    let sold = found.ok_or_else(|| Code::UnknownProduct.with("id", id).field("product_id", Problem::NotFound))?;
    if !sold.available {
        return Err(Code::ProductUnavailable.with("product", sold.name));
    }
    Ok(sold)
}

fn sold(row: &Row<'_>) -> rusqlite::Result<SoldProduct> {
    Ok(SoldProduct {
        name: row.read(0)?,
        chain_price: Money(row.read(1)?),
        outlet_price: row.read::<Option<i64>>(2)?.map(Money),
        tax_group: TaxGroup::parse(&row.read::<String>(3)?),
        station: row.read(4)?,
        available: row.read(5)?,
        variants: json_list::read(row, 6)?,
        modifier_groups: json_list::read(row, 7)?,
        scale: QtyScale::from_decimals(row.read(8)?).unwrap_or_default(),
        unit: row.read(9)?,
    })
}

fn unreadable(sold: &SoldProduct) -> ApiError {
    let columns = [
        (sold.tax_group.is_some(), "tax_group"),
        (sold.variants.is_some(), "variants"),
        (sold.modifier_groups.is_some(), "modifier_groups"),
    ];
    let columns: Vec<_> =
        columns.into_iter().filter(|(readable, _)| !readable).map(|(_, name)| name.to_owned()).collect();
    crate::catalog::product::unreadable(&sold.name, &columns)
}

/// The refusal for an invalid choice of variant or modifiers.
fn choice_refused(name: &str, refused: ChoiceRefused) -> ApiError {
    let because = |code: Code| code.with("product", name);
    match refused {
        ChoiceRefused::VariantRequired => because(Code::VariantRequired),
        ChoiceRefused::UnknownVariant(id) => because(Code::UnknownVariant).with("id", id),
        ChoiceRefused::VariantUnavailable(variant) => because(Code::VariantUnavailable).with("name", variant),
        ChoiceRefused::UnknownModifier(id) => because(Code::UnknownModifier).with("id", id),
        ChoiceRefused::ModifierUnavailable(modifier) => because(Code::ModifierUnavailable).with("name", modifier),
        ChoiceRefused::Quantity => {
            let not_between = Problem::NotBetween.with("least", 1).with("most", product::MAX_SELECTIONS);
            Code::InvalidModifiers.field("modifiers.qty", not_between)
        }
        ChoiceRefused::TooFew { group, least } => {
            because(Code::TooFewModifiers).with("group", group).with("least", least)
        }
        ChoiceRefused::TooMany { group, most } => {
            because(Code::TooManyModifiers).with("group", group).with("most", most)
        }
        ChoiceRefused::PriceNegative => because(Code::PriceNegative),
        ChoiceRefused::Overflow(_) => Code::AmountTooLarge.into(),
    }
}
