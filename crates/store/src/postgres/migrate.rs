//! Migrates the schema: the first node does it, the others wait.
//!
//! A migration only adds tables, indexes and optional columns, so nodes of the previous version continue to run beside
//! newer ones and may be restarted. A later migration may remove what older versions need; [`Migration::oldest`] has
//! the oldest version that still runs.

use postgres::error::SqlState;
use postgres::{Client, Transaction};

use super::connect::{ConnectError, Server, chain, is_closed};
use crate::schema::{Migration, Schema};

/// Advisory lock of the node that migrates the schema: "gerai" as a number.
const LOCK: i64 = 0x67_6572_6169;
/// PostgreSQL 15.
const OLDEST: i32 = 150_000;

pub(crate) fn migrate(server: &Server, client: &mut Client, schema: &Schema) -> Result<(), ConnectError> {
    let failed = |error: postgres::Error| {
        let may_not = error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
        let hint = if may_not { "; the user needs the right to create them" } else { "" };
        if is_closed(&error) {
            server.unreachable(&error)
        } else {
            ConnectError::Schema(format!("{}{hint}", chain(&error)))
        }
    };
    let row = client
        .query_one(
            "select current_setting('server_version_num')::int, version(), current_setting('server_encoding')",
            &[],
        )
        .map_err(failed)?;
    if row.get::<_, i32>(0) < OLDEST {
        return Err(ConnectError::TooOld { found: row.get(1) });
    }
    let encoding: String = row.get(2);
    if encoding != "UTF8" {
        return Err(ConnectError::Encoding { found: encoding });
    }
    let mut tx = client.transaction().map_err(failed)?;
    tx.batch_execute("set local lock_timeout = '60s'; set local statement_timeout = '10min'").map_err(failed)?;
    tx.execute("select pg_advisory_xact_lock($1)", &[&LOCK]).map_err(failed)?;
    if belongs_to_another_program(&mut tx, schema).map_err(failed)? {
        return Err(server.not_ours());
    }
    tx.batch_execute(
        "create table if not exists schema_migrations (
           version    bigint primary key,
           name       text collate \"C\" not null,
           oldest     bigint not null,
           applied_at text collate \"C\" not null default to_char(now() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')
         )",
    )
    .map_err(failed)?;
    let found = "select coalesce(max(version), 0), coalesce(max(oldest), 0) from schema_migrations";
    let row = tx.query_one(found, &[]).map_err(failed)?;
    let (found, oldest): (i64, i64) = (row.get(0), row.get(1));
    let known = schema.postgres.last().map_or(0, |migration| migration.version);
    if oldest > known {
        return Err(ConnectError::Newer { found, known });
    }
    if found > known {
        tracing::warn!(
            found,
            known,
            "the tables are of a newer version of Gerai; this version can use them, but upgrade it"
        );
    }
    for Migration { version, name, sql, oldest } in schema.postgres.iter().filter(|migration| migration.version > found)
    {
        tx.batch_execute(sql).map_err(failed)?;
        let insert = "insert into schema_migrations (version, name, oldest) values ($1, $2, $3)";
        tx.execute(insert, &[version, name, oldest]).map_err(failed)?;
        tracing::info!(version, name, "migrated the schema");
    }
    tx.commit().map_err(failed)
}

/// Whether the database has tables with our names that belong to another program.
fn belongs_to_another_program(tx: &mut Transaction<'_>, schema: &Schema) -> Result<bool, postgres::Error> {
    let has = "select migrations is not null, to_regclass(place || $1) is not null,
          exists (select from pg_attribute where attrelid = migrations and attname = 'oldest' and not attisdropped)
        from (select quote_ident(current_schema()) || '.' as place) here,
          to_regclass(place || 'schema_migrations') as migrations";
    let row = tx.query_one(has, &[&schema.sqlite.marker])?;
    let (migrations, outlets, ours): (bool, bool, bool) = (row.get(0), row.get(1), row.get(2));
    if !migrations || !ours {
        return Ok(migrations || outlets);
    }
    let first = tx.query_opt("select name from schema_migrations where version = 1", &[])?;
    let known = schema.postgres.first().map_or("", |migration| migration.name);
    Ok(first.is_some_and(|row| row.get::<_, &str>(0) != known))
}
