//! Devices over HTTP. Managers and admins pair, change and revoke them; a paired device reads its settings and reports.

use std::time::Instant;

use access::device::{self, PairedDevice};
use access::permission::ManageStaff;
use access::session::Actor;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::device::MAX_LOCK_MINUTES;
use domain::text::{CODE, NAME};
use domain::{DefaultView, DeviceKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::extract::{changed, maybe_null, page_size};
use web::reply::{Done, with_cookie, with_status};
use web::{ApiError, Choice, Code, Json, List, Notice, PageQuery, Path, Problem, Query, Remote, Success};
use web::{secret, text, time, words};

use super::pairing::{self, PairingCode};
use super::report::{self, Report};
use super::{Change, Device, Settings};
use crate::state::Shop;

/// Most waiting sales that a device can report.
const MAX_WAITING: i64 = 1_000_000;

/// Lists the devices, revoked ones too.
#[utoipa::path(get, path = "/api/v1/devices", tag = "devices",
    params(PageQuery), responses((status = 200, body = List<Device>)))]
pub async fn list_devices(actor: Actor<ManageStaff>, Query(page): Query<PageQuery>) -> Result<List<Device>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = page.after()?;
    let devices = actor.read(move |tx| super::list(tx, &after, limit)).await?;
    Ok(web::reply::page(devices, limit, |device| device.id.clone()))
}

/// Returns a device.
#[utoipa::path(get, path = "/api/v1/devices/{id}", tag = "devices", params(("id" = String, Path)), responses(
    (status = 200, body = Success<Device>), (status = 404, description = "`not_found`")))]
pub async fn get_device(actor: Actor<ManageStaff>, Path(id): Path<String>) -> Result<Success<Device>, ApiError> {
    actor.read(move |tx| super::get(tx, &id)).await.map(Success::new)
}

/// The fields to change; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceChange {
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    #[schema(value_type = Option<DeviceKind>, nullable = false)]
    kind: Option<Choice<DeviceKind>>,
    #[schema(value_type = Option<DefaultView>, nullable = false)]
    default_view: Option<Choice<DefaultView>>,
    /// Minutes without a touch before it locks. 0: never.
    #[schema(nullable = false, minimum = 0, maximum = 1_440)]
    lock_after_minutes: Option<i64>,
    /// The cash drawer at this till; null: none. Payments at the till go to the shift of this drawer.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    drawer_id: Option<Option<String>>,
    /// The printer at this till; null: none. Receipts at the till are printed there.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    printer_id: Option<Option<String>>,
}

/// Changes a device.
#[utoipa::path(patch, path = "/api/v1/devices/{id}", tag = "devices", params(("id" = String, Path)),
    request_body = DeviceChange, responses(
    (status = 200, body = Success<Device>), (status = 404, description = "`not_found`"),
    (status = 422, description = "`invalid_text`, `invalid_kind`, `invalid_view`")))]
pub async fn change_device(
    actor: Actor<ManageStaff>,
    Path(id): Path<String>,
    Json(body): Json<DeviceChange>,
) -> Result<Success<Device>, ApiError> {
    let change = Change {
        name: body.name.as_deref().map(|name| text::required("name", name, NAME)).transpose()?,
        kind: words::optional(body.kind.as_ref(), Code::InvalidKind, "kind")?,
        default_view: words::optional(body.default_view.as_ref(), Code::InvalidView, "default_view")?,
        lock_after_minutes: lock_after(body.lock_after_minutes)?,
        drawer_id: body.drawer_id,
        printer_id: body.printer_id,
    };
    actor.write(move |tx, user| super::change(tx, user.into(), &id, &change)).await.map(Success::new)
}

fn lock_after(minutes: Option<i64>) -> Result<Option<i64>, ApiError> {
    between("lock_after_minutes", minutes, MAX_LOCK_MINUTES)
}

