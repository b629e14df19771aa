//! `POST /v1/outlets/{outlet_id}/sync/batch`.

use axum::body::Bytes;
use axum::extract::{FromRequest, State};
use axum::response::{IntoResponse, Response};
use protocol::chain::ChainCheck;
use protocol::wire::{Answer, Batch};
use web::{ApiError, Code, Success, bodies};

use super::accept::{Accepted, Refused, accept};
use super::body::{self, MAX_COMPRESSED};
use super::incoming::IncomingBatch;
use super::read::read;
use super::state::Ingest;
use crate::{events, outlets};

/// An outlet's next batch.
///
/// The body is a batch as JSON, compressed with zstd (`Content-Encoding: zstd`) or plain: at most 8 MiB as sent and 64
/// MiB decompressed. `Authorization: Bearer` contains the outlet's key. `X-Sent-At` (RFC 3339) shows the outlet's
/// clock, `X-Outlet-Pending` how many changes stay pending after this batch, `User-Agent: gerai/…` its version.
///
/// The batch is recorded and applied together, or not at all. `results` lists the items that were not plainly applied,
/// and the new token of each shared one that was. Repeating the last batch returns its reply again.
#[utoipa::path(
    post,
    path = "/v1/outlets/{outlet_id}/sync/batch",
    tag = "outlets",
    operation_id = "push_batch",
    params(("outlet_id" = String, Path, description = "The outlet's id")),
    request_body = Batch,
    responses(
        (status = 200, description = "Accepted, now or before", body = Success<Answer>),
        (status = 400, description = "`malformed_json`, `unreadable_body`: truncated or damaged in transit"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 409, description = "`chain_mismatch`: it does not follow the hub's last batch, `data` is an answer \
                                      as for 200; `epoch_mismatch`: enroll again"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_encoding`"),
        (status = 422, description = "`invalid_body`, `invalid_batch`"),
        (status = 426, description = "`protocol_unsupported`: upgrade the older side"),
        (status = 429, description = "`batch_in_progress`: this outlet's previous batch is in progress; `hub_overloaded`: too many \
                                      concurrent batches; retry after `Retry-After`"),
        (status = 503, description = "`database_busy`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn push_batch(State(state): State<Ingest>, incoming: IncomingBatch) -> Result<Response, ApiError> {
    let IncomingBatch { outlet_id, key_hash, packing, report, received, permit, request } = incoming;
    let bytes = Bytes::from_request(request, &()).await.map_err(|error| bodies::body_error(&error))?;

    let turn = permit.turn().await.map_err(|overloaded| overloaded.answer(rand::random()))?;
    let handles = state.clone();
    // Wakes other outlets even if this one hangs up before the answer.
    let accepted = web::detached(async move {
        let _turn = turn;
        let text = tokio::task::spawn_blocking(move || body::text(packing, &bytes)).await;
        let text = text.map_err(|_| ApiError::internal())??;
        let accepted = handles.store.write_locking(move |tx| {
            let batch = read(&text)?;
            outlets::record_contact(tx, &outlet_id, &key_hash, &report, received)?;
            let accepted = accept(tx, &outlet_id, &batch, received).map_err(ApiError::from)?;
            let is_new = accepted.check == ChainCheck::Next;
            let changes = if is_new { events::of_batch(&outlet_id, &batch) } else { Vec::new() };
            Ok::<_, ApiError>((accepted, changes))
        });
        let (accepted, changes) = accepted.await?;
        handles.counters.batch(accepted.check, accepted.counts.by_outcome(), accepted.counts.orders);
        accepted.grown.iter().for_each(|stream| handles.hints.changed(stream));
        handles.events.publish(changes);
        Ok::<_, ApiError>(accepted)
    });
    answer(accepted.await?)
}

/// Maximum size of the body as sent.
pub(crate) fn body_limit() -> axum::extract::DefaultBodyLimit {
    axum::extract::DefaultBodyLimit::max(MAX_COMPRESSED)
}

fn answer(Accepted { check, answer, .. }: Accepted) -> Result<Response, ApiError> {
    match check {
        ChainCheck::Next | ChainCheck::Duplicate => Ok(Success::new(answer).into_response()),
        ChainCheck::Mismatch => {
            let data = serde_json::to_value(&answer).map_err(|_| ApiError::internal())?;
            Err(ApiError::from(Code::ChainMismatch).with_data(data))
        }
        ChainCheck::WrongEpoch => Err(Code::EpochMismatch.into()),
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Protocol { found, oldest, newest } => {
                Code::ProtocolUnsupported.with("found", found).with("oldest", oldest).with("newest", newest)
            }
            Refused::Invalid(detail) => Code::InvalidBatch.with("detail", detail),
            Refused::Fault(fault) => fault.into(),
        }
    }
}
