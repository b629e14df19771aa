//! Contents of the database, and its triggers and schema.

use domain::duplicates::{UNIQUE_FIELDS, UniqueField};
use domain::{Money, money};
use protocol::wire::EntityRef;
use replica::capture::{schema, singletons};
use replica::unreadable::{self, Unreadable};
use rusqlite::{ErrorCode, Transaction};
use shop::{charges, duplicates, settings};
use sqlite::{Fault, ReadRow};
use web::Notice;
use web::messages::{Arg, Message};
use web::secret::{self, HashRefused};

use crate::health::checks::{Depth, Look, Verdict};

fn count(look: &Look<'_>, sql: &str) -> Result<i64, Fault> {
    Ok(look.tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?)
}

pub(crate) fn file(look: &Look<'_>) -> Result<Verdict, Fault> {
    // A page can be so damaged that the check itself ends with an error.
    match sound(look.tx) {
        Err(Fault::Sql(error)) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            Ok(damaged(&error.to_string()))
        }
        found => found,
    }
}

pub(crate) fn sound(tx: &Transaction<'_>) -> Result<Verdict, Fault> {
    let mut statement = tx.prepare("pragma quick_check")?;
    let messages = statement.query_map([], |row| row.read(0))?.collect::<Result<Vec<String>, _>>()?;
    // A value that breaks a rule of the schema is no damage to the file: `unknown_enum_values` reports it.
    let (violations, damage): (Vec<_>, Vec<_>) =
        messages.iter().partition(|message| message.starts_with(RULE_VIOLATION));
    Ok(match (damage.first(), violations.first()) {
        (Some(message), _) if *message != "ok" => damaged(message),
        (_, Some(message)) => Verdict::degraded("rules").with("detail", message.as_str()),
        _ => Verdict::ok(),
    })
}

/// SQLite's message about a row that breaks a check of the schema.
const RULE_VIOLATION: &str = "CHECK constraint failed in ";

pub(crate) fn damaged(message: &str) -> Verdict {
    Verdict::broken("damaged").with("detail", message)
}

pub(crate) fn rows_deleted(look: &Look<'_>) -> Result<Verdict, Fault> {
    let restored = singletons::notices(look.tx)?.into_iter();
    let tables = restored.map(|(table, at)| Notice::RestoredRow.with("table", table).with("at", at)).collect();
    Ok(Verdict::named(tables, "deleted", "tables", usize::MAX))
}

pub(crate) fn unreadable_rows(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(Verdict::counted(look.figures.unreadable_row_count, "found"))
}

/// Maximum number of rows named in a message.
const MAX_ROWS: usize = 20;

pub(crate) fn unreadable_named(look: &Look<'_>) -> Result<Verdict, Fault> {
    let mut found = unreadable::in_database(look.tx, MAX_ROWS + 1)?;
    let reason = if found.len() > MAX_ROWS { "found_more" } else { "found" };
    found.truncate(MAX_ROWS);
    Ok(Verdict::named(found.iter().map(Unreadable::to_message).collect(), reason, "values", MAX_ROWS))
}

pub(crate) fn triggers(look: &Look<'_>) -> Result<Verdict, Fault> {
    let names: Vec<_> = schema::deviations(look.tx)?.into_iter().map(|deviation| deviation.name).collect();
    if names.is_empty() {
        return Ok(Verdict::ok());
    }
    Ok(Verdict::broken("altered").with("names", Arg::list(names, usize::MAX)))
}

/// A trigger of another program on a table of the shop can reject or change a sale, and a unique index rejects the
/// second row with the same value; a view can replace a table.
pub(crate) fn foreign_triggers(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select case type when 'view' then 'view ' || name when 'index' then 'unique index ' || name || ' on ' || tbl_name
            else name || ' on ' || tbl_name end
        from sqlite_master
        where type in ('trigger', 'view') and name not like 'sync\\_%' escape '\\' and name <> 'entity_versions'
          or type = 'index' and sql like 'create unique index %' and name <> 'sync_state_pending'
        order by type, name limit 20";
    let mut statement = look.tx.prepare_cached(sql)?;
    let names: Vec<String> = statement.query_map([], |row| row.id(0))?.collect::<Result<_, _>>()?;
    Ok(Verdict::named(names, "found", "names", usize::MAX))
}

