//! One-time enrollment codes.

use jiff::{SignedDuration, Timestamp};
use web::secret;

/// Lifetime of a code.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// 32 letters that are not confused on paper or on the phone; five bits each.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Sixty random bits as `XXXX-XXXX-XXXX`.
pub(super) fn make() -> String {
    let letter = |byte: u8| char::from(ALPHABET[usize::from(byte % 32)]);
    let random = rand::random::<[u8; 12]>();
    let groups: Vec<String> = random.chunks(4).map(|group| group.iter().map(|&byte| letter(byte)).collect()).collect();
    groups.join("-")
}

/// The expiry of a code that is issued now.
pub(super) fn ends(now: Timestamp) -> String {
    web::time::text(now.saturating_add(LIFETIME).unwrap_or(now))
}

/// Whether a code with this expiry is valid. An expiry beyond the lifetime of codes was written by a clock that ran
/// ahead.
pub(super) fn is_open(until: &str, now: Timestamp) -> bool {
    until > web::time::text(now).as_str() && until <= ends(now).as_str()
}

/// The stored hash of a code. Accepts lower case, missing hyphens, and O for 0.
pub(super) fn hash(code: &str) -> String {
    let written = code.chars().filter(|c| !c.is_whitespace() && *c != '-');
    let meant = written.map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    });
    secret::key_hash(&meant.collect::<String>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_may_be_tried_and_only_the_code_matches(text: String) {
            prop_assert_ne!(hash(&text), hash(&make()));
            prop_assert_eq!(hash(&text).len(), hash("").len(), "however long it is");
        }

        #[test]
        fn every_code_reads_the_same_with_other_hyphens_spaces_and_letters(seed: u64, gaps in "[- ]{0,3}") {
            let code = make();
            let written: Vec<String> = code.chars().enumerate().map(|(at, letter)| {
                let letter = if seed >> (at % 64) & 1 == 1 { letter.to_ascii_lowercase() } else { letter };
                if letter == '-' { gaps.clone() } else { letter.to_string() }
            }).collect();
            prop_assert_eq!(hash(&written.concat()), hash(&code), "{}", written.concat());
        }
    }

    #[test]
    fn a_code_lasts_for_a_day_whatever_the_clock_that_made_it() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let made = |hours_ahead: i64| ends(now + SignedDuration::from_hours(hours_ahead));
        assert!(is_open(&made(0), now) && is_open(&made(-23), now));
        assert!(!is_open(&made(-24), now) && !is_open(&made(1), now) && !is_open(&made(24 * 365), now));
    }

    #[test]
    fn a_code_is_the_same_however_it_is_written() {
        let code = hash("A01B-CD2E-01FG");
        for written in ["a01b-cd2e-01fg", "AO1BCD2E0IFG", " a0lb cd2e olfg\n"] {
            assert_eq!(hash(written), code, "{written}");
        }
        assert_ne!(hash("A01B-CD2E-01FH"), code);
        assert_ne!(make(), make());
    }
}
