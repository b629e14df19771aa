//! Arguments that several commands share. Flags take precedence over the environment, the environment over `.env`, and
//! all over the defaults.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use outlet::SyncEnv;

use crate::tls::OutletTlsArgs;
use crate::variables;

/// The database.
#[derive(Args, Clone)]
pub struct DbArg {
    /// The outlet's database file [env: DB_PATH] [default: ./pos.db]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
}

impl DbArg {
    /// The path from the flag or the variable.
    pub fn path(&self) -> PathBuf {
        db_path(self.db.as_ref())
    }
}

/// The path of the outlet's database: from the flag or the variable.
pub fn db_path(flag: Option<&PathBuf>) -> PathBuf {
    flag.cloned().or_else(|| variables::path("DB_PATH")).unwrap_or_else(|| "./pos.db".into())
}

/// Options of the outlet's server.
#[derive(Args, Clone)]
pub struct OutletArgs {
    #[command(flatten)]
    pub db: DbArg,
    /// Port of the API and the pages; 0 selects a free port [env: SERVER_PORT] [default: 8080]
    #[arg(long)]
    port: Option<u16>,
    /// Address to listen on; 0.0.0.0 for the tills on the shop's network [env: SERVER_HOST] [default: 127.0.0.1]
    #[arg(long)]
    host: Option<String>,
    #[command(flatten)]
    pub tls: OutletTlsArgs,
    #[command(flatten)]
    pub edge: EdgeArgs,
    #[command(flatten)]
    pub sync: SyncEnvArgs,
}

impl OutletArgs {
    /// Host and port to listen on.
    pub fn listen(&self) -> Result<(String, u16)> {
        let host = match self.host.clone().and_then(variables::non_empty) {
            Some(host) => host,
            None => variables::get("SERVER_HOST")?.unwrap_or_else(|| "127.0.0.1".to_owned()),
        };
        let port = match self.port {
            Some(port) => port,
            None => variables::parsed("SERVER_PORT", "a port from 0 to 65535")?.unwrap_or(8080),
        };
        Ok((host, port))
    }
}

/// Who can reach the outlet's server.
#[derive(Args, Clone)]
pub struct EdgeArgs {
    /// Reverse proxies whose X-Forwarded-For is trusted, separated by commas [env: TRUSTED_PROXIES]
    #[arg(long, value_name = "ADDRESSES")]
    trusted_proxies: Option<String>,
    /// Origins of other pages that may call the API, separated by commas [env: ALLOWED_ORIGINS]
    #[arg(long, value_name = "ORIGINS")]
    allowed_origins: Option<String>,
    /// Public names of the server, separated by commas [env: ALLOWED_HOSTS]
    #[arg(long, value_name = "NAMES")]
    allowed_hosts: Option<String>,
}

impl EdgeArgs {
    /// Reads flags and variables; the server also answers to `host`.
    pub fn read(self, host: &str) -> Result<web::Edge> {
        let hosts = value(self.allowed_hosts, "ALLOWED_HOSTS")?.unwrap_or_default();
        let proxies = value(self.trusted_proxies, "TRUSTED_PROXIES")?;
        edge(proxies, value(self.allowed_origins, "ALLOWED_ORIGINS")?, Some(&format!("{hosts},{host}")))
    }
}

/// Parses the lists; without `hosts` the server answers to any name.
pub fn edge(proxies: Option<String>, origins: Option<String>, hosts: Option<&str>) -> Result<web::Edge> {
    let (proxies, origins) = (proxies.unwrap_or_default(), origins.unwrap_or_default());
    web::Edge::parse(&proxies, &origins, hosts).map_err(anyhow::Error::msg)
}

