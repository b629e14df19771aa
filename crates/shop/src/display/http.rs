//! Customer displays over HTTP, for paired devices: a till publishes, a display follows. A display may be a second window of the
//! till's own browser, or a tablet that is paired as a device of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use access::device::PairedDevice;
use axum::extract::State;
use rusqlite::{OptionalExtension, Transaction};
use serde::{Deserialize, Serialize};
use sqlite::{Fault, ReadRow};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, Code, Json, Problem, Query, Success, time};

use super::View;
use crate::devices;
use crate::state::Shop;

/// Longest wait of a display for a change, in seconds.
const MAX_WAIT_S: u64 = 30;

/// Whether anybody sees what a till publishes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Followed {
    /// A display follows this till. Otherwise stop publishing until `GET /status` says that one does.
    followed: bool,
}

/// Publishes what this till shows its guest.
#[utoipa::path(put, path = "/api/v1/devices/me/display", tag = "devices", request_body = View, responses(
    (status = 200, body = Success<Followed>), (status = 401, description = "`not_paired`"),
    (status = 422, description = "`invalid_body`")))]
pub async fn publish_display(
    State(app): State<Shop>,
    device: PairedDevice,
    Json(view): Json<View>,
) -> Result<Success<Followed>, ApiError> {
    let followed = app.displays.publish(device.id(), view.check(time::now())?, Instant::now());
    Ok(Success::new(Followed { followed }))
}

/// A till that a display can follow.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowedTill {
    /// Id of the device.
    id: String,
    /// Its name.
    name: String,
    /// It is the device that asks.
    is_own: bool,
}

/// Lists the tills that a display can follow.
#[utoipa::path(get, path = "/api/v1/display/tills", tag = "devices", responses(
    (status = 200, body = Success<Vec<FollowedTill>>), (status = 401, description = "`not_paired`")))]
pub async fn list_display_tills(device: PairedDevice) -> Result<Success<Vec<FollowedTill>>, ApiError> {
    let own = device.id().to_owned();
    let tills = device.read(devices::active_tills).await?;
    let tills = tills.into_iter().map(|(id, name)| FollowedTill { is_own: id == own, id, name });
    Ok(Success::new(tills.collect()))
}

/// What the guest reads while nothing is sold.
fn outlet_name(tx: &Transaction<'_>) -> Result<Option<String>, Fault> {
    let sql = "select outlet_name from outlet_config where id = 1";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.read(0)).optional()?.flatten())
}

/// Which till, and what the display shows already.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DisplayQuery {
    /// Id of the till. Default: the device that asks.
    till: Option<String>,
    /// The version that the display shows: the answer waits for another one.
    after: Option<u64>,
    /// Seconds to wait for it, at most 30. Default: 0.
    #[param(maximum = 30)]
    wait: Option<u64>,
}

/// What a till shows its guest.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisplayAnswer {
    /// Send it as `after`.
    version: u64,
    /// What to show; null: greet the guest.
    #[schema(value_type = Option<View>)]
    view: Option<Arc<View>>,
    /// Name of the shop.
    outlet_name: Option<String>,
}

/// Returns what a till shows its guest, at once or when it changes.
#[utoipa::path(get, path = "/api/v1/display", tag = "devices", params(DisplayQuery), responses(
    (status = 200, body = Success<DisplayAnswer>), (status = 401, description = "`not_paired`"),
    (status = 404, description = "`not_found`: no such till"), (status = 422, description = "`invalid_query`")))]
pub async fn get_display(
    State(app): State<Shop>,
    device: PairedDevice,
    Query(query): Query<DisplayQuery>,
) -> Result<Success<DisplayAnswer>, ApiError> {
    let wait = query.wait.unwrap_or(0);
    if wait > MAX_WAIT_S {
        return Err(Code::InvalidQuery.field("wait", Problem::NotBetween.with("least", 0).with("most", MAX_WAIT_S)));
    }
    let till = query.till.unwrap_or_else(|| device.id().to_owned());
    let known = till.clone();
    let outlet_name = device
        .read(move |tx| {
            let tills = devices::active_tills(tx)?;
            if tills.iter().all(|(id, _)| *id != known) {
                return Err(Code::NotFound.because("device"));
            }
            outlet_name(tx).map_err(ApiError::from)
        })
        .await?;
    let found = app.displays.next(&till, query.after, Duration::from_secs(wait)).await;
    Ok(Success::new(DisplayAnswer { version: found.version, view: found.view, outlet_name }))
}
