//! A table of the hub, as both engines have it.

use postgres::types::Type;

/// The columns of a table in order, and its key.
#[derive(Debug)]
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// Positions of the key columns.
    pub key: Vec<usize>,
    /// Row count in the file.
    pub rows: u64,
}

/// A column of a table.
#[derive(Debug)]
pub(super) struct Column {
    pub name: String,
    /// Its type on PostgreSQL.
    pub kind: Type,
}

impl Table {
    /// The names of all columns, as a list in SQL.
    pub fn list(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The names of the key columns, as a list in SQL.
    pub fn key_list(&self) -> String {
        self.key.iter().map(|&n| self.columns[n].name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The types of all columns on PostgreSQL.
    pub fn kinds(&self) -> Vec<Type> {
        self.columns.iter().map(|column| column.kind.clone()).collect()
    }
}