pub(crate) fn guard(look: &Look<'_>) -> Result<Verdict, Fault> {
    let is_set = count(look, "select count(*) from sync_context where applying_type is not null")? != 0;
    Ok(if is_set { Verdict::broken("set") } else { Verdict::ok() })
}

pub(crate) fn counters(look: &Look<'_>) -> Result<Verdict, Fault> {
    let wrong = count(
        look,
        "select (select pending from sync_context) <> (select count(*) from sync_state where status = 'pending')
            or (select failed from sync_context) <> (select count(*) from sync_state where status = 'failed')",
    )? != 0;
    Ok(if wrong { Verdict::degraded("mismatch") } else { Verdict::ok() })
}

/// Without an index its queries are slow; without a unique index duplicates are accepted.
pub(crate) fn schema_altered(look: &Look<'_>) -> Result<Verdict, Fault> {
    let names = schema::altered(look.tx)?;
    if names.is_empty() {
        return Ok(Verdict::ok());
    }
    Ok(Verdict::broken("altered").with("names", Arg::list(names, usize::MAX)))
}

/// Maximum number of orders or shifts named in a message.
const MAX_ORDERS: usize = 5;

/// The rules by which the hub accepts an order.
pub(crate) fn order_totals_mismatch(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select order_number from orders o where
          o.subtotal <> (select coalesce(sum(amount), 0) from order_lines l where l.order_id = o.id)
          or o.paid <> (select coalesce(sum(amount), 0) from payments p where p.order_id = o.id)
          or (o.status = 'paid' and not exists (select 1 from order_lines l where l.order_id = o.id))
        order by o.rowid";
    let mut statement = look.tx.prepare_cached(sql)?;
    let numbers: Vec<String> = statement.query_map([], |row| row.read(0))?.collect::<Result<_, _>>()?;
    Ok(Verdict::named(numbers, "mismatch", "orders", MAX_ORDERS))
}

pub(crate) fn paid_orders_underpaid(look: &Look<'_>) -> Result<Verdict, Fault> {
    let underpaid = count(
        look,
        "select count(*) from orders o where o.status = 'paid'
           and o.total > (select coalesce(sum(amount), 0) from payments p where p.order_id = o.id)",
    )?;
    Ok(Verdict::counted(underpaid, "underpaid"))
}

/// The payments and refunds of a closed shift, against what was stored when it was closed. Only edits in the database
/// change them.
pub(crate) fn shift_figures_mismatch(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select s.drawer_name || ' ' || s.shift_number from shifts s
        where s.status = 'closed' and (
          (select coalesce(sum(payments + reversals - refunds), 0) from shift_tenders where shift_id = s.id)
            <> (select coalesce(sum(amount), 0) from payments where shift_id = s.id)
              - (select coalesce(sum(amount), 0) from refund_payments where shift_id = s.id)
          or exists (select 1 from shift_tenders t where t.shift_id = s.id and t.payments + t.reversals - t.refunds
            <> (select coalesce(sum(amount), 0) from payments where shift_id = s.id and method = t.method)
              - (select coalesce(sum(amount), 0) from refund_payments where shift_id = s.id and method = t.method)))
        order by s.rowid";
    let mut statement = look.tx.prepare_cached(sql)?;
    let shifts: Vec<String> = statement.query_map([], |row| row.read(0))?.collect::<Result<_, _>>()?;
    Ok(Verdict::named(shifts, "mismatch", "shifts", MAX_ORDERS))
}

pub(crate) fn unqueued_entities(look: &Look<'_>) -> Result<Verdict, Fault> {
    let start = EntityRef { entity_type: String::new(), entity_id: String::new() };
    let unqueued = schema::unqueued(look.tx, &start, None)?;
    let Some(first) = unqueued.first() else { return Ok(Verdict::ok()) };
    let found = Verdict::broken("unqueued").with("count", unqueued.len());
    Ok(found.with("entity_type", first.entity_type.as_str()).with("entity_id", first.entity_id.as_str()))
}

/// Maximum number of charges named in a message.
const MAX_CHARGES: usize = 5;

