//! Codes with a price or a weight: the cases of `golden/barcodes.json`, which the till's tests read too, and properties of
//! all codes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use domain::Money;
use domain::barcode::{self, CodeRefused, PatternSetting, Value, patterns};
use domain::cart::{QtyScale, Quantity};
use proptest::prelude::*;
use serde::Deserialize;

const CASES: &str = include_str!("../golden/barcodes.json");

#[derive(Deserialize)]
struct File {
    patterns: Vec<PatternSetting>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    about: String,
    code: String,
    price: Money,
    qty_scale: i64,
    expected: Expected,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Expected {
    Sold { item: String, qty: i64, amount: Money },
    Refused { refused: String },
}

fn refused(word: &str) -> Expected {
    Expected::Refused { refused: word.to_owned() }
}

#[test]
fn every_case_sells_what_the_file_says() {
    let File { patterns: settings, cases } = serde_json::from_str(CASES).unwrap();
    let patterns = patterns(&settings).unwrap();
    for Case { about, code, price, qty_scale, expected } in cases {
        let scale = QtyScale::from_decimals(qty_scale).unwrap();
        let sold = barcode::read(&patterns, &code).map_or(refused("unknown"), |scanned| {
            match barcode::sold(scanned.value, price, scale) {
                Ok((Quantity { qty, .. }, amount)) => Expected::Sold { item: scanned.item, qty, amount },
                Err(CodeRefused::NotByWeight) => refused("not_by_weight"),
                Err(CodeRefused::NoPrice) => refused("no_price"),
                Err(CodeRefused::Zero) => refused("zero"),
                Err(CodeRefused::Amount(_)) => refused("amount"),
            }
        });
        assert_eq!(sold, expected, "{about}");
    }
}

/// A code of this pattern with its check digit.
fn code(prefix: &str, item: u32, value: u32) -> String {
    let digits = format!("{prefix}{item:05}{value:05}");
    let sum: u32 = digits.chars().zip([1, 3].into_iter().cycle()).map(|(d, by)| d.to_digit(10).unwrap() * by).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

proptest! {
    #[test]
    fn a_code_is_read_back_and_any_other_digit_in_it_is_not(
        item in 0_u32..100_000, value in 1_u32..100_000, at in 0_usize..13, by in 1_u32..10,
    ) {
        let all = patterns(&[PatternSetting { pattern: "21IIIIIPPPPPC".to_owned(), factor: 1 }]).unwrap();
        let code = code("21", item, value);
        let scanned = barcode::read(&all, &code).unwrap();
        prop_assert_eq!((scanned.item, scanned.value), (format!("{item:05}"), Value::Price(Money(value.into()))));
        let digit = (code.as_bytes()[at] - b'0' + u8::try_from(by).unwrap()) % 10;
        let mut wrong = code.into_bytes();
        wrong[at] = digit + b'0';
        prop_assert_eq!(barcode::read(&all, &String::from_utf8(wrong).unwrap()), None);
    }

    #[test]
    fn a_price_is_the_amount_and_its_grams_cost_about_as_much(
        amount in 1_i64..10_000_000, price in 1_i64..10_000_000,
    ) {
        let (quantity, sold) = barcode::sold(Value::Price(Money(amount)), Money(price), QtyScale::Thousandths).unwrap();
        prop_assert_eq!(sold, Money(amount));
        let back = quantity.amount(Money(price)).unwrap();
        // Half a gram, or a whole one for the least quantity, and half a rupiah.
        prop_assert!((back.0 - amount).abs() <= price / 1_000 + 1, "{} g at {}: {} not {}", quantity.qty, price, back, amount);
    }
}
