//! The interval between rounds, changed while the server runs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use jiff::Timestamp;
use outlet::local_admin::LocalAdmin;
use replica::settings::change::ChangeOutletConfig;
use serde_json::json;
use testkit::{TestHub, TestOutlet, eventually, linked};

/// Minutes until the next round by the interval, begun ones counted; none: it is due now, or never.
async fn next_round_in_minutes(outlet: &TestOutlet) -> Option<i64> {
    let status = outlet.status().await;
    let due: Timestamp = status["next_round_at"].as_str()?.parse().unwrap();
    Some((due.duration_since(Timestamp::now()).as_secs() + 59) / 60)
}

/// Rounds that have ended.
fn rounds(outlet: &TestOutlet) -> i64 {
    outlet.shell().query_row("select count(*) from sync_logs", [], |row| row.get(0)).unwrap()
}

async fn goes_every(outlet: &TestOutlet, minutes: i64) {
    eventually("the interval is in force", || async { next_round_in_minutes(outlet).await == Some(minutes) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_interval_applies_without_a_restart() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    goes_every(&outlet, 5).await;
    let before = rounds(&outlet);
    // In the sqlite3 shell; longer than what was waited for.
    outlet.shell().execute("update outlet_config set sync_interval_minutes = 60", []).unwrap();
    goes_every(&outlet, 60).await;
    eventually("a round at once", || async { rounds(&outlet) > before }).await;
    // Over the API; shorter, so that the round that was due in an hour must not be waited for.
    let before = rounds(&outlet);
    outlet.admin().call("PUT", "/api/v1/config/outlet", &json!({"sync_interval_minutes": 2})).await.data();
    goes_every(&outlet, 2).await;
    eventually("a round at once", || async { rounds(&outlet) > before }).await;
    // As 'gerai sync settings' does.
    let sight = LocalAdmin::open(&outlet.path(), linked(&hub.url(), &added)).unwrap();
    let to: ChangeOutletConfig = serde_json::from_value(json!({"sync_interval_minutes": 30})).unwrap();
    sight.change_settings(&to).unwrap();
    goes_every(&outlet, 30).await;
    // A round for another cause begins no new interval by itself; one that somebody asks for does.
    outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    goes_every(&outlet, 30).await;
    outlet.admin().call("PUT", "/api/v1/config/outlet", &json!({"sync_enabled": false})).await.data();
    assert_eq!(next_round_in_minutes(&outlet).await, None, "sync is off");
}
