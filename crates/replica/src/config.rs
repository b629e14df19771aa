//! Settings of the hub link from the environment; `outlet_config` in the database overrides them.

use web::webhook::Secret;

/// The six variables of the source document, for settings that `outlet_config` leaves empty, and the webhook secrets,
/// which come from the environment only.
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
    /// `WEBHOOK_SECRET`: each may sign. Without any, webhooks are rejected.
    pub webhook_secrets: Vec<Secret>,
}
