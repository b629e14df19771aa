//! Barcodes that contain a price or a weight, as a shop's scale prints them: EAN-13 that begins with 2, or UPC-A, which
//! begins with 02.
//!
//! Also decides how much such a code sells of a product. Not included: which product has the item code.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::cart::{CartRefused, QtyScale, Quantity};
use crate::money::Money;

/// Digits of an EAN-13 code.
const DIGITS: usize = 13;
/// Maximum patterns of one shop.
pub const MAX_PATTERNS: usize = 20;

/// A pattern as settings store it. Fields are declared in alphabetical order, so that every writer produces the same JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternSetting {
    /// What a price in the code is multiplied by.
    #[serde(default = "one")]
    pub factor: i64,
    /// As in [`Pattern`].
    pub pattern: String,
}

fn one() -> i64 {
    1
}

/// How a shop's barcodes are built, for example `21IIIIIPPPPPC`: a prefix, then `I` the item code, `P` a price or `W` a
/// weight in grams, and `C` the check digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    /// What a price in the code is multiplied by, 1 to 1,000: five digits alone end at 99,999.
    factor: i64,
}

/// Why a pattern is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PatternRefused {
    /// Not a prefix, an item code, one value and a check digit, 13 in all.
    #[error("a pattern has 13 characters: digits, then I for the item, P or W for the value, and C at the end")]
    Form,
    /// The factor is out of range.
    #[error("the factor must be 1 to 1000")]
    Factor,
    /// A code could be read by two patterns of the list.
    #[error("two patterns begin with the same digits")]
    Overlap,
    /// The list is too long.
    #[error("too many patterns: at most {MAX_PATTERNS}")]
    TooMany,
}

/// Checks the list of a shop. No code fits two patterns, so their sequence does not matter.
///
/// # Errors
/// [`PatternRefused`].
pub fn patterns(list: &[PatternSetting]) -> Result<Vec<Pattern>, PatternRefused> {
    if list.len() > MAX_PATTERNS {
        return Err(PatternRefused::TooMany);
    }
    let mut patterns: Vec<Pattern> = Vec::with_capacity(list.len());
    for PatternSetting { pattern, factor } in list {
        let pattern = Pattern::parse(pattern, *factor)?;
        if patterns.iter().any(|other| pattern.overlaps(other)) {
            return Err(PatternRefused::Overlap);
        }
        patterns.push(pattern);
    }
    Ok(patterns)
}

/// Reads a scanned code by the pattern that it fits.
#[must_use]
pub fn read(patterns: &[Pattern], code: &str) -> Option<Scanned> {
    patterns.iter().find_map(|pattern| pattern.read(code))
}

/// The item code of a product or of a scanned code, for comparison: scales print leading zeros that people do not type.
#[must_use]
pub fn item_key(item: &str) -> &str {
    item.trim().trim_start_matches('0')
}

/// The value in a barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// The price of the piece, which is the amount of its line.
    Price(Money),
    /// The weight in grams.
    Grams(i64),
}

/// An item code, as digits, and the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// The item code with its leading zeros.
    pub item: String,
    /// Price or weight.
    pub value: Value,
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// [`PatternRefused`].
    pub fn parse(text: &str, factor: i64) -> Result<Pattern, PatternRefused> {
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = rest.strip_prefix('I').ok_or(PatternRefused::Form)?.trim_start_matches('I');
        let value = rest.strip_suffix('C').ok_or(PatternRefused::Form)?;
        let is_value = !value.is_empty() && ["P", "W"].iter().any(|letter| value.replace(letter, "").is_empty());
        let is_own = text.starts_with('2') || text.starts_with("02");
        if text.len() != DIGITS || !is_own || !is_value {
            return Err(PatternRefused::Form);
        }
        if !(1..=1_000).contains(&factor) {
            return Err(PatternRefused::Factor);
        }
        Ok(Pattern { text: text.to_owned(), factor })
    }

    /// Whether a code could fit both.
    fn overlaps(&self, other: &Pattern) -> bool {
        let may_fit = |(one, other): (u8, u8)| !one.is_ascii_digit() || !other.is_ascii_digit() || one == other;
        self.text.bytes().zip(other.text.bytes()).all(may_fit)
    }

    /// Reads a scanned code; `None` if it is not of this pattern or its check digit is wrong. Scanners that drop the
    /// leading zero send 12 digits.
    #[must_use]
    pub fn read(&self, code: &str) -> Option<Scanned> {
        let code = if code.len() == DIGITS - 1 { format!("0{code}") } else { code.to_owned() };
        let fits = |(is, must): (u8, u8)| is.is_ascii_digit() && (!must.is_ascii_digit() || is == must);
        if code.len() != DIGITS || !code.bytes().zip(self.text.bytes()).all(fits) || !has_check_digit(&code) {
            return None;
        }
        let digits_at = |letter: char| {
            let at = code.chars().zip(self.text.chars()).filter(move |&(_, of)| of == letter);
            at.map(|(digit, _)| digit).collect::<String>()
        };
        let price = digits_at('P');
        let value = if price.is_empty() {
            Value::Grams(digits_at('W').parse().ok()?)
        } else {
            Value::Price(Money(price.parse().ok()?).times(self.factor).ok()?)
        };
        Some(Scanned { item: digits_at('I'), value })
    }
}

