//! Variants and modifiers of the café's products: sizes, milk, spiciness. Most products have none.

use domain::{ModifierGroup, ModifierOption, Money, Variant};

/// Products and their sizes: id, name, price.
type Sizes = (&'static [&'static str], &'static [(&'static str, &'static str, i64)]);
/// Products and a question about them: id, name, minimum and maximum number of options; the options: id, name, price
/// change.
type Question =
    (&'static [&'static str], (&'static str, &'static str, i64, i64), &'static [(&'static str, &'static str, i64)]);

const SIZES: &[Sizes] = &[
    (&["Es Teh Manis"], &[("kecil", "Kecil", 8_000), ("besar", "Besar", 11_000)]),
    (&["Matcha Latte"], &[("reguler", "Reguler", 29_000), ("besar", "Besar", 35_000)]),
    (&["Jus Alpukat", "Jus Mangga"], &[("gelas", "Gelas", 21_000), ("botol", "Botol", 34_000)]),
    (&["Kentang Goreng"], &[("kecil", "Kecil", 18_000), ("sedang", "Sedang", 24_000), ("besar", "Besar", 29_000)]),
];

const QUESTIONS: &[Question] = &[
    (
        &["Cappuccino", "Caffè Latte", "Matcha Latte"],
        ("susu", "Susu", 0, 1),
        &[("oat", "Susu Oat", 6_000), ("almond", "Susu Almond", 7_000), ("skim", "Susu Skim", 0)],
    ),
    (&["Americano", "Cappuccino", "Caffè Latte"], ("ekstra", "Ekstra", 0, 3), &[("shot", "Ekstra Shot", 5_000)]),
    (
        &["Ayam Geprek"],
        ("level", "Level", 1, 1),
        &[("l0", "Tidak Pedas", 0), ("l1", "Pedas", 0), ("l3", "Sangat Pedas", 1_500)],
    ),
    (
        &["Nasi Goreng Kampung", "Ayam Geprek"],
        ("nasi", "Nasi", 0, 2),
        &[("setengah", "Nasi Setengah", -3_000), ("telur", "Telur Ceplok", 5_000)],
    ),
];

/// The variants of a product.
#[must_use]
pub fn variants(product: &str) -> Vec<Variant> {
    let sizes = SIZES.iter().filter(|(products, _)| products.contains(&product)).flat_map(|(_, sizes)| *sizes);
    let variant = |&(id, name, price): &(&str, &str, i64)| Variant {
        available: true,
        barcode: None,
        code: None,
        id: id.to_owned(),
        name: name.to_owned(),
        price: Money(price),
    };
    sizes.map(variant).collect()
}

/// The modifier groups of a product.
#[must_use]
pub fn modifier_groups(product: &str) -> Vec<ModifierGroup> {
    let option = |&(id, name, price): &(&str, &str, i64)| ModifierOption {
        available: true,
        id: id.to_owned(),
        name: name.to_owned(),
        price_delta: Money(price),
    };
    let group = |(_, (id, name, least, most), options): &Question| ModifierGroup {
        id: (*id).to_owned(),
        max_selections: *most,
        min_selections: *least,
        name: (*name).to_owned(),
        options: options.iter().map(option).collect(),
    };
    QUESTIONS.iter().filter(|(products, ..)| products.contains(&product)).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MENU;

    #[test]
    fn every_choice_belongs_to_a_product_and_is_valid() {
        let names: Vec<_> = MENU.iter().flat_map(|(_, _, items)| items.iter().map(|(name, _)| *name)).collect();
        let all = SIZES.iter().flat_map(|(of, _)| *of).chain(QUESTIONS.iter().flat_map(|(of, ..)| *of));
        assert!(all.clone().all(|name| names.contains(name)));
        for name in all {
            assert_eq!(domain::product::variants(variants(name)), Ok(variants(name)));
            assert_eq!(domain::product::modifier_groups(modifier_groups(name)), Ok(modifier_groups(name)));
        }
        assert!(variants("Espresso").is_empty() && modifier_groups("Espresso").is_empty());
    }
}
