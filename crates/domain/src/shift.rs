//! A drawer's shift: words, count, and number.

use crate::money::{Money, Overflow};
use crate::string_enum::string_enum;

/// The status of a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShiftStatus {
    /// It takes payments.
    Open,
    /// Counted and closed; it never changes again.
    Closed,
}

string_enum!(ShiftStatus { Open: "open", Closed: "closed" });

/// Cash that is put into a drawer or taken out without a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MovementKind {
    /// Put in, such as change from the bank.
    In,
    /// Taken out, such as a small purchase.
    Out,
    /// Moved to the safe.
    Drop,
}

string_enum!(MovementKind { In: "in", Out: "out", Drop: "drop" });

/// When the cash of a drawer was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountKind {
    /// As the shift began.
    Open,
    /// As it was closed.
    Close,
    /// After it was closed, because the first count is doubted.
    Recount,
}

string_enum!(CountKind { Open: "open", Close: "close", Recount: "recount" });

/// A report of a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// The figures so far.
    X,
    /// The figures at the close.
    Z,
}

string_enum!(ReportKind { X: "x", Z: "z" });

/// Pieces of one note or coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pieces {
    /// Value of one, in minor units.
    pub denomination: i64,
    /// How many.
    pub pieces: i64,
}

impl Pieces {
    /// What they are worth.
    ///
    /// # Errors
    /// The amount is too large.
    pub fn amount(self) -> Result<Money, Overflow> {
        Money(self.denomination).times(self.pieces)
    }
}

/// The number of a shift: the sequence of its drawer, after the series of a restored database like order numbers.
#[must_use]
pub fn shift_number(series: i64, sequence: i64) -> String {
    let series = if series == 0 { String::new() } else { format!("R{series}-") };
    format!("{series}Z{sequence:04}")
}

/// The sequence in the number of a shift; `None` if it is not such a number.
#[must_use]
pub fn shift_sequence(number: &str) -> Option<i64> {
    number.rsplit_once('Z')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_sequence_of_its_drawer() {
        for (series, sequence, number) in [(0, 1, "Z0001"), (0, 12_345, "Z12345"), (7, 42, "R7-Z0042")] {
            assert_eq!(shift_number(series, sequence), number);
            assert_eq!(shift_sequence(number), Some(sequence));
        }
        assert_eq!([shift_sequence("JKT-1"), shift_sequence("Z")], [None, None]);
    }

    #[test]
    fn pieces_are_worth_their_denomination() {
        assert_eq!(Pieces { denomination: 50_000, pieces: 3 }.amount(), Ok(Money(150_000)));
        assert!(Pieces { denomination: i64::MAX, pieces: 2 }.amount().is_err());
    }
}
