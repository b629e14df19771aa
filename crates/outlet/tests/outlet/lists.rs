//! Cost and limits of lists.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use serde_json::Value;
use testkit::{Http, TestHub, TestOutlet};

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_orders_needs_a_constant_number_of_queries() {
    let mut outlet = TestOutlet::alone().await;
    outlet.sell_many(20).await;
    let mut shell = outlet.shell();
    // Without a statement cache, SQLite calls the authorizer for each use of a statement.
    shell.set_prepared_statement_cache_capacity(0);
    let selects = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&selects);
    shell
        .authorizer(Some(move |context: AuthContext<'_>| {
            if matches!(context.action, AuthAction::Select) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
            Authorization::Allow
        }))
        .unwrap();
    let tx = shell.transaction().unwrap();
    let cost = |limit| {
        selects.store(0, Ordering::Relaxed);
        let selection = shop::orders::list::Selection { limit, ..Default::default() };
        let orders = shop::orders::list::orders(&tx, &selection).unwrap();
        assert!(orders.iter().all(|order| !order.lines.is_empty() && !order.payments.is_empty()));
        (orders.len(), selects.load(Ordering::Relaxed))
    };
    let (one, twenty) = (cost(1), cost(20));
    assert_eq!((one.0, twenty.0), (1, 20));
    assert!(one.1 >= 5 && one.1 == twenty.1, "{one:?} {twenty:?}");
}

fn with_period(api: &Value) -> Vec<String> {
    let paths = api["paths"].as_object().unwrap().iter();
    let has = |operation: &Value, name: &str| {
        operation["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|p| p["in"] == "query" && p["name"] == name))
    };
    let found = paths.filter(|(_, operations)| ["from", "to"].iter().any(|name| has(&operations["get"], name)));
    found.map(|(path, _)| path.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_report_accepts_more_than_a_year() {
    // The outlet's other lists are pages, and its statement is for one day.
    let of_outlet = with_period(&serde_json::to_value(outlet::routes::api()).unwrap());
    let reports = ["people", "tax", "tenders"].map(|name| format!("/api/v1/reports/{name}"));
    let others = ["/api/v1/audit", "/api/v1/sync/history"].map(str::to_owned);
    assert_eq!(of_outlet, [&others[..1], &reports[..], &others[1..]].concat());
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    let boss = hub.boss().await;
    let key = Http::new(boss.base()).with_token(&added.api_key);
    let paths = with_period(&serde_json::to_value(hub::api()).unwrap());
    assert!(paths.len() >= 4, "{paths:?}");
    for path in paths.into_iter().chain(of_outlet) {
        let http = match () {
            () if path.starts_with("/v1/hq/") => &boss,
            () if path.starts_with("/api/") => outlet.admin(),
            () => &key,
        };
        let path = path.replace("{outlet_id}", &added.outlet_id);
        let group = if path.ends_with("/sales/by") { "&group=day" } else { "" };
        let of_one_outlet = path.contains(&added.outlet_id) || path.starts_with("/api/");
        let outlet = if of_one_outlet { String::new() } else { format!("&outlet_id={}", added.outlet_id) };
        for (to, refused) in [("2026-11-22", false), ("2026-11-23", true), ("9999-12-31", true)] {
            let answer = http.get(&format!("{path}?from=2025-11-22&to={to}{outlet}{group}")).await;
            let is_expected = if refused { answer.refusal() == (422, "period_too_long") } else { answer.status == 200 };
            assert!(is_expected, "{path} {to}: {}", answer.text);
        }
    }
}
