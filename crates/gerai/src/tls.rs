//! HTTPS of both servers: options, certificate, and what the terminal says about it.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use web::server::{Https, Listeners};
use web::tls::{Authority, Tls, TlsError, TlsState};

use crate::{args, out, variables};

/// HTTPS of the outlet.
#[derive(Args, Clone)]
pub struct OutletTlsArgs {
    /// HTTPS beside HTTP: auto (a certificate of this server's own authority, which each device trusts once at /trust) or
    /// off [env: SERVER_TLS] [default: off]
    #[arg(long, value_name = "MODE")]
    tls: Option<String>,
    /// Own certificate with its chain in PEM, for HTTPS; read again when it changes [env: SERVER_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key in PEM [env: SERVER_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Address and port of HTTPS; port 0 selects a free one [env: SERVER_TLS_LISTEN] [default: the address of HTTP, port
    /// 8443]
    #[arg(long, value_name = "HOST:PORT")]
    tls_listen: Option<String>,
}

/// HTTPS of the hub.
#[derive(Args, Clone)]
pub struct HubTlsArgs {
    /// HTTPS beside HTTP: auto (a certificate of this server's own authority, which each device trusts once at /trust) or
    /// off [env: HUB_TLS] [default: off]
    #[arg(long, value_name = "MODE")]
    tls: Option<String>,
    /// Own certificate with its chain in PEM, for HTTPS; read again when it changes [env: HUB_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key in PEM [env: HUB_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Address and port of HTTPS; port 0 selects a free one [env: HUB_TLS_LISTEN] [default: the address of HTTP, port 9443]
    #[arg(long, value_name = "HOST:PORT")]
    tls_listen: Option<String>,
}

impl OutletTlsArgs {
    /// Reads flags and variables; `host` is the address of HTTP.
    pub fn read(self, host: &str) -> Result<Option<TlsOptions>> {
        TlsOptions::of(
            args::value(self.tls, "SERVER_TLS")?,
            self.tls_cert.or_else(|| variables::path("SERVER_TLS_CERT")),
            self.tls_key.or_else(|| variables::path("SERVER_TLS_KEY")),
            args::value(self.tls_listen, "SERVER_TLS_LISTEN")?,
            (host, 8443),
        )
    }
}

impl HubTlsArgs {
    /// Reads flags and variables; `host` is the address of HTTP.
    pub fn read(self, host: &str) -> Result<Option<TlsOptions>> {
        TlsOptions::of(
            args::value(self.tls, "HUB_TLS")?,
            self.tls_cert.or_else(|| variables::path("HUB_TLS_CERT")),
            self.tls_key.or_else(|| variables::path("HUB_TLS_KEY")),
            args::value(self.tls_listen, "HUB_TLS_LISTEN")?,
            (host, 9443),
        )
    }
}

/// What HTTPS needs.
#[derive(Debug, PartialEq, Eq)]
pub struct TlsOptions {
    source: Source,
    host: String,
    port: u16,
}

#[derive(Debug, PartialEq, Eq)]
enum Source {
    Authority,
    Files { certificate: PathBuf, key: PathBuf },
}

impl TlsOptions {
    fn of(
        mode: Option<String>,
        certificate: Option<PathBuf>,
        key: Option<PathBuf>,
        listen: Option<String>,
        (host, port): (&str, u16),
    ) -> Result<Option<Self>> {
        let source = match (mode.as_deref(), certificate, key) {
            (None | Some("off"), None, None) if listen.is_none() || mode.is_some() => return Ok(None),
            (None | Some("off"), None, None) => bail!("--tls-listen needs --tls auto, or --tls-cert and --tls-key"),
            (Some("auto"), None, None) => Source::Authority,
            (Some("off"), ..) => bail!("--tls off cannot be used with --tls-cert and --tls-key"),
            (Some("auto"), ..) => bail!("use either --tls auto, or --tls-cert and --tls-key"),
            (Some(other), ..) => bail!("--tls must be auto or off, not '{other}'"),
            (None, Some(certificate), Some(key)) => Source::Files { certificate, key },
            (None, ..) => bail!("--tls-cert and --tls-key need each other"),
        };
        let (host, port) = match listen {
            Some(listen) => args::host_and_port("--tls-listen", &listen, port)?,
            None => (host.to_owned(), port),
        };
        Ok(Some(Self { source, host, port }))
    }

