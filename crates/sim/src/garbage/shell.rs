//! The sqlite3 shell at an outlet: writes an invalid value into any column of any synced table, or deletes a required
//! single row.

use anyhow::Result;
use protocol::entity::{ENTITIES, Entity, Field, Owner};
use protocol::wire::EntityRef;

use super::{BadItem, Location, values};
use crate::checkers::overwrites;
use crate::world::World;

/// Required single rows; the schema's triggers restore them.
const SINGLE_ROWS: &[&str] =
    &["outlet_config", "settings", "sync_chain", "sync_cursors", "sync_context", "number_series"];

impl World {
    /// Writes an invalid value in an outlet's shell.
    pub(crate) fn damage_in_the_shell(&mut self) -> Result<()> {
        let at = self.random_shop();
        if self.dice.one_in(8) {
            return self.delete_a_single_row(at);
        }
        let kinds: Vec<_> = ENTITIES.iter().filter(|entity| entity.owner != Owner::Hub).collect();
        let entity = kinds[self.dice.index(kinds.len())];
        let number = self.number();
        let Some(id) = self.some_row(at, entity, number)? else { return Ok(()) };
        let (table, field, row, in_order) = match self.some_child(at, entity, &id)? {
            Some(child) => child,
            None => {
                let field = &entity.fields[self.dice.index(entity.fields.len())];
                (entity.table, field, format!("id = '{id}'"), entity.name == "order")
            }
        };
        let (value, bad_value) = values::sql(field, in_order, &mut self.dice, number);
        let (name, outlet_id) = (self.shops[at].name.clone(), self.shops[at].outlet_id.clone());
        let shown: String = value.chars().take(60).collect();
        let column = format!("{}.{} of {id} at {name}: {shown}", table, field.name);
        let sql = format!("update {table} set {} = {value} where {row}", field.name);
        let parts = if entity.name == "order" { self.parts_of(at, &id)? } else { Vec::new() };
        let recorded = overwrites::recorded_at(&self.shops[at].file)?;
        let done = self.shops[at].file.tx(|tx| tx.execute(&sql, []));
        match done {
            Ok(_) => {
                self.excused.extend(parts);
                // A value that only a conflict record had is lost if the record is overwritten.
                let remaining = overwrites::recorded_at(&self.shops[at].file)?;
                for (entity, field, value) in recorded.iter().filter(|edit| !remaining.contains(edit)) {
                    self.ghost.excuse(entity, field, value);
                }
                let of = EntityRef { entity_type: entity.name.to_owned(), entity_id: id };
                self.garbage.add(BadItem {
                    location: Location::Outlet(outlet_id),
                    of,
                    bad_value,
                    token_n: super::IN_THE_SHELL,
                });
                self.log(format!("the shell damages {column}"));
            }
            Err(error) if error.downcast_ref::<rusqlite::Error>().is_some_and(is_refusal) => {
                self.log(format!("the schema rejects {column}"));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn delete_a_single_row(&mut self, at: usize) -> Result<()> {
        let table = SINGLE_ROWS[self.dice.index(SINGLE_ROWS.len())];
        self.shops[at].file.tx(|tx| tx.execute(&format!("delete from {table}"), []))?;
        let words = format!("the shell deletes the row of {table} at {}", self.shops[at].name);
        self.log(words);
        Ok(())
    }

    /// A random row of this type, or a new one.
    fn some_row(&mut self, at: usize, entity: &Entity, number: u64) -> Result<Option<String>> {
        // Orders between which lines moved are sent together, so they are left alone.
        let moved = "select 1 from sync_links where id in (from_id, to_id)";
        let sql = format!("select id from {} where not exists ({moved}) order by id", entity.table);
        let rows = self.shops[at].file.texts(&sql)?;
        if !rows.is_empty() && !self.dice.one_in(3) {
            return Ok(self.dice.pick(&rows).cloned());
        }
        let id = format!("shell{number}");
        let columns = match entity.name {
            "user" => "(id, username, name, role, pin_hash) values (?1, ?1, 'Sri', 'waiter', 'x')",
            "category" | "customer" | "table" => "(id, name) values (?1, 'Sri')",
            "product" => "(id, name, price) values (?1, 'Kopi', 1)",
            "charge" => "(id, name, kind, rate_bp) values (?1, 'Pajak', 'tax', 0)",
            "tender" => "(id, name, method) values (?1, 'BCA EDC', 'card')",
            "outlet_product" => "(id, price) values (?1, 1)",
            _ => return Ok(self.dice.pick(&rows).cloned()),
        };
        let sql = format!("insert into {} {columns}", entity.table);
        self.shops[at].file.tx(|tx| tx.execute(&sql, [&id]))?;
        Ok(Some(id))
    }

    /// A random child row, possibly: table, field, and the condition that finds the row.
    fn some_child(
        &mut self,
        at: usize,
        entity: &Entity,
        id: &str,
    ) -> Result<Option<(&'static str, &'static Field, String, bool)>> {
        let children =
            ENTITIES.iter().find(|other| other.name == entity.name).map_or(&[][..], |entity| entity.children);
        if children.is_empty() || self.dice.one_in(2) {
            return Ok(None);
        }
        let child = &children[self.dice.index(children.len())];
        let sql = format!("select id from {} where {} = '{id}' order by id", child.table, child.parent);
        let rows = self.shops[at].file.texts(&sql)?;
        let Some(row) = self.dice.pick(&rows).cloned() else { return Ok(None) };
        let field = &child.fields[self.dice.index(child.fields.len())];
        Ok(Some((child.table, field, format!("{} = '{id}' and id = '{row}'", child.parent), true)))
    }

    fn parts_of(&self, at: usize, order: &str) -> Result<Vec<String>> {
        self.shops[at].file.texts(&format!(
            "select '{order}' union all select id from order_lines where order_id = '{order}'
             union all select id from payments where order_id = '{order}'"
        ))
    }
}

/// Whether the schema rejected the value.
fn is_refusal(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{ConstraintViolation, TypeMismatch};
    matches!(error.sqlite_error_code(), Some(ConstraintViolation | TypeMismatch))
}