fn between(field: &str, number: Option<i64>, most: i64) -> Result<Option<i64>, ApiError> {
    match number {
        Some(number) if !(0..=most).contains(&number) => {
            Err(Code::InvalidBody.field(field, Problem::NotBetween.with("least", 0).with("most", most)))
        }
        number => Ok(number),
    }
}

/// How to revoke a device.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RevokeQuery {
    /// Revoke it although it has reported sales that it has not sent. Default: false.
    force: Option<bool>,
}

/// Revokes a device: its cookie is no longer valid, and the sessions that began on it end.
#[utoipa::path(delete, path = "/api/v1/devices/{id}", tag = "devices", params(("id" = String, Path), RevokeQuery),
    responses((status = 200, body = Done), (status = 404, description = "`not_found`"),
    (status = 409, description = "`device_has_sales`: sales wait on it; send them first, or use `force`")))]
pub async fn revoke_device(
    actor: Actor<ManageStaff>,
    Path(id): Path<String>,
    Query(query): Query<RevokeQuery>,
) -> Result<Done, ApiError> {
    let (force, now) = (query.force.unwrap_or(false), time::now());
    let device = actor.write(move |tx, user| super::revoke(tx, user.into(), &id, force, now)).await?;
    Ok(Done::of(Notice::DeviceRevoked.with("name", device.name)))
}

/// The device to pair.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Kasir depan"}))]
pub struct NewDevice {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Default: `till`.
    #[schema(value_type = Option<DeviceKind>, nullable = false)]
    kind: Option<Choice<DeviceKind>>,
    /// Default: `sell`.
    #[schema(value_type = Option<DefaultView>, nullable = false)]
    default_view: Option<Choice<DefaultView>>,
    /// Minutes without a touch before it locks. 0: never. Default: 10, for a kitchen screen 0.
    #[schema(nullable = false, minimum = 0, maximum = 1_440)]
    lock_after_minutes: Option<i64>,
}

/// Makes a code that pairs a device with these settings. It is valid for five minutes and once.
#[utoipa::path(post, path = "/api/v1/devices/pairing-codes", tag = "devices", request_body = NewDevice, responses(
    (status = 201, body = Success<PairingCode>),
    (status = 422, description = "`invalid_text`, `invalid_kind`, `invalid_view`")))]
pub async fn create_pairing_code(actor: Actor<ManageStaff>, Json(body): Json<NewDevice>) -> Result<Response, ApiError> {
    let kind = words::optional(body.kind.as_ref(), Code::InvalidKind, "kind")?.unwrap_or(DeviceKind::Till);
    let view = words::optional(body.default_view.as_ref(), Code::InvalidView, "default_view")?;
    let settings = Settings {
        name: text::required("name", &body.name, NAME)?,
        kind,
        default_view: view.unwrap_or(DefaultView::Sell),
        lock_after_minutes: lock_after(body.lock_after_minutes)?.unwrap_or(kind.lock_after_minutes()),
    };
    let now = time::now();
    let code = actor.write(move |tx, user| pairing::make_code(tx, user.into(), &settings, now)).await?;
    Ok(with_status(StatusCode::CREATED, Success::new(code)))
}

/// A pairing code, as it was typed or scanned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairDevice {
    code: String,
}

/// A device that was paired.
#[derive(Debug, Serialize, ToSchema)]
pub struct Paired {
    device: Device,
}

/// Pairs this browser: the answer sets a cookie `gerai_device_…`, which identifies it until the device is revoked. A browser
/// that is paired stays the same device, with the settings of the code.
#[utoipa::path(post, path = "/api/v1/devices/pair", tag = "devices", request_body = PairDevice, responses(
    (status = 201, body = Success<Paired>),
    (status = 401, description = "`invalid_pairing_code`: unknown, used or expired; make a new one"),
    (status = 429, description = "`too_many_attempts`: ten wrong codes in a minute from one address; `Retry-After` has \
        the delay")))]
