//! Explains why a server is unreachable and what to do. The message follows "cannot be reached: ".

use std::error::Error;
use std::io;

use jiff::Timestamp;
use rustls::CertificateError as Certificate;
use rustls::pki_types::UnixTime;

use crate::messages::{Arg, Message, Notice};

/// The deepest cause of a failed request, with advice for the common ones.
#[must_use]
pub fn why(error: &reqwest::Error) -> Message {
    describe(error)
}

fn describe(error: &(dyn Error + 'static)) -> Message {
    let mut cause = error;
    loop {
        if let Some(described) = tls(cause).or_else(|| network(cause)) {
            return described;
        }
        match wrapped(cause) {
            Some(next) => cause = next,
            None => return because("other").with("detail", cause.to_string()),
        }
    }
}

fn because(reason: &'static str) -> Message {
    Notice::NetworkError.with("reason", reason)
}

/// An I/O error skips its wrapped error in `source`.
fn wrapped<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| error.source())
}

fn tls(error: &(dyn Error + 'static)) -> Option<Message> {
    Some(match error.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::InvalidMessage(_) => because("no_https"),
        error => because("secure").with("detail", error.to_string()),
    })
}

fn certificate(error: &Certificate) -> Message {
    match error {
        Certificate::ExpiredContext { time, not_after } => {
            because("certificate_expired").with("day", day(*not_after)).with("today", day(*time))
        }
        Certificate::NotValidYetContext { time, not_before } => {
            because("certificate_early").with("day", day(*not_before)).with("today", day(*time))
        }
        Certificate::NotValidForNameContext { presented, .. } => {
            // `DnsName("hub.example")`
            let name = |shown: &'_ String| shown.split('"').nth(1).unwrap_or(shown).to_owned();
            because("certificate_name").with("names", Arg::list(presented.iter().map(name), 3))
        }
        Certificate::UnknownIssuer => because("certificate_issuer"),
        other => because("certificate").with("detail", other.to_string()),
    }
}

fn network(error: &(dyn Error + 'static)) -> Option<Message> {
    let error = error.downcast_ref::<io::Error>()?;
    let system = error.to_string();
    // The standard library has no error kind for a failed DNS lookup.
    if system.starts_with("failed to lookup address information") {
        return Some(because("name").with("detail", system.rsplit(": ").next().unwrap_or_default()));
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(because("refused").with("detail", system)),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            Some(because("route").with("detail", system))
        }
        _ => None,
    }
}

fn day(at: UnixTime) -> String {
    let at = i64::try_from(at.as_secs()).ok().and_then(|at| Timestamp::from_second(at).ok());
    at.map_or_else(|| "?".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::InvalidMessage;
    use rustls::pki_types::ServerName;

    use super::*;

    /// The error as a client returns it: wrapped in an I/O error within another error.
    fn within(error: impl Error + Send + Sync + 'static) -> String {
        describe(&io::Error::other(io::Error::other(error))).to_string()
    }

    #[test]
    fn an_invalid_certificate_is_reported_with_advice() {
        let at = |days: u64| UnixTime::since_unix_epoch(Duration::from_secs(days * 86_400));
        let elsewhere = Certificate::NotValidForNameContext {
            expected: ServerName::try_from("hub.example").unwrap(),
            presented: vec!["DnsName(\"elsewhere.example\")".to_owned()],
        };
        for (error, expected) in [
            (
                Certificate::ExpiredContext { time: at(20_000), not_after: at(19_999) },
                "until 2024-10-03, and the clock of this machine says 2024-10-04",
            ),
            (
                Certificate::NotValidYetContext { time: at(0), not_before: at(19_999) },
                "from 2024-10-03 on, and the clock of this machine says 1970-01-01; correct the clock",
            ),
            (elsewhere, "another server's (elsewhere.example); check the address"),
            (Certificate::UnknownIssuer, "add the authority"),
            (Certificate::BadEncoding, "cannot be trusted"),
        ] {
            let message = within(rustls::Error::InvalidCertificate(error));
            assert!(message.contains(expected), "{message}");
        }
        assert!(
            within(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)).contains("does not speak HTTPS")
        );
    }

    #[test]
    fn network_errors_are_reported_with_advice() {
        let of = |kind: io::ErrorKind| describe(&io::Error::from(kind)).to_string();
        assert!(of(io::ErrorKind::ConnectionRefused).starts_with("the connection was refused"));
        assert!(of(io::ErrorKind::NetworkUnreachable).contains("online"));
        assert_eq!(of(io::ErrorKind::ConnectionReset), "connection reset");
        let lookup = "failed to lookup address information: Name or service not known";
        assert!(within(io::Error::other(lookup)).contains("cannot be resolved: Name or service not known; check"));
    }
}
