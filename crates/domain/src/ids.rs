//! The format of ids, and series of ids for the rows of one command.
//!
//! New ids are UUIDs, stored in lower case with hyphens; every input accepts any notation of a UUID ([`canonical`]).
//! Rows from the sqlite3 shell may have other ids (`t1`), which are used unchanged ([`stored_as`]). [`is_id`] defines
//! valid ids for all tables, APIs and both sides of sync.
//!
//! A command gets one UUIDv7; its rows use this id and the following ones. They differ only in the last digits, are
//! adjacent in an index and sort in the order of creation (RFC 9562, section 6.2, method 2: monotonic random, with a
//! step of one).

use uuid::Uuid;

/// Maximum bytes of an id that is not a UUID.
pub const MAX_OTHER_ID: usize = 128;

/// The requirement of [`is_id`], as a message.
pub const ID_REQUIREMENT: &str =
    "must be an id: 1 to 128 printable ASCII characters, a UUID in lower case with hyphens";

/// Whether an id is valid: printable ASCII, so that both database engines, URLs and terminals preserve it; and a UUID
/// only in its canonical form, because lookups use that form. The outlet's schema has the same check in each table.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=MAX_OTHER_ID).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && stored_as(text) == text
}

/// Parses a UUID in any notation: upper case, in braces, after `urn:uuid:`, without hyphens. `None` for other texts and
/// for the nil UUID.
#[must_use]
pub fn canonical(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| !id.is_nil())
}

/// The stored form of an id: a UUID in canonical form, any other text unchanged.
#[must_use]
pub fn stored_as(text: &str) -> String {
    canonical(text).map_or_else(|| text.to_owned(), |id| id.to_string())
}

/// A series of consecutive ids, starting with the given one.
///
/// The 74 random bits are the counter. If they overflow, the carry continues into the timestamp, as the RFC allows;
/// version and variant bits never change.
#[derive(Debug)]
pub struct IdSeries {
    next: u128,
}

/// The bits of a UUID with version (48..52) and variant (64..66).
const VERSION_AND_VARIANT: u128 = (0b1111 << 76) | (0b11 << 62);

impl From<Uuid> for IdSeries {
    fn from(first: Uuid) -> IdSeries {
        IdSeries { next: first.as_u128() }
    }
}

impl IdSeries {
    /// The next id; the first call returns the given one.
    pub fn next_id(&mut self) -> Uuid {
        let id = self.next;
        // The fixed bits are set to ones so that they pass on a carry, and are restored afterwards.
        let stepped = (id | VERSION_AND_VARIANT).wrapping_add(1);
        self.next = (stepped & !VERSION_AND_VARIANT) | (id & VERSION_AND_VARIANT);
        Uuid::from_u128(id)
    }

    /// The next id as text, in the stored form.
    pub fn next_text(&mut self) -> String {
        self.next_id().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_two(first: &str) -> [String; 2] {
        let mut series = IdSeries::from(Uuid::parse_str(first).unwrap());
        [series.next_text(), series.next_text()]
    }

    #[test]
    fn a_uuid_has_one_stored_form() {
        let id = "0199f3c2-8a00-7abc-8def-0123456789ff";
        let simple = id.replace('-', "");
        for written in
            [id.to_owned(), id.to_uppercase(), format!("{{{id}}}"), format!("urn:uuid:{id}"), simple.to_uppercase()]
        {
            assert_eq!(stored_as(&written), id, "{written}");
        }
        for other in
            ["t1", "ORD-001", "", "00000000-0000-0000-0000-000000000000", "0199f3c2-8a00-7abc-8def-0123456789f"]
        {
            assert_eq!(canonical(other), None);
            assert_eq!(stored_as(other), other);
        }
    }

    #[test]
    fn an_id_is_printable_ascii_and_a_uuid_is_canonical() {
        let long = "x".repeat(MAX_OTHER_ID);
        for id in ["t1", "ORD 001", "~", "0199f3c2-8a00-7abc-8def-0123456789ff", &long] {
            assert!(is_id(id), "{id}");
        }
        let (longer, capitals) = (format!("{long}x"), "0199F3C2-8A00-7ABC-8DEF-0123456789FF");
        for other in ["", "kopi☕", "café", "a\0b", "a\n", "a\u{7f}", "\u{fffd}E9", capitals, &longer] {
            assert!(!is_id(other), "{other:?}");
        }
    }

    #[test]
    fn ids_are_consecutive() {
        let first = "0199f3c2-8a00-7abc-8def-0123456789ff";
        assert_eq!(first_two(first), [first, "0199f3c2-8a00-7abc-8def-012345678a00"]);
    }

    #[test]
    fn a_carry_skips_variant_and_version() {
        for (first, second) in [
            ("0199f3c2-8a00-7abc-bfff-ffffffffffff", "0199f3c2-8a00-7abd-8000-000000000000"),
            ("0199f3c2-8a00-7fff-bfff-ffffffffffff", "0199f3c2-8a01-7000-8000-000000000000"),
        ] {
            assert_eq!(first_two(first), [first, second]);
        }
    }

    #[test]
    fn a_long_series_is_sorted_and_stays_version_7() {
        let mut series = IdSeries::from(Uuid::parse_str("0199f3c2-8a00-7abc-bfff-fffffffffc00").unwrap());
        let ids: Vec<Uuid> = (0..2_000).map(|_| series.next_id()).collect();
        assert!(ids.is_sorted_by(|earlier, later| earlier < later));
        assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
    }
}
