//! The audit logs of outlets at head office: stored as sent, checked as they arrive.

use protocol::audit::{Link, MAX_EVENTS, Position, first_hash, hash};
use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet};

/// A chain of events with these texts.
fn chain(chain_id: &str, bodies: &[Value]) -> Vec<Link> {
    let mut prev_hash = first_hash(chain_id);
    let mut links = Vec::new();
    for (body, n) in bodies.iter().zip(1..) {
        let body = body.to_string();
        let hash = hash(&prev_hash, body.as_bytes());
        let position = Position { chain_id: chain_id.to_owned(), n, hash: hash.clone() };
        links.push(Link { position, prev_hash: std::mem::replace(&mut prev_hash, hash), body });
    }
    links
}

fn event(action: &str, data: Value) -> Value {
    json!({"at": "2026-11-22T03:00:00.000Z", "business_date": "2026-11-22", "action": action, "actor_id": "u", "data": data})
}

fn events(count: i64) -> Vec<Link> {
    let bodies: Vec<_> = (1..=count).map(|n| event("changed", json!({"no": n}))).collect();
    chain("c", &bodies)
}

fn report(after: Option<&Link>, events: &[Link]) -> Value {
    json!({"epoch_id": "", "after": after.map(|link| &link.position), "events": events})
}

async fn send(outlet: &TestOutlet, after: Option<&Link>, events: &[Link]) -> Value {
    let mut report = report(after, events);
    report["epoch_id"] = outlet.epoch["id"].clone();
    outlet.ask("audit", &report).await.ok()
}

async fn heads(hub: &TestHub) -> Vec<Value> {
    let token = hub.admin_token().await;
    hub.get("/v1/hq/audit/heads", &token).await.ok().as_array().unwrap().clone()
}

/// Number and kind of the break of the only chain.
async fn broken(hub: &TestHub) -> (Value, Value) {
    let head = &heads(hub).await[0];
    (head["broken_n"].clone(), head["broken_kind"].clone())
}

#[tokio::test]
async fn events_are_accepted_once_and_the_answer_names_the_last_one() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let all = events(5);
    assert_eq!(send(&outlet, None, &[]).await["position"], Value::Null);
    for again in 0..2 {
        let receipt = send(&outlet, None, &all[..3]).await;
        assert_eq!(receipt, json!({"position": all[2].position, "broken": null}), "{again}");
    }
    assert_eq!(send(&outlet, Some(&all[2]), &all[3..]).await["position"]["n"], 5);
    assert_eq!(send(&outlet, Some(&all[4]), &[]).await["position"]["n"], 5);
    let head = heads(&hub).await.remove(0);
    assert_eq!((&head["n"], &head["broken_n"], &head["forked"]), (&json!(5), &Value::Null, &json!(false)));
    let token = hub.admin_token().await;
    let listed = hub.get("/v1/hq/audit", &token).await.ok();
    let numbers: Vec<_> = listed.as_array().unwrap().iter().map(|event| event["data"]["no"].clone()).collect();
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn a_hub_that_lacks_the_event_before_names_the_one_that_it_has() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let all = events(5);
    assert_eq!(send(&outlet, Some(&all[2]), &all[3..]).await["position"], Value::Null);
    send(&outlet, None, &all[..2]).await;
    assert_eq!(send(&outlet, Some(&all[3]), &all[4..]).await["position"]["n"], 2);
    assert_eq!(heads(&hub).await[0]["n"], 2, "nothing was stored");
}

#[tokio::test]
async fn a_changed_a_missing_and_an_inserted_event_are_noticed_and_stored() {
    for (case, expected) in
        [("text", (2, "changed")), ("hash", (2, "changed")), ("gap", (2, "missing")), ("zero", (0, "inserted"))]
    {
        let hub = TestHub::start().await;
        let outlet = hub.outlet("JKT-001").await;
        let mut all = events(3);
        match case {
            "text" => all[1].body = event("changed", json!({"no": 22})).to_string(),
            "hash" => {
                all[1].body = event("changed", json!({"no": 22})).to_string();
                all[1].position.hash = hash(&all[1].prev_hash, all[1].body.as_bytes());
            }
            "gap" => drop(all.remove(1)),
            _ => all[1].position.n = 0,
        }
        let receipt = send(&outlet, None, &all).await;
        assert_eq!(receipt["position"], json!(all.last().unwrap().position), "{case}");
        assert_eq!(receipt["broken"], json!({"chain_id": "c", "n": expected.0, "kind": expected.1}), "{case}");
        assert_eq!(broken(&hub).await, (json!(expected.0), json!(expected.1)), "{case}");
        assert_eq!(hub.rows("n", "from audit_events").await.len(), all.len(), "{case}");
    }
}

