//! The outlet's schema, and checks and repairs of its triggers, tables and indexes.

use std::sync::OnceLock;

use protocol::capture::captured;
use protocol::entity::{Entity, Owner};
use protocol::wire::EntityRef;
use rusqlite::{Connection, Transaction, params};
use sqlite::{Fault, Migration, ReadRow, Schema};

use crate::capture::singletons;

const INIT: &str = include_str!("../../../../sql/schema/001_init.sql");
pub(crate) const SYNC: &str = include_str!("../../../../sql/schema/002_sync_system.sql");

/// All migrations, in order.
pub const SCHEMA: Schema = Schema {
    migrations: &[
        Migration { version: 1, name: "001_init", sql: INIT },
        Migration { version: 2, name: "002_sync_system", sql: SYNC },
    ],
    marker: "outlet_config",
};

/// A trigger or view of the sync system that differs from this version's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// `trigger` or `view`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its expected SQL; `None` if it should not exist.
    pub expected: Option<String>,
}

/// Compares the triggers and views of a database with those of this version.
///
/// # Errors
/// The database failed.
pub fn deviations(connection: &Connection) -> Result<Vec<Deviation>, Fault> {
    let (expected, found) = (&expected()?.parts, parts(connection)?);
    let mut deviations: Vec<_> = expected
        .iter()
        .filter(|part| !found.contains(part))
        .map(|(kind, name, sql)| Deviation { kind: kind.clone(), name: name.clone(), expected: Some(sql.clone()) })
        .collect();
    for (kind, name, _) in &found {
        if !expected.iter().any(|(_, n, _)| n == name) {
            deviations.push(Deviation { kind: kind.clone(), name: name.clone(), expected: None });
        }
    }
    Ok(deviations)
}

/// The schema of this version.
struct ExpectedSchema {
    /// Triggers and views.
    parts: Vec<Part>,
    /// Tables and indexes; see [`shapes`].
    shapes: Vec<Part>,
    /// SQL of the tables and indexes.
    sql: Vec<Part>,
}

/// Computed once per process.
fn expected() -> Result<&'static ExpectedSchema, Fault> {
    static EXPECTED: OnceLock<ExpectedSchema> = OnceLock::new();
    if let Some(expected) = EXPECTED.get() {
        return Ok(expected);
    }
    let reference = Connection::open_in_memory()?;
    reference.execute_batch(INIT)?;
    reference.execute_batch(SYNC)?;
    let sql = "select type, name, sql from sqlite_master where type in ('table', 'index') and sql is not null
        order by type = 'index'";
    let mut statement = reference.prepare(sql)?;
    let sql = statement.query_map([], |row| Ok((row.read(0)?, row.read(1)?, row.read(2)?)))?;
    let created =
        ExpectedSchema { parts: parts(&reference)?, shapes: shapes(&reference)?, sql: sql.collect::<Result<_, _>>()? };
    Ok(EXPECTED.get_or_init(|| created))
}

/// The names of tables and indexes that are missing or differ from this version's.
///
/// # Errors
/// The database failed.
pub fn altered(connection: &Connection) -> Result<Vec<String>, Fault> {
    let found = shapes(connection)?;
    Ok(expected()?.shapes.iter().filter(|shape| !found.contains(shape)).map(|(_, name, _)| name.clone()).collect())
}