/// Why a code sells nothing of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CodeRefused {
    /// The code has a weight, and the product is sold by the piece.
    #[error("the product is not sold by weight")]
    NotByWeight,
    /// The product has no price per kilogram.
    #[error("the product has no price per kilogram")]
    NoPrice,
    /// The code has a price or a weight of zero.
    #[error("the code has a price or a weight of zero")]
    Zero,
    /// The amount is too large.
    #[error(transparent)]
    Amount(#[from] CartRefused),
}

/// How much a code sells of a product of this price and scale, and the amount of the line. A price in the code is the
/// amount; the grams follow from it.
///
/// # Errors
/// [`CodeRefused`].
pub fn sold(value: Value, price: Money, scale: QtyScale) -> Result<(Quantity, Money), CodeRefused> {
    let is_zero = matches!(value, Value::Price(Money(0)) | Value::Grams(0));
    match (value, scale) {
        _ if is_zero => Err(CodeRefused::Zero),
        (Value::Grams(_), QtyScale::Pieces) => Err(CodeRefused::NotByWeight),
        (Value::Price(amount), QtyScale::Pieces) => Ok((Quantity::pieces(1), amount)),
        _ if price <= Money::ZERO => Err(CodeRefused::NoPrice),
        (Value::Grams(qty), QtyScale::Thousandths) => {
            let quantity = Quantity { qty, scale };
            Ok((quantity, quantity.amount(price)?))
        }
        (Value::Price(amount), QtyScale::Thousandths) => {
            // A price of less than half a gram is sold as one.
            let qty = grams(amount, price).ok_or(CodeRefused::NoPrice)?.max(1);
            Ok((Quantity { qty, scale }, amount))
        }
    }
}

/// The grams that a price stands for, for the stock; `None` if the price per kilogram is not positive.
#[must_use]
pub fn grams(price: Money, per_kilogram: Money) -> Option<i64> {
    if per_kilogram <= Money::ZERO {
        return None;
    }
    price.ratio(1_000, per_kilogram.0).ok().map(|grams| grams.0)
}

/// Whether the last of 13 digits is the check digit of the others.
fn has_check_digit(code: &str) -> bool {
    let weighted = code.bytes().zip([1_u32, 3].into_iter().cycle());
    weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_a_prefix_an_item_a_value_and_a_check_digit() {
        for text in ["21IIIIIPPPPPC", "23IIIIIWWWWWC", "2IIIIIPPPPPPC", "29IIIIIIPPPPC"] {
            assert!(Pattern::parse(text, 1).is_ok(), "{text}");
        }
        for text in [
            "",
            "21IIIIIPPPPP",
            "21IIIIIPPPPPPC",
            "21IIIIIPPWWWC",
            "21PPPPPIIIIIC",
            "99IIIIIPPPPPC",
            "21IIIIIIIIIIC",
            "IIIIIIIPPPPPC",
        ] {
            assert_eq!(Pattern::parse(text, 1), Err(PatternRefused::Form), "{text}");
        }
        assert_eq!(Pattern::parse("21IIIIIPPPPPC", 0), Err(PatternRefused::Factor));
        assert_eq!(Pattern::parse("21IIIIIPPPPPC", 1_001), Err(PatternRefused::Factor));
    }

    #[test]
    fn a_code_of_another_pattern_or_with_a_wrong_digit_is_not_read() {
        let pattern = Pattern::parse("21IIIIIPPPPPC", 1).unwrap();
        assert!(pattern.read("2100123157501").is_some());
        for code in
            ["2100123157502", "2300123003451", "210012315750", "21001231575O1", "", "2100123157501 ", "21００12315750"]
        {
            assert_eq!(pattern.read(code), None, "{code}");
        }
    }

    #[test]
    fn patterns_that_could_read_the_same_code_are_refused() {
        let list = |texts: &[&str]| {
            let setting = |text: &&str| PatternSetting { pattern: (*text).to_owned(), factor: 1 };
            patterns(&texts.iter().map(setting).collect::<Vec<_>>())
        };
        assert_eq!(list(&["21IIIIIPPPPPC", "23IIIIIWWWWWC", "02IIIIIPPPPPC"]).map(|all| all.len()), Ok(3));
        for overlapping in [["21IIIIIPPPPPC", "21IIIIIWWWWWC"], ["2IIIIIPPPPPPC", "29IIIIIPPPPPC"]] {
            assert_eq!(list(&overlapping), Err(PatternRefused::Overlap), "{overlapping:?}");
        }
        let many: Vec<String> = (10..31).map(|n| format!("2{n}IIIIPPPPPC")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(list(&many), Err(PatternRefused::TooMany));
        assert_eq!(list(&many[..20]).map(|all| all.len()), Ok(20));
    }

    #[test]
    fn an_item_code_is_compared_without_leading_zeros() {
        assert_eq!(item_key("00123"), item_key(" 123"));
        assert_ne!(item_key("1230"), item_key("123"));
    }

    #[test]
    fn the_leading_zero_may_be_missing() {
        let pattern = Pattern::parse("02IIIIIPPPPPC", 1).unwrap();
        let scanned = Scanned { item: "00123".into(), value: Value::Price(Money(15_750)) };
        for code in ["0200123157500", "200123157500"] {
            assert_eq!(pattern.read(code), Some(scanned.clone()), "{code}");
        }
    }

    #[test]
    fn a_price_stands_for_grams() {
        assert_eq!(grams(Money(15_750), Money(85_000)), Some(185));
        assert_eq!(grams(Money(15_750), Money(0)), None);
    }
}
