//! The actions of people at an outlet: orders, payments, moved lines, edits of shared entities, and conflict
//! resolutions. Rows are written as in the sqlite3 shell.

use std::collections::BTreeSet;

use access::session::CurrentUser;
use anyhow::Result;
use domain::{IdSeries, Money, Role};
use jiff::Timestamp;
use protocol::entity::{self, Entity};
use replica::conflicts::{self, Resolution};
use rusqlite::{Transaction, params};
use shop::orders::number;
use shop::refunds::create::{self, NewRefund, ReturnedLine, What};
use shop::shifts;
use uuid::Uuid;

use crate::dice::Dice;
use crate::file::File;
use crate::ghost::Ghost;
use crate::older::Older;
use crate::shop::Shop;

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A product's variants.
    Variants,
}

/// Shared fields that are edited, of all policies (cloud_wins, local_wins, manual). Each value is unique.
pub const FIELDS: &[(&str, &str, ValueKind)] = &[
    ("product", "name", ValueKind::Text),
    ("product", "price", ValueKind::Number),
    ("product", "variants", ValueKind::Variants),
    ("category", "name", ValueKind::Text),
    ("category", "position", ValueKind::Number),
    ("customer", "phone", ValueKind::Text),
    ("customer", "note", ValueKind::Text),
];

fn value_kind(entity_type: &str, field: &str) -> ValueKind {
    FIELDS
        .iter()
        .find(|(t, f, _)| *t == entity_type && *f == field)
        .map_or(ValueKind::Text, |(.., value_kind)| *value_kind)
}

/// Shared types that are created and deleted.
pub const TYPES: &[&str] = &["product", "category", "customer"];

/// The value of a column as JSON; `None` if the row does not exist.
///
/// # Errors
/// SQLite.
pub fn value(file: &File, entity_type: &str, id: &str, field: &str) -> Result<Option<String>> {
    let json = match value_kind(entity_type, field) {
        ValueKind::Variants => field.to_owned(),
        ValueKind::Text | ValueKind::Number => format!("json_quote({field})"),
    };
    let sql = format!("select {json} from {} where id = ?1", table(entity_type));
    let mut statement = file.db()?.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    let text = |row: &rusqlite::Row<'_>| Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned());
    rows.next()?.map(text).transpose()
}

fn table(entity_type: &str) -> &'static str {
    entity::find(entity_type).map_or("", |Entity { table, .. }| table)
}

/// A unique value, as JSON.
#[must_use]
pub fn fresh(entity_type: &str, field: &str, number: u64) -> String {
    match value_kind(entity_type, field) {
        ValueKind::Text => format!("\"{field} {number}\""),
        ValueKind::Number => (number + 1_000).to_string(),
        ValueKind::Variants => format!(r#"[{{"available":true,"id":"large","name":"Large","price":{number}}}]"#),
    }
}

/// An action at an outlet. `number` is unique in this world.
#[derive(Debug)]
pub struct Act<'a> {
    /// The outlet.
    pub shop: &'a Shop,
    /// The edit oracle.
    pub ghost: &'a mut Ghost,
    /// Random numbers.
    pub dice: &'a mut Dice,
    pub(crate) older: &'a Older,
    /// Ids of bad items, which people leave alone.
    pub bad: &'a BTreeSet<String>,
    /// Unique in this world.
    pub number: u64,
    /// The world's time.
    pub t: u64,
    /// The clock's time.
    pub now: Timestamp,
}