#[tokio::test]
async fn of_two_events_with_one_number_the_first_is_kept() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let all = events(3);
    send(&outlet, None, &all).await;
    let mut other = all[2].clone();
    other.body = event("changed", json!({"no": 33})).to_string();
    other.position.hash = hash(&other.prev_hash, other.body.as_bytes());
    send(&outlet, Some(&all[1]), &[other]).await;
    assert_eq!(broken(&hub).await, (json!(3), json!("changed")));
    assert_eq!(hub.rows("hash", "from audit_events where n = 3").await, [all[2].position.hash.clone()]);
    // A second break is not the first one.
    let mut other = all[0].clone();
    other.body = "{}".to_owned();
    send(&outlet, None, &[other]).await;
    assert_eq!(broken(&hub).await, (json!(3), json!("changed")));
}

#[tokio::test]
async fn a_chain_that_continues_another_one_shows_a_fork_and_a_removed_end() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let old = events(4);
    send(&outlet, None, &old).await;
    let continues = |end: &Position| [event("restored", json!(end)), event("changed", json!({}))];
    send(&outlet, Some(&old[3]), &chain("d", &continues(&old[3].position))).await;
    send(&outlet, Some(&old[3]), &chain("e", &continues(&old[1].position))).await;
    let found = heads(&hub).await;
    let forked: Vec<_> = found.iter().map(|head| head["forked"].as_bool().unwrap()).collect();
    assert_eq!(forked, [false, false, true], "only the last one leaves events behind");
    assert!(found.iter().all(|head| head["broken_n"].is_null()), "{found:?}");
    // The outlet says that the old chain had one more event.
    let gone = Position { n: 5, ..old[3].position.clone() };
    send(&outlet, Some(&old[3]), &chain("f", &continues(&gone))).await;
    let old_head = heads(&hub).await.remove(0);
    assert_eq!((&old_head["broken_n"], &old_head["broken_kind"]), (&json!(5), &json!("missing")));
}

#[tokio::test]
async fn texts_that_are_no_events_are_stored_and_others_are_refused() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let mut all = chain("c", &[json!("no object"), json!({"at": 5, "action": "\0"}), json!({"data": [1]})]);
    all[2].body = "\0 no JSON".to_owned();
    assert_eq!(send(&outlet, None, &all).await["position"]["n"], 3);
    let token = hub.admin_token().await;
    assert_eq!(hub.get("/v1/hq/audit", &token).await.ok().as_array().unwrap().len(), 3);
    let epoch = outlet.epoch["id"].clone();
    let ask = async |mut report: Value| {
        report["epoch_id"] = epoch.clone();
        outlet.ask("audit", &report).await
    };
    let many = vec![events(1)[0].clone(); MAX_EVENTS + 1];
    ask(report(None, &many)).await.refused(422, "invalid_body");
    let mut long = events(1);
    long[0].body = "x".repeat(70_000);
    ask(report(None, &long)).await.refused(422, "invalid_body");
    let mut long = events(1);
    long[0].position.chain_id = "x".repeat(200);
    ask(report(None, &long)).await.refused(422, "invalid_body");
}

#[tokio::test]
async fn a_broken_audit_log_is_reported_in_health_for_a_month() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let token = hub.admin_token().await;
    let reasons = || async {
        let health = hub.get("/v1/hq/health", &token).await.ok();
        let reasons = health["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].clone());
        (reasons.collect::<Vec<_>>(), health["broken_audit_outlets"].clone())
    };
    let mut all = events(3);
    send(&outlet, None, &all[..2]).await;
    assert_eq!(reasons().await, (vec![], json!([])));
    all[2].body = all[2].body.replace("changed", "refunded");
    send(&outlet, Some(&all[1]), &all[2..]).await;
    assert_eq!(broken(&hub).await, (json!(3), json!("changed")));
    assert_eq!(reasons().await, (vec![json!("audit_broken")], json!(["JKT-001"])));
    let days_ago = |days: i64| web::time::text(web::time::now() - jiff::SignedDuration::from_hours(24 * days));
    let found_at = "update audit_heads set broken_at = ?1";
    hub.execute(found_at, Some(days_ago(29))).await;
    assert_eq!(reasons().await.0, ["audit_broken"]);
    hub.execute(found_at, Some(days_ago(31))).await;
    assert_eq!(reasons().await, (vec![], json!([])));
}
