//! The interval between rounds, changed while the server runs.

use jiff::Timestamp;
use outlet::local_admin::LocalAdmin;
use replica::settings::change::ChangeOutletConfig;
use serde_json::json;
use testkit::{TestHub, TestOutlet, eventually, linked};

/// Minutes until the next round by the interval, rounded up; `None`: now, or never.
async fn next_round_in_minutes(outlet: &TestOutlet) -> Option<i64> {
    let status = outlet.status().await;
    let due: Timestamp = status["next_round_at"].as_str()?.parse().unwrap();
    Some((due.duration_since(Timestamp::now()).as_secs() + 59) / 60)
}

/// Finished rounds.
fn rounds(outlet: &TestOutlet) -> i64 {
    outlet.shell().query_row("select count(*) from sync_logs", [], |row| row.get(0)).unwrap()
}

async fn await_interval(outlet: &TestOutlet, minutes: i64) {
    eventually("the interval is effective", || async { next_round_in_minutes(outlet).await == Some(minutes) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_interval_applies_without_a_restart() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    await_interval(&outlet, 5).await;
    let before = rounds(&outlet);
    // In the sqlite3 shell; longer than the current wait.
    outlet.shell().execute("update outlet_config set sync_interval_minutes = 60", []).unwrap();
    await_interval(&outlet, 60).await;
    eventually("a round at once", || async { rounds(&outlet) > before }).await;
    // Over the API; shorter, so the round due in an hour must not be waited for.
    let before = rounds(&outlet);
    outlet.admin().call("PUT", "/api/v1/config/outlet", &json!({"sync_interval_minutes": 2})).await.data();
    await_interval(&outlet, 2).await;
    eventually("a round at once", || async { rounds(&outlet) > before }).await;
    // Like `gerai sync settings`.
    let admin = LocalAdmin::open(&outlet.path(), linked(&hub.url(), &added)).unwrap();
    let change: ChangeOutletConfig = serde_json::from_value(json!({"sync_interval_minutes": 30})).unwrap();
    admin.change_settings(&change).unwrap();
    await_interval(&outlet, 30).await;
    // A round with another cause starts no new interval; a requested one does.
    outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    await_interval(&outlet, 30).await;
    outlet.admin().call("PUT", "/api/v1/config/outlet", &json!({"sync_enabled": false})).await.data();
    assert_eq!(next_round_in_minutes(&outlet).await, None, "sync is off");
}
