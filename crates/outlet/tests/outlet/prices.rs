//! Menus, prices from a minute on, and channels: the price of a line is that of the moment at which it was added.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet, eventually};

const GOFOOD: &str = "0199f3c2-8a00-7abc-8def-0000000000f0";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The minute of a clock, after so many minutes.
fn minute(zone: &str, later: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_mins(later);
    TimeZone::get(zone).unwrap().to_datetime(at).strftime("%Y-%m-%dT%H:%M").to_string()
}

async fn latte(admin: &Http) -> String {
    text(&admin.post("/api/v1/products", &json!({"name": "Latte", "price": 25_000})).await.data()["id"])
}

/// Price, source and menu of the last line of an order.
fn last_line(order: &Value) -> (i64, String, Value) {
    let line = order["lines"].as_array().unwrap().last().unwrap();
    (line["price"].as_i64().unwrap(), text(&line["price_source"]), line["menu_id"].clone())
}

fn of_product(price: i64) -> (i64, String, Value) {
    (price, "product".to_owned(), Value::Null)
}

fn of_menu(price: i64, menu: &str) -> (i64, String, Value) {
    (price, "menu".to_owned(), menu.into())
}

async fn sold(admin: &Http, line: Value) -> Value {
    admin.post("/api/v1/orders", &json!({"lines": [line]})).await.data().clone()
}

fn run(outlet: &TestOutlet, sql: &str) {
    outlet.shell().execute_batch(sql).unwrap();
}

/// A menu of these columns with a price for a product.
fn menu(outlet: &TestOutlet, id: &str, product: &str, price: i64, columns: &[(&str, String)]) {
    let names: String = columns.iter().map(|(name, _)| format!(", {name}")).collect();
    let values: String = columns.iter().map(|(_, value)| format!(", {value}")).collect();
    run(
        outlet,
        &format!(
            "insert into menus (id, name{names}) values ('{id}', 'Menu {id}'{values});
             insert into prices (id, product_id, menu_id, price) values ('of {id}', '{product}', '{id}', {price});"
        ),
    );
}

/// A zone in which it is now between 00:00 and 01:00, without summer time.
fn zone_after_midnight() -> String {
    let hour = i32::from(TimeZone::UTC.to_datetime(Timestamp::now()).hour());
    if hour <= 12 { format!("Etc/GMT+{hour}") } else { format!("Etc/GMT-{}", 24 - hour) }
}

#[tokio::test]
async fn a_happy_hour_past_midnight_belongs_to_the_evening_before() {
    let outlet = TestOutlet::alone().await;
    let (admin, zone) = (outlet.admin(), zone_after_midnight());
    run(&outlet, &format!("update settings set zone = '{zone}'"));
    let product = latte(admin).await;
    let today = TimeZone::get(&zone).unwrap().to_datetime(Timestamp::now()).date();
    let weekday = |days: i64| {
        let date = today.saturating_add(jiff::Span::new().days(days));
        format!("'[{}]'", date.weekday().to_monday_one_offset())
    };
    let hours =
        |weekday: String| [("from_minute", "1320".to_owned()), ("to_minute", "120".to_owned()), ("weekdays", weekday)];
    menu(&outlet, "today", &product, 1_000, &hours(weekday(0)));
    let line = json!({"product_id": product, "qty": 1});
    assert_eq!(last_line(&sold(admin, line.clone()).await), of_product(25_000), "its evening has not come");
    menu(&outlet, "evening", &product, 15_000, &hours(weekday(-1)));
    let open = sold(admin, line.clone()).await;
    assert_eq!(last_line(&open), of_menu(15_000, "evening"));

    // A menu that ends while an order is open changes nothing of it; only new lines have the usual price.
    run(&outlet, "update menus set to_minute = 1320, from_minute = 1319");
    let path = format!("/api/v1/orders/{}/lines", text(&open["id"]));
    let added = admin.post(&path, &json!([line])).await.data().clone();
    assert_eq!(added["lines"][0]["price"], 15_000);
    assert_eq!(last_line(&added), of_product(25_000));
    assert_eq!(added["subtotal"], 40_000);
    // A menu with a value of a later version decides nothing.
    menu(&outlet, "unreadable", &product, 1, &[("order_types", "'[\"drone\"]'".to_owned())]);
    assert_eq!(last_line(&sold(admin, json!({"product_id": product, "qty": 1})).await), of_product(25_000));
}

