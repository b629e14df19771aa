//! TLS of the hub's server.

use axum::extract::State;
use web::Success;
use web::tls::{TlsHandle, TlsState};

use crate::staff::User;

/// Returns names, expiry and fingerprint of the server's certificate.
#[utoipa::path(
    get,
    path = "/v1/hq/tls",
    tag = "head office",
    operation_id = "get_hub_tls",
    responses((status = 200, body = Success<TlsState>)),
)]
pub(crate) async fn get_tls(_: User, State(tls): State<TlsHandle>) -> Success<TlsState> {
    Success::new(tls.state())
}
