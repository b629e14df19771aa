//! Changes of many products over HTTP, by managers and admins. Commands accept an `Idempotency-Key`.

use access::permission::EditCatalog;
use access::session::Actor;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::money::MAX_AMOUNT;
use domain::price_change::{LEAST_PERCENT_BP, MOST_PERCENT_BP, MOST_ROUND_TO, PriceChange, PriceRule};
use domain::{BasisPoints, Money};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::bodies::body_error;
use web::extract::parse;
use web::{ApiError, Code, Path, Problem, Success, text, time};

use crate::bulk::{self, BulkChange, BulkResult, MAX_PRODUCTS, Target};
use crate::idempotency::{Answer, Key, once};

const PATH: &str = "/api/v1/products/bulk";

/// The change of many products: exactly one of `ids`, `category_id` and `all`, and at least one of `price` and `available`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"all": true, "price": {"percent_bp": 500, "round_to": 500}, "dry_run": true}))]
pub struct ChangeProducts {
    /// Ids of the products; at most 20,000.
    #[schema(nullable = false, min_items = 1)]
    ids: Option<Vec<String>>,
    /// The products of this category.
    #[schema(nullable = false)]
    category_id: Option<String>,
    /// True: all products.
    #[schema(nullable = false)]
    all: Option<bool>,
    /// How prices change. Default: not at all.
    #[schema(nullable = false)]
    price: Option<ChangePrice>,
    /// Whether the products are for sale at this outlet. Default: as before.
    #[schema(nullable = false)]
    available: Option<bool>,
    /// True: only show what would change. Default: false.
    #[schema(nullable = false)]
    dry_run: Option<bool>,
}

/// How prices change: exactly one of `set`, `add` and `percent_bp`. The last two change the prices of variants too; the first
/// skips products with variants.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePrice {
    /// The new price in minor units (rupiah).
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    set: Option<i64>,
    /// The difference in minor units (rupiah), may be negative.
    #[schema(nullable = false)]
    add: Option<i64>,
    /// The difference in hundredths of a percent, may be negative: 1000 is 10 % more.
    #[schema(nullable = false, minimum = -10_000, maximum = 1_000_000)]
    percent_bp: Option<i64>,
    /// The new price is rounded to a multiple of this, half up. Default: 1.
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000)]
    round_to: Option<i64>,
}

/// The only value of several alternatives.
fn only<T>(found: impl IntoIterator<Item = (&'static str, Option<T>)>, at: &str) -> Result<T, ApiError> {
    let mut found = found.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let Some((first, value)) = found.next() else {
        return Err(Code::InvalidBody.field(at, Problem::Missing));
    };
    match found.next() {
        None => Ok(value),
        Some((second, _)) => Err(Code::InvalidBody.field(second, Problem::NotTogether.with("other", first))),
    }
}

fn between(field: &str, value: i64, least: i64, most: i64) -> Result<i64, ApiError> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(Code::InvalidBody.field(field, Problem::NotBetween.with("least", least).with("most", most)))
}

impl ChangePrice {
    fn rule(&self) -> Result<PriceRule, ApiError> {
        let price = |value, least| between("price", value, least, MAX_AMOUNT).map(Money);
        let change = only(
            [
                ("price.set", self.set.map(|n| price(n, 0).map(PriceChange::Set))),
                ("price.add", self.add.map(|n| price(n, -MAX_AMOUNT).map(PriceChange::Add))),
                (
                    "price.percent_bp",
                    self.percent_bp.map(|bp| {
                        let bp = between("price.percent_bp", bp, LEAST_PERCENT_BP, MOST_PERCENT_BP)?;
                        Ok(PriceChange::Percent(BasisPoints(bp)))
                    }),
                ),
            ],
            "price.set",
        )??;
        let round_to = between("price.round_to", self.round_to.unwrap_or(1), 1, MOST_ROUND_TO)?;
        Ok(PriceRule { change, round_to })
    }
}

impl ChangeProducts {
    fn check(self) -> Result<BulkChange, ApiError> {
        let ids = self.ids.map(|ids| {
            if ids.is_empty() || ids.len() > MAX_PRODUCTS {
                let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_PRODUCTS);
                return Err(Code::InvalidBody.field("ids", not_between));
            }
            let id = |(at, id): (usize, &String)| text::reference(&format!("ids[{at}]"), id);
            ids.iter().enumerate().map(id).collect::<Result<_, _>>().map(Target::Ids)
        });
        let category = self.category_id.map(|id| text::reference("category_id", &id).map(Target::Category));
        let all = self.all.filter(|all| *all).map(|_| Ok(Target::All));
        let target = only([("ids", ids), ("category_id", category), ("all", all)], "ids")??;
        let price = self.price.as_ref().map(ChangePrice::rule).transpose()?;
        if price.is_none() && self.available.is_none() {
            return Err(Code::InvalidBody.field("price", Problem::Missing));
        }
        Ok(BulkChange { target, price, available: self.available })
    }
}

/// Changes prices and availability of many products in one transaction, or shows what would change. It can be undone for a
/// day.
#[utoipa::path(post, path = "/api/v1/products/bulk", tag = "catalog",
    request_body = ChangeProducts,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeating the same key and body returns the same answer and makes the change once")),
    responses(
    (status = 200, body = Success<BulkResult>),
    (status = 422, description = "`unknown_category`, `too_many_products`, `idempotency_key_reused`: nothing was changed")))]
pub async fn change_products(
    actor: Actor<EditCatalog>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|e| body_error(&e))?;
    let request = parse::<ChangeProducts>(&body)?;
    let dry_run = request.dry_run.unwrap_or(false);
    let change = request.check()?;
    let key = Key::of(&headers, actor.id(), PATH, &body)?;
    if dry_run {
        return Ok(actor.read(move |tx| bulk::preview(tx, &change)).await.map(Success::new)?.into_response());
    }
    let now = time::now();
    let answer = actor.edit(move |tx, user| {
        once(tx, key, StatusCode::OK, now, || bulk::apply(tx, user.into(), &change, Uuid::now_v7(), now))
    });
    Ok(answer.await?.into_response())
}

/// Undoes a change of many products. Products that were changed since are skipped and listed.
#[utoipa::path(post, path = "/api/v1/products/bulk/{id}/undo", tag = "catalog",
    params(("id" = String, Path, description = "`change_id` of the change"), ("Idempotency-Key" = Option<String>, Header)),
    responses(
    (status = 200, body = Success<BulkResult>),
    (status = 404, description = "`not_found`: there is no such change, or it was made more than a day ago"),
    (status = 409, description = "`already_undone`"), (status = 422, description = "`idempotency_key_reused`")))]
pub async fn undo_product_change(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, ApiError> {
    let key = Key::of(&headers, actor.id(), &format!("{PATH}/{id}/undo"), &[])?;
    let now = time::now();
    actor.edit(move |tx, user| once(tx, key, StatusCode::OK, now, || bulk::undo(tx, user.into(), &id, now))).await
}
