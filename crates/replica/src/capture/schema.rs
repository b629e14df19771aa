//! The outlet's schema, and the check that its triggers are what they should be.

use std::sync::OnceLock;

use protocol::capture::captured;
use protocol::entity::{Entity, Owner};
use protocol::wire::EntityRef;
use rusqlite::{Connection, Transaction, params};
use sqlite::{Fault, Migration, ReadRow, Schema};

use crate::capture::singletons;

const INIT: &str = include_str!("../../../../sql/schema/001_init.sql");
pub(crate) const SYNC: &str = include_str!("../../../../sql/schema/002_sync_system.sql");

/// Every step, in order.
pub const SCHEMA: Schema = Schema {
    migrations: &[
        Migration { version: 1, name: "001_init", sql: INIT },
        Migration { version: 2, name: "002_sync_system", sql: SYNC },
    ],
    marker: "outlet_config",
};

/// A trigger or view of the sync system that is not as this version makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// `trigger` or `view`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How it should read; none when it should not be there.
    pub wanted: Option<String>,
}

/// Compares the triggers and views of a database with those of this version.
///
/// # Errors
/// What SQLite said.
pub fn deviations(connection: &Connection) -> Result<Vec<Deviation>, Fault> {
    let (wanted, found) = (&wanted()?.parts, parts(connection)?);
    let mut deviations: Vec<_> = wanted
        .iter()
        .filter(|part| !found.contains(part))
        .map(|(kind, name, sql)| Deviation { kind: kind.clone(), name: name.clone(), wanted: Some(sql.clone()) })
        .collect();
    for (kind, name, _) in &found {
        if !wanted.iter().any(|(_, n, _)| n == name) {
            deviations.push(Deviation { kind: kind.clone(), name: name.clone(), wanted: None });
        }
    }
    Ok(deviations)
}

/// What this version makes.
struct Wanted {
    /// Triggers and views.
    parts: Vec<Part>,
    /// Tables and indexes, see [`shapes`].
    shapes: Vec<Part>,
    /// The SQL of the same.
    sql: Vec<Part>,
}

/// Made once in a process.
fn wanted() -> Result<&'static Wanted, Fault> {
    static WANTED: OnceLock<Wanted> = OnceLock::new();
    if let Some(wanted) = WANTED.get() {
        return Ok(wanted);
    }
    let ours = Connection::open_in_memory()?;
    ours.execute_batch(INIT)?;
    ours.execute_batch(SYNC)?;
    let sql = "select type, name, sql from sqlite_master where type in ('table', 'index') and sql is not null
        order by type = 'index'";
    let mut statement = ours.prepare(sql)?;
    let sql = statement.query_map([], |row| Ok((row.read(0)?, row.read(1)?, row.read(2)?)))?;
    let made = Wanted { parts: parts(&ours)?, shapes: shapes(&ours)?, sql: sql.collect::<Result<_, _>>()? };
    Ok(WANTED.get_or_init(|| made))
}

/// The names of tables and indexes that are missing or not as this version makes them.
///
/// # Errors
/// What SQLite said.
pub fn altered(connection: &Connection) -> Result<Vec<String>, Fault> {
    let found = shapes(connection)?;
    Ok(wanted()?.shapes.iter().filter(|shape| !found.contains(shape)).map(|(_, name, _)| name.clone()).collect())
}

/// Tables with their columns, in whatever order a migration has left these, and indexes with their SQL.
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

