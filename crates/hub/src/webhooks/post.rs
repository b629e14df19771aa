//! Posts a message and interprets the answer.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Url};
use web::messages::{Reason, ReasonCode};
use web::webhook::{self, ID, SIGNATURE, TIMESTAMP};

use super::address::{Private, is_public, literal_ip};
use super::message::Message;

/// Time limit from name resolution to the answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// 2xx.
    Delivered,
    /// 410: the endpoint wants no more hints.
    Gone,
    /// Any other answer, or none.
    Failed {
        /// Does not contain the body of the answer, which might be confidential.
        reason: Reason,
        /// The value of `Retry-After`.
        retry_after: Option<SignedDuration>,
    },
}

/// Whether hints may go to an address.
type Allowed = fn(IpAddr) -> bool;

/// Posts hints.
pub(super) struct Poster {
    client: Option<Client>,
    allowed: Allowed,
}

/// The system's resolver.
struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Returns allowed addresses only. The connection uses the result, so a later change of the name has no effect.
struct Checked {
    inner: Arc<dyn Resolve>,
    allowed: Allowed,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, allowed) = (name.as_str().to_owned(), self.allowed);
        let found = self.inner.resolve(name);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = found.await?.filter(|address| allowed(address.ip())).collect();
            if addresses.is_empty() {
                return Err(Private(host).into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl Poster {
    /// Posts to public addresses, or to any.
    pub(super) fn new(allow_private: bool) -> Self {
        Self::through(Arc::new(System), if allow_private { |_| true } else { is_public })
    }

    fn through(inner: Arc<dyn Resolve>, allowed: Allowed) -> Self {
        let names = Arc::new(Checked { inner, allowed });
        // A pooled connection would use the previous address of the name.
        let client = web::client::build(|builder| builder.dns_resolver(Arc::clone(&names)).pool_max_idle_per_host(0));
        let client =
            client.inspect_err(|error| tracing::error!(%error, "cannot create an HTTP client for webhooks")).ok();
        Self { client, allowed }
    }

    /// Sends a hint as of `now`.
    pub(super) async fn post(&self, message: &Message, now: Timestamp) -> Outcome {
        self.send(message, now).await.unwrap_or_else(|reason| Outcome::Failed { reason, retry_after: None })
    }

    async fn send(&self, message: &Message, now: Timestamp) -> Result<Outcome, Reason> {
        let client = self.client.as_ref().ok_or(ReasonCode::NoHttpClient)?;
        let url =
            Url::parse(&message.url).map_err(|error| ReasonCode::InvalidRequest.with("detail", error.to_string()))?;
        if let Some(address) = literal_ip(&url).filter(|&address| !(self.allowed)(address)) {
            return Err(private(&address.to_string()));
        }
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(ID, &message.id)
            .header(TIMESTAMP, webhook::timestamp(now))
            .header(SIGNATURE, webhook::sign(&message.secrets, &message.id, now, &message.body))
            .timeout(TIMEOUT)
            .body(message.body.clone());
        let answer = request.send().await.map_err(|error| reason(&error))?;
        Ok(match answer.status().as_u16() {
            200..=299 => Outcome::Delivered,
            410 => Outcome::Gone,
            status @ 300..=399 => Outcome::Failed { reason: refused(status, "yes"), retry_after: None },
            status => {
                Outcome::Failed { reason: refused(status, "no"), retry_after: retry_after(answer.headers(), now) }
            }
        })
    }
}

fn refused(status: u16, redirect: &'static str) -> Reason {
    ReasonCode::WebhookRefused.with("status", u32::from(status)).with("redirect", redirect).into()
}

fn private(address: &str) -> Reason {
    ReasonCode::WebhookPrivate.with("address", address).into()
}

fn reason(error: &reqwest::Error) -> Reason {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if let Some(found) = cause.downcast_ref::<Private>() {
        return private(found.address());
    }
    if error.is_timeout() {
        return ReasonCode::WebhookTimeout.into();
    }
    ReasonCode::WebhookUnreachable.with("problem", web::unreachable::why(error)).into()
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(i64::from(seconds)));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(at.duration_since(now))
}

#[cfg(test)]
mod tests;
