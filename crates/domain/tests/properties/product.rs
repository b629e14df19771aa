use std::collections::HashMap;

use domain::product::{self, ChoiceRefused, MAX_SELECTIONS};
use domain::{ChosenOption, ModifierGroup, ModifierOption, Money, Variant};
use proptest::collection::vec;
use proptest::prelude::*;

fn variant() -> impl Strategy<Value = Variant> {
    (0_i64..100_000, prop::bool::weighted(0.9)).prop_map(|(price, available)| Variant {
        available,
        barcode: None,
        code: None,
        id: String::new(),
        name: "Variant".into(),
        price: Money(price),
    })
}

fn option() -> impl Strategy<Value = ModifierOption> {
    (-20_000_i64..20_000, prop::bool::weighted(0.9)).prop_map(|(price, available)| ModifierOption {
        available,
        id: String::new(),
        name: "Option".into(),
        price_delta: Money(price),
    })
}

fn group() -> impl Strategy<Value = ModifierGroup> {
    (vec(option(), 1..4), 0_i64..3, 1_i64..4).prop_map(|(options, least, most)| ModifierGroup {
        id: String::new(),
        max_selections: most.max(least),
        min_selections: least,
        name: "Group".into(),
        options,
    })
}

/// Each with a unique id.
fn lists() -> impl Strategy<Value = (Vec<Variant>, Vec<ModifierGroup>)> {
    (vec(variant(), 0..4), vec(group(), 0..4)).prop_map(|(mut variants, mut groups)| {
        for (n, variant) in variants.iter_mut().enumerate() {
            variant.id = format!("v{n}");
        }
        for (n, group) in groups.iter_mut().enumerate() {
            group.id = format!("g{n}");
            for (m, option) in group.options.iter_mut().enumerate() {
                option.id = format!("g{n}o{m}");
            }
        }
        (variants, groups)
    })
}

/// Mostly existing options, in quantities that mostly fit.
fn chosen() -> impl Strategy<Value = Vec<ChosenOption>> {
    let one = (0_usize..4, 0_usize..4, prop_oneof![9 => 1_i64..3, 1 => any::<i64>()]);
    vec(one.prop_map(|(g, o, qty)| ChosenOption { id: format!("g{g}o{o}"), qty }), 0..6)
}

fn variant_id() -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.8, (0_usize..4).prop_map(|n| format!("v{n}")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_parts_of_a_piece_sum_to_its_price_which_is_never_negative(
        price in 0_i64..100_000, (variants, groups) in lists(), variant_id in variant_id(), chosen in chosen(),
    ) {
        prop_assert_eq!(product::variants(variants.clone()), Ok(variants.clone()));
        prop_assert_eq!(product::modifier_groups(groups.clone()), Ok(groups.clone()));
        let of: HashMap<_, _> =
            groups.iter().flat_map(|group| group.options.iter().map(move |o| (o.id.as_str(), (group, o)))).collect();
        let base = match &variant_id {
            Some(id) => variants.iter().find(|v| v.id == *id).map(|v| v.price.0),
            None => variants.is_empty().then_some(price),
        };
        // The request, added up by hand.
        let requested = chosen.iter().try_fold(0_i128, |sum, c| {
            of.get(c.id.as_str()).map(|(_, o)| sum + i128::from(o.price_delta.0) * i128::from(c.qty))
        });

        match product::piece(Money(base.unwrap_or(price)), &variants, &groups, variant_id.as_deref(), &chosen) {
            Ok(piece) => {
                prop_assert!(piece.price >= Money::ZERO);
                prop_assert_eq!(i128::from(piece.price.0), i128::from(base.unwrap()) + requested.unwrap());
                let parts: i64 = piece.modifiers.iter().map(|m| m.price.0 * m.qty).sum();
                prop_assert_eq!(piece.price.0, base.unwrap() + parts, "the stored modifiers add up to the price");
                prop_assert_eq!(piece.variant.is_some(), !variants.is_empty());
                prop_assert!(piece.variant.is_none_or(|v| v.available));
                for group in &groups {
                    let ids: Vec<_> = group.options.iter().map(|o| &o.id).collect();
                    let of_group = piece.modifiers.iter().filter(|m| ids.contains(&&m.id));
                    let selections: i64 = of_group.map(|m| m.qty).sum();
                    prop_assert!((group.min_selections..=group.max_selections).contains(&selections));
                }
                prop_assert!(piece.modifiers.iter().all(|m| of[m.id.as_str()].1.available && m.qty > 0));
            }
            Err(ChoiceRefused::PriceNegative) => prop_assert!(i128::from(base.unwrap()) + requested.unwrap() < 0),
            Err(ChoiceRefused::VariantRequired | ChoiceRefused::UnknownVariant(_)) => prop_assert_eq!(base, None),
            Err(ChoiceRefused::VariantUnavailable(_)) => prop_assert!(variants.iter().any(|v| !v.available)),
            Err(ChoiceRefused::UnknownModifier(_)) => prop_assert_eq!(requested, None),
            Err(ChoiceRefused::ModifierUnavailable(_)) => prop_assert!(of.values().any(|(_, o)| !o.available)),
            Err(ChoiceRefused::Quantity) => {
                prop_assert!(chosen.iter().any(|c| !(1..=MAX_SELECTIONS).contains(&c.qty)));
            }
            Err(ChoiceRefused::TooFew { .. } | ChoiceRefused::TooMany { .. }) => prop_assert!(!groups.is_empty()),
            Err(ChoiceRefused::Overflow(_)) => prop_assert!(false, "these amounts are small"),
        }
    }
}
