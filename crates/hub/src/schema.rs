//! The tables of the hub's database, once for each engine.

/// SQLite's and PostgreSQL's.
pub static SCHEMA: store::Schema = store::Schema {
    sqlite: sqlite::Schema {
        migrations: &[sqlite::Migration { version: 1, name: "001_hub", sql: include_str!("schema/sqlite.sql") }],
        marker: "outlets",
    },
    postgres: &[store::Migration { version: 1, name: "001_hub", sql: include_str!("schema/postgres.sql"), oldest: 1 }],
};

#[cfg(test)]
mod tests;
