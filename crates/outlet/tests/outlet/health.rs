//! `GET /api/v1/sync/health`, `/metrics` and `gerai doctor` report the same problems, and stop when they are fixed.

use serde_json::{Value, json};
use testkit::{Fault, Proxy, TestHub, TestOutlet, eventually};

async fn health(outlet: &TestOutlet) -> Value {
    outlet.admin().get("/api/v1/sync/health").await.data().clone()
}

fn codes(health: &Value) -> Vec<&str> {
    let reasons = health["reasons"].as_array().unwrap();
    for reason in reasons {
        let message = reason["message"].as_str().unwrap();
        assert!(message.ends_with('.') && message.len() > 20, "{message}");
    }
    reasons.iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

async fn metric(outlet: &TestOutlet, name: &str) -> i64 {
    let text = outlet.admin().get("/metrics").await.text;
    let found = text.lines().find_map(|line| line.strip_prefix(&format!("gerai_{name} ")));
    let figure: f64 = found.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "figures of a test are small")]
    let whole = figure.round() as i64;
    whole
}

/// Codes of doctor's failed checks.
fn failure(outlet: &TestOutlet) -> Vec<&'static str> {
    let admin = outlet::local_admin::LocalAdmin::open(&outlet.path(), outlet::SyncEnv::default()).unwrap();
    let found = admin.examine(&outlet::health::doctor::HubReport::default()).unwrap();
    // This outlet has no hub.
    let codes = found.into_iter().filter(|f| !f.well && !f.unknown).map(|f| f.code);
    codes.filter(|code| !["sync_stopped", "cloud_not_configured", "sync_disabled"].contains(code)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_status_are_in_the_callers_language_with_the_same_code_and_arguments() {
    let outlet = TestOutlet::alone().await;
    outlet
        .shell()
        .execute_batch("update settings set zone = 'WIT'; update outlet_config set sync_enabled = 1")
        .unwrap();
    let ask = async |path: &str, language: &str| {
        let request = outlet.admin().request("GET", path).header("accept-language", language);
        testkit::Http::send(request).await.data().clone()
    };
    let [english, indonesian] = [ask("/api/v1/sync/health", "en").await, ask("/api/v1/sync/health", "id").await];
    let reason = |health: &Value| {
        let reasons = health["reasons"].as_array().unwrap().iter();
        reasons.filter(|reason| reason["code"] == "zone_unknown").cloned().collect::<Vec<_>>()[0].clone()
    };
    let (english, indonesian) = (reason(&english), reason(&indonesian));
    assert_eq!(english["args"], json!({"reason": "unknown", "zone": "WIT", "in_force": "Asia/Jakarta"}));
    assert_eq!(english["args"], indonesian["args"]);
    assert!(english["message"].as_str().unwrap().starts_with("The time zone 'WIT'"), "{english}");
    assert!(indonesian["message"].as_str().unwrap().starts_with("Zona waktu 'WIT'"), "{indonesian}");
    let problem = ask("/api/v1/sync/status", "id").await["problem"].clone();
    let expected =
        web::Code::CloudNotConfigured.because("missing").with("names", "CLOUD_API_URL, CLOUD_API_KEY, OUTLET_ID");
    assert_eq!(problem, expected.message_in(web::Language::Indonesian));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_problem_is_reported_with_its_figure_until_fixed() {
    let outlet = TestOutlet::alone().await;
    let well = health(&outlet).await;
    assert_eq!((&well["state"], codes(&well)), (&json!("ready"), vec![]));
    assert_eq!((&well["triggers_intact"], &well["stopped_code"]), (&json!(true), &Value::Null));
    assert!(well["disk_free_bytes"].as_u64().unwrap() > 0);
    assert_eq!(failure(&outlet), [""; 0]);
    assert_eq!(metric(&outlet, "sync_health").await, 0);

    let conflict = "insert into sync_conflicts (id, entity_type, entity_id, field, rule, status, created_at)
        values ('k', 'customer', 'c', 'phone', 'manual', 'open', '2026-11-22T00:00:00.000Z')";
    let unapplied = "insert into sync_unapplied_updates values ('future', 'x', 9, 'retrying', 'x', null, 'unknown type', '{}', null, '2026-11-22T00:00:00.000Z')";
    let product = "entity_type = 'product' and entity_id = (select min(id) from products)";
    // The cause, its reason, state and metric, doctor's topic, and the fix.
    let day = "insert into sync_statements (business_date, outlet_statement, hub_statement, compared_at)
        values ('2026-11-22', '{}', '{}', '2026-11-22T00:00:00.000Z')";
    for (change, code, state, gauge, doctor_code, fix) in [
        (
            day,
            "statement_differs",
            "degraded",
            "sync_statements_differing",
            Some("statement_differs"),
            "delete from sync_statements",
        ),
        (
            conflict,
            "conflicts_open",
            "degraded",
            "sync_conflicts_open",
            Some("conflicts_open"),
            "update sync_conflicts set status = 'resolved'",
        ),
        (
            "update sync_context set gaps = 1, gap_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
            "stream_gap",
            "degraded",
            "sync_stream_gaps_total",
            Some("stream_gap"),
            "update sync_context set gap_at = null",
        ),
        (
            unapplied,
            "updates_unapplied",
            "degraded",
            "sync_updates_unapplied",
            Some("updates_unapplied"),
            "delete from sync_unapplied_updates",
        ),
        (
            &format!("update sync_state set status = 'failed', error_code = 'x' where {product}"),
            "items_failed",
            "degraded",
            "sync_failed",
            Some("items_failed"),
            &format!("update sync_state set status = 'pending' where {product}"),
        ),
        (
            &format!("update sync_state set isolated = 1 where {product}"),
            "items_isolated",
            "degraded",
            "sync_isolated",
            Some("items_isolated"),
            &format!("update sync_state set isolated = 0 where {product}"),
        ),
        (
            "update sync_chain set stopped_code = 'restored', stopped_message = 'Daftarkan lagi outlet ini.'",
            "sync_stopped",
            "broken",
            "sync_stopped",
            None,
            "update sync_chain set stopped_code = null, stopped_message = null",
        ),
    ] {
        outlet.shell().execute(change, []).unwrap();
        let report = health(&outlet).await;
        assert_eq!((codes(&report), &report["state"]), (vec![code], &json!(state)), "{report}");
        assert_eq!(metric(&outlet, gauge).await, 1, "{gauge}");
        assert_eq!(metric(&outlet, "sync_health").await, if state == "broken" { 2 } else { 1 });
        assert_eq!(failure(&outlet), doctor_code.as_slice(), "{code}");
        outlet.shell().execute(fix, []).unwrap();
        assert_eq!(codes(&health(&outlet).await), [""; 0], "{code} is over");
    }
    assert_eq!(outlet.member("manager").await.get("/api/v1/sync/health").await.refusal().0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overdue_sale_and_a_missing_trigger_are_reported() {
    let mut outlet = TestOutlet::alone().await;
    outlet.sell().await;
    let fresh = health(&outlet).await;
    assert!(fresh["oldest_unsent_sale_at"].is_string() && fresh["oldest_unsent_sale_seconds"].as_i64().unwrap() < 60);
    let shell = outlet.shell();
    shell
        .execute_batch("update sync_state set changed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-25 hours') where entity_type = 'order'")
        .unwrap();
    assert_eq!(codes(&health(&outlet).await), ["sales_overdue"]);
    let of_a_clock = |ahead: &str| {
        let set =
            "update sync_state set changed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?1) where entity_type = 'order'";
        outlet.shell().execute(set, [ahead]).unwrap();
    };
    of_a_clock("+10 years");
    let report = health(&outlet).await;
    assert_eq!(codes(&report), ["sales_overdue"], "the age of a sale with a future time is unknown, not zero");
    of_a_clock("+1 minute");
    assert_eq!(codes(&health(&outlet).await), [""; 0], "a small clock correction");
    of_a_clock("-25 hours");
    assert!(metric(&outlet, "sync_oldest_unsent_sale_seconds").await >= 25 * 3_600);

    let trigger: String = shell
        .query_row("select sql from sqlite_master where name = 'sync_products_update'", [], |row| row.get(0))
        .unwrap();
    // In one transaction, before the worker repairs it.
    let report = outlet.app().db.write(move |tx| {
        tx.execute_batch("drop trigger sync_products_update")?;
        let report = outlet::health::health(tx, &outlet::SyncEnv::default(), None, web::time::now())?;
        tx.execute_batch(&trigger)?;
        Ok::<_, sqlite::Fault>(report)
    });
    let report = serde_json::to_value(report.await.unwrap()).unwrap();
    assert_eq!((codes(&report), &report["state"]), (vec!["triggers_altered", "sales_overdue"], &json!("broken")));
    assert_eq!(metric(&outlet, "sync_triggers_intact").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_hub_and_a_refusal_are_reported() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let proxy = Proxy::before(&hub.url()).await;
    let mut outlet = TestOutlet::of(proxy.url(), &added).await;
    outlet.synced().await;
    assert_eq!(codes(&health(&outlet).await), [""; 0]);
    proxy.set(Fault::Unplugged);
    outlet.sell().await;
    eventually("it is reported", || async { codes(&health(&outlet).await) == ["hub_unreachable"] }).await;
    let first = health(&outlet).await;
    assert_eq!(first["state"], "degraded");
    eventually("the status shows the end of the wait", || async {
        let status = outlet.status().await;
        let seconds = status["next_try_in_seconds"].as_i64().unwrap_or_default();
        (1..=60).contains(&seconds) && status["next_try_at"].is_string()
    })
    .await;
    eventually("the metric counts it", || async { metric(&outlet, "sync_hub_unreachable_seconds").await >= 1 }).await;
    let since = first["hub_unreachable_since"].clone();
    outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await;
    assert_eq!(health(&outlet).await["hub_unreachable_since"], since, "since the first failure, not the last");
    proxy.set(Fault::None);
    outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    let recovered = health(&outlet).await;
    assert_eq!(metric(&outlet, "sync_hub_unreachable_seconds").await, 0);
    assert_eq!((codes(&recovered), &recovered["hub_unreachable_since"]), (vec![], &Value::Null));

    // Both clocks are reported, and decide nothing.
    let offset = recovered["clock_offset_ms"].as_i64().unwrap();
    assert!(offset.abs() < 60_000, "{offset}");
    assert!(metric(&outlet, "sync_clock_offset_seconds").await.abs() < 60);
    for (seconds, ahead) in [(300, "Head office's"), (-300, "This outlet's")] {
        proxy.set(Fault::WrongClock(seconds));
        outlet.sell().await;
        outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
        eventually("it is reported", || async { codes(&health(&outlet).await) == ["clock_skew"] }).await;
        let report = health(&outlet).await;
        let message = report["reasons"][0]["message"].as_str().unwrap();
        assert!(message.starts_with(ahead), "{message}");
        let error = metric(&outlet, "sync_clock_offset_seconds").await - seconds;
        assert!(error.abs() < 60, "{error}");
    }
    outlet.synced().await;
    proxy.set(Fault::None);
    outlet.admin().post("/api/v1/sync/trigger?wait=true", &json!({})).await.data();
    // A pending long poll may still bring the wrong time.
    eventually("the clocks match again", || async { codes(&health(&outlet).await) == [""; 0] }).await;

    let wrong = json!({"cloud_api_key": "a-key-that-opens-nothing"});
    outlet.admin().call("PUT", "/api/v1/config/outlet", &wrong).await.data();
    outlet.sell().await;
    eventually("it is reported", || async { codes(&health(&outlet).await) == ["hub_refused"] }).await;
    assert_eq!(health(&outlet).await["state"], "broken");
    assert_eq!(metric(&outlet, "sync_health").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn enabled_sync_without_a_hub_address_is_reported() {
    let outlet = TestOutlet::alone().await;
    outlet.shell().execute("update outlet_config set sync_enabled = 1", []).unwrap();
    let report = health(&outlet).await;
    assert_eq!((codes(&report), &report["state"]), (vec!["cloud_not_configured"], &json!("degraded")));
    assert!(report["reasons"][0]["message"].as_str().unwrap().contains("CLOUD_API_KEY"), "{report}");
}
