use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use axum::{Extension, Router};
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::edge::OverTls;
use crate::metrics::Metrics;
use crate::server::{Https, Listeners, listen, serve_within};
use crate::{Limits, Remote};

fn now() -> Timestamp {
    "2026-11-30T08:00:00Z".parse().unwrap()
}

fn authority() -> Authority {
    Authority::load(&Authority::create(time::now()).unwrap()).unwrap()
}

fn names(addresses: &[&str], hosts: &[&str]) -> Names {
    Names {
        addresses: addresses.iter().map(|address| address.parse::<IpAddr>().unwrap()).collect(),
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
    }
}

fn local() -> Names {
    names(&["127.0.0.1"], &["kasir.local", "gerai.internal"])
}

/// A server on free ports, and how it stops.
struct Served {
    http: std::net::SocketAddr,
    https: std::net::SocketAddr,
    root: CertificateDer<'static>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Served {
    async fn start(limits: Limits) -> Self {
        let authority = authority();
        let root = CertificateDer::from(authority.der().to_vec());
        let tls = Tls::of_names(authority, local, time::now()).unwrap();
        let listeners = Listeners {
            http: listen("127.0.0.1", 0).await.unwrap(),
            https: Some(Https::new(listen("127.0.0.1", 0).await.unwrap(), tls).unwrap()),
        };
        let (http, port) = (listeners.http.local_addr().unwrap(), listeners.tls().state().port.unwrap());
        let how = |over: Option<Extension<OverTls>>| async move { if over.is_some() { "encrypted" } else { "plain" } };
        let host = |headers: axum::http::HeaderMap| async move { headers["host"].to_str().unwrap().to_owned() };
        let app = Router::new()
            .route("/how", get(how))
            .route("/host", get(host))
            .route("/local", get(|remote: Remote| async move { remote.is_local.to_string() }));
        let app = crate::Edge::default().wrap(app);
        let stop = CancellationToken::new();
        let until = stop.clone();
        let task = tokio::spawn(async move { serve_within(&limits, &Metrics::default(), listeners, app, until).await });
        Self { http, https: ([127, 0, 0, 1], port).into(), root, stop, task }
    }