impl Act<'_> {
    /// Does a random action. Returns its description.
    ///
    /// # Errors
    /// SQLite.
    pub fn anything(&mut self) -> Result<String> {
        match self.dice.below(100) {
            0..=17 => self.sell(),
            18..=32 => self.pay(),
            33..=37 => self.note(),
            38..=46 => self.move_line(),
            47..=52 => self.resolve(),
            53..=58 => self.create(),
            59..=63 => self.delete(),
            64..=66 => self.outlet_price(),
            67..=69 => self.table(),
            70..=73 => self.shift(),
            74..=79 => self.refund(),
            _ => self.edit(),
        }
    }

    fn run<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        self.shop.file.tx(work)
    }

    fn some_order(&mut self) -> Result<Option<String>> {
        let mut orders = self.shop.file.texts("select id from orders order by id")?;
        orders.retain(|id| !self.bad.contains(id));
        Ok(self.dice.pick(&orders).cloned())
    }

    /// Creates an order with one or two lines, possibly paid, or with a deposit.
    fn sell(&mut self) -> Result<String> {
        let (id, date) = (format!("o{}", self.number), format!("2026-11-2{}", self.dice.below(3)));
        let (lines, paid) = (1 + self.dice.below(2), self.dice.one_in(2));
        let amount = i64::try_from(self.number * 10)?;
        let at = web::time::text(self.now);
        // A wrong clock also determines the date.
        let date = if self.shop.clock_off.is_zero() { date } else { at[..10].to_owned() };
        let day = serde_json::from_value(date.clone().into())?;
        self.shop.file.tx::<_, sqlite::Fault>(|tx| {
            for line in 0..lines {
                add_line(tx, &id, &format!("{id}-l{line}"), amount)?;
            }
            let total = amount * i64::try_from(lines).unwrap_or(1);
            if paid {
                add_payment(tx, &id, &format!("{id}-p"), total, Some(&date), &at)?;
            } else if self.number % 4 == 1 {
                add_payment(tx, &id, &format!("{id}-p"), total / 3 + 1, None, &at)?;
            }
            let order_number = number::next(tx, "JKT", day)?;
            tx.execute(
                "insert into orders (id, order_number, business_date, status, order_type, subtotal, total, created_at)
                 values (?1, ?4, ?2, 'open', 'dine_in', 0, 0, ?3)",
                params![id, date, at, order_number],
            )?;
            Ok(add_up(tx, &id)?)
        })?;
        Ok(format!("sells {id}{}", if paid { ", paid" } else { "" }))
    }

    /// Pays an existing order: in full, or together with a new line; on its day, another one, or the clock's.
    fn pay(&mut self) -> Result<String> {
        let Some(id) = self.some_order()? else { return Ok("nothing to pay".to_owned()) };
        let (number, at) = (self.number, web::time::text(self.now));
        let amount = i64::try_from(number * 10)?;
        let payment = format!("p{number}");
        // Earlier than the order if the clock was set back; none: the order's.
        let date = match number % 5 {
            0 => None,
            day if self.shop.clock_off.is_zero() => Some(format!("2026-11-2{}", day - 1)),
            _ => Some(at[..10].to_owned()),
        };
        let date = date.as_deref();
        self.run(|tx| {
            let due: i64 = tx.query_row("select total - paid from orders where id = ?1", [&id], |row| row.get(0))?;
            if due <= 0 || number % 2 == 0 {
                add_line(tx, &id, &format!("l{number}"), amount)?;
                add_payment(tx, &id, &payment, amount, date, &at)?;
            } else {
                add_payment(tx, &id, &payment, due, date, &at)?;
            }
            add_up(tx, &id)
        })?;
        Ok(format!("pays {id} with {payment}"))
    }

    /// Gives back a piece of a paid order or some of its money, by the server's command.
    fn refund(&mut self) -> Result<String> {
        let mut orders = self.shop.file.texts("select id from orders where status = 'paid' order by id")?;
        orders.retain(|id| !self.bad.contains(id));
        let Some(id) = self.dice.pick(&orders).cloned() else { return Ok("nothing to give back".to_owned()) };
        let lines = self.shop.file.texts(&format!("select id from order_lines where order_id = '{id}' order by id"))?;
        let what = match self.dice.pick(&lines).filter(|_| self.number.is_multiple_of(2)) {
            Some(line_id) => What::Lines(vec![ReturnedLine { line_id: line_id.clone(), qty: 1, restock: true }]),
            None => What::Amount(Money(i64::try_from(1 + self.dice.below(self.number * 15))?)),
        };
        let user = CurrentUser { id: "manager".to_owned(), role: Role::Manager, device_id: None, session: None };
        let new = NewRefund { what, payments: Vec::new(), reason: Some(format!("refund {}", self.number)) };
        // Ids are counted up from this one.
        let mut ids = IdSeries::from(Uuid::from_u128(((u128::from(self.number) + 1) << 80) + 2_000));
        let tx = self.shop.file.db()?.unchecked_transaction()?;
        match create::refund(&tx, &user, &id, new, None, Some("JKT"), None, &mut ids, self.now) {
            Ok(refund) => {
                tx.commit()?;
                Ok(format!("gives back {} of {id}: {}", refund.total, refund.id))
            }
            Err(refused) => {
                tx.rollback()?;
                Ok(format!("cannot give back anything of {id}: {}", refused.message()))
            }
        }
    }

    fn note(&mut self) -> Result<String> {
        let Some(id) = self.some_order()? else { return Ok("nothing to note".to_owned()) };
        let note = format!("guest {}", self.number);
        self.run(|tx| tx.execute("update orders set customer_name = ?2 where id = ?1", [&id, &note]))?;
        Ok(format!("notes {note} on {id}"))
    }

    fn move_line(&mut self) -> Result<String> {
        let moved = self.moved_line()?;
        Ok(moved.map_or("nothing to move".to_owned(), |(line, from, to)| format!("moves {line} from {from} to {to}")))
    }

    /// Moves a line. Returns its id, the old and the new order.
    fn moved_line(&mut self) -> Result<Option<(String, String, String)>> {
        // Lines of paid orders are not moved.
        let file = &self.shop.file;
        let mut lines = file.texts(
            "select order_id || ' ' || l.id from order_lines l join orders o on o.id = order_id
             where o.status <> 'paid' order by 1",
        )?;
        let mut open = file.texts("select id from orders where status <> 'paid' order by id")?;
        open.retain(|id| !self.bad.contains(id));
        lines.retain(|line| line.split_once(' ').is_none_or(|(order, _)| !self.bad.contains(order)));
        let (Some(line), Some(to)) = (self.dice.pick(&lines).cloned(), self.dice.pick(&open).cloned()) else {
            return Ok(None);
        };
        let Some((from, line)) = line.split_once(' ').filter(|(from, _)| *from != to) else { return Ok(None) };
        self.run(|tx| {
            tx.execute("update order_lines set order_id = ?3 where order_id = ?1 and id = ?2", [from, line, &to])?;
            add_up(tx, from)?;
            add_up(tx, &to)
        })?;
        Ok(Some((line.to_owned(), from.to_owned(), to)))
    }

    fn resolve(&mut self) -> Result<String> {
        let mut records = self.shop.file.texts("select id from sync_conflicts where status = 'open' order by rowid")?;
        records.retain(|id| !self.bad.contains(id));
        let Some(at) = (!records.is_empty()).then(|| self.dice.index(records.len())) else {
            return Ok("nothing to resolve".to_owned());
        };
        let local = self.dice.one_in(2);
        let decision = if local { Resolution::Local } else { Resolution::Cloud };
        let (id, now) = (records[at].clone(), self.now);
        let before = self.shop.file.tx(|tx| conflicts::get(tx, &id).map_err(words))?;
        let mut seen = Vec::new();
        for (_, field, _) in FIELDS.iter().filter(|(of_type, ..)| *of_type == before.entity_type) {
            let value = value(&self.shop.file, &before.entity_type, &before.entity_id, field)?;
            seen.extend(value.map(|value| (*field, value)));
        }
        let current = if before.field == "deleted" {
            None
        } else {
            value(&self.shop.file, &before.entity_type, &before.entity_id, &before.field)?
        };
        let tx = self.shop.file.db()?.unchecked_transaction()?;
        let done = conflicts::resolve(&tx, &id, decision, "dewi", now);
        match done {
            Ok(record) => {
                tx.commit()?;
                let chosen = if local { &record.local } else { &record.cloud };
                if record.field == "deleted" && *chosen == serde_json::Value::Bool(true) {
                    seen.iter().for_each(|(field, value)| self.ghost.excuse(&record.entity_id, field, value));
                }
                if let Some(current) = current {
                    let chosen = if local { &record.local } else { &record.cloud }.to_string();
                    let Self { ghost, t, shop, .. } = self;
                    ghost.edit(shop.node, *t, &record.entity_id, &record.field, &chosen, Some(&current));
                }
                let side = if local { "local" } else { "cloud" };
                Ok(format!("resolves {} of {}: {side}", record.field, record.entity_id))
            }
            Err(refused) => {
                tx.rollback()?;
                Ok(format!("cannot resolve {} of {}: {}", before.field, before.entity_id, refused.message()))
            }
        }
    }

    fn create(&mut self) -> Result<String> {
        let Some(entity_type) = self.dice.pick(TYPES).copied() else { return Ok(String::new()) };
        if self.older.lacks(self.shop.node, entity_type, None) {
            return Ok("does not know the type".to_owned());
        }
        // A list that several outlets import has the same ids everywhere.
        let id = if self.dice.one_in(4) {
            format!("{entity_type}-list{}", self.dice.below(3))
        } else {
            format!("{entity_type}-{}{}", self.shop.name, self.number)
        };
        let table = table(entity_type);
        if !self.shop.file.texts(&format!("select id from {table} where id = '{id}'"))?.is_empty() {
            return Ok("nothing to create".to_owned());
        }
        let known = self.fields(entity_type);
        let values: Vec<_> = known.iter().map(|field| fresh(entity_type, field, self.number)).collect();
        let (names, places) = (known.join(", "), values.iter().map(|v| sql(v)).collect::<Vec<_>>().join(", "));
        let (column, value) = if entity_type == "customer" { (", name", ", 'Guest'") } else { ("", "") };
        let (node, t) = (self.shop.node, self.t);
        self.run(|tx| {
            tx.execute_batch(&format!("insert into {table} (id, {names}{column}) values ('{id}', {places}{value})"))
        })?;
        for (field, value) in known.iter().zip(&values) {
            self.ghost.edit(node, t, &id, field, value, None);
        }
        Ok(format!("creates {id}"))
    }

    fn some_entity(&mut self) -> Result<Option<(&'static str, String)>> {
        let mut all = Vec::new();
        for entity_type in TYPES.iter().filter(|name| !self.older.lacks(self.shop.node, name, None)) {
            let ids = self.shop.file.texts(&format!("select id from {} order by id", table(entity_type)))?;
            all.extend(ids.into_iter().filter(|id| !self.bad.contains(id)).map(|id| (*entity_type, id)));
        }
        Ok(self.dice.pick(&all).cloned())
    }

    fn delete(&mut self) -> Result<String> {
        let Some((entity_type, id)) = self.some_entity()? else { return Ok("nothing to delete".to_owned()) };
        for (of_type, field, _) in FIELDS {
            if *of_type == entity_type
                && let Some(seen) = value(&self.shop.file, entity_type, &id, field)?
            {
                self.ghost.excuse(&id, field, &seen);
            }
        }
        self.run(|tx| tx.execute(&format!("delete from {} where id = ?1", table(entity_type)), [&id]))?;
        Ok(format!("deletes {id}"))
    }

    fn edit(&mut self) -> Result<String> {
        let Some((entity_type, id)) = self.some_entity()? else { return Ok("nothing to edit".to_owned()) };
        let Some(field) = self.dice.pick(&self.fields(entity_type)).copied() else { return Ok(String::new()) };
        self.edit_field(entity_type, &id, field)
    }

    /// The fields of a type that this outlet knows and edits.
    fn fields(&self, entity_type: &str) -> Vec<&'static str> {
        let known = |field: &str| !self.older.lacks(self.shop.node, entity_type, Some(field));
        FIELDS.iter().filter(|(t, field, _)| *t == entity_type && known(field)).map(|(_, field, _)| *field).collect()
    }

    /// Edits this field, if it exists: to a new value, or back to the base value.
    ///
    /// # Errors
    /// SQLite.
    pub fn edit_field(&mut self, entity_type: &str, id: &str, field: &'static str) -> Result<String> {
        if self.older.lacks(self.shop.node, entity_type, Some(field)) {
            return Ok(format!("knows no {field}"));
        }
        let Some(seen) = value(&self.shop.file, entity_type, id, field)? else { return Ok(format!("has no {id}")) };
        let agreed = self.shop.file.texts(&format!(
            "select document -> '$.{field}' from sync_bases where entity_type = '{entity_type}' and entity_id = '{id}'"
        ))?;
        let agreed = agreed.first().filter(|agreed| **agreed != seen && !agreed.is_empty() && *agreed != "null");
        let undone = agreed.filter(|_| self.dice.one_in(3)).cloned();
        let (value, suffix) = match undone {
            Some(value) => (value, ", undone"),
            None => (fresh(entity_type, field, self.number), ""),
        };
        let (node, t) = (self.shop.node, self.t);
        let change = format!("update {} set {field} = {} where id = '{id}'", table(entity_type), sql(&value));
        self.run(|tx| tx.execute_batch(&change))?;
        self.ghost.edit(node, t, id, field, &value, Some(&seen));
        Ok(format!("edits {field} of {id}: {seen} → {value}{suffix}"))
    }

    fn outlet_price(&mut self) -> Result<String> {
        let number = i64::try_from(self.number)?;
        let id = format!("product-own{}", self.dice.below(2));
        self.run(|tx| {
            tx.execute(
                "insert into outlet_products (id, price) values (?1, ?2) on conflict (id) do update set price = ?2",
                params![id, number],
            )
        })?;
        Ok(format!("sets a local price of {id}"))
    }

    /// Opens a shift of one of two drawers, moves cash, or closes it.
    fn shift(&mut self) -> Result<String> {
        let drawer = format!("drawer-{}", self.dice.below(2));
        let (id, at, amount) = (format!("s{}", self.number), web::time::text(self.now), i64::try_from(self.number)?);
        let open = format!("select id from shifts where drawer_id = '{drawer}' and status = 'open' order by id");
        let Some(shift) = self.shop.file.texts(&open)?.into_iter().next() else {
            self.shop.file.tx::<_, sqlite::Fault>(|tx| {
                add_count(tx, &id, "open", amount, &at)?;
                let number = shifts::next_number(tx, &drawer)?;
                tx.execute(
                    "insert into shifts (id, shift_number, drawer_id, drawer_name, status, business_date, opened_at,
                       opening_counted) values (?1, ?2, ?3, 'Laci', 'open', substr(?4, 1, 10), ?4, ?5)",
                    params![id, number, drawer, at, amount],
                )?;
                Ok(())
            })?;
            return Ok(format!("opens the shift {id} of {drawer}"));
        };
        if self.dice.one_in(2) {
            self.run(|tx| {
                tx.execute(
                    "insert into shift_movements (shift_id, id, kind, amount, created_at) values (?1, ?2, 'in', ?3, ?4)",
                    params![shift, id, amount, at],
                )
            })?;
            return Ok(format!("puts cash into {drawer} in {shift}"));
        }
        self.run(|tx| {
            add_count(tx, &shift, "close", amount, &at)?;
            tx.execute(
                "insert into shift_tenders (shift_id, id, method, tender_id, tender_name, payments, expected)
                 select ?1, method || coalesce('-' || tender_id, ''), method, tender_id, max(tender_name), sum(amount),
                   sum(amount)
                 from payments where shift_id = ?1 group by method, tender_id
                 on conflict do nothing",
                [&shift],
            )?;
            tx.execute(
                "update shifts set status = 'closed', closed_at = ?2, counted = ?3 where id = ?1",
                params![shift, at, amount],
            )
        })?;
        Ok(format!("closes the shift {shift} of {drawer}"))
    }

    fn table(&mut self) -> Result<String> {
        let id = format!("table-{}", self.dice.below(3));
        let removes = self.dice.one_in(3);
        let name = format!("Table {}", self.number);
        self.run(|tx| {
            if removes {
                tx.execute("delete from tables where id = ?1", [&id])
            } else {
                tx.execute(
                    "insert into tables (id, name) values (?1, ?2) on conflict (id) do update set name = ?2",
                    [&id, &name],
                )
            }
        })?;
        Ok(format!("{} {id}", if removes { "removes" } else { "names" }))
    }

    /// Changes an order's totals to wrong ones, like a mistake in the sqlite3 shell; the hub rejects it.
    ///
    /// # Errors
    /// SQLite.
    pub fn miscount(&mut self) -> Result<String> {
        let Some(id) = self.some_order()? else { return Ok("nothing to miscount".to_owned()) };
        self.break_sum(&id)?;
        Ok(format!("miscounts {id}"))
    }

    /// Moves a line, and makes the totals of the old order wrong.
    ///
    /// # Errors
    /// SQLite.
    pub fn miscount_a_move(&mut self) -> Result<String> {
        let Some((line, from, to)) = self.moved_line()? else { return Ok("nothing to move".to_owned()) };
        self.break_sum(&from)?;
        Ok(format!("moves {line} from {from} to {to} and miscounts {from}"))
    }

    fn break_sum(&self, id: &str) -> Result<usize> {
        self.run(|tx| tx.execute("update orders set subtotal = subtotal + 1, total = total + 1 where id = ?1", [id]))
    }
}

