//! Menus: prices for some hours, weekdays, order types or channels. Head office plans them; a manager may switch one off or
//! on at this outlet.

pub mod http;

use access::audit::Author;
use domain::cart::known_order_types;
use domain::pricing;
use domain::{BusinessDate, OrderType};
use rusqlite::{OptionalExtension, Row, Transaction, params, params_from_iter};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::{ApiError, Code};

use crate::changes::changed_since;
use crate::{audit, json_list};

/// Maximum number of menus that decide prices; others are ignored.
const MAX_READ: i64 = 1_000;

/// A menu. Empty lists and null mean everything.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Menu {
    /// UUIDv7.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Of the menus in force the highest decides; of equal ones the greater id.
    pub priority: i64,
    /// How guests receive the orders.
    #[schema(value_type = Vec<OrderType>)]
    pub order_types: Vec<String>,
    /// Ids of the tenders of delivery platforms, and `own` for orders of the outlet's own counter.
    pub channels: Vec<String>,
    /// 1 (Monday) to 7: the day on which the hours begin.
    pub weekdays: Vec<i64>,
    /// Minute of the outlet's day from which it is in force, 0 to 1439.
    pub from_minute: Option<i64>,
    /// Minute until which it is in force; on the next day if it is not after the begin.
    pub to_minute: Option<i64>,
    /// First date on which the hours begin, YYYY-MM-DD.
    pub valid_from: Option<String>,
    /// Last date on which the hours begin, YYYY-MM-DD.
    pub valid_to: Option<String>,
    /// False: not in force in the chain.
    pub active: bool,
    /// Whether it is in force at this outlet; null: as in the chain.
    pub outlet_active: Option<bool>,
}

const SELECT: &str =
    "select m.id, m.name, m.priority, m.order_types, m.channels, m.weekdays, m.from_minute, m.to_minute,
    m.valid_from, m.valid_to, m.active, o.active from menus m left join outlet_menus o on o.id = m.id";

/// Reads a row of [`SELECT`].
fn menu(row: &Row<'_>) -> rusqlite::Result<Menu> {
    Ok(Menu {
        id: row.id(0)?,
        name: row.read(1)?,
        priority: row.read(2)?,
        order_types: json_list::read(row, 3)?.unwrap_or_default(),
        channels: json_list::read(row, 4)?.unwrap_or_default(),
        weekdays: json_list::read(row, 5)?.unwrap_or_default(),
        from_minute: row.read(6)?,
        to_minute: row.read(7)?,
        valid_from: row.read(8)?,
        valid_to: row.read(9)?,
        active: row.read(10)?,
        outlet_active: row.read(11)?,
    })
}

/// A menu by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Menu, ApiError> {
    let found = tx.prepare_cached(&format!("{SELECT} where m.id = ?1"))?.query_row([raw(id)], menu).optional()?;
    found.ok_or_else(|| Code::NotFound.because("menu"))
}

/// A page of menus, ordered by id.
///
/// # Errors
/// The error from SQLite.
pub fn list(tx: &Transaction<'_>, after: &str, limit: i64) -> Result<Vec<Menu>, Fault> {
    let mut statement = tx.prepare_cached(&format!("{SELECT} where m.id > ?1 order by m.id limit ?2"))?;
    Ok(statement.query_map(params![raw(after), limit], menu)?.collect::<Result<_, _>>()?)
}

/// All menus, or those that changed since a version of the catalog, ordered by id.
///
/// # Errors
/// The error from SQLite.
pub fn changed(tx: &Transaction<'_>, since: Option<i64>) -> Result<Vec<Menu>, Fault> {
    let sql = format!("{SELECT} {} order by m.id", changed_since("menu", "m.id", since));
    let mut statement = tx.prepare_cached(&sql)?;
    Ok(statement.query_map(params_from_iter(since), menu)?.collect::<Result<_, _>>()?)
}

/// The menus that decide prices here. One with a value that this version cannot read decides nothing, as at the tills.
///
/// # Errors
/// The error from SQLite.
pub fn active(tx: &Transaction<'_>) -> Result<Vec<pricing::Menu>, Fault> {
    let sql = format!("{SELECT} where coalesce(o.active, m.active) = 1 order by m.id limit {MAX_READ}");
    let mut statement = tx.prepare_cached(&sql)?;
    let mut menus = Vec::new();
    for found in statement.query_map([], |row| Ok((menu(row)?, are_lists(row)?)))? {
        let (menu, true) = found? else { continue };
        menus.extend(rule(menu));
    }
    Ok(menus)
}

/// Whether the lists of a row of [`SELECT`] can be read: an unreadable one must not mean everything.
fn are_lists(row: &Row<'_>) -> rusqlite::Result<bool> {
    let are_names = [3, 4].into_iter().map(|at| Ok(json_list::read::<String>(row, at)?.is_some()));
    let are_names = are_names.collect::<rusqlite::Result<Vec<bool>>>()?;
    Ok(are_names.into_iter().all(|is_list| is_list) && json_list::read::<i64>(row, 5)?.is_some())
}

/// When a menu is in force; `None` if a value cannot be read.
fn rule(menu: Menu) -> Option<pricing::Menu> {
    let date = |text: Option<String>| match text {
        None => Some(None),
        Some(text) => BusinessDate::parse(&text).map(Some),
    };
    Some(pricing::Menu {
        order_types: known_order_types(menu.order_types.iter().map(String::as_str))?,
        hours: menu.from_minute.zip(menu.to_minute),
        valid_from: date(menu.valid_from)?,
        valid_to: date(menu.valid_to)?,
        id: menu.id,
        priority: menu.priority,
        channels: menu.channels,
        weekdays: menu.weekdays,
    })
}

/// Switches a menu on or off at this outlet; `None`: as in the chain. A row without a difference stays, because head office
/// may be changing it.
///
/// # Errors
/// 404.
pub fn set_of_outlet(tx: &Transaction<'_>, by: Author<'_>, id: &str, active: Option<bool>) -> Result<Menu, ApiError> {
    let before = get(tx, id)?;
    tx.prepare_cached(
        "insert into outlet_menus (id, active) values (?1, ?2)
         on conflict (id) do update set active = excluded.active where active is not excluded.active",
    )?
    .execute(params![id, active])?;
    let after = get(tx, id)?;
    audit::changed(tx, by, ("menu", id), (Some(&before), Some(&after)))?;
    Ok(after)
}
