//! What a database consists of.

/// The schema of a database, once for each engine.
#[derive(Debug)]
pub struct Schema {
    /// SQLite's.
    pub sqlite: sqlite::Schema,
    /// PostgreSQL's, whose versions rise from 1; a released one is never edited.
    pub postgres: &'static [Migration],
}

/// One step of a schema.
#[derive(Debug)]
pub struct Migration {
    /// From 1.
    pub version: i64,
    /// What it enters under in `schema_migrations`; the first one's tells our databases from each other.
    pub name: &'static str,
    /// Plain SQL.
    pub sql: &'static str,
    /// The oldest schema whose programs can work with the tables as they are since.
    pub oldest: i64,
}
