//! Rows of documents that the outlet owns, such as an order with its lines: `stored!` declares the columns of a table once.

use std::collections::HashMap;
use std::fmt::Debug;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Transaction, params_from_iter};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow, Row};

/// A row, as declared by `stored!`.
pub(crate) trait Stored: Debug + Sized {
    /// Its columns, separated by commas.
    const COLUMNS: &'static str;

    /// Reads the columns, from this one on.
    ///
    /// # Errors
    /// The error from SQLite.
    fn read_from(row: &Row<'_>, first: usize) -> rusqlite::Result<Self>;

    /// The values of the columns.
    ///
    /// # Errors
    /// A value that cannot be written.
    fn values(&self) -> Result<Vec<ToSqlOutput<'_>>, Fault>;

    /// Inserts a root row, or replaces it.
    fn upsert_sql() -> &'static str;
}

/// A child row, as declared by `stored!` with a parent.
pub(crate) trait Child: Stored {
    /// Its table.
    const TABLE: &'static str;
    /// The column that names the root row.
    const PARENT: &'static str;

    /// Its id.
    fn id(&self) -> &str;
}

/// Inserts rows, or replaces those with the same ids. `parent`: the id of the root row, for child rows.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn upsert<'r, S: Stored + 'r>(
    tx: &Transaction<'_>,
    parent: Option<&str>,
    rows: impl IntoIterator<Item = &'r S>,
) -> Result<(), Fault> {
    let mut statement = tx.prepare_cached(S::upsert_sql())?;
    for row in rows {
        let values = row.values()?;
        statement.execute(params_from_iter(parent.map(ToSqlOutput::from).into_iter().chain(values)))?;
    }
    Ok(())
}

/// Root rows whose child rows are read with one query for each table.
#[derive(Debug)]
pub(crate) struct Roots<'r> {
    ids: &'r [String],
    places: HashMap<&'r str, usize>,
}

impl<'r> Roots<'r> {
    /// The root rows with these ids.
    pub(crate) fn of(ids: &'r [String]) -> Self {
        Self { ids, places: ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect() }
    }

    /// Reads the child rows of a table into their root rows, in the sequence of these columns.
    ///
    /// # Errors
    /// The error from SQLite.
    pub(crate) fn load<R, C: Child>(
        &self,
        tx: &Transaction<'_>,
        roots: &mut [R],
        sequence: &str,
        list: impl Fn(&mut R) -> &mut Vec<C>,
    ) -> Result<(), Fault> {
        let (columns, table, parent) = (C::COLUMNS, C::TABLE, C::PARENT);
        let marks = self.marks();
        let sql = format!(
            "select {parent}, {columns} from {table} where {parent} in ({marks}) order by {parent}, {sequence}"
        );
        self.each(tx, &sql, |place, row| {
            list(&mut roots[place]).push(C::read_from(row, 1)?);
            Ok(())
        })
    }

    /// Reads the versions of root rows of this entity.
    ///
    /// # Errors
    /// The error from SQLite.
    pub(crate) fn load_versions<R>(
        &self,
        tx: &Transaction<'_>,
        entity_type: &str,
        roots: &mut [R],
        version: impl Fn(&mut R) -> &mut i64,
    ) -> Result<(), Fault> {
        let marks = self.marks();
        let sql = format!(
            "select entity_id, version from sync_state where entity_type = '{entity_type}' and entity_id in ({marks})"
        );
        self.each(tx, &sql, |place, row| {
            *version(&mut roots[place]) = row.read(1)?;
            Ok(())
        })
    }

    /// Reads rows whose first column is the id of a root row.
    ///
    /// # Errors
    /// The error from SQLite.
    fn each(
        &self,
        tx: &Transaction<'_>,
        sql: &str,
        mut visit: impl FnMut(usize, &Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), Fault> {
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(self.ids.iter().map(|id| raw(id))))?;
        while let Some(row) = rows.next()? {
            if let Some(&place) = self.places.get(row.id(0)?.as_str()) {
                visit(place, row)?;
            }
        }
        Ok(())
    }

    /// A parameter for each id, separated by commas.
    fn marks(&self) -> String {
        vec!["?"; self.ids.len()].join(", ")
    }
}

