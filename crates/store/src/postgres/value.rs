//! Owned parameters, and columns of many rows as list parameters.

use std::error::Error;

use bytes::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::arg::Arg;

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
            // Lists are parameters of queries only.
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
