//! URL of a server, TLS, and new connections.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use postgres::config::SslMode;
use postgres::error::Severity;
use postgres::{Client, Config, NoTls};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// After this time without an answer the connection counts as dead.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// Limits for locks, statements and idle transactions, so that no node blocks the others.
const SESSION: &str = "
    set lock_timeout = '5s'; set statement_timeout = '30s'; set idle_in_transaction_session_timeout = '10s';
    set synchronous_commit = on; set client_min_messages = warning";

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is malformed.
    #[error("{0}; write postgres://USER:PASSWORD@HOST:5432/DATABASE")]
    Address(String),
    /// The file with the certificates is unusable.
    #[error("the certificates in {path} (sslrootcert) cannot be used: {why}")]
    Certificates {
        /// The path as given.
        path: String,
        /// The problem.
        why: String,
    },
    /// The connection failed.
    #[error("the database at {place} cannot be reached: {why}")]
    Unreachable {
        /// Host and database, without the password.
        place: String,
        /// The error.
        why: String,
    },
    /// The certificate is not trusted, or belongs to another server.
    #[error(
        "the database at {place} has an untrusted certificate ({why}); set sslrootcert to the certificate of its authority, and use the \
         host name in the server's certificate"
    )]
    Untrusted {
        /// Host and database, without the password.
        place: String,
        /// The problem.
        why: String,
    },
    /// The server is too old.
    #[error("the database is PostgreSQL {found}; 15 or later is needed")]
    TooOld {
        /// The server's version.
        found: String,
    },
    /// The database's encoding lacks characters.
    #[error(
        "the database keeps text as {found}, which lacks characters that shops use; make one with: create database NAME \
         encoding 'UTF8' template template0"
    )]
    Encoding {
        /// The database's encoding.
        found: String,
    },
    /// `sslmode` is unknown or not supported.
    #[error(
        "sslmode={mode} is not supported; write disable, prefer, require, verify-ca or verify-full (require is as strict as \
         verify-full)"
    )]
    SslMode {
        /// The value as given.
        mode: String,
    },
    /// The schema is newer than this program supports.
    #[error(
        "the tables are of a newer version of Gerai (schema {found}, this program knows {known}); upgrade this node"
    )]
    Newer {
        /// The version of the schema.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// A migration into this database was interrupted.
    #[error(
        "the database contains an incomplete migration of {from}; repeat 'gerai hub migrate --from sqlite:{from} --to …' \
         to finish it"
    )]
    HalfMigrated {
        /// The file that is being migrated.
        from: String,
    },
    /// The database contains tables of another program.
    #[error("the database at {place} contains tables of another program; name a database for the hub alone")]
    NotOurs {
        /// Host and database, without the password.
        place: String,
    },
    /// The migration of the schema failed.
    #[error("the tables cannot be created: {0}")]
    Schema(String),
    /// The system cannot start a thread.
    #[error("a thread cannot be started: {0}")]
    NoThread(io::Error),
    /// A bug.
    #[error("an internal error while the database was being opened; the log says more")]
    Panicked,
}

/// A database server with its connection parameters.
#[derive(Clone)]
pub(crate) struct Server {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Server {
    /// `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=/etc/ssl/our-ca.pem`. If there are
    /// several hosts, the first that accepts writes is used.
    pub(crate) fn parse(url: &str) -> Result<Self, ConnectError> {
        let (url, roots) = remove_parameter(url, "sslrootcert");
        let (url, mode) = remove_parameter(&url, "sslmode");
        let mode = Mode::read(mode)?;
        let mut config: Config = url.parse().map_err(|error: postgres::Error| ConnectError::Address(chain(&error)))?;
        config
            .application_name("gerai hub")
            .connect_timeout(CONNECT_TIMEOUT)
            .keepalives_idle(ANSWER_TIMEOUT)
            .keepalives_interval(ANSWER_TIMEOUT / 3)
            .keepalives_retries(3)
            .tcp_user_timeout(ANSWER_TIMEOUT)
            .target_session_attrs(postgres::config::TargetSessionAttrs::ReadWrite);
        let tls = match mode {
            Mode::Disable => None,
            mode => Some(MakeRustlsConnect::new(tls(roots.as_deref(), mode)?)),
        };
        config.ssl_mode(match mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        });
        Ok(Self { config, tls })
    }

