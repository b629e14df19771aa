//! Choices of a product: one of its variants (Small, Large) and modifiers from its groups (oat milk, an extra shot).
//! Validates these lists, and calculates the price of a chosen piece.
//!
//! A variant's price replaces the product's. A modifier increases or reduces the price. Not included: whether the
//! product can be sold, and prices that differ at one outlet.
//!
//! Fields are declared in alphabetical order, so that every writer produces the same JSON text of a list.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::{MAX_AMOUNT, Money, Overflow};
use crate::nullable::maybe_null;
use crate::string_enum::string_enum;
use crate::text::{BARCODE, CHOICE_NAME, CODE, Rule, TextRefused};

/// Where a product is prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Station {
    /// The kitchen.
    Kitchen,
    /// The bar.
    Bar,
    /// Nowhere: it is only handed out.
    #[default]
    None,
}

string_enum!(Station { Kitchen: "kitchen", Bar: "bar", None: "none" });

/// The color of a category on the till: a name, so that each theme has its own shade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CategoryColor {
    /// A reddish brown.
    Clay,
    /// A dark yellow.
    Amber,
    /// A yellowish green.
    Olive,
    /// A green.
    Green,
    /// A bluish green.
    Teal,
    /// A blue.
    Blue,
    /// A violet.
    Violet,
    /// A pink.
    Rose,
}

string_enum!(CategoryColor {
    Clay: "clay",
    Amber: "amber",
    Olive: "olive",
    Green: "green",
    Teal: "teal",
    Blue: "blue",
    Violet: "violet",
    Rose: "rose",
});

/// Maximum variants of one product.
pub const MAX_VARIANTS: usize = 50;
/// Maximum modifier groups of one product.
pub const MAX_GROUPS: usize = 20;
/// Maximum options in one group.
pub const MAX_OPTIONS: usize = 50;
/// Maximum selections from one group for one piece.
pub const MAX_SELECTIONS: i64 = 100;
/// Maximum characters of the id of a variant, a group or an option.
pub const MAX_ID: usize = 64;

/// A form in which a product is sold; exactly one is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// False: unavailable.
    #[serde(default = "default_true")]
    pub available: bool,
    /// The barcode.
    #[serde(default, deserialize_with = "maybe_null", skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The shop's code.
    #[serde(default, deserialize_with = "maybe_null", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Unique among the product's variants.
    pub id: String,
    /// On the till and the receipt.
    pub name: String,
    /// Replaces the product's price; not negative.
    pub price: Money,
}

/// A question about each piece: which milk? which extras?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModifierGroup {
    /// Unique among the product's groups.
    pub id: String,
    /// Maximum selections; repeated selections of an option count each time.
    pub max_selections: i64,
    /// Minimum selections; 0: optional.
    pub min_selections: i64,
    /// On the till and the receipt.
    pub name: String,
    /// At least one.
    pub options: Vec<ModifierOption>,
}

/// A possible answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModifierOption {
    /// False: unavailable.
    #[serde(default = "default_true")]
    pub available: bool,
    /// Unique among all options of the product.
    pub id: String,
    /// On the till and the receipt.
    pub name: String,
    /// Added to the price of a piece; negative reduces it.
    pub price_delta: Money,
}

fn default_true() -> bool {
    true
}

