//! Acknowledged sales: a later version from the outlet never reverses a paid order; head office decides.

use serde_json::{Value, json};

use crate::app::{TestHub, TestOutlet, coffee, order};

const CODE: &str = "acknowledged_sale";

struct Shop {
    hub: TestHub,
    outlet: TestOutlet,
    admin: String,
    version: i64,
}

impl Shop {
    /// A hub that has acknowledged one coffee and two teas.
    async fn start() -> Self {
        let hub = TestHub::start().await;
        let mut outlet = hub.outlet("JKT-001").await;
        let items = [outlet.order(1, &sold()), outlet.order(1, &tea())];
        assert!(outlet.push(&items).await.is_empty());
        let admin = hub.admin_token().await;
        Self { hub, outlet, admin, version: 1 }
    }

    /// Sends the next version of the coffee, or its deletion; returns the results.
    async fn send(&mut self, version: Option<&Value>) -> Vec<Value> {
        self.version += 1;
        let item = match version {
            Some(document) => self.outlet.order(self.version, document),
            None => self.outlet.item(
                json!({"entity_type": "order", "entity_id": "a", "operation": "delete", "version": self.version}),
            ),
        };
        self.outlet.push(&[item]).await
    }

    async fn figures(&self) -> Vec<String> {
        self.hub.rows("orders,total", "from daily_sales").await
    }

    async fn health(&self) -> Value {
        self.hub.get("/v1/hq/health", &self.admin).await.ok()
    }

    /// Dead letters that await a decision.
    async fn open(&self) -> Vec<Value> {
        self.hub.get("/v1/hq/quarantine", &self.admin).await.ok().as_array().unwrap().clone()
    }

    async fn decide(&self, dead_letter: &Value, how: &str, reason: &str) -> crate::app::Reply {
        let place =
            format!("{}/{}/{}", self.outlet.id, dead_letter["batch_id"].as_str().unwrap(), dead_letter["item_no"]);
        let ask = format!("POST /v1/hq/quarantine/{place}/{how}");
        self.hub.ask(&ask, &self.admin, &json!({"reason": reason}), None).await
    }

    /// The decisions in the outlet's stream: action and seq.
    async fn streamed_decisions(&self) -> Vec<(String, i64)> {
        let page = self.outlet.pull("", "limit=100").await;
        let decisions = page.changes.iter().map(|change| &change.update).filter(|u| u.of.entity_type == "decision");
        decisions
            .map(|update| {
                let document = &update.document;
                (document["action"].as_str().unwrap().to_owned(), document["seq"].as_i64().unwrap())
            })
            .collect()
    }
}

/// The coffee, with a tax that its price includes.
fn sold() -> Value {
    let mut order = coffee("a");
    order["charges"] = json!([{"id": "t", "position": 0, "charge_id": "pb1", "name": "PB1", "kind": "tax", "rate_bp": 1_000,
        "base": 18_182, "amount": 1_818, "inclusive": true}]);
    order["tax_included"] = 1_818.into();
    order
}

fn payment(id: &str, method: &str, amount: i64) -> Value {
    json!({"id": id, "method": method, "amount": amount, "tendered": amount, "created_at": "2026-11-22T10:00:00.000Z"})
}

fn tea() -> Value {
    order("b", "2026-11-22", "paid", &[("tea", 5_000, 2)], &[("cash", 10_000)])
}

