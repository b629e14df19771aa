//! The variables of the environment and of `.env`. The only code that reads them.
//!
//! The environment wins over `.env` in the working directory; an empty variable counts as not set in either. Flags win
//! over both: see `cli`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::{env_file, out};

/// Every variable that Gerai reads.
pub const KNOWN: [&str; 25] = [
    "DB_PATH",
    "SERVER_PORT",
    "SERVER_HOST",
    "SYNC_ENABLED",
    "CLOUD_API_URL",
    "CLOUD_API_KEY",
    "OUTLET_ID",
    "OUTLET_CODE",
    "SYNC_INTERVAL_MINUTES",
    "WEBHOOK_SECRET",
    "HUB_DATABASE_URL",
    "HUB_LISTEN",
    "HUB_WEBHOOK_ALLOW_PRIVATE",
    "HUB_SILENT_AFTER_MINUTES",
    "TRUSTED_PROXIES",
    "ALLOWED_ORIGINS",
    "ALLOWED_HOSTS",
    "HUB_ALLOWED_HOSTS",
    "HUB_TRUSTED_PROXIES",
    "HUB_ALLOWED_ORIGINS",
    "PGPASSWORD",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "RUST_LOG",
    "GERAI_LOG_FORMAT",
];

static FILE: OnceLock<BTreeMap<String, String>> = OnceLock::new();

/// Reads `.env` in the working directory, if there is one, and warns of what in it has no effect.
///
/// # Errors
/// A sentence that names the line.
pub fn load_file() -> Result<()> {
    let bytes = match std::fs::read(".env") {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context("cannot read .env"),
    };
    let file = env_file::read(&bytes, &KNOWN)?;
    for warning in &file.warnings {
        out::note(format_args!("gerai: {warning}"));
    }
    FILE.get_or_init(|| file.values);
    Ok(())
}

/// A variable's value without spaces around it; none where it is not set or empty.
///
/// # Errors
/// A sentence that names the variable.
pub fn get(name: &'static str) -> Result<Option<String>> {
    Ok(exact(name)?.and_then(given))
}

/// A variable's value as it is; none where it is not set or empty.
///
/// # Errors
/// A sentence that names the variable.
pub fn exact(name: &'static str) -> Result<Option<String>> {
    match raw(name).map(OsString::into_string).transpose() {
        Ok(value) => Ok(value),
        Err(_) => bail!("{name} holds bytes that are no text (UTF-8)"),
    }
}

/// A variable that holds a path, which need not be text.
pub fn path(name: &'static str) -> Option<PathBuf> {
    raw(name).map(PathBuf::from)
}

/// A variable that is read into a value; `takes` says of which kind.
///
/// # Errors
/// A sentence that names the variable.
pub fn parsed<T: FromStr>(name: &'static str, takes: &str) -> Result<Option<T>> {
    let Some(value) = get(name)? else { return Ok(None) };
    value.parse().map(Some).map_err(|_| anyhow::anyhow!("{name} must be {takes}, not '{value}'"))
}

/// A value that somebody has filled in.
pub fn given(value: String) -> Option<String> {
    Some(value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The credential of this name that systemd has unsealed for this service alone.
///
/// # Errors
/// It is there and cannot be read.
pub fn credential(name: &str) -> Result<Option<String>> {
    let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") else { return Ok(None) };
    let file = PathBuf::from(folder).join(name);
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(given(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read the credential {}", file.display())),
    }
}

fn raw(name: &'static str) -> Option<OsString> {
    debug_assert!(KNOWN.contains(&name), "{name} is missing in KNOWN");
    let filled = |value: &OsString| value.to_str().is_none_or(|value| !value.trim().is_empty());
    let in_file = || FILE.get()?.get(name).map(OsString::from);
    std::env::var_os(name).filter(filled).or_else(in_file).filter(filled)
}
