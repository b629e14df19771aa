//! The certificate that a server shows: of its own local authority, or from two files.
//!
//! Guarantees:
//! - The certificate is replaced without a restart when half of its time is over, when the machine's addresses change, or when
//!   the files change. A failed replacement leaves the previous certificate in use.
//! - The local authority can only vouch for private addresses and local names: who steals it cannot forge a bank.
//! - No answer asks browsers to insist on HTTPS (HSTS): a shop whose certificate fails must be able to sell over HTTP.

mod authority;
mod certificate;
mod files;
mod names;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde::Serialize;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

pub use authority::Authority;
pub use names::Names;

use crate::time;
use certificate::Certificate;

/// How often files and addresses are compared.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);
/// An own certificate that expires within this time is reported in the log.
const EXPIRES_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file does not contain what it should.
    #[error("{} has no {what} in PEM format", path.display())]
    Missing {
        /// Its path.
        path: PathBuf,
        /// A certificate or a private key.
        what: &'static str,
    },
    /// The authority's stored key and certificate cannot be used.
    #[error(
        "the stored local authority cannot be used ({0}); delete it to create a new one, which every device must trust again"
    )]
    Authority(String),
    /// The library rejects certificate or key.
    #[error("the certificate cannot be used: {0}")]
    Rejected(#[from] rustls::Error),
    /// The certificate cannot be read.
    #[error("the certificate cannot be read: {0}")]
    Unreadable(String),
    /// A certificate cannot be made.
    #[error("a certificate cannot be made: {0}")]
    NotMade(#[from] rcgen::Error),
}

/// Where the certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// The server does not use TLS.
    Off,
    /// From the server's own authority, which each device must trust once.
    Auto,
    /// From the files of `--tls-cert` and `--tls-key`.
    Files,
}

/// TLS of a server.
#[derive(Debug, Serialize, ToSchema)]
pub struct TlsState {
    /// Where the certificate comes from.
    pub mode: TlsMode,
    /// Port of HTTPS.
    pub port: Option<u16>,
    /// Port of HTTP, where new devices learn to trust the certificate.
    pub http_port: Option<u16>,
    /// Addresses and names that the certificate is valid for.
    pub names: Vec<String>,
    /// When the certificate expires, RFC 3339 UTC. It is replaced before.
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<String>,
    /// SHA-256 of the certificate that devices must trust, as `AB:CD:…`: the authority's, or the one from the files.
    pub fingerprint: Option<String>,
    /// When the authority expires, RFC 3339 UTC.
    #[schema(value_type = Option<String>)]
    pub authority_expires_at: Option<String>,
}

impl TlsState {
    /// Of a server without TLS.
    #[must_use]
    pub fn off() -> Self {
        Self {
            mode: TlsMode::Off,
            port: None,
            http_port: None,
            names: Vec::new(),
            expires_at: None,
            fingerprint: None,
            authority_expires_at: None,
        }
    }
}

/// TLS of a running server, if it uses TLS. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct TlsHandle(pub(crate) Option<Arc<Tls>>);

impl TlsHandle {
    /// Whether the server uses TLS.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Its current state.
    #[must_use]
    pub fn state(&self) -> TlsState {
        self.0.as_ref().map_or_else(TlsState::off, |tls| tls.state())
    }

    /// The authority's certificate in DER, which devices must trust; `None` with files or without TLS.
    #[must_use]
    pub fn authority(&self) -> Option<&[u8]> {
        self.0.as_ref().and_then(|tls| tls.authority())
    }
}

/// The certificate of a server, and how it is replaced.
#[derive(Debug)]
pub struct Tls {
    source: Source,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
    port: AtomicU16,
    http_port: AtomicU16,
}

#[derive(Debug)]
enum Source {
    Authority { authority: Box<Authority>, names: fn() -> Names },
    Files { certificate: PathBuf, key: PathBuf },
}

/// What is shown to clients.
#[derive(Debug)]
struct Current(RwLock<Arc<Shown>>);

#[derive(Debug)]
struct Shown {
    key: Arc<CertifiedKey>,
    certificate: Certificate,
    /// What it was made of: the names, or the content of the files.
    of: Of,
}

#[derive(Debug, PartialEq, Eq)]
enum Of {
    Names(Names),
    Files(Vec<u8>, Vec<u8>),
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.get().key))
    }
}

impl Current {
    fn get(&self) -> Arc<Shown> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, shown: Shown) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(shown);
    }
}