/// Corrects the totals of rejected orders, except `excluded`. Returns their ids.
///
/// # Errors
/// SQLite.
pub fn correct(file: &File, excluded: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut failed = file.texts(
        "select entity_id from sync_state where entity_type = 'order' and status in ('failed', 'discarded')
           and exists (select 1 from orders where id = entity_id) order by entity_id",
    )?;
    failed.retain(|id| !excluded.contains(id));
    file.tx(|tx| failed.iter().try_for_each(|id| add_up(tx, id)))?;
    Ok(failed)
}

/// Corrects and changes orders that head office reported as rejected, so that they are sent again.
///
/// # Errors
/// SQLite.
pub fn correct_reported(file: &File, orders: &[String]) -> Result<()> {
    file.tx(|tx| {
        orders.iter().try_for_each(|id| {
            add_up(tx, id)?;
            tx.execute("update orders set pax = coalesce(pax, 0) + 1 where id = ?1", [id]).map(drop)
        })
    })
}

fn add_line(tx: &Transaction<'_>, order: &str, id: &str, amount: i64) -> rusqlite::Result<()> {
    tx.execute(
        "insert into order_lines (order_id, id, position, product_id, name, price, qty, amount, tax_group, station)
         values (?1, ?2, 1, 'product-1', 'Kopi', ?3, 1, ?3, 'none', 'bar')",
        params![order, id, amount],
    )?;
    Ok(())
}