    async fn connect(&self, name: &str, protocols: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
        connect(self.https, &self.root, name, protocols).await
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

async fn connect(
    to: std::net::SocketAddr,
    root: &CertificateDer<'static>,
    name: &str,
    protocols: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, TcpStream::connect(to).await?).await
}

/// Answers of an HTTP/2 connection that asks for these paths at once.
async fn over_http2(stream: TlsStream<TcpStream>, paths: &[&str]) -> Vec<(StatusCode, String)> {
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let asked = paths.iter().map(|path| {
        let mut sender = sender.clone();
        async move {
            let request = Request::get(format!("https://kasir.local:8443{path}")).body(Body::empty()).unwrap();
            let answer = sender.send_request(request).await.unwrap();
            let status = answer.status();
            (status, String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
        }
    });
    let answers = futures_util::future::join_all(asked).await;
    drop(sender);
    connection.await.unwrap().unwrap();
    answers
}

async fn over_http1<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(mut stream: S, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: kasir.local\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn https_serves_both_protocols_beside_http() {
    let served = Served::start(Limits::default()).await;
    let stream = served.connect("kasir.local", &["h2", "http/1.1"]).await.unwrap();
    let answers = over_http2(stream, &["/how", "/host", "/local", "/nothing"]).await;
    assert_eq!(answers[0], (StatusCode::OK, "encrypted".to_owned()));
    assert_eq!(answers[1].1, "kasir.local:8443");
    assert_eq!(answers[2].1, "false", "a request for another name than the machine's is not local");
    assert_eq!(answers[3].0, StatusCode::NOT_FOUND);
    for protocols in [&["http/1.1"][..], &[]] {
        let answer = over_http1(served.connect("127.0.0.1", protocols).await.unwrap(), "/how").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("encrypted"), "{answer}");
    }
    let plain = over_http1(TcpStream::connect(served.http).await.unwrap(), "/how").await;
    assert!(plain.ends_with("plain"), "{plain}");
    served.stop().await;
}

#[tokio::test]
async fn a_stranger_and_a_client_without_tls_disturb_nobody() {
    let served = Served::start(Limits::default()).await;
    let stranger = CertificateDer::from(authority().der().to_vec());
    let refused = connect(served.https, &stranger, "127.0.0.1", &[]).await.err().unwrap();
    assert!(refused.to_string().contains("UnknownIssuer"), "{refused}");
    let answer = over_http1(TcpStream::connect(served.https).await.unwrap(), "/how").await;
    assert!(!answer.contains("HTTP"), "{answer}");
    let mut silent = TcpStream::connect(served.https).await.unwrap();
    silent.write_all(&[0x16, 0x03]).await.unwrap();
    let answer = over_http1(served.connect("gerai.internal", &[]).await.unwrap(), "/how").await;
    assert!(answer.ends_with("encrypted"), "{answer}");
    served.stop().await;
}

#[tokio::test]
async fn an_idle_http2_connection_is_closed() {
    let served = Served::start(Limits { head: Duration::from_millis(200), ..Limits::default() }).await;
    let stream = served.connect("127.0.0.1", &["h2"]).await.unwrap();
    let (sender, connection) =
        hyper::client::conn::http2::handshake::<_, _, Body>(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(20), connection).await;
    assert!(closed.is_ok(), "it is still open");
    drop(sender);
    served.stop().await;
}

#[test]
fn an_authority_is_loaded_as_it_was_stored() {
    let stored = Authority::create(now()).unwrap();
    let (one, two) = (Authority::load(&stored).unwrap(), Authority::load(&stored).unwrap());
    assert_eq!(one.der(), two.der());
    let days = one.expires_at().duration_since(now()).as_hours() / 24;
    assert_eq!(days, 3_649);
    assert_ne!(one.der(), authority().der());
    for damaged in [String::new(), stored.replace("PRIVATE KEY", "KEY"), stored[..stored.len() / 2].to_owned()] {
        assert!(matches!(Authority::load(&damaged), Err(TlsError::Authority(_))), "{damaged}");
    }
}

#[test]
fn an_authority_of_a_machine_without_a_clock_is_valid_for_years() {
    let authority = Authority::load(&Authority::create(Timestamp::UNIX_EPOCH).unwrap()).unwrap();
    assert!(authority.expires_at() > "2036-01-01T00:00:00Z".parse().unwrap());
}

/// Whether a client that trusts the authority accepts its certificate for this name.
fn is_accepted(authority: &Authority, leaf: &CertificateDer<'static>, name: &str) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.der().to_vec())).unwrap();
    let verifier =
        rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    rustls::client::danger::ServerCertVerifier::verify_server_cert(
        &*verifier,
        leaf,
        &[],
        &name,
        &[],
        rustls::pki_types::UnixTime::now(),
    )
    .is_ok()
}

#[test]
fn the_authority_can_only_vouch_for_private_addresses_and_local_names() {
    let authority = authority();
    let issue = |names: &Names| authority.issue(names, time::now()).unwrap().0;
    for inside in ["10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.1.5", "127.0.0.1", "fe80::1", "fd12::5"] {
        assert!(is_accepted(&authority, &issue(&names(&[inside], &[])), inside), "{inside}");
    }
    for inside in ["kasir.local", "gerai.internal", "toko.gerai.internal"] {
        assert!(is_accepted(&authority, &issue(&names(&[], &[inside])), inside), "{inside}");
    }
    for outside in ["8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "::1"] {
        assert!(!is_accepted(&authority, &issue(&names(&[outside], &[])), outside), "{outside}");
    }
    for outside in ["bank.co.id", "internal", "evil.internal", "local.example.com", "localhost"] {
        assert!(!is_accepted(&authority, &issue(&names(&[], &[outside])), outside), "{outside}");
    }
    assert!(!is_accepted(&authority, &issue(&names(&["192.168.1.5"], &[])), "192.168.1.6"), "not its address");
}

static MACHINE: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

fn of_moving_machine() -> Names {
    let addresses: Vec<_> = MACHINE.lock().unwrap().iter().copied().collect();
    names(&addresses, &["kasir.local"])
}

#[test]
fn a_certificate_is_replaced_at_half_of_its_time_and_when_addresses_change() {
    MACHINE.lock().unwrap().insert("192.168.1.5");
    let tls = Tls::of_names(authority(), of_moving_machine, now()).unwrap();
    let days = |days: i64| now() + SignedDuration::from_hours(24 * days);
    assert_eq!(tls.state().names, ["192.168.1.5", "kasir.local"]);
    assert_eq!(tls.state().expires_at, Some(time::text(days(396))));
    assert!(!tls.refresh(days(190)).unwrap());
    assert!(tls.refresh(days(200)).unwrap());
    assert_eq!(tls.state().expires_at, Some(time::text(days(596))));
    let before = tls.state().fingerprint;
    MACHINE.lock().unwrap().insert("192.168.1.77");
    assert!(tls.refresh(days(200)).unwrap());
    assert_eq!(tls.state().names, ["192.168.1.5", "192.168.1.77", "kasir.local"]);
    assert!(!tls.refresh(days(200)).unwrap());
    // The clock was wrong when the certificate was made.
    assert!(tls.refresh(days(10)).unwrap());
    assert_eq!(tls.state().fingerprint, before, "devices trust the authority");
}

#[test]
fn files_are_loaded_again_when_they_change_and_a_bad_one_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (chain, key) = (dir.path().join("server.pem"), dir.path().join("key.pem"));
    let write = |name: &str| {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let pem = |label, der: &[u8]| {
            use base64::Engine;
            format!(
                "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
                base64::engine::general_purpose::STANDARD.encode(der)
            )
        };
        std::fs::write(&chain, pem("CERTIFICATE", made.cert.der())).unwrap();
        pem("PRIVATE KEY", &made.signing_key.serialize_der())
    };
    assert!(matches!(Tls::of_files(&chain, &key), Err(TlsError::File { .. })));
    std::fs::write(&key, write("kasir.example.com")).unwrap();
    let tls = Tls::of_files(&chain, &key).unwrap();
    let first = tls.state();
    assert_eq!((first.mode, first.names), (TlsMode::Files, vec!["kasir.example.com".to_owned()]));
    assert!(!tls.refresh(now()).unwrap());
    // Only one of the two files is replaced yet.
    let new_key = write("toko.example.com");
    assert!(matches!(tls.refresh(now()), Err(TlsError::Rejected(_))));
    assert_eq!(tls.state().names, ["kasir.example.com"]);
    std::fs::write(&key, new_key).unwrap();
    assert!(tls.refresh(now()).unwrap());
    assert_eq!(tls.state().names, ["toko.example.com"]);
    assert_ne!(tls.state().fingerprint, first.fingerprint);
    std::fs::write(&chain, "no certificate").unwrap();
    assert!(matches!(tls.refresh(now()), Err(TlsError::Missing { what: "certificate", .. })));
    assert_eq!(tls.state().names, ["toko.example.com"]);
}
