//! Invalid values, as SQL and as JSON, made from the declared type of a field.

use protocol::entity::{Encoding, Field, ValueType};
use serde_json::{Value, json};

use super::BadValue;
use crate::dice::Dice;

/// Exceeds the size limit of an entity.
const HUGE: usize = protocol::limits::MAX_ENTITY_BYTES + 1;
/// Exceeds the length limit of a text.
const LONG: usize = 5_000;

/// A value for a column, as SQL, and the invalid value if it breaks the field's rule.
pub fn sql(field: &Field, in_order: bool, dice: &mut Dice, number: u64) -> (String, Option<BadValue>) {
    let word = format!("bad{number}x");
    let bad_value = || Some(BadValue::Text(word.clone()));
    if is_number(field) {
        let numbers = [i64::MAX, i64::MIN, -5, 0, 10_001, 999_999_999_999_999];
        let value = numbers[dice.index(numbers.len())];
        let breaks = match field.value_type {
            ValueType::Int(least, most) => !(least..=most).contains(&value),
            ValueType::OneOf(of) => !of.contains(&value),
            ValueType::Flag => ![0, 1].contains(&value),
            _ => {
                value.unsigned_abs() > 1_000_000_000_000_000
                    || (value < 0 && !matches!(field.value_type, ValueType::Money))
            }
        };
        return (value.to_string(), breaks.then(|| BadValue::Number(field.name.to_owned(), value)));
    }
    let text = |sql: String, breaks: bool| (sql, bad_value().filter(|_| breaks));
    // Displayed texts of a sale are sent lossily.
    let shown = in_order && matches!(field.value_type, ValueType::DisplayText(_));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let is_word = !matches!(
        field.value_type,
        ValueType::Text(_) | ValueType::DisplayText(_) | ValueType::Json | ValueType::Id | ValueType::Time
    );
    match dice.below(16) {
        0 | 7..=8 => text(format!("cast(x'{}' as text)", hex(&[word.as_bytes(), b"\xe9"].concat())), !shown),
        1 | 9..=10 => {
            let breaks = !shown && !matches!(field.value_type, ValueType::Json);
            text(format!("cast(x'{}' as text)", hex(&[word.as_bytes(), b"\0b"].concat())), breaks)
        }
        2 => text(format!("'{word}' || printf('%.*c', {HUGE}, 'x')"), true),
        3 | 11 => {
            text(format!("'{word}' || printf('%.*c', {LONG}, 'x')"), !matches!(field.value_type, ValueType::Json))
        }
        4 | 12 if field.encoding == Encoding::List => {
            let levels = if dice.one_in(2) { 40 } else { 200 };
            let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            text(format!("'[{{\"id\":\"{word}\",\"x\":{deep}}}]'"), true)
        }
        4 | 5 | 12 | 13 if field.encoding == Encoding::List => text(format!("'[\"{word}\"]'"), true),
        4 | 5 | 12 | 13 => text(format!("'{word}'"), is_word),
        _ => ("''".to_owned(), None),
    }
}

fn is_number(field: &Field) -> bool {
    matches!(field.encoding, Encoding::Flag | Encoding::OptionalFlag)
        || matches!(field.value_type, ValueType::Int(..) | ValueType::OneOf(_) | ValueType::Money | ValueType::Amount)
}

/// An invalid value for a field of a document.
pub fn json(field: &Field, dice: &mut Dice, number: u64) -> (Value, BadValue) {
    let word = format!("bad{number}x");
    let nested = (0..50).fold(json!(word), |value, _| json!([value]));
    let value = match dice.below(12) {
        0 => json!(format!("{word}{}", "x".repeat(HUGE))),
        1 | 5..=6 => nested,
        2 | 7..=8 => json!({"of": word}),
        3 | 9 if matches!(field.value_type, ValueType::Text(_)) => json!(format!("{word}\u{0}b")),
        4 | 10 if matches!(field.value_type, ValueType::Amount | ValueType::Int(1.., _)) => {
            let value = -1_000_000 - i64::try_from(number).unwrap_or(0);
            return (json!(value), BadValue::Number(field.name.to_owned(), value));
        }
        _ => json!([word]),
    };
    (value, BadValue::Text(word))
}
