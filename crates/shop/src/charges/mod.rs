//! Service charges and taxes, and which of them are in force on a day.
//!
//! Guarantees that charges entered here are valid together: [`cart::in_force`] omits none of them, neither today nor
//! from any later date on which one becomes valid. Invalid charges from elsewhere are omitted from orders and reported;
//! they block no order. Orders keep the charges that they were created with.

pub mod http;

use access::audit::Author;
use domain::cart::{self, CartRefused, ChargeKind, DatedCharge, InForce, OutletCharge, ServiceBase, SkippedCharge};
use domain::{BusinessDate, OrderType, TaxGroup};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params, params_from_iter};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::messages::Message;
use web::{ApiError, Code, Notice, Word};

use crate::changes::changed_since;
use crate::version::check_version;
use crate::{audit, json_list, settings};

/// Maximum number of active charges that are read; others are ignored.
const MAX_READ: i64 = 1_000;

/// A service charge or tax.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Charge {
    /// UUIDv7.
    pub id: String,
    /// Name on the receipt.
    pub name: String,
    /// Service charge or tax.
    #[schema(value_type = ChargeKind)]
    pub kind: Word<ChargeKind>,
    /// Rate in hundredths of a percent.
    pub rate_bp: i64,
    /// Tax: the group of products that bear it.
    #[schema(value_type = TaxGroup)]
    pub tax_group: Word<TaxGroup>,
    /// Service: the amount that it is calculated on.
    #[schema(value_type = ServiceBase)]
    pub service_base: Word<ServiceBase>,
    /// With `base_den`: the fraction of the base that the rate applies to. PPN: 11/12.
    pub base_num: i64,
    /// See `base_num`.
    pub base_den: i64,
    /// Tax: included in the prices.
    pub inclusive: bool,
    /// Position on the receipt, lowest first.
    pub position: i64,
    /// First business date, YYYY-MM-DD; null: always valid.
    pub valid_from: Option<String>,
    /// The order types that bear it; empty: all.
    #[schema(value_type = Vec<OrderType>)]
    pub order_types: Vec<String>,
    /// False: not in force.
    pub active: bool,
    /// False: this outlet is exempt; null: the chain's value.
    pub outlet_active: Option<bool>,
    /// Rate of this outlet in hundredths of a percent; null: the chain's.
    pub outlet_rate_bp: Option<i64>,
    /// Version of this entity, for `If-Match`.
    pub version: i64,
}

/// The fields of a charge.
#[derive(Debug, Clone)]
pub struct Fields {
    /// The rule for calculation, with the charge's id.
    pub rule: cart::Charge,
    /// Position on the receipt, lowest first.
    pub position: i64,
    /// First business date; `None`: always valid.
    pub valid_from: Option<BusinessDate>,
    /// The order types that bear it; empty: all.
    pub order_types: Vec<OrderType>,
    /// False: not in force.
    pub active: bool,
}

const SELECT: &str = "select c.id, c.name, c.kind, c.rate_bp, c.tax_group, c.service_base, c.base_num, c.base_den,
    c.inclusive, c.position, c.valid_from, c.order_types, c.active, o.active, o.rate_bp, coalesce(s.version, 0)
    from charges c left join outlet_charges o on o.id = c.id
    left join sync_state s on s.entity_type = 'charge' and s.entity_id = c.id";

fn charge(row: &Row<'_>) -> rusqlite::Result<Charge> {
    Ok(Charge {
        id: row.id(0)?,
        name: row.read(1)?,
        kind: Word::of(row.read(2)?),
        rate_bp: row.read(3)?,
        tax_group: Word::of(row.read(4)?),
        service_base: Word::of(row.read(5)?),
        base_num: row.read(6)?,
        base_den: row.read(7)?,
        inclusive: row.read(8)?,
        position: row.read(9)?,
        valid_from: row.read(10)?,
        order_types: json_list::read(row, 11)?.unwrap_or_default(),
        active: row.read(12)?,
        outlet_active: row.read(13)?,
        outlet_rate_bp: row.read(14)?,
        version: row.read(15)?,
    })
}

/// A charge by id.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Charge, ApiError> {
    tx.prepare_cached(&format!("{SELECT} where c.id = ?1"))?
        .query_row([raw(id)], charge)
        .optional()?
        .ok_or_else(|| Code::NotFound.because("charge"))
}

/// A page of charges, ordered by id.
///
/// # Errors
/// The error from SQLite.
pub fn list(tx: &Transaction<'_>, after: &str, limit: i64) -> Result<Vec<Charge>, Fault> {
    let mut statement = tx.prepare_cached(&format!("{SELECT} where c.id > ?1 order by c.id limit ?2"))?;
    Ok(statement.query_map(params![raw(after), limit], charge)?.collect::<Result<_, _>>()?)
}

/// All charges, or those that changed since a version of the catalog, ordered by id.
///
/// # Errors
/// The error from SQLite.
pub fn changed(tx: &Transaction<'_>, since: Option<i64>) -> Result<Vec<Charge>, Fault> {
    let sql = format!("{SELECT} {} order by c.id", changed_since("charge", "c.id", since));
    let mut statement = tx.prepare_cached(&sql)?;
    Ok(statement.query_map(params_from_iter(since), charge)?.collect::<Result<_, _>>()?)
}