/// Declares a row of a document: the type with its table's columns. A column is read and written as it is, or `as`:
/// - `id`: an id, which another program may have damaged;
/// - `word`, `optional_word`: a [`web::Word`];
/// - `list`: a JSON list;
/// - `json`: an optional value as JSON; a damaged one reads as absent.
///
/// The fields of `also` are not columns of the table; a row that is read has their defaults.
macro_rules! stored {
    (
        $(#[$meta:meta])*
        pub struct $Row:ident in $table:literal $(of $parent:literal)? {
            $($(#[$column_meta:meta])* $column:ident: $type:ty $(as $codec:ident)?,)*
        }
        $(also { $($(#[$more_meta:meta])* $more:ident: $more_type:ty,)* })?
    ) => {
        #[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
        $(#[$meta])*
        pub struct $Row {
            $($(#[$column_meta])* pub $column: $type,)*
            $($($(#[$more_meta])* pub $more: $more_type,)*)?
        }

        impl $crate::stored::Stored for $Row {
            const COLUMNS: &'static str = $crate::stored::stored!(@names $($column)*);

            fn read_from(row: &sqlite::Row<'_>, first: usize) -> rusqlite::Result<Self> {
                let mut columns = first..;
                let mut next = || columns.next().unwrap_or_default();
                Ok(Self {
                    $($column: $crate::stored::stored!(@read row, next(), $($codec)?),)*
                    $($($more: <$more_type>::default(),)*)?
                })
            }

            fn values(&self) -> Result<Vec<rusqlite::types::ToSqlOutput<'_>>, sqlite::Fault> {
                Ok(vec![$($crate::stored::stored!(@write self.$column, $($codec)?)),*])
            }

            fn upsert_sql() -> &'static str {
                static SQL: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
                    $crate::stored::upsert_of($table, &[$($parent,)?], &[$(stringify!($column)),*])
                });
                &SQL
            }
        }

        $(
            impl $crate::stored::Child for $Row {
                const TABLE: &'static str = $table;
                const PARENT: &'static str = $parent;

                fn id(&self) -> &str {
                    &self.id
                }
            }
        )?
    };
    (@names $first:ident $($rest:ident)*) => { concat!(stringify!($first) $(, ", ", stringify!($rest))*) };
    (@read $row:ident, $at:expr,) => { sqlite::ReadRow::read($row, $at)? };
    (@read $row:ident, $at:expr, id) => { sqlite::ReadRow::id($row, $at)? };
    (@read $row:ident, $at:expr, word) => { web::Word::of(sqlite::ReadRow::read($row, $at)?) };
    (@read $row:ident, $at:expr, optional_word) => {
        sqlite::ReadRow::read::<Option<String>>($row, $at)?.map(web::Word::of)
    };
    (@read $row:ident, $at:expr, list) => { $crate::json_list::read($row, $at)?.unwrap_or_default() };
    (@read $row:ident, $at:expr, json) => {
        sqlite::ReadRow::read::<Option<String>>($row, $at)?.and_then(|text| serde_json::from_str(&text).ok())
    };
    (@write $value:expr,) => { rusqlite::ToSql::to_sql(&$value)? };
    (@write $value:expr, id) => { rusqlite::types::ToSqlOutput::from($value.as_str()) };
    (@write $value:expr, word) => { rusqlite::types::ToSqlOutput::from($value.as_str()) };
    (@write $value:expr, optional_word) => {
        rusqlite::types::ToSqlOutput::Owned($value.as_ref().map(|word| word.as_str().to_owned()).into())
    };
    (@write $value:expr, json) => { $crate::json_list::optional_text($value.as_ref())? };
    (@write $value:expr, list) => { rusqlite::types::ToSqlOutput::from($crate::json_list::text(&$value)?) };
}
pub(crate) use stored;

/// The statement that inserts a row or replaces it. A row that is equal is not written, so no trigger fires.
pub(crate) fn upsert_of(table: &str, parent: &[&str], columns: &[&str]) -> String {
    let all = [parent, columns].concat();
    let marks: Vec<_> = (1..=all.len()).map(|n| format!("?{n}")).collect();
    let changed = |separator: &str, operator: &str| {
        let changed = columns.iter().filter(|column| **column != "id");
        changed.map(|column| format!("{column} {operator} excluded.{column}")).collect::<Vec<_>>().join(separator)
    };
    let key = [parent, &["id"]].concat().join(", ");
    format!(
        "insert into {table} ({}) values ({}) on conflict ({key}) do update set {} where {}",
        all.join(", "),
        marks.join(", "),
        changed(", ", "="),
        changed(" or ", "is not")
    )
}
