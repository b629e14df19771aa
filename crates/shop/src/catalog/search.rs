//! Lists of products: filters, sequence and pages.
//!
//! Filters and sequence use the values in force at this outlet; the sequence by price ignores prices that were set in
//! advance. Equal products are ordered by id, so no page repeats or
//! omits one.

use rusqlite::{OptionalExtension, Transaction};
use serde::Deserialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::ApiError;
use web::extract::invalid_cursor;

use crate::catalog::product::{Product, SELECT, product, show_in_force};
use crate::conditions::{Conditions, containing};

/// Which products a list contains, its sequence, and the page.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Products whose name, code or barcode contains this text, or those of a variant.
    pub text: Option<String>,
    /// Products of this category.
    pub category_id: Option<String>,
    /// Products that are for sale at this outlet, or are not.
    pub available: Option<bool>,
    /// Products with this barcode, or a variant with it.
    pub barcode: Option<String>,
    /// The sequence; `None`: by id.
    pub sort: Option<Sort>,
    /// Id of the last product of the previous page; empty for the first page.
    pub after: String,
    /// Maximum number of products.
    pub limit: i64,
}

/// The sequence of a list of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = ProductSort)]
pub enum Sort {
    /// By name. The case of the letters a to z is ignored.
    #[serde(rename = "name")]
    Name,
    /// By name, from the end of the alphabet.
    #[serde(rename = "-name")]
    NameDescending,
    /// The lowest price first.
    #[serde(rename = "price")]
    Price,
    /// The highest price first.
    #[serde(rename = "-price")]
    PriceDescending,
    /// By position, then by name.
    #[serde(rename = "position")]
    Position,
}

const AVAILABLE: &str = "coalesce(o.available, p.available)";
const PRICE: &str = "coalesce(o.price, p.price)";

/// A page of products.
///
/// # Errors
/// 400 `invalid_cursor`: the list is sorted, and the last product of the previous page no longer exists.
pub fn list(tx: &Transaction<'_>, selection: &Selection) -> Result<Vec<Product>, ApiError> {
    let Selection { text, category_id, available, barcode, sort, after, limit } = selection;
    let mut conditions = Conditions::default();
    if let Some(candidates) = text.as_deref().map(|text| candidates(tx, text)).transpose()?.flatten() {
        conditions.require(format!("p.rowid in ({candidates})"));
    }
    conditions.require_some(text.as_deref().map(containing), |n| {
        let has = |column: &str| format!(r"{column} like {n} escape '\'");
        let variant = ["name", "code", "barcode"].map(|field| has(&of_variant(field))).join(" or ");
        let variants = with_variant(&format!("({variant})"));
        format!("({} or {} or {} or {variants})", has("p.name"), has("p.code"), has("p.barcode"))
    });
    conditions.require_some(category_id.as_deref().map(raw), |n| format!("p.category_id = {n}"));
    conditions.require_some(*available, |n| format!("{AVAILABLE} = {n}"));
    conditions.require_some(barcode.as_deref(), |n| {
        format!("(p.barcode = {n} or {})", with_variant(&format!("{} = {n}", of_variant("barcode"))))
    });
    let keys = Sort::keys(*sort);
    if !after.is_empty() {
        let n = conditions.bind(raw(after));
        let comparison = if Sort::is_descending(*sort) { "<" } else { ">" };
        match sort {
            None => conditions.require(format!("p.id > {n}")),
            Some(_) if exists(tx, after)? => conditions.require(format!(
                "({keys}) {comparison} (select {keys} from products p left join outlet_products o on o.id = p.id where p.id = {n})",
                keys = keys.join(", ")
            )),
            Some(_) => return Err(invalid_cursor()),
        }
    }
    let direction = if Sort::is_descending(*sort) { " desc" } else { "" };
    let order_by: Vec<_> = keys.iter().map(|key| format!("{key}{direction}")).collect();
    let limit = conditions.bind(*limit);
    let sql = format!("{SELECT} {} order by {} limit {limit}", conditions.to_sql(), order_by.join(", "));
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query_map(conditions.params(), product)?.collect::<Result<Vec<_>, _>>()?;
    show_in_force(tx, &mut found)?;
    Ok(found)
}

/// What the index `products_search` has of a product; the same text as in the schema.
const SEARCHED: &str = "lower(name || ' ' || coalesce(code, '') || ' ' || coalesce(barcode, '') || ' ' || \
    iif(variants = '[]', '', variants))";

/// More products than this are not listed one by one: reading the list in its sequence soon finds a page of so many.
const MAX_CANDIDATES: usize = 1_000;

/// The rowids of all products that can contain this text, separated by commas; `None`: there are many, or the text is
/// written differently in JSON.
fn candidates(tx: &Transaction<'_>, text: &str) -> Result<Option<String>, Fault> {
    if text.contains(['"', '\\']) {
        return Ok(None);
    }
    let mut statement = tx.prepare_cached(&candidates_sql())?;
    let found = statement.query_map([text], |row| row.read::<i64>(0))?.collect::<Result<Vec<_>, _>>()?;
    if found.len() > MAX_CANDIDATES {
        return Ok(None);
    }
    Ok(Some(found.iter().map(i64::to_string).collect::<Vec<_>>().join(",")))
}

fn candidates_sql() -> String {
    let most = MAX_CANDIDATES + 1;
    format!("select rowid from products indexed by products_search where instr({SEARCHED}, lower(?1)) > 0 limit {most}")
}

/// A condition that some variant fulfills. A list that cannot be read has none.
fn with_variant(condition: &str) -> String {
    format!(
        "p.variants <> '[]' and exists (
           select 1 from json_each(iif(json_valid(p.variants), p.variants, '[]')) v
           where v.type = 'object' and {condition})"
    )
}

/// A field of the variant `v`; the case stops SQLite from reading something else as JSON.
fn of_variant(field: &str) -> String {
    format!("case when v.type = 'object' then v.value ->> '$.{field}' end")
}

fn exists(tx: &Transaction<'_>, id: &str) -> Result<bool, ApiError> {
    let found =
        tx.prepare_cached("select 1 from products where id = ?1")?.query_row([raw(id)], |row| row.read::<i64>(0));
    Ok(found.optional()?.is_some())
}

impl Sort {
    fn keys(sort: Option<Self>) -> &'static [&'static str] {
        match sort {
            None => &["p.id"],
            Some(Self::Name | Self::NameDescending) => &["p.name collate nocase", "p.id"],
            Some(Self::Price | Self::PriceDescending) => &[PRICE, "p.id"],
            Some(Self::Position) => &["p.position", "p.name collate nocase", "p.id"],
        }
    }

    fn is_descending(sort: Option<Self>) -> bool {
        matches!(sort, Some(Self::NameDescending | Self::PriceDescending))
    }
}
