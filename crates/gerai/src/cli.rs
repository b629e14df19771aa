//! The command line. Flags win over the environment, the environment over `.env`, and all over the defaults.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use outlet::config::SyncEnv;

use crate::{backup_cmd, demo, doctor, enroll_cmd, hub_cmd, outlet_cmd, sync_cmd};

/// An offline-first point of sale: the outlet's server, head office's server, and their tools.
///
/// Without a command it is the outlet's server. Each option can also be set by the environment variable named beside
/// it, or in a file `.env` in the working directory.
#[derive(Parser)]
#[command(name = "gerai", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    outlet: OutletArgs,
}

#[derive(Subcommand)]
enum Command {
    /// The outlet's server (what `gerai` alone does)
    Outlet(OutletArgs),
    /// Head office's server, its outlets and its users
    Hub(hub_cmd::HubArgs),
    /// A hub and outlets in one process, with a sample café that sells
    Demo(demo::DemoArgs),
    /// This outlet joins head office with a one-time code; again after a restore or on a new machine
    Enroll(enroll_cmd::EnrollArgs),
    /// What waits for head office, what has failed, and trying again
    Sync(sync_cmd::SyncArgs),
    /// Checks an outlet's database and its link to head office, in plain words
    Doctor(doctor::DoctorArgs),
    /// Copies an outlet's database into a new file, checked; also while the server runs
    Backup(backup_cmd::BackupArgs),
    /// Puts a backup in the place of an outlet's database, whose server must have stopped; keeps what was there
    Restore(backup_cmd::RestoreArgs),
    /// Prints the API's description (OpenAPI, JSON)
    Openapi {
        /// Whose API
        #[arg(value_enum)]
        of: Api,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Api {
    Outlet,
    Hub,
}

/// Which database.
#[derive(Args, Clone)]
pub struct DbArg {
    /// The outlet's database file
    #[arg(long, env = "DB_PATH", default_value = "./pos.db", value_name = "FILE")]
    pub db: PathBuf,
}

/// The outlet's server.
#[derive(Args, Clone)]
pub struct OutletArgs {
    #[command(flatten)]
    pub db: DbArg,
    /// Port of the API and the pages; 0 picks a free one
    #[arg(long, env = "SERVER_PORT", default_value_t = 8080)]
    pub port: u16,
    /// Address to listen on; 0.0.0.0 for the tills on the shop's network
    #[arg(long, env = "SERVER_HOST", default_value = "127.0.0.1")]
    pub host: String,
    #[command(flatten)]
    pub sync: SyncEnvArgs,
}

/// The link to head office. What stands in the table `outlet_config` wins over these.
#[derive(Args, Clone)]
pub struct SyncEnvArgs {
    /// Send changes to head office by itself: true or false
    #[arg(long, env = "SYNC_ENABLED", value_name = "BOOL", hide_env_values = true)]
    sync_enabled: Option<String>,
    /// Head office's address, ending in /v1
    #[arg(long, env = "CLOUD_API_URL", value_name = "URL", hide_env_values = true)]
    cloud_api_url: Option<String>,
    /// This outlet's key
    #[arg(long, env = "CLOUD_API_KEY", value_name = "KEY", hide_env_values = true)]
    cloud_api_key: Option<String>,
    /// This outlet's id at head office
    #[arg(long, env = "OUTLET_ID", value_name = "UUID", hide_env_values = true)]
    outlet_id: Option<String>,
    /// This outlet's code; begins its order numbers
    #[arg(long, env = "OUTLET_CODE", value_name = "CODE", hide_env_values = true)]
    outlet_code: Option<String>,
    /// Minutes between rounds when nothing else causes one
    #[arg(long, env = "SYNC_INTERVAL_MINUTES", value_name = "MINUTES", hide_env_values = true)]
    sync_interval_minutes: Option<String>,
    /// Secrets that may sign head office's webhooks, separated by spaces; without any, none are taken
    #[arg(long, env = "WEBHOOK_SECRET", value_name = "SECRETS", hide_env_values = true)]
    webhook_secret: Option<String>,
}

impl SyncEnvArgs {
    /// What the environment says; an empty value counts as not set, as in a `.env` that was not filled in.
    pub fn read(self) -> Result<SyncEnv> {
        let enabled = switch("SYNC_ENABLED", self.sync_enabled.as_deref())?;
        let interval_minutes = given(self.sync_interval_minutes)
            .map(|v| {
                v.parse()
                    .ok()
                    .filter(|m| (1..=1_440).contains(m))
                    .with_context(|| format!("SYNC_INTERVAL_MINUTES must be a number from 1 to 1440, not '{v}'"))
            })
            .transpose()?;
        let webhook_secrets = secret(self.webhook_secret, "webhook_secret")?.unwrap_or_default();
        let webhook_secrets = webhook_secrets.split_whitespace().map(str::parse).collect::<Result<_, _>>();
        let webhook_secrets = webhook_secrets.context("WEBHOOK_SECRET cannot be used")?;
        Ok(SyncEnv {
            enabled,
            cloud_api_url: given(self.cloud_api_url),
            cloud_api_key: secret(self.cloud_api_key, "cloud_api_key")?,
            outlet_id: given(self.outlet_id),
            outlet_code: given(self.outlet_code),
            interval_minutes,
            webhook_secrets,
        })
    }
}

/// A value that somebody has filled in.
fn given(value: Option<String>) -> Option<String> {
    value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
}

/// A secret: as given, else the credential of this name that systemd has unsealed for this service alone.
fn secret(value: Option<String>, credential: &str) -> Result<Option<String>> {
    let value = given(value);
    let (None, Some(folder)) = (&value, std::env::var_os("CREDENTIALS_DIRECTORY")) else { return Ok(value) };
    let file = PathBuf::from(folder).join(credential);
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(given(Some(text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read the credential {}", file.display())),
    }
}

/// Reads a switch; nothing counts as not set.
pub fn switch(name: &str, value: Option<&str>) -> Result<Option<bool>> {
    match value.unwrap_or_default().trim().to_lowercase().as_str() {
        "" => Ok(None),
        "true" | "1" | "yes" | "on" => Ok(Some(true)),
        "false" | "0" | "no" | "off" => Ok(Some(false)),
        other => anyhow::bail!("{name} must be true or false, not '{other}'"),
    }
}

impl Cli {
    /// Runs what was asked for.
    pub async fn run(self) -> Result<ExitCode> {
        match self.command {
            None => outlet_cmd::run(self.outlet).await,
            Some(Command::Outlet(args)) => outlet_cmd::run(args).await,
            Some(Command::Hub(args)) => hub_cmd::run(args).await,
            Some(Command::Demo(args)) => demo::run(args).await,
            Some(Command::Enroll(args)) => enroll_cmd::run(args).await,
            Some(Command::Sync(args)) => sync_cmd::run(args).await,
            Some(Command::Doctor(args)) => doctor::run(args).await,
            Some(Command::Backup(args)) => backup_cmd::back_up(&args),
            Some(Command::Restore(args)) => backup_cmd::restore(&args),
            Some(Command::Openapi { of }) => {
                let api = match of {
                    Api::Outlet => outlet::api(),
                    Api::Hub => hub::api(),
                };
                println!("{}", api.to_pretty_json()?);
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// Reads `.env` in the working directory, if there is one. What the environment sets already stays.
pub fn load_env_file() -> Result<()> {
    let text = match std::fs::read_to_string(".env") {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context("cannot read .env"),
    };
    // No variable can hold one, and whoever sets it all the same panics with the value, which may be a key.
    if let Some(before) = text.lines().position(|line| line.contains('\0')) {
        anyhow::bail!("line {} of .env holds a NUL byte; write the file again as plain text", before + 1);
    }
    match dotenvy::from_read(text.as_bytes()) {
        Ok(()) => Ok(()),
        Err(dotenvy::Error::LineParse(part, _)) => {
            // What stands there may be a key: its place is enough.
            let part = part.lines().next().unwrap_or_default();
            let number = text.lines().position(|line| line.ends_with(part)).map_or(0, |before| before + 1);
            anyhow::bail!("line {number} of .env cannot be read; write NAME=value, with quotes around spaces")
        }
        Err(error) => Err(error).context("cannot read .env"),
    }
}