/// Every way in which a shell or a stolen key can try to reverse the sale of the coffee.
fn attempts() -> Vec<(&'static str, Option<Value>)> {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut order = sold();
        change(&mut order);
        Some(order)
    };
    let free = order("a", "2026-11-22", "paid", &[], &[]);
    vec![
        ("deleted", None),
        ("void", with(&|order| order["status"] = "void".into())),
        ("open", with(&|order| order["status"] = "open".into())),
        ("a state of no version", with(&|order| order["status"] = "refunded".into())),
        ("another day", with(&|order| order["business_date"] = "2026-11-21".into())),
        ("another number", with(&|order| order["order_number"] = "x".into())),
        ("another cashier", with(&|order| order["cashier_id"] = "x".into())),
        ("without payments", with(&|order| order["payments"] = json!([]))),
        ("paid otherwise", with(&|order| order["payments"][0]["method"] = "qris".into())),
        ("another payment", with(&|order| order["payments"][0]["id"] = "x".into())),
        ("cheaper", Some(order("a", "2026-11-22", "paid", &[("coffee", 1, 1)], &[("cash", 1)]))),
        ("another product", Some(order("a", "2026-11-22", "paid", &[("water", 20_000, 1)], &[("cash", 20_000)]))),
        ("nothing at all", Some(free)),
        (
            "with a discount",
            with(&|order| {
                (order["discount"], order["total"]) = (5_000.into(), 15_000.into());
            }),
        ),
        ("a payment that failed", with(&|order| order["payments"][0]["status"] = "failed".into())),
        ("a payment in doubt", with(&|order| order["payments"][0]["status"] = "unconfirmed".into())),
        ("more change", with(&|order| order["payments"][0]["change"] = 20_000.into())),
        ("without its charges", with(&|order| order["charges"] = json!([]))),
        ("without tax", with(&|order| order["lines"][0]["tax_group"] = "none".into())),
        (
            "a refund",
            with(&|order| {
                let refund = payment("z", "cash", -20_000);
                order["payments"].as_array_mut().unwrap().push(refund);
            }),
        ),
        (
            "a return",
            with(&|order| {
                let lines = order["lines"].as_array_mut().unwrap();
                for (id, amount) in [("y", 20_000), ("z", -20_000)] {
                    let mut line = lines[0].clone();
                    (line["id"], line["price"], line["amount"]) = (id.into(), amount.into(), amount.into());
                    lines.push(line);
                }
            }),
        ),
        ("sums that do not add up", with(&|order| order["total"] = 1.into())),
        ("no order", Some(json!({"id": "a"}))),
    ]
}

#[tokio::test]
async fn a_later_version_does_not_reverse_a_paid_order() {
    let mut shop = Shop::start().await;
    let stored = shop.hub.rows("document", "from documents where entity_id = 'a'").await;
    for (what, version) in attempts() {
        let results = shop.send(version.as_ref()).await;
        assert_eq!((&results[0]["outcome"], &results[0]["code"]), (&json!("stale"), &json!(CODE)), "{what}");
        let words = results[0]["message"].as_str().unwrap();
        assert!(words.contains("number of a of 22 Nov 2026, Rp\u{a0}20.000 paid") && words.ends_with('.'), "{words}");
        assert_eq!(shop.figures().await, ["2|30000"], "{what}");
        assert_eq!(shop.hub.rows("document", "from documents where entity_id = 'a'").await, stored, "{what}");
        let health = shop.health().await;
        assert_eq!((&health["state"], &health["changed_sale_count"]), (&json!("degraded"), &json!(1)), "{what}");
        assert!(health["reasons"].to_string().contains("acknowledged_sale_changed"), "{health}");
        // Both versions are on record, and only the latest attempt awaits a decision.
        let open = shop.open().await;
        assert_eq!(open.len(), 1, "{what}");
        assert_eq!((&open[0]["stored_document"], &open[0]["code"]), (&sold(), &json!(CODE)), "{what}");
        assert_eq!(open[0]["item"].get("data"), version.as_ref(), "{what}");
    }
    let metrics = shop.hub.get("/metrics", "").await.body;
    assert!(metrics.as_str().unwrap().contains("hub_acknowledged_sales_changed 1"), "{metrics}");
    assert_eq!(shop.hub.count("dead_letters").await, i64::try_from(attempts().len()).unwrap(), "all are on record");
    // Restored as it was: nothing awaits a decision.
    assert!(shop.send(Some(&sold())).await.is_empty());
    assert_eq!((shop.open().await.len(), shop.health().await["changed_sale_count"].clone()), (0, json!(0)));
}

