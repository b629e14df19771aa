//! Parameters and columns, by the type that PostgreSQL gives them.

use std::borrow::Cow;
use std::error::Error;

use bytes::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::{Arg, Fault};

impl ToSql for Arg<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (*self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(n), &Type::INT8) => n.to_sql(ty, out),
            (Self::Int(n), &Type::INT4) => i32::try_from(n)?.to_sql(ty, out),
            (Self::Int(n), &Type::BOOL) => (n != 0).to_sql(ty, out),
            (Self::Text(text), &Type::TEXT) => storable(text).to_sql(ty, out),
            (Self::Blob(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            (Self::Texts(texts), _) => texts.iter().copied().map(Arg::Text).collect::<Vec<_>>().to_sql(ty, out),
            (arg, ty) => Err(format!("{arg:?} cannot be given where {ty} is wanted").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// PostgreSQL's text holds every character but one; a name with that must not keep a sale out.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// A whole number, or nothing.
pub(crate) fn int(row: &postgres::Row, column: usize) -> Result<Option<i64>, Fault> {
    match *kind(row, column)? {
        Type::INT4 => Ok(row.try_get::<_, Option<i32>>(column).map_err(of(column))?.map(i64::from)),
        Type::BOOL => Ok(row.try_get::<_, Option<bool>>(column).map_err(of(column))?.map(i64::from)),
        _ => row.try_get(column).map_err(of(column)),
    }
}

/// Text, or nothing.
pub(crate) fn text(row: &postgres::Row, column: usize) -> Result<Option<&str>, Fault> {
    row.try_get(column).map_err(of(column))
}

fn kind(row: &postgres::Row, column: usize) -> Result<&Type, Fault> {
    let found = row.columns().get(column).map(postgres::Column::type_);
    found.ok_or_else(|| Fault::Column { column, why: "there is no such column".to_owned() })
}

fn of(column: usize) -> impl Fn(postgres::Error) -> Fault {
    move |error| Fault::Column { column, why: error.to_string() }
}

/// A parameter that outlives the call.
#[derive(Debug)]
pub(super) enum Owned {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Owned {
    pub(super) fn arg(&self) -> Arg<'_> {
        match self {
            Self::Null => Arg::Null,
            Self::Int(n) => Arg::Int(*n),
            Self::Text(text) => Arg::Text(text),
            Self::Blob(bytes) => Arg::Blob(bytes),
        }
    }
}

impl From<&Arg<'_>> for Owned {
    fn from(arg: &Arg<'_>) -> Self {
        match *arg {
            Arg::Null => Self::Null,
            Arg::Int(n) => Self::Int(n),
            Arg::Text(text) => Self::Text(text.to_owned()),
            Arg::Blob(bytes) => Self::Blob(bytes.to_owned()),
            // Lists are only asked with.
            Arg::Texts(_) => Self::Null,
        }
    }
}

/// A column of many rows, as one parameter.
#[derive(Debug)]
pub(super) struct List<'r>(Vec<Arg<'r>>);

impl<'r> List<'r> {
    pub(super) fn of_column(rows: &'r [Vec<Owned>], column: usize) -> Self {
        Self(rows.iter().map(|row| row.get(column).map_or(Arg::Null, Owned::arg)).collect())
    }
}

impl ToSql for List<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.0.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <Vec<Arg<'_>> as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}