/// Why variants or modifier groups are invalid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ListRefused {
    /// The list is too long.
    #[error("too many {what}: at most {most}")]
    TooMany {
        /// Plural noun.
        what: &'static str,
        /// The maximum.
        most: usize,
    },
    /// An invalid id.
    #[error("the id '{0}' must be 1 to {MAX_ID} letters, digits, '-' or '_'")]
    Id(String),
    /// A duplicate id.
    #[error("the id '{0}' is used twice")]
    DuplicateId(String),
    /// An invalid text.
    #[error("'{field}' of '{id}' {refused}")]
    Text {
        /// The id of its variant, group or option.
        id: String,
        /// The field.
        field: &'static str,
        /// The reason.
        refused: TextRefused,
    },
    /// The price is negative or exceeds the limit.
    #[error("'price' of '{0}' must be 0 to {MAX_AMOUNT}, in whole rupiah")]
    Price(String),
    /// The price difference exceeds the limit.
    #[error("'price_delta' of '{0}' must be -{MAX_AMOUNT} to {MAX_AMOUNT}, in whole rupiah")]
    PriceDelta(String),
    /// The numbers of selections are impossible.
    #[error("'{0}' must have 0 <= min_selections <= max_selections, and max_selections from 1 to {MAX_SELECTIONS}")]
    Selections(String),
    /// The number of options is invalid.
    #[error("'{id}' must have 1 to {MAX_OPTIONS} options")]
    Options {
        /// The group's id.
        id: String,
    },
}

/// Validates variants, trims texts and drops blank codes.
pub fn variants(list: Vec<Variant>) -> Result<Vec<Variant>, ListRefused> {
    check_count(list.len(), "variants", MAX_VARIANTS)?;
    unique(list.iter().map(|variant| &variant.id))?;
    list.into_iter()
        .map(|variant| {
            let id = &variant.id;
            if variant.price < Money::ZERO || variant.price.checked().is_err() {
                return Err(ListRefused::Price(id.clone()));
            }
            Ok(Variant {
                barcode: optional(id, "barcode", variant.barcode.as_deref(), BARCODE)?,
                code: optional(id, "code", variant.code.as_deref(), CODE)?,
                name: text(id, "name", &variant.name, CHOICE_NAME)?,
                ..variant
            })
        })
        .collect()
}

/// Validates modifier groups and trims texts.
pub fn modifier_groups(list: Vec<ModifierGroup>) -> Result<Vec<ModifierGroup>, ListRefused> {
    check_count(list.len(), "modifier groups", MAX_GROUPS)?;
    unique(list.iter().map(|group| &group.id))?;
    unique(list.iter().flat_map(|group| &group.options).map(|option| &option.id))?;
    list.into_iter()
        .map(|group| {
            let id = &group.id;
            let (least, most) = (group.min_selections, group.max_selections);
            if !(1..=MAX_SELECTIONS).contains(&most) || !(0..=most).contains(&least) {
                return Err(ListRefused::Selections(id.clone()));
            }
            if !(1..=MAX_OPTIONS).contains(&group.options.len()) {
                return Err(ListRefused::Options { id: id.clone() });
            }
            Ok(ModifierGroup {
                name: text(id, "name", &group.name, CHOICE_NAME)?,
                options: group.options.into_iter().map(option).collect::<Result<_, _>>()?,
                ..group
            })
        })
        .collect()
}

fn option(option: ModifierOption) -> Result<ModifierOption, ListRefused> {
    if option.price_delta.checked().is_err() {
        return Err(ListRefused::PriceDelta(option.id));
    }
    Ok(ModifierOption { name: text(&option.id, "name", &option.name, CHOICE_NAME)?, ..option })
}

fn check_count(count: usize, what: &'static str, most: usize) -> Result<(), ListRefused> {
    if count > most { Err(ListRefused::TooMany { what, most }) } else { Ok(()) }
}

fn unique<'a>(ids: impl Iterator<Item = &'a String>) -> Result<(), ListRefused> {
    let mut seen = HashSet::new();
    for id in ids {
        if !(1..=MAX_ID).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
            return Err(ListRefused::Id(id.chars().take(MAX_ID).collect()));
        }
        if !seen.insert(id) {
            return Err(ListRefused::DuplicateId(id.clone()));
        }
    }
    Ok(())
}

fn text(id: &str, field: &'static str, value: &str, rule: Rule) -> Result<String, ListRefused> {
    rule.clean(value).map_err(|refused| ListRefused::Text { id: id.to_owned(), field, refused })
}

fn optional(id: &str, field: &'static str, value: Option<&str>, rule: Rule) -> Result<Option<String>, ListRefused> {
    value.filter(|value| !value.trim().is_empty()).map(|value| text(id, field, value, rule)).transpose()
}

