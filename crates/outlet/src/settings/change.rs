//! Changing the link to head office: over HTTP and from the terminal. Keys go in and never come out.

use rusqlite::{Transaction, params};
use serde::Deserialize;
use utoipa::ToSchema;
use web::ApiError;

use super::cloud::{Cloud, cloud};
use crate::config::SyncEnv;
use crate::text;

/// What changes; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeOutletConfig {
    /// This outlet's id at the hub.
    pub outlet_id: Option<String>,
    /// For people.
    pub outlet_name: Option<String>,
    /// Begins its order numbers.
    pub outlet_code: Option<String>,
    /// Ends in `/v1`.
    pub cloud_api_url: Option<String>,
    /// This outlet's key.
    pub cloud_api_key: Option<String>,
    /// Whether the worker syncs by itself.
    pub sync_enabled: Option<bool>,
    /// 1 to 1440.
    pub sync_interval_minutes: Option<u32>,
}

impl ChangeOutletConfig {
    fn check(&self) -> Result<(), ApiError> {
        if let Some(url) = &self.cloud_api_url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            let message = "'cloud_api_url' must begin with https:// or http:// and end in /v1.";
            return Err(ApiError::unprocessable("invalid_url", message));
        }
        if self.sync_interval_minutes.is_some_and(|m| !(1..=1_440).contains(&m)) {
            let message = "'sync_interval_minutes' must be 1 to 1440.";
            return Err(ApiError::unprocessable("invalid_interval", message));
        }
        for (field, value) in [
            ("outlet_id", &self.outlet_id),
            ("outlet_name", &self.outlet_name),
            ("outlet_code", &self.outlet_code),
            ("cloud_api_key", &self.cloud_api_key),
        ] {
            text::optional(field, value.as_deref(), 200)?;
        }
        Ok(())
    }
}

/// Changes the link; a running server obeys within about a second. Says how it is set since.
///
/// # Errors
/// 422.
pub fn change(tx: &Transaction<'_>, change: &ChangeOutletConfig, env: &SyncEnv) -> Result<Cloud, ApiError> {
    change.check()?;
    tx.execute("insert or ignore into outlet_config (id) values (1)", [])?;
    tx.execute(
        "update outlet_config set outlet_id = coalesce(?1, outlet_id), outlet_name = coalesce(?2, outlet_name),
         outlet_code = coalesce(?3, outlet_code), cloud_api_url = coalesce(?4, cloud_api_url),
         cloud_api_key = coalesce(?5, cloud_api_key), sync_enabled = coalesce(?6, sync_enabled),
         sync_interval_minutes = coalesce(?7, sync_interval_minutes) where id = 1",
        params![
            change.outlet_id,
            change.outlet_name,
            change.outlet_code,
            change.cloud_api_url,
            change.cloud_api_key,
            change.sync_enabled,
            change.sync_interval_minutes
        ],
    )?;
    Ok(cloud(tx, env)?)
}
