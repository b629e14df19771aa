//! Extractor of a batch: checks the outlet's key and acquires a permit before the body is read.

use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use web::rights::{Argument, Right};
use web::{ApiError, Path, extract};

use super::admission::Permit;
use super::body::{self, MAX_COMPRESSED, Packing};
use super::state::Ingest;
use crate::outlets::{self, OUTLET_KEY, RequestReport};

/// A request whose sender is the outlet of the path and has a permit; its body is unread.
pub(crate) struct IncomingBatch {
    pub outlet_id: String,
    pub key_hash: String,
    pub packing: Packing,
    pub report: RequestReport,
    pub received: Timestamp,
    pub permit: Permit,
    pub request: Request,
}

impl Argument for IncomingBatch {
    const RIGHT: Option<Right> = Some(Right { scheme: OUTLET_KEY, cookie: None, name: None, or: None });
}

impl<S> FromRequest<S> for IncomingBatch
where
    Ingest: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let received = web::time::now();
        let Path(outlet_id) = Path::<String>::from_request_parts(&mut parts, state).await?;
        let admitted = admit(&Ingest::from_ref(state), &outlet_id, &parts.headers, received).await;
        let report = RequestReport::of(&parts.headers, received);
        let request = Request::from_parts(parts, body);
        match admitted {
            Ok(Admitted { key_hash, packing, permit }) => {
                Ok(Self { outlet_id, key_hash, packing, report, received, permit, request })
            }
            Err(refused) => {
                web::pace::discard(request).await;
                Err(refused)
            }
        }
    }
}

struct Admitted {
    key_hash: String,
    packing: Packing,
    permit: Permit,
}

async fn admit(state: &Ingest, outlet_id: &str, headers: &HeaderMap, now: Timestamp) -> Result<Admitted, ApiError> {
    let key_hash = web::secret::key_hash(extract::bearer(headers)?);
    let packing = body::packing(headers)?;
    let (outlet, hash) = (outlet_id.to_owned(), key_hash.clone());
    state.store.read(move |tx| outlets::authenticate(tx, &outlet, &hash, now)).await?;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let permit = state.admission.enter(outlet_id, length.unwrap_or(MAX_COMPRESSED).min(MAX_COMPRESSED));
    let permit = permit.map_err(|overloaded| {
        state.counters.overload_rejection(overloaded.code().as_str());
        overloaded.answer(rand::random())
    })?;
    Ok(Admitted { key_hash, packing, permit })
}
