//! HTTPS of the real program: its own authority, and the files of others.

use std::os::unix::fs::PermissionsExt;

use reqwest::Certificate;
use sha2::{Digest, Sha256};
use testkit::{Http, Process};

use crate::folder::Folder;

/// Asks over HTTPS, trusting only these certificates.
async fn ask(trusted: &[u8], url: &str) -> reqwest::Result<String> {
    let trusted = Certificate::from_der(trusted).unwrap();
    let client = web::client::build(|builder| builder.tls_certs_only([trusted.clone()])).unwrap();
    client.get(url).send().await?.text().await
}

/// The port of HTTPS and the fingerprint that a server has printed.
fn printed(server: &Process) -> (u16, String) {
    let after = |start: &str| {
        let line = server.printed.iter().find_map(|line| line.strip_prefix(start));
        line.unwrap_or_else(|| panic!("'{start}' was not printed: {:?}", server.printed)).to_owned()
    };
    let address = after("HTTPS at https://");
    let port = address.split(';').next().unwrap().rsplit_once(':').unwrap().1.parse().unwrap();
    (port, after("SHA-256 fingerprint of the certificate to trust: "))
}

/// The authority's certificate, as a device downloads it.
async fn authority(server: &Process) -> Vec<u8> {
    let response = Http::new(&server.url).request("GET", "/trust/gerai.crt").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-x509-ca-cert");
    response.bytes().await.unwrap().to_vec()
}

fn fingerprint(der: &[u8]) -> String {
    let bytes: Vec<_> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_server_has_an_authority_of_its_own_that_survives_a_restart() {
    let folder = Folder::new();
    let outlet = || folder.outlet(&[("SERVER_TLS", "auto"), ("SERVER_TLS_LISTEN", "127.0.0.1:0")]);
    let hub = || {
        let args = ["hub", "--listen", "127.0.0.1:0", "--tls", "auto", "--tls-listen", "127.0.0.1:0"];
        Process::start(crate::folder::GERAI, folder.path(), "hub", &args, &[])
    };
    let mut fingerprints = Vec::new();
    for (file, start) in [("pos.db.ca.pem", &outlet as &dyn Fn() -> Process), ("hub.db.ca.pem", &hub)] {
        let mut server = start();
        let (port, shown) = printed(&server);
        let trusted = authority(&server).await;
        assert_eq!(fingerprint(&trusted), shown);
        let alive = format!("https://127.0.0.1:{port}/healthz");
        assert!(ask(&trusted, &alive).await.unwrap().contains("\"success\":true"));
        assert!(Http::new(&format!("https://127.0.0.1:{port}")).request("GET", "/healthz").send().await.is_err());
        let mode = std::fs::metadata(folder.file(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");

        assert_eq!(server.terminate(), Some(0));
        let server = start();
        let (port, again) = printed(&server);
        assert_eq!(again, shown);
        assert!(ask(&trusted, &format!("https://127.0.0.1:{port}/healthz")).await.is_ok());
        fingerprints.push(shown);
    }
    assert_ne!(fingerprints[0], fingerprints[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_reads_names_expiry_and_fingerprint() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[("SERVER_TLS", "auto"), ("SERVER_TLS_LISTEN", "127.0.0.1:0")]);
    let (port, shown) = printed(&outlet);
    let state = Http::new(&outlet.url).log_in("admin", "1234").await.get("/api/v1/tls").await.data().clone();
    assert_eq!((state["mode"].as_str(), state["port"].as_u64()), (Some("auto"), Some(port.into())));
    assert_eq!(state["fingerprint"], shown);
    let names: Vec<_> = state["names"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert!(names.contains(&"127.0.0.1") && names.contains(&"gerai.internal"), "{names:?}");
    for field in ["expires_at", "authority_expires_at"] {
        let expires_at: jiff::Timestamp = state[field].as_str().unwrap().parse().unwrap();
        assert!(expires_at > web::time::now(), "{field}");
    }
    let plain = Folder::new();
    let plain = plain.outlet(&[]);
    let state = Http::new(&plain.url).log_in("admin", "1234").await.get("/api/v1/tls").await.data().clone();
    assert_eq!((state["mode"].as_str(), state["port"].is_null()), (Some("off"), true));
    assert_eq!(Http::new(&plain.url).get("/trust").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn own_files_are_used_and_unusable_ones_are_refused_by_name() {
    let folder = Folder::new();
    folder
        .bash(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 30 \
             -subj /CN=kasir -addext basicConstraints=critical,CA:FALSE \
             -addext subjectAltName=IP:127.0.0.1,DNS:kasir.example.com 2>/dev/null && \
             openssl x509 -in cert.pem -outform der -out cert.der",
        )
        .ok();
    let files = [("SERVER_TLS_CERT", "cert.pem"), ("SERVER_TLS_KEY", "key.pem"), ("SERVER_TLS_LISTEN", "127.0.0.1:0")];
    let outlet = folder.outlet(&files);
    let (port, shown) = printed(&outlet);
    let trusted = std::fs::read(folder.file("cert.der")).unwrap();
    assert_eq!(fingerprint(&trusted), shown);
    assert!(ask(&trusted, &format!("https://127.0.0.1:{port}/healthz")).await.is_ok());
    let page = Http::new(&outlet.url).get("/trust").await.text;
    assert!(page.contains(&format!("https://127.0.0.1:{port}")) && !page.contains("<details>"), "{page}");
    assert_eq!(Http::new(&outlet.url).get("/trust/gerai.crt").await.status, 404, "there is nothing to install");
    assert!(!folder.file("pos.db.ca.pem").exists());

    folder.write("broken.pem", "not a certificate");
    for (args, word) in [
        (vec!["--tls-cert", "cert.pem"], "--tls-key"),
        (vec!["--tls-cert", "broken.pem", "--tls-key", "key.pem"], "broken.pem"),
        (vec!["--tls-cert", "cert.pem", "--tls-key", "missing.pem"], "missing.pem"),
        (vec!["--tls", "on"], "auto or off"),
    ] {
        let args = [&["outlet", "--db", "other.db", "--port", "0"], args.as_slice()].concat();
        let result = folder.gerai(&args);
        assert!(result.refused().contains(word), "{args:?}: {result:?}");
    }
}
