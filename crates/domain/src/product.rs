//! What can be chosen of a product: one of its variants (Small, Large), and modifiers from its groups (oat milk, an extra
//! shot); what such lists must be, and what a piece costs as it was chosen.
//!
//! A variant has a price of its own, which takes the place of the product's. A modifier adds to the price, or takes off.
//! Leaves out whether the product itself can be sold, and where a price differs at one outlet.
//!
//! The fields stand in the order of their names, so that a list has the same text whoever writes it down.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::{MAX_AMOUNT, Money, Overflow};
use crate::nullable::maybe_null;
use crate::text::{BARCODE, CHOICE_NAME, CODE, Rule, TextRefused};

/// Variants of one product at the most.
pub const MAX_VARIANTS: usize = 50;
/// Modifier groups of one product at the most.
pub const MAX_GROUPS: usize = 20;
/// Options in one group at the most.
pub const MAX_OPTIONS: usize = 50;
/// Options that one piece may have of one group at the most.
pub const MAX_SELECTIONS: i64 = 100;
/// Characters of the id of a variant, a group or an option at the most.
pub const MAX_ID: usize = 64;

/// What a product is sold as: exactly one variant is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// False: cannot be sold now.
    #[serde(default = "yes")]
    pub available: bool,
    /// As scanned.
    #[serde(default, deserialize_with = "maybe_null", skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The shop's own.
    #[serde(default, deserialize_with = "maybe_null", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Unique among the product's variants.
    pub id: String,
    /// On the till and the receipt.
    pub name: String,
    /// In the place of the product's; not negative.
    pub price: Money,
}

/// A question that is asked about each piece: which milk? which extras?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModifierGroup {
    /// Unique among the product's groups.
    pub id: String,
    /// Options that a piece may have at the most, the same one counted as often as it is chosen.
    pub max_selections: i64,
    /// Options that a piece must have; 0: none is needed.
    pub min_selections: i64,
    /// On the till and the receipt.
    pub name: String,
    /// At least one.
    pub options: Vec<ModifierOption>,
}

/// An answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModifierOption {
    /// False: cannot be chosen now.
    #[serde(default = "yes")]
    pub available: bool,
    /// Unique among all options of the product.
    pub id: String,
    /// On the till and the receipt.
    pub name: String,
    /// Added to the price of a piece; negative takes off.
    pub price_delta: Money,
}

fn yes() -> bool {
    true
}

/// Why a product cannot have these variants or groups.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ListRefused {
    /// Too long a list.
    #[error("there are too many {what}: at most {most}")]
    TooMany {
        /// In the plural.
        what: &'static str,
        /// As many as there may be.
        most: usize,
    },
    /// An id that cannot be one.
    #[error("the id '{0}' must be 1 to {MAX_ID} letters, digits, '-' or '_'")]
    Id(String),
    /// Two with one id.
    #[error("the id '{0}' stands there twice; give each its own")]
    IdTwice(String),
    /// A text that nobody can read.
    #[error("'{field}' of '{id}' {refused}")]
    Text {
        /// Whose.
        id: String,
        /// Which.
        field: &'static str,
        /// Why not.
        refused: TextRefused,
    },
    /// Less than nothing, or beyond what money may be.
    #[error("'price' of '{0}' must be 0 to {MAX_AMOUNT}, in whole rupiah")]
    Price(String),
    /// Beyond what money may be.
    #[error("'price_delta' of '{0}' must be -{MAX_AMOUNT} to {MAX_AMOUNT}, in whole rupiah")]
    PriceDelta(String),
    /// Nobody could choose so.
    #[error("'{0}' must have 0 <= min_selections <= max_selections, and max_selections from 1 to {MAX_SELECTIONS}")]
    Selections(String),
    /// A question without answers.
    #[error("'{id}' must have 1 to {MAX_OPTIONS} options")]
    Options {
        /// Which group.
        id: String,
    },
}

/// These variants as a product may have them: texts trimmed, blank codes left out.
pub fn variants(list: Vec<Variant>) -> Result<Vec<Variant>, ListRefused> {
    few(list.len(), "variants", MAX_VARIANTS)?;
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

/// These groups as a product may have them: texts trimmed.
pub fn modifier_groups(list: Vec<ModifierGroup>) -> Result<Vec<ModifierGroup>, ListRefused> {
    few(list.len(), "modifier groups", MAX_GROUPS)?;
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

fn few(count: usize, what: &'static str, most: usize) -> Result<(), ListRefused> {
    if count > most { Err(ListRefused::TooMany { what, most }) } else { Ok(()) }
}

fn unique<'a>(ids: impl Iterator<Item = &'a String>) -> Result<(), ListRefused> {
    let mut seen = HashSet::new();
    for id in ids {
        if !(1..=MAX_ID).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
            return Err(ListRefused::Id(id.chars().take(MAX_ID).collect()));
        }
        if !seen.insert(id) {
            return Err(ListRefused::IdTwice(id.clone()));
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

/// An option as it is asked for, for each piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The option's.
    pub id: String,
    /// How often, at least 1.
    pub qty: i64,
}

/// An option as a piece has it, for the receipt: name and price as they were then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modifier {
    /// The group's name.
    pub group: String,
    /// The option's.
    pub id: String,
    /// The option's.
    pub name: String,
    /// What one of it adds to a piece; negative takes off.
    pub price: Money,
    /// How often each piece has it.
    pub qty: i64,
}

/// One piece as it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// None where the product has none.
    pub variant: Option<&'a Variant>,
    /// In the order of the product's groups and options.
    pub modifiers: Vec<Modifier>,
    /// Variant and modifiers included; not negative.
    pub price: Money,
}

