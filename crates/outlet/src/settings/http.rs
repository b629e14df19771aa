//! Settings over HTTP. The shop's own: everyone who is logged in may read them, managers and admins change them. The
//! link to head office, for the admin: read, change, try. Keys go in and never come out.

use axum::extract::State;
use domain::text::{ADDRESS, PHONE, RECEIPT_FOOTER, TAX_NUMBER};
use domain::{CashRounding, RoundingMode};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::reply::Done;
use web::{ApiError, Json, Success};

use super::change::{self, ChangeOutletConfig};
use super::cloud::{Cloud, cloud};
use super::shop::{self, ShopSettings};
use crate::auth::{Actor, EditCatalog, ManageSync};
use crate::catalog::http::IfMatch;
use crate::state::App;
use crate::sync::cloud::Client;
use crate::text;

/// The shop's settings as a caller says them, all of them: a text that is left out becomes empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShopBody {
    #[serde(default, deserialize_with = "maybe_null")]
    address: Option<String>,
    #[serde(default, deserialize_with = "maybe_null")]
    phone: Option<String>,
    /// NPWP or NPWPD.
    #[serde(default, deserialize_with = "maybe_null")]
    tax_number: Option<String>,
    /// IANA name, for example Asia/Makassar.
    zone: String,
    /// Minutes after local midnight at which the business day begins, 0 to 1439.
    cutoff_minutes: i64,
    /// Minor units: 0 (no rounding), 50, 100, 500 or 1000.
    cash_rounding_step: i64,
    /// nearest, down or up.
    cash_rounding_mode: String,
    #[serde(default, deserialize_with = "maybe_null")]
    receipt_footer: Option<String>,
}

impl ShopBody {
    fn fields(&self) -> Result<shop::Fields, ApiError> {
        if !(0..=1_439).contains(&self.cutoff_minutes) {
            let message = "'cutoff_minutes' must be 0 to 1439: minutes after midnight.";
            return Err(ApiError::unprocessable("invalid_cutoff", message));
        }
        Ok(shop::Fields {
            address: text::optional("address", self.address.as_deref(), ADDRESS)?,
            phone: text::optional("phone", self.phone.as_deref(), PHONE)?,
            tax_number: text::optional("tax_number", self.tax_number.as_deref(), TAX_NUMBER)?,
            zone: zone(&self.zone)?,
            cutoff_minutes: self.cutoff_minutes,
            rounding: rounding(self.cash_rounding_step, &self.cash_rounding_mode)?,
            receipt_footer: text::optional("receipt_footer", self.receipt_footer.as_deref(), RECEIPT_FOOTER)?,
        })
    }
}

/// The zone's name as the IANA spells it.
fn zone(name: &str) -> Result<String, ApiError> {
    let found = TimeZone::get(name).ok();
    found.as_ref().and_then(TimeZone::iana_name).map(str::to_owned).ok_or_else(|| {
        let message = "'zone' must be an IANA time zone, for example Asia/Jakarta, Asia/Makassar or Asia/Jayapura.";
        ApiError::unprocessable("invalid_zone", message)
    })
}

fn rounding(step: i64, mode: &str) -> Result<CashRounding, ApiError> {
    if !CashRounding::STEPS.contains(&step) {
        let message = "'cash_rounding_step' must be 0, 50, 100, 500 or 1000.";
        return Err(ApiError::unprocessable("invalid_rounding", message));
    }
    let mode = RoundingMode::parse(mode).ok_or_else(|| {
        ApiError::unprocessable("invalid_rounding", "'cash_rounding_mode' must be nearest, down or up.")
    })?;
    Ok(CashRounding { step, mode })
}

/// The shop's settings.
#[utoipa::path(get, path = "/api/v1/config/shop", tag = "settings", security(("session" = [])),
    responses((status = 200, body = Success<ShopSettings>)))]
pub async fn read_shop(State(app): State<App>, actor: Actor) -> Result<Success<ShopSettings>, ApiError> {
    actor.read(&app, shop::get).await.map(Success::new)
}

/// Replaces the shop's settings, in force for the next order; `If-Match` with their version guards against changes by
/// others.
#[utoipa::path(put, path = "/api/v1/config/shop", tag = "settings", security(("session" = ["edit_catalog"])),
    params(("If-Match" = Option<String>, Header)),
    request_body = ShopBody, responses(
    (status = 200, body = Success<ShopSettings>), (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_zone`, `invalid_cutoff`, `invalid_rounding`, `invalid_text`")))]
pub async fn change_shop(
    State(app): State<App>,
    actor: Actor<EditCatalog>,
    IfMatch(version): IfMatch,
    Json(body): Json<ShopBody>,
) -> Result<Success<ShopSettings>, ApiError> {
    let fields = body.fields()?;
    actor.edit(&app, move |tx, _| shop::replace(tx, &fields, version)).await.map(Success::new)
}

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
#[utoipa::path(get, path = "/api/v1/config/outlet", tag = "settings", security(("session" = ["manage_sync"])),
    responses((status = 200, body = Success<OutletConfig>)))]
pub async fn read_link(State(app): State<App>, actor: Actor<ManageSync>) -> Result<Success<OutletConfig>, ApiError> {
    let env = app.env.clone();
    let found = actor.read(&app, move |tx| cloud(tx, &env)).await?;
    Ok(Success::new(found.into()))
}

/// Changes the link; in force within a few seconds, without a restart.
#[utoipa::path(put, path = "/api/v1/config/outlet", tag = "settings", security(("session" = ["manage_sync"])),
    request_body = ChangeOutletConfig, responses(
    (status = 200, body = Success<OutletConfig>), (status = 422, description = "`invalid_url`, `invalid_outlet_code`, `invalid_interval`, `invalid_text`")))]
pub async fn change_link(
    State(app): State<App>,
    actor: Actor<ManageSync>,
    Json(body): Json<ChangeOutletConfig>,
) -> Result<Success<OutletConfig>, ApiError> {
    let env = app.env.clone();
    let changed = actor.write(&app, move |tx, _| change::change(tx, &body, &env)).await?;
    Ok(Success::new(changed.into()))
}

/// Tries the link: whether the hub answers and takes this outlet's key.
#[utoipa::path(post, path = "/api/v1/config/outlet/test", tag = "settings", security(("session" = ["manage_sync"])),
    responses(
    (status = 200, body = Done, description = "The hub answers"),
    (status = 409, description = "`cloud_not_configured`"),
    (status = 502, description = "`hub_unreachable`, in words why")))]
pub async fn test_link(State(app): State<App>, actor: Actor<ManageSync>) -> Result<Done, ApiError> {
    let env = app.env.clone();
    let settings = actor.read(&app, move |tx| cloud(tx, &env)).await?;
    let address = settings.address().map_err(|message| ApiError::conflict("cloud_not_configured", message))?;
    match Client::new().ping(&address).await {
        Ok(()) => Ok(Done::new(format!("The hub at {} answers.", address.api_url))),
        Err(error) => Err(ApiError::new(axum::http::StatusCode::BAD_GATEWAY, "hub_unreachable", error.to_string())),
    }
}
