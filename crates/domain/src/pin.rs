//! PINs: their form, and which anybody would try first.
//!
//! Nothing here keeps, returns or prints a PIN; hashing and counting are the outlet's.

use thiserror::Error;

/// Why a text cannot be a PIN. It does not carry the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PinRefused {
    /// Too short or too long.
    #[error("a PIN has 4 to 8 digits")]
    WrongLength,
    /// Something other than the digits 0 to 9.
    #[error("a PIN has digits only")]
    NotDigits,
    /// Everybody's first guess.
    #[error("a PIN is not one digit repeated, and not digits in a row such as 1234")]
    TooEasy,
}

/// The PIN of a fresh outlet's first user. Everybody knows it, so it opens and approves on the machine itself only, and
/// nobody can choose it.
pub const INITIAL_PIN: &str = "1234";

/// Whether somebody may choose this PIN: 4 to 8 ASCII digits that are nobody's first guess.
///
/// # Errors
/// [`PinRefused`].
pub fn check_pin(pin: &str) -> Result<(), PinRefused> {
    if !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PinRefused::NotDigits);
    }
    if !(4..=8).contains(&pin.len()) {
        return Err(PinRefused::WrongLength);
    }
    let digits = pin.as_bytes();
    let goes = |step: u8| digits.windows(2).all(|pair| pair[1] == (pair[0] - b'0' + step) % 10 + b'0');
    // The same digit, upwards, downwards; 7890 and 3210 too.
    if goes(0) || goes(1) || goes(9) { Err(PinRefused::TooEasy) } else { Ok(()) }
}

const FREE_TRIES: u32 = 5;
const FIRST_LOCK_SECONDS: u32 = 30;
const MAX_LOCK_SECONDS: u32 = 15 * 60;

/// How long a log-in is locked after so many wrong PINs in a row, in seconds: none below 5, then 30, 60, 120 …
/// up to 15 minutes.
///
/// The cap keeps a prankster from locking out a cashier for the day; at one try in 15 minutes all PINs of four
/// digits still take more than three months.
#[must_use]
pub fn lock_seconds(failed_in_a_row: u32) -> u32 {
    match failed_in_a_row.checked_sub(FREE_TRIES) {
        None => 0,
        Some(doublings) => FIRST_LOCK_SECONDS.saturating_mul(2_u32.saturating_pow(doublings)).min(MAX_LOCK_SECONDS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_to_eight_digits() {
        for pin in ["0007", "1235", "24681357"] {
            assert_eq!(check_pin(pin), Ok(()));
        }
        for pin in [INITIAL_PIN, "0000", "12345678", "7890", "4321", "210987"] {
            assert_eq!(check_pin(pin), Err(PinRefused::TooEasy), "{pin}");
        }
        for pin in ["", "123", "123456789"] {
            assert_eq!(check_pin(pin), Err(PinRefused::WrongLength));
        }
        for pin in ["12a4", "12 34", "-123", "١٢٣٤"] {
            assert_eq!(check_pin(pin), Err(PinRefused::NotDigits));
        }
    }

    #[test]
    fn a_refusal_does_not_tell_the_pin() {
        let refused = check_pin("837465920").unwrap_err();
        assert!(!format!("{refused:?} {refused}").contains("837465920"));
    }

    #[test]
    fn locks_grow_to_a_quarter_of_an_hour() {
        let locks: Vec<u32> = (3..=12).map(lock_seconds).collect();
        assert_eq!(locks, [0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(lock_seconds(0), 0);
        assert_eq!(lock_seconds(u32::MAX), 900);
    }
}