/// A happy hour ends, or begins, while an order is open: what is added to a line has the price in force, on a line of its own.
#[tokio::test]
async fn pieces_that_are_added_at_another_price_are_a_new_line() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let group = json!({"id": "g", "name": "Susu", "min_selections": 0, "max_selections": 1,
        "options": [{"id": "oat", "name": "Oat", "price_delta": 5_000}]});
    let body = json!({"name": "Latte", "price": 25_000, "modifier_groups": [group]});
    let product = text(&admin.post("/api/v1/products", &body).await.data()["id"]);
    menu(&outlet, "happy", &product, 15_000, &[]);
    let line = json!({"product_id": product, "qty": 3, "note": "panas", "course": 2, "modifiers": [{"id": "oat"}]});
    let open = sold(admin, line).await;
    let first = text(&open["lines"][0]["id"]);
    let path = format!("/api/v1/orders/{}/lines/{first}", text(&open["id"]));
    let change = async |body: Value| admin.call("PATCH", &path, &body).await;
    let lines = |order: &Value| -> Vec<(i64, i64, i64)> {
        let figure = |line: &Value, name: &str| line[name].as_i64().unwrap();
        let lines = order["lines"].as_array().unwrap().iter();
        lines.map(|line| (figure(line, "qty"), figure(line, "price"), figure(line, "amount"))).collect()
    };
    assert_eq!(lines(change(json!({"qty": 4})).await.data()), [(4, 20_000, 80_000)], "the price is the same");
    run(&outlet, "update menus set active = 0");
    // Fewer pieces keep the price; more are a line of their own, with what the change says about it.
    assert_eq!(lines(change(json!({"qty": 2})).await.data()), [(2, 20_000, 40_000)]);
    let counted = json!({"product_id": product, "left": 3});
    admin.call("PUT", "/api/v1/kitchen/availability", &counted).await.data();
    let raised = change(json!({"qty": 5, "note": "hangat"})).await.data().clone();
    assert_eq!(lines(&raised), [(2, 20_000, 40_000), (3, 30_000, 90_000)]);
    assert_eq!(raised["subtotal"], 130_000);
    assert_eq!(last_line(&raised), of_product(30_000));
    let same = ["product_id", "modifiers", "note", "course", "station", "tax_group", "sent_at"];
    for field in same {
        assert_eq!(raised["lines"][0][field], raised["lines"][1][field], "{field}");
    }
    assert_eq!((&raised["lines"][1]["note"], &raised["lines"][1]["position"]), (&json!("hangat"), &json!(2)));
    // They are counted, and must be for sale, as every new line.
    assert_eq!(change(json!({"qty": 3})).await.refusal(), (409, "sold_out"));
    // A happy hour that begins is no reason to make the old pieces cheaper.
    admin.call("PUT", "/api/v1/kitchen/availability", &json!({"product_id": product, "left": null})).await.data();
    run(&outlet, "update menus set active = 1; update prices set price = 10000");
    let begun = change(json!({"qty": 3})).await.data().clone();
    assert_eq!(lines(&begun), [(2, 20_000, 40_000), (3, 30_000, 90_000), (1, 15_000, 15_000)]);
    assert_eq!(last_line(&begun), of_menu(15_000, "happy"));
    // A price that a person gave is for all pieces.
    run(&outlet, &format!("update order_lines set price_source = 'manual' where id = '{first}'"));
    assert_eq!(lines(change(json!({"qty": 3})).await.data())[0], (3, 20_000, 60_000));
}

#[tokio::test]
async fn the_highest_priority_of_the_served_menus_decides_for_each_variant() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let variants =
        json!([{"id": "l", "name": "Large", "price": 30_000}, {"id": "s", "name": "Small", "price": 20_000}]);
    let body = json!({"name": "Kopi", "price": 0, "variants": variants});
    let product = text(&admin.post("/api/v1/products", &body).await.data()["id"]);
    run(
        &outlet,
        &format!(
            "insert into menus (id, name, priority) values ('a', 'A', 1), ('b', 'B', 2);
             insert into prices (id, product_id, variant_id, menu_id, price)
             values ('1', '{product}', 'l', 'a', 11000), ('2', '{product}', 's', 'a', 9000), ('3', '{product}', 'l', 'b', 12000);"
        ),
    );
    let of = async |variant: &str| {
        last_line(&sold(admin, json!({"product_id": product, "variant_id": variant, "qty": 1})).await)
    };
    assert_eq!((of("l").await, of("s").await), (of_menu(12_000, "b"), of_menu(9_000, "a")));
    // A manager switches a menu off here; null follows the chain again.
    let switch = async |active: Value| {
        let path = "/api/v1/menus/b/outlet";
        admin.call("PUT", path, &json!({"active": active})).await.data()["outlet_active"].clone()
    };
    assert_eq!((switch(json!(false)).await, of("l").await), (json!(false), of_menu(11_000, "a")));
    assert_eq!((switch(Value::Null).await, of("l").await), (Value::Null, of_menu(12_000, "b")));
    let listed = admin.all("/api/v1/menus").await;
    assert_eq!(listed.iter().map(|menu| text(&menu["name"])).collect::<Vec<_>>(), ["A", "B"]);
    let of_menu = admin.all("/api/v1/prices?menu_id=a").await;
    let named = of_menu.iter().map(|price| (text(&price["product_name"]), text(&price["variant_name"])));
    assert_eq!(
        named.collect::<Vec<_>>(),
        [("Kopi".to_owned(), "Large".to_owned()), ("Kopi".to_owned(), "Small".to_owned())]
    );
    let unknown = admin.call("PUT", "/api/v1/menus/none/outlet", &json!({"active": true})).await;
    assert_eq!(unknown.refusal(), (404, "not_found"));
}