    /// Opens a connection, ready for transactions.
    pub(crate) fn connect(&self) -> Result<Client, ConnectError> {
        let connected = match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(NoTls),
        };
        let ready = connected.and_then(|mut client| client.batch_execute(SESSION).map(|()| client));
        ready.map_err(|error| {
            if is_certificate_error(&error) {
                ConnectError::Untrusted { place: self.place(), why: chain(&error) }
            } else {
                self.unreachable(&error)
            }
        })
    }

    pub(crate) fn unreachable(&self, error: &postgres::Error) -> ConnectError {
        ConnectError::Unreachable { place: self.place(), why: chain(error) }
    }

    pub(super) fn not_ours(&self) -> ConnectError {
        ConnectError::NotOurs { place: self.place() }
    }

    /// Host and database for people, without the password.
    pub(crate) fn place(&self) -> String {
        use postgres::config::Host;
        let ports = self.config.get_ports();
        let hosts = self.config.get_hosts().iter().enumerate().map(|(n, host)| {
            let port = ports.get(n).or_else(|| ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                Host::Unix(path) => path.display().to_string(),
            }
        });
        let hosts: Vec<_> = hosts.collect();
        format!("{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }
}

/// Whether an error is about the server's certificate.
fn is_certificate_error(error: &(dyn std::error::Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let tls_error = wrapped.and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(tls_error, Some(rustls::Error::InvalidCertificate(_))) || error.source().is_some_and(is_certificate_error)
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}

/// Whether the error has closed the connection.
pub(super) fn is_closed(error: &postgres::Error) -> bool {
    match error.as_db_error() {
        // The server may send an error before it closes the connection.
        Some(answer) => matches!(answer.parsed_severity(), Some(Severity::Fatal | Severity::Panic)),
        None => error.is_closed() || is_io(error),
    }
}

fn is_io(error: &postgres::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<io::Error>() {
            return true;
        }
        source = cause.source();
    }
    false
}

/// Removes a parameter that the driver does not know from a URL.
fn remove_parameter(url: &str, name: &str) -> (String, Option<String>) {
    let Some((place, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let of = |pair: &&str| pair.split_once('=').is_some_and(|(key, _)| key == name);
    let found = query.split('&').find(of).and_then(|pair| pair.split_once('='));
    let found = found.map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned());
    let rest: Vec<_> = query.split('&').filter(|pair| !of(pair)).collect();
    (if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) }, found)
}

/// Required security of the connection, named as in libpq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Not encrypted.
    Disable,
    /// Encrypted if the server supports it; the certificate is not checked.
    Prefer,
    /// Encrypted; the certificate must come from a trusted authority.
    VerifyCa,
    /// Encrypted; the certificate must also be for this host. `require` means this too: encryption alone does not
    /// exclude an attacker.
    VerifyFull,
}

impl Mode {
    fn read(word: Option<String>) -> Result<Self, ConnectError> {
        Ok(match word.as_deref() {
            Some("disable") => Self::Disable,
            None | Some("prefer") => Self::Prefer,
            Some("verify-ca") => Self::VerifyCa,
            Some("require" | "verify-full") => Self::VerifyFull,
            Some(other) => return Err(ConnectError::SslMode { mode: other.to_owned() }),
        })
    }
}

/// A less strict certificate check, for the modes that allow it.
#[derive(Debug)]
struct Lenient {
    strict: Arc<WebPkiServerVerifier>,
    mode: Mode,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
        if self.mode == Mode::Prefer {
            return Ok(ServerCertVerified::assertion());
        }
        // The name is checked last, so everything else is valid here.
        match self.strict.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
                if self.mode == Mode::VerifyCa =>
            {
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.strict.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.strict.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}

fn tls(roots: Option<&str>, mode: Mode) -> Result<ClientConfig, ConnectError> {
    let mut store = RootCertStore::empty();
    match roots {
        None | Some("system") => {
            store.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned())
        }
        Some(path) => {
            let wrong = |why: String| ConnectError::Certificates { path: path.to_owned(), why };
            let found = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
            let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| wrong(error.to_string()))?;
            let (added, refused) = store.add_parsable_certificates(found);
            if added == 0 {
                return Err(wrong(format!("it contains no usable certificate ({refused} unusable)")));
            }
            (added, refused)
        }
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let wrong = |error: &dyn std::error::Error| ConnectError::Address(error.to_string());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider)).build();
    let verifier = verifier.map_err(|error| wrong(&error))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?;
    let builder = match mode {
        Mode::VerifyFull => builder.with_webpki_verifier(verifier),
        _ => builder.dangerous().with_custom_certificate_verifier(Arc::new(Lenient { strict: verifier, mode })),
    };
    Ok(builder.with_no_client_auth())
}
