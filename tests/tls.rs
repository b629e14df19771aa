//! The hub's connection to its database: encrypted and to the right server if so configured, or no connection.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

use store::{Fault, Store};
use testkit::Postgres;

/// Whether the connection is encrypted.
async fn encrypted(url: &str) -> bool {
    let store = Store::open(url, &hub::SCHEMA).unwrap();
    let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    let found = store.read(move |tx| tx.first::<_>(sql, &[], |row| row.flag(0))).await;
    store.close().await;
    let found: Result<_, Fault> = found;
    found.unwrap().unwrap()
}

fn refused(url: &str) -> String {
    Store::open(url, &hub::SCHEMA).err().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_must_prove_its_identity() {
    let start = || tokio::task::spawn_blocking(Postgres::start_with_tls);
    let (server, stranger) = (start().await.unwrap(), start().await.unwrap());
    let trusting = |other: &Postgres| format!("sslmode=require&sslrootcert={}", other.authority().display());

    assert!(encrypted(&server.url_as("localhost", &trusting(&server))).await);
    assert!(!encrypted(&server.url()).await, "sslmode=disable");
    for (url, expected) in [
        // Another authority with the same name.
        (server.url_as("localhost", &trusting(&stranger)), "BadSignature"),
        (server.url_as("localhost", "sslmode=require"), "UnknownIssuer"),
        (server.url_as("127.0.0.1", &trusting(&server)), "not valid for name"),
    ] {
        let message = refused(&url);
        assert!(message.contains("has an untrusted certificate") && message.contains(expected), "{message}");
        assert!(message.contains("sslrootcert") && message.contains("host"), "{message}");
    }
    let missing = refused(&server.url_as("localhost", "sslmode=require&sslrootcert=/nowhere/ca.pem"));
    assert!(missing.contains("the certificates in /nowhere/ca.pem (sslrootcert) cannot be used"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sslmode_is_obeyed_or_rejected_by_name() {
    let start = || tokio::task::spawn_blocking(Postgres::start_with_tls);
    let (server, stranger) = (start().await.unwrap(), start().await.unwrap());
    let url = |host: &str, mode: &str, roots: &Postgres| {
        server.url_as(host, &format!("sslmode={mode}&sslrootcert={}", roots.authority().display()))
    };
    // Encrypted, with any server.
    for host in ["localhost", "127.0.0.1"] {
        assert!(encrypted(&server.url_as(host, "sslmode=prefer")).await);
    }
    assert!(encrypted(&url("localhost", "verify-full", &server)).await);
    assert!(encrypted(&url("127.0.0.1", "verify-ca", &server)).await, "the name may differ");
    for refused_url in [
        url("127.0.0.1", "verify-full", &server),
        url("localhost", "verify-full", &stranger),
        url("localhost", "verify-ca", &stranger),
        server.url_as("localhost", "sslmode=verify-full"),
        server.url_as("localhost", "sslmode=verify-ca&sslrootcert=system"),
    ] {
        let message = refused(&refused_url);
        assert!(message.contains("has an untrusted certificate"), "{refused_url}: {message}");
    }
    for mode in ["allow", "verify_full", "VERIFY-FULL", ""] {
        let message = refused(&server.url_as("localhost", &format!("sslmode={mode}")));
        assert!(
            message.contains(&format!("sslmode={mode} is not supported")) && message.contains("verify-full"),
            "{message}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_another_encoding_is_rejected() {
    let server = tokio::task::spawn_blocking(|| Postgres::start("-c fsync=off")).await.unwrap();
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let _ = server.ask(&format!(
            "create database {encoding} encoding '{encoding}' lc_collate 'C' lc_ctype 'C' template template0"
        ));
        let url = server.url().replace("/postgres?", &format!("/{}?", encoding.to_lowercase()));
        let message = refused(&url);
        assert!(message.contains(&format!("keeps text as {encoding}")) && message.contains("UTF8"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_rejected_if_required() {
    let plain = tokio::task::spawn_blocking(|| Postgres::start("-c fsync=off")).await.unwrap();
    let message = refused(&plain.url_as("localhost", "sslmode=require"));
    assert!(message.contains("server does not support TLS"), "{message}");
    assert!(!encrypted(&plain.url_as("localhost", "sslmode=prefer")).await);
}