/// The outlet has received the price before, and nobody reaches head office at its minute.
#[tokio::test(flavor = "multi_thread")]
async fn a_price_begins_at_its_minute_and_ends_with_a_clock_that_is_set_back() {
    let mut hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let admin = outlet.admin();
    let product = latte(admin).await;
    outlet.synced().await;
    let boss = hub.boss().await;
    let plan = json!({"outlet_ids": "all", "valid_from": minute("Asia/Jakarta", 30),
        "prices": [{"product_id": product, "price": 27_000}]});
    boss.post("/v1/hq/price-changes", &plan).await.data();
    eventually("the outlet has the planned price", || async { admin.all("/api/v1/prices").await.len() == 1 }).await;
    hub.pause().await;

    let line = json!({"product_id": product, "qty": 1});
    assert_eq!(last_line(&sold(admin, line.clone()).await), of_product(25_000));
    assert_eq!(admin.all("/api/v1/prices").await[0]["has_come"], false);
    // The shop's clock is an hour ahead in Makassar.
    let zone = |zone: &str| run(&outlet, &format!("update settings set zone = '{zone}'"));
    zone("Asia/Makassar");
    let open = sold(admin, line.clone()).await;
    assert_eq!(last_line(&open), of_product(27_000));
    assert_eq!(admin.all("/api/v1/prices").await[0]["has_come"], true);
    let shown = async || admin.get(&format!("/api/v1/products/{product}")).await.data()["price"].clone();
    assert_eq!(shown().await, 27_000);
    zone("Asia/Jakarta");
    assert_eq!(last_line(&sold(admin, line.clone()).await), of_product(25_000));
    assert_eq!(shown().await, 25_000);
    let path = format!("/api/v1/orders/{}", text(&open["id"]));
    assert_eq!(last_line(admin.get(&path).await.data()), of_product(27_000), "a line keeps its price");
}

#[tokio::test]
async fn a_line_has_the_price_of_the_moment_at_which_the_till_added_it() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let product = latte(admin).await;
    run(
        &outlet,
        &format!(
            "insert into prices (id, product_id, price, valid_from) values ('p', '{product}', 27000, '{}')",
            minute("Asia/Jakarta", -10)
        ),
    );
    let added = async |minutes: i64| {
        let at = Timestamp::now() + SignedDuration::from_mins(minutes);
        let line = json!({"product_id": product, "qty": 1, "added_at": at.to_string()});
        let order = sold(admin, line).await;
        let stored: Timestamp = text(&order["lines"][0]["added_at"]).parse().unwrap();
        (last_line(&order).0, stored.duration_since(at).abs() < SignedDuration::from_secs(1))
    };
    assert_eq!(added(-30).await, (25_000, true));
    assert_eq!(added(-5).await, (27_000, true));
    assert_eq!(added(60).await, (27_000, false), "a till's clock that is ahead");
    assert_eq!(added(-13 * 60).await, (27_000, false), "a cart of yesterday");
    // The till's total is checked against the price of its moment.
    let at = (Timestamp::now() - SignedDuration::from_mins(30)).to_string();
    let line = json!({"product_id": product, "qty": 1, "added_at": at});
    let quoted = admin.post("/api/v1/orders/quote", &json!({"lines": [line]})).await.data().clone();
    let order = json!({"lines": [line], "expected_total": quoted["total"]});
    assert_eq!(last_line(admin.post("/api/v1/orders", &order).await.data()).0, 25_000);
    let now = json!({"lines": [{"product_id": product, "qty": 1}], "expected_total": quoted["total"]});
    assert_eq!(admin.post("/api/v1/orders", &now).await.refusal(), (409, "total_changed"));
    let wrong = json!({"lines": [{"product_id": product, "qty": 1, "added_at": "yesterday"}]});
    assert_eq!(admin.post("/api/v1/orders", &wrong).await.refusal(), (422, "invalid_time"));
}

