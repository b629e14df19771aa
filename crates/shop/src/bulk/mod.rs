//! Changes of many products at once, with a preview, and undoing them within a day.
//!
//! A change applies where the shown value comes from, as for one product: availability at this outlet, a price at this
//! outlet if it has its own, otherwise for the chain. Undoing restores only values that nobody has changed since.

pub mod http;

use access::audit::{Author, Deed, record};
use domain::audit::AuditAction;
use domain::price_change::{PriceChange, PriceRule};
use domain::{Money, Variant};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{ApiError, Code, Problem, time};

use crate::catalog::product::{self, Product};

/// How long a change can be undone.
const UNDO_PERIOD: SignedDuration = SignedDuration::from_hours(24);
/// Maximum number of changes that are stored for undoing.
const MAX_STORED: i64 = 100;
/// Maximum number of products in one change: the till waits meanwhile.
pub const MAX_PRODUCTS: usize = 20_000;

/// Maximum number of products that the audit log names of one change.
const MAX_RECORDED: usize = 50;

/// Which products change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Those with these ids.
    Ids(Vec<String>),
    /// Those of this category.
    Category(String),
    /// All.
    All,
}

/// A change of many products.
#[derive(Debug, Clone)]
pub struct BulkChange {
    /// Which products.
    pub target: Target,
    /// How prices change.
    pub price: Option<PriceRule>,
    /// The new availability at this outlet.
    pub available: Option<bool>,
}

/// What was changed, or would be.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct BulkResult {
    /// For undoing; null if nothing was changed, as in a dry run.
    pub change_id: Option<String>,
    /// The products that changed, ordered by id.
    pub changed: Vec<ProductChange>,
    /// Requested products that did not change although they should have.
    pub skipped: Vec<SkippedProduct>,
}

/// The old and new values of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductChange {
    /// Id of the product.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Price in force at this outlet before, in minor units (rupiah).
    pub old_price: i64,
    /// Price in force at this outlet after.
    pub new_price: i64,
    /// Whether it was for sale at this outlet.
    pub old_available: bool,
    /// Whether it is for sale at this outlet now.
    pub new_available: bool,
    /// Variants whose price changed.
    pub variants: Vec<VariantChange>,
}

/// The old and new price of a variant.
#[derive(Debug, Serialize, ToSchema)]
pub struct VariantChange {
    /// Id of the variant.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Price before, in minor units (rupiah).
    pub old_price: i64,
    /// Price after.
    pub new_price: i64,
}

/// A product that did not change.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkippedProduct {
    /// Id of the product.
    pub id: String,
    /// Its name; null if it does not exist.
    pub name: Option<String>,
    /// Why it did not change.
    pub reason: SkipReason,
}

/// Why a product did not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// There is no product with this id.
    NotFound,
    /// Stored values of the product cannot be read.
    Unreadable,
    /// It is sold in variants, each with its own price, so one price cannot be set.
    HasVariants,
    /// The new price would be negative or too large.
    OutOfRange,
    /// A value to restore has been changed since.
    ChangedSince,
    /// The product was deleted since.
    Deleted,
}

/// The values of a product that such a change may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Values {
    price: i64,
    available: bool,
    variants: Vec<Variant>,
}

/// A stored change of a product, for undoing it.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    id: String,
    old: Values,
    new: Values,
}

impl Values {
    fn of(product: &Product) -> Self {
        Self { price: product.price, available: product.available, variants: product.variants.clone() }
    }
}

/// What a change would do; nothing is written.
///
/// # Errors
/// 422 `unknown_category`, `too_many_products`.
pub fn preview(tx: &Transaction<'_>, change: &BulkChange) -> Result<BulkResult, ApiError> {
    let Plan { steps, skipped } = plan(tx, change)?;
    Ok(BulkResult { change_id: None, changed: steps.iter().map(Step::shown).collect(), skipped })
}

