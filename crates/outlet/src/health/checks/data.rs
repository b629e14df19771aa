//! What is in the database, and what watches over it.

use domain::duplicates::{UNIQUE_FIELDS, UniqueField};
use domain::money;
use domain::text::counted;
use protocol::wire::EntityRef;
use replica::capture::{schema, singletons};
use replica::unreadable;
use rusqlite::Transaction;
use shop::{charges, duplicates, settings};
use sqlite::{Fault, ReadRow};
use web::secret;

use crate::health::checks::{Depth, Look, State, Verdict};

fn count(look: &Look<'_>, sql: &str) -> Result<i64, Fault> {
    Ok(look.tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?)
}

pub(crate) fn file(look: &Look<'_>) -> Result<Verdict, Fault> {
    sound(look.tx)
}

pub(crate) fn sound(tx: &Transaction<'_>) -> Result<Verdict, Fault> {
    let mut statement = tx.prepare("pragma quick_check")?;
    let said = statement.query_map([], |row| row.read(0))?.collect::<Result<Vec<String>, _>>()?;
    // A value that was written past a rule of the schema is no damage: `unknown_enum_values` names it.
    let (against, damage): (Vec<_>, Vec<_>) = said.iter().partition(|said| said.starts_with(AGAINST_A_RULE));
    Ok(match (damage.first(), against.first()) {
        (Some(said), _) if *said != "ok" => damaged(said),
        (_, Some(said)) => Verdict::Ill(
            State::Degraded,
            format!(
                "The file is sound, but values were written past the rules of the schema ({said}); correct them in the \
                 sqlite3 shell."
            ),
        ),
        _ => Verdict::Well("The database file is sound.".to_owned()),
    })
}

/// What SQLite says of a row that a check of the schema refuses.
const AGAINST_A_RULE: &str = "CHECK constraint failed in ";

pub(crate) fn damaged(said: &str) -> Verdict {
    let words = format!(
        "The database file is damaged ({said}). Stop the server, keep a copy of the file, and restore a backup."
    );
    Verdict::Ill(State::Broken, words)
}

pub(crate) fn rows_deleted(look: &Look<'_>) -> Result<Verdict, Fault> {
    let noticed = singletons::notices(look.tx)?;
    let ill = (!noticed.is_empty()).then(|| {
        let tables: Vec<_> = noticed.iter().map(|(table, at)| format!("{table} (at {at})")).collect();
        format!(
            "The one row of these tables was deleted and was put back: {}. Check the shop's settings and the link to head \
             office, and find out who deleted it; this is shown for a week.",
            tables.join(", ")
        )
    });
    Ok(Verdict::unless(ill, "The rows of which there is one are there."))
}

pub(crate) fn unreadable_rows(look: &Look<'_>) -> Result<Verdict, Fault> {
    let rows = look.figures.unreadable_row_count;
    let ill = (rows > 0).then(|| {
        let rows = counted(rows, "row cannot be read, and is", "rows cannot be read, and are");
        format!("{rows} not sent; 'gerai doctor' names each and says how to correct it.")
    });
    Ok(Verdict::unless(ill, "No row is kept from head office because it cannot be read."))
}

/// What is named at once.
const MAX_ROWS: usize = 20;

pub(crate) fn unreadable_named(look: &Look<'_>) -> Result<Verdict, Fault> {
    let mut found = unreadable::in_database(look.tx, MAX_ROWS + 1)?;
    let more = if found.len() > MAX_ROWS { " There are more." } else { "" };
    found.truncate(MAX_ROWS);
    let named: Vec<_> = found.iter().map(ToString::to_string).collect();
    let ill = (!named.is_empty())
        .then(|| format!("Rows that cannot be read are not sent, and shown with U+FFFD. {}{more}", named.join(" ")));
    Ok(Verdict::unless(ill, "Every row can be read."))
}

pub(crate) fn triggers(look: &Look<'_>) -> Result<Verdict, Fault> {
    let names: Vec<_> = schema::deviations(look.tx)?.into_iter().map(|deviation| deviation.name).collect();
    if names.is_empty() {
        return Ok(Verdict::Well("Every change is queued: the triggers are as they should be.".to_owned()));
    }
    let words = format!(
        "These triggers or views of the sync system are missing or changed: {}. Changes may go unnoticed; start the server \
         again, it puts them right.",
        names.join(", ")
    );
    Ok(Verdict::Ill(State::Broken, words))
}