    /// Opens the certificate and listens; `authority` returns the server's own authority, if it is needed.
    pub async fn open(self, authority: impl AsyncFnOnce() -> Result<Authority>) -> Result<Https> {
        let tls = match self.source {
            Source::Authority => Tls::of_authority(authority().await?, web::time::now()),
            Source::Files { certificate, key } => Tls::of_files(&certificate, &key),
        };
        let tls = tls.context("HTTPS cannot start")?;
        let listener = web::server::listen(&self.host, self.port).await?;
        Https::new(listener, tls).context("the listener has no address")
    }
}

/// The authority in this file, or a new one.
pub fn authority_in(path: &std::path::Path) -> Result<Authority> {
    let made = || Authority::create(web::time::now()).map_err(std::io::Error::other);
    let stored = web::secret::load_or_make(path, |_| Ok(()), made);
    let stored = stored.map_err(|source| TlsError::File { path: path.to_owned(), source })?;
    Authority::load(&stored).with_context(|| path.display().to_string())
}

/// Prints where HTTPS is, and the fingerprint that people compare on their devices.
pub fn announce(listeners: &Listeners) -> Result<()> {
    let state = listeners.tls().state();
    let Some(port) = state.port else { return Ok(()) };
    let http = listeners.http.local_addr().context("the listener has no address")?;
    let name = match http.ip() {
        address if address.is_unspecified() => shown_name(&state),
        IpAddr::V6(address) => format!("[{address}]"),
        address => address.to_string(),
    };
    match &state.authority_expires_at {
        Some(_) => out::announce(format_args!(
            "HTTPS at https://{name}:{port}; each device trusts it once, see http://{name}:{}/trust",
            http.port()
        )),
        None => out::announce(format_args!("HTTPS at https://{name}:{port}")),
    }
    if let Some(fingerprint) = &state.fingerprint {
        out::announce(format_args!("SHA-256 fingerprint of the certificate to trust: {fingerprint}"));
    }
    Ok(())
}

/// An address of the network if the certificate has one.
fn shown_name(state: &TlsState) -> String {
    let is_loopback = |name: &str| name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let name = state.names.iter().find(|name| !is_loopback(name)).or_else(|| state.names.first());
    match name {
        Some(name) if name.contains(':') => format!("[{name}]"),
        Some(name) => name.clone(),
        None => "localhost".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(
        mode: Option<&str>,
        certificate: Option<&str>,
        key: Option<&str>,
        listen: Option<&str>,
    ) -> Result<Option<(String, u16)>, String> {
        let read = TlsOptions::of(
            mode.map(str::to_owned),
            certificate.map(PathBuf::from),
            key.map(PathBuf::from),
            listen.map(str::to_owned),
            ("127.0.0.1", 8443),
        );
        read.map(|options| options.map(|options| (options.host, options.port))).map_err(|error| error.to_string())
    }

    #[test]
    fn https_is_on_with_an_authority_or_with_two_files() {
        let at = |host: &str, port| Ok(Some((host.to_owned(), port)));
        assert_eq!(options(None, None, None, None), Ok(None));
        assert_eq!(options(Some("off"), None, None, None), Ok(None));
        assert_eq!(options(Some("auto"), None, None, None), at("127.0.0.1", 8443));
        assert_eq!(options(None, Some("c"), Some("k"), Some("0.0.0.0:443")), at("0.0.0.0", 443));
        assert_eq!(options(Some("auto"), None, None, Some("[::]:0")), at("::", 0));
        assert_eq!(options(Some("auto"), None, None, Some("0.0.0.0")), at("0.0.0.0", 8443));
    }

    #[test]
    fn half_a_setting_is_rejected() {
        for (mode, certificate, key, listen) in [
            (None, Some("c"), None, None),
            (None, None, Some("k"), None),
            (None, None, None, Some("0.0.0.0:443")),
            (Some("auto"), Some("c"), Some("k"), None),
            (Some("off"), Some("c"), Some("k"), None),
            (Some("on"), None, None, None),
            (Some("auto"), None, None, Some("0.0.0.0:https")),
        ] {
            assert!(options(mode, certificate, key, listen).is_err(), "{mode:?} {certificate:?} {key:?} {listen:?}");
        }
    }
}
