//! Settings of the link to head office: `outlet_config`, completed by the environment.

use std::fmt;

use domain::link::LinkRefused;
use domain::{ids, link};
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};
use web::messages::Message;
use web::{ApiError, Code};

use crate::config::SyncEnv;
use crate::settings::key_origin;

/// Default minutes between rounds.
const INTERVAL_MINUTES: u32 = 5;

/// The current settings of the link to the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubLink {
    /// Whether the worker syncs.
    pub enabled: bool,
    /// This outlet's id at the hub.
    pub outlet_id: Option<String>,
    /// Code for people.
    pub outlet_code: Option<String>,
    /// Name for people.
    pub outlet_name: Option<String>,
    /// Normalized if it is valid.
    pub api_url: Option<String>,
    /// Never shown.
    pub api_key: Option<String>,
    /// Scheme, host and port of the hub that the key belongs to, if a hub has accepted it.
    pub key_origin: Option<String>,
    /// Minutes between rounds without another cause.
    pub interval_minutes: u32,
    /// When the hub last answered, RFC 3339.
    pub last_sync_at: Option<String>,
}

/// The address of the hub, with the data that identifies this outlet.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Without a slash at the end.
    pub api_url: String,
    /// Never shown.
    pub api_key: String,
    /// This outlet's id.
    pub outlet_id: String,
    /// This outlet's code.
    pub outlet_code: String,
}

impl HubLink {
    /// The settings alone, without the time of the last sync.
    #[must_use]
    pub fn settings_only(self) -> Self {
        Self { last_sync_at: None, ..self }
    }

    /// The complete link to the hub.
    ///
    /// # Errors
    /// "Cloud API not configured …": a setting is missing or invalid, or the key belongs to another address.
    pub fn address(&self) -> Result<Address, NotConfigured> {
        let address = self.configured()?;
        match self.other_origin(&address) {
            None => Ok(address),
            Some(origin) => Err(NotConfigured::Elsewhere { origin: origin.clone(), url: address.api_url }),
        }
    }

    /// The configured address if the key belongs to another one: a hub there must first prove that it knows the key.
    #[must_use]
    pub fn unproven_address(&self) -> Option<Address> {
        self.configured().ok().filter(|address| self.other_origin(address).is_some())
    }

    fn other_origin(&self, address: &Address) -> Option<&String> {
        self.key_origin.as_ref().filter(|origin| **origin != link::origin(&address.api_url))
    }

    fn configured(&self) -> Result<Address, NotConfigured> {
        match (&self.api_url, &self.api_key, &self.outlet_id) {
            (Some(api_url), Some(api_key), Some(outlet_id)) => {
                // The sqlite3 shell can write invalid values.
                let invalid = |name, refused| NotConfigured::Invalid { name, refused };
                let api_url = link::hub_url(api_url).map_err(|refused| invalid("cloud_api_url", refused))?;
                Ok(Address {
                    api_url,
                    api_key: api_key.clone(),
                    outlet_id: ids::stored_as(outlet_id),
                    outlet_code: match &self.outlet_code {
                        Some(code) => link::outlet_code(code).map_err(|refused| invalid("outlet_code", refused))?,
                        None => String::new(),
                    },
                })
            }
            (url, key, id) => {
                let missing: Vec<_> = [(url, "CLOUD_API_URL"), (key, "CLOUD_API_KEY"), (id, "OUTLET_ID")]
                    .iter()
                    .filter(|(value, _)| value.is_none())
                    .map(|(_, name)| *name)
                    .collect();
                Err(NotConfigured::Missing(missing.join(", ")))
            }
        }
    }
}

/// Why there is no usable link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotConfigured {
    /// Names of the missing settings.
    Missing(String),
    /// An invalid setting.
    Invalid {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        refused: LinkRefused,
    },
    /// The key belongs to another hub than the address.
    Elsewhere {
        /// The origin that the key belongs to.
        origin: String,
        /// The configured address.
        url: String,
    },
}

impl From<NotConfigured> for ApiError {
    fn from(refused: NotConfigured) -> Self {
        let because = |reason| Code::CloudNotConfigured.because(reason);
        match refused {
            NotConfigured::Missing(names) => because("missing").with("names", names),
            NotConfigured::Invalid { name, refused } => because("invalid").field(name, refused),
            NotConfigured::Elsewhere { origin, url } => because("elsewhere").with("home", origin).with("url", url),
        }
    }
}

impl NotConfigured {
    /// What is missing or wrong, and where to set it.
    #[must_use]
    pub fn to_message(&self) -> Message {
        ApiError::from(self.clone()).to_message()
    }
}

/// In English, for logs and the terminal.
impl fmt::Display for NotConfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&ApiError::from(self.clone()).message())
    }
}

/// Reads the settings of the link.
///
/// # Errors
/// The database failed.
pub fn hub_link(tx: &Transaction<'_>, env: &SyncEnv) -> Result<HubLink, Fault> {
    let sql = "select outlet_id, outlet_code, outlet_name, cloud_api_url, cloud_api_key, sync_enabled,
        sync_interval_minutes, last_sync_at from (select 1) left join outlet_config on id = 1";
    let found = tx.prepare_cached(sql)?.query_row([], |row| {
        let text = |column: usize, fallback: &Option<String>| -> rusqlite::Result<Option<String>> {
            let filled = |value: &String| Some(value.trim().to_owned()).filter(|v| !v.is_empty());
            let value: Option<String> = row.read(column)?;
            Ok(value.as_ref().and_then(filled).or_else(|| fallback.as_ref().and_then(filled)))
        };
        Ok(HubLink {
            enabled: row.read::<Option<bool>>(5)?.or(env.enabled).unwrap_or(false),
            outlet_id: text(0, &env.outlet_id)?,
            outlet_code: text(1, &env.outlet_code)?,
            outlet_name: text(2, &None)?,
            api_url: text(3, &env.cloud_api_url)?.map(|url| link::hub_url(&url).unwrap_or(url)),
            api_key: text(4, &env.cloud_api_key)?,
            interval_minutes: row.read::<Option<u32>>(6)?.or(env.interval_minutes).unwrap_or(INTERVAL_MINUTES).max(1),
            key_origin: None,
            last_sync_at: row.read(7)?,
        })
    })?;
    let key_origin = found.api_key.as_ref().map(|key| key_origin::find(tx, key)).transpose()?.flatten();
    Ok(HubLink { key_origin, ..found })
}