/// The charges for orders of this business date and type, and the omitted ones: see [`cart::in_force`].
///
/// # Errors
/// The error from SQLite.
pub fn in_force(tx: &Transaction<'_>, date: BusinessDate, order_type: OrderType) -> Result<InForce, Fault> {
    let (active, mut unreadable) = active(tx)?;
    let mut found = cart::in_force(&active, date, order_type);
    found.skipped.append(&mut unreadable);
    Ok(found)
}

/// The charges that are omitted from orders of any type.
///
/// # Errors
/// The error from SQLite.
pub fn skipped(tx: &Transaction<'_>, date: BusinessDate) -> Result<Vec<SkippedCharge>, Fault> {
    let (active, mut unreadable) = active(tx)?;
    let mut found = cart::skipped(&active, date);
    found.append(&mut unreadable);
    Ok(found)
}

/// The active charges, and the unreadable ones.
fn active(tx: &Transaction<'_>) -> Result<(Vec<DatedCharge>, Vec<SkippedCharge>), Fault> {
    let sql =
        "select c.id, c.name, c.kind, c.rate_bp, c.tax_group, c.service_base, c.base_num, c.base_den, c.inclusive,
          c.valid_from, c.order_types, coalesce(o.active, 1), o.rate_bp
        from charges c left join outlet_charges o on o.id = c.id
        where c.active = 1 order by c.position, c.id limit ?1";
    let mut statement = tx.prepare_cached(sql)?;
    let (mut active, mut unreadable) = (Vec::new(), Vec::new());
    for charge in statement.query_map([MAX_READ], read_dated)? {
        match charge? {
            Ok(dated) => active.push(dated),
            Err(skipped) => unreadable.push(skipped),
        }
    }
    Ok((active, unreadable))
}

/// A charge for calculation. Unreadable values have no default; the charge is omitted.
fn read_dated(row: &Row<'_>) -> rusqlite::Result<Result<DatedCharge, SkippedCharge>> {
    let (id, name) = (row.id(0)?, row.read::<String>(1)?);
    let (kind, tax_group, base): (String, String, String) = (row.read(2)?, row.read(4)?, row.read(5)?);
    let valid_from: Option<String> = row.read(9)?;
    let date = valid_from.as_deref().map(BusinessDate::parse);
    let names: Option<Vec<String>> = json_list::read(row, 10)?;
    let order_types = names.and_then(|names| cart::known_order_types(names.iter().map(String::as_str)));
    let (Some(kind), Some(tax_group), Some(base), None | Some(Some(_)), Some(order_types)) =
        (ChargeKind::parse(&kind), TaxGroup::parse(&tax_group), ServiceBase::parse(&base), date, order_types)
    else {
        return Ok(Err(SkippedCharge { id, name, reason: CartRefused::Unreadable }));
    };
    let (rate_bp, base_num, base_den, inclusive) = (row.read(3)?, row.read(6)?, row.read(7)?, row.read(8)?);
    let charge = cart::Charge { id, name, kind, rate_bp, tax_group, base, base_num, base_den, inclusive };
    let outlet = OutletCharge { active: row.read(11)?, rate_bp: row.read(12)? };
    Ok(Ok(DatedCharge { charge, valid_from: date.flatten(), order_types, outlet: Some(outlet) }))
}

/// The message about an omitted charge.
#[must_use]
pub fn message(skipped: &SkippedCharge) -> Message {
    let SkippedCharge { id, name, reason } = skipped;
    let name: String = name.chars().take(60).collect();
    Notice::ChargeIgnored.with("name", name).with("id", id.as_str()).with("problem", *reason)
}

/// Creates a charge.
///
/// # Errors
/// 422 `invalid_charges`, `too_many_charges`.
pub fn create(tx: &Transaction<'_>, by: Author<'_>, fields: &Fields, now: Timestamp) -> Result<Charge, ApiError> {
    check_single(fields)?;
    let rule = &fields.rule;
    tx.execute(
        "insert into charges (id, name, kind, rate_bp, tax_group, service_base, base_num, base_den, inclusive, position,
         valid_from, active, order_types) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            rule.id,
            rule.name,
            rule.kind.as_str(),
            rule.rate_bp,
            rule.tax_group.as_str(),
            rule.base.as_str(),
            rule.base_num,
            rule.base_den,
            rule.inclusive,
            fields.position,
            fields.valid_from.map(|date| date.to_string()),
            fields.active,
            json_list::text(&fields.order_types)?
        ],
    )?;
    check_together(tx, fields, now)?;
    let created = get(tx, &rule.id)?;
    audit::changed(tx, by, ("charge", &rule.id), (None, Some(&created)))?;
    Ok(created)
}

