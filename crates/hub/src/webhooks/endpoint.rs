//! An outlet's endpoint: its address and signing secrets. Set by the command line and by head office's API.

use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use serde::Serialize;
use store::{Fault, Row, Tx};
use utoipa::ToSchema;
use web::messages::{Problem, Reason};
use web::webhook::Secret;
use web::{Localized, time};

use super::EndpointState;
use super::address::{Private, is_public, literal_ip};
use crate::outlets::{FindRefused, Outlet, find, find_active};

/// How long the previous secret signs too: time to set the new one at the outlet.
pub(super) const OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);
const MAX_URL: usize = 2_048;

/// An outlet's endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Endpoint {
    /// The outlet's id.
    pub outlet_id: String,
    /// The outlet's code.
    pub outlet_code: String,
    /// The URL that hints are sent to.
    pub url: String,
    /// State of the endpoint.
    pub state: EndpointState,
    /// The new secret, if one was created now; it is shown once.
    pub secret: Option<String>,
    /// Until when the previous secret signs too.
    pub previous_secret_until: Option<String>,
    /// When a hint was last delivered.
    pub delivered_at: Option<String>,
    /// Consecutive failures since then.
    pub failures: i64,
    /// The last error.
    pub last_error: Option<Localized>,
}

/// Why a URL cannot be the address of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlInvalid {
    /// It is not an HTTP URL with a host.
    #[error("it must begin with https:// (or http:// inside your own network) and a host name")]
    Form,
    /// It contains a user or password, which lists would show.
    #[error("it must not contain a user or password")]
    User,
    /// It contains a fragment, which is never sent.
    #[error("it must not contain a # part")]
    Fragment,
    /// It is longer than a URL may be.
    #[error("it must have at most {MAX_URL} characters")]
    TooLong,
}

impl From<UrlInvalid> for web::messages::Message {
    fn from(invalid: UrlInvalid) -> Self {
        let of = |reason: &'static str| Problem::NotAWebhookUrl.with("reason", reason);
        match invalid {
            UrlInvalid::Form => of("form"),
            UrlInvalid::User => of("user"),
            UrlInvalid::Fragment => of("fragment"),
            UrlInvalid::TooLong => Problem::TooLong.with("most", MAX_URL),
        }
    }
}

/// Why an endpoint cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum EndpointRefused {
    /// The address is invalid.
    #[error("{0:?} cannot be a webhook's address: {1}")]
    Url(String, UrlInvalid),
    /// The address is private.
    #[error(transparent)]
    Private(Private),
    /// The outlet has no endpoint.
    #[error("the outlet {0} has no webhook; set one with --url")]
    None(String),
    /// The outlet is refused.
    #[error(transparent)]
    Outlet(#[from] FindRefused),
}

impl From<Fault> for EndpointRefused {
    fn from(fault: Fault) -> Self {
        FindRefused::from(fault).into()
    }
}

const FIND: &str = "
    select url, state, previous_secret_until, delivered_at, failures, last_error_code,
      last_error_args, last_error from webhooks where outlet_id = ?1";
// Resets the failures, because somebody has acted: the heads are sent at once, which shows whether the address works.
const PUT: &str = "
    insert into webhooks (outlet_id, url, secret, state, delivered_cursor, failures, next_try_at)
    values (?1, ?2, ?3, 'active', '', 0, ?4)
    on conflict (outlet_id) do update set url = excluded.url, state = 'active', delivered_cursor = '', failures = 0,
      first_failed_at = null, next_try_at = excluded.next_try_at, last_error_code = null, last_error_args = null,
      last_error = null";
const ROTATE: &str = "
    update webhooks set previous_secret = secret, previous_secret_until = ?3, secret = ?2 where outlet_id = ?1";
const REMOVE: &str = "delete from webhooks where outlet_id = ?1";

/// The outlet's endpoint; without its secret.
///
/// # Errors
/// [`EndpointRefused`].
pub fn get(tx: &mut Tx<'_>, code_or_id: &str, now: Timestamp) -> Result<Endpoint, EndpointRefused> {
    let outlet = find(tx, code_or_id)?;
    read(tx, &outlet, now)?.ok_or(EndpointRefused::None(outlet.code))
}

