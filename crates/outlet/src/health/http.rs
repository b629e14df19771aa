//! The health of sync over HTTP, for admins.

use access::permission::ManageSync;
use access::session::Actor;
use axum::extract::State;
use web::{ApiError, Success, time};

use crate::health::SyncHealth;
use crate::state::App;

/// Health of sync, with a reason for each problem.
#[utoipa::path(get, path = "/api/v1/sync/health", tag = "sync", responses(
    (status = 200, body = Success<SyncHealth>,
     description = "`reasons[].code`: one of the codes in docs/doctor.md, the same that `gerai doctor` shows"),
    (status = 403, description = "Admins only")))]
pub async fn get_health(State(app): State<App>, actor: Actor<ManageSync>) -> Result<Success<SyncHealth>, ApiError> {
    let (env, link) = (app.env.clone(), app.link.clone());
    actor.read(move |tx| crate::health::health(tx, &env, Some(&link), time::now())).await.map(Success::new)
}