/// Makes tables that are missing and indexes that are missing or altered. What cannot be made, such as a unique index over
/// rows that are there twice, is left to people; doctor names it.
fn make_again(tx: &Transaction<'_>) -> Result<(), Fault> {
    let altered = altered(tx)?;
    if altered.is_empty() {
        return Ok(());
    }
    tracing::error!(?altered, "tables or indexes were missing or altered; see 'gerai doctor'");
    for (kind, name, sql) in wanted()?.sql.iter().filter(|(_, name, _)| altered.contains(name)) {
        let again = if kind == "index" { format!("drop index if exists \"{name}\"; {sql}") } else { sql.clone() };
        if let Err(error) = tx.execute_batch(&again) {
            tracing::error!(%error, name, "it cannot be made again");
        }
    }
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

/// Makes missing tables and indexes, puts deviating triggers and views right, queues what may have changed unseen meanwhile and what was never queued, brings
/// back rows that must be there, and clears a guard that was left set. Returns what deviated.
///
/// # Errors
/// What SQLite said.
pub fn repair(tx: &Transaction<'_>) -> Result<Vec<Deviation>, Fault> {
    make_again(tx)?;
    let deviations = deviations(tx)?;
    let rows = singletons::put_back(tx)?;
    if !rows.is_empty() {
        tracing::error!(?rows, "the one row of these tables was missing; it was put back, see 'gerai doctor'");
    }
    for Deviation { kind, name, .. } in &deviations {
        tx.execute_batch(&format!("drop {kind} if exists \"{}\"", name.replace('"', "\"\"")))?;
    }
    // The whole file counts anew, too. Where an index keeps it from ending, the triggers come back all the same.
    if !deviations.is_empty()
        && let Err(error) = tx.execute_batch(SYNC)
    {
        tracing::error!(%error, "the schema of the sync system cannot be loaded to its end");
        for Deviation { kind, name, wanted } in &deviations {
            let again = wanted.as_deref().unwrap_or_default();
            tx.execute_batch(&format!("drop {kind} if exists \"{}\"; {again}", name.replace('"', "\"\"")))?;
        }
    }
    queue_hidden(tx, &deviations)?;
    let unqueued = queue_unqueued(tx)?;
    if unqueued > 0 {
        tracing::error!(unqueued, "rows were made while a trigger of the sync system was missing; they are queued now");
    }
    tx.execute(
        "update sync_context set applying_type = null, applying_id = null, commit_guard = null where applying_type is not null",
        [],
    )?;
    Ok(deviations)
}

/// Queues what may have changed unseen in a database whose triggers of these names were missing or altered.
///
/// # Errors
/// What SQLite said.
pub fn capture_unseen(tx: &Transaction<'_>, triggers: &[String]) -> Result<(), Fault> {
    let deviation =
        |name: &String| Deviation { kind: "trigger".to_owned(), name: name.clone(), wanted: Some(String::new()) };
    queue_hidden(tx, &triggers.iter().map(deviation).collect::<Vec<_>>())
}

fn queue_hidden(tx: &Transaction<'_>, deviations: &[Deviation]) -> Result<(), Fault> {
    for entity in captured().filter(|entity| deviations.iter().any(|deviation| deviation.hides(entity))) {
        capture_all(tx, entity)?;
    }
    Ok(())
}

impl Deviation {
    /// Whether changes of this entity may have gone unseen: a trigger of one of its tables, or one that all go through.
    fn hides(&self, entity: &Entity) -> bool {
        let of =
            |table: &str| self.name.strip_prefix("sync_").is_some_and(|rest| rest.starts_with(&format!("{table}_")));
        let of_all = ["sync_capture_", "sync_state_"].iter().any(|prefix| self.name.starts_with(prefix));
        let own = of(entity.table) || entity.children.iter().any(|child| of(child.table));
        self.wanted.is_some() && self.kind == "trigger" && (own || of_all)
    }
}

/// Queues every row of an entity, and every one that the hub has and that is gone here.
pub(crate) fn capture_all(tx: &Transaction<'_>, entity: &Entity) -> Result<(), Fault> {
    let Entity { name, table, .. } = entity;
    tx.execute_batch(&format!(
        "insert into sync_capture (entity_type, entity_id) select '{name}', id from {table} order by id;
         insert into sync_capture (entity_type, entity_id) select entity_type, entity_id from sync_state
         where entity_type = '{name}' and status = 'success' and entity_id not in (select id from {table}) order by 2;"
    ))?;
    Ok(())
}

/// What the outlet alone owns: an entity that is in no queue was never sent.
fn owned() -> impl Iterator<Item = &'static Entity> {
    captured().filter(|entity| entity.owner == Owner::Outlet)
}

/// Queues the outlet's own rows that were made while a trigger was missing; says how many.
///
/// # Errors
/// What SQLite said.
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

/// The outlet's own rows behind `after`, up to `to`, that are in no queue.
///
/// # Errors
/// What SQLite said.
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
