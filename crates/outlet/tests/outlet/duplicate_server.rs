//! Two running servers with one outlet's key are reported to both and to head office. A restart is not.

use outlet::health::doctor::HubReport;
use outlet::local_admin::LocalAdmin;
use outlet::state::App;
use serde_json::Value;
use testkit::{Http, TestHub, TestOutlet, eventually};

async fn codes(http: &Http, path: &str) -> Vec<String> {
    let health = http.get(path).await.data().clone();
    let reasons = health["reasons"].as_array().unwrap().iter();
    reasons.map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
}

async fn reported_at_hub(hub: &TestHub) -> (bool, Value) {
    let boss = hub.boss().await;
    let counted = boss.get("/metrics").await.text.contains("\ngerai_hub_duplicate_server_outlets 1\n");
    let named = codes(&boss, "/v1/hq/health").await.contains(&"duplicate_servers".to_owned());
    (named && counted, boss.get("/v1/hq/outlets").await.data()[0]["duplicate_servers"].clone())
}

/// In health and doctor.
async fn reported_at_outlet(outlet: &TestOutlet) -> [bool; 2] {
    let health = codes(outlet.admin(), "/api/v1/sync/health").await.contains(&"duplicate_server".to_owned());
    let app: &App = outlet.app();
    let findings =
        LocalAdmin::open(&outlet.path(), (*app.env).clone()).unwrap().examine(&HubReport::default()).unwrap();
    let doctor = findings.iter().any(|finding| finding.code == "duplicate_server" && !finding.well);
    [health, doctor]
}

/// Makes both ask repeatedly, as they do every half minute.
async fn await_reports(hub: &TestHub, outlets: [&TestOutlet; 2]) {
    eventually("both servers and head office report it", || async {
        for outlet in outlets {
            outlet.app().link.hint();
        }
        let [one, other] = [reported_at_outlet(outlets[0]).await, reported_at_outlet(outlets[1]).await];
        reported_at_hub(hub).await == (true, true.into()) && one == [true; 2] && other == [true; 2]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicate_servers_are_reported_on_all_sides_until_one_stops() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    // Both are idle: neither gets an error.
    let copy = outlet.copy().await;
    await_reports(&hub, [&outlet, &copy]).await;
    drop(copy);
    let shell = rusqlite::Connection::open(hub.path()).unwrap();
    shell.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    eventually("the report ends after an hour", || async {
        // Repeatedly: the copy's last request may still be in flight.
        shell.execute("update outlets set process_returned_at = '2026-01-01T00:00:00.000Z'", []).unwrap();
        outlet.app().link.hint();
        reported_at_hub(&hub).await == (false, false.into()) && reported_at_outlet(&outlet).await == [false; 2]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_database_and_this_key_is_reported() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    let other = TestOutlet::of(&hub.url(), &added).await;
    await_reports(&hub, [&outlet, &other]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_restarts_are_no_duplicate_server() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    for _ in 0..6 {
        outlet.synced().await;
        outlet = outlet.restart().await;
        eventually("the hub reports a single server", || async {
            let health = outlet.admin().get("/api/v1/sync/health").await.data().clone();
            let unknown = health["unknown"].as_array().unwrap().iter().any(|of| of["code"] == "duplicate_server");
            outlet.app().link.hint();
            !unknown && reported_at_outlet(&outlet).await == [false; 2]
        })
        .await;
    }
    assert_eq!(reported_at_hub(&hub).await, (false, false.into()));
}
