//! The history of sync by hour and day.

use jiff::{Span, Timestamp, Zoned};
use serde_json::{Value, json};
use testkit::{Fault, TestOutlet, behind_proxy, eventually};

/// Two days, so that a test may run at midnight.
async fn history(outlet: &TestOutlet, step: &str) -> Vec<Value> {
    let now = Timestamp::now().in_tz("Asia/Jakarta").unwrap();
    let date = |at: Zoned| at.date().to_string();
    let (from, to) = (date(now.clone()), date(now.saturating_add(Span::new().days(1))));
    let path = format!("/api/v1/sync/history?from={from}&to={to}&step={step}");
    outlet.admin().get(&path).await.data().as_array().unwrap().clone()
}

fn sum(steps: &[Value], name: &str) -> i64 {
    steps.iter().map(|step| step[name].as_i64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_add_to_the_history_of_their_hour() {
    let (_hub, proxy, mut outlet) = behind_proxy().await;
    let before = history(&outlet, "hour").await;
    outlet.sell_many(3).await;
    outlet.synced().await;
    eventually("the round is in the history", || async {
        let steps = history(&outlet, "hour").await;
        sum(&steps, "sent") >= sum(&before, "sent") + 3 && sum(&steps, "rounds") > sum(&before, "rounds")
    })
    .await;
    let steps = history(&outlet, "hour").await;
    let last = steps.last().unwrap();
    assert!(last["from"].as_str().unwrap().ends_with(":00:00.000Z"));
    let (p50, p99) = (last["delay_ms_p50"].as_u64().unwrap(), last["delay_ms_p99"].as_u64().unwrap());
    assert!(p50 <= p99 && p99 < 600_000, "{p50} {p99}");
    assert_eq!(sum(&steps, "failed_rounds"), sum(&before, "failed_rounds"));

    proxy.set(Fault::Unplugged);
    outlet.sell_many(2).await;
    eventually("a failed round is in the history", || async {
        let steps = history(&outlet, "day").await;
        sum(&steps, "failed_rounds") > 0 && steps.iter().any(|step| step["pending_max"].as_i64() >= Some(1))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_those_of_the_shops_calendar() {
    let outlet = TestOutlet::alone().await;
    let shop = json!({"zone": "Asia/Jayapura", "cutoff_minutes": 240, "cash_rounding_step": 0, "cash_rounding_mode": "nearest"});
    outlet.admin().call("PUT", "/api/v1/config/shop", &shop).await.data();
    outlet
        .shell()
        .execute_batch(
            r#"insert into sync_history (began_at, sent, failed, rounds, failed_rounds, pending_max, delays) values
               ('2026-11-21T14:00:00.000Z', 1, 0, 1, 0, 9, '{"0": 1}'),
               ('2026-11-21T15:00:00.000Z', 10, 1, 2, 1, 5, '{"10": 9, "40": 1}'),
               ('2026-11-22T14:00:00.000Z', 5, 0, 3, 0, 7, 'damaged'),
               ('2026-11-22T15:00:00.000Z', 2, 0, 1, 0, 1, '{}'),
               ('a clock that was wrong', 2, 0, 1, 0, 1, '{}');"#,
        )
        .unwrap();
    let get = |query: &'static str| {
        let admin = outlet.admin().clone();
        async move { admin.get(&format!("/api/v1/sync/history?{query}")).await }
    };
    let day = get("from=2026-11-22&to=2026-11-22&step=day").await.data().clone();
    let expected = json!([{"from": "2026-11-21T15:00:00.000Z", "sent": 15, "failed": 1, "rounds": 5, "failed_rounds": 1,
        "pending_max": 7, "delay_ms_p50": 13, "delay_ms_p99": 2_559}]);
    assert_eq!(day, expected);
    let hours = get("from=2026-11-21&to=2026-11-23").await.data().clone();
    assert_eq!(hours.as_array().unwrap().len(), 4, "the hour is the default");
    assert_eq!(hours[3]["delay_ms_p50"], Value::Null);
    assert_eq!(get("from=2026-11-22&to=2026-11-21").await.refusal(), (422, "invalid_query"));
    assert_eq!(get("from=2026-11-22&to=2026-11-22&step=week").await.refusal(), (422, "invalid_query"));
}
