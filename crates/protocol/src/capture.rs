//! Generates SQL from the entity declarations: capture triggers, documents, and the views that people query.
//!
//! The triggers are plain SQL, so writes in the sqlite3 shell are captured too. They never use `insert or replace`,
//! which an outer `or ignore` would silently override. A child row captures its root row only if the root exists: a
//! sale that is written children first is captured once.

use std::fmt::Write;

use crate::entity::{Child, ENTITIES, Encoding, Entity, Field, Owner};

/// The generated part of `sql/schema/002_sync_system.sql`.
#[must_use]
pub fn schema() -> String {
    let mut sql = String::new();
    for entity in captured() {
        root_triggers(&mut sql, entity);
        for child in entity.children {
            child_triggers(&mut sql, entity, child);
        }
    }
    views(&mut sql);
    sql.push_str("\n-- Queue rows that existed before the triggers.\n");
    for Entity { name, table, .. } in captured() {
        let _ = writeln!(
            sql,
            "insert into sync_capture (entity_type, entity_id) select '{name}', id from {table} r where not exists (select 1 from sync_state s where s.entity_type = '{name}' and s.entity_id = r.id) order by id;"
        );
    }
    sql
}

/// The entities that are queued: all but those that only head office writes.
pub fn captured() -> impl Iterator<Item = &'static Entity> {
    ENTITIES.iter().filter(|entity| entity.owner != Owner::Hub)
}

/// A query for the document of one entity by id (`?1`): one row with one JSON text, or none when the row is gone.
#[must_use]
pub fn document_query(entity: &Entity) -> String {
    format!("select {} from {} r where r.id = ?1", document(entity), entity.table)
}

fn document(entity: &Entity) -> String {
    let mut parts = vec!["'id', r.id".to_owned()];
    parts.extend(entity.fields.iter().map(|f| pair("r", f)));
    for child in entity.children {
        let fields: Vec<_> = child.fields.iter().map(|f| pair("c", f)).collect();
        parts.push(format!(
            "'{}', (select json_group_array(json_object('id', c.id, {})) from (select * from {} where {} = r.id order by id) c)",
            child.name,
            fields.join(", "),
            child.table,
            child.parent,
        ));
    }
    format!("json_object({})", parts.join(", "))
}

fn pair(row: &str, field: &Field) -> String {
    let name = field.name;
    match field.encoding {
        Encoding::Plain => format!("'{name}', {row}.{name}"),
        // Invalid JSON becomes a JSON string: readers reject it as a list, but the query does not fail.
        Encoding::List => {
            format!("'{name}', json(iif(json_valid({row}.{name}), {row}.{name}, json_quote({row}.{name})))")
        }
        Encoding::Flag => format!("'{name}', json(case when {row}.{name} then 'true' else 'false' end)"),
        Encoding::OptionalFlag => {
            format!(
                "'{name}', json(case when {row}.{name} is null then 'null' when {row}.{name} then 'true' else 'false' end)"
            )
        }
    }
}

fn changed(columns: &[&str]) -> String {
    let tests: Vec<_> = columns.iter().map(|c| format!("new.{c} is not old.{c}")).collect();
    tests.join(" or ")
}

fn names(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().map(|f| f.name).collect()
}

fn root_triggers(sql: &mut String, entity: &Entity) {
    let Entity { name, table, .. } = entity;
    let capture = |row: &str| format!("insert into sync_capture (entity_type, entity_id) values ('{name}', {row}.id);");
    // A row that is deleted before any batch contains it leaves no state.
    let forget =
        format!("delete from sync_state where entity_type = '{name}' and entity_id = old.id and was_sent = 0;");
    let delete = if entity.is_single() {
        let columns = [&["id"], &names(entity.fields)[..]].concat();
        let values: Vec<_> = columns.iter().map(|column| format!("old.{column}")).collect();
        format!(
            "insert into {table} ({}) values ({});
  insert into sync_notices (code, table_name, noticed_at) values ('row_deleted', '{table}', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));",
            columns.join(", "),
            values.join(", ")
        )
    } else {
        format!("{}\n  {forget}", capture("old"))
    };
    let changed = changed(&names(entity.fields));
    let _ = write!(
        sql,
        "
create trigger if not exists sync_{table}_insert after insert on {table} begin
  {new}
end;
create trigger if not exists sync_{table}_update after update on {table}
when {changed} or new.id is not old.id begin
  {new}
end;
create trigger if not exists sync_{table}_rename after update of id on {table} when new.id is not old.id begin
  {old}
  {forget}
end;
create trigger if not exists sync_{table}_delete after delete on {table} begin
  {delete}
end;
",
        new = capture("new"),
        old = capture("old"),
    );
}

fn child_triggers(sql: &mut String, entity: &Entity, child: &Child) {
    let Child { table, parent, .. } = child;
    let root = entity.table;
    let name = entity.name;
    let capture = |rows: &str| {
        format!(
            "insert into sync_capture (entity_type, entity_id) select '{name}', id from {root} where id in ({rows}) order by id;"
        )
    };
    let mut columns = vec![*parent, "id"];
    columns.extend(names(child.fields));
    let changed = changed(&columns);
    let _ = write!(
        sql,
        "
create trigger if not exists sync_{table}_insert after insert on {table}
when exists (select 1 from {root} where id = new.{parent}) begin
  insert into sync_capture (entity_type, entity_id) values ('{name}', new.{parent});
end;
create trigger if not exists sync_{table}_update after update on {table}
when {changed} begin
  {parents}
  insert into sync_links (from_type, from_id, to_type, to_id)
  select '{name}', old.{parent}, '{name}', new.{parent} where new.{parent} is not old.{parent}
  on conflict do nothing;
end;
create trigger if not exists sync_{table}_delete after delete on {table}
when exists (select 1 from {root} where id = old.{parent}) begin
  insert into sync_capture (entity_type, entity_id) values ('{name}', old.{parent});
end;
",
        parents = capture(&format!("old.{parent}, new.{parent}")),
    );
}

fn views(sql: &mut String) {
    let mut exists = String::new();
    let mut payload = String::new();
    for entity in ENTITIES {
        let Entity { name, table, .. } = entity;
        let _ = write!(exists, "\n    when '{name}' then exists (select 1 from {table} r where r.id = s.entity_id)");
        let document = document(entity);
        let _ = write!(payload, "\n    when '{name}' then (select {document} from {table} r where r.id = s.entity_id)");
    }
    let _ = write!(
        sql,
        "
-- One row per entity. id is its position in the queue; each change gives it a new one.
create view if not exists sync_queue as select
  s.seq as id, s.seq as seq, s.entity_type as entity_type, s.entity_id as entity_id,
  case
    when not case s.entity_type{exists}
    end then 'delete'
    when s.acked_version = 0 or s.version = 1 then 'create'
    else 'update'
  end as operation,
  case s.entity_type{payload}
  end as payload,
  s.status as status, s.retry_count as retry_count, 3 as max_retries, s.error_message as error_message,
  s.batch_no as batch_no, s.changed_at as created_at, s.synced_at as synced_at
from sync_state s;

create view if not exists entity_versions as select
  entity_type, entity_id, version, acked_version, cloud_version,
  case
    when status in ('failed', 'discarded') then status
    when version > acked_version then 'pending'
    else 'synced'
  end as sync_status,
  changed_at as last_modified_at, synced_at as last_synced_at, was_sent, isolated, error_code
from sync_state;
"
    );
}
