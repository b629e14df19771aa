//! The variables of the environment and of `.env`. Only this module reads them.
//!
//! The environment takes precedence over `.env` in the working directory; an empty variable counts as not set. Flags
//! take precedence over both: see `cli`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::{env_file, out};

/// All variables that Gerai reads.
pub const KNOWN: [&str; 33] = [
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
    "SERVER_TLS",
    "SERVER_TLS_CERT",
    "SERVER_TLS_KEY",
    "SERVER_TLS_LISTEN",
    "HUB_TLS",
    "HUB_TLS_CERT",
    "HUB_TLS_KEY",
    "HUB_TLS_LISTEN",
    "PGPASSWORD",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "RUST_LOG",
    "GERAI_LOG_FORMAT",
];

static FILE: OnceLock<BTreeMap<String, String>> = OnceLock::new();

/// Reads `.env` in the working directory, if it exists, and warns about lines without effect.
///
/// # Errors
/// A message with the line number.
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

/// The trimmed value of a variable; `None` if it is not set or empty.
///
/// # Errors
/// A message with the variable's name.
pub fn get(name: &'static str) -> Result<Option<String>> {
    Ok(exact(name)?.and_then(non_empty))
}

/// The exact value of a variable; `None` if it is not set or empty.
///
/// # Errors
/// A message with the variable's name.
pub fn exact(name: &'static str) -> Result<Option<String>> {
    match raw(name).map(OsString::into_string).transpose() {
        Ok(value) => Ok(value),
        Err(_) => bail!("{name} is not valid UTF-8 text"),
    }
}

/// A path in a variable, which need not be UTF-8.
pub fn path(name: &'static str) -> Option<PathBuf> {
    raw(name).map(PathBuf::from)
}

/// The parsed value of a variable; `expected` describes the kind.
///
/// # Errors
/// A message with the variable's name.
pub fn parsed<T: FromStr>(name: &'static str, expected: &str) -> Result<Option<T>> {
    let Some(value) = get(name)? else { return Ok(None) };
    value.parse().map(Some).map_err(|_| anyhow::anyhow!("{name} must be {expected}, not '{value}'"))
}

/// The value, unless it is empty.
pub fn non_empty(value: String) -> Option<String> {
    Some(value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The credential of this name that systemd provides to this service.
///
/// # Errors
/// The file exists but cannot be read.
pub fn credential(name: &str) -> Result<Option<String>> {
    let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") else { return Ok(None) };
    let file = PathBuf::from(folder).join(name);
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(non_empty(text)),
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
