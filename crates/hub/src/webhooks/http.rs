//! `/v1/hq/outlets/{outlet_id}/webhook`: an outlet's endpoint.

use axum::extract::State;
use protocol::cursor::of_outlet;
use serde::Deserialize;
use utoipa::ToSchema;
use web::reply::Done;
use web::{ApiError, Code, Json, Notice, Path, Success};

use super::endpoint::{self, Endpoint, EndpointRefused};
use super::handles::Webhooks;
use crate::staff::{Admin, User};

/// The URL that hints are sent to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookBody {
    /// The outlet's address as the hub can reach it, ending in `/api/v1/webhooks/cloud`.
    url: String,
}

/// An outlet's webhook and its state, without its secret.
#[utoipa::path(
    get,
    path = "/v1/hq/outlets/{outlet_id}/webhook",
    tag = "head office",
    operation_id = "hq_get_webhook",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
    ),
    responses(
        (status = 200, description = "The current version", body = Success<Endpoint>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: no such outlet, or it has no webhook"),
    ),
)]
pub(crate) async fn get_webhook(
    _: User,
    State(state): State<Webhooks>,
    Path(outlet): Path<String>,
) -> Result<Success<Endpoint>, ApiError> {
    let now = web::time::now();
    Ok(Success::new(state.store.read(move |tx| endpoint::get(tx, &outlet, now)).await?))
}

/// Sets the address of an outlet's webhook. The first time a secret is created and shown once; later the secret stays.
#[utoipa::path(
    put,
    path = "/v1/hq/outlets/{outlet_id}/webhook",
    tag = "head office",
    operation_id = "hq_put_webhook",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
    ),
    request_body = WebhookBody,
    responses(
        (status = 200, description = "The endpoint; the heads are sent to it at once", body = Success<Endpoint>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet"),
        (status = 409, description = "`outlet_revoked`"),
        (status = 422, description = "`invalid_body`, `invalid_url`; `private_address`: only public addresses are allowed"),
    ),
)]
pub(crate) async fn put_webhook(
    _: Admin,
    State(state): State<Webhooks>,
    Path(outlet): Path<String>,
    Json(body): Json<WebhookBody>,
) -> Result<Success<Endpoint>, ApiError> {
    if !state.allow_private {
        endpoint::refuse_private(&body.url)?;
    }
    let now = web::time::now();
    web::detached(async move {
        let set = state.store.write(move |tx| endpoint::set_url(tx, &outlet, &body.url, now)).await?;
        // Wakes the sender.
        state.hints.changed(&of_outlet(&set.outlet_id));
        Ok(Success::new(set))
    })
    .await
}

/// Creates a new secret and shows it once; the previous one signs too for seven days.
#[utoipa::path(
    post,
    path = "/v1/hq/outlets/{outlet_id}/webhook/rotate-secret",
    tag = "head office",
    operation_id = "hq_rotate_webhook_secret",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
    ),
    responses(
        (status = 200, description = "The endpoint with the new secret", body = Success<Endpoint>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet, or it has no webhook"),
        (status = 409, description = "`outlet_revoked`"),
    ),
)]
pub(crate) async fn rotate_webhook_secret(
    _: Admin,
    State(state): State<Webhooks>,
    Path(outlet): Path<String>,
) -> Result<Success<Endpoint>, ApiError> {
    let now = web::time::now();
    Ok(Success::new(state.store.write(move |tx| endpoint::rotate_secret(tx, &outlet, now)).await?))
}

/// Removes an outlet's webhook and its secrets. The outlet continues to poll.
#[utoipa::path(
    delete,
    path = "/v1/hq/outlets/{outlet_id}/webhook",
    tag = "head office",
    operation_id = "hq_delete_webhook",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
    ),
    responses(
        (status = 200, description = "The webhook is removed", body = Done),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet, or it has no webhook"),
    ),
)]
pub(crate) async fn delete_webhook(
    _: Admin,
    State(state): State<Webhooks>,
    Path(outlet): Path<String>,
) -> Result<Done, ApiError> {
    state.store.write(move |tx| endpoint::remove(tx, &outlet)).await?;
    Ok(Done::of(Notice::WebhookRemoved))
}

impl From<EndpointRefused> for ApiError {
    fn from(refused: EndpointRefused) -> Self {
        match refused {
            EndpointRefused::Url(_, invalid) => Code::InvalidUrl.field("url", invalid),
            EndpointRefused::Private(private) => Code::PrivateAddress.with("address", private.address()),
            EndpointRefused::None(outlet) => Code::NotFound.because("webhook").with("id", outlet),
            EndpointRefused::Outlet(refused) => refused.into(),
        }
    }
}
