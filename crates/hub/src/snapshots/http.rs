//! `GET /v1/outlets/{outlet_id}/snapshot`: the file, or the rest of it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::server::while_answering;
use web::{ApiError, Code, Query, Remote};

use super::folder::StoredSnapshot;
use super::make::MakeError;
use super::range::{Part, part, resumed_etag};
use crate::outlets::Caller;
use crate::snapshots::state::Downloads;
use crate::streams;

/// Bytes per read.
const PIECE: usize = 128 * 1024;

/// The outlet's epoch.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EpochQuery {
    /// The random id of the outlet's epoch.
    epoch: Option<String>,
}

/// The bytes of a snapshot file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
struct SnapshotFile(#[expect(dead_code, reason = "only described")] Vec<u8>);

/// Everything that the outlet may see, and the hub's copy of its own documents, in one file.
///
/// JSON lines, compressed with zstd. The file never changes under its `ETag`, which is its SHA-256, and a download can
/// be resumed by `Range` and `If-Range` for a day.
#[utoipa::path(
    get,
    path = "/v1/outlets/{outlet_id}/snapshot",
    tag = "outlets",
    operation_id = "get_snapshot",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id"),
        EpochQuery,
        ("Range" = Option<String>, Header, description = "`bytes=4096-`: one range; for several the whole file is sent"),
        ("If-Range" = Option<String>, Header, description = "The `ETag` of the interrupted download"),
    ),
    responses(
        (status = 200, description = "The file, with `ETag` and `Repr-Digest`", body = SnapshotFile, content_type = "application/octet-stream"),
        (status = 206, description = "The part that `Range` names", body = SnapshotFile, content_type = "application/octet-stream"),
        (status = 400, description = "`invalid_path`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 409, description = "`epoch_mismatch`: enroll again"),
        (status = 429, description = "`hub_overloaded`: too many downloads of this outlet, this address or all; retry after \
                                      `Retry-After`"),
        (status = 416, description = "`range_not_satisfiable`: the file is shorter; `Content-Range` has its length"),
        (status = 503, description = "`snapshot_underway`, `database_busy`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn get_snapshot(
    caller: Caller,
    remote: Remote,
    State(state): State<Downloads>,
    Query(epoch): Query<EpochQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let outlet_id = caller.outlet_id.clone();
    state
        .store
        .read(move |tx| streams::same_epoch(tx, &outlet_id, epoch.epoch.as_deref()).map_err(ApiError::from))
        .await?;
    let permit = state.readers.download(remote, &caller)?;
    let begun = resumed_etag(&headers).map(str::to_owned);
    let snapshot = state.snapshots.get(&state.store, &caller.outlet_id, begun, web::time::now()).await?;
    let etag = format!("\"{}\"", snapshot.sha256);
    let response = match part(&headers, &etag, snapshot.bytes) {
        Part::Outside => Ok(outside(&snapshot)),
        Part::Whole => send(&snapshot, &etag, None),
        Part::From(from, to) => send(&snapshot, &etag, Some((from, to))),
    };
    Ok(while_answering(permit, response?))
}

fn outside(snapshot: &StoredSnapshot) -> Response {
    let refused = ApiError::from(Code::RangeNotSatisfiable);
    ([(header::CONTENT_RANGE, format!("bytes */{}", snapshot.bytes))], refused).into_response()
}

fn send(snapshot: &StoredSnapshot, etag: &str, part: Option<(u64, u64)>) -> Result<Response, ApiError> {
    let (from, to) = part.unwrap_or((0, snapshot.bytes.saturating_sub(1)));
    let left = if snapshot.bytes == 0 { 0 } else { to - from + 1 };
    let open = || {
        let mut file = File::open(&snapshot.path)?;
        file.seek(SeekFrom::Start(from))?;
        Ok(file)
    };
    let file = open().map_err(MakeError::Io)?;
    let mut response = Response::new(Body::from_stream(pieces(file, left)));
    *response.status_mut() = if part.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut put = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    };
    put("content-type", "application/octet-stream".to_owned());
    put("content-length", left.to_string());
    put("accept-ranges", "bytes".to_owned());
    put("etag", etag.to_owned());
    put("repr-digest", format!("sha-256=:{}:", STANDARD.encode(bytes_of(&snapshot.sha256))));
    if part.is_some() {
        put("content-range", format!("bytes {from}-{to}/{}", snapshot.bytes));
    }
    Ok(response)
}

/// Reads each piece when the previous one has been sent: a slow connection occupies no thread and little memory.
fn pieces(file: File, left: u64) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    stream::unfold(Some((file, left)), |state| async move {
        let (file, left) = state.filter(|(_, left)| *left > 0)?;
        let read = tokio::task::spawn_blocking(move || piece(file, left)).await;
        match read.unwrap_or_else(|_| Err(std::io::Error::other("reading was interrupted"))) {
            Ok((file, bytes)) => {
                let left = left - bytes.len() as u64;
                Some((Ok(bytes), Some((file, left))))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
}

fn piece(mut file: File, left: u64) -> std::io::Result<(File, Bytes)> {
    let mut bytes = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
    file.read_exact(&mut bytes)?;
    Ok((file, bytes.into()))
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = |at| hex.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    (0..hex.len()).step_by(2).filter_map(digits).collect()
}

impl From<MakeError> for ApiError {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Underway => Self::from(Code::SnapshotUnderway).retry_after(3),
            MakeError::Fault(fault) => fault.into(),
            MakeError::Io(source) if source.kind() == std::io::ErrorKind::StorageFull => {
                Code::DiskFull.because("snapshot").retry_after(60)
            }
            MakeError::Io(error) => {
                tracing::error!(%error, "cannot write or read a snapshot");
                Self::internal()
            }
        }
    }
}