/// A trigger of another program on a table of the shop may refuse or change a sale, a unique index refuses the second row
/// with one value; a view may stand in a table's place.
pub(crate) fn foreign_triggers(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select case type when 'view' then 'view ' || name when 'index' then 'unique index ' || name || ' on ' || tbl_name
            else name || ' on ' || tbl_name end
        from sqlite_master
        where type in ('trigger', 'view') and name not like 'sync\\_%' escape '\\' and name <> 'entity_versions'
          or type = 'index' and sql like 'create unique index %' and name <> 'sync_state_pending'
        order by type, name limit 20";
    let mut statement = look.tx.prepare_cached(sql)?;
    let names: Vec<String> = statement.query_map([], |row| row.id(0))?.collect::<Result<_, _>>()?;
    let ill = (!names.is_empty()).then(|| {
        format!(
            "Another program has put triggers, views or unique indexes into this database: {}. They can refuse or change \
             sales; drop them unless you know what they do.",
            names.join(", ")
        )
    });
    Ok(Verdict::unless(ill, "No other program's triggers, views or unique indexes are in this database."))
}

pub(crate) fn guard(look: &Look<'_>) -> Result<Verdict, Fault> {
    if count(look, "select count(*) from sync_context where applying_type is not null")? == 0 {
        return Ok(Verdict::Well("Nothing keeps changes out of the queue.".to_owned()));
    }
    let words = "The guard of the sync system was left set: one entity's changes are not queued. Start the server again, it \
        clears it.";
    Ok(Verdict::Ill(State::Broken, words.to_owned()))
}

pub(crate) fn counters(look: &Look<'_>) -> Result<Verdict, Fault> {
    let wrong = count(
        look,
        "select (select pending from sync_context) <> (select count(*) from sync_state where status = 'pending')
            or (select failed from sync_context) <> (select count(*) from sync_state where status = 'failed')",
    )? != 0;
    let ill = wrong.then(|| {
        "The counters of the queue do not match its rows; someone has edited sync_state or sync_context. What waits is sent all \
         the same."
            .to_owned()
    });
    Ok(Verdict::unless(ill, "The counters match the queue."))
}

/// Without an index what it finds is slow, and what it forbids comes in.
pub(crate) fn schema_altered(look: &Look<'_>) -> Result<Verdict, Fault> {
    let names = schema::altered(look.tx)?;
    if names.is_empty() {
        return Ok(Verdict::Well("Tables and indexes are as they should be.".to_owned()));
    }
    let words = format!(
        "These tables or indexes are missing or changed: {}. A running server makes them again within a second where it can, \
         else start it; if this stays, rows in them contradict each other: restore a backup.",
        names.join(", ")
    );
    Ok(Verdict::Ill(State::Broken, words))
}

/// Orders that are named at once.
const MAX_ORDERS: usize = 5;