/// The link to the hub. Values in the table `outlet_config` take precedence.
#[derive(Args, Clone)]
pub struct SyncEnvArgs {
    /// Sync automatically with the hub: true or false [env: SYNC_ENABLED]
    #[arg(long, value_name = "BOOL")]
    sync_enabled: Option<String>,
    /// Address of the hub, ending in /v1 [env: CLOUD_API_URL]
    #[arg(long, value_name = "URL")]
    cloud_api_url: Option<String>,
    /// This outlet's key [env: CLOUD_API_KEY]
    #[arg(long, value_name = "KEY")]
    cloud_api_key: Option<String>,
    /// This outlet's id at the hub [env: OUTLET_ID]
    #[arg(long, value_name = "UUID")]
    outlet_id: Option<String>,
    /// This outlet's code, the prefix of its order numbers [env: OUTLET_CODE]
    #[arg(long, value_name = "CODE")]
    outlet_code: Option<String>,
    /// Minutes between sync rounds without another cause [env: SYNC_INTERVAL_MINUTES]
    #[arg(long, value_name = "MINUTES")]
    sync_interval_minutes: Option<String>,
    /// Secrets that may sign the hub's webhooks, separated by spaces; without any, webhooks are rejected [env:
    /// WEBHOOK_SECRET]
    #[arg(long, value_name = "SECRETS")]
    webhook_secret: Option<String>,
}

impl SyncEnvArgs {
    /// Reads flags and variables.
    pub fn read(self) -> Result<SyncEnv> {
        let enabled = switch("SYNC_ENABLED", value(self.sync_enabled, "SYNC_ENABLED")?.as_deref())?;
        let interval_minutes = value(self.sync_interval_minutes, "SYNC_INTERVAL_MINUTES")?
            .map(|v| {
                v.parse()
                    .ok()
                    .filter(|m| (1..=1_440).contains(m))
                    .with_context(|| format!("SYNC_INTERVAL_MINUTES must be a number from 1 to 1440, not '{v}'"))
            })
            .transpose()?;
        let webhook_secrets = secret(self.webhook_secret, "WEBHOOK_SECRET", "webhook_secret")?.unwrap_or_default();
        let webhook_secrets = webhook_secrets.split_whitespace().map(str::parse).collect::<Result<_, _>>();
        let webhook_secrets = webhook_secrets.context("WEBHOOK_SECRET cannot be used")?;
        Ok(SyncEnv {
            enabled,
            cloud_api_url: value(self.cloud_api_url, "CLOUD_API_URL")?,
            cloud_api_key: secret(self.cloud_api_key, "CLOUD_API_KEY", "cloud_api_key")?,
            outlet_id: value(self.outlet_id, "OUTLET_ID")?,
            outlet_code: value(self.outlet_code, "OUTLET_CODE")?,
            interval_minutes,
            webhook_secrets,
        })
    }
}

/// The value of a flag or else of the variable; an empty one counts as not set, as in an unedited `.env`.
pub fn value(flag: Option<String>, variable: &'static str) -> Result<Option<String>> {
    match flag.and_then(variables::non_empty) {
        Some(value) => Ok(Some(value)),
        None => variables::get(variable),
    }
}

/// A secret: from the flag or variable, else the credential of this name that systemd provides to this service.
fn secret(flag: Option<String>, variable: &'static str, credential: &str) -> Result<Option<String>> {
    match value(flag, variable)? {
        Some(value) => Ok(Some(value)),
        None => variables::credential(credential),
    }
}

/// Parses `HOST:PORT`; `option` is named in errors. Without a port, `default` is used.
pub fn host_and_port(option: &str, text: &str, default: u16) -> Result<(String, u16)> {
    let is_address = text.parse::<std::net::IpAddr>().is_ok();
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !is_address => (host, port.parse().ok()),
        // A lone number is a port without a host.
        _ => (text, Some(default).filter(|_| text.parse::<u16>().is_err())),
    };
    let port =
        port.with_context(|| format!("{option} must be HOST:PORT, for example 127.0.0.1:{default}, not '{text}'"))?;
    Ok((host.trim_matches(['[', ']']).to_owned(), port))
}

/// Parses a boolean; an empty value counts as not set.
pub fn switch(name: &str, value: Option<&str>) -> Result<Option<bool>> {
    match value.unwrap_or_default().trim().to_lowercase().as_str() {
        "" => Ok(None),
        "true" | "1" | "yes" | "on" => Ok(Some(true)),
        "false" | "0" | "no" | "off" => Ok(Some(false)),
        other => bail!("{name} must be true or false, not '{other}'"),
    }
}