/// Changes a charge. Existing orders keep theirs.
///
/// # Errors
/// 404, 412, 422 `invalid_charges`, `too_many_charges`.
pub fn update(
    tx: &Transaction<'_>,
    by: Author<'_>,
    fields: &Fields,
    if_version: Option<i64>,
    now: Timestamp,
) -> Result<Charge, ApiError> {
    let rule = &fields.rule;
    let before = get(tx, &rule.id)?;
    check_version(tx, "charge", &rule.id, if_version)?;
    check_single(fields)?;
    tx.execute(
        "update charges set name = ?2, kind = ?3, rate_bp = ?4, tax_group = ?5, service_base = ?6, base_num = ?7,
         base_den = ?8, inclusive = ?9, position = ?10, valid_from = ?11, active = ?12, order_types = ?13 where id = ?1",
        params![
            rule.id,
            rule.name,
            rule.kind.as_str(),
            rule.rate_bp,
            rule.tax_group.as_str(),
            rule.base.as_str(),
            rule.base_num,
            rule.base_den,
            rule.inclusive,
            fields.position,
            fields.valid_from.map(|date| date.to_string()),
            fields.active,
            json_list::text(&fields.order_types)?
        ],
    )?;
    check_together(tx, fields, now)?;
    let after = get(tx, &rule.id)?;
    audit::changed(tx, by, ("charge", &rule.id), (Some(&before), Some(&after)))?;
    Ok(after)
}

/// Sets the rate of this outlet, or exempts it; `None`: the chain's value. A row without differences stays, because head
/// office may be changing it.
///
/// # Errors
/// 404, 422 `invalid_charges`.
pub fn set_of_outlet(
    tx: &Transaction<'_>,
    by: Author<'_>,
    id: &str,
    active: Option<bool>,
    rate_bp: Option<i64>,
    now: Timestamp,
) -> Result<Charge, ApiError> {
    let before = get(tx, id)?;
    tx.execute(
        "insert into outlet_charges (id, active, rate_bp) values (?1, ?2, ?3)
         on conflict (id) do update set active = excluded.active, rate_bp = excluded.rate_bp",
        params![id, active, rate_bp],
    )?;
    let today = settings::shop(tx)?.day.date_at(now);
    match skipped(tx, today)?.into_iter().find(|charge| charge.id == id) {
        Some(SkippedCharge { reason: reason @ CartRefused::RateOutOfRange, .. }) => {
            Err(Code::InvalidCharges.because("alone").with("problem", reason))
        }
        _ => {
            let after = get(tx, id)?;
            audit::changed(tx, by, ("charge", id), (Some(&before), Some(&after)))?;
            Ok(after)
        }
    }
}

/// Deletes a charge; existing orders keep theirs.
///
/// # Errors
/// 404, 412.
pub fn delete(tx: &Transaction<'_>, by: Author<'_>, id: &str, if_version: Option<i64>) -> Result<(), ApiError> {
    let before = get(tx, id)?;
    check_version(tx, "charge", id, if_version)?;
    tx.execute("delete from outlet_charges where id = ?1", [id])?;
    tx.execute("delete from charges where id = ?1", [id])?;
    Ok(audit::changed(tx, by, ("charge", id), (Some(&before), None))?)
}

/// Checks a charge by itself, in force or not.
fn check_single(fields: &Fields) -> Result<(), ApiError> {
    let rule = &fields.rule;
    cart::check_entered(rule).map_err(|refused| Code::InvalidCharges.because("alone").with("problem", refused))
}

/// Checks a charge together with the others, for today and for each later date on which one becomes valid.
///
/// An inactive charge conflicts with none and is not checked: a shop that received two taxes from head office must be
/// able to disable them one by one.
fn check_together(tx: &Transaction<'_>, changed: &Fields, now: Timestamp) -> Result<(), ApiError> {
    if !changed.active {
        return Ok(());
    }
    let active: usize = tx.query_row("select count(*) from charges where active = 1", [], |row| row.read(0))?;
    if active > cart::MAX_IN_FORCE {
        let most = cart::MAX_IN_FORCE;
        return Err(Code::TooManyCharges.with("most", most));
    }
    let today = settings::shop(tx)?.day.date_at(now);
    for date in [today].into_iter().chain(later_dates(tx, today)?) {
        let rival = skipped(tx, date)?.into_iter().find(|charge| charge.reason == CartRefused::TaxedTwice);
        if let Some(SkippedCharge { reason, .. }) = rival {
            let refused = Code::InvalidCharges.because("together").with("date", date);
            return Err(refused.with("problem", reason));
        }
    }
    Ok(())
}

/// The dates after `today` on which an active charge becomes valid.
fn later_dates(tx: &Transaction<'_>, today: BusinessDate) -> Result<Vec<BusinessDate>, Fault> {
    let sql = "select distinct valid_from from charges where active = 1 and valid_from > ?1 order by 1 limit ?2";
    let mut statement = tx.prepare_cached(sql)?;
    let dates = statement.query_map(params![today.to_string(), MAX_READ], |row| row.read::<String>(0))?;
    let dates = dates.collect::<Result<Vec<_>, _>>()?;
    Ok(dates.iter().filter_map(|date| BusinessDate::parse(date)).collect())
}
