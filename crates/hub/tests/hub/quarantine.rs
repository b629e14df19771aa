//! Dead letters of the hub, and the quarantine that outlets report.

use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet, coffee};

/// Outlet, entity, outcome and code of each dead letter.
fn shown(list: &Value) -> Vec<String> {
    let columns = ["outlet_code", "entity_id", "outcome", "code"];
    let line = |letter: &Value| columns.map(|column| letter[column].as_str().unwrap_or("-").to_owned()).join(" ");
    list.as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn dead_letters_are_listed_with_their_reason() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let mut broken = coffee("b");
    broken["total"] = 1.into();
    let unknown = json!({"entity_type": "reservation", "entity_id": "r", "data": {"pax": 4, "pin_hash": "$argon2id$"}});
    let items = [one.order(2, &coffee("a")), one.order(1, &broken), one.item(unknown)];
    one.push(&items).await;
    let older = [one.order(1, &coffee("a"))];
    one.push(&older).await;
    let product = [two.item(json!({"entity_type": "product", "entity_id": "p"}))];
    two.push(&product).await;
    // The list does not depend on the clock, which was a year ahead and then correct.
    let wrong = "update dead_letters set received_at = case entity_id when 'r' then '2027-11-22T10:00:00.000Z'
        when 'p' then '1970-01-01T00:00:00.000Z' else received_at end";
    hub.execute(wrong, None).await;
    let admin = hub.admin_token().await;
    let get = async |query: &str| hub.get(&format!("/v1/hq/quarantine{query}"), &admin).await.body;
    let all = [
        "JKT-002 p rejected invalid_document",
        "JKT-001 a stale not_newer",
        "JKT-001 r unknown -",
        "JKT-001 b rejected totals_do_not_add_up",
    ];
    let list = get("").await;
    assert_eq!(shown(&list["data"]), all);
    let of_one = format!("outlet_id={}", one.id);
    assert_eq!(shown(&get(&format!("?{of_one}")).await["data"]), all[1..]);
    for (filter, expected) in [("limit=1", &all[..]), (&format!("limit=1&{of_one}"), &all[1..])] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&format!("?{filter}{cursor}")).await;
            seen.extend(shown(&page["data"]));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, expected);
    }
    let letter = &list["data"][3];
    assert!(letter["message"].as_str().unwrap().ends_with('.'));
    assert_eq!((&letter["item"]["data"]["total"], &letter["item_no"]), (&json!(1), &json!(1)));
    assert_eq!(list["data"][2]["item"]["data"], json!({"pax": 4, "pin_hash": "(hidden)"}));
    hub.get("/v1/hq/quarantine?cursor=x", &admin).await.refused(400, "invalid_cursor");
}

#[tokio::test]
async fn a_too_deep_dead_letter_hides_no_other() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items = [
        outlet.item(json!({"entity_type": "reservation", "entity_id": "r", "data": "HERE"})),
        outlet.item(json!({"entity_type": "reservation", "entity_id": "s", "data": {}})),
    ];
    let nested = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let body = outlet.batch(&items).to_string().replace("\"HERE\"", &nested);
    crate::app::send(&hub.router, outlet.request(body.into_bytes())).await.ok();
    let list = hub.get("/v1/hq/quarantine", &hub.admin_token().await).await.ok();
    let items: Vec<_> = list.as_array().unwrap().iter().map(|letter| letter["item"].is_object()).collect();
    assert_eq!(items, [true, true]);
}

