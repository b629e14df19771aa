//! How far an outlet has read the streams: opaque to everyone else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The stream of what the whole chain shares.
pub const CATALOG: &str = "catalog";

/// The stream of what concerns one outlet only.
#[must_use]
pub fn of_outlet(outlet_id: &str) -> String {
    format!("outlet:{outlet_id}")
}

/// A row of a stream. A number alone is ambiguous after a restore of the hub; number and random row id are not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// Dense, from 1; 0 before the first row.
    pub n: i64,
    /// Random, given by the hub when it wrote the row; empty at 0.
    pub row_id: String,
}

impl Place {
    /// Whether the hub still has the row at this place, as a page of its stream shows it: `rows` are the row that was read
    /// before and those of the page, and `is_end` says that there are no more. None: the page does not reach so far.
    pub fn is_among<'r>(&self, rows: impl IntoIterator<Item = &'r Self>, is_end: bool) -> Option<bool> {
        let mut last = 0;
        for row in rows {
            if row.n == self.n {
                return Some(row == self);
            }
            last = last.max(row.n);
        }
        (is_end || self.n < last).then_some(false)
    }
}

/// A place in each of the two streams that an outlet reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// In [`CATALOG`].
    pub catalog: Place,
    /// In the outlet's own stream.
    pub outlet: Place,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor of this hub; leave it out to start again from the beginning")]
pub struct NotACursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { catalog, outlet } = self;
        write!(f, "{}.{}~{}.{}", catalog.n, catalog.row_id, outlet.n, outlet.row_id)
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (catalog, outlet) = text.split_once('~').ok_or(NotACursor)?;
        Ok(Self { catalog: place(catalog)?, outlet: place(outlet)? })
    }
}

fn place(text: &str) -> Result<Place, NotACursor> {
    let (n, row_id) = text.split_once('.').ok_or(NotACursor)?;
    let digits = (1..=19).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit());
    let word = row_id.len() <= 32 && row_id.bytes().all(|b| b.is_ascii_alphanumeric());
    let n = n.parse().ok().filter(|_| digits && word).ok_or(NotACursor)?;
    if (n == 0) != row_id.is_empty() {
        return Err(NotACursor);
    }
    Ok(Place { n, row_id: row_id.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_beginning_has_a_text() {
        assert_eq!(Cursor::default().to_string(), "0.~0.");
        assert_eq!("0.~0.".parse(), Ok(Cursor::default()));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "~", "1~2", "1.~0.", "0.a~0.", "-1.a~0.", "1.a~1.b~", "99999999999999999999.a~0.", "1.ö~0."] {
            assert_eq!(text.parse::<Cursor>(), Err(NotACursor), "{text}");
        }
    }

    #[test]
    fn a_row_is_lost_if_the_stream_lacks_it_at_its_position() {
        let at = |n, row_id: &str| Place { n, row_id: row_id.to_owned() };
        let rows = [at(3, "c"), at(4, "d"), at(5, "e")];
        for (seen, is_end, expected) in [
            (at(3, "c"), false, Some(true)),
            (at(5, "e"), false, Some(true)),
            (at(5, "x"), false, Some(false)),
            (at(2, "b"), false, Some(false)),
            (at(6, "f"), false, None),
            (at(6, "f"), true, Some(false)),
        ] {
            assert_eq!(seen.is_among(&rows, is_end), expected, "{seen:?}, end: {is_end}");
        }
        assert_eq!(Place::default().is_among(&[Place::default()], true), Some(true));
        assert_eq!(at(1, "a").is_among(&[Place::default()], false), None);
    }

    proptest! {
        #[test]
        fn a_cursor_survives_its_text(catalog in 1_i64.., outlet in 1_i64.., row_id in "[0-9a-f]{16}") {
            let at = |n| Place { n, row_id: row_id.clone() };
            let cursor = Cursor { catalog: at(catalog), outlet: at(outlet) };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = text.parse::<Cursor>();
        }
    }
}
