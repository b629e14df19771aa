//! The values of rows, for comparing those of a table with those that a document produces.

use store::{Arg, Fault, Row};

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Text(String),
}

impl Cell {
    pub(super) fn text(text: &str) -> Self {
        // PostgreSQL cannot store this character.
        Self::Text(text.replace('\0', "\u{fffd}"))
    }

    pub(super) fn of(arg: Arg<'_>) -> Self {
        match arg {
            Arg::Int(n) => Self::Int(n),
            Arg::Text(text) => Self::text(text),
            Arg::Null | Arg::Blob(_) | Arg::Texts(_) => Self::Null,
        }
    }

    pub(super) fn to_arg(&self) -> Arg<'_> {
        match self {
            Self::Null => Arg::Null,
            Self::Int(n) => Arg::Int(*n),
            Self::Text(text) => text.into(),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }
}

pub(super) type Cells = Vec<Cell>;

/// Reads a row: these columns are texts, the others numbers.
pub(super) fn read(row: &Row<'_>, columns: usize, texts: &[usize]) -> Result<Cells, Fault> {
    let cell = |column| {
        Ok(if texts.contains(&column) {
            row.maybe_text(column)?.map_or(Cell::Null, |text| Cell::text(&text))
        } else {
            row.maybe_int(column)?.map_or(Cell::Null, Cell::Int)
        })
    };
    (0..columns).map(cell).collect()
}
