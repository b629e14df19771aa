//! Variants and modifiers of products: set at the outlet and the hub, merged, sold, and preserved in orders.

use domain::{Modifier, ModifierGroup, Variant};
use protocol::updates::Update;
use protocol::wire::{EntityRef, Token};
use replica::pull::apply_update::apply_update;
use replica::unapplied::UpdateSource;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Value, json};
use testkit::{Fault, Http, Proxy, TestHub, TestOutlet, eventually};
use utoipa::PartialSchema;
use web::{shapes, time};

fn sizes() -> Value {
    json!([{"available": true, "code": "K-S", "id": "small", "name": "Small", "price": 20_000},
        {"available": true, "id": "large", "name": "Large", "price": 27_000}])
}

fn milk() -> Value {
    json!([{"id": "milk", "name": "Milk", "min_selections": 1, "max_selections": 2, "options": [
        {"available": true, "id": "fresh", "name": "Fresh", "price_delta": 0},
        {"available": true, "id": "oat", "name": "Oat", "price_delta": 5_000},
        {"available": true, "id": "half", "name": "Half a cup", "price_delta": -21_000},
        {"available": false, "id": "soy", "name": "Soy", "price_delta": 4_000}]}])
}

fn latte() -> Value {
    json!({"name": "Latte", "price": 25_000, "variants": sizes(), "modifier_groups": milk()})
}

async fn make(http: &Http, product: &Value) -> String {
    http.post("/api/v1/products", product).await.data()["id"].as_str().unwrap().to_owned()
}

fn path(id: &str) -> String {
    format!("/api/v1/products/{id}")
}

