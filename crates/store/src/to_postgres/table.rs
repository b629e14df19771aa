//! A table of the hub, as both engines have it.

use postgres::types::Type;

/// Its columns in order, and what its rows are told apart by.
#[derive(Debug)]
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// Places of the key's columns among these.
    pub key: Vec<usize>,
    /// How many it has in the file.
    pub rows: u64,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Column {
    pub name: String,
    /// In PostgreSQL.
    pub kind: Type,
}

impl Table {
    /// The names of all columns, as a list in SQL.
    pub fn list(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The names of the key's columns, as a list in SQL.
    pub fn key_list(&self) -> String {
        self.key.iter().map(|&n| self.columns[n].name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Their types in PostgreSQL.
    pub fn kinds(&self) -> Vec<Type> {
        self.columns.iter().map(|column| column.kind.clone()).collect()
    }
}
