//! The tools beside the servers: demo, terminal commands, doctor, health and metrics.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::{Http, Process, eventually, program};

use crate::folder::{Folder, GERAI, Office, admin, boss, orders_at, product, sell, status, synced, totals};

// The demo

#[test]
fn demo_loses_and_duplicates_nothing() {
    let folder = Folder::new();
    let result = folder.gerai(&["demo", "--for", "3", "--outlets", "2", "--rate", "5", "--json"]);
    let summary = result.json();
    assert!(summary["orders_made"].as_i64().unwrap() > 0, "{summary}");
    assert_eq!(summary["orders_at_hub"], summary["orders_made"], "{summary}");
    assert_eq!((&summary["lost"], &summary["doubled"]), (&json!(0), &json!(0)), "{summary}");
    assert!(summary["total_made"].as_i64().unwrap() > 0, "{summary}");
    assert_eq!(summary["total_at_hub"], summary["total_made"], "to the rupiah: {summary}");
    let (p50, p99) = (summary["delay_ms_p50"].as_i64().unwrap(), summary["delay_ms_p99"].as_i64().unwrap());
    assert!(p50 >= 0 && p99 >= p50, "{summary}");
    assert_eq!(summary["converged"], true, "{summary}");
    assert!(summary["price_changes"].as_i64().unwrap() > 0, "{summary}");
    assert!(summary["product_edits"].as_i64().unwrap() >= 2, "one at each outlet: {summary}");
    assert!(summary["conflicts"].is_i64(), "{summary}");
    let (p50, p99) = (&summary["price_delay_ms_p50"], &summary["price_delay_ms_p99"]);
    assert!(p50.as_i64().unwrap() > 0 && p99.as_i64() >= p50.as_i64(), "{summary}");
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["sql"], "the demo's databases are deleted");
}

#[test]
fn demo_reuses_its_database_folder() {
    let folder = Folder::new();
    for run in 1..=2 {
        let result = folder.gerai(&["demo", "--for", "1", "--outlets", "1", "--rate", "20", "--dir", "kafe"]);
        let output = result.ok();
        assert!(output.contains("lost           0") && output.contains("doubled        0"), "run {run}: {output}");
        assert!(output.contains("converged      yes"), "run {run}: {output}");
    }
    let orders = folder.sqlite_on("kafe/hub.db", "select count(*) > 0, count(distinct outlet_id) from sales");
    assert_eq!(orders, "1|2", "both runs have an outlet each");
}

#[test]
fn a_demo_takes_the_lock_of_head_offices_server() {
    let folder = Folder::new();
    folder.add_outlet("JKT-001");
    let hub = folder.hub();
    let demo = || folder.gerai(&["demo", "--for", "1", "--outlets", "1", "--dir", "."]);
    let before = folder.sqlite_on("hub.db", "select count(*) from outlets, hq_users");
    assert!(demo().refused().contains("another Gerai server runs on"));
    assert_eq!(folder.sqlite_on("hub.db", "select count(*) from outlets, hq_users"), before);
    drop(hub);
    assert!(demo().ok().contains("doubled        0"));
}

/// Runs `gerai try` until a request in `script` was answered; returns its exit code and what the script printed.
fn trial(folder: &Folder, script: &str) -> (Option<i32>, String) {
    let run = format!(
        "'{GERAI}' try --port 0 --hub-port 0 --orders 3 --dir kafe --json >out 2>err & pid=$!
         until grep -q outlet out; do kill -0 $pid || {{ cat err >&2; exit 9; }}; sleep 0.1; done
         outlet=$(jq -r .outlet out) hub=$(jq -r .hub out)
         {script}
         kill -TERM $pid; wait $pid"
    );
    let result = folder.bash(&run);
    (result.code, result.out)
}

#[test]
fn a_trial_serves_a_cafe_with_staff_and_orders_until_it_is_stopped() {
    let folder = Folder::new();
    let orders = r#"
        token=$(curl -sf --json '{"username": "rina", "password": "2580"}' $outlet/api/v1/auth/login | jq -r .data.token)
        curl -sf -H "Authorization: Bearer $token" $outlet/api/v1/orders | jq -c '.data | map(.status) | sort'
        jq -c '{username, password}' out | curl -sf --json @- $hub/v1/hq/auth/login | jq .success"#;
    for run in 1..=2 {
        let (code, printed) = trial(&folder, orders);
        let expected = "[\"open\",\"open\",\"open\",\"open\",\"paid\",\"paid\",\"paid\"]\ntrue\n";
        assert_eq!((code, printed.as_str()), (Some(0), expected), "run {run}");
    }
    let printed =
        folder.bash(&format!("timeout 20 '{GERAI}' try --port 0 --hub-port 0 --orders 0 --lang id | sed '/Ctrl-C/q'"));
    for word in ["Kasir", "/till/", "Kantor pusat", "Sari (cashier)", "PIN 2468", "Datanya lalu dihapus."] {
        assert!(printed.out.contains(word), "{word}: {printed:?}");
    }
}

// gerai sync

