//! Values that break rules, as SQL and as JSON, made from what a field is declared to hold.

use protocol::entity::{Encoding, Field, ValueType};
use serde_json::{Value, json};

use super::Mark;
use crate::dice::Dice;

/// More than any entity may have.
const HUGE: usize = 600 << 10;
/// More than any text may have.
const LONG: usize = 5_000;

/// A value for a column, as the sqlite3 shell takes it, and its mark if it breaks the rule of its field.
pub fn sql(field: &Field, in_order: bool, dice: &mut Dice, number: u64) -> (String, Option<Mark>) {
    let word = format!("bad{number}x");
    let mark = || Some(Mark::Text(word.clone()));
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
        return (value.to_string(), breaks.then(|| Mark::Number(field.name.to_owned(), value)));
    }
    let text = |sql: String, breaks: bool| (sql, mark().filter(|_| breaks));
    // What only people read of a sale is sent as well as it can be.
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

/// A value of a document that breaks the rule of its field, and its mark.
pub fn json(field: &Field, dice: &mut Dice, number: u64) -> (Value, Mark) {
    let word = format!("bad{number}x");
    let nested = (0..50).fold(json!(word), |value, _| json!([value]));
    let value = match dice.below(12) {
        0 => json!(format!("{word}{}", "x".repeat(HUGE))),
        1 | 5..=6 => nested,
        2 | 7..=8 => json!({"of": word}),
        3 | 9 if matches!(field.value_type, ValueType::Text(_)) => json!(format!("{word}\u{0}b")),
        4 | 10 if matches!(field.value_type, ValueType::Amount | ValueType::Int(1.., _)) => {
            let value = -1_000_000 - i64::try_from(number).unwrap_or(0);
            return (json!(value), Mark::Number(field.name.to_owned(), value));
        }
        _ => json!([word]),
    };
    (value, Mark::Text(word))
}