/// A selected option, as requested for each piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenOption {
    /// The option's id.
    pub id: String,
    /// The quantity, at least 1.
    pub qty: i64,
}

/// A selected option on an order line, for the receipt: name and price at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modifier {
    /// The group's name.
    pub group: String,
    /// The option's id.
    pub id: String,
    /// The option's name.
    pub name: String,
    /// The amount that one adds to the price of a piece; negative reduces it.
    pub price: Money,
    /// The quantity per piece.
    pub qty: i64,
}

/// A piece with its choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// `None` if the product has no variants.
    pub variant: Option<&'a Variant>,
    /// In the order of the product's groups and options.
    pub modifiers: Vec<Modifier>,
    /// The price with variant and modifiers; not negative.
    pub price: Money,
}

/// Why a choice is invalid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChoiceRefused {
    /// A variant is required.
    #[error("a variant must be chosen")]
    VariantRequired,
    /// The product has no such variant.
    #[error("the product has no variant with the id '{0}'")]
    UnknownVariant(String),
    /// It is unavailable.
    #[error("the variant '{0}' is unavailable; choose another one")]
    VariantUnavailable(String),
    /// The product has no such modifier.
    #[error("the product has no modifier with the id '{0}'")]
    UnknownModifier(String),
    /// It is unavailable.
    #[error("the modifier '{0}' is unavailable; choose another one")]
    ModifierUnavailable(String),
    /// The quantity is out of range.
    #[error("the quantity of a modifier must be 1 to {MAX_SELECTIONS}")]
    Quantity,
    /// Fewer selections than the group requires.
    #[error("at least {least} must be chosen from '{group}'")]
    TooFew {
        /// The group's name.
        group: String,
        /// The minimum.
        least: i64,
    },
    /// More selections than the group allows.
    #[error("at most {most} may be chosen from '{group}'")]
    TooMany {
        /// The group's name.
        group: String,
        /// The maximum.
        most: i64,
    },
    /// The price would be negative.
    #[error("the modifiers reduce the price below zero")]
    PriceNegative,
    /// The price exceeds the limit.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// Resolves the choices of one piece and its price. `price` is that of the chosen variant, or of the product if it has none.
pub fn piece<'a>(
    price: Money,
    variants: &'a [Variant],
    groups: &[ModifierGroup],
    variant_id: Option<&str>,
    chosen: &[ChosenOption],
) -> Result<Piece<'a>, ChoiceRefused> {
    let variant = variant(variants, variant_id)?;
    let modifiers = modifiers(groups, chosen)?;
    let mut sum = price;
    for modifier in &modifiers {
        sum = sum.checked_add(modifier.price.times(modifier.qty)?)?;
    }
    if sum < Money::ZERO {
        return Err(ChoiceRefused::PriceNegative);
    }
    Ok(Piece { variant, modifiers, price: sum })
}

fn variant<'a>(variants: &'a [Variant], id: Option<&str>) -> Result<Option<&'a Variant>, ChoiceRefused> {
    let Some(id) = id else {
        return if variants.is_empty() { Ok(None) } else { Err(ChoiceRefused::VariantRequired) };
    };
    match variants.iter().find(|variant| variant.id == id) {
        None => Err(ChoiceRefused::UnknownVariant(id.to_owned())),
        Some(variant) if !variant.available => Err(ChoiceRefused::VariantUnavailable(variant.name.clone())),
        found => Ok(found),
    }
}