/// A guest has paid a part of the order; the shop may still change the rest.
#[tokio::test]
async fn payments_of_an_open_order_are_never_reversed() {
    let mut shop = Shop::start().await;
    let of =
        |status: &str, payments: &[(&str, i64)]| order("p", "2026-11-22", status, &[("coffee", 20_000, 2)], payments);
    let part = of("open", &[("cash", 5_000)]);
    let send = async |shop: &mut Shop, version: i64, document: Option<&Value>| {
        let item = match document {
            Some(document) => shop.outlet.order(version, document),
            None => shop
                .outlet
                .item(json!({"entity_type": "order", "entity_id": "p", "operation": "delete", "version": version})),
        };
        shop.outlet.push(&[item]).await
    };
    assert!(send(&mut shop, 1, Some(&part)).await.is_empty());
    let (void, unpaid, less) = (of("void", &[("cash", 5_000)]), of("open", &[]), of("open", &[("cash", 1)]));
    for (n, version) in [None, Some(&void), Some(&unpaid), Some(&less)].into_iter().enumerate() {
        let results = send(&mut shop, 2 + i64::try_from(n).unwrap(), version).await;
        assert_eq!((&results[0]["outcome"], &results[0]["code"]), (&json!("stale"), &json!(CODE)), "{version:?}");
        assert_eq!((shop.open().await.len(), shop.health().await["changed_sale_count"].clone()), (1, json!(1)));
    }
    let stored = shop.hub.get("/v1/hq/orders/p", &shop.admin).await.ok();
    assert_eq!((&stored["status"], &stored["payments"][0]["amount"]), (&json!("open"), &json!(5_000)));
    assert!(send(&mut shop, 9, Some(&of("paid", &[("cash", 5_000), ("qris", 35_000)]))).await.is_empty());
    assert_eq!((shop.open().await.len(), shop.figures().await), (0, vec!["3|70000".to_owned()]));
}

/// The stored reply lists the results of the outlet's last batch. If it is damaged, the next batch is still accepted.
#[tokio::test]
async fn a_damaged_stored_reply_does_not_block_the_next_batch() {
    for spoil in
        ["update chains set results = '['", "update chains set results = ''", "update chains set results = '7'"]
    {
        let mut shop = Shop::start().await;
        shop.hub.execute(spoil, None).await;
        let item = shop.outlet.order(1, &coffee("c"));
        assert!(shop.outlet.push(&[item]).await.is_empty(), "{spoil}");
        assert_eq!(shop.figures().await, ["3|50000"], "{spoil}");
    }
}

#[tokio::test]
async fn an_impossible_batch_number_does_not_block_the_next_batch() {
    for (spoil, read) in [
        ("update chains set batch_no = -7", 0),
        ("update chains set batch_no = -9223372036854775807", 0),
        ("update chains set batch_no = 9223372036854775807", i64::MAX / 2),
    ] {
        let mut shop = Shop::start().await;
        shop.hub.execute(spoil, None).await;
        shop.outlet.no = read;
        let item = shop.outlet.order(1, &coffee("c"));
        assert!(shop.outlet.push(&[item]).await.is_empty(), "{spoil}");
        assert_eq!(shop.figures().await, ["3|50000"], "{spoil}");
    }
}

/// A bad arrival number, written by a shell, does not make the hub reject the sales of every outlet.
#[tokio::test]
async fn an_impossible_arrival_number_blocks_no_sale() {
    for spoil in [
        "update sales set arrival_no = 9223372036854775807 where order_id = 'a'",
        "update sales set arrival_no = -9223372036854775807 where order_id = 'a'",
    ] {
        let mut shop = Shop::start().await;
        shop.hub.execute(spoil, None).await;
        let item = shop.outlet.order(1, &coffee("c"));
        let results = shop.outlet.push(&[item]).await;
        assert!(results.is_empty(), "{spoil}: {results:?}");
        assert_eq!(shop.figures().await, ["3|50000"], "{spoil}");
    }
}

