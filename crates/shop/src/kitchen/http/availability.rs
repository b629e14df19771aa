//! How much is left of a product, over HTTP.

use access::permission::Prepare;
use access::session::Actor;
use axum::http::HeaderMap;
use domain::text::CHOICE_ID;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::{changed, maybe_null};
use web::{ApiError, Code, Problem, Success, text};

use crate::command::{Command, Received};
use crate::idempotency::Answer;
use crate::kitchen::counts::{self, Availability, Counted, MAX_LEFT};

/// How many pieces are left of a product, or of one of its variants or options.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"product_id": "0199f3c2-8a00-7abc-8def-0123456789ff", "left": 12}))]
pub struct SetAvailability {
    product_id: String,
    /// One of the product's variants. Default: the product as a whole.
    #[serde(default, deserialize_with = "maybe_null")]
    variant_id: Option<String>,
    /// One of the product's options; not beside a variant.
    #[serde(default, deserialize_with = "maybe_null")]
    option_id: Option<String>,
    /// Pieces that can still be sold; 0: sold out. Null: they are not counted any more.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000, required = true)]
    left: Option<Option<i64>>,
}

impl SetAvailability {
    fn check(self) -> Result<(Counted, Option<i64>), ApiError> {
        let left = self.left.ok_or_else(|| Code::InvalidBody.field("left", Problem::Missing))?;
        if left.is_some_and(|left| !(0..=MAX_LEFT).contains(&left)) {
            let not_between = Problem::NotBetween.with("least", 0).with("most", MAX_LEFT);
            return Err(Code::InvalidLeft.field("left", not_between));
        }
        let counted = Counted {
            product_id: text::reference("product_id", &self.product_id)?,
            variant_id: text::optional("variant_id", self.variant_id.as_deref(), CHOICE_ID)?,
            option_id: text::optional("option_id", self.option_id.as_deref(), CHOICE_ID)?,
        };
        if counted.variant_id.is_some() && counted.option_id.is_some() {
            return Err(Code::InvalidBody.field("option_id", Problem::NotBeside.with("other", "variant_id")));
        }
        Ok((counted, left))
    }
}

/// Lists what is counted, with how many pieces are left.
#[utoipa::path(get, path = "/api/v1/kitchen/availability", tag = "kitchen",
    responses((status = 200, body = Success<Vec<Availability>>)))]
pub async fn list_availability(actor: Actor) -> Result<Success<Vec<Availability>>, ApiError> {
    actor.read(counts::list).await.map(Success::new)
}

/// Says how many pieces are left of a product, or of one of its variants or options. Orders take from it; at 0 it is sold out.
#[utoipa::path(put, path = "/api/v1/kitchen/availability", tag = "kitchen",
    params(("Idempotency-Key" = Option<String>, Header)), request_body = SetAvailability, responses(
    (status = 200, body = Success<Availability>),
    (status = 422, description = "`unknown_product`, `unknown_variant`, `unknown_modifier`, `invalid_left`")))]
pub async fn set_availability(actor: Actor<Prepare>, headers: HeaderMap, body: Received) -> Result<Answer, ApiError> {
    let path = "PUT /api/v1/kitchen/availability";
    let (command, body) = Command::read::<SetAvailability>(&actor, &headers, path, body)?;
    let (counted, left) = body.check()?;
    command.run(move |tx, user, now| counts::set(tx, user, &counted, left, now)).await
}
