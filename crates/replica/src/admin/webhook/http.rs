//! `POST /api/v1/webhooks/cloud`: authenticated by the signature instead of a session.

use std::time::Instant;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderMap;
use web::reply::Done;
use web::webhook::{ID, Refused, SIGNATURE, Signed, TIMESTAMP, verify};
use web::{ApiError, Code, Notice, bodies, time};

use crate::admin::webhook::{Webhook, WebhookAction, read};
use crate::state::Replica;

/// Far above the size of a hint.
const BODY_LIMIT: usize = 64 * 1024;

/// The body limit of the route.
pub fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(BODY_LIMIT)
}

/// Receives the hub's hint that something is new.
///
/// A message in the format of Standard Webhooks, signed with one of the secrets in `WEBHOOK_SECRET`. It is only a hint:
/// the outlet asks the hub at once and uses no data from the message. A repeated `webhook-id` has no effect.
#[utoipa::path(post, path = "/api/v1/webhooks/cloud", tag = "sync", request_body = Webhook,
    params(
        ("webhook-id" = String, Header, description = "Id of the message"),
        ("webhook-timestamp" = i64, Header, description = "When it was sent, seconds since 1970"),
        ("webhook-signature" = String, Header, description = "`v1,` and HMAC-SHA256 of id.timestamp.body in base64; \
                                                              several, separated by spaces, during a rotation of secrets"),
    ),
    responses(
    (status = 200, body = Done, description = "Accepted, a repetition, or of a type that this version does not know"),
    (status = 400, description = "`malformed_webhook`: signed, but invalid; `unreadable_body`"),
    (status = 401, description = "`invalid_signature`: missing, or made with another secret; `stale_webhook`: signed more \
                                  than five minutes from now"),
    (status = 404, description = "`webhooks_disabled`: no secret is set"),
    (status = 413, description = "`body_too_large`: more than 64 KiB")))]
pub async fn receive_webhook(
    State(app): State<Replica>,
    headers: HeaderMap,
    request: Request,
) -> Result<Done, ApiError> {
    if app.env.webhook_secrets.is_empty() {
        return Err(Code::WebhooksOff.into());
    }
    // Checked before reading the body, so that an unsigned request costs nothing.
    let signed = signed(&headers).ok_or_else(|| refused(Refused::Signature))?;
    let body = bodies::read(request, &app).await?;
    verify(&app.env.webhook_secrets, signed, &body, time::now()).map_err(refused)?;
    let action = read(&body).map_err(|error| Code::MalformedWebhook.with("detail", error.to_string()))?;
    if !app.webhooks.is_new(signed.id, Instant::now()) {
        return Ok(Done::of(Notice::WebhookRepeated));
    }
    match action {
        WebhookAction::Pull => {
            app.link.hint();
            Ok(Done::of(Notice::WebhookAccepted))
        }
        WebhookAction::Nothing => Ok(Done::of(Notice::WebhookIgnored)),
    }
}

fn signed(headers: &HeaderMap) -> Option<Signed<'_>> {
    let text = |name| headers.get(name)?.to_str().ok();
    Some(Signed { id: text(ID)?, timestamp: text(TIMESTAMP)?, signatures: text(SIGNATURE)? })
}

fn refused(refused: Refused) -> ApiError {
    match refused {
        Refused::Signature => Code::InvalidSignature.into(),
        Refused::Stale => Code::StaleWebhook.into(),
    }
}
