//! A local certificate authority, which devices in a shop trust once.
//!
//! Its key never leaves the server. Name constraints in its certificate limit what it can vouch for to private addresses and
//! local names (RFC 5280, 4.2.1.10), and it cannot create another authority.

use ::time::OffsetDateTime;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, PublicKeyData,
    SanType,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};

use super::certificate::Certificate;
use super::{Names, TlsError};

/// The authority outlives the devices that trust it.
const AUTHORITY_DAYS: i64 = 3_650;
/// Apple's systems reject more than 825 days, public authorities use 398.
const LEAF_DAYS: i64 = 397;
/// The clocks of devices may be late.
const BACKDATED: SignedDuration = SignedDuration::from_hours(24);
/// No authority begins before this program was written, whatever a machine without a battery believes: it would expire early.
const EARLIEST: &str = "2026-11-01T00:00:00Z";

/// Networks that it may vouch for, with their masks.
const V4: [([u8; 4], [u8; 4]); 4] = [
    ([10, 0, 0, 0], [255, 0, 0, 0]),
    ([172, 16, 0, 0], [255, 240, 0, 0]),
    ([192, 168, 0, 0], [255, 255, 0, 0]),
    ([127, 0, 0, 0], [255, 0, 0, 0]),
];
/// First bytes of networks that it may vouch for, with their masks.
const V6: [([u8; 2], [u8; 2]); 2] = [([0xfe, 0x80], [0xff, 0xc0]), ([0xfc, 0x00], [0xfe, 0x00])];
/// Names that it may vouch for, with all names below them.
const HOSTS: [&str; 2] = ["local", "gerai.internal"];

/// A local authority.
#[derive(Debug)]
pub struct Authority {
    der: CertificateDer<'static>,
    expires_at: Timestamp,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Creates an authority and returns its certificate and its private key in PEM, to be stored where only the server can
    /// read it.
    ///
    /// # Errors
    /// [`TlsError::NotMade`].
    pub fn create(now: Timestamp) -> Result<String, TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = params(&key);
        let earliest = EARLIEST.parse().unwrap_or(now);
        let begin = now.max(earliest).saturating_sub(BACKDATED).unwrap_or(now);
        (params.not_before, params.not_after) = period(begin, AUTHORITY_DAYS)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: permitted(), excluded_subtrees: Vec::new() });
        let certificate = params.self_signed(&key)?;
        Ok(pem("CERTIFICATE", certificate.der()) + &pem("PRIVATE KEY", &key.serialize_der()))
    }

    /// The authority that [`Authority::create`] has stored.
    ///
    /// # Errors
    /// [`TlsError::Authority`].
    pub fn load(pem: &str) -> Result<Self, TlsError> {
        let unusable = |error: &dyn std::fmt::Display| TlsError::Authority(error.to_string());
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| unusable(&error))?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| unusable(&error))?;
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256);
        let key = key.map_err(|error| unusable(&error))?;
        let expires_at = Certificate::parse(&der).map_err(|error| unusable(&error))?.not_after;
        // The subject follows from the key, so that issued certificates name their issuer.
        Ok(Self { der, expires_at, issuer: Issuer::new(params(&key), key) })
    }

    /// The certificate in DER.
    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    /// When the certificate expires.
    pub(super) fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// A new certificate for these names, with its key.
    ///
    /// # Errors
    /// [`TlsError::NotMade`].
    pub(super) fn issue(
        &self,
        names: &Names,
        now: Timestamp,
    ) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = common_name("Gerai");
        let begin = now.saturating_sub(BACKDATED).unwrap_or(now);
        let days = self.expires_at.duration_since(begin).as_hours() / 24;
        (params.not_before, params.not_after) = period(begin, days.min(LEAF_DAYS))?;
        let addresses = names.addresses.iter().copied().map(SanType::IpAddress);
        let hosts = names.hosts.iter().map(|host| Ok(SanType::DnsName(host.as_str().try_into()?)));
        params.subject_alt_names = addresses.map(Ok).chain(hosts).collect::<Result<_, rcgen::Error>>()?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok((certificate.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der()).into()))
    }
}

/// The subject of an authority with this key: people see it in the settings of their devices, and tell two outlets apart.
fn params(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    let hash: String = Sha256::digest(key.der_bytes())[..4].iter().map(|byte| format!("{byte:02X}")).collect();
    params.distinguished_name = common_name(&format!("Gerai {hash}"));
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

fn permitted() -> Vec<GeneralSubtree> {
    let v4 = V4.iter().map(|(network, mask)| CidrSubnet::V4(*network, *mask));
    let wide = |[first, second]: [u8; 2]| {
        let mut bytes = [0; 16];
        (bytes[0], bytes[1]) = (first, second);
        bytes
    };
    let v6 = V6.iter().map(|(network, mask)| CidrSubnet::V6(wide(*network), wide(*mask)));
    let hosts = HOSTS.iter().map(|host| GeneralSubtree::DnsName((*host).to_owned()));
    v4.chain(v6).map(GeneralSubtree::IpAddress).chain(hosts).collect()
}

/// A period of this many days, without fractions of a second, which certificates cannot have.
fn period(begin: Timestamp, days: i64) -> Result<(OffsetDateTime, OffsetDateTime), TlsError> {
    let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| TlsError::NotMade(rcgen::Error::Time));
    Ok((at(begin.as_second())?, at(begin.as_second() + days * 24 * 3_600)?))
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
