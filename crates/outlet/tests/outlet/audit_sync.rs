//! The audit log on its way to head office: after lost answers, restores of either side, and edits.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{Fault, TestHub, TestOutlet, behind_proxy, eventually};

async fn deed(outlet: &TestOutlet, name: &str) {
    outlet.admin().post("/api/v1/categories", &json!({"name": name})).await.data();
}

/// Hashes by chain and number.
type Hashes = BTreeMap<(String, i64), String>;

fn hashes(connection: &Connection) -> Hashes {
    let sql = "select chain_id, n, hash from audit_events";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn at_hub(hub: &TestHub) -> Hashes {
    hashes(&Connection::open(hub.path()).unwrap())
}

async fn arrived(outlet: &TestOutlet, hub: &TestHub) {
    eventually("the audit log arrived", || async { at_hub(hub) == hashes(&outlet.shell()) }).await;
}

async fn heads(hub: &TestHub) -> Vec<Value> {
    hub.boss().await.get("/v1/hq/audit/heads").await.data().as_array().unwrap().clone()
}

async fn verdict(outlet: &TestOutlet) -> Value {
    outlet.admin().get("/api/v1/audit/verify").await.data().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_once_whatever_answers_are_lost() {
    let (hub, proxy, outlet) = behind_proxy().await;
    outlet.synced().await;
    arrived(&outlet, &hub).await;
    proxy.set(Fault::LoseAudit);
    for n in 0..5 {
        deed(&outlet, &format!("K{n}")).await;
    }
    eventually("the reason is shown", || async { verdict(&outlet).await["send_error"]["direction"] == "audit" }).await;
    outlet.synced().await;
    let health = outlet.admin().get("/api/v1/sync/health").await.data().clone();
    assert_eq!(health["reasons"], json!([]), "changes are sent all the same");
    proxy.set(Fault::None);
    deed(&outlet, "Terakhir").await;
    arrived(&outlet, &hub).await;
    let heads = heads(&hub).await;
    assert_eq!((heads.len(), &heads[0]["broken_n"], &heads[0]["forked"]), (1, &Value::Null, &json!(false)));
    eventually("acknowledged", || async { verdict(&outlet).await["acknowledged"]["n"] == heads[0]["n"] }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_at_head_office_read_who_did_what() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    deed(&outlet, "Teh").await;
    arrived(&outlet, &hub).await;
    let boss = hub.boss().await;
    let found = boss.get("/v1/hq/audit?action=created&limit=1").await.data().clone();
    assert_eq!((&found[0]["outlet_code"], &found[0]["data"]["after"]["name"]), (&json!("JKT-001"), &json!("Teh")));
    let id = found[0]["outlet_id"].as_str().unwrap();
    let all = boss.all(&format!("/v1/hq/audit?outlet_id={id}&limit=1")).await;
    assert_eq!(all.len(), hashes(&outlet.shell()).len());
    let date = found[0]["business_date"].as_str().unwrap();
    let on = boss.all(&format!("/v1/hq/audit?from={date}&to={date}")).await;
    assert_eq!(on, all);
    assert!(boss.all("/v1/hq/audit?actor_id=nobody").await.is_empty());
    assert_eq!(boss.get("/v1/hq/audit?action=sold").await.refusal(), (422, "invalid_query"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_lost_events_gets_them_again() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    deed(&outlet, "Teh").await;
    arrived(&outlet, &hub).await;
    // As after the restore of a backup: some events, or all, are not there.
    for lost in ["n > 1", "true"] {
        let head = "update audit_heads set n = 1, hash = (select hash from audit_events e where e.n = 1)";
        let head = if lost == "true" { "delete from audit_heads" } else { head };
        let sql = format!("delete from audit_events where {lost}; {head};");
        Connection::open(hub.path()).unwrap().execute_batch(&sql).unwrap();
        assert_ne!(at_hub(&hub), hashes(&outlet.shell()));
        deed(&outlet, lost).await;
        arrived(&outlet, &hub).await;
        assert_eq!(heads(&hub).await[0]["broken_n"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_outlet_begins_a_chain_that_names_the_old_one() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    deed(&outlet, "Teh").await;
    outlet.synced().await;
    arrived(&outlet, &hub).await;
    let backup = outlet.path().with_file_name("backup.db");
    outlet.shell().execute("vacuum into ?1", [backup.to_str().unwrap()]).unwrap();
    deed(&outlet, "Hilang").await;
    outlet.synced().await;
    arrived(&outlet, &hub).await;
    let lost = at_hub(&hub);
    let outlet = outlet.replace_database(&backup).await;
    deed(&outlet, "Sesudah").await;
    outlet.looked().await;
    assert_eq!(at_hub(&hub), lost, "a restored outlet sends nothing before it is enrolled again");
    let boss = hub.boss().await;
    let path = format!("/v1/hq/outlets/{}/enroll-code", added.outlet_id);
    let code = boss.post(&path, &json!({})).await.data()["enroll_code"].clone();
    let body = json!({"cloud_api_url": hub.url(), "code": code});
    outlet.admin().post("/api/v1/config/outlet/enroll", &body).await.data();
    let here = hashes(&outlet.shell());
    eventually("all events arrived", || async {
        let there = at_hub(&hub);
        here.iter().all(|(place, hash)| there.get(place) == Some(hash))
    })
    .await;
    let heads = heads(&hub).await;
    assert_eq!(heads.len(), 3, "the old chain, that of the restored database, that of the new epoch");
    assert!(heads.iter().all(|head| head["broken_n"].is_null()), "{heads:?}");
    let forked: Vec<_> = heads.iter().filter(|head| head["forked"] == true).collect();
    assert_eq!(forked.len(), 1, "{heads:?}");
    assert!(verdict(&outlet).await["whole"] == true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_log_is_noticed_by_head_office_and_shown_at_the_outlet() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    for name in ["Satu", "Dua"] {
        deed(&outlet, name).await;
    }
    arrived(&outlet, &hub).await;
    eventually("acknowledged", || async { !verdict(&outlet).await["acknowledged"].is_null() }).await;
    // Somebody removes the latest event, so that the next one takes its number.
    let last: i64 = outlet.shell().query_row("select max(n) from audit_events", [], |row| row.get(0)).unwrap();
    let edit =
        "drop trigger sync_audit_no_delete; delete from audit_events where seq = (select max(seq) from audit_events)";
    outlet.shell().execute_batch(edit).unwrap();
    let here = verdict(&outlet).await;
    assert_eq!((&here["whole"], &here["chains"][0]["broken"]["kind"]), (&json!(false), &json!("missing")));
    assert_eq!(here["chains"][0]["broken"]["n"], last);
    deed(&outlet, "Pengganti").await;
    eventually("head office sees it", || async { heads(&hub).await[0]["broken_n"] == last }).await;
    assert_eq!(heads(&hub).await[0]["broken_kind"], "changed");
    eventually("the outlet shows it", || async { verdict(&outlet).await["broken_at_hub"]["n"] == last }).await;
    deed(&outlet, "Lanjut").await;
    outlet.synced().await;
    eventually("the log goes on", || async { heads(&hub).await[0]["n"] == last + 1 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_events_are_sent_as_they_are() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::alone().await;
    let edit = "drop trigger sync_audit_no_update;
        update audit_events set body = cast(x'7bff00' as text) || printf('%.*c', 100000, 'x'), hash = printf('%.*c', 500, 'h');";
    outlet.shell().execute_batch(edit).unwrap();
    let body = json!({"cloud_api_url": hub.url(), "code": added.enroll_code});
    outlet.admin().post("/api/v1/config/outlet/enroll", &body).await.data();
    deed(&outlet, "Teh").await;
    let count = hashes(&outlet.shell()).len();
    eventually("all arrived", || async { at_hub(&hub).len() == count }).await;
    let broken: Vec<_> = heads(&hub).await.into_iter().filter(|head| !head["broken_n"].is_null()).collect();
    assert_eq!((broken.len(), &broken[0]["broken_kind"]), (1, &json!("changed")));
}