/// Why a piece cannot be sold so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChoiceRefused {
    /// The product has variants, and none was named.
    #[error("one of its variants must be chosen")]
    VariantRequired,
    /// Not one of the product's.
    #[error("it has no variant with the id '{0}'")]
    UnknownVariant(String),
    /// Not now.
    #[error("the variant '{0}' cannot be sold now; choose another one")]
    VariantUnavailable(String),
    /// Not one of the product's.
    #[error("it has no modifier with the id '{0}'")]
    UnknownModifier(String),
    /// Not now.
    #[error("the modifier '{0}' cannot be chosen now; choose another one")]
    ModifierUnavailable(String),
    /// None, or fewer.
    #[error("the quantity of a modifier must be 1 to {MAX_SELECTIONS}")]
    Quantity,
    /// Fewer than the group needs.
    #[error("at least {least} must be chosen from '{group}'")]
    TooFew {
        /// The group's name.
        group: String,
        /// As many as there must be.
        least: i64,
    },
    /// More than the group allows.
    #[error("at most {most} may be chosen from '{group}'")]
    TooMany {
        /// The group's name.
        group: String,
        /// As many as there may be.
        most: i64,
    },
    /// More is taken off than it costs.
    #[error("its modifiers take off more than it costs")]
    PriceNegative,
    /// Beyond what money may be.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// What one piece is and costs: `price` is the product's, which a variant's replaces.
pub fn piece<'a>(
    price: Money,
    variants: &'a [Variant],
    groups: &[ModifierGroup],
    variant_id: Option<&str>,
    chosen: &[Chosen],
) -> Result<Piece<'a>, ChoiceRefused> {
    let variant = variant(variants, variant_id)?;
    let modifiers = modifiers(groups, chosen)?;
    let mut sum = variant.map_or(price, |variant| variant.price);
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

fn modifiers(groups: &[ModifierGroup], chosen: &[Chosen]) -> Result<Vec<Modifier>, ChoiceRefused> {
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

    fn chosen(of: &[(&str, i64)]) -> Vec<Chosen> {
        of.iter().map(|&(id, qty)| Chosen { id: id.into(), qty }).collect()
    }

    fn price(variant: Option<&str>, of: &[(&str, i64)]) -> Result<i64, ChoiceRefused> {
        piece(Money(20_000), &[large()], &[milk()], variant, &chosen(of)).map(|piece| piece.price.0)
    }

    #[test]
    fn a_variant_replaces_the_price_and_modifiers_add_to_it() {
        assert_eq!(price(Some("large"), &[("oat", 1)]), Ok(32_000));
        assert_eq!(price(Some("large"), &[("oat", 2)]), Ok(37_000));
        assert_eq!(price(Some("large"), &[("none", 1), ("oat", 1)]), Ok(29_000));
        let variants = [large()];
        let found = piece(Money(0), &variants, &[milk()], Some("large"), &chosen(&[("oat", 1), ("fresh", 1)])).unwrap();
        assert_eq!(found.variant, Some(&variants[0]));
        let names: Vec<_> = found.modifiers.iter().map(|m| (m.group.as_str(), m.name.as_str(), m.price.0)).collect();
        assert_eq!(names, [("Milk", "FRESH", 0), ("Milk", "OAT", 5_000)], "in the product's order");
        assert_eq!(piece(Money(20_000), &[], &[], None, &[]).unwrap().price, Money(20_000));
    }

    #[test]
    fn what_cannot_be_chosen_is_refused() {
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
    fn lists_are_trimmed_and_what_is_wrong_in_them_is_named() {
        let said = Variant { name: " Large ".into(), code: Some(" ".into()), barcode: Some(" 899 ".into()), ..large() };
        assert_eq!(variants(vec![said]).unwrap(), [Variant { barcode: Some("899".into()), ..large() }]);
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
        assert_eq!(variants(vec![large(), large()]).unwrap_err(), ListRefused::IdTwice("large".into()));
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
        assert_eq!(refused(|g| g.options[1].id = "fresh".into()), ListRefused::IdTwice("fresh".into()));
        assert_eq!(refused(|g| g.options[0].price_delta = Money(i64::MIN)), ListRefused::PriceDelta("fresh".into()));
        let other = ModifierGroup { id: "other".into(), ..milk() };
        assert_eq!(
            modifier_groups(vec![milk(), other]).unwrap_err(),
            ListRefused::IdTwice("fresh".into()),
            "a line names an option without its group"
        );
    }
}
