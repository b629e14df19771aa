//! The link to head office over HTTP, for the admin: read, change, test. Keys go in and never come out.

use access::permission::ManageSync;
use access::session::Actor;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::reply::Done;
use web::{ApiError, Code, Json, Notice, Success};

use crate::client::hub::Client;
use crate::settings::change::{self, ChangeOutletConfig};
use crate::settings::hub_link::{Cloud, cloud};
use crate::state::Replica;

/// The link, without its key.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutletConfig {
    outlet_id: Option<String>,
    outlet_name: Option<String>,
    outlet_code: Option<String>,
    cloud_api_url: Option<String>,
    /// Whether a key is set; the key itself is never shown.
    cloud_api_key_set: bool,
    sync_enabled: bool,
    sync_interval_minutes: u32,
    last_sync_at: Option<String>,
}

impl From<Cloud> for OutletConfig {
    fn from(cloud: Cloud) -> Self {
        Self {
            outlet_id: cloud.outlet_id,
            outlet_name: cloud.outlet_name,
            outlet_code: cloud.outlet_code,
            cloud_api_url: cloud.api_url,
            cloud_api_key_set: cloud.api_key.is_some(),
            sync_enabled: cloud.enabled,
            sync_interval_minutes: cloud.interval_minutes,
            last_sync_at: cloud.last_sync_at,
        }
    }
}

/// The link to head office.
#[utoipa::path(get, path = "/api/v1/config/outlet", tag = "settings",
    responses((status = 200, body = Success<OutletConfig>)))]
pub async fn get_outlet_config(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
) -> Result<Success<OutletConfig>, ApiError> {
    let env = app.env.clone();
    let found = actor.read(move |tx| cloud(tx, &env)).await?;
    Ok(Success::new(found.into()))
}

/// Changes the link; in force within a few seconds, without a restart.
#[utoipa::path(put, path = "/api/v1/config/outlet", tag = "settings",
    request_body = ChangeOutletConfig, responses(
    (status = 200, body = Success<OutletConfig>), (status = 422, description = "`invalid_url`, `invalid_outlet_code`, `invalid_interval`, `invalid_text`")))]
pub async fn update_outlet_config(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Json(body): Json<ChangeOutletConfig>,
) -> Result<Success<OutletConfig>, ApiError> {
    let env = app.env.clone();
    let changed = actor.write(move |tx, _| change::change(tx, &body, &env)).await?;
    Ok(Success::new(changed.into()))
}

/// Tries the link: whether the hub answers and takes this outlet's key.
#[utoipa::path(post, path = "/api/v1/config/outlet/test", tag = "settings",
    responses(
    (status = 200, body = Done, description = "The hub answers"),
    (status = 409, description = "`cloud_not_configured`"),
    (status = 502, description = "`hub_unreachable`, in words why")))]
pub async fn test_outlet_config(State(app): State<Replica>, actor: Actor<ManageSync>) -> Result<Done, ApiError> {
    let env = app.env.clone();
    let settings = actor.read(move |tx| cloud(tx, &env)).await?;
    let address = settings.address()?;
    match Client::new().ping(&address).await {
        Ok(()) => Ok(Done::of(Notice::HubAnswers.with("url", address.api_url))),
        Err(error) => Err(Code::HubUnreachable.with("detail", error.to_string())),
    }
}