#[tokio::test]
async fn a_typed_price_replaces_those_that_have_come() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let body = json!({"name": "Teh", "price": 8_000, "variants": [{"id": "hot", "name": "Panas", "price": 9_000}]});
    let product = text(&admin.post("/api/v1/products", &body).await.data()["id"]);
    let (come, planned) = (minute("Asia/Jakarta", -10), minute("Asia/Jakarta", 60));
    run(
        &outlet,
        &format!(
            "insert into prices (id, product_id, variant_id, price, valid_from) values ('come', '{product}', null, 8500, '{come}'),
               ('hot', '{product}', 'hot', 9500, '{come}'), ('later', '{product}', null, 9900, '{planned}');"
        ),
    );
    let path = format!("/api/v1/products/{product}");
    let prices = |product: &Value| (product["price"].clone(), product["variants"][0]["price"].clone());
    let ids = async || {
        let all = admin.all("/api/v1/prices").await;
        all.iter().map(|price| text(&price["id"])).collect::<Vec<_>>()
    };
    assert_eq!(prices(admin.get(&path).await.data()), (json!(8_500), json!(9_500)));
    // A new name changes no price.
    admin.call("PATCH", &path, &json!({"name": "Teh Tarik"})).await.data();
    assert_eq!((prices(admin.get(&path).await.data()), ids().await.len()), ((json!(8_500), json!(9_500)), 3));
    let changed = admin.call("PATCH", &path, &json!({"price": 8_000})).await.data().clone();
    assert_eq!(prices(&changed), (json!(8_000), json!(9_500)));
    assert_eq!(ids().await, ["hot", "later"]);
    // So does a change of many products.
    let bulk = json!({"all": true, "price": {"add": 500}});
    admin.post("/api/v1/products/bulk", &bulk).await.data();
    assert_eq!(prices(admin.get(&path).await.data()), (json!(8_500), json!(10_000)));
    assert_eq!(ids().await, ["later"]);
    // A price of the outlet that has come belongs to the outlet.
    run(
        &outlet,
        &format!(
            "insert into outlet_prices (id, product_id, price, valid_from) values ('own', '{product}', 7000, '{come}')"
        ),
    );
    let shown = admin.get(&path).await.data().clone();
    assert_eq!((&shown["price"], &shown["chain_price"]), (&json!(7_000), &json!(8_500)));
    let changed = admin.call("PATCH", &path, &json!({"price": 7_500})).await.data().clone();
    assert_eq!((&changed["price"], &changed["chain_price"]), (&json!(7_500), &json!(8_500)));
    assert_eq!(ids().await, ["later"]);
}

#[tokio::test]
async fn an_order_of_a_platform_has_its_prices_and_its_name_on_papers() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let product = latte(admin).await;
    run(
        &outlet,
        &format!(
            "insert into tenders (id, name, method, special) values ('{GOFOOD}', 'GoFood', 'other', 'platform'),
               ('bca', 'BCA', 'card', null)"
        ),
    );
    menu(&outlet, "gofood", &product, 32_000, &[("channels", format!("'[\"{GOFOOD}\"]'"))]);
    let body = |channel: &str| json!({"order_type": "delivery", "channel": channel, "lines": [{"product_id": product, "qty": 1}]});
    let order = admin.post("/api/v1/orders", &body(GOFOOD)).await.data().clone();
    assert_eq!((&order["channel"], last_line(&order)), (&json!(GOFOOD), of_menu(32_000, "gofood")));
    for unknown in ["bca", "none"] {
        assert_eq!(admin.post("/api/v1/orders", &body(unknown)).await.refusal(), (422, "unknown_channel"));
    }
    let own = sold(admin, json!({"product_id": product, "qty": 1})).await;
    let listed = async |channel: &str| {
        let found = admin.all(&format!("/api/v1/orders/summary?channel={channel}")).await;
        found.iter().map(|order| text(&order["id"])).collect::<Vec<_>>()
    };
    assert_eq!((listed(GOFOOD).await, listed("own").await), (vec![text(&order["id"])], vec![text(&own["id"])]));
    // Another channel changes no price of a line, and none is possible after a payment.
    let path = format!("/api/v1/orders/{}", text(&order["id"]));
    let moved = admin.call("PATCH", &path, &json!({"channel": null})).await.data().clone();
    assert_eq!((&moved["channel"], last_line(&moved)), (&Value::Null, of_menu(32_000, "gofood")));
    admin.call("PATCH", &path, &json!({"channel": GOFOOD})).await.data();
    let receipt = admin.get(&format!("{path}/receipt?as=text")).await;
    assert!(receipt.text.contains("GoFood - "), "{}", receipt.text);
    let payment = json!({"tender_id": GOFOOD, "amount": 1_000});
    admin.post(&format!("{path}/payments"), &payment).await.data();
    let refused = admin.call("PATCH", &path, &json!({"channel": null})).await;
    assert_eq!(refused.refusal(), (409, "has_payments"));
    run(&outlet, "update tenders set active = 0");
    assert_eq!(admin.post("/api/v1/orders", &body(GOFOOD)).await.refusal(), (422, "unknown_channel"));
}