pub async fn pair_device(
    State(app): State<Shop>,
    remote: Remote,
    headers: HeaderMap,
    Json(PairDevice { code }): Json<PairDevice>,
) -> Result<Response, ApiError> {
    let too_many = |seconds| Code::TooManyAttempts.because("code").retry_after(seconds);
    app.pairing_throttle.record_attempt(remote.address, Instant::now()).map_err(too_many)?;
    let now = time::now();
    let tried = code.clone();
    // A wrong code costs no write.
    if !app.db.read(move |tx| pairing::is_valid(tx, &tried, now)).await? {
        return Err(Code::InvalidPairingCode.into());
    }
    let device_secret = secret::random();
    let (id, hash) = (Uuid::now_v7(), secret::key_hash(&device_secret));
    let known = device::cookie_hash(&app.access, &headers);
    let device = app.db.write(move |tx| pairing::pair(tx, &code, id, &hash, known.as_deref(), now)).await?;
    app.pairing_throttle.record_success(remote.address);
    let cookie = app.access.cookies().device.set(&device_secret, remote)?;
    Ok(with_cookie(Some(cookie), with_status(StatusCode::CREATED, Success::new(Paired { device }))))
}

/// Returns the device of this browser.
#[utoipa::path(get, path = "/api/v1/devices/me", tag = "devices", responses((status = 200, body = Success<Device>),
    (status = 401, description = "`not_paired`: it was never paired, or is revoked")))]
pub async fn get_own_device(device: PairedDevice) -> Result<Success<Device>, ApiError> {
    let id = device.id().to_owned();
    device.read(move |tx| super::get(tx, &id)).await.map(Success::new)
}

/// What a device reports.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"waiting": 2, "oldest_waiting_at": "2026-11-22T03:00:00Z", "persisted": true}))]
pub struct Heartbeat {
    /// Sales that it has not sent yet.
    #[schema(minimum = 0, maximum = 1_000_000)]
    waiting: i64,
    /// When the oldest of them was made, by the device's clock.
    #[serde(default, deserialize_with = "maybe_null")]
    oldest_waiting_at: Option<String>,
    /// Whether the browser has promised not to delete the page's data (`navigator.storage.persisted()`).
    #[serde(default, deserialize_with = "maybe_null")]
    persisted: Option<bool>,
    /// Version of its page.
    #[serde(default, deserialize_with = "maybe_null")]
    app_version: Option<String>,
}

/// The answer to a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeartbeatAnswer {
    /// RFC 3339 UTC, for noticing a wrong clock of the device.
    server_time: String,
}

/// Reports that the device runs, and what waits on it. Renews its cookie.
#[utoipa::path(post, path = "/api/v1/devices/me/heartbeat", tag = "devices", request_body = Heartbeat, responses(
    (status = 200, body = Success<HeartbeatAnswer>),
    (status = 401, description = "`not_paired`: it was never paired, or is revoked"),
    (status = 422, description = "`invalid_body`, `invalid_time`, `invalid_text`")))]
pub async fn report_heartbeat(
    State(app): State<Shop>,
    device: PairedDevice,
    remote: Remote,
    Json(body): Json<Heartbeat>,
) -> Result<Response, ApiError> {
    let not_a_time = |_| Code::InvalidTime.field("oldest_waiting_at", Problem::NotATime);
    let oldest = body.oldest_waiting_at.map(|at| at.parse::<Timestamp>().map_err(not_a_time)).transpose()?;
    let report = Report {
        waiting: between("waiting", Some(body.waiting), MAX_WAITING)?.unwrap_or(0),
        oldest_waiting_at: oldest,
        persisted: body.persisted,
        app_version: text::optional("app_version", body.app_version.as_deref(), CODE)?,
    };
    let (id, now) = (device.id().to_owned(), time::now());
    let answer = HeartbeatAnswer { server_time: time::text(now) };
    device.write(move |tx| report::store(tx, &id, &report, now)).await?;
    let cookie = app.access.cookies().device.set(device.secret(), remote)?;
    Ok(with_cookie(Some(cookie), Success::new(answer)))
}
