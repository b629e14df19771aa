//! How many pieces of a product, a variant or an option are left. A line that is added takes its pieces in the same
//! transaction, so two tills never sell the last one twice; a line that is removed gives them back.
//!
//! What is sold out without a count is unavailable in the catalog.

use std::collections::HashMap;

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::{ModifierGroup, Variant};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde_json::json;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::{ApiError, Code, Problem};

use crate::json_list;
use crate::orders::OrderLine;

/// The largest count.
pub const MAX_LEFT: i64 = 1_000_000;

/// How many pieces are left of a product, or of one of its variants or options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Availability {
    /// Id of the product.
    pub product_id: String,
    /// Its name.
    pub name: String,
    /// The variant that is counted.
    pub variant_id: Option<String>,
    /// Its name.
    pub variant_name: Option<String>,
    /// The option that is counted.
    pub option_id: Option<String>,
    /// Its name.
    pub option_name: Option<String>,
    /// Pieces that can still be sold; null: not counted.
    pub left: Option<i64>,
}

/// What is counted: a product, or one of its variants or options.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    /// Id of the product.
    pub product_id: String,
    /// Id of the variant.
    pub variant_id: Option<String>,
    /// Id of the option.
    pub option_id: Option<String>,
}

/// All counts, ordered by name.
///
/// # Errors
/// The error from SQLite.
pub fn list(tx: &Transaction<'_>) -> Result<Vec<Availability>, Fault> {
    let sql = "select c.product_id, p.name, c.variant_id, c.option_id, p.variants, p.modifier_groups, c.remaining
        from product_counts c join products p on p.id = c.product_id
        order by p.name, c.product_id, c.variant_id, c.option_id limit 5000";
    let mut statement = tx.prepare_cached(sql)?;
    Ok(statement.query_map([], availability)?.collect::<Result<_, _>>()?)
}

fn availability(row: &Row<'_>) -> rusqlite::Result<Availability> {
    let some = |id: String| Some(id).filter(|id| !id.is_empty());
    let (variant_id, option_id) = (some(row.read(2)?), some(row.read(3)?));
    let variants: Vec<Variant> = json_list::read(row, 4)?.unwrap_or_default();
    let groups: Vec<ModifierGroup> = json_list::read(row, 5)?.unwrap_or_default();
    Ok(Availability {
        product_id: row.id(0)?,
        name: row.read(1)?,
        variant_name: variant_id.as_ref().and_then(|id| name_of_variant(&variants, id)),
        option_name: option_id.as_ref().and_then(|id| name_of_option(&groups, id)),
        variant_id,
        option_id,
        left: row.read(6)?,
    })
}

fn name_of_variant(variants: &[Variant], id: &str) -> Option<String> {
    variants.iter().find(|variant| variant.id == id).map(|variant| variant.name.clone())
}

fn name_of_option(groups: &[ModifierGroup], id: &str) -> Option<String> {
    groups.iter().flat_map(|group| &group.options).find(|option| option.id == id).map(|option| option.name.clone())
}

/// A count of a product.
pub(crate) struct Count {
    /// The variant or option that is counted; `None`: the product.
    pub choice: Option<String>,
    /// Pieces that can still be sold.
    pub left: i64,
}

/// All counts by product.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn by_product(tx: &Transaction<'_>) -> Result<HashMap<String, Vec<Count>>, Fault> {
    let sql = "select product_id, variant_id || option_id, remaining from product_counts
        order by product_id, variant_id, option_id limit 5000";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut counts: HashMap<String, Vec<_>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let choice = Some(row.read::<String>(1)?).filter(|id| !id.is_empty());
        counts.entry(row.id(0)?).or_default().push(Count { choice, left: row.read(2)? });
    }
    Ok(counts)
}