#[tokio::test]
async fn a_discarded_item_leaves_the_list_and_is_recorded() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let mut broken = coffee("b");
    broken["total"] = 1.into();
    let items = [outlet.order(1, &broken), outlet.item(json!({"entity_type": "reservation", "entity_id": "r"}))];
    outlet.push(&items).await;
    let (admin, viewer) = (hub.admin_token().await, hub.viewer_token().await);
    let batch = hub.get("/v1/hq/quarantine", &admin).await.ok()[0]["batch_id"].as_str().unwrap().to_owned();
    let discard = async |place: &str, token: &str, body: Value| {
        hub.ask(&format!("POST /v1/hq/quarantine/{place}/discard"), token, &body, None).await
    };
    let (place, reason) = (format!("{}/{batch}/0", outlet.id), json!({"reason": " Salah ketik. "}));
    discard(&place, &viewer, reason.clone()).await.refused(403, "forbidden");
    discard(&place, &admin, json!({"reason": " "})).await.refused(422, "invalid_text");
    discard(&place, &admin, json!({"reason": "x".repeat(201)})).await.refused(422, "invalid_text");
    discard(&place, &admin, json!({"reason": "x", "why": "y"})).await.refused(422, "invalid_body");
    for nowhere in [format!("{}/{batch}/9", outlet.id), format!("{}/x/0", outlet.id), format!("x/{batch}/0")] {
        discard(&nowhere, &admin, reason.clone()).await.refused(404, "not_found");
    }
    let done = discard(&place, &admin, reason.clone()).await.ok();
    assert_eq!((&done["discarded_by"], &done["discard_reason"]), (&json!("hq:admin"), &json!("Salah ketik.")));
    assert!(done["discarded_at"].is_string() && done["item"]["data"]["total"] == 1, "{done}");
    discard(&place, &admin, reason).await.refused(409, "already_discarded");
    let of = format!("outlet_id={}", outlet.id);
    for filter in [String::new(), format!("&{of}")] {
        let list =
            async |query: &str| shown(&hub.get(&format!("/v1/hq/quarantine?{query}{filter}"), &admin).await.ok()).len();
        assert_eq!((list("limit=9").await, list("discarded=true").await), (1, 2));
    }
    assert_eq!(hub.count("stream_entries").await, 0, "the outlet gets no update");
}

#[tokio::test]
async fn outlets_quarantine_is_listed_as_last_reported() {
    let hub = TestHub::start().await;
    let (mut one, two, old) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await, hub.outlet("JKT-003").await);
    let quarantined = json!([{"entity_type": "order", "entity_id": "o", "seq": 7, "state": "failed",
        "code": "totals_do_not_add_up", "args": {}, "message": "The order does not add up."}]);
    let unapplied = json!([{"entity_type": "voucher", "entity_id": "v", "seq": 8, "state": "retrying",
        "code": "unknown_entity", "args": {"entity": "voucher"}, "message": "An unknown type."}]);
    let mut batch = one.batch(&[]);
    batch["quarantined"] = quarantined.clone();
    batch["unapplied"] = unapplied.clone();
    one.post(&batch).await.ok();
    two.post(&two.batch(&[])).await.ok();
    // An older outlet, which reports the entity only.
    let mut batch = old.batch(&[]);
    batch["quarantined"] = json!([{"entity_type": "order", "entity_id": "o"}]);
    batch["unapplied"] = json!([{"entity_type": "voucher", "entity_id": "v", "message": "An unknown type."}]);
    old.post(&batch).await.ok();
    let admin = hub.admin_token().await;
    let list = hub.get("/v1/hq/quarantine/outlets", &admin).await.ok();
    let with_decision = |reported: &Value| {
        let mut reported = reported[0].clone();
        reported["decided"] = Value::Null;
        if reported["code"] == "unknown_entity" {
            let known = "This version of Gerai does not know entities of the type 'voucher'; the update is applied after an upgrade.";
            reported["message"] = json!(known);
        }
        reported
    };
    let bare = json!({"entity_type": "order", "entity_id": "o", "seq": null, "state": null, "code": null,
        "args": {}, "message": null, "decided": null});
    let bare_update = json!({"entity_type": "voucher", "entity_id": "v", "seq": null, "state": null,
        "code": "", "args": {}, "message": "An unknown type.", "decided": null});
    let expected = json!([
        {"outlet_id": one.id, "outlet_code": "JKT-001", "quarantined": [with_decision(&quarantined)],
            "unapplied": [with_decision(&unapplied)], "reported_at": list[0]["reported_at"]},
        {"outlet_id": old.id, "outlet_code": "JKT-003", "quarantined": [bare], "unapplied": [bare_update],
            "reported_at": list[1]["reported_at"]},
    ]);
    assert_eq!(list, expected);
    one.advance(&one.batch(&[]));
    one.push(&[]).await;
    assert_eq!(hub.get("/v1/hq/quarantine/outlets", &admin).await.ok().as_array().unwrap().len(), 1);
}

