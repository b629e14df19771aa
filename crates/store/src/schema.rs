//! The schema of a database.

/// The schema of a database, once for each engine.
#[derive(Debug)]
pub struct Schema {
    /// SQLite's schema.
    pub sqlite: sqlite::Schema,
    /// PostgreSQL's migrations. Versions increase from 1; a released migration is never edited.
    pub postgres: &'static [Migration],
}

/// One step of a schema.
#[derive(Debug)]
pub struct Migration {
    /// Its version, from 1.
    pub version: i64,
    /// Its name in `schema_migrations`; the name of the first migration identifies the program.
    pub name: &'static str,
    /// Its statements, in plain SQL.
    pub sql: &'static str,
    /// The oldest schema version whose programs can use the tables after this migration.
    pub oldest: i64,
}
