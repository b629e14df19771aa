//! The hub's line to its database: encrypted and to the right server where that is asked for, or there is none.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use hub::store::{Fault, Store};
use testkit::Postgres;

/// Whether the connection is encrypted.
async fn encrypted(url: &str) -> bool {
    let store = Store::open(url).unwrap();
    let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    let found = store.read(move |tx| tx.first::<_>(sql, &[], |row| row.flag(0))).await;
    store.close().await;
    let found: Result<_, Fault> = found;
    found.unwrap().unwrap()
}

fn refused(url: &str) -> String {
    Store::open(url).err().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_must_prove_who_it_is() {
    let start = || tokio::task::spawn_blocking(Postgres::start_with_tls);
    let (server, stranger) = (start().await.unwrap(), start().await.unwrap());
    let vouched_for_by = |other: &Postgres| format!("sslmode=require&sslrootcert={}", other.authority().display());

    assert!(encrypted(&server.url_as("localhost", &vouched_for_by(&server))).await);
    assert!(!encrypted(&server.url()).await, "sslmode=disable");
    for (url, why) in [
        // Another authority of the same name.
        (server.url_as("localhost", &vouched_for_by(&stranger)), "BadSignature"),
        (server.url_as("localhost", "sslmode=require"), "UnknownIssuer"),
        (server.url_as("127.0.0.1", &vouched_for_by(&server)), "not valid for name"),
    ] {
        let words = refused(&url);
        assert!(words.contains("does not prove who it is") && words.contains(why), "{words}");
        assert!(words.contains("sslrootcert") && words.contains("host"), "{words}");
    }
    let missing = refused(&server.url_as("localhost", "sslmode=require&sslrootcert=/nowhere/ca.pem"));
    assert!(missing.contains("the certificates in /nowhere/ca.pem (sslrootcert) cannot be used"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_refused_where_it_is_required() {
    let plain = tokio::task::spawn_blocking(|| Postgres::start("-c fsync=off")).await.unwrap();
    let words = refused(&plain.url_as("localhost", "sslmode=require"));
    assert!(words.contains("server does not support TLS"), "{words}");
    assert!(!encrypted(&plain.url_as("localhost", "sslmode=prefer")).await);
}