impl Tls {
    /// A certificate of this authority for the machine's names.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn of_authority(authority: Authority, now: Timestamp) -> Result<Self, TlsError> {
        Self::of_names(authority, Names::of_machine, now)
    }

    /// A certificate of this authority for the names that the function returns; it is replaced when they change.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn of_names(authority: Authority, names: fn() -> Names, now: Timestamp) -> Result<Self, TlsError> {
        let shown = issue(&authority, names(), now)?;
        Self::new(Source::Authority { authority: Box::new(authority), names }, shown)
    }

    /// The certificate chain and the key in these files.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn of_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let shown = load(&files::read(certificate)?, &files::read(key)?, certificate, key)?;
        Self::new(Source::Files { certificate: certificate.to_owned(), key: key.to_owned() }, shown)
    }

    fn new(source: Source, shown: Shown) -> Result<Self, TlsError> {
        let current = Arc::new(Current(RwLock::new(Arc::new(shown))));
        let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let mut config = config.with_no_client_auth().with_cert_resolver(Arc::clone(&current) as Arc<_>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { source, current, config: Arc::new(config), port: AtomicU16::new(0), http_port: AtomicU16::new(0) })
    }

    /// Accepts TLS connections.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// The port of HTTPS; 0 before the server listens.
    fn port(&self) -> u16 {
        self.port.load(Ordering::Relaxed)
    }

    pub(crate) fn set_port(&self, port: u16) {
        self.port.store(port, Ordering::Relaxed);
    }

    pub(crate) fn set_http_port(&self, port: u16) {
        self.http_port.store(port, Ordering::Relaxed);
    }

    fn authority(&self) -> Option<&[u8]> {
        match &self.source {
            Source::Authority { authority, .. } => Some(authority.der()),
            Source::Files { .. } => None,
        }
    }

    /// Its current state.
    #[must_use]
    pub fn state(&self) -> TlsState {
        let shown = self.current.get();
        let (mode, fingerprint, authority_expires_at) = match &self.source {
            Source::Authority { authority, .. } => {
                (TlsMode::Auto, certificate::fingerprint(authority.der()), Some(time::text(authority.expires_at())))
            }
            Source::Files { .. } => {
                let der = shown.key.cert.first().map(AsRef::as_ref).unwrap_or_default();
                (TlsMode::Files, certificate::fingerprint(der), None)
            }
        };
        TlsState {
            mode,
            port: Some(self.port()),
            http_port: Some(self.http_port.load(Ordering::Relaxed)).filter(|port| *port != 0),
            names: shown.certificate.names.clone(),
            expires_at: Some(time::text(shown.certificate.not_after)),
            fingerprint: Some(fingerprint),
            authority_expires_at,
        }
    }

    /// Replaces the certificate if it is time or its source has changed; returns whether it was replaced.
    ///
    /// # Errors
    /// [`TlsError`]; the previous certificate stays in use.
    pub fn refresh(&self, now: Timestamp) -> Result<bool, TlsError> {
        let shown = self.current.get();
        let next = match &self.source {
            Source::Authority { authority, names } => {
                let of = Of::Names(names());
                let is_due = !shown.certificate.first_half().contains(&now);
                let Of::Names(names) = of else { return Ok(false) };
                if !is_due && shown.of == Of::Names(names.clone()) {
                    return Ok(false);
                }
                issue(authority, names, now)?
            }
            Source::Files { certificate, key } => {
                let (chain, private) = (files::read(certificate)?, files::read(key)?);
                if matches!(&shown.of, Of::Files(old_chain, old_key) if *old_chain == chain && *old_key == private) {
                    return Ok(false);
                }
                load(&chain, &private, certificate, key)?
            }
        };
        self.current.set(next);
        Ok(true)
    }

    /// Replaces the certificate as long as the server runs.
    pub(crate) async fn keep_current(self: Arc<Self>, stop: CancellationToken) {
        let mut reported = String::new();
        while stop.run_until_cancelled(tokio::time::sleep(CHECK_INTERVAL)).await.is_some() {
            let tls = Arc::clone(&self);
            let refreshed = tokio::task::spawn_blocking(move || tls.refresh(time::now())).await;
            let report = match refreshed {
                Ok(Ok(true)) => {
                    let state = self.state();
                    tracing::info!(
                        expires_at = state.expires_at,
                        names = state.names.join(" "),
                        "the certificate was replaced"
                    );
                    self.expires_soon(time::now())
                }
                Ok(Ok(false)) => self.expires_soon(time::now()),
                Ok(Err(error)) => format!("the certificate cannot be replaced; the previous one stays in use: {error}"),
                // A panic was logged where it happened.
                Err(_) => continue,
            };
            if report != reported && !report.is_empty() {
                tracing::warn!("{report}");
            }
            reported = report;
        }
    }

    /// A sentence if a certificate that this server cannot renew expires soon.
    fn expires_soon(&self, now: Timestamp) -> String {
        let expires_at = match &self.source {
            Source::Authority { authority, .. } => authority.expires_at(),
            Source::Files { .. } => self.current.get().certificate.not_after,
        };
        if expires_at.duration_since(now) > EXPIRES_SOON {
            return String::new();
        }
        match &self.source {
            Source::Authority { .. } => format!(
                "the local authority expires at {expires_at}; delete its file and restart to create a new one, which every device must trust again"
            ),
            Source::Files { certificate, .. } => {
                format!("the certificate in {} expires at {expires_at}; replace the file", certificate.display())
            }
        }
    }
}

fn issue(authority: &Authority, names: Names, now: Timestamp) -> Result<Shown, TlsError> {
    let (der, key) = authority.issue(&names, now)?;
    let certificate = Certificate::parse(&der)?;
    let key = CertifiedKey::from_der(vec![der], key, &provider())?;
    Ok(Shown { key: Arc::new(key), certificate, of: Of::Names(names) })
}

fn load(chain: &[u8], key: &[u8], chain_path: &Path, key_path: &Path) -> Result<Shown, TlsError> {
    let certified = files::parse(chain, key, chain_path, key_path, &provider())?;
    let certificate = certified.cert.first().map_or(&[][..], AsRef::as_ref);
    let certificate = Certificate::parse(certificate)?;
    Ok(Shown { key: Arc::new(certified), certificate, of: Of::Files(chain.to_vec(), key.to_vec()) })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[cfg(test)]
mod tests;