/// Changes the products. `id` is that of the change, if any product changes.
///
/// # Errors
/// 422 `unknown_category`, `too_many_products`.
pub fn apply(
    tx: &Transaction<'_>,
    by: Author<'_>,
    change: &BulkChange,
    id: Uuid,
    now: Timestamp,
) -> Result<BulkResult, ApiError> {
    let Plan { steps, skipped } = plan(tx, change)?;
    if steps.is_empty() {
        return Ok(BulkResult { skipped, ..BulkResult::default() });
    }
    for Step { before, new } in &steps {
        product::set_values(tx, before, new.price, new.available, &new.variants)?;
    }
    let id = id.to_string();
    let stored: Vec<_> = steps.iter().map(Step::stored).collect();
    let stored = serde_json::to_string(&stored).map_err(|_| ApiError::internal())?;
    tx.prepare_cached("insert into product_bulk_changes (id, made_by, made_at, changes) values (?1, ?2, ?3, ?4)")?
        .execute(params![id, by.name(), time::text(now), stored])?;
    prune(tx, now)?;
    let result = BulkResult { change_id: Some(id), changed: steps.iter().map(Step::shown).collect(), skipped };
    result.record(tx, by, AuditAction::PricesChanged, now)?;
    Ok(result)
}

/// Restores the values before a change, where nobody has changed them since.
///
/// # Errors
/// 404 for an unknown change or one of more than a day ago, 409 `already_undone`.
pub fn undo(tx: &Transaction<'_>, by: Author<'_>, id: &str, now: Timestamp) -> Result<BulkResult, ApiError> {
    let unknown = || Code::NotFound.because("bulk_change");
    let (made_at, undone_at, stored) = tx
        .prepare_cached("select made_at, undone_at, changes from product_bulk_changes where id = ?1")?
        .query_row([raw(id)], |row| {
            Ok((row.read::<String>(0)?, row.read::<Option<String>>(1)?, row.read::<String>(2)?))
        })
        .optional()?
        .ok_or_else(unknown)?;
    if undone_at.is_some() {
        return Err(Code::AlreadyUndone.into());
    }
    // The clock may have been ahead when the change was made.
    let is_recent = |made_at: Timestamp| made_at.duration_since(now).abs() <= UNDO_PERIOD;
    if !made_at.parse().is_ok_and(is_recent) {
        return Err(unknown());
    }
    let stored: Vec<Stored> = serde_json::from_str(&stored).map_err(|_| unknown())?;
    let mut result = BulkResult { change_id: Some(id.to_owned()), ..BulkResult::default() };
    for Stored { id, old, new } in stored {
        let Some(before) = product::find(tx, &id)? else {
            result.skipped.push(SkippedProduct { id, name: None, reason: SkipReason::Deleted });
            continue;
        };
        match restored(&before, &old, &new) {
            Ok(values) => {
                product::set_values(tx, &before, values.price, values.available, &values.variants)?;
                result.changed.push(Step { before, new: values }.shown());
            }
            Err(reason) => result.skipped.push(SkippedProduct { id, name: Some(before.name), reason }),
        }
    }
    tx.execute("update product_bulk_changes set undone_at = ?2 where id = ?1", params![raw(id), time::text(now)])?;
    result.record(tx, by, AuditAction::PricesRestored, now)?;
    Ok(result)
}

impl BulkResult {
    /// Records the change with its first products: all of them would make an event that is too large.
    fn record(&self, tx: &Transaction<'_>, by: Author<'_>, action: AuditAction, now: Timestamp) -> Result<(), Fault> {
        let first: Vec<_> = self.changed.iter().take(MAX_RECORDED).collect();
        let data = json!({"count": self.changed.len(), "products": first});
        let id = self.change_id.as_deref().unwrap_or_default();
        record(tx, by, Deed::new(action).to("bulk_change", id).with(data), now)
    }
}

/// The values of a product after undoing a change from `old` to `new`. Values that the change did not touch stay.
fn restored(now: &Product, old: &Values, new: &Values) -> Result<Values, SkipReason> {
    if !now.unreadable.is_empty() {
        return Err(SkipReason::Unreadable);
    }
    let current = Values::of(now);
    let is_changed = (old.price != new.price && current.price != new.price)
        || (old.available != new.available && current.available != new.available)
        || (old.variants != new.variants && current.variants != new.variants);
    if is_changed {
        return Err(SkipReason::ChangedSince);
    }
    Ok(Values {
        price: if old.price == new.price { current.price } else { old.price },
        available: if old.available == new.available { current.available } else { old.available },
        variants: if old.variants == new.variants { current.variants } else { old.variants.clone() },
    })
}