/// The same latte at the same time on two platforms and at the counter.
#[tokio::test]
async fn each_platform_has_its_own_prices() {
    const GRABFOOD: &str = "0199f3c2-8a00-7abc-8def-0000000000f1";
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let product = latte(admin).await;
    for (id, name, menu_id, price) in [(GOFOOD, "GoFood", "go", 32_000), (GRABFOOD, "GrabFood", "grab", 35_000)] {
        run(
            &outlet,
            &format!("insert into tenders (id, name, method, special) values ('{id}', '{name}', 'other', 'platform')"),
        );
        menu(&outlet, menu_id, &product, price, &[("channels", format!("'[\"{id}\"]'"))]);
    }
    let line = json!({"product_id": product, "qty": 2});
    let open = async |channel: Value| {
        let order = json!({"order_type": "delivery", "channel": channel, "lines": [line]});
        admin.post("/api/v1/orders", &order).await.data().clone()
    };
    let orders = [open(json!(GOFOOD)).await, open(json!(GRABFOOD)).await, open(Value::Null).await];
    let prices = [of_menu(32_000, "go"), of_menu(35_000, "grab"), of_product(25_000)];
    for ((order, price), name) in orders.iter().zip(&prices).zip(["GoFood", "GrabFood", "own"]) {
        assert_eq!((&last_line(order), &order["subtotal"]), (price, &json!(price.0 * 2)));
        // What is added later has the price of the order's own platform.
        let path = format!("/api/v1/orders/{}", text(&order["id"]));
        let added = admin.post(&format!("{path}/lines"), &json!([line])).await.data().clone();
        assert_eq!(last_line(&added), *price);
        let quote = json!({"order_type": "delivery", "channel": order["channel"], "lines": [line]});
        assert_eq!(admin.post("/api/v1/orders/quote", &quote).await.data()["subtotal"], price.0 * 2);
        let receipt = admin.get(&format!("{path}/receipt?as=text")).await.text;
        assert_eq!(receipt.contains(&format!("{name} - ")), name != "own", "{receipt}");
    }
}

#[tokio::test]
async fn a_till_copies_menus_and_prices() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let product = latte(admin).await;
    menu(&outlet, "m", &product, 20_000, &[]);
    run(
        &outlet,
        &format!(
            "insert into outlet_prices (id, product_id, price, valid_from) values ('o', '{product}', 1, '2026-01-01T00:00')"
        ),
    );
    let catalog = admin.get("/api/v1/till/catalog").await.data().clone();
    let ids = |list: &Value| list.as_array().unwrap().iter().map(|row| text(&row["id"])).collect::<Vec<_>>();
    let all = ["menus", "prices", "outlet_prices"].map(|list| ids(&catalog[list]));
    assert_eq!(all, [vec!["m"], vec!["of m"], vec!["o"]]);
    run(
        &outlet,
        "delete from prices; delete from outlet_prices; insert into outlet_menus (id, active) values ('m', 0)",
    );
    let since = text(&catalog["version"]);
    let changed = admin.get(&format!("/api/v1/till/catalog?since={since}")).await.data().clone();
    assert_eq!((ids(&changed["menus"]), &changed["menus"][0]["outlet_active"]), (vec!["m".to_owned()], &json!(false)));
    let deleted = &changed["deleted"];
    assert_eq!(
        (&deleted["prices"], &deleted["outlet_prices"], &deleted["menus"]),
        (&json!(["of m"]), &json!(["o"]), &json!([]))
    );
}