fn modifiers(groups: &[ModifierGroup], chosen: &[ChosenOption]) -> Result<Vec<Modifier>, ChoiceRefused> {
    let has = |id: &str| groups.iter().flat_map(|group| &group.options).any(|option| option.id == id);
    if chosen.iter().any(|chosen| !(1..=MAX_SELECTIONS).contains(&chosen.qty)) {
        return Err(ChoiceRefused::Quantity);
    }
    if let Some(unknown) = chosen.iter().find(|chosen| !has(&chosen.id)) {
        return Err(ChoiceRefused::UnknownModifier(unknown.id.clone()));
    }
    let mut modifiers = Vec::with_capacity(chosen.len());
    for group in groups {
        let mut selections: i64 = 0;
        for option in &group.options {
            let qty = chosen.iter().filter(|chosen| chosen.id == option.id).map(|chosen| chosen.qty).sum();
            if qty == 0 {
                continue;
            }
            if !option.available {
                return Err(ChoiceRefused::ModifierUnavailable(option.name.clone()));
            }
            selections = selections.saturating_add(qty);
            modifiers.push(Modifier {
                group: group.name.clone(),
                id: option.id.clone(),
                name: option.name.clone(),
                price: option.price_delta,
                qty,
            });
        }
        if selections < group.min_selections {
            return Err(ChoiceRefused::TooFew { group: group.name.clone(), least: group.min_selections });
        }
        if selections > group.max_selections {
            return Err(ChoiceRefused::TooMany { group: group.name.clone(), most: group.max_selections });
        }
    }
    Ok(modifiers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn large() -> Variant {
        Variant {
            available: true,
            barcode: None,
            code: None,
            id: "large".into(),
            name: "Large".into(),
            price: Money(27_000),
        }
    }

    fn milk() -> ModifierGroup {
        let option = |id: &str, price| ModifierOption {
            available: id != "almond",
            id: id.into(),
            name: id.to_uppercase(),
            price_delta: Money(price),
        };
        ModifierGroup {
            id: "milk".into(),
            max_selections: 2,
            min_selections: 1,
            name: "Milk".into(),
            options: vec![option("fresh", 0), option("oat", 5_000), option("none", -3_000), option("almond", 6_000)],
        }
    }

    fn chosen(of: &[(&str, i64)]) -> Vec<ChosenOption> {
        of.iter().map(|&(id, qty)| ChosenOption { id: id.into(), qty }).collect()
    }

    fn price(variant: Option<&str>, of: &[(&str, i64)]) -> Result<i64, ChoiceRefused> {
        piece(Money(27_000), &[large()], &[milk()], variant, &chosen(of)).map(|piece| piece.price.0)
    }

    #[test]
    fn modifiers_add_to_the_price() {
        assert_eq!(price(Some("large"), &[("oat", 1)]), Ok(32_000));
        assert_eq!(price(Some("large"), &[("oat", 2)]), Ok(37_000));
        assert_eq!(price(Some("large"), &[("none", 1), ("oat", 1)]), Ok(29_000));
        let variants = [large()];
        let found =
            piece(Money(27_000), &variants, &[milk()], Some("large"), &chosen(&[("oat", 1), ("fresh", 1)])).unwrap();
        assert_eq!(found.variant, Some(&variants[0]));
        let names: Vec<_> = found.modifiers.iter().map(|m| (m.group.as_str(), m.name.as_str(), m.price.0)).collect();
        assert_eq!(names, [("Milk", "FRESH", 0), ("Milk", "OAT", 5_000)], "in the product's order");
        assert_eq!(piece(Money(20_000), &[], &[], None, &[]).unwrap().price, Money(20_000));
    }

    #[test]
    fn invalid_choices_are_rejected() {
        let few = ChoiceRefused::TooFew { group: "Milk".into(), least: 1 };
        let many = ChoiceRefused::TooMany { group: "Milk".into(), most: 2 };
        assert_eq!(price(None, &[("oat", 1)]), Err(ChoiceRefused::VariantRequired));
        assert_eq!(price(Some("small"), &[("oat", 1)]), Err(ChoiceRefused::UnknownVariant("small".into())));
        assert_eq!(price(Some("large"), &[("soy", 1)]), Err(ChoiceRefused::UnknownModifier("soy".into())));
        assert_eq!(price(Some("large"), &[("almond", 1)]), Err(ChoiceRefused::ModifierUnavailable("ALMOND".into())));
        assert_eq!(price(Some("large"), &[]), Err(few));
        assert_eq!(price(Some("large"), &[("oat", 1), ("fresh", 1), ("oat", 1)]), Err(many.clone()));
        assert_eq!(price(Some("large"), &[("oat", 3)]), Err(many));
        assert_eq!(price(Some("large"), &[("oat", 0)]), Err(ChoiceRefused::Quantity));
        assert_eq!(price(Some("large"), &[("oat", i64::MAX), ("oat", i64::MAX)]), Err(ChoiceRefused::Quantity));
        let sold_out = Variant { available: false, ..large() };
        assert_eq!(
            piece(Money(1), &[sold_out], &[], Some("large"), &[]),
            Err(ChoiceRefused::VariantUnavailable("Large".into()))
        );
        assert_eq!(
            piece(Money(2_999), &[], &[milk()], None, &chosen(&[("none", 1)])),
            Err(ChoiceRefused::PriceNegative)
        );
        assert_eq!(
            piece(Money(MAX_AMOUNT), &[], &[milk()], None, &chosen(&[("oat", 1)])),
            Err(ChoiceRefused::Overflow(Overflow))
        );
        assert_eq!(piece(Money(1), &[], &[], Some("large"), &[]), Err(ChoiceRefused::UnknownVariant("large".into())));
    }

    #[test]
    fn lists_are_trimmed_and_errors_name_the_element() {
        let typed =
            Variant { name: " Large ".into(), code: Some(" ".into()), barcode: Some(" 899 ".into()), ..large() };
        assert_eq!(variants(vec![typed]).unwrap(), [Variant { barcode: Some("899".into()), ..large() }]);
        let refused = |change: fn(&mut Variant)| {
            let mut variant = large();
            change(&mut variant);
            variants(vec![variant]).unwrap_err()
        };
        assert_eq!(refused(|v| v.id = "a b".into()), ListRefused::Id("a b".into()));
        assert_eq!(refused(|v| v.id = String::new()), ListRefused::Id(String::new()));
        assert_eq!(refused(|v| v.price = Money(-1)), ListRefused::Price("large".into()));
        assert_eq!(refused(|v| v.price = Money(MAX_AMOUNT + 1)), ListRefused::Price("large".into()));
        assert!(matches!(refused(|v| v.name = " ".into()), ListRefused::Text { field: "name", .. }));
        assert!(matches!(refused(|v| v.code = Some("a\u{1}".into())), ListRefused::Text { field: "code", .. }));
        assert_eq!(variants(vec![large(), large()]).unwrap_err(), ListRefused::DuplicateId("large".into()));
        assert!(matches!(variants(vec![large(); 51]).unwrap_err(), ListRefused::TooMany { most: 50, .. }));
    }

    #[test]
    fn an_unanswerable_modifier_group_is_rejected() {
        assert_eq!(modifier_groups(vec![milk()]).unwrap(), [milk()]);
        let refused = |change: fn(&mut ModifierGroup)| {
            let mut group = milk();
            change(&mut group);
            modifier_groups(vec![group]).unwrap_err()
        };
        let selections = ListRefused::Selections("milk".into());
        assert_eq!(refused(|g| g.max_selections = 0), selections);
        assert_eq!(refused(|g| g.max_selections = MAX_SELECTIONS + 1), selections);
        assert_eq!(refused(|g| g.min_selections = -1), selections);
        assert_eq!(refused(|g| g.min_selections = 3), selections);
        assert_eq!(refused(|g| g.options.clear()), ListRefused::Options { id: "milk".into() });
        assert_eq!(refused(|g| g.options[1].id = "fresh".into()), ListRefused::DuplicateId("fresh".into()));
        assert_eq!(refused(|g| g.options[0].price_delta = Money(i64::MIN)), ListRefused::PriceDelta("fresh".into()));
        let other = ModifierGroup { id: "other".into(), ..milk() };
        assert_eq!(
            modifier_groups(vec![milk(), other]).unwrap_err(),
            ListRefused::DuplicateId("fresh".into()),
            "a line names an option without its group"
        );
    }
}
