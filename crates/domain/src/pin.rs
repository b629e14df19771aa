//! Rules for PINs: their format, and which are too easy to guess.
//!
//! Nothing here stores, returns or prints a PIN; the outlet hashes PINs and counts attempts.

use thiserror::Error;

/// Why a text is not a valid PIN. It does not contain the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PinRefused {
    /// Too short or too long.
    #[error("a PIN must have 4 to 8 digits")]
    WrongLength,
    /// Characters other than 0 to 9.
    #[error("a PIN must contain only digits")]
    NotDigits,
    /// Too easy to guess.
    #[error("a PIN must not be one repeated digit or a sequence such as 1234")]
    TooEasy,
}

/// The PIN of the first user of a new outlet. It is public, so it only works on the machine itself, and nobody can
/// choose it.
pub const INITIAL_PIN: &str = "1234";

/// Checks a new PIN: 4 to 8 ASCII digits that are not easy to guess.
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
    let steps_by = |step: u8| digits.windows(2).all(|pair| pair[1] == (pair[0] - b'0' + step) % 10 + b'0');
    // The same digit, ascending, descending; wrapping around, as in 7890 and 3210.
    if steps_by(0) || steps_by(1) || steps_by(9) { Err(PinRefused::TooEasy) } else { Ok(()) }
}

const FREE_ATTEMPTS: u32 = 5;
const FIRST_LOCK_SECONDS: u32 = 30;
const MAX_LOCK_SECONDS: u32 = 15 * 60;

/// How long a log-in is locked after this many consecutive wrong PINs, in seconds: 0 below 5, then 30, 60, 120 … up to
/// 15 minutes.
///
/// The cap prevents a prankster from locking out a cashier for the day; at one attempt in 15 minutes, trying all PINs
/// of four digits still takes more than three months.
#[must_use]
pub fn lock_seconds(failed_in_a_row: u32) -> u32 {
    match failed_in_a_row.checked_sub(FREE_ATTEMPTS) {
        None => 0,
        Some(doublings) => FIRST_LOCK_SECONDS.saturating_mul(2_u32.saturating_pow(doublings)).min(MAX_LOCK_SECONDS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_four_to_eight_digits_and_is_not_easy() {
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
    fn an_error_does_not_contain_the_pin() {
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
