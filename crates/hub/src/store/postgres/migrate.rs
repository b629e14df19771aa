//! The schema, brought up to date by whichever node comes first; the others wait for it.

use postgres::Client;

use super::connect::{ConnectError, chain};

/// What has been released, in order.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "001_hub", include_str!("../schema_postgres.sql"))];

/// The lock that nodes take while they look after the schema: "gerai" as a number.
const LOCK: i64 = 0x67_6572_6169;
/// PostgreSQL 15.
const OLDEST: i32 = 150_000;

pub(in crate::store) fn migrate(client: &mut Client) -> Result<(), ConnectError> {
    let schema = |error: postgres::Error| ConnectError::Schema(chain(&error));
    let row = client.query_one("select current_setting('server_version_num')::int, version()", &[]).map_err(schema)?;
    if row.get::<_, i32>(0) < OLDEST {
        return Err(ConnectError::TooOld { found: row.get(1) });
    }
    let mut tx = client.transaction().map_err(schema)?;
    tx.batch_execute("set local lock_timeout = '60s'; set local statement_timeout = '10min'").map_err(schema)?;
    tx.execute("select pg_advisory_xact_lock($1)", &[&LOCK]).map_err(schema)?;
    tx.batch_execute(
        "create table if not exists schema_migrations (
           version    bigint primary key,
           name       text collate \"C\" not null,
           applied_at text collate \"C\" not null default to_char(now() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')
         )",
    )
    .map_err(schema)?;
    let row = tx.query_one("select coalesce(max(version), 0) from schema_migrations", &[]).map_err(schema)?;
    let found: i64 = row.get(0);
    let known = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
    if found > known {
        return Err(ConnectError::Newer { found, known });
    }
    for (version, name, sql) in MIGRATIONS.iter().filter(|(version, ..)| *version > found) {
        tx.batch_execute(sql).map_err(schema)?;
        let note = "insert into schema_migrations (version, name) values ($1, $2)";
        tx.execute(note, &[version, name]).map_err(schema)?;
        tracing::info!(version, name, "the hub's tables were brought up to date");
    }
    tx.commit().map_err(schema)
}