/// Makes dead letters of an older version: it did not know the types, this version does.
async fn make_types_known(hub: &TestHub) {
    for (word, known) in [("reservation", "table"), ("voucher", "customer")] {
        let sql = format!(
            "update dead_letters set entity_type = '{known}', item = replace(item, '\"{word}\"', '\"{known}\"')
             where entity_type = '{word}'"
        );
        let done: Result<usize, store::Fault> = hub.hub.store().write(move |tx| tx.execute(&sql, &[])).await;
        done.unwrap();
    }
}

#[tokio::test]
async fn dead_letters_of_new_types_are_reprocessed_after_an_upgrade() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let of = |entity_type: &str, id: &str, version: i64, name: Value| json!({"entity_type": entity_type, "entity_id": id, "version": version, "data": name});
    let table = |name: &str| json!({"name": name});
    let voucher = json!({"entity_type": "voucher", "entity_id": "c", "fields": {"name": [null, "Sari"]}});
    let items = [
        outlet.item(of("reservation", "t", 1, table("1"))),
        outlet.item(of("reservation", "u", 1, table("old"))),
        outlet.item(of("reservation", "w", 1, json!("no object"))),
        outlet.item(of("coupon", "x", 1, table("x"))),
        outlet.item(voucher),
    ];
    let first = outlet.batch(&items);
    assert_eq!(outlet.post(&first).await.ok()["chain"]["results"], json!([]));
    outlet.advance(&first);
    // Both items were answered as applied; the outlet builds on them.
    let base = json!({"n": 1, "change_id": format!("{}/4", first["batch_id"].as_str().unwrap())});
    let voucher = json!({"entity_type": "voucher", "entity_id": "c", "version": 2, "operation": "update", "base": base,
        "fields": {"name": ["Sari", "Dewi"]}});
    let items = [outlet.item(of("reservation", "t", 2, table("2"))), outlet.item(voucher)];
    outlet.push(&items).await;
    make_types_known(&hub).await;
    // The hub knows the type by now, and the outlet has sent a newer version before the dead letter is reprocessed.
    let newer = [outlet.item(of("table", "u", 2, table("new")))];
    outlet.push(&newer).await;

    let reprocessed = hub.hub.reprocess(web::time::now()).await.unwrap();
    assert_eq!(reprocessed, 6);
    let documents = async || hub.rows("entity_id,version,document", "from documents order by 1").await;
    let expected = [r#"t|2|{"name":"2"}"#, r#"u|2|{"name":"new"}"#];
    assert_eq!(documents().await, expected);
    assert_eq!(
        hub.rows("entity_type,entity_id,token_n,document", "from shared_entities").await,
        [r#"customer|c|2|{"id":"c","name":"Dewi"}"#]
    );
    assert_eq!(hub.rows("n,token_n,changed_by", "from stream_entries order by n").await.len(), 2);
    // A rejected dead letter stays, with its reason; one of an unknown type stays unchanged.
    let admin = hub.admin_token().await;
    let mut list = shown(&hub.get("/v1/hq/quarantine", &admin).await.ok());
    list.sort();
    assert_eq!(list, ["JKT-001 w rejected invalid_document", "JKT-001 x unknown -"]);
    let all = hub.get("/v1/hq/quarantine?discarded=true", &admin).await.ok();
    let resolved = all.as_array().unwrap().iter().filter(|letter| letter["resolved_at"].is_string());
    assert_eq!((all.as_array().unwrap().len(), resolved.count()), (7, 5));
    // A second run does nothing.
    assert_eq!(hub.hub.reprocess(web::time::now()).await.unwrap(), 0);
    assert_eq!(documents().await, expected);
    assert_eq!(hub.count("stream_entries").await, 2);
}

#[tokio::test]
async fn a_dead_letter_does_not_overwrite_later_changes() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let shared = "01a204c6-5d13-7016-be28-8f5dba915757";
    let dead_letters = [
        outlet.item(json!({"entity_type": "voucher", "entity_id": shared, "fields": {"name": [null, "Sari"]}})),
        outlet.item(json!({"entity_type": "reservation", "entity_id": "t", "data": {"name": "stored"}})),
    ];
    outlet.push(&dead_letters).await;
    make_types_known(&hub).await;
    let admin = hub.admin_token().await;
    let created = json!({"id": shared, "name": "Head office's"});
    hub.ask("POST /v1/hq/customers", &admin, &created, None).await.created();
    // The same version with other content is not older.
    let clone = [outlet.item(json!({"entity_type": "table", "entity_id": "t", "data": {"name": "another"}}))];
    outlet.push(&clone).await;
    assert_eq!(hub.hub.reprocess(web::time::now()).await.unwrap(), 2);
    let mut list = shown(&hub.get("/v1/hq/quarantine", &admin).await.ok());
    list.sort();
    assert_eq!(list, [format!("JKT-001 {shared} rejected conflict"), "JKT-001 t rejected not_newer".to_owned()]);
    assert_eq!(hub.rows("document", "from documents").await, [r#"{"name":"another"}"#]);
    assert_eq!(hub.rows("token_n", "from shared_entities").await, ["1"]);
}

/// An outlet that reports one quarantined order, in this state and at this position in its queue.
async fn report_quarantined(outlet: &mut TestOutlet, seq: i64, state: &str) {
    let mut batch = outlet.batch(&[]);
    batch["batch_id"] = json!(format!("{}-{seq}-{state}", outlet.id));
    batch["quarantined"] =
        json!([{"entity_type": "order", "entity_id": "o", "seq": seq, "state": state, "code": "x", "message": "X."}]);
    outlet.post(&batch).await.ok();
    outlet.advance(&batch);
}

#[tokio::test]
async fn a_decision_about_a_quarantined_item_enters_the_outlets_stream() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    report_quarantined(&mut outlet, 7, "failed").await;
    let (admin, viewer) = (hub.admin_token().await, hub.viewer_token().await);
    let decide = async |token: &str, of: &str, what: &str, body: Value| {
        hub.ask(&format!("POST /v1/hq/quarantine/outlets/{of}/{what}"), token, &body, None).await
    };
    let decided =
        async || hub.get("/v1/hq/quarantine/outlets", &admin).await.ok()[0]["quarantined"][0]["decided"].clone();
    let reason = json!({"reason": "Pesanan uji coba."});
    decide(&viewer, "JKT-001/order/o", "discard", reason.clone()).await.refused(403, "forbidden");
    decide(&viewer, "JKT-001/order/o", "retry", Value::Null).await.refused(403, "forbidden");
    decide(&admin, "JKT-001/order/o", "discard", json!({"reason": ""})).await.refused(422, "invalid_text");
    decide(&admin, "JKT-009/order/o", "retry", Value::Null).await.refused(404, "not_found");
    decide(&admin, "JKT-001/order/p", "retry", Value::Null).await.refused(404, "not_found");
    // By code or id; the same decision again writes nothing.
    for of in ["JKT-001/order/o".to_owned(), format!("{}/order/o", outlet.id)] {
        let item = decide(&admin, &of, "discard", reason.clone()).await.ok();
        assert_eq!((&item["decided"], &item["state"]), (&json!("discard"), &json!("failed")));
    }
    let page = outlet.pull("", "").await;
    let [change] = page.changes.as_slice() else { panic!("{:?}", page.changes) };
    let update = &change.update;
    assert_eq!((update.of.entity_type.as_str(), update.of.entity_id.as_str()), ("decision", "order/o"));
    let document = Value::Object(update.document.clone());
    assert_eq!(
        document,
        json!({"id": "order/o", "entity_type": "order", "entity_id": "o", "seq": 7, "action": "discard",
            "reason": "Pesanan uji coba.", "by": "hq:admin", "at": document["at"]})
    );
    assert_eq!(decided().await, "discard");
    // The outlet has applied it; undoing it is another decision.
    report_quarantined(&mut outlet, 7, "discarded").await;
    assert_eq!(decided().await, Value::Null);
    decide(&admin, "JKT-001/order/o", "discard", reason.clone()).await.refused(409, "already_discarded");
    assert_eq!(decide(&admin, "JKT-001/order/o", "retry", Value::Null).await.ok()["decided"], "retry");
    // A retry gives it a new position in the queue: the decision was about the old one.
    report_quarantined(&mut outlet, 9, "failed").await;
    assert_eq!(decided().await, Value::Null);
    assert_eq!(decide(&admin, "JKT-001/order/o", "retry", Value::Null).await.ok()["decided"], "retry");
    report_quarantined(&mut outlet, 9, "isolated").await;
    decide(&admin, "JKT-001/order/o", "discard", reason.clone()).await.refused(409, "not_failed");
    let mut batch = outlet.batch(&[]);
    batch["batch_id"] = json!("of an older version");
    batch["quarantined"] = json!([{"entity_type": "order", "entity_id": "o"}]);
    outlet.post(&batch).await.ok();
    decide(&admin, "JKT-001/order/o", "discard", reason.clone()).await.refused(409, "outlet_too_old");
    hub.hub.store().write(|tx| hub::outlets::revoke(tx, "JKT-001", web::time::now())).await.unwrap();
    decide(&admin, &format!("{}/order/o", outlet.id), "retry", Value::Null).await.refused(409, "outlet_revoked");
}

/// An outlet that reports one unapplied update, in this state and with this seq.
async fn report_unapplied(outlet: &mut TestOutlet, seq: i64, state: &str) {
    let mut batch = outlet.batch(&[]);
    batch["batch_id"] = json!(format!("{}-{seq}-{state}", outlet.id));
    batch["unapplied"] =
        json!([{"entity_type": "product", "entity_id": "p", "seq": seq, "state": state, "message": "Too dear."}]);
    outlet.post(&batch).await.ok();
    outlet.advance(&batch);
}

#[tokio::test]
async fn a_decision_about_an_unapplied_update_enters_the_outlets_stream() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    report_unapplied(&mut outlet, 7, "retrying").await;
    let (admin, viewer) = (hub.admin_token().await, hub.viewer_token().await);
    let decide = async |token: &str, of: &str, what: &str, body: Value| {
        hub.ask(&format!("POST /v1/hq/quarantine/unapplied/JKT-001/{of}/{what}"), token, &body, None).await
    };
    let decided =
        async || hub.get("/v1/hq/quarantine/outlets", &admin).await.ok()[0]["unapplied"][0]["decided"].clone();
    let count = async || hub.get("/v1/hq/outlets", &admin).await.ok()[0]["unapplied_count"].clone();
    let alarm = async || hub.get("/v1/hq/health", &admin).await.ok()["unapplied_update_outlets"].clone();
    let reason = json!({"reason": "Harga lama."});
    decide(&viewer, "product/p", "discard", reason.clone()).await.refused(403, "forbidden");
    decide(&viewer, "product/p", "retry", Value::Null).await.refused(403, "forbidden");
    decide(&admin, "product/p", "discard", json!({"reason": " "})).await.refused(422, "invalid_text");
    decide(&admin, "product/q", "retry", Value::Null).await.refused(404, "not_found");
    assert_eq!((count().await, alarm().await), (json!(1), json!(["JKT-001"])));
    // The same decision again writes nothing.
    for _ in 0..2 {
        assert_eq!(decide(&admin, "product/p", "discard", reason.clone()).await.ok()["decided"], "discard");
    }
    let page = outlet.pull("", "").await;
    let [change] = page.changes.as_slice() else { panic!("{:?}", page.changes) };
    let document = Value::Object(change.update.document.clone());
    assert_eq!(change.update.of.entity_type, "decision");
    assert_eq!(
        document,
        json!({"id": "update/product/p", "entity_type": "product", "entity_id": "p", "seq": 7, "action": "discard",
            "reason": "Harga lama.", "by": "hq:admin", "at": document["at"]})
    );
    // The outlet has applied it: no alarm, and still listed.
    report_unapplied(&mut outlet, 7, "discarded").await;
    assert_eq!((decided().await, count().await, alarm().await), (Value::Null, json!(0), json!([])));
    decide(&admin, "product/p", "discard", reason.clone()).await.refused(409, "already_discarded");
    assert_eq!(decide(&admin, "product/p", "retry", Value::Null).await.ok()["decided"], "retry");
    // A failed retry gives it a new seq.
    report_unapplied(&mut outlet, 9, "retrying").await;
    assert_eq!((decided().await, count().await), (Value::Null, json!(1)));
    let mut batch = outlet.batch(&[]);
    batch["batch_id"] = json!("of an older version");
    batch["unapplied"] = json!([{"entity_type": "product", "entity_id": "p", "message": "Too dear."}]);
    outlet.post(&batch).await.ok();
    decide(&admin, "product/p", "retry", Value::Null).await.refused(409, "outlet_too_old");
    assert_eq!(count().await, 1);
}

