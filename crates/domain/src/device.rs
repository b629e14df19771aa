//! Devices of an outlet: tills, kitchen screens and customer displays.

use crate::string_enum::string_enum;

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// Sells.
    Till,
    /// Shows orders where they are prepared.
    Kitchen,
    /// Shows guests what a till sells.
    Display,
}

string_enum!(DeviceKind { Till: "till", Kitchen: "kitchen", Display: "display" });

/// What a till shows first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefaultView {
    /// Products as tiles.
    Sell,
    /// Products as a list.
    List,
    /// The tables.
    Tables,
}

string_enum!(DefaultView { Sell: "sell", List: "list", Tables: "tables" });

/// Longest time without a touch before a device locks.
pub const MAX_LOCK_MINUTES: i64 = 24 * 60;

impl DeviceKind {
    /// Minutes without a touch before a device of this kind locks, unless set. 0: never.
    #[must_use]
    pub fn lock_after_minutes(self) -> i64 {
        match self {
            Self::Till => 10,
            Self::Kitchen | Self::Display => 0,
        }
    }
}

/// The number series of the next device: A to Z, then AA, AB and so on. `last` is the series of the latest device; other
/// texts than capital letters count as none.
#[must_use]
pub fn next_series(last: Option<&str>) -> String {
    let is_series = |last: &&str| !last.is_empty() && last.bytes().all(|letter| letter.is_ascii_uppercase());
    let mut letters: Vec<u8> = last.filter(is_series).unwrap_or_default().bytes().collect();
    for letter in letters.iter_mut().rev() {
        if *letter < b'Z' {
            *letter += 1;
            return letters.into_iter().map(char::from).collect();
        }
        *letter = b'A';
    }
    letters.push(b'A');
    letters.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn series_continue_after_the_last_letter() {
        for (last, next) in [
            (None, "A"),
            (Some("A"), "B"),
            (Some("Z"), "AA"),
            (Some("AZ"), "BA"),
            (Some("ZZ"), "AAA"),
            (Some(""), "A"),
            (Some("a"), "A"),
            (Some("1"), "A"),
        ] {
            assert_eq!(next_series(last), next, "{last:?}");
        }
    }

    #[test]
    fn a_thousand_devices_have_different_series_in_order_of_length_and_letters() {
        let (mut all, mut last) = (BTreeSet::new(), None::<String>);
        for _ in 0..1_000 {
            let next = next_series(last.as_deref());
            let key = |series: &str| (series.len(), series.to_owned());
            assert!(last.as_deref().is_none_or(|last| key(last) < key(&next)), "{last:?} {next}");
            assert!(all.insert(next.clone()));
            last = Some(next);
        }
    }
}
