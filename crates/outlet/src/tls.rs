//! TLS of the outlet's server over HTTP, for admins.

use access::permission::ManageSync;
use access::session::Actor;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;
use web::tls::TlsState;
use web::{ApiError, Success};

use crate::state::App;

/// TLS of the server, and where a new device learns to trust it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutletTls {
    #[serde(flatten)]
    state: TlsState,
    /// Address of the page with the steps, for another device in the shop's network; null if no other device reaches the
    /// server by a name of the certificate.
    trust_url: Option<String>,
}

/// Returns names, expiry and fingerprint of the server's certificate, and where a device learns to trust it.
#[utoipa::path(get, path = "/api/v1/tls", tag = "settings", responses((status = 200, body = Success<OutletTls>)))]
pub async fn get_tls(
    State(app): State<App>,
    actor: Actor<ManageSync>,
    headers: HeaderMap,
) -> Result<Success<OutletTls>, ApiError> {
    let state = app.tls.state();
    let trust_url = pages::trust_address(&state, &headers);
    // Checks the session, although nothing is read.
    actor.read(move |_| Ok::<_, ApiError>(OutletTls { state, trust_url })).await.map(Success::new)
}