/// Tables with their columns in any order, since migrations append, and indexes with their SQL.
fn shapes(connection: &Connection) -> Result<Vec<Part>, Fault> {
    let sql = "select 'table', m.name, (
            select group_concat(c.name || ' ' || c.type || ' ' || c.required || ' ' || c.pk, ', ') from (
              select name, type, \"notnull\" as required, pk from pragma_table_info(m.name) order by name) c)
        from sqlite_master m where m.type = 'table' and m.name not like 'sqlite\\_%' escape '\\'
        union all
        select 'index', name, sql from sqlite_master where type = 'index' and sql is not null";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement
        .query_map([], |row| Ok((row.read(0)?, row.read(1)?, row.read::<Option<String>>(2)?.unwrap_or_default())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Creates missing tables and missing or altered indexes. Objects that cannot be created, such as a unique index over
/// duplicate rows, are left for people to repair; doctor lists them.
/// Returns the names of the missing and altered ones.
fn recreate_missing(tx: &Transaction<'_>) -> Result<Vec<String>, Fault> {
    let altered = altered(tx)?;
    if altered.is_empty() {
        return Ok(altered);
    }
    tracing::error!(?altered, "tables or indexes were missing or altered; see 'gerai doctor'");
    for (kind, name, sql) in expected()?.sql.iter().filter(|(_, name, _)| altered.contains(name)) {
        let create_sql = if kind == "index" { format!("drop index if exists \"{name}\"; {sql}") } else { sql.clone() };
        if let Err(error) = tx.execute_batch(&create_sql) {
            tracing::error!(%error, name, "a table or index cannot be created");
        }
    }
    Ok(altered)
}

/// Prefixes of the triggers that count the changes of the catalog, and of the tables with the changes.
const CATALOG_TRIGGERS: &str = "sync_catalog";
const CATALOG_TABLES: &str = "catalog_";

/// Begins a new epoch of the catalog: changes may be unknown, so that tills must copy everything again.
fn begin_catalog_epoch(tx: &Transaction<'_>) -> Result<(), Fault> {
    let sql =
        "insert into catalog_version (id, n) select 1, coalesce((select max(n) from catalog_changes), 0) where true
        on conflict (id) do update set epoch = lower(hex(randomblob(8)))";
    tx.execute(sql, [])?;
    Ok(())
}

/// Kind, name and SQL.
type Part = (String, String, String);

fn parts(connection: &Connection) -> Result<Vec<Part>, Fault> {
    let sql = "select type, name, sql from sqlite_master
        where type in ('trigger', 'view') and (name like 'sync\\_%' escape '\\' or name = 'entity_versions') order by name";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.read(0)?, row.read(1)?, row.read(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Repairs the schema: creates missing tables and indexes, restores deviating triggers and views, queues rows that may
/// have changed uncaptured and rows that were never queued, restores required rows, begins a new epoch of the catalog if
/// changes may be missing, and clears a capture guard that was left set. Returns the deviating triggers and views.
///
/// # Errors
/// The database failed.
pub fn repair(tx: &Transaction<'_>) -> Result<Vec<Deviation>, Fault> {
    let altered = recreate_missing(tx)?;
    let deviations = deviations(tx)?;
    let rows = singletons::restore(tx)?;
    if !rows.is_empty() {
        tracing::error!(?rows, "the required row of these tables was missing and was restored; see 'gerai doctor'");
    }
    for Deviation { kind, name, .. } in &deviations {
        tx.execute_batch(&format!("drop {kind} if exists \"{}\"", name.replace('"', "\"\"")))?;
    }
    // Loading the whole file also corrects the counters. If an index prevents that, restore at least the triggers.
    if !deviations.is_empty()
        && let Err(error) = tx.execute_batch(SYNC)
    {
        tracing::error!(%error, "the schema of the sync system cannot be loaded completely");
        for Deviation { kind, name, expected } in &deviations {
            let create_sql = expected.as_deref().unwrap_or_default();
            tx.execute_batch(&format!("drop {kind} if exists \"{}\"; {create_sql}", name.replace('"', "\"\"")))?;
        }
    }
    capture_hidden(tx, &deviations)?;
    if deviations.iter().any(|deviation| deviation.name.starts_with(CATALOG_TRIGGERS))
        || altered.iter().any(|name| name.starts_with(CATALOG_TABLES))
    {
        begin_catalog_epoch(tx)?;
    }
    let unqueued = queue_unqueued(tx)?;
    if unqueued > 0 {
        tracing::error!(unqueued, "queued rows that were created while a trigger of the sync system was missing");
    }
    tx.execute(
        "update sync_context set applying_type = null, applying_id = null, commit_guard = null where applying_type is not null",
        [],
    )?;
    Ok(deviations)
}

/// Queues the rows that may have changed uncaptured in a database whose triggers of these names were missing or
/// altered.
///
/// # Errors
/// The database failed.
pub fn capture_uncaptured(tx: &Transaction<'_>, triggers: &[String]) -> Result<(), Fault> {
    let deviation =
        |name: &String| Deviation { kind: "trigger".to_owned(), name: name.clone(), expected: Some(String::new()) };
    capture_hidden(tx, &triggers.iter().map(deviation).collect::<Vec<_>>())
}

fn capture_hidden(tx: &Transaction<'_>, deviations: &[Deviation]) -> Result<(), Fault> {
    for entity in captured().filter(|entity| deviations.iter().any(|deviation| deviation.may_hide(entity))) {
        capture_all(tx, entity)?;
    }
    Ok(())
}

impl Deviation {
    /// Whether changes of this entity may have gone uncaptured: the trigger belongs to one of its tables, or all
    /// changes use it.
    fn may_hide(&self, entity: &Entity) -> bool {
        let is_of =
            |table: &str| self.name.strip_prefix("sync_").is_some_and(|rest| rest.starts_with(&format!("{table}_")));
        let is_shared = ["sync_capture_", "sync_state_"].iter().any(|prefix| self.name.starts_with(prefix));
        let is_of_entity = is_of(entity.table) || entity.children.iter().any(|child| is_of(child.table));
        self.expected.is_some() && self.kind == "trigger" && (is_of_entity || is_shared)
    }
}

/// Queues every row of an entity, and every row that the hub has and that no longer exists here.
pub(crate) fn capture_all(tx: &Transaction<'_>, entity: &Entity) -> Result<(), Fault> {
    let Entity { name, table, .. } = entity;
    tx.execute_batch(&format!(
        "insert into sync_capture (entity_type, entity_id) select '{name}', id from {table} order by id;
         insert into sync_capture (entity_type, entity_id) select entity_type, entity_id from sync_state
         where entity_type = '{name}' and status = 'success' and entity_id not in (select id from {table}) order by 2;"
    ))?;
    Ok(())
}

/// Outlet-owned entities. A row of theirs that is not in the queue was never sent.
fn owned() -> impl Iterator<Item = &'static Entity> {
    captured().filter(|entity| entity.owner == Owner::Outlet)
}

/// Queues outlet-owned rows that were created while a trigger was missing; returns their number.
///
/// # Errors
/// The database failed.
pub fn queue_unqueued(tx: &Transaction<'_>) -> Result<usize, Fault> {
    let mut queued = 0;
    for Entity { name, table, .. } in owned() {
        queued += tx.execute(
            &format!(
                "insert into sync_capture (entity_type, entity_id) select '{name}', id from {table} t where not exists (
                   select 1 from sync_state s where s.entity_type = '{name}' and s.entity_id = t.id) order by id"
            ),
            [],
        )?;
    }
    Ok(queued)
}

/// Outlet-owned rows after `after` up to `to` without a row in the queue.
///
/// # Errors
/// The database failed.
pub fn unqueued(tx: &Transaction<'_>, after: &EntityRef, to: Option<&EntityRef>) -> Result<Vec<EntityRef>, Fault> {
    let mut found = Vec::new();
    for Entity { name, table, .. } in owned() {
        let before = *name < after.entity_type.as_str();
        if before || to.is_some_and(|to| *name > to.entity_type.as_str()) {
            continue;
        }
        let from = if *name == after.entity_type { after.entity_id.as_str() } else { "" };
        let until = to.filter(|to| to.entity_type == *name).map(|to| to.entity_id.as_str());
        let end = if until.is_some() { " and id <= ?2" } else { " and ?2 is null" };
        let mut statement = tx.prepare_cached(&format!(
            "select id from {table} t where id > ?1{end} and not exists (
               select 1 from sync_state s where s.entity_type = '{name}' and s.entity_id = t.id) order by id"
        ))?;
        let mut rows = statement.query(params![from, until])?;
        while let Some(row) = rows.next()? {
            found.push(EntityRef { entity_type: (*name).to_owned(), entity_id: row.id(0)? });
        }
    }
    Ok(found)
}