#[tokio::test]
async fn a_new_epoch_reverses_no_sale() {
    let mut shop = Shop::start().await;
    let code = {
        let (id, now) = (shop.outlet.id.clone(), web::time::now());
        shop.hub.hub.store().write(move |tx| hub::outlets::enroll_code(tx, &id, now)).await.unwrap()
    };
    let key = "key-of-another-epoch-0123456789-0123456789-01";
    let enroll = json!({"code": code.enroll_code, "epoch_id": "another epoch", "epoch_number": 1, "api_key": key});
    let mut request = axum::http::Request::post("/v1/enroll").body(enroll.to_string().into()).unwrap();
    let here = std::net::SocketAddr::from(([127, 0, 0, 1], 50_000));
    request.extensions_mut().insert(axum::extract::ConnectInfo(here));
    let data = shop.hub.send(request).await.ok();
    (shop.outlet.epoch, shop.outlet.no, shop.outlet.last) = (data["epoch"].clone(), 0, None);
    key.clone_into(&mut shop.outlet.key);
    for (what, version) in attempts() {
        let results = shop.send(version.as_ref()).await;
        assert_eq!(results[0]["code"], CODE, "{what}");
    }
    // Deleted and created again.
    let results = shop.send(Some(&order("a", "2026-11-22", "open", &[("coffee", 20_000, 1)], &[]))).await;
    assert_eq!(results[0]["code"], CODE);
    assert_eq!(shop.figures().await, ["2|30000"]);
}

/// Damaging or altering the hub's own document does not let anybody reverse the sale that the hub's tables contain.
#[tokio::test]
async fn a_sale_whose_document_was_damaged_stays_until_head_office_decides() {
    let open =
        sold().to_string().replace("\"paid\",\"", "\"open\",\"").replace("\"status\":\"paid\"", "\"status\":\"open\"");
    let damages = ["[", "{}", "", "null", "{\"id\":\"a\",\"status\":\"paid\",\"lines\":7}", open.as_str()];
    for damaged in damages {
        let mut shop = Shop::start().await;
        let cheaper = order("a", "2026-11-22", "paid", &[("coffee", 1, 1)], &[("cash", 1)]);
        let mut void = sold();
        (void["status"], void["payments"]) = ("void".into(), json!([]));
        for version in [None, Some(&void), Some(&cheaper)] {
            // An order that its document calls open may be changed, but not deleted.
            if damaged == open && version == Some(&cheaper) {
                continue;
            }
            shop.hub
                .execute("update documents set document = ?1 where entity_id = 'a'", Some(damaged.to_owned()))
                .await;
            let results = shop.send(version).await;
            assert_eq!(results[0]["code"], CODE, "{damaged} {version:?}");
            let words = results[0]["message"].as_str().unwrap();
            assert!(words.contains("number of a of 22 Nov 2026, Rp\u{a0}20.000 paid"), "{words}");
            assert_eq!(words.contains("is damaged"), damaged != open, "{words}");
            assert_eq!(shop.figures().await, ["2|30000"], "{damaged}");
            assert_eq!((shop.open().await.len(), shop.health().await["changed_sale_count"].clone()), (1, json!(1)));
        }
        if damaged == open {
            continue;
        }
        // The original version repairs the document. Otherwise head office can accept the deletion.
        assert!(shop.send(Some(&sold())).await.is_empty(), "{damaged}");
        assert_eq!((shop.open().await.len(), shop.figures().await), (0, vec!["2|30000".to_owned()]));
        shop.hub.execute("update documents set document = ?1 where entity_id = 'a'", Some(damaged.to_owned())).await;
        shop.send(None).await;
        let dead_letter = shop.open().await.remove(0);
        shop.decide(&dead_letter, "accept", "A training sale.").await.ok();
        assert_eq!(shop.figures().await, ["1|10000"], "{damaged}");
    }
    // Without a recorded sale, too, only head office can replace a damaged document.
    let mut shop = Shop::start().await;
    shop.hub.execute("update documents set document = '[' where entity_id = 'a'", None).await;
    shop.hub.execute("delete from sales where order_id = 'a'", None).await;
    for version in [None, Some(&sold())] {
        assert_eq!(shop.send(version).await[0]["code"], CODE);
    }
}

