//! Changes the link to head office, over HTTP and from the terminal. Keys are written, never shown.

use access::audit::{Author, Deed, record, record_change};
use domain::audit::AuditAction;
use domain::{ids, link, text};
use rusqlite::{Transaction, params};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use web::extract::changed;
use web::messages::Message;
use web::{ApiError, Code, Problem, time};

use crate::admin::settings::OutletConfig;
use crate::config::SyncEnv;
use crate::settings::hub_link::{HubLink, hub_link};
use crate::settings::key_origin;

/// Maximum length of a key; the hub's keys are shorter.
const MAX_KEY: usize = 200;

/// Settings to change. A missing field stays; null clears it, and so does a blank text, except in the address.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeOutletConfig {
    /// This outlet's id at the hub.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    pub outlet_id: Option<Option<String>>,
    /// Name for people.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    pub outlet_name: Option<Option<String>>,
    /// Prefix of its order numbers: 1 to 32 letters, digits and hyphens.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    pub outlet_code: Option<Option<String>>,
    /// Begins with `https://` or `http://` and ends in `/v1`. A key is sent only to the hub that it belongs to: set the
    /// key too if head office has moved to another address.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    pub cloud_api_url: Option<Option<String>>,
    /// This outlet's key.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<String>)]
    pub cloud_api_key: Option<Option<String>>,
    /// Whether the worker syncs; null: the environment decides.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<bool>)]
    pub sync_enabled: Option<Option<bool>>,
    /// 1 to 1440; null: the environment decides.
    #[serde(default, deserialize_with = "changed")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1440)]
    pub sync_interval_minutes: Option<Option<u32>>,
}

/// Normalizes a text.
type Normalize = fn(&str) -> Result<String, Message>;

impl ChangeOutletConfig {
    /// The same change with every value normalized.
    fn clean(&self) -> Result<Self, ApiError> {
        if self.sync_interval_minutes.flatten().is_some_and(|m| !(1..=1_440).contains(&m)) {
            let not_between = Problem::NotBetween.with("least", 1).with("most", 1_440);
            return Err(Code::InvalidInterval.field("sync_interval_minutes", not_between));
        }
        let clean = |field, code: Code, value: &Option<Option<String>>, normalize: Normalize| {
            let Some(value) = value else { return Ok(None) };
            let is_set = |text: &&str| code == Code::InvalidUrl || !text.trim().is_empty();
            let value = value.as_deref().filter(is_set).map(normalize).transpose();
            value.map(Some).map_err(|problem| code.field(field, problem))
        };
        Ok(Self {
            outlet_id: clean("outlet_id", Code::InvalidText, &self.outlet_id, |text| {
                text::CODE.clean(text).map(|id| ids::stored_as(&id)).map_err(Message::from)
            })?,
            outlet_name: clean("outlet_name", Code::InvalidText, &self.outlet_name, |text| {
                text::NAME.clean(text).map_err(Message::from)
            })?,
            outlet_code: clean("outlet_code", Code::InvalidOutletCode, &self.outlet_code, |text| {
                link::outlet_code(text).map_err(Message::from)
            })?,
            cloud_api_url: clean("cloud_api_url", Code::InvalidUrl, &self.cloud_api_url, |text| {
                link::hub_url(text).map_err(Message::from)
            })?,
            cloud_api_key: clean("cloud_api_key", Code::InvalidText, &self.cloud_api_key, |text| {
                let key = text.trim();
                let is_key = key.len() <= MAX_KEY && key.bytes().all(|b| b.is_ascii_graphic());
                if is_key { Ok(key.to_owned()) } else { Err(Problem::NotAKey.into()) }
            })?,
            ..*self
        })
    }
}

/// Changes the link and returns the new settings; a running server applies them within about a second.
///
/// # Errors
/// 422.
pub fn change<'a>(
    tx: &Transaction<'_>,
    by: impl Into<Author<'a>>,
    change: &ChangeOutletConfig,
    env: &SyncEnv,
) -> Result<HubLink, ApiError> {
    let before = OutletConfig::from(hub_link(tx, env)?);
    let change = change.clean()?;
    let sets_key = change.cloud_api_key.as_ref().is_some_and(Option::is_some);
    tx.execute("insert or ignore into outlet_config (id) values (1)", [])?;
    tx.execute(
        "update outlet_config set outlet_id = iif(?1, ?2, outlet_id), outlet_name = iif(?3, ?4, outlet_name),
         outlet_code = iif(?5, ?6, outlet_code), cloud_api_url = iif(?7, ?8, cloud_api_url),
         cloud_api_key = iif(?9, ?10, cloud_api_key), sync_enabled = iif(?11, ?12, sync_enabled),
         sync_interval_minutes = iif(?13, ?14, sync_interval_minutes) where id = 1",
        params![
            change.outlet_id.is_some(),
            change.outlet_id.flatten(),
            change.outlet_name.is_some(),
            change.outlet_name.flatten(),
            change.outlet_code.is_some(),
            change.outlet_code.flatten(),
            change.cloud_api_url.is_some(),
            change.cloud_api_url.flatten(),
            change.cloud_api_key.is_some(),
            change.cloud_api_key.flatten(),
            change.sync_enabled.is_some(),
            change.sync_enabled.flatten(),
            change.sync_interval_minutes.is_some(),
            change.sync_interval_minutes.flatten()
        ],
    )?;
    if sets_key {
        key_origin::unbind_key(tx)?;
    }
    let changed = hub_link(tx, env)?;
    let after = OutletConfig::from(changed.clone());
    let deed = Deed::new(AuditAction::LinkChanged);
    if sets_key {
        // Another key shows in no value.
        record(tx, by, deed.with(json!({"key_changed": true, "after": after})), time::now())?;
    } else {
        record_change(tx, by, deed, (Some(&before), Some(&after)), time::now())?;
    }
    Ok(changed)
}