#[tokio::test]
async fn a_later_applied_version_resolves_a_dead_letter_and_the_alarm() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let mut broken = coffee("b");
    broken["total"] = 1.into();
    let items = [
        one.order(1, &broken),
        one.order(1, &coffee("c")),
        one.item(json!({"entity_type": "reservation", "entity_id": "r"})),
    ];
    one.push(&items).await;
    let of_other = [two.order(1, &broken)];
    two.push(&of_other).await;
    let older = [one.order(1, &json!({"id": "c"}))];
    one.push(&older).await;
    let admin = hub.admin_token().await;
    let list = async |query: &str| shown(&hub.get(&format!("/v1/hq/quarantine{query}"), &admin).await.ok()).len();
    let alarm = async || hub.get("/v1/hq/health", &admin).await.ok()["dead_letter_outlets"].clone();
    assert_eq!((list("").await, alarm().await), (4, json!(["JKT-001", "JKT-002"])));
    // A second rejection makes a second dead letter; another entity resolves nothing.
    broken["total"] = 2.into();
    let again = [one.order(2, &broken), one.order(1, &coffee("d"))];
    one.push(&again).await;
    assert_eq!(list("").await, 5);
    let mended = [one.order(3, &coffee("b")), one.order(2, &coffee("c"))];
    one.push(&mended).await;
    // An unknown type waits for an upgrade, whatever else arrives; another outlet's dead letter is separate.
    assert_eq!((list("").await, list("?discarded=true").await), (2, 5));
    assert_eq!(alarm().await, json!(["JKT-001", "JKT-002"]));
    let mended = [two.order(2, &coffee("b"))];
    two.push(&mended).await;
    assert_eq!((list("").await, alarm().await), (1, json!(["JKT-001"])));
    let counted = hub.get("/v1/hq/outlets", &admin).await.ok();
    assert_eq!([0, 1].map(|n| counted[n]["dead_letter_count"].clone()), [json!(1), json!(0)]);
    let all = hub.get("/v1/hq/quarantine?discarded=true", &admin).await.ok();
    let resolved = all.as_array().unwrap().iter().filter(|letter| letter["resolved_at"].is_string());
    assert!(resolved.clone().all(|letter| letter["item"]["data"].is_object() && letter["discarded_at"].is_null()));
    assert_eq!(resolved.count(), 4, "they stay, as received");
}