/// Ways around the document: another outlet, another epoch, another spelling, a batch that contains the order twice.
#[tokio::test]
async fn no_way_around_the_document_reverses_a_sale() {
    let mut shop = Shop::start().await;
    let mut other = shop.hub.outlet("JKT-002").await;
    let gone = |entity_type: &str, id: &str, version: i64| json!({"entity_type": entity_type, "entity_id": id, "operation": "delete", "version": version});
    // The id belongs to the outlet; another outlet's order with the same id is a different order.
    let items = [other.item(gone("order", "a", 9))];
    other.push(&items).await;
    let items = [other.order(10, &order("a", "2026-11-22", "void", &[], &[]))];
    other.push(&items).await;
    assert_eq!(shop.figures().await, ["2|30000"]);
    for (entity_type, id) in [("Order", "a"), ("orders", "a"), ("order ", "a"), ("order", "A"), ("order", "a ")] {
        let items = [shop.outlet.item(gone(entity_type, id, 9))];
        shop.outlet.push(&items).await;
        assert_eq!(shop.figures().await, ["2|30000"], "{entity_type} {id}");
    }
    // The first of two items of one order counts, and is judged alone.
    let items = [shop.outlet.order(2, &sold()), shop.outlet.item(gone("order", "a", 3))];
    shop.outlet.push(&items).await;
    // An older version, and a deletion marked as an update.
    let items = [shop.outlet.item(gone("order", "a", 1))];
    assert_eq!(shop.outlet.push(&items).await[0]["code"], "not_newer");
    let items =
        [shop.outlet.item(json!({"entity_type": "order", "entity_id": "a", "operation": "update", "version": 9}))];
    assert_eq!(shop.outlet.push(&items).await[0]["code"], CODE);
    let items = [shop
        .outlet
        .item(json!({"entity_type": "order", "entity_id": "a", "operation": "update", "version": 10, "data": null}))];
    assert_eq!(shop.outlet.push(&items).await[0]["code"], CODE);
    assert_eq!(shop.figures().await, ["2|30000"]);
    // A revoked outlet, and a new outlet with its code, leave the sales unchanged.
    let id = shop.outlet.id.clone();
    shop.hub.hub.store().write(move |tx| hub::outlets::revoke(tx, &id, web::time::now())).await.unwrap();
    let mut next = shop.hub.outlet("JKT-001").await;
    let items = [next.item(gone("order", "a", 1))];
    next.push(&items).await;
    assert_eq!(shop.figures().await, ["2|30000"]);
    assert_eq!(shop.hub.rows("deleted", "from documents where entity_id = 'b'").await, ["0"]);
}

#[tokio::test]
async fn changes_that_reduce_no_payment_are_applied() {
    let mut shop = Shop::start().await;
    let mut annotated = sold();
    (annotated["customer_name"], annotated["table_number"]) = ("Bu Sri".into(), "7".into());
    annotated["payments"][0]["status"] = "confirmed".into();
    assert!(shop.send(Some(&annotated)).await.is_empty());
    let mut twice = annotated.clone();
    twice["payments"].as_array_mut().unwrap().push(payment("again", "qris", 20_000));
    twice["paid"] = 40_000.into();
    assert!(shop.send(Some(&twice)).await.is_empty(), "paid at both ends");
    assert_eq!(shop.figures().await, ["2|30000"]);
    assert_eq!(shop.send(Some(&annotated)).await[0]["code"], CODE, "the second payment was acknowledged too");
    // An unpaid order is the outlet's to change.
    let open = order("c", "2026-11-22", "open", &[("tea", 5_000, 1)], &[]);
    let items = [shop.outlet.order(1, &open)];
    assert!(shop.outlet.push(&items).await.is_empty());
    let gone = json!({"entity_type": "order", "entity_id": "c", "operation": "delete", "version": 2});
    let items = [shop.outlet.item(gone)];
    assert!(shop.outlet.push(&items).await.is_empty());
}

#[tokio::test]
async fn a_unit_that_reverses_a_sale_is_rejected_whole() {
    let mut shop = Shop::start().await;
    let mut items = [
        shop.outlet.order(2, &order("a", "2026-11-22", "open", &[], &[])),
        shop.outlet.order(1, &order("d", "2026-11-22", "open", &[("coffee", 20_000, 1)], &[])),
    ];
    items.iter_mut().for_each(|item| item["unit"] = 1.into());
    let results = shop.outlet.push(&items).await;
    assert_eq!((&results[0]["code"], &results[1]["code"]), (&json!(CODE), &json!("unit_rejected")));
    assert_eq!(shop.hub.rows("order_id", "from sales order by 1").await, ["a", "b"]);
}

