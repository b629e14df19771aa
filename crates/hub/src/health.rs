//! Endpoints for outlets, load balancers and monitoring: ping, liveness, readiness, metrics.

mod chain;
pub(crate) mod http;
pub(crate) mod state;
pub(crate) mod upkeep;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use state::Health;
use store::Fault;
use utoipa::ToSchema;
use web::extract::bearer;
use web::reply::Done;
use web::{ApiError, Code, Notice, Success};

use crate::outlets::{self, Presence};
use crate::quarantine::count_sales;

const CHALLENGE: &str = "x-key-challenge";
const CHALLENGE_LENGTH: std::ops::RangeInclusive<usize> = 32..=128;

/// The hub's clock and wire format.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ping {
    /// RFC 3339 UTC.
    #[schema(value_type = String)]
    time: String,
    /// The newest version of the wire format that the hub supports.
    protocol: u32,
    /// Answers to `X-Key-Challenge`, one for each key that the outlet may have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    proofs: Vec<String>,
}

impl Ping {
    fn at(now: Timestamp) -> Self {
        Self { time: web::time::text(now), protocol: protocol::PROTOCOL, proofs: Vec::new() }
    }
}

/// Lets an outlet distinguish a bad batch from a bad connection. With a key, checks that it belongs to the outlet in
/// `X-Outlet-ID`. An outlet that does not know whether this is its hub sends a challenge instead of its key: each proof
/// is the HMAC-SHA256 of `gerai key proof`, a line feed and the challenge under the key's hash, in base64url.
#[utoipa::path(
    get,
    path = "/v1/ping",
    tag = "outlets",
    operation_id = "ping",
    params(
        ("Authorization" = Option<String>, Header, description = "`Bearer` and the outlet's key"),
        ("X-Outlet-ID" = Option<String>, Header, description = "The outlet that the key should belong to"),
        ("X-Key-Challenge" = Option<String>, Header, description = "32 to 128 visible characters, random for this request"),
    ),
    responses(
        (status = 200, description = "The hub responds, and the key, if sent, belongs to that outlet", body = Success<Ping>),
        (status = 401, description = "`unauthorized`: the key is unknown"),
        (status = 403, description = "`forbidden`, `outlet_revoked`"),
        (status = 422, description = "`invalid_challenge`"),
    ),
)]
pub(crate) async fn ping(State(state): State<Health>, headers: HeaderMap) -> Result<Success<Ping>, ApiError> {
    let now = web::time::now();
    let mut ping = Ping::at(now);
    let named = headers.get("x-outlet-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let outlet = domain::ids::stored_as(named);
    if headers.contains_key(header::AUTHORIZATION) {
        let hash = web::secret::key_hash(bearer(&headers)?);
        state.store.read(move |tx| outlets::authenticate(tx, &outlet, &hash, now)).await?;
    } else if let Some(challenge) = headers.get(CHALLENGE) {
        let challenge = challenge.to_str().unwrap_or_default().to_owned();
        if !CHALLENGE_LENGTH.contains(&challenge.len()) {
            return Err(Code::InvalidChallenge.into());
        }
        ping.proofs = state.store.read(move |tx| outlets::key_proofs(tx, &outlet, &challenge)).await?;
    }
    Ok(Success::new(ping))
}

/// The process is alive.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "health",
    operation_id = "healthz",
    responses((status = 200, description = "Alive", body = Done)),
)]
pub(crate) async fn healthz() -> Done {
    Done::of(Notice::HubAlive)
}

/// The database answers.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    operation_id = "readyz",
    responses(
        (status = 200, description = "Ready", body = Done),
        (status = 503, description = "`database_busy`, `database_unavailable`, `disk_full`, `stopping`"),
    ),
)]
pub(crate) async fn readyz(State(state): State<Health>) -> Result<Done, ApiError> {
    // The URL may lead to another database: an empty one answers but cannot serve.
    let answered = state.store.read(|tx| tx.first("select max(version) from schema_migrations", &[], |row| row.int(0)));
    answered.await.map_err(|fault| match fault {
        Fault::Postgres(_) | Fault::Column { .. } => {
            tracing::error!(%fault, "the database has no tables of this hub");
            ApiError::from(Code::DatabaseUnusable).retry_after(30)
        }
        fault => fault.into(),
    })?;
    Ok(Done::of(Notice::HubReady))
}

/// Metrics in Prometheus' text format. The presence of outlets is read at each request.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "health",
    operation_id = "metrics",
    responses(
        (status = 200, description = "Prometheus' text format 0.0.4", body = String, content_type = "text/plain"),
        (status = 503, description = "`overloaded`: too many concurrent requests; retry after `Retry-After`"),
    ),
)]
pub(crate) async fn metrics(State(state): State<Health>) -> Result<Response, ApiError> {
    let window = state.silent_after.within(web::time::now());
    let read = state
        .store
        .read(move |tx| Ok((outlets::list_presence(tx, &window)?, outlets::duplicate_servers(tx)?, count_sales(tx)?)));
    match read.await {
        Ok((outlets, duplicate_servers, changed_sales)) => {
            let counts = Presence::ALL.map(|presence| {
                (presence.as_str(), outlets.iter().filter(|outlet| outlet.presence == presence).count())
            });
            state.counters.outlets(counts);
            state.counters.duplicate_servers(duplicate_servers.len());
            state.counters.changed_sales(changed_sales);
        }
        Err::<_, Fault>(error) => {
            tracing::warn!(%error, "cannot read the presence of outlets; their metrics are unchanged")
        }
    }
    let permits = [("log_ins", state.log_ins.in_use()), ("batches", state.admission.in_use())];
    let permits: Vec<_> = permits.into_iter().chain(state.readers.in_use()).chain(state.store.in_use()).collect();
    state.metrics.text(&permits).await
}