/// The stored lists and the version.
fn stored(shell: &Connection, id: &str) -> (String, String, i64) {
    let sql = "select variants, modifier_groups, version from products p, sync_state s
        where s.entity_type = 'product' and s.entity_id = p.id and p.id = ?1";
    shell.query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn variants_and_groups_are_stored_in_canonical_form() {
    let shop = TestOutlet::alone().await;
    let admin = shop.admin();
    let id = make(admin, &latte()).await;
    let created = admin.get(&path(&id)).await.data().clone();
    assert_eq!((&created["variants"], &created["modifier_groups"]), (&sizes(), &milk()));
    let before = stored(&shop.shell(), &id);
    assert_eq!(before.0, sizes().to_string(), "members by name, no spaces");

    // Another notation of the same values is no change.
    let same = json!({"variants": [{"name": " Small ", "id": "small", "code": "K-S", "barcode": "", "price": 20_000},
        {"id": "large", "price": 27_000, "code": null, "name": "Large"}]});
    admin.call("PATCH", &path(&id), &same).await.data();
    assert_eq!(stored(&shop.shell(), &id), before);

    // No text that can be typed is mistaken for a surrogate escape.
    let odd = json!([{"available": true, "id": "odd", "name": "Udang \\udang \\\\ud83d 🦐 \"pedas\"", "price": 1}]);
    let answer = admin.call("PATCH", &path(&id), &json!({"variants": odd})).await;
    assert_eq!(answer.data()["variants"], odd);
    admin.call("PATCH", &path(&id), &json!({"variants": sizes()})).await.data();

    let renamed = admin.call("PATCH", &path(&id), &json!({"name": "Caffè Latte"})).await;
    assert_eq!(
        (&renamed.data()["variants"], &renamed.data()["modifier_groups"]),
        (&sizes(), &milk()),
        "absent fields stay"
    );
    let emptied = admin.call("PATCH", &path(&id), &json!({"variants": []})).await;
    assert_eq!((&emptied.data()["variants"], &emptied.data()["modifier_groups"]), (&json!([]), &milk()));
    let replaced = admin.call("PUT", &path(&id), &json!({"name": "Latte", "price": 1})).await;
    assert_eq!((&replaced.data()["variants"], &replaced.data()["modifier_groups"]), (&json!([]), &json!([])));

    let cashier = shop.member("cashier").await;
    let refused = cashier.call("PATCH", &path(&id), &json!({"variants": sizes()})).await;
    assert_eq!(refused.refusal(), (403, "forbidden"));
    for (field, value, code) in [
        ("variants", json!([{"id": "a", "name": "A"}]), "invalid_body"),
        ("variants", json!([{"id": "a", "name": "A", "price": 1, "colour": "red"}]), "invalid_body"),
        ("variants", json!([{"id": "a", "name": "A", "price": 1.5}]), "invalid_body"),
        ("variants", json!([{"id": "a", "name": "A", "price": -1}]), "invalid_variants"),
        ("variants", json!([sizes()[0], sizes()[0]]), "invalid_variants"),
        ("variants", json!([{"id": "a b", "name": "A", "price": 1}]), "invalid_variants"),
        (
            "modifier_groups",
            json!([{"id": "g", "name": "G", "min_selections": 0, "max_selections": 1}]),
            "invalid_body",
        ),
        ("modifier_groups", json!([milk()[0], milk()[0]]), "invalid_modifier_groups"),
        (
            "modifier_groups",
            json!([{"id": "g", "name": "G", "min_selections": 2, "max_selections": 1, "options": milk()[0]["options"]}]),
            "invalid_modifier_groups",
        ),
    ] {
        let answer = admin.call("PATCH", &path(&id), &json!({field: value})).await;
        assert_eq!(answer.refusal(), (422, code), "{field}: {value}: {}", answer.text);
        assert!(answer.body["message"].as_str().unwrap().ends_with('.'), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_keeps_its_choices_and_prices() {
    let shop = TestOutlet::alone().await;
    let admin = shop.admin();
    let id = make(admin, &latte()).await;
    let cashier = shop.member("cashier").await;
    let order = json!({"lines": [{"product_id": id, "variant_id": "large", "qty": 2,
        "modifiers": [{"id": "oat"}, {"id": "fresh"}]}]});
    let taken = cashier.post("/api/v1/orders", &order).await.data().clone();
    let line = &taken["lines"][0];
    assert_eq!(
        (&line["name"], &line["variant_id"], &line["variant_name"], &line["price"], &line["amount"]),
        (&json!("Latte"), &json!("large"), &json!("Large"), &json!(32_000), &json!(64_000))
    );
    assert_eq!(taken["subtotal"], 64_000);
    let modifiers = json!([{"group": "Milk", "id": "fresh", "name": "Fresh", "price": 0, "qty": 1},
        {"group": "Milk", "id": "oat", "name": "Oat", "price": 5_000, "qty": 1}]);
    assert_eq!(line["modifiers"], modifiers);
    let double = json!({"product_id": id, "variant_id": "small", "qty": 1, "modifiers": [{"id": "oat", "qty": 2}]});
    let double = cashier.post("/api/v1/orders", &json!({"lines": [double]})).await.data()["lines"][0].clone();
    assert_eq!((&double["price"], &double["modifiers"][0]["qty"]), (&json!(30_000), &json!(2)));

    admin.call("PUT", &path(&id), &json!({"name": "Other", "price": 1})).await.data();
    let read = admin.get(&format!("/api/v1/orders/{}", taken["id"].as_str().unwrap())).await.data().clone();
    assert_eq!(read["lines"], taken["lines"]);
    let plain = cashier.post("/api/v1/orders", &json!({"lines": [{"product_id": id, "qty": 1}]})).await;
    let plain = &plain.data()["lines"][0];
    assert_eq!((&plain["variant_id"], &plain["modifiers"], &plain["price"]), (&Value::Null, &json!([]), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_choice_is_rejected_and_creates_no_order() {
    let shop = TestOutlet::alone().await;
    let mut product = latte();
    product["variants"]
        .as_array_mut()
        .unwrap()
        .push(json!({"available": false, "id": "tiny", "name": "Tiny", "price": 1}));
    let id = make(shop.admin(), &product).await;
    let fresh = json!([{"id": "fresh"}]);
    let many: Vec<_> = (0..101).map(|_| json!({"id": "fresh"})).collect();
    for (variant, modifiers, code) in [
        (json!(null), fresh.clone(), "variant_required"),
        (json!("huge"), fresh.clone(), "unknown_variant"),
        (json!("tiny"), fresh, "variant_unavailable"),
        (json!("large"), json!([]), "too_few_modifiers"),
        (json!("large"), json!(null), "invalid_body"),
        (json!("large"), json!([{"id": "fresh", "qty": 2}, {"id": "oat"}]), "too_many_modifiers"),
        (json!("large"), json!([{"id": "cream"}]), "unknown_modifier"),
        (json!("large"), json!([{"id": "soy"}]), "modifier_unavailable"),
        (json!("large"), json!([{"id": "fresh", "qty": 0}]), "invalid_modifiers"),
        (json!("large"), json!([{"id": "fresh", "qty": i64::MAX}]), "invalid_modifiers"),
        (json!("large"), json!(many), "invalid_modifiers"),
        (json!("small"), json!([{"id": "half"}]), "price_negative"),
        (json!("large"), json!(["fresh"]), "invalid_body"),
        (json!("large"), json!([{"id": "fresh", "note": "hot"}]), "invalid_body"),
        (json!("l".repeat(65)), json!([]), "invalid_text"),
    ] {
        let order = json!({"lines": [{"product_id": id, "qty": 1, "variant_id": variant, "modifiers": modifiers}]});
        let answer = shop.admin().post("/api/v1/orders", &order).await;
        assert_eq!(answer.refusal(), (422, code), "{order}: {}", answer.text);
    }
    let orders: i64 = shop.shell().query_row("select count(*) from orders", [], |row| row.get(0)).unwrap();
    assert_eq!(orders, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_syncs_and_merges_as_one_canonical_value() {
    let hub = TestHub::start().await;
    let proxy = Proxy::before(&hub.url()).await;
    let one = TestOutlet::of(proxy.url(), &hub.add_outlet("JKT-001").await).await;
    one.synced().await;
    let two = TestOutlet::next_of(&hub.url(), &hub.add_outlet("JKT-002").await).await;
    let boss = hub.boss().await;
    let id = make(one.admin(), &latte()).await;
    let at_hub = format!("/v1/hq/products/{id}");
    eventually("it is at the other outlet", || async { two.admin().get(&path(&id)).await.status == 200 }).await;
    let at_two = two.admin().get(&path(&id)).await.data().clone();
    assert_eq!((&at_two["variants"], &at_two["modifier_groups"]), (&sizes(), &milk()));
    assert_eq!(boss.get(&at_hub).await.data()["variants"], sizes());

    // Head office's price for an outlet replaces the product's; variants keep theirs.
    boss.call("PUT", &format!("/v1/hq/outlets/JKT-002/products/{id}"), &json!({"price": 99_000})).await.data();
    let dearer = json!([{"id": "large", "name": "Large", "price": 28_000}]);
    let shown = boss.call("PATCH", &at_hub, &json!({"variants": dearer})).await.data()["variants"].clone();
    assert_eq!(shown, json!([{"available": true, "id": "large", "name": "Large", "price": 28_000}]));
    for shop in [&one, &two] {
        eventually("head office's list has arrived", || async {
            shop.admin().get(&path(&id)).await.data()["variants"] == shown
        })
        .await;
        assert_eq!(stored(&shop.shell(), &id).0, shown.to_string());
    }
    eventually("the outlet's price has arrived", || async {
        two.admin().get(&path(&id)).await.data()["price"] == 99_000
    })
    .await;
    let line = json!({"product_id": id, "variant_id": "large", "qty": 1, "modifiers": [{"id": "oat"}]});
    let order = json!({"lines": [line], "order_type": "take_away"});
    let sold = two.admin().post("/api/v1/orders", &order).await.data().clone();
    assert_eq!(sold["lines"][0]["price"], 33_000);
    two.synced().await;
    let received = boss.get(&format!("/v1/hq/orders/{}", sold["id"].as_str().unwrap())).await;
    assert_eq!(received.data()["lines"], sold["lines"], "same names and values");

    // Both change it while disconnected: one value wins, and the conflict is recorded.
    proxy.set(Fault::Unplugged);
    one.admin().call("PATCH", &path(&id), &json!({"variants": sizes()})).await.data();
    boss.call("PATCH", &at_hub, &json!({"variants": []})).await.data();
    proxy.set(Fault::None);
    eventually("head office's list is in effect", || async {
        one.admin().get(&path(&id)).await.data()["variants"] == json!([])
    })
    .await;
    one.synced().await;
    let records = one.admin().all("/api/v1/sync/conflicts?status=merged").await;
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!((&records[0]["field"], &records[0]["local"]), (&json!("variants"), &sizes()));
    let undo = format!("/api/v1/sync/conflicts/{}/resolve", records[0]["id"].as_str().unwrap());
    one.admin().post(&undo, &json!({"strategy": "local_wins"})).await.data();
    eventually("undone everywhere", || async { two.admin().get(&path(&id)).await.data()["variants"] == sizes() }).await;

    // The shell's notation has the same meaning: captured, without a difference.
    let spaced = serde_json::to_string_pretty(&sizes()).unwrap();
    one.shell().execute("update products set variants = ?2 where id = ?1", [&id, &spaced]).unwrap();
    one.synced().await;
    let found = one.admin().post("/api/v1/sync/verify", &json!({"repair": false})).await.data().clone();
    assert_eq!(found["differences"], json!([]), "{found}");
    let shelled = json!([{"available": true, "id": "s", "name": "S", "price": 1}]);
    one.shell().execute("update products set variants = ?2 where id = ?1", [&id, &shelled.to_string()]).unwrap();
    eventually("the shell's edit is at head office", || async {
        boss.get(&at_hub).await.data()["variants"] == shelled
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_list_is_rejected_locally_and_unapplied_from_the_hub() {
    let shop = TestOutlet::alone().await;
    let id = make(shop.admin(), &latte()).await;
    let mut shell = shop.shell();
    let before = stored(&shell, &id);
    let option = &milk()[0]["options"][0];
    for (column, list) in [
        ("variants", json!({})),
        ("variants", json!(["small"])),
        ("variants", json!([[]])),
        ("variants", json!([{"id": "a", "name": "A", "price": 1}])),
        ("variants", json!([{"id": "a", "name": "A", "price": 1, "available": 1}])),
        ("variants", json!([{"id": "a", "name": "A", "price": 1.5, "available": true}])),
        ("variants", json!([{"id": "a", "name": "A", "price": -1, "available": true}])),
        ("variants", json!([{"id": "a", "name": "A", "price": 1, "available": true, "newer": 1}])),
        ("modifier_groups", json!([{"id": "g", "name": "G", "min_selections": 0, "max_selections": 1}])),
        ("modifier_groups", json!([{"id": "g", "name": "G", "min_selections": 0, "max_selections": 1, "options": 1}])),
        (
            "modifier_groups",
            json!([{"id": "g", "name": "G", "min_selections": 0, "max_selections": 1, "options": [1]}]),
        ),
        (
            "modifier_groups",
            json!([{"id": 1, "name": "G", "min_selections": 0, "max_selections": 1, "options": [option]}]),
        ),
    ] {
        for or in ["", "or ignore", "or replace"] {
            let sql = format!("update {or} products set {column} = ?2 where id = ?1");
            assert!(shell.execute(&sql, [&id, &list.to_string()]).is_err(), "{sql}: {list}");
        }
        let mut document = latte();
        document[column] = list.clone();
        let update = Update {
            of: EntityRef { entity_type: "product".into(), entity_id: "another".into() },
            token: Token { n: 1, change_id: "c1".into() },
            deleted: false,
            document: document.as_object().unwrap().clone(),
            changed_by: "hq:rina".into(),
            changed_at: "2026-11-22T19:40:39.672Z".into(),
            by_outlet: None,
            unreadable: None,
        };
        let tx = shell.transaction().unwrap();
        assert!(apply_update(&tx, &update, UpdateSource::Stream, time::now()).unwrap().unapplied, "{list}");
    }
    let half = r#"[{"available":true,"id":"a","name":"\ud83d","price":1}]"#;
    let behind_a_backslash = r#"[{"available":true,"id":"a","name":"\\\ud83d","price":1}]"#;
    for text in ["nonsense", "[", half, behind_a_backslash] {
        assert!(shell.execute("update products set variants = ?2 where id = ?1", [&id, text]).is_err(), "{text}");
    }
    assert_eq!(stored(&shell, &id), before);
    let lines =
        "insert into order_lines (order_id, id, position, product_id, name, price, qty, amount, tax_group, station,
        modifiers) values ('o', 'l', 1, 'p', 'Kopi', 1, 1, 1, 'pbjt', 'bar', ?1)";
    for list in [json!({}), json!([{"id": "oat", "name": "Oat", "price": 1}]), json!(["oat"])] {
        assert!(shell.execute(lines, [list.to_string()]).is_err(), "{list}");
    }
}

fn described<T: PartialSchema>() -> Vec<String> {
    let schema = serde_json::to_value(T::schema()).unwrap();
    let mut names: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

fn members<T: Serialize>(value: &T) -> Vec<String> {
    serde_json::to_value(value).unwrap().as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_described_list_shapes_match_their_types() {
    let mut variant: Variant = serde_json::from_value(sizes()[0].clone()).unwrap();
    variant.barcode = Some("899".into());
    let group: ModifierGroup = serde_json::from_value(milk()[0].clone()).unwrap();
    let modifier =
        Modifier { group: "Milk".into(), id: "oat".into(), name: "Oat".into(), price: domain::Money(1), qty: 1 };
    assert_eq!(described::<shapes::Variant>(), members(&variant));
    assert_eq!(described::<shapes::ModifierGroup>(), members(&group));
    assert_eq!(described::<shapes::ModifierOption>(), members(&group.options[0]));
    assert_eq!(described::<shapes::Modifier>(), members(&modifier));
}