#[tokio::test]
async fn an_admin_keeps_a_sale_and_the_outlet_restores_it() {
    let mut shop = Shop::start().await;
    shop.send(None).await;
    let seq = shop.outlet.seq;
    let dead_letter = shop.open().await.remove(0);
    let viewer = shop.hub.viewer_token().await;
    for how in ["discard", "accept"] {
        let place = format!("{}/{}/0", shop.outlet.id, dead_letter["batch_id"].as_str().unwrap());
        let ask = format!("POST /v1/hq/quarantine/{place}/{how}");
        shop.hub.ask(&ask, &viewer, &json!({"reason": "x"}), None).await.refused(403, "forbidden");
    }
    let done = shop.decide(&dead_letter, "discard", "It was paid.").await.ok();
    assert_eq!((&done["discarded_by"], &done["discard_reason"]), (&json!("hq:admin"), &json!("It was paid.")));
    assert_eq!(shop.streamed_decisions().await, [("keep".to_owned(), seq)]);
    assert_eq!((shop.figures().await, shop.open().await.len()), (vec!["2|30000".to_owned()], 0));
    assert_eq!(shop.health().await["changed_sale_count"], 0);
    shop.decide(&dead_letter, "accept", "Too late.").await.refused(404, "not_found");
}

#[tokio::test]
async fn an_admin_accepts_the_outlets_version_and_both_stay_on_record() {
    for (what, version) in attempts() {
        let mut shop = Shop::start().await;
        shop.send(version.as_ref()).await;
        let seq = shop.outlet.seq;
        let dead_letter = shop.open().await.remove(0);
        shop.decide(&dead_letter, "accept", " ").await.refused(422, "invalid_text");
        let accepted = shop.decide(&dead_letter, "accept", "A training sale.").await;
        if ["without payments", "with a discount", "sums that do not add up", "no order", "a refund"].contains(&what)
            && accepted.status != 200
        {
            accepted.refused(409, "cannot_be_accepted");
            assert_eq!((shop.figures().await, shop.open().await.len()), (vec!["2|30000".to_owned()], 1), "{what}");
            continue;
        }
        let done = accepted.ok();
        assert_eq!((&done["accepted_by"], &done["accept_reason"]), (&json!("hq:admin"), &json!("A training sale.")));
        assert_eq!((&done["stored_document"], done["resolved_at"].is_string()), (&sold(), true), "{what}");
        assert_eq!(done["item"].get("data"), version.as_ref(), "{what}");
        assert_eq!(shop.streamed_decisions().await, [("retry".to_owned(), seq)], "{what}");
        assert_eq!(shop.open().await.len(), 0, "{what}");
        let there = shop.hub.get("/v1/hq/orders/a", &shop.admin).await;
        match &version {
            None => there.refused(404, "not_found"),
            Some(version) => assert_eq!(there.ok()["status"], version["status"], "{what}"),
        }
        // The outlet sends the version again, and the hub has it already.
        shop.version -= 1;
        assert_eq!(shop.send(version.as_ref()).await[0]["outcome"], "duplicate", "{what}");
        shop.decide(&dead_letter, "accept", "Again.").await.refused(404, "not_found");
        shop.decide(&dead_letter, "discard", "Too late.").await;
        assert_eq!(shop.streamed_decisions().await.len(), 1, "{what}: a decision is made once");
    }
}

#[tokio::test]
async fn a_revoked_outlets_sale_can_still_be_decided() {
    let mut shop = Shop::start().await;
    shop.send(None).await;
    let dead_letter = shop.open().await.remove(0);
    let id = shop.outlet.id.clone();
    shop.hub.hub.store().write(move |tx| hub::outlets::revoke(tx, &id, web::time::now())).await.unwrap();
    shop.decide(&dead_letter, "accept", "The outlet is closed.").await.ok();
    assert_eq!(shop.figures().await, ["1|10000"]);
}