/// What a change does.
#[derive(Default)]
struct Plan {
    steps: Vec<Step>,
    skipped: Vec<SkippedProduct>,
}

/// The change of one product.
struct Step {
    before: Product,
    new: Values,
}

impl Step {
    fn shown(&self) -> ProductChange {
        let Self { before, new } = self;
        let variants = before.variants.iter().zip(&new.variants).filter(|(old, new)| old.price != new.price);
        let variants = variants.map(|(old, new)| VariantChange {
            id: new.id.clone(),
            name: new.name.clone(),
            old_price: old.price.0,
            new_price: new.price.0,
        });
        ProductChange {
            id: before.id.clone(),
            name: before.name.clone(),
            old_price: before.price,
            new_price: new.price,
            old_available: before.available,
            new_available: new.available,
            variants: variants.collect(),
        }
    }

    fn stored(&self) -> Stored {
        Stored { id: self.before.id.clone(), old: Values::of(&self.before), new: self.new.clone() }
    }
}

fn plan(tx: &Transaction<'_>, change: &BulkChange) -> Result<Plan, ApiError> {
    let mut plan = Plan::default();
    for product in targets(tx, &change.target, &mut plan.skipped)? {
        match changed(&product, change) {
            Ok(new) if new == Values::of(&product) => {}
            Ok(new) => plan.steps.push(Step { before: product, new }),
            Err(reason) => plan.skipped.push(SkippedProduct { id: product.id, name: Some(product.name), reason }),
        }
    }
    Ok(plan)
}

fn targets(tx: &Transaction<'_>, target: &Target, skipped: &mut Vec<SkippedProduct>) -> Result<Vec<Product>, ApiError> {
    let too_many = || Code::TooManyProducts.with("most", MAX_PRODUCTS);
    // One more shows that there are too many.
    let limit = i64::try_from(MAX_PRODUCTS + 1).unwrap_or(i64::MAX);
    let found = match target {
        Target::Ids(ids) if ids.len() > MAX_PRODUCTS => return Err(too_many()),
        Target::Ids(ids) => {
            let mut ids = ids.clone();
            ids.sort_unstable();
            ids.dedup();
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                match product::find(tx, &id)? {
                    Some(product) => found.push(product),
                    None => skipped.push(SkippedProduct { id, name: None, reason: SkipReason::NotFound }),
                }
            }
            found
        }
        Target::Category(category) => {
            let sql = "select exists (select 1 from categories where id = ?1)";
            let exists: bool = tx.prepare_cached(sql)?.query_row([raw(category)], |row| row.read(0))?;
            if !exists {
                return Err(Code::UnknownCategory.field("category_id", Problem::NotFound));
            }
            product::of_category(tx, Some(category), limit)?
        }
        Target::All => product::of_category(tx, None, limit)?,
    };
    if found.len() > MAX_PRODUCTS { Err(too_many()) } else { Ok(found) }
}

/// The values of a product after a change.
fn changed(product: &Product, change: &BulkChange) -> Result<Values, SkipReason> {
    if !product.unreadable.is_empty() {
        return Err(SkipReason::Unreadable);
    }
    let mut new = Values::of(product);
    if let Some(rule) = change.price {
        if matches!(rule.change, PriceChange::Set(_)) && !product.variants.is_empty() {
            return Err(SkipReason::HasVariants);
        }
        let price = |old: Money| rule.apply(old).map_err(|_| SkipReason::OutOfRange);
        new.price = price(Money(product.price))?.0;
        for variant in &mut new.variants {
            variant.price = price(variant.price)?;
        }
    }
    new.available = change.available.unwrap_or(new.available);
    Ok(new)
}

/// Deletes changes that can no longer be undone, by a clock that may have been ahead or behind, and the oldest ones.
fn prune(tx: &Transaction<'_>, now: Timestamp) -> Result<(), Fault> {
    let sql = "delete from product_bulk_changes where made_at < ?1 or made_at > ?2
        or rowid <= (select rowid from product_bulk_changes order by rowid desc limit 1 offset ?3)";
    tx.prepare_cached(sql)?.execute(params![
        time::text(now - UNDO_PERIOD),
        time::text(now + UNDO_PERIOD),
        MAX_STORED
    ])?;
    Ok(())
}
