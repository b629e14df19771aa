//! Reads what a certificate says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::TlsError;

/// A certificate's names and period.
#[derive(Debug)]
pub(super) struct Certificate {
    /// Addresses and names, as people write them.
    pub(super) names: Vec<String>,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`].
    pub(super) fn parse(der: &[u8]) -> Result<Self, TlsError> {
        let unreadable = |error: x509_cert::der::Error| TlsError::Unreadable(error.to_string());
        let certificate = x509_cert::Certificate::from_der(der).map_err(unreadable)?.tbs_certificate;
        let names = certificate.get::<SubjectAltName>().map_err(unreadable)?;
        let names = names.map(|(_, SubjectAltName(names))| names).unwrap_or_default();
        let validity = certificate.validity;
        Ok(Self {
            names: names.iter().filter_map(name).collect(),
            not_before: timestamp(validity.not_before.to_unix_duration()),
            not_after: timestamp(validity.not_after.to_unix_duration()),
        })
    }

    /// The period after whose end the certificate is replaced.
    pub(super) fn first_half(&self) -> Range<Timestamp> {
        let half = self.not_after.duration_since(self.not_before) / 2;
        self.not_before..self.not_before.saturating_add(half).unwrap_or(self.not_after)
    }
}

/// SHA-256 as browsers and phones show it: `AB:CD:…`.
pub(super) fn fingerprint(der: &[u8]) -> String {
    let bytes: Vec<_> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| IpAddr::V4(Ipv4Addr::from(bytes)));
            let address = v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes))));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn timestamp(since_epoch: Duration) -> Timestamp {
    let since_epoch = SignedDuration::try_from(since_epoch).unwrap_or(SignedDuration::MAX);
    Timestamp::UNIX_EPOCH.saturating_add(since_epoch).unwrap_or(Timestamp::MAX)
}
