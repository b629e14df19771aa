//! The admin's endpoints for the link to head office: read, change, test, enroll. Keys are written, never shown.

use access::permission::ManageSync;
use access::session::Actor;
use axum::extract::State;
use domain::link;
use domain::text::CODE;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::reply::Done;
use web::{ApiError, Code, Json, Notice, Success, text};

use crate::client::hub::Client;
use crate::engine::enroll;
use crate::settings::change::{self, ChangeOutletConfig};
use crate::settings::hub_link::{HubLink, hub_link};
use crate::state::Replica;

/// Settings of the link, without the key.
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

impl From<HubLink> for OutletConfig {
    fn from(hub_link: HubLink) -> Self {
        Self {
            outlet_id: hub_link.outlet_id,
            outlet_name: hub_link.outlet_name,
            outlet_code: hub_link.outlet_code,
            cloud_api_url: hub_link.api_url,
            cloud_api_key_set: hub_link.api_key.is_some(),
            sync_enabled: hub_link.enabled,
            sync_interval_minutes: hub_link.interval_minutes,
            last_sync_at: hub_link.last_sync_at,
        }
    }
}

/// Returns the settings of the link to head office.
#[utoipa::path(get, path = "/api/v1/config/outlet", tag = "settings",
    responses((status = 200, body = Success<OutletConfig>)))]
pub async fn get_outlet_config(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
) -> Result<Success<OutletConfig>, ApiError> {
    let env = app.env.clone();
    let found = actor.read(move |tx| hub_link(tx, &env)).await?;
    Ok(Success::new(found.into()))
}

/// Changes the settings of the link; effective within seconds, without a restart.
#[utoipa::path(put, path = "/api/v1/config/outlet", tag = "settings",
    request_body = ChangeOutletConfig, responses(
    (status = 200, body = Success<OutletConfig>), (status = 422, description = "`invalid_url`, `invalid_outlet_code`, `invalid_interval`, `invalid_text`")))]
pub async fn update_outlet_config(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Json(body): Json<ChangeOutletConfig>,
) -> Result<Success<OutletConfig>, ApiError> {
    let env = app.env.clone();
    let changed = actor.write(move |tx, user| change::change(tx, user, &body, &env)).await?;
    Ok(Success::new(changed.into()))
}

/// Tests whether the hub answers and accepts this outlet's key.
#[utoipa::path(post, path = "/api/v1/config/outlet/test", tag = "settings",
    responses(
    (status = 200, body = Done, description = "The hub answers"),
    (status = 409, description = "`cloud_not_configured`"),
    (status = 502, description = "`hub_unreachable`; the message says why")))]
pub async fn test_outlet_config(State(app): State<Replica>, actor: Actor<ManageSync>) -> Result<Done, ApiError> {
    let env = app.env.clone();
    let settings = actor.read(move |tx| hub_link(tx, &env)).await?;
    let address = settings.address()?;
    match Client::new().ping(&address).await {
        Ok(()) => Ok(Done::of(Notice::HubAnswers.with("url", address.api_url))),
        Err(error) => Err(Code::HubUnreachable.with("detail", error.reason().message())),
    }
}

/// The hub, and the code that head office has made for this outlet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cloud_api_url": "https://hub.example.com/v1", "code": "K7M2-X8V5-PQ3R"}))]
pub struct EnrollOutlet {
    /// Begins with `https://` or `http://` and ends in `/v1`.
    cloud_api_url: String,
    /// Valid for one use; after a lost answer it can be sent again.
    #[schema(min_length = 1, max_length = 50)]
    code: String,
}

/// Enrolls this outlet at the hub: the link is set, and sync starts within seconds. The key is made here and never shown.
/// An outlet that is linked can enroll again only if sync has stopped or the hub refuses it.
#[utoipa::path(post, path = "/api/v1/config/outlet/enroll", tag = "settings",
    request_body = EnrollOutlet, responses(
    (status = 200, body = Success<OutletConfig>),
    (status = 401, description = "`invalid_enroll_code`: unknown, used or expired; ask head office for a new one"),
    (status = 409, description = "`already_enrolled`"),
    (status = 422, description = "`invalid_url`, `invalid_text`"),
    (status = 502, description = "`hub_unreachable`; the message says why")))]
pub async fn enroll_outlet(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Json(body): Json<EnrollOutlet>,
) -> Result<Success<OutletConfig>, ApiError> {
    let invalid = |problem| Code::InvalidUrl.field("cloud_api_url", problem);
    let hub_url = link::hub_url(&body.cloud_api_url).map_err(invalid)?;
    let code = text::required("code", &body.code, CODE)?;
    let (env, url) = (app.env.clone(), hub_url.clone());
    let begin = actor.write(move |tx, _| {
        enroll::check_unlinked(tx, &env)?;
        Ok::<_, ApiError>(enroll::begin(tx, &url, &code)?)
    });
    let (request, db) = (begin.await?, app.db.clone());
    // The code is used up at the hub: its answer is applied even if this client hangs up.
    let by = actor.id().to_owned();
    web::detached(async move { enroll::send(&db, &hub_url, request, by).await }).await?;
    get_outlet_config(State(app), actor).await
}