/// Sets the address of the outlet's webhook. The first time creates a secret; later the secret stays.
///
/// # Errors
/// [`EndpointRefused`].
pub fn set_url(tx: &mut Tx<'_>, code_or_id: &str, url: &str, now: Timestamp) -> Result<Endpoint, EndpointRefused> {
    let url = check(url).map_err(|why| EndpointRefused::Url(url.to_owned(), why))?;
    let outlet = find_active(tx, code_or_id)?;
    let is_new = read(tx, &outlet, now)?.is_none();
    let secret = Secret::random().reveal();
    tx.execute(PUT, &[(&outlet.outlet_id).into(), (&url).into(), (&secret).into(), (&time::text(now)).into()])?;
    let endpoint = read(tx, &outlet, now)?.ok_or(EndpointRefused::None(outlet.code))?;
    Ok(Endpoint { secret: is_new.then_some(secret), ..endpoint })
}

/// Creates another secret; the previous one signs too for seven days.
///
/// # Errors
/// [`EndpointRefused`].
pub fn rotate_secret(tx: &mut Tx<'_>, code_or_id: &str, now: Timestamp) -> Result<Endpoint, EndpointRefused> {
    let outlet = find_active(tx, code_or_id)?;
    let secret = Secret::random().reveal();
    let until = time::text(now.saturating_add(OVERLAP).unwrap_or(now));
    tx.execute(ROTATE, &[(&outlet.outlet_id).into(), (&secret).into(), (&until).into()])?;
    let endpoint = read(tx, &outlet, now)?.ok_or(EndpointRefused::None(outlet.code))?;
    Ok(Endpoint { secret: Some(secret), ..endpoint })
}

/// Removes the endpoint and its secrets.
///
/// # Errors
/// [`EndpointRefused`].
pub fn remove(tx: &mut Tx<'_>, code_or_id: &str) -> Result<Outlet, EndpointRefused> {
    let outlet = find(tx, code_or_id)?;
    if tx.execute(REMOVE, &[(&outlet.outlet_id).into()])? == 0 {
        return Err(EndpointRefused::None(outlet.code));
    }
    Ok(outlet)
}

fn read(tx: &mut Tx<'_>, outlet: &Outlet, now: Timestamp) -> Result<Option<Endpoint>, Fault> {
    // An expiry that was set by a clock that ran ahead counts as expired.
    let signs = time::text(now)..=time::text(now.saturating_add(OVERLAP).unwrap_or(now));
    let read = |row: &Row<'_>| {
        Ok(Endpoint {
            outlet_id: outlet.outlet_id.clone(),
            outlet_code: outlet.code.clone(),
            url: row.string(0)?,
            state: EndpointState::of(row, 1)?.unwrap_or(EndpointState::Unknown),
            secret: None,
            previous_secret_until: row.maybe_string(2)?.filter(|until| signs.contains(until)),
            delivered_at: row.maybe_string(3)?,
            failures: row.int(4)?,
            last_error: last_error(row, 5)?,
        })
    };
    tx.first(FIND, &[(&outlet.outlet_id).into()], read)
}

/// The last error of an endpoint: three columns from `first`.
pub(crate) fn last_error(row: &Row<'_>, first: usize) -> Result<Option<Localized>, Fault> {
    let args = row.maybe_text(first + 1)?;
    let reason = Reason::from_columns(row.maybe_string(first)?, args.as_deref(), row.maybe_string(first + 2)?);
    Ok(reason.map(|reason| reason.message().into()))
}

/// Refuses an IP address that is not on the public internet. Host names are resolved and checked when a webhook is
/// sent.
pub(super) fn refuse_private(url: &str) -> Result<(), EndpointRefused> {
    let address = Url::parse(url.trim()).ok().as_ref().and_then(literal_ip);
    match address.filter(|&address| !is_public(address)) {
        Some(address) => Err(EndpointRefused::Private(Private(address.to_string()))),
        None => Ok(()),
    }
}

/// A host name is checked when a webhook is sent, because it may resolve to another address then.
fn check(text: &str) -> Result<String, UrlInvalid> {
    let url = Url::parse(text.trim()).map_err(|_| UrlInvalid::Form)?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err(UrlInvalid::Form);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlInvalid::User);
    }
    if url.fragment().is_some() {
        return Err(UrlInvalid::Fragment);
    }
    if url.as_str().len() > MAX_URL { Err(UrlInvalid::TooLong) } else { Ok(url.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_addresses_without_credentials_are_accepted() {
        assert_eq!(check(" https://POS.example.com ").unwrap(), "https://pos.example.com/");
        assert!(check("http://10.0.0.7:8080/api/v1/webhooks/cloud").is_ok());
        let long = format!("https://pos.example.com/{}", "a".repeat(MAX_URL));
        let wrong = ["", "pos.example.com", "ftp://pos.example.com", "https://", "https://a:b@pos.example.com"];
        for text in wrong.into_iter().chain(["https://a@pos.example.com", "https://pos.example.com/#x", &long]) {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