fn add_count(tx: &Transaction<'_>, shift: &str, kind: &str, amount: i64, at: &str) -> rusqlite::Result<usize> {
    tx.execute(
        "insert into shift_counts (shift_id, id, kind, amount, created_at) values (?1, ?2, ?3, ?4, ?5)
         on conflict do nothing",
        params![shift, format!("{shift}-{kind}-{amount}"), kind, amount, at],
    )
}

fn add_payment(
    tx: &Transaction<'_>,
    order: &str,
    id: &str,
    amount: i64,
    date: Option<&str>,
    at: &str,
) -> rusqlite::Result<()> {
    tx.execute(
        "insert into payments (order_id, id, method, tender_id, tender_name, amount, tendered, business_date, shift_id,
           created_at)
         values (?1, ?2, iif(?3 % 3 = 0, 'cash', 'qris'), iif(?3 % 3 = 2, 'bank', null), iif(?3 % 3 = 2, 'Bank ' || ?3 % 2, null),
           ?3, ?3, ?4, (select min(id) from shifts where status = 'open'), ?5)",
        params![order, id, amount, date, at],
    )?;
    Ok(())
}

/// Recalculates an order's totals and status; its discount and charges remain. A sale keeps its day; a new one has that of
/// the latest payment.
pub(crate) fn add_up(tx: &Transaction<'_>, order: &str) -> rusqlite::Result<()> {
    tx.execute(
        "update orders set subtotal = l, total = l + x, paid = p, status = iif(p >= l + x and l > 0, 'paid', 'open'),
           paid_date = iif(p >= l + x and l > 0, iif(status = 'paid', paid_date, d), null)
         from
           (select coalesce((select sum(amount) from order_lines where order_id = ?1), 0) l,
                   (select service + tax + rounding - discount from orders where id = ?1) x,
                   coalesce((select sum(amount) from payments where order_id = ?1), 0) p,
                   (select business_date from payments where order_id = ?1 order by created_at desc, id desc limit 1) d)
         where id = ?1",
        [order],
    )?;
    Ok(())
}

/// A JSON value as SQL.
fn sql(json: &str) -> String {
    match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(text) => format!("'{text}'"),
        None if json.starts_with('[') => format!("'{json}'"),
        None => json.to_owned(),
    }
}

fn words(error: web::ApiError) -> anyhow::Error {
    anyhow::anyhow!("{}", error.message())
}
