//! `gerai sync settings`: shows or changes the link to the hub.

use std::io::Read;

use anyhow::{Context, Result};
use clap::Args;
use outlet::local_admin::LocalAdmin;
use replica::settings::change::ChangeOutletConfig;
use web::Notice;

use crate::out::{say, tell};
use crate::refusals::Refusal;

/// The settings to change; without any, they are shown.
#[derive(Args)]
pub struct SettingsArgs {
    /// Address of the hub, ending in /v1
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Read this outlet's key from standard input
    #[arg(long)]
    key_stdin: bool,
    /// Minutes between sync rounds without another cause, 1 to 1440
    #[arg(long, value_name = "MINUTES")]
    interval_minutes: Option<u32>,
    /// Enable automatic sync
    #[arg(long)]
    on: bool,
    /// Disable sync; changes stay pending
    #[arg(long, conflicts_with = "on")]
    off: bool,
}

/// Changes the settings, and prints those in force.
pub fn run(admin: &LocalAdmin, args: SettingsArgs, json: bool) -> Result<()> {
    let change = ChangeOutletConfig {
        cloud_api_url: args.url.map(Some),
        cloud_api_key: args.key_stdin.then(read_key).transpose()?.map(Some),
        sync_enabled: (args.on || args.off).then_some(Some(args.on)),
        sync_interval_minutes: args.interval_minutes.map(Some),
        ..ChangeOutletConfig::default()
    };
    let is_change = change.cloud_api_url.is_some()
        || change.cloud_api_key.is_some()
        || change.sync_enabled.is_some()
        || change.sync_interval_minutes.is_some();
    let settings = if is_change { admin.change_settings(&change)? } else { admin.settings()? };
    let settings = serde_json::to_value(settings)?;
    if json {
        say!("{settings}")?;
        return Ok(());
    }
    let text = |field: &str, absent| settings[field].as_str().unwrap_or(absent).to_owned();
    let shown = Notice::SyncSettings.with("outlet_code", text("outlet_code", "none"));
    let shown = shown.with("outlet_id", text("outlet_id", "?")).with("url", text("cloud_api_url", "none"));
    let shown = shown.with("enabled", if settings["sync_enabled"] == true { "on" } else { "off" });
    let shown = shown.with("key", if settings["cloud_api_key_set"] == true { "set" } else { "missing" });
    tell(shown.with("minutes", settings["sync_interval_minutes"].as_i64().unwrap_or_default()))?;
    if is_change {
        let server = if admin.server_runs()? { "running" } else { "stopped" };
        tell(Notice::SyncSettingsChanged.with("server", server))?;
    }
    Ok(())
}

fn read_key() -> Result<String> {
    let mut key = String::new();
    std::io::stdin().read_to_string(&mut key).context("cannot read the key from standard input")?;
    let key = key.trim();
    if key.is_empty() {
        return Err(Refusal(Notice::SyncKeyMissing.into()).into());
    }
    Ok(key.to_owned())
}
