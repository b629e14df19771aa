//! Charges over HTTP. All logged-in users can read them; managers and admins can change them.

use access::permission::EditCatalog;
use access::session::Actor;
use axum::http::StatusCode;
use axum::response::Response;
use domain::cart::{self, CartRefused, ChargeKind, ServiceBase};
use domain::text::NAME;
use domain::{BasisPoints, BusinessDate, OrderType, TaxGroup};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::extract::{maybe_null, page_size};
use web::reply::{self, Done, with_status};
use web::{
    ApiError, Choice, Code, IfMatch, Json, List, Notice, PageQuery, Path, Problem, Query, Success, text, time, words,
};

use crate::charges::{Charge, Fields};

/// The charge to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Layanan", "kind": "service", "rate_bp": 500}))]
pub struct ChargeBody {
    /// Name on the receipt.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Service charge or tax.
    #[schema(value_type = ChargeKind)]
    kind: Choice<ChargeKind>,
    /// Rate in hundredths of a percent: 1000 is 10 %. PBJT is at most 1000.
    #[schema(minimum = 0, maximum = 10_000)]
    rate_bp: i64,
    /// Tax: the group of products that bear it. One active tax per group. Default: `pbjt`.
    #[schema(value_type = Option<TaxGroup>, nullable = false)]
    tax_group: Option<Choice<TaxGroup>>,
    /// Service: the amount that it is calculated on. Default: `after_discount`.
    #[schema(value_type = Option<ServiceBase>, nullable = false)]
    service_base: Option<Choice<ServiceBase>>,
    /// With `base_den`: the fraction of the base that the rate applies to. Default: 1/1. PPN: 11/12.
    #[schema(nullable = false)]
    base_num: Option<i64>,
    /// See `base_num`.
    #[schema(nullable = false)]
    base_den: Option<i64>,
    /// Tax: included in the prices. Default: false.
    #[schema(nullable = false)]
    inclusive: Option<bool>,
    /// Position on the receipt, lowest first. Default: 0.
    #[schema(nullable = false)]
    position: Option<i64>,
    /// First business date, YYYY-MM-DD. Default: always valid.
    #[schema(format = Date)]
    #[serde(default, deserialize_with = "maybe_null")]
    valid_from: Option<String>,
    /// The order types that bear it. Default: all.
    #[schema(value_type = Option<Vec<OrderType>>, nullable = false)]
    order_types: Option<Vec<Choice<OrderType>>>,
    /// Whether it is in force. Default: true.
    #[schema(nullable = false)]
    active: Option<bool>,
}

/// Where this outlet differs from the chain in a charge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"active": false}))]
pub struct OutletChargeBody {
    /// False: this outlet is exempt. Default: the chain's value.
    #[serde(default, deserialize_with = "maybe_null")]
    active: Option<bool>,
    /// Rate of this outlet in hundredths of a percent. Default: the chain's.
    #[schema(minimum = 0, maximum = 10_000)]
    #[serde(default, deserialize_with = "maybe_null")]
    rate_bp: Option<i64>,
}

impl ChargeBody {
    fn fields(&self, id: String) -> Result<Fields, ApiError> {
        let tax_group = words::optional(self.tax_group.as_ref(), Code::InvalidTaxGroup, "tax_group")?;
        let base = words::optional(self.service_base.as_ref(), Code::InvalidServiceBase, "service_base")?;
        Ok(Fields {
            rule: cart::Charge {
                id,
                name: text::required("name", &self.name, NAME)?,
                kind: self.kind.check(Code::InvalidKind, "kind")?,
                rate_bp: self.rate_bp,
                tax_group: tax_group.unwrap_or_default(),
                base: base.unwrap_or_default(),
                base_num: self.base_num.unwrap_or(1),
                base_den: self.base_den.unwrap_or(1),
                inclusive: self.inclusive.unwrap_or(false),
            },
            position: self.position.unwrap_or(0),
            valid_from: self.valid_from.as_deref().map(date).transpose()?,
            order_types: order_types(self.order_types.as_deref().unwrap_or_default())?,
            active: self.active.unwrap_or(true),
        })
    }
}

fn order_types(names: &[Choice<OrderType>]) -> Result<Vec<OrderType>, ApiError> {
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let order_type = name.check(Code::InvalidOrderType, "order_types")?;
        if found.contains(&order_type) {
            return Err(Code::InvalidOrderType.field("order_types", Problem::Repeated));
        }
        found.push(order_type);
    }
    Ok(found)
}

