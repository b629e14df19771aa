//! `gerai sync settings`: a running outlet applies settings from the terminal.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Proxy, eventually, program};

use crate::folder::{GERAI, Office, admin, boss, looked, orders_at, product, sell, status, synced};

/// Much longer than a running server needs, much shorter than its interval.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_running_outlet_obeys_the_terminal_at_once() {
    let office = Office::open();
    let folder = &office.folder;
    let outlet = folder.outlet(&[("OUTLET_ID", office.of("outlet_id")), ("OUTLET_CODE", "JKT-001")]);
    let (till, hub) = (admin(&outlet).await, boss(&office.hub).await);
    let settings = |args: &[&str]| folder.gerai(&[&["sync", "settings"], args].concat());
    let with_key = |key: &str| {
        let mut command = program(GERAI);
        folder.run(command.args(["sync", "settings", "--key-stdin"]), key)
    };
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let arrived = async |count: usize| {
        let began = Instant::now();
        eventually("the sale is at head office", || async { orders_at(&hub).await.len() == count }).await;
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    };

    // Without options: shows the settings, reports no change.
    let shown = settings(&[]).ok();
    assert!(
        shown.contains("Sync      off") && shown.contains("Hub       none") && !shown.contains("applies this"),
        "{shown}"
    );
    let set = settings(&["--url", &office.url(), "--interval-minutes", "60", "--on"]).ok();
    assert!(
        set.contains("Sync      on") && set.contains("Interval  60 minutes") && set.contains("applies this"),
        "{set}"
    );
    let result = with_key(&format!("{}\n", office.of("api_key")));
    assert!(!result.out.contains(office.of("api_key")), "a key is never printed: {result:?}");
    assert!(result.ok().contains("Key       set"));
    sell(&till, &kopi, 22_000).await;
    arrived(1).await;

    // Off: nothing is sent.
    let off = settings(&["--off", "--json"]).json();
    assert_eq!(
        (&off["sync_enabled"], &off["cloud_api_key_set"], &off["cloud_api_key"]),
        (&json!(false), &json!(true), &Value::Null)
    );
    eventually("the setting is applied", || async { status(&till).await["sync_enabled"] == false }).await;
    sell(&till, &kopi, 22_000).await;
    looked(&till).await;
    assert_eq!((orders_at(&hub).await.len(), status(&till).await["pending_count"].as_i64()), (1, Some(1)));
    settings(&["--on"]).ok();
    arrived(2).await;
    synced(&till).await;

    // Another address: the next sale goes there.
    let proxy = Proxy::before(&office.url()).await;
    settings(&["--url", proxy.url()]).ok();
    eventually("the outlet uses the new address", || async { proxy.requests() > 0 }).await;
    sell(&till, &kopi, 22_000).await;
    arrived(3).await;
    assert!(!proxy.batches().is_empty());

    // An invalid key, and the right one again.
    with_key("bukan-kunci").ok();
    eventually("the hub refuses it", || async { status(&till).await["problem"].is_string() }).await;
    sell(&till, &kopi, 22_000).await;
    with_key(office.of("api_key")).ok();
    arrived(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_settings_change_nothing() {
    let office = Office::open();
    let folder = &office.folder;
    let settings = |args: &[&str]| folder.gerai(&[&["sync", "settings"], args].concat());
    assert!(settings(&["--on"]).refused().contains("does not exist"));
    let mut outlet = folder.outlet(&[]);
    let before = folder.dump("pos.db");
    for (args, expected) in [
        (&["--url", "ftp://x/v1"][..], "https://"),
        (&["--on", "--url", ""], "https://"),
        (&["--interval-minutes", "0"], "1 to 1440"),
        (&["--on", "--interval-minutes", "1441"], "1 to 1440"),
        (&["--key-stdin"], "No key arrived"),
    ] {
        assert!(settings(args).refused().contains(expected), "{args:?}");
    }
    for args in [&["--on", "--off"][..], &["--interval-minutes", "lima"], &["--key", "kunci"]] {
        assert_eq!(settings(args).code, Some(2), "{args:?}");
    }
    assert_eq!(folder.dump("pos.db"), before);
    outlet.terminate();
    assert!(settings(&["--off"]).ok().contains("when it starts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_systemd_credential_is_never_stored_and_a_given_key_overrides_it() {
    let office = Office::open();
    let folder = &office.folder;
    // As systemd passes it to the service.
    let unsealed = testkit::Scratch::new();
    std::fs::write(unsealed.path().join("cloud_api_key"), format!("{}\n", office.of("api_key"))).unwrap();
    let credentials = unsealed.path().to_str().unwrap();
    let (url, id) = (office.url(), office.of("outlet_id"));
    let link = [
        ("SYNC_ENABLED", "true"),
        ("CLOUD_API_URL", url.as_str()),
        ("OUTLET_ID", id),
        ("OUTLET_CODE", "JKT-001"),
        ("CREDENTIALS_DIRECTORY", credentials),
    ];
    let mut outlet = folder.outlet(&link);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    sell(&till, &kopi, 22_000).await;
    synced(&till).await;
    assert_eq!(orders_at(&boss(&office.hub).await).await.len(), 1);
    assert_eq!(outlet.terminate(), Some(0));
    let database = std::fs::read(folder.file("pos.db")).unwrap();
    let key = office.of("api_key").as_bytes();
    assert!(!database.windows(key.len()).any(|bytes| bytes == key), "the key is in the database");

    let env = [&link[..], &[("CLOUD_API_KEY", "another-key-that-opens-nothing")]].concat();
    let outlet = folder.outlet(&env);
    let till = admin(&outlet).await;
    eventually("the given key is used, and rejected", || async { !status(&till).await["problem"].is_null() }).await;
}
