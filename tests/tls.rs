//! The hub's connection to its database: encrypted and to the right server if configured, or none.
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
    let vouched_for_by = |other: &Postgres| format!("sslmode=require&sslrootcert={}", other.authority().display());

    assert!(encrypted(&server.url_as("localhost", &vouched_for_by(&server))).await);
    assert!(!encrypted(&server.url()).await, "sslmode=disable");
    for (url, why) in [
        // Another authority with the same name.
        (server.url_as("localhost", &vouched_for_by(&stranger)), "BadSignature"),
        (server.url_as("localhost", "sslmode=require"), "UnknownIssuer"),
        (server.url_as("127.0.0.1", &vouched_for_by(&server)), "not valid for name"),
    ] {
        let words = refused(&url);
        assert!(words.contains("has an untrusted certificate") && words.contains(why), "{words}");
        assert!(words.contains("sslrootcert") && words.contains("host"), "{words}");
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
        let words = refused(&refused_url);
        assert!(words.contains("has an untrusted certificate"), "{refused_url}: {words}");
    }
    for mode in ["allow", "verify_full", "VERIFY-FULL", ""] {
        let words = refused(&server.url_as("localhost", &format!("sslmode={mode}")));
        assert!(
            words.contains(&format!("sslmode={mode} is not supported")) && words.contains("verify-full"),
            "{words}"
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
        let words = refused(&url);
        assert!(words.contains(&format!("keeps text as {encoding}")) && words.contains("UTF8"), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_rejected_if_required() {
    let plain = tokio::task::spawn_blocking(|| Postgres::start("-c fsync=off")).await.unwrap();
    let words = refused(&plain.url_as("localhost", "sslmode=require"));
    assert!(words.contains("server does not support TLS"), "{words}");
    assert!(!encrypted(&plain.url_as("localhost", "sslmode=prefer")).await);
}
