//! TLS of the outlet's server over HTTP, for admins.

use access::permission::ManageSync;
use access::session::Actor;
use axum::extract::State;
use web::tls::TlsState;
use web::{ApiError, Success};

use crate::state::App;

/// Returns names, expiry and fingerprint of the server's certificate.
#[utoipa::path(get, path = "/api/v1/tls", tag = "settings", responses((status = 200, body = Success<TlsState>)))]
pub async fn get_tls(State(app): State<App>, actor: Actor<ManageSync>) -> Result<Success<TlsState>, ApiError> {
    // Checks the session, although nothing is read.
    actor.read(move |_| Ok::<_, ApiError>(app.tls.state())).await.map(Success::new)
}
