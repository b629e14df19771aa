//! What the environment says about the hub; `outlet_config` in the database wins over it.

use web::webhook::Secret;

/// What the environment says about the hub. The source document's six variables fill in what `outlet_config` leaves
/// empty; secrets of webhooks come from the environment only.
#[derive(Debug, Clone, Default)]
pub struct SyncEnv {
    /// `SYNC_ENABLED`.
    pub enabled: Option<bool>,
    /// `CLOUD_API_URL`, ending in `/v1`.
    pub cloud_api_url: Option<String>,
    /// `CLOUD_API_KEY`.
    pub cloud_api_key: Option<String>,
    /// `OUTLET_ID`.
    pub outlet_id: Option<String>,
    /// `OUTLET_CODE`.
    pub outlet_code: Option<String>,
    /// `SYNC_INTERVAL_MINUTES`.
    pub interval_minutes: Option<u32>,
    /// `WEBHOOK_SECRET`: any of them may sign; none: webhooks are not taken.
    pub webhook_secrets: Vec<Secret>,
}