/// The columns of a printed table's first line.
fn columns(table: &str) -> Vec<&str> {
    table.lines().next().unwrap_or_default().split_whitespace().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_commands_work_beside_a_running_server() {
    let office = Office::open();
    let folder = &office.folder;
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    let wrong = sell(&admin, &kopi, 22_000).await["id"].as_str().unwrap().to_owned();
    synced(&admin).await;
    let url = office.url();
    let link = office.link(&url);
    let gerai = |args: &[&str]| folder.gerai_with(args, &link);

    // The same as the API's answer, on one line.
    let printed = gerai(&["sync", "status", "--json"]).json();
    let api = status(&admin).await;
    for field in
        ["outlet_id", "outlet_code", "sync_enabled", "last_sync_at", "pending_count", "failed_count", "total_synced"]
    {
        assert_eq!(printed[field], api[field], "{field}");
    }
    let shown = gerai(&["sync", "status"]).ok();
    for expected in ["JKT-001", "Sync      on", "Waiting   0", "Failed    0", "Synced    4 changes"] {
        assert!(shown.contains(expected), "{expected}:\n{shown}");
    }
    for list in ["queue", "failed"] {
        assert_eq!(gerai(&["sync", list, "--json"]).json(), json!([]));
        assert_eq!(gerai(&["sync", list]).ok().trim(), "Nothing.");
    }

    // A round now, and its result.
    let round = gerai(&["sync", "trigger", "--json"]).json();
    assert_eq!((&round["sync_type"], &round["status"]), (&json!("push"), &json!("success")), "{round}");
    assert!(gerai(&["sync", "trigger"]).ok().starts_with("Round ended: success"));

    // A failed item, and its retry.
    folder.sqlite(&format!("update payments set amount = 21999, tendered = 21999 where order_id = '{wrong}'"));
    eventually("the item is rejected", || async { status(&admin).await["failed_count"] == 1 }).await;
    let failed = gerai(&["sync", "failed", "--json"]).json();
    assert_eq!(failed[0]["entity_id"], wrong.as_str());
    let table = gerai(&["sync", "failed"]).ok();
    assert_eq!(columns(&table), ["id", "entity_type", "entity_id", "operation", "retry_count", "error_message"]);
    assert!(table.contains(&wrong) && table.contains("Head office keeps"), "{table}");
    let number = failed[0]["id"].clone();
    let id = number.to_string();
    let again = gerai(&["sync", "retry", &id, "--json"]);
    assert!(again.out.contains("\"push\""), "{again:?}");
    eventually("the item is rejected again", || async {
        let failed = admin.get("/api/v1/sync/failed").await;
        failed.body["count"] == 1 && failed.body["data"][0]["id"] != number
    })
    .await;
    assert!(gerai(&["sync", "retry", &id]).refused().contains("no item with this id"));
    assert!(gerai(&["sync", "retry", "999999"]).refused().contains("no item with this id"));
    let sent = folder.sqlite("select id from sync_queue where status = 'success' limit 1");
    assert!(gerai(&["sync", "retry", &sent]).refused().contains("has not failed"));

    // A discarded item is listed with the reason, and not counted.
    let id = admin.get("/api/v1/sync/failed").await.body["data"][0]["id"].to_string();
    let discard = |id: &str, reason: &str| gerai(&["sync", "discard", id, "--reason", reason]);
    assert!(discard(&id, " ").refused().contains("must not be empty"));
    assert!(discard("voucher/9", "y").refused().contains("no unapplied change"));
    assert!(gerai(&["sync", "retry", "voucher/9"]).refused().contains("no unapplied change"));
    assert!(discard(&sent, "y").refused().contains("has not failed"));
    assert!(discard(&id, "Pesanan latihan").ok().contains("stays here and is not sent"));
    assert!(discard(&id, "y").refused().contains("discarded before"));
    let quarantine = gerai(&["sync", "quarantine", "--json"]).json();
    assert_eq!((&quarantine["items"][0]["state"], &quarantine["updates"]), (&json!("discarded"), &json!([])));
    let table = gerai(&["sync", "quarantine"]).ok();
    assert!(table.contains("Pesanan latihan") && table.contains("Head office keeps"), "{table}");
    assert_eq!(gerai(&["sync", "failed"]).ok().trim(), "Nothing.");

    // The same for an unapplied update.
    folder.sqlite(
        r#"insert into sync_unapplied_updates (entity_type, entity_id, seq, code, message, "update", received_at)
           select 'voucher', '9', seq + 1, 'x', 'x', '{"entity_type": "voucher", "entity_id": "9", "deleted": false,
             "token": {"n": 1, "change_id": "c"}, "document": {}, "changed_by": "hq:rina", "changed_at": ""}', '' from sync_context"#,
    );
    let retried = gerai(&["sync", "retry", "voucher/9"]);
    assert!(retried.code == Some(1) && retried.out.contains("still cannot be applied: This version"), "{retried:?}");
    assert!(discard("voucher/9", "Tidak dipakai").ok().contains("is not applied here"));
    assert!(discard("voucher/9", "y").refused().contains("discarded before"));
    let quarantine = gerai(&["sync", "quarantine", "--json"]).json();
    assert_eq!(
        (&quarantine["updates"][0]["state"], &quarantine["updates"][0]["discarded_by"]),
        (&json!("discarded"), &json!("terminal"))
    );

    // Pending entities while sync is off, and the message that it is off.
    folder.sqlite("update outlet_config set sync_enabled = 0 where id = 1");
    let order = sell(&admin, &kopi, 22_000).await;
    let queue = gerai(&["sync", "queue", "--json"]).json();
    assert_eq!(queue.as_array().map(Vec::len), Some(1), "{queue}");
    assert_eq!((&queue[0]["entity_id"], &queue[0]["operation"]), (&order["id"], &json!("create")));
    assert_eq!(columns(&gerai(&["sync", "queue"]).ok())[..2], ["id", "entity_type"]);
    assert!(gerai(&["sync", "trigger"]).refused().contains("is switched off"));
    assert!(gerai(&["sync", "status"]).ok().contains("Sync      off"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_trigger_reports_an_unreachable_hub() {
    let mut office = Office::open();
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    synced(&admin).await;
    office.close_hub();
    product(&admin, "Kopi Susu", 22_000).await;
    let url = office.url();
    let link = office.link(&url);
    let result = office.folder.gerai_with(&["sync", "trigger"], &link);
    assert!(result.refused().contains("cannot be reached"), "{result:?}");
    // For scripts: the round as JSON, and the exit code.
    let result = office.folder.gerai_with(&["sync", "trigger", "--json"], &link);
    let round: Value = serde_json::from_str(&result.out).unwrap();
    assert_eq!(round["status"], "failed", "{round}");
    assert!(result.refused().contains("cannot be reached"), "{result:?}");
    let shown = office.folder.gerai_with(&["sync", "status"], &link).ok();
    assert!(shown.contains("Waiting   1") && shown.contains("Failed    0"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_trigger_does_not_report_an_earlier_round() {
    let office = Office::open();
    let outlet = office.outlet();
    synced(&admin(&outlet).await).await;
    let url = office.url();
    let link = office.link(&url);
    assert!(office.folder.gerai_with(&["sync", "trigger"], &link).ok().contains("success"));
    // As after a restored backup: nothing is pushed until the outlet enrolls again.
    office.folder.sqlite("update sync_chain set stopped_code = 'epoch_mismatch', stopped_message = ''");
    for args in [&["sync", "trigger"][..], &["sync", "trigger", "--json"]] {
        let result = office.folder.gerai_with(args, &link);
        assert!(result.refused().contains("enroll the outlet again"), "{result:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_commands_without_a_server_run_at_its_start() {
    let office = Office::open();
    let folder = &office.folder;
    for command in ["status", "queue", "failed", "trigger"] {
        let result = folder.gerai(&["sync", command]);
        assert!(result.refused().contains("does not exist"), "{command}: {result:?}");
    }
    assert!(!folder.file("pos.db").exists(), "reading creates no database");

    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let sold = sell(&till, &kopi, 22_000).await;
    assert_eq!(outlet.terminate(), Some(0));

    let url = office.url();
    let link = office.link(&url);
    let gerai = |args: &[&str]| folder.gerai_with(args, &link);
    assert_eq!(gerai(&["sync", "status", "--json"]).json()["pending_count"], 4);
    assert_eq!(gerai(&["sync", "queue", "--json"]).json().as_array().map(Vec::len), Some(4));
    assert_eq!(gerai(&["sync", "failed"]).ok().trim(), "Nothing.");
    let result = gerai(&["sync", "trigger"]);
    assert!(result.refused().contains("no outlet server runs"), "{result:?}");
    assert_eq!(folder.sqlite("select kind from sync_requests"), "trigger");

    let outlet = office.outlet();
    synced(&admin(&outlet).await).await;
    eventually("the request is served", || async { folder.sqlite("select count(*) from sync_requests") == "0" }).await;
    assert_eq!(orders_at(&boss(&office.hub).await).await, totals(&[sold]));
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_commands_take_their_options_before_and_after_the_subcommand() {
    let folder = Folder::new();
    drop(folder.outlet(&[("DB_PATH", "toko.db")]));
    for args in [
        &["sync", "--db", "toko.db", "status", "--json"][..],
        &["sync", "--json", "--db", "toko.db", "status"],
        &["sync", "status", "--db", "toko.db", "--json"],
    ] {
        assert_eq!(folder.gerai(args).json()["pending_count"], 2, "{args:?}");
    }
    assert_eq!(folder.gerai_with(&["sync", "status", "--json"], &[("DB_PATH", "toko.db")]).json()["failed_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_conflicts_are_listed_and_resolved_in_the_terminal() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    assert_eq!(folder.gerai(&["sync", "conflicts"]).ok().trim(), "Nothing.");
    for (id, status, rule) in [("c1", "merged", "cloud_wins"), ("c2", "open", "manual"), ("c3", "superseded", "manual")]
    {
        folder.sqlite(&format!(
            "insert into sync_conflicts (id, entity_type, entity_id, field, base, local, cloud, rule, status, created_at)
             values ('{id}', 'product', '{kopi}', 'price', '21000', '24000', '22000', '{rule}', '{status}', 't')"
        ));
    }
    let open = folder.gerai(&["sync", "conflicts", "--json"]).json();
    assert_eq!(open.as_array().map(Vec::len), Some(1), "{open}");
    assert_eq!(open, *till.get("/api/v1/sync/conflicts").await.data(), "the same as the API's answer");
    let all = folder.gerai(&["sync", "conflicts", "--all"]).ok();
    assert!(columns(&all).starts_with(&["id", "entity_type"]) && all.contains("c1") && all.contains("c3"), "{all}");

    for (args, expected) in [
        (["resolve", "c3", "--strategy", "local_wins"], "has been changed since"),
        (["resolve", "c9", "--strategy", "local_wins"], "no conflict"),
    ] {
        let result = folder.gerai(&[&["sync"], &args[..]].concat());
        assert!(result.refused().contains(expected), "{result:?}");
    }
    let output = folder.gerai(&["sync", "resolve", "c2", "--strategy", "local_wins", "--json"]).json();
    assert_eq!((&output["status"], &output["resolved_by"]), (&json!("resolved"), &json!("terminal")), "{output}");
    assert_eq!(folder.sqlite(&format!("select price from products where id = '{kopi}'")), "24000");
    let output = folder.gerai(&["sync", "resolve", "c1", "--strategy", "cloud_wins"]).ok();
    assert!(output.contains("'price' of product"), "{output}");
    assert_eq!(folder.sqlite(&format!("select price from products where id = '{kopi}'")), "22000");
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_resync_and_verify_report_differences() {
    let office = Office::open();
    let folder = &office.folder;
    let outlet = office.outlet();
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let order = sell(&till, &kopi, 22_000).await;
    synced(&till).await;
    let url = office.url();
    let link = office.link(&url);
    let gerai = |args: &[&str]| folder.gerai_with(args, &link);
    assert!(gerai(&["sync", "resync", "--scope", "owned"]).ok().contains("Compared"));
    assert_eq!(gerai(&["sync", "resync", "--json"]).json(), json!({"compared": true}));
    assert!(gerai(&["sync", "verify"]).ok().contains(" 0 differ"));
    let date = order["business_date"].as_str().unwrap();
    assert!(gerai(&["sync", "statement", "--date", date]).ok().contains("Both have the same"));
    assert!(gerai(&["sync", "statement", "--date", "kemarin"]).refused().contains("business date"));

    let id = order["id"].as_str().unwrap();
    let damage = "update documents set document = json_set(document, '$.customer_name', 'x') where entity_id";
    folder.sqlite_on("hub.db", &format!("{damage} = '{id}'"));
    let report = gerai(&["sync", "verify"]);
    assert!(report.code == Some(1) && report.out.contains("content") && report.out.contains(id), "{report:?}");
    assert!(gerai(&["sync", "verify", "--repair"]).out.contains("being repaired"));
    eventually("the difference is repaired", || async { gerai(&["sync", "verify", "--json"]).code == Some(0) }).await;
    assert!(folder.gerai(&["sync", "verify", "--db", "none.db"]).refused().contains("does not exist"));
}

// gerai doctor

#[tokio::test(flavor = "multi_thread")]
async fn doctor_reports_a_healthy_pair_as_well() {
    let office = Office::open();
    let outlet = office.outlet();
    synced(&admin(&outlet).await).await;
    let url = office.url();
    let link = office.link(&url);
    let output = office.folder.gerai_with(&["doctor"], &link).ok();
    assert!(output.ends_with("All is well.\n") && !output.contains("!!"), "{output}");
    let report = office.folder.gerai_with(&["doctor", "--json", "--lang", "id"], &link).json();
    assert_eq!(report["well"], true);
    let file = report["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "file_damaged").unwrap();
    assert_eq!((&file["args"], &file["message"]), (&json!({"reason": "ok"}), &json!("The database file is intact.")));
    assert!(office.folder.gerai_with(&["doctor", "--lang", "id"], &link).ok().ends_with("Semua baik.\n"));
    let by_locale: Vec<_> = link.iter().copied().chain([("LANG", "id_ID.UTF-8")]).collect();
    assert!(office.folder.gerai_with(&["doctor"], &by_locale).ok().ends_with("Semua baik.\n"));
    let codes: BTreeSet<_> =
        report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    for check in outlet::health::checks::CHECKS {
        assert!(codes.contains(check.code.as_str()), "{} is not among {codes:?}", check.code.as_str());
    }
}

/// The problems that doctor reports: code and message.
fn reported_problems(folder: &Folder, env: &[(&str, &str)]) -> BTreeMap<String, String> {
    let result = folder.gerai_with(&["doctor", "--json"], env);
    assert_eq!(result.code, Some(1), "{result:?}");
    let report: Value = serde_json::from_str(&result.out).unwrap();
    assert_eq!(report["well"], false);
    let findings = report["findings"].as_array().unwrap();
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    findings
        .iter()
        .filter(|f| f["well"] == false && f["unknown"] == false)
        .map(|f| (text(f, "code"), text(f, "message")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_finds_a_dropped_trigger_and_the_next_start_restores_it() {
    let office = Office::open();
    let folder = &office.folder;
    let mut outlet = office.outlet();
    synced(&admin(&outlet).await).await;
    let url = office.url();
    let link = office.link(&url);

    // A running server restores it within a second.
    outlet.terminate();
    folder.sqlite("drop trigger sync_products_insert");
    folder.sqlite("insert into products (id, name, price) values ('p', 'Tidak terlihat', 1000)");
    assert_eq!(
        folder.sqlite("select count(*) from sync_queue where entity_id = 'p'"),
        "0",
        "the change was not queued"
    );
    let problems = reported_problems(folder, &link);
    assert_eq!(problems.keys().collect::<Vec<_>>(), ["triggers_altered"]);
    let message = &problems["triggers_altered"];
    assert!(message.contains("sync_products_insert") && message.contains("Restart the server"), "{message}");
    let shown = folder.gerai_with(&["doctor"], &link);
    assert_eq!(shown.code, Some(1));
    assert!(shown.out.contains("!!  triggers_altered") && shown.out.contains("Action needed"), "{shown:?}");
    assert_eq!(
        folder.sqlite("select count(*) from sqlite_master where name = 'sync_products_insert'"),
        "0",
        "doctor changes nothing"
    );

    let outlet = office.outlet();
    synced(&admin(&outlet).await).await;
    assert!(folder.gerai_with(&["doctor"], &link).ok().contains("All is well."));
    let at_hub = "select count(*) from shared_entities where entity_id = 'p'";
    assert_eq!(folder.sqlite_on("hub.db", at_hub), "1", "the missed change has arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_reports_each_problem_with_advice() {
    let office = Office::open();
    let folder = &office.folder;
    let mut outlet = office.outlet();
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let order = sell(&till, &kopi, 22_000).await;
    synced(&till).await;
    outlet.terminate();
    let url = office.url();
    let link = office.link(&url);
    folder.gerai_with(&["doctor"], &link).ok();
    std::fs::copy(folder.file("pos.db"), folder.file("sehat.db")).unwrap();

    let order = order["id"].as_str().unwrap();
    for (code, expected, damage) in [
        ("triggers_altered", "sync_queue", "drop view sync_queue".to_owned()),
        (
            "triggers_altered",
            "sync_capture_insert",
            "drop trigger sync_capture_insert; create trigger sync_capture_insert instead of insert on sync_capture begin select 1; end".to_owned(),
        ),
        ("counters_mismatch", "do not match", "update sync_context set pending = 7".to_owned()),
        ("paid_orders_underpaid", "1 paid order has", format!("update payments set amount = amount - 1 where order_id = '{order}'")),
        ("items_failed", "1 item has", "update sync_state set status = 'failed' where entity_type = 'product'".to_owned()),
        (
            "changes_overdue",
            "more than a day",
            "update products set price = 1; update sync_state set changed_at = '2020-01-01T00:00:00.000Z' where status = 'pending'"
                .to_owned(),
        ),
        ("sync_disabled", "switched off", "update outlet_config set sync_enabled = 0".to_owned()),
        ("hub_not_answering", "cannot be reached", "delete from sync_key_origin; update outlet_config set cloud_api_url = 'http://127.0.0.1:1/v1'".to_owned()),
        ("hub_not_answering", "not a Gerai hub", format!("update outlet_config set cloud_api_url = '{}/elsewhere/v1'", office.hub.url)),
    ] {
        for extra in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.file(&format!("pos.db{extra}")));
        }
        std::fs::copy(folder.file("sehat.db"), folder.file("pos.db")).unwrap();
        folder.sqlite(&damage);
        let problems = reported_problems(folder, &link);
        let message = problems.get(code).unwrap_or_else(|| panic!("{damage} is not found: {problems:?}"));
        assert!(message.contains(expected), "{damage}: {message}");
    }

    // A corrupt page of a table.
    std::fs::copy(folder.file("sehat.db"), folder.file("pos.db")).unwrap();
    let root = folder.sqlite("select rootpage from sqlite_schema where type = 'table' and name = 'orders'");
    let mut bytes = std::fs::read(folder.file("pos.db")).unwrap();
    let page = 4_096 * (root.trim().parse::<usize>().unwrap() - 1);
    bytes[page..page + 4_096].fill(0xa5);
    folder.write("pos.db", bytes);
    assert!(reported_problems(folder, &link)["file_damaged"].contains("restore a backup"));
}

#[test]
fn doctor_reports_missing_setup() {
    let folder = Folder::new();
    assert!(folder.gerai(&["doctor"]).refused().contains("does not exist"));
    assert!(!folder.file("pos.db").exists());
    drop(folder.outlet(&[]));
    let problems = reported_problems(&folder, &[]);
    assert_eq!(problems.keys().collect::<Vec<_>>(), ["sync_disabled"]);
    assert!(problems["sync_disabled"].contains("Cloud API not configured"));
}

// Language

#[test]
fn commands_print_results_and_refusals_in_indonesian() {
    let folder = Folder::new();
    assert!(folder.gerai(&["--lang", "id", "user", "list"]).refused().contains("pos.db tidak ada."));
    drop(folder.outlet(&[]));
    let status = folder.gerai(&["--lang", "id", "sync", "status"]).ok();
    assert!(status.contains("belum terdaftar\nSinkronisasi  mati\n"), "{status}");
    assert_eq!(folder.gerai(&["sync", "failed", "--lang", "id"]).ok(), "Tidak ada.\n");
    let output = folder.gerai(&["backup", "cadangan.db", "--lang", "id"]).ok();
    assert!(output.contains("Cadangan dibuat") && output.contains("\n  0 pesanan; "), "{output}");
    let refused = folder.gerai(&["backup", "cadangan.db", "--lang", "id"]);
    assert_eq!(refused.refused(), "gerai: cadangan.db sudah ada. Pilih nama lain, atau pindahkan berkas itu.");
    let round = folder.gerai_with(&["sync", "trigger"], &[("LANG", "id_ID.UTF-8")]);
    assert!(round.refused().contains("belum diatur"), "{round:?}");
}

// gerai hub

#[tokio::test(flavor = "multi_thread")]
async fn hub_outlet_commands_work_while_the_hub_runs() {
    let office = Office::open();
    let folder = &office.folder;
    assert_eq!(office.added.as_object().unwrap().len(), 4, "{}", office.added);
    for field in ["outlet_id", "outlet_code", "api_key", "enroll_code"] {
        assert!(!office.of(field).is_empty());
    }
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    sell(&admin, &kopi, 22_000).await;
    synced(&admin).await;

    // List: for scripts and for people; never a key.
    let listed = folder.gerai(&["hub", "outlet", "list", "--json"]);
    assert!(!listed.out.contains(office.of("api_key")) && !listed.out.contains(office.of("enroll_code")));
    let listed = listed.json();
    assert_eq!((&listed[0]["id"], &listed[0]["code"]), (&office.added["outlet_id"], &json!("JKT-001")));
    assert_eq!((&listed[0]["name"], &listed[0]["state"]), (&json!("Outlet Jakarta Pusat"), &json!("active")));
    assert_eq!(listed[0]["acked_through"], 4, "{listed}");
    assert!(listed[0]["last_contact_at"].is_string(), "{listed}");
    assert_eq!((&listed[0]["presence"], &listed[0]["silent_since"]), (&json!("active"), &Value::Null), "{listed}");
    let table = folder.gerai(&["hub", "outlet", "list"]).ok();
    let late = "update outlets set last_contact_at = '2026-11-22T00:00:00.000Z'";
    assert_eq!(folder.sqlite_on("hub.db", late), "");
    let silent = folder.gerai(&["hub", "outlet", "list", "--silent-after-minutes", "5"]).ok();
    assert!(silent.contains("silent") && !table.contains("silent"), "{silent}");
    assert!(columns(&table).starts_with(&["code", "name", "state"]) && table.contains("JKT-001"), "{table}");

    // Codes are unique, and their form is checked.
    let twice = folder.gerai(&["hub", "outlet", "add", "--code", "JKT-001", "--name", "Lain"]);
    assert!(twice.refused().contains("already has the code JKT-001"), "{twice:?}");
    assert!(
        folder.gerai(&["hub", "outlet", "add", "--code", "JKT 001", "--name", "Lain"]).refused().contains("hyphens")
    );
    let shown = folder.gerai(&["hub", "outlet", "add", "--code", "BDG-001", "--name", "Bandung"]).ok();
    for expected in ["OUTLET_ID=", "OUTLET_CODE=BDG-001", "CLOUD_API_KEY=", "enrollment code: "] {
        assert!(shown.contains(expected), "{expected}:\n{shown}");
    }

    // A new key: the old one is valid until the new one is used.
    let rotated = folder.gerai(&["hub", "outlet", "rotate-key", "JKT-001", "--json"]).json();
    assert_eq!(rotated["outlet_id"], office.added["outlet_id"]);
    assert_ne!(rotated["api_key"], office.added["api_key"]);
    sell(&admin, &kopi, 22_000).await;
    synced(&admin).await;
    let use_key = |key: &str| folder.sqlite(&format!("update outlet_config set cloud_api_key = '{key}'"));
    use_key(rotated["api_key"].as_str().unwrap());
    sell(&admin, &kopi, 22_000).await;
    synced(&admin).await;
    use_key(office.of("api_key"));
    sell(&admin, &kopi, 22_000).await;
    eventually("the old key is rejected", || async {
        status(&admin).await["problem"].as_str().is_some_and(|problem| problem.contains("does not know this key"))
    })
    .await;
    let now = status(&admin).await;
    assert_eq!((&now["pending_count"], &now["failed_count"]), (&json!(1), &json!(0)), "{now}");
    use_key(rotated["api_key"].as_str().unwrap());
    synced(&admin).await;
    let hub = boss(&office.hub).await;
    assert_eq!(orders_at(&hub).await.len(), 4);

    // A code for a machine that was replaced, for scripts and for people.
    let new_code = folder.gerai(&["hub", "outlet", "enroll-code", "--code", "JKT-001", "--json"]).json();
    assert_eq!(new_code["outlet_id"], office.added["outlet_id"]);
    assert_ne!(new_code["enroll_code"], office.added["enroll_code"]);
    assert!(new_code["enroll_code_expires_at"].is_string(), "{new_code}");
    let shown = folder.gerai(&["hub", "outlet", "enroll-code", "--code", "JKT-001"]).ok();
    assert!(shown.contains("enrollment code: "), "{shown}");
    let unknown = folder.gerai(&["hub", "outlet", "enroll-code", "--code", "TIDAK-ADA"]);
    assert!(unknown.refused().contains("TIDAK-ADA"), "{unknown:?}");

    // Revoked: nothing more arrives, earlier orders stay, and the code is free again.
    folder.gerai(&["hub", "outlet", "revoke", "JKT-001"]).ok();
    sell(&admin, &kopi, 22_000).await;
    eventually("the outlet reports that it was revoked", || async {
        status(&admin).await["problem"].as_str().is_some_and(|problem| problem.contains("revoked"))
    })
    .await;
    assert_eq!(orders_at(&hub).await.len(), 4);
    assert_eq!(status(&admin).await["failed_count"], 0);
    let again = folder.add_outlet("JKT-001");
    assert_ne!(again["outlet_id"], office.added["outlet_id"]);
    for command in ["rotate-key", "revoke"] {
        let result = folder.gerai(&["hub", "outlet", command, "TIDAK-ADA"]);
        assert!(result.refused().contains("TIDAK-ADA"), "{result:?}");
    }
    let revoked = folder.gerai(&["hub", "outlet", "rotate-key", office.of("outlet_id")]);
    assert!(revoked.refused().contains("revoked"), "{revoked:?}");
}

#[test]
fn hub_outlet_webhook_shows_its_secret_once() {
    let folder = Folder::new();
    let outlet = folder.add_outlet("JKT-001");
    let webhook = |rest: &[&str]| folder.gerai(&[&["hub", "outlet", "webhook", "--code", "JKT-001"], rest].concat());
    assert!(webhook(&[]).refused().contains("--url"));
    assert!(webhook(&["--url", "pos.example.com"]).refused().contains("https://"));
    let url = "https://pos.example.com/api/v1/webhooks/cloud";
    let created = webhook(&["--url", url, "--json"]).json();
    assert_eq!(
        (&created["outlet_id"], &created["url"], &created["state"]),
        (&outlet["outlet_id"], &json!(url), &json!("active"))
    );
    let secret = created["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{created}");
    for result in [webhook(&[]), webhook(&["--url", url]), folder.gerai(&["hub", "outlet", "list"])] {
        assert!(!result.ok().contains("whsec_"));
    }
    let rotated = webhook(&["--rotate-secret"]).ok();
    assert!(rotated.contains("  WEBHOOK_SECRET=whsec_") && !rotated.contains(&secret), "{rotated}");
    let listed = folder.gerai(&["hub", "outlet", "list", "--json"]).json();
    assert_eq!(listed[0]["webhook"], "active");
    assert_eq!(webhook(&["--remove", "--json"]).json()["url"], Value::Null);
    assert!(webhook(&["--remove"]).refused().contains("has no webhook"));
    // The environment is checked before anything is done.
    let wrong = folder.gerai_with(&["sync", "status"], &[("WEBHOOK_SECRET", &secret[..20])]);
    assert!(wrong.refused().contains("WEBHOOK_SECRET"), "{wrong:?}");
    assert!(!wrong.err.contains(&secret[..20]));
}

#[tokio::test(flavor = "multi_thread")]
async fn hub_user_add_reads_the_password_from_stdin_and_updates_it() {
    let folder = Folder::new();
    let hub = folder.hub();
    let add = |username: &str, role: &str, password: &str| {
        let args = ["hub", "user", "add", "--username", username, "--role", role, "--password-stdin"];
        folder.run(program(GERAI).args(args), password)
    };
    let log_in = async |username: &str, password: &str| {
        let body = json!({"username": username, "password": password});
        Http::new(&hub.url).post("/v1/hq/auth/login", &body).await
    };
    assert!(add("boss", "admin", "rahasia-sekali\n").ok().contains("boss can log in"));
    let session = log_in("boss", "rahasia-sekali").await;
    assert_eq!(session.data()["user"]["role"], "admin");
    add("boss", "viewer", "rahasia-kedua").ok();
    assert_eq!(log_in("boss", "rahasia-sekali").await.status, 401);
    assert_eq!(log_in("boss", "rahasia-kedua").await.data()["user"]["role"], "viewer");
    let old = Http::new(&hub.url).with_token(session.data()["token"].as_str().unwrap());
    assert_eq!(old.get("/v1/hq/outlets").await.status, 401, "a new password ends the sessions of the old one");

    assert!(add("raja", "raja", "rahasia-sekali").refused().contains("admin or viewer"));
    for (password, expected) in [
        ("", "at least 10 characters"),
        ("pendek\n", "at least 10 characters"),
        ("baru123456", "not be the user name"),
        ("password123", "such as 'password'"),
    ] {
        assert!(add("baru", "admin", password).refused().contains(expected), "{password}");
    }
    assert!(add("dua kata", "admin", "rahasia-sekali").refused().len() > 20);
    let users =
        folder.sqlite_on("hub.db", "select group_concat(username) from (select username from hq_users order by 1)");
    assert_eq!(users, "admin,boss");

    let user = |command: &str, username: &str| {
        folder.run(program(GERAI).args(["hub", "user", command, "--username", username]), "")
    };
    let http = async |password: &str| {
        let session = log_in("boss", password).await;
        Http::new(&hub.url).with_token(session.data()["token"].as_str().unwrap())
    };
    for command in ["end-sessions", "disable"] {
        let session = http("rahasia-kedua").await;
        assert_eq!(session.get("/v1/hq/outlets").await.status, 200);
        assert!(user(command, "boss").ok().contains("logged out on every device"));
        assert_eq!(session.get("/v1/hq/outlets").await.status, 401, "{command}");
    }
    assert_eq!(log_in("boss", "rahasia-kedua").await.status, 401);
    assert!(user("disable", "admin").refused().contains("last active admin"));
    assert!(user("disable", "nobody").refused().contains("no user"));
    let list = folder.run(program(GERAI).args(["hub", "user", "list", "--json"]), "").ok();
    let list: Value = serde_json::from_str(&list).unwrap();
    let active: Vec<_> = list.as_array().unwrap().iter().map(|user| (&user["username"], &user["active"])).collect();
    assert_eq!(active, [(&json!("admin"), &json!(true)), (&json!("boss"), &json!(false))]);
    user("enable", "boss").ok();
    assert_eq!(http("rahasia-kedua").await.get("/v1/hq/outlets").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_pin_works_without_an_active_admin() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[]);
    let user = |args: &[&str], pin: &str| folder.run(program(GERAI).arg("user").args(args), pin);
    let log_in = async |username: &str, pin: &str| {
        Http::new(&outlet.url).post("/api/v1/auth/login", &json!({"username": username, "password": pin})).await
    };
    let session = Http::new(&outlet.url).log_in("admin", "1234").await;
    for _ in 0..6 {
        log_in("admin", "9999").await;
    }
    assert_eq!(log_in("admin", "1234").await.status, 429);
    assert!(user(&["reset-pin", "--username", "admin", "--pin-stdin"], "135790\n").ok().contains("can log in"));
    assert_eq!(session.get("/api/v1/users").await.status, 401, "the sessions end");
    assert_eq!(log_in("admin", "135790").await.status, 200, "the wait ends too");
    // Without the triggers: one user is left, disabled and not an admin.
    folder.sqlite(
        "begin; drop trigger sync_last_admin_update;
         update users set active = 0, role = 'cashier', name = 'A' || char(27) || '[2J'; commit;",
    );
    assert_eq!(log_in("admin", "135790").await.status, 401);
    let list = user(&["list"], "").ok();
    assert!(list.contains("A\\u001b[2J") && !list.contains('\u{1b}'), "{list}");
    for (args, pin) in [(&["--username", "nobody"], "135790"), (&["--username", "admin"], "1234")] {
        assert!(user(&[&["reset-pin", "--pin-stdin"], args.as_slice()].concat(), pin).refused().len() > 20);
    }
    let reset = user(&["reset-pin", "--username", "admin", "--pin-stdin", "--admin", "--json"], "246813").ok();
    let reset: Value = serde_json::from_str(&reset).unwrap();
    assert_eq!((&reset["role"], &reset["active"]), (&json!("admin"), &json!(true)));
    let session = Http::new(&outlet.url).log_in("admin", "246813").await;
    assert_eq!(session.get("/api/v1/users").await.status, 200);
}

// Health and metrics

/// Reads the text format of Prometheus strictly; returns each sample by its name and labels.
#[track_caller]
fn samples(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'), "cut off: …{}", &text[text.len().saturating_sub(80)..]);
    let name_ends = |line: &str| line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap();
    let mut described = BTreeSet::new();
    let mut samples = BTreeMap::new();
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (kind, name) = (words.next().unwrap(), words.next().unwrap());
            assert!(["HELP", "TYPE"].contains(&kind), "{line}");
            if kind == "TYPE" {
                assert!(["counter", "gauge", "histogram"].contains(&words.next().unwrap()), "{line}");
                assert!(described.insert(name.to_owned()), "{name} is described twice");
            }
            continue;
        }
        let name = &line[..name_ends(line)];
        assert!(name.starts_with("gerai_"), "{line}");
        assert!(described.iter().any(|described| name.starts_with(described.as_str())), "{name} has no type");
        let (series, value) = line.rsplit_once(' ').unwrap();
        let labels = &series[name.len()..];
        assert!(labels.is_empty() || (labels.starts_with('{') && labels.ends_with("\"}")), "{line}");
        let value = value.parse().unwrap_or_else(|_| panic!("not a number: {line}"));
        assert!(samples.insert(series.to_owned(), value).is_none(), "{series} occurs twice");
    }
    samples
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_describe_both_servers() {
    let office = Office::open();
    let outlet = office.outlet();
    let admin = admin(&outlet).await;
    let kopi = product(&admin, "Kopi Susu", 22_000).await;
    synced(&admin).await;
    office.folder.sqlite("update outlet_config set sync_enabled = 0 where id = 1");
    for _ in 0..3 {
        sell(&admin, &kopi, 22_000).await;
    }
    let scrape = async |server: &Process| {
        let answer = Http::new(&server.url).get("/metrics").await;
        assert_eq!(answer.status, 200);
        samples(&answer.text)
    };
    let metrics = scrape(&outlet).await;
    let now = status(&admin).await;
    let number = |field: &str| now[field].as_f64();
    assert_eq!((metrics.get("gerai_sync_pending").copied(), number("pending_count")), (Some(3.0), Some(3.0)));
    assert_eq!(metrics.get("gerai_sync_failed"), Some(&0.0));
    assert_eq!(metrics.get("gerai_sync_synced_total").copied(), number("total_synced"));
    let orders = metrics.iter().find(|(name, _)| {
        name.starts_with("gerai_http_requests_total") && name.contains("POST") && name.contains("/api/v1/orders\"")
    });
    assert_eq!(orders.map(|(_, count)| *count), Some(3.0), "{metrics:?}");
    // Counted by route, never by path: otherwise every order would be a series.
    Http::new(&outlet.url).get("/tidak/ada/12345").await;
    assert!(scrape(&outlet).await.keys().all(|name| !name.contains("12345")));

    assert!(!scrape(&office.hub).await.is_empty());
    for server in [&outlet, &office.hub] {
        for path in ["/healthz", "/readyz"] {
            let answer = Http::new(&server.url).get(path).await;
            assert_eq!((answer.status, &answer.body["success"]), (200, &json!(true)), "{path}: {}", answer.text);
        }
        // These need no log-in, so they must contain no secret.
        let text = Http::new(&server.url).get("/metrics").await.text;
        assert!(!text.contains(office.of("api_key")) && !text.contains(office.of("outlet_id")));
    }
}

/// The resources of a page: values of `src` and `href`.
fn resources(page: &str) -> Vec<String> {
    let after = |attribute: &str| {
        let parts = page.split(attribute).skip(1);
        parts.filter_map(|rest| rest.strip_prefix('"')?.split_once('"')).map(|(value, _)| value.to_owned()).collect()
    };
    let all: [Vec<String>; 2] = [after("src="), after("href=")];
    all.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_explorer_works_offline_and_matches_the_server() {
    let folder = Folder::new();
    let (outlet, hub) = (folder.outlet(&[]), folder.hub());
    for (server, name) in [(&outlet, "outlet"), (&hub, "hub")] {
        let http = Http::new(&server.url);
        let response = http.request("GET", "/docs").send().await.unwrap();
        assert!(response.status().is_redirection(), "{name}");
        assert_eq!(response.headers()["location"], "/docs/", "{name}");
        let page = http.get("/docs/").await;
        assert_eq!(page.status, 200);
        let loaded = resources(&page.text);
        assert!(loaded.len() >= 4, "{loaded:?}");
        for file in &loaded {
            assert!(!file.contains("//"), "{name}: the page loads {file} from outside");
            let path = format!("/docs/{}", file.trim_start_matches("./"));
            assert_eq!(http.get(&path).await.status, 200, "{name}: {path}");
        }
        let settings = http.get("/docs/swagger-initializer.js").await.text;
        assert!(settings.contains("/openapi.json"), "{settings}");
        assert!(!settings.contains("http://") && !settings.contains("https://"), "{settings}");

        let mut served = http.get("/openapi.json").await;
        assert_eq!(served.status, 200);
        let printed: Value = folder.gerai(&["openapi", name]).json();
        // Each outlet's cookies have a tag at the end of their names.
        for (scheme, described) in printed["components"]["securitySchemes"].as_object().unwrap() {
            let Some(cookie) = described["name"].as_str() else { continue };
            let cookie_name = &mut served.body["components"]["securitySchemes"][scheme]["name"];
            assert!(cookie_name.as_str().unwrap().starts_with(cookie), "{scheme} is the cookie {cookie_name}");
            *cookie_name = cookie.into();
        }
        assert_eq!(served.body, printed, "{name}: the printed description is the served one");
    }
}

// The audit log

#[tokio::test(flavor = "multi_thread")]
async fn audit_lists_who_did_what_and_names_an_event_that_was_edited() {
    let folder = Folder::new();
    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    product(&till, "Kopi", 20_000).await;
    let whole = folder.gerai(&["audit", "verify"]).ok();
    assert!(whole.starts_with("The audit log is whole."), "{whole}");
    let events = folder.gerai(&["audit", "list", "--limit", "1", "--json"]).json();
    assert_eq!((&events[0]["action"], &events[0]["actor_name"]), (&json!("created"), &json!("Admin")));
    assert!(folder.gerai(&["audit", "list"]).ok().contains("logged_in"));
    outlet.terminate();
    folder.sqlite("drop trigger sync_audit_no_update; update audit_events set body = replace(body, '20000', '2000');");
    let broken = folder.gerai(&["audit", "verify"]);
    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(broken.out.contains("The audit log was changed: event 2 of the chain"), "{broken:?}");
    let broken = folder.gerai(&["audit", "verify", "--lang", "id"]);
    assert!(broken.out.contains("Catatan pernah diubah: kejadian nomor 2"), "{broken:?}");
    let verdict = folder.gerai(&["audit", "verify", "--json"]);
    let verdict: Value = serde_json::from_str(&verdict.out).unwrap();
    assert_eq!((&verdict["whole"], &verdict["chains"][0]["broken"]["kind"]), (&json!(false), &json!("changed")));
    assert!(folder.gerai(&["doctor"]).out.contains("!!  audit_chain_broken"));
}
