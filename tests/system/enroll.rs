//! `gerai enroll`: an outlet joins with a code, and recovers its sales after its database was lost.

use serde_json::{Value, json};
use testkit::eventually;

use crate::folder::{Folder, admin, boss, orders_at, product, sell, status, synced, totals};

/// A new code for an existing outlet.
fn new_code(folder: &Folder) -> String {
    let output = folder.gerai(&["hub", "outlet", "enroll-code", "--code", "JKT-001", "--json"]).json();
    output["enroll_code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolled_outlets_sales_arrive() {
    let folder = Folder::new();
    let added = folder.add_outlet("JKT-001");
    folder.add_boss();
    let hub = folder.hub();
    let url = format!("{}/v1", hub.url);
    let code = added["enroll_code"].as_str().unwrap().to_lowercase().replace('-', "");
    // Beside a running server without a configured link.
    let outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let before = sell(&till, &kopi, 22_000).await;
    for (args, expected) in [
        (["--hub", &url, "--code", "AAAA-BBBB-CCCC"], "ask head office for a new one"),
        (["--hub", "http://127.0.0.1:1/v1", "--code", &code], "cannot be reached"),
        (["--hub", "10.0.0.5:9090", "--code", &code], "for example https://"),
        (["--hub", &hub.url, "--code", &code], "end in /v1"),
        (["--hub", &format!("{}/elsewhere/v1", hub.url), "--code", &code], "not a Gerai hub"),
    ] {
        let result = folder.gerai(&[&["enroll"], &args[..]].concat());
        assert!(result.refused().contains(expected), "{result:?}");
    }
    let output = folder.gerai(&["enroll", "--hub", &url, "--code", &code]).ok();
    assert!(output.contains("JKT-001") && output.contains("does this at once"), "{output}");
    let after = sell(&till, &kopi, 22_000).await;
    eventually("the outlet is linked", || async { status(&till).await["configured"] == true }).await;
    synced(&till).await;
    assert_eq!(orders_at(&boss(&hub).await).await, totals(&[before, after]));
    let reused = folder.gerai(&["enroll", "--hub", &url, "--code", &code]);
    assert!(reused.refused().contains("invalid, used or expired"), "{reused:?}");
    assert_eq!(status(&till).await["problem"], Value::Null, "a reused code changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_database_is_backfilled_after_enrollment() {
    let folder = Folder::new();
    let added = folder.add_outlet("JKT-001");
    folder.add_boss();
    let hub = folder.hub();
    let url = format!("{}/v1", hub.url);
    let code = added["enroll_code"].as_str().unwrap();
    // Before the server has ever run.
    let output = folder.gerai(&["enroll", "--hub", &url, "--code", code, "--json"]).json();
    assert_eq!((&output["outlet_code"], &output["server_runs"]), (&json!("JKT-001"), &json!(false)), "{output}");
    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let mut sold = Vec::new();
    for _ in 0..3 {
        sold.push(sell(&till, &kopi, 22_000).await);
    }
    synced(&till).await;
    outlet.kill();
    for lost in ["pos.db", "pos.db-wal", "pos.db-shm", "pos.db.high-water", "pos.db.secret"] {
        let _ = std::fs::remove_file(folder.file(lost));
    }

    // A new machine.
    folder.gerai(&["enroll", "--hub", &url, "--code", &new_code(&folder)]).ok();
    let mut outlet = folder.outlet(&[]);
    eventually("the orders are restored", || async { folder.sqlite("select count(*) from orders") == "3" }).await;
    let till = admin(&outlet).await;
    eventually("the comparison is complete", || async { folder.sqlite("select count(*) from sync_reconcile") == "0" })
        .await;
    let kopi = folder.sqlite("select id from products where name = 'Kopi Susu'");
    sold.push(sell(&till, &kopi, 22_000).await);
    let numbers: std::collections::BTreeSet<_> = sold.iter().map(|order| order["order_number"].as_str()).collect();
    assert_eq!(numbers.len(), 4, "{numbers:?}");
    assert!(sold[3]["order_number"].as_str().unwrap().ends_with("-0004"), "{numbers:?}");
    synced(&till).await;
    assert_eq!(orders_at(&boss(&hub).await).await, totals(&sold));
    outlet.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_pushes_nothing_until_enrolled() {
    let folder = Folder::new();
    let added = folder.add_outlet("JKT-001");
    folder.add_boss();
    let hub = folder.hub();
    let url = format!("{}/v1", hub.url);
    folder.gerai(&["enroll", "--hub", &url, "--code", added["enroll_code"].as_str().unwrap()]).ok();
    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let mut sold = vec![sell(&till, &kopi, 22_000).await];
    folder.gerai(&["backup", "cadangan.db"]).ok();
    sold.push(sell(&till, &kopi, 22_000).await);
    synced(&till).await;
    assert_eq!(outlet.terminate(), Some(0));
    folder.gerai(&["restore", "cadangan.db"]).ok();

    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    sold.push(sell(&till, &kopi, 22_000).await);
    // Other settings do not resume pushing.
    folder.sqlite("update outlet_config set sync_interval_minutes = 7");
    let result = folder.gerai(&["sync", "trigger"]);
    assert!(result.refused().contains("'gerai enroll'"), "{result:?}");
    eventually("the server has applied the settings", || async {
        std::fs::read_to_string(folder.file("outlet.log")).unwrap().contains("the link to head office was changed")
    })
    .await;
    assert_eq!(folder.sqlite("select stopped_code from sync_chain"), "restored");
    assert_eq!(orders_at(&boss(&hub).await).await, totals(&sold[..2]));

    folder.gerai(&["enroll", "--hub", &url, "--code", &new_code(&folder)]).ok();
    eventually("head office has all sales", || async { orders_at(&boss(&hub).await).await == totals(&sold) }).await;
    eventually("the lost order is restored", || async { folder.sqlite("select count(*) from orders") == "3" }).await;
    let numbers = folder.sqlite("select count(distinct order_number) from orders");
    assert_eq!(numbers, "3");
    outlet.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_paid_before_and_after_a_restore_keeps_both_payments() {
    let folder = Folder::new();
    let added = folder.add_outlet("JKT-001");
    folder.add_boss();
    let hub = folder.hub();
    let url = format!("{}/v1", hub.url);
    folder.gerai(&["enroll", "--hub", &url, "--code", added["enroll_code"].as_str().unwrap()]).ok();
    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let body = json!({"lines": [{"product_id": kopi, "qty": 1}]});
    let order = till.post("/api/v1/orders", &body).await.data().clone();
    let pay = format!("/api/v1/orders/{}/payments", order["id"].as_str().unwrap());
    synced(&till).await;
    folder.gerai(&["backup", "cadangan.db"]).ok();
    till.post(&pay, &json!({"method": "cash", "amount": 50_000})).await.data();
    synced(&till).await;
    assert_eq!(outlet.terminate(), Some(0));

    folder.gerai(&["restore", "cadangan.db"]).ok();
    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let again = till.post(&pay, &json!({"method": "card", "amount": 22_000})).await;
    assert_eq!(again.data()["status"], "paid", "the restored database does not know the first payment");
    folder.gerai(&["enroll", "--hub", &url, "--code", &new_code(&folder)]).ok();
    let boss = boss(&hub).await;
    let at_hub = async || boss.get("/v1/hq/orders").await.data()[0].clone();
    eventually("both payments are at head office", || async { at_hub().await["paid"] == 44_000 }).await;
    synced(&till).await;
    assert_eq!((&at_hub().await["status"], &at_hub().await["total"]), (&json!("paid"), &json!(22_000)));
    assert_eq!(folder.sqlite("select status || ' ' || total || ' ' || paid from orders"), "paid 22000 44000");
    assert_eq!(status(&till).await["failed_count"], 0);
    let date = order["business_date"].as_str().unwrap();
    let day = boss.get(&format!("/v1/hq/sales/daily?from={date}&to={date}")).await.data()[0].clone();
    assert_eq!((&day["total"], &day["overpaid"]), (&json!(22_000), &json!(22_000)));
    let methods = ["by_tender", "overpaid_by_tender"].map(|of| day[of].as_object().map(serde_json::Map::len));
    assert_eq!(methods, [Some(1), Some(1)], "{day}");
    // Both sides have the record, and agree.
    let at_outlet = folder.gerai(&["sync", "conflicts", "--all", "--json"]).json();
    assert_eq!((&at_outlet[0]["field"], &at_outlet[0]["rule"]), (&json!("payments"), &json!("union")), "{at_outlet}");
    eventually("head office has the record", || async {
        let conflicts = boss.get("/v1/hq/conflicts?status=all").await;
        conflicts.data()[0]["rule"] == "union" && conflicts.data()[0]["entity_id"] == order["id"]
    })
    .await;
    let verified = folder.gerai(&["sync", "verify", "--json"]).json();
    assert_eq!(verified["differences"], json!([]));
    let statement = folder.gerai(&["sync", "statement", "--date", date, "--json"]).json();
    assert_eq!(statement["matches"], true, "{statement}");
    assert!(folder.gerai(&["doctor"]).out.contains("The payments of all paid orders cover their totals"));
    outlet.terminate();
}
