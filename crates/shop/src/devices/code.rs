//! One-time pairing codes, read from one screen and typed into another.

use jiff::{SignedDuration, Timestamp};
use web::{secret, time};

/// Lifetime of a code.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// 27 letters and digits that do not look or sound like each other: no 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B,
/// U and V.
const ALPHABET: &[u8; 27] = b"23456789ACDEFGHJKMNPQRTVWXY";
/// 38 bits; see [`web::CodeThrottle`] for how fast they can be tried.
const LENGTH: usize = 8;

/// A random code.
pub(super) fn make() -> String {
    let letter = |_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())]);
    (0..LENGTH).map(letter).collect()
}

/// The expiry of a code that is made now.
pub(super) fn ends(now: Timestamp) -> String {
    time::text(now + LIFETIME)
}

/// Whether a code with this expiry is valid. An expiry beyond the lifetime of codes was written by a clock that ran
/// ahead.
pub(super) fn is_open(until: &str, now: Timestamp) -> bool {
    until > time::text(now).as_str() && until <= ends(now).as_str()
}

/// The stored hash of a code. Accepts lower case, spaces and hyphens, and letters that look like one of the code.
pub(super) fn hash(code: &str) -> String {
    let written = code.chars().filter(|c| !c.is_whitespace() && *c != '-');
    let meant = written.map(|c| match c.to_ascii_uppercase() {
        'B' => '8',
        'S' => '5',
        'U' => 'V',
        'Z' => '2',
        c => c,
    });
    secret::key_hash(&meant.collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_has_eight_letters_that_are_not_confused() {
        let all: BTreeSet<String> = (0..2_000).map(|_| make()).collect();
        assert_eq!(all.len(), 2_000);
        let letters: BTreeSet<char> = all.iter().flat_map(|code| code.chars()).collect();
        assert_eq!(letters.iter().collect::<String>().as_bytes(), ALPHABET, "each letter occurs, and no other");
        assert!(all.iter().all(|code| code.len() == LENGTH));
    }

    #[test]
    fn a_code_is_the_same_however_it_is_written() {
        let code = hash("K7M2X8V5");
        for written in ["k7m2-x8v5", " K7M2 X8V5\n", "k7mzxbus", "K7M2\u{a0}X8V5"] {
            assert_eq!(hash(written), code, "{written:?}");
        }
        for other in ["K7M2X8V", "K7M2X8V55", "K7M2X8V6", ""] {
            assert_ne!(hash(other), code, "{other}");
        }
    }

    #[test]
    fn a_code_lasts_for_five_minutes_whatever_the_clock_that_made_it() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let made = |seconds_ago: i64| ends(now - SignedDuration::from_secs(seconds_ago));
        assert!(is_open(&made(0), now) && is_open(&made(299), now));
        assert!(!is_open(&made(300), now) && !is_open(&made(-1), now) && !is_open(&made(-86_400), now));
    }
}