fn date(text: &str) -> Result<BusinessDate, ApiError> {
    BusinessDate::parse(text).ok_or_else(|| Code::InvalidDate.field("valid_from", Problem::NotADate))
}

/// Lists the charges.
#[utoipa::path(get, path = "/api/v1/charges", tag = "charges",
    params(PageQuery), responses((status = 200, body = List<Charge>)))]
pub async fn list_charges(actor: Actor, Query(page): Query<PageQuery>) -> Result<List<Charge>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = page.after()?;
    let found = actor.read(move |tx| crate::charges::list(tx, &after, limit)).await?;
    Ok(reply::page(found, limit, |c| c.id.clone()))
}

/// Creates a charge, which applies to new orders at once or from `valid_from`.
#[utoipa::path(post, path = "/api/v1/charges", tag = "charges",
    request_body = ChargeBody, responses(
    (status = 201, body = Success<Charge>),
    (status = 422, description = "`invalid_charges`: a rate out of range, or two taxes on one group; \
        `too_many_charges`, `invalid_kind`, `invalid_tax_group`, `invalid_service_base`, `invalid_date`, `invalid_text`")))]
pub async fn create_charge(actor: Actor<EditCatalog>, Json(body): Json<ChargeBody>) -> Result<Response, ApiError> {
    let (fields, now) = (body.fields(Uuid::now_v7().to_string())?, time::now());
    let created = actor.edit(move |tx, user| crate::charges::create(tx, user.into(), &fields, now)).await?;
    Ok(with_status(StatusCode::CREATED, Success::new(created)))
}

/// Returns a charge.
#[utoipa::path(get, path = "/api/v1/charges/{id}", tag = "charges",
    params(("id" = String, Path)), responses(
    (status = 200, body = Success<Charge>), (status = 404, description = "`not_found`")))]
pub async fn get_charge(actor: Actor, Path(id): Path<String>) -> Result<Success<Charge>, ApiError> {
    actor.read(move |tx| crate::charges::get(tx, &id)).await.map(Success::new)
}

/// Replaces a charge; `If-Match` with its version prevents overwriting other changes.
#[utoipa::path(put, path = "/api/v1/charges/{id}", tag = "charges",
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), request_body = ChargeBody, responses(
    (status = 200, body = Success<Charge>), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_charges` and others, as for POST")))]
pub async fn put_charge(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<ChargeBody>,
) -> Result<Success<Charge>, ApiError> {
    let (fields, now) = (body.fields(id)?, time::now());
    actor.edit(move |tx, user| crate::charges::update(tx, user.into(), &fields, version, now)).await.map(Success::new)
}

/// Deletes a charge; existing orders keep theirs.
#[utoipa::path(delete, path = "/api/v1/charges/{id}", tag = "charges",
    params(("id" = String, Path),
    ("If-Match" = Option<String>, Header)), responses(
    (status = 200, body = Done), (status = 404, description = "`not_found`"),
    (status = 412, description = "`version_mismatch`")))]
pub async fn delete_charge(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
) -> Result<Done, ApiError> {
    actor.edit(move |tx, user| crate::charges::delete(tx, user.into(), &id, version)).await?;
    Ok(Done::of(Notice::Deleted.with("reason", "charge")))
}

/// Sets where this outlet differs from the chain in a charge: its rate, or an exemption.
#[utoipa::path(put, path = "/api/v1/charges/{id}/outlet", tag = "charges", params(("id" = String, Path)),
    request_body = OutletChargeBody, responses(
    (status = 200, body = Success<Charge>), (status = 404, description = "`not_found`"),
    (status = 422, description = "`invalid_charges`: a rate out of range")))]
pub async fn put_charge_of_outlet(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    Json(OutletChargeBody { active, rate_bp }): Json<OutletChargeBody>,
) -> Result<Success<Charge>, ApiError> {
    if rate_bp.is_some_and(|rate_bp| !(0..=BasisPoints::WHOLE.0).contains(&rate_bp)) {
        return Err(Code::InvalidCharges.because("alone").with("problem", CartRefused::RateOutOfRange));
    }
    let now = time::now();
    actor
        .edit(move |tx, user| crate::charges::set_of_outlet(tx, user.into(), &id, active, rate_bp, now))
        .await
        .map(Success::new)
}
