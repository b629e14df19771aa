//! The one reader for text that other programs may have written: the sqlite3 shell can store Windows-1252, and a CHECK
//! cannot require UTF-8.
//!
//! Reading a column never fails because of its bytes. Invalid UTF-8 is shown as U+FFFD; a number outside the range of
//! its type becomes the nearest value. An id has a second, unambiguous form for lookups: [`escape`] maps different
//! bytes to different text, and [`raw`] binds the original bytes. This reader is for display: code that calculates
//! money or sends a row must check [`is_readable`] first.

use std::borrow::Cow;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Row, ToSql};

const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// A type that can be read leniently.
pub trait Lenient: Sized {
    /// The value of a column.
    ///
    /// # Errors
    /// Null, if the type has no null.
    fn lenient(value: ValueRef<'_>) -> FromSqlResult<Self>;
}

impl Lenient for String {
    fn lenient(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            ValueRef::Integer(number) => Ok(number.to_string()),
            ValueRef::Real(number) => Ok(number.to_string()),
            ValueRef::Null => Err(FromSqlError::InvalidType),
        }
    }
}

impl<T: Lenient> Lenient for Option<T> {
    fn lenient(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::lenient(value).map(Some),
        }
    }
}

impl Lenient for i64 {
    fn lenient(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value)
    }
}

impl Lenient for bool {
    fn lenient(value: ValueRef<'_>) -> FromSqlResult<Self> {
        bool::column_result(value)
    }
}

macro_rules! nearest {
    ($($type:ty),*) => {$(
        impl Lenient for $type {
            fn lenient(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let number = i64::column_result(value)?;
                Ok(Self::try_from(number).unwrap_or(if number < 0 { Self::MIN } else { Self::MAX }))
            }
        }
    )*};
}
nearest!(u16, u32, u64, usize);

impl Lenient for Vec<u8> {
    fn lenient(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::column_result(value)
    }
}

/// Lenient reading of a row.
pub trait ReadRow {
    /// The value of a column; see the module.
    ///
    /// # Errors
    /// Null if the type has no null, or a missing column.
    fn read<T: Lenient>(&self, column: usize) -> rusqlite::Result<T>;

    /// An id, [escaped](escape).
    ///
    /// # Errors
    /// Like [`ReadRow::read`].
    fn id(&self, column: usize) -> rusqlite::Result<String>;
}

impl ReadRow for Row<'_> {
    fn read<T: Lenient>(&self, column: usize) -> rusqlite::Result<T> {
        let value = self.get_ref(column)?;
        T::lenient(value)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, value.data_type(), Box::new(error)))
    }

    fn id(&self, column: usize) -> rusqlite::Result<String> {
        match self.get_ref(column)? {
            ValueRef::Text(bytes) => Ok(escape(bytes).into_owned()),
            _ => self.read(column),
        }
    }
}

/// Whether the bytes are valid UTF-8.
#[must_use]
pub fn is_readable(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}

/// An id as text. Valid UTF-8 without control characters is unchanged; otherwise each byte that is not printable ASCII
/// becomes U+FFFD and two hexadecimal digits: `CAF�C9-01`. Different bytes have different forms.
#[must_use]
pub fn escape(id: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(id) {
        Ok(text) if !text.contains(|c: char| c.is_control() || c == REPLACEMENT) => Cow::Borrowed(text),
        _ => Cow::Owned(
            id.iter()
                .map(|&byte| match byte {
                    b' '..=b'~' => char::from(byte).to_string(),
                    byte => format!("{REPLACEMENT}{byte:02X}"),
                })
                .collect(),
        ),
    }
}

/// Whether an id is in its escaped form; a readable id never is.
#[must_use]
pub fn is_escaped(id: &str) -> bool {
    id.contains(REPLACEMENT)
}

/// Binds an id as the bytes before [`escape`].
#[must_use]
pub fn raw(id: &str) -> RawId<'_> {
    if !is_escaped(id) {
        return RawId(Cow::Borrowed(id.as_bytes()));
    }
    let mut bytes = Vec::with_capacity(id.len());
    let mut rest = id;
    while let Some(at) = rest.find(REPLACEMENT) {
        bytes.extend(&rest.as_bytes()[..at]);
        let after = &rest[at + REPLACEMENT.len_utf8()..];
        let digits = after.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.extend(REPLACEMENT.to_string().as_bytes());
                rest = after;
            }
        }
    }
    bytes.extend(rest.as_bytes());
    RawId(Cow::Owned(bytes))
}

/// An id as a statement parameter; see [`raw`].
#[derive(Debug)]
pub struct RawId<'a>(Cow<'a, [u8]>);

impl ToSql for RawId<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.0)))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn every_id_is_found_again_by_its_escaped_form() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("create table t (id text primary key) strict").unwrap();
        let ids: [&[u8]; 10] = [
            b"CAF\xC9-01",
            "CAF\u{FFFD}C9-01".as_bytes(),
            "CAF\u{FFFD}".as_bytes(),
            "kopi é".as_bytes(),
            b"a\0b",
            b"a\nb",
            b"",
            b"\xFF",
            b"FF",
            "\u{FFFD}".as_bytes(),
        ];
        for id in ids {
            db.execute("insert into t values (cast(?1 as text))", [id]).unwrap();
        }
        for id in ids {
            let text = escape(id).into_owned();
            let found: Vec<u8> =
                db.query_row("select cast(id as blob) from t where id = ?1", [raw(&text)], |row| row.get(0)).unwrap();
            assert_eq!(found, id, "{text}");
        }
        let mut forms: Vec<_> = ids.iter().map(|id| escape(id).into_owned()).collect();
        forms.sort();
        forms.dedup();
        assert_eq!(forms.len(), ids.len());
        assert_eq!(escape(ids[0]), "CAF\u{FFFD}C9-01");
        assert_eq!(escape(ids[3]), "kopi é");
    }

    #[test]
    fn reading_a_column_never_fails_because_of_its_bytes() {
        let db = Connection::open_in_memory().unwrap();
        let row = "select cast(x'436166e9' as text), x'436166e9', 7, null, -1, 9223372036854775807";
        db.query_row(row, [], |row| {
            assert_eq!(row.read::<String>(0)?, "Caf\u{FFFD}");
            assert_eq!(row.read::<String>(1)?, "Caf\u{FFFD}");
            assert_eq!(row.read::<String>(2)?, "7");
            assert_eq!(row.read::<Option<String>>(3)?, None);
            assert_eq!(row.read::<u32>(4)?, 0);
            assert_eq!(row.read::<u32>(5)?, u32::MAX);
            assert_eq!(row.id(0)?, "Caf\u{FFFD}E9");
            Ok(())
        })
        .unwrap();
    }
}