/// Says how many pieces are left; `None`: they are not counted any more.
///
/// # Errors
/// 422 `unknown_product`, `unknown_variant`, `unknown_modifier`.
pub fn set(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    counted: &Counted,
    left: Option<i64>,
    now: Timestamp,
) -> Result<Availability, ApiError> {
    let sql = "select name, variants, modifier_groups from products where id = ?1";
    let found = tx.prepare_cached(sql)?.query_row([raw(&counted.product_id)], |row| {
        let variants: Vec<Variant> = json_list::read(row, 1)?.unwrap_or_default();
        let groups: Vec<ModifierGroup> = json_list::read(row, 2)?.unwrap_or_default();
        Ok((row.read::<String>(0)?, variants, groups))
    });
    let unknown = || Code::UnknownProduct.with("id", counted.product_id.clone()).field("product_id", Problem::NotFound);
    let (name, variants, groups) = found.optional()?.ok_or_else(unknown)?;
    let variant_name = counted.variant_id.as_ref().map(|id| {
        let missing = || Code::UnknownVariant.with("product", name.clone()).with("id", id.clone());
        name_of_variant(&variants, id).ok_or_else(missing)
    });
    let option_name = counted.option_id.as_ref().map(|id| {
        let missing = || Code::UnknownModifier.with("product", name.clone()).with("id", id.clone());
        name_of_option(&groups, id).ok_or_else(missing)
    });
    let (variant_name, option_name) = (variant_name.transpose()?, option_name.transpose()?);
    let key = key(counted);
    let before = remaining(tx, key)?;
    let (product, variant, option) = key;
    match left {
        Some(left) => tx
            .prepare_cached(
                "insert into product_counts (product_id, variant_id, option_id, remaining) values (?1, ?2, ?3, ?4)
             on conflict (product_id, variant_id, option_id) do update set remaining = excluded.remaining
             where remaining is not excluded.remaining",
            )?
            .execute(params![product, variant, option, left])?,
        None => tx
            .prepare_cached("delete from product_counts where product_id = ?1 and variant_id = ?2 and option_id = ?3")?
            .execute([product, variant, option])?,
    };
    if before != left {
        let data =
            json!({"name": name, "variant": variant_name, "option": option_name, "before": before, "left": left});
        record(tx, user, Deed::new(AuditAction::LeftCounted).to("product", product).with(data), now)?;
    }
    let Counted { product_id, variant_id, option_id } = counted.clone();
    Ok(Availability { product_id, name, variant_id, variant_name, option_id, option_name, left })
}

type Key<'a> = (&'a str, &'a str, &'a str);

fn key(counted: &Counted) -> Key<'_> {
    let (variant, option) = (counted.variant_id.as_deref(), counted.option_id.as_deref());
    (&counted.product_id, variant.unwrap_or_default(), option.unwrap_or_default())
}

fn remaining(tx: &Transaction<'_>, (product, variant, option): Key<'_>) -> Result<Option<i64>, Fault> {
    let sql = "select remaining from product_counts where product_id = ?1 and variant_id = ?2 and option_id = ?3";
    Ok(tx.prepare_cached(sql)?.query_row([product, variant, option], |row| row.read(0)).optional()?)
}

/// Takes the pieces of new lines.
///
/// # Errors
/// 409 `sold_out`: it names the product and how many are left.
pub(crate) fn take(tx: &Transaction<'_>, lines: &[OrderLine]) -> Result<(), ApiError> {
    if nothing_is_counted(tx)? {
        return Ok(());
    }
    lines.iter().try_for_each(|line| change(tx, line, line.qty))
}

/// Gives back the pieces of lines that are not made.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn give_back<'l>(
    tx: &Transaction<'_>,
    lines: impl IntoIterator<Item = &'l OrderLine>,
) -> Result<(), ApiError> {
    if nothing_is_counted(tx)? {
        return Ok(());
    }
    lines.into_iter().try_for_each(|line| change(tx, line, -line.qty))
}

/// Takes or gives back the difference of a line whose quantity changes to `qty`.
///
/// # Errors
/// 409 `sold_out`.
pub(crate) fn change_quantity(tx: &Transaction<'_>, line: &OrderLine, qty: i64) -> Result<(), ApiError> {
    if nothing_is_counted(tx)? {
        return Ok(());
    }
    change(tx, line, qty.saturating_sub(line.qty))
}

fn nothing_is_counted(tx: &Transaction<'_>) -> Result<bool, Fault> {
    let sql = "select not exists (select 1 from product_counts)";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?)
}

/// Takes pieces of a line, or gives them back if the number is negative, from each count that it has. Weighed goods have none.
fn change(tx: &Transaction<'_>, line: &OrderLine, pieces: i64) -> Result<(), ApiError> {
    if pieces == 0 || line.qty_scale != 0 {
        return Ok(());
    }
    let variant = line.variant_id.as_deref().unwrap_or_default();
    let mut counts = vec![((line.product_id.as_str(), "", ""), 1, line.name.clone())];
    if !variant.is_empty() {
        let name = line.variant_name.as_deref().unwrap_or(variant);
        counts.push(((&line.product_id, variant, ""), 1, format!("{} ({name})", line.name)));
    }
    for modifier in &line.modifiers {
        counts.push(((&line.product_id, "", &modifier.id), modifier.qty, modifier.name.clone()));
    }
    for (key, each, name) in counts {
        let Some(left) = remaining(tx, key)? else { continue };
        let wanted = pieces.saturating_mul(each);
        if wanted > left {
            return Err(Code::SoldOut.with("product", name).with("left", left));
        }
        let (product, variant, option) = key;
        tx.prepare_cached(
            "update product_counts set remaining = ?4 where product_id = ?1 and variant_id = ?2 and option_id = ?3",
        )?
        .execute(params![product, variant, option, left.saturating_sub(wanted).clamp(0, MAX_LEFT)])?;
    }
    Ok(())
}