/// Charges in force today that the next order would not include.
pub(crate) fn charges_ignored(look: &Look<'_>) -> Result<Verdict, Fault> {
    let today = settings::shop(look.tx)?.day.date_at(look.now);
    let ignored = charges::skipped(look.tx, today)?;
    let more = ignored.len().saturating_sub(MAX_CHARGES);
    let reason = if more > 0 { "ignored_more" } else { "ignored" };
    let omitted = ignored.iter().take(MAX_CHARGES).map(charges::message).collect();
    Ok(Verdict::named(omitted, reason, "charges", MAX_CHARGES).with("more", more))
}

/// A stored hash may come from a restored file, a shell or the hub.
pub(crate) fn pins(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select username, pin_hash from users where active = 1 order by username, id";
    let mut statement = look.tx.prepare_cached(sql)?;
    let users = statement.query_map([], |row| Ok((row.read::<String>(0)?, row.read::<String>(1)?)))?;
    let mut unusable = Vec::new();
    for user in users {
        let (username, hash) = user?;
        if let Err(refused) = secret::check_hash(&hash) {
            let reason = match refused {
                HashRefused::TooExpensive => "expensive",
                HashRefused::NotArgon2id => "kind",
            };
            unusable.push(Notice::UnusableHash.with("user", username).with("reason", reason));
        }
    }
    Ok(Verdict::named(unusable, "unusable", "users", MAX_ROWS))
}

pub(crate) fn zone(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(match settings::unknown_zone(look.tx)? {
        Some((zone, in_force)) => Verdict::degraded("unknown").with("zone", zone).with("in_force", in_force),
        None => Verdict::ok(),
    })
}

/// Codes, barcodes, phone numbers and user names that several rows have. Shared phone numbers are listed, but are no
/// problem.
pub(crate) fn duplicate_values(look: &Look<'_>) -> Result<Verdict, Fault> {
    let mut messages: [Vec<Message>; 2] = [Vec::new(), Vec::new()];
    // There are many customers, and shared numbers are no problem: a monitor need not read them every few seconds.
    for distinct in UNIQUE_FIELDS.iter().filter(|distinct| look.depth == Depth::Thorough || !distinct.often_shared) {
        let groups = duplicates::groups(look.tx, distinct)?;
        let more = groups.len().saturating_sub(MAX_GROUPS);
        let list = &mut messages[usize::from(distinct.often_shared)];
        list.extend(groups.iter().take(MAX_GROUPS).map(|(value, names)| of_group(distinct, value, names)));
        let others = Notice::MoreSharedValues.with("count", more).with("field", distinct.field);
        list.extend((more > 0).then_some(others));
    }
    let [duplicate, shared] = messages;
    if duplicate.is_empty() && !shared.is_empty() {
        return Ok(Verdict::well("phones").with("values", Arg::list(shared, usize::MAX)));
    }
    Ok(Verdict::named(duplicate, "duplicate", "values", usize::MAX))
}

/// Maximum number of groups listed per field, and of names per group.
const MAX_GROUPS: usize = 5;

fn of_group(distinct: &UniqueField, value: &str, names: &[String]) -> Message {
    let names = names.iter().map(|name| format!("'{name}'"));
    let group = Notice::SharedValue.with("field", distinct.field).with("value", value);
    group.with("names", Arg::list(names, MAX_GROUPS))
}

/// A price of 22.000 typed in the shell is stored as 22: SQL reads the point as a decimal point, and no constraint can
/// detect it.
pub(crate) fn suspicious_prices(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select p.name, coalesce(o.price, p.price) from products p left join outlet_products o on o.id = p.id
        where coalesce(o.price, p.price) between 1 and ?1 order by p.id limit ?2";
    let mut statement = look.tx.prepare_cached(sql)?;
    let limit = i64::try_from(MAX_ROWS).unwrap_or(i64::MAX);
    let read = |row: &rusqlite::Row<'_>| Ok((row.read(0)?, row.read(1)?));
    let found = statement.query_map([money::MIN_USUAL_PRICE - 1, limit], read)?;
    let found: Vec<(String, i64)> = found.collect::<Result<_, _>>()?;
    let products = found.iter().map(|(name, price)| format!("'{name}' Rp {price}")).collect();
    let verdict = Verdict::named(products, "low", "products", MAX_ROWS);
    Ok(verdict.with("least", Money(money::MIN_USUAL_PRICE)))
}