/// The rules by which head office takes an order in.
pub(crate) fn order_totals_mismatch(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select order_number from orders o where
          o.subtotal <> (select coalesce(sum(amount), 0) from order_lines l where l.order_id = o.id)
          or o.paid <> (select coalesce(sum(amount), 0) from payments p where p.order_id = o.id)
          or (o.status = 'paid' and not exists (select 1 from order_lines l where l.order_id = o.id))
        order by o.rowid";
    let mut statement = look.tx.prepare_cached(sql)?;
    let numbers: Vec<String> = statement.query_map([], |row| row.read(0))?.collect::<Result<_, _>>()?;
    let ill = (!numbers.is_empty()).then(|| {
        let named = numbers.iter().take(MAX_ORDERS).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = numbers.len().saturating_sub(MAX_ORDERS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!(
            "The lines or payments of these orders do not make up their figures: {named}{more}. Somebody has changed them in \
             the database; compare with head office ('gerai sync verify'). Nothing was changed."
        )
    });
    Ok(Verdict::unless(ill, "The lines and payments of every order make up its figures."))
}

pub(crate) fn paid_orders_underpaid(look: &Look<'_>) -> Result<Verdict, Fault> {
    let unbalanced = count(
        look,
        "select count(*) from orders o where o.status = 'paid'
           and o.total > (select coalesce(sum(amount), 0) from payments p where p.order_id = o.id)",
    )?;
    let ill = (unbalanced > 0).then(|| {
        format!(
            "{}. Tell the person who maintains this system; nothing was changed.",
            counted(
                unbalanced,
                "paid order is not covered by its payments",
                "paid orders are not covered by their payments"
            )
        )
    });
    Ok(Verdict::unless(ill, "Every paid order is paid in full."))
}

pub(crate) fn unqueued_entities(look: &Look<'_>) -> Result<Verdict, Fault> {
    let start = EntityRef { entity_type: String::new(), entity_id: String::new() };
    let unqueued = schema::unqueued(look.tx, &start, None)?;
    let Some(first) = unqueued.first() else {
        return Ok(Verdict::Well("Every order, and all else that is the outlet's own, is known to sync.".to_owned()));
    };
    let words = format!(
        "{} never queued for head office, the first is {} {}; start the server again, it queues what is missing.",
        counted(i64::try_from(unqueued.len()).unwrap_or(i64::MAX), "entity was", "entities were"),
        first.entity_type,
        first.entity_id
    );
    Ok(Verdict::Ill(State::Broken, words))
}

/// Today's: what a till would leave out of the next order.
pub(crate) fn charges_ignored(look: &Look<'_>) -> Result<Verdict, Fault> {
    let today = settings::shop(look.tx)?.day.date_at(look.now);
    let left_out = charges::in_force(look.tx, today)?.skipped;
    let words: Vec<_> = left_out.iter().take(5).map(charges::message).collect();
    let more = left_out.len().saturating_sub(words.len());
    let more = if more > 0 { format!(" And {more} more.") } else { String::new() };
    let ill = (!words.is_empty()).then(|| format!("{}{more}", words.join(" ")));
    Ok(Verdict::unless(ill, "Every charge that is set can be calculated with."))
}

/// A stored hash may come from a restored file, a shell or the hub.
pub(crate) fn pins(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select username, pin_hash from users where active = 1 order by username, id";
    let mut statement = look.tx.prepare_cached(sql)?;
    let users = statement.query_map([], |row| Ok((row.read::<String>(0)?, row.read::<String>(1)?)))?;
    let mut named = Vec::new();
    for user in users {
        let (username, hash) = user?;
        if let Err(refused) = secret::check_hash(&hash) {
            named.push(format!("{username} ({refused})"));
        }
    }
    let more = if named.len() > MAX_ROWS { ", and others" } else { "" };
    named.truncate(MAX_ROWS);
    let ill = (!named.is_empty()).then(|| {
        format!(
            "The stored PIN hash of these users cannot be used, and they cannot log in or approve: {}{more}. Set a new PIN \
             for each.",
            named.join(", ")
        )
    });
    Ok(Verdict::unless(ill, "Every active user has a PIN hash that can be used."))
}

pub(crate) fn zone(look: &Look<'_>) -> Result<Verdict, Fault> {
    let ill = settings::unknown_zone(look.tx)?.map(|(set, in_force)| {
        format!(
            "'{set}' in settings is no time zone: business days go by {in_force} until it is corrected, for example to \
             Asia/Jakarta, Asia/Makassar or Asia/Jayapura."
        )
    });
    Ok(Verdict::unless(ill, "The shop's time zone is known."))
}

/// Codes, barcodes, phone numbers and user names that several have. Phone numbers are named, and no fault.
pub(crate) fn duplicate_values(look: &Look<'_>) -> Result<Verdict, Fault> {
    let mut named = [Vec::new(), Vec::new()];
    // Customers are many, and their numbers are no fault: a monitor need not read them every few seconds.
    for distinct in UNIQUE_FIELDS.iter().filter(|distinct| look.depth == Depth::Thorough || !distinct.often_shared) {
        let groups = duplicates::groups(look.tx, distinct)?;
        let more = groups.len().saturating_sub(MAX_GROUPS);
        let list = &mut named[usize::from(distinct.often_shared)];
        list.extend(groups.iter().take(MAX_GROUPS).map(|(value, names)| of_group(distinct, value, names)));
        list.extend((more > 0).then(|| format!("and {more} more of '{}'", distinct.field)));
    }
    let [ill, shared] = named.map(|list| list.join("; "));
    if !ill.is_empty() {
        let words =
            format!("Several have one value where each should have its own: {ill}. Change all but one of each.");
        return Ok(Verdict::Ill(State::Degraded, words));
    }
    let well = "Every product code, barcode and user name is one's own.";
    let shared = if shared.is_empty() { String::new() } else { format!(" Phone numbers that several have: {shared}.") };
    Ok(Verdict::Well(format!("{well}{shared}")))
}

/// Groups that are named of one field.
const MAX_GROUPS: usize = 5;

fn of_group(distinct: &UniqueField, value: &str, names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(MAX_GROUPS).map(|name| format!("'{name}'")).collect();
    let more = names.len().saturating_sub(MAX_GROUPS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} {value} of {}{more}", distinct.field, shown.join(", "))
}

/// 22.000 typed in the shell is 22: SQL reads the point as a decimal point, and no constraint can see what was typed.
pub(crate) fn suspicious_prices(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select p.name, coalesce(o.price, p.price) from products p left join outlet_products o on o.id = p.id
        where coalesce(o.price, p.price) between 1 and ?1 order by p.id limit ?2";
    let mut statement = look.tx.prepare_cached(sql)?;
    let limit = i64::try_from(MAX_ROWS).unwrap_or(i64::MAX);
    let read = |row: &rusqlite::Row<'_>| Ok((row.read(0)?, row.read(1)?));
    let found = statement.query_map([money::MIN_USUAL_PRICE - 1, limit], read)?;
    let found: Vec<(String, i64)> = found.collect::<Result<_, _>>()?;
    let ill = (!found.is_empty()).then(|| {
        let named: Vec<_> = found.iter().map(|(name, price)| format!("'{name}' Rp {price}")).collect();
        format!(
            "Prices below Rp {}: {}. In the sqlite3 shell 22.000 is 22: write 22000, without a point.",
            money::MIN_USUAL_PRICE,
            named.join(", ")
        )
    });
    Ok(Verdict::unless(ill, "No price looks as if its thousands were lost."))
}
