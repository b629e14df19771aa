//! Menus and prices that head office plans, and who has received them.

use serde_json::{Value, json};
use testkit::eventually;

use crate::app::TestHub;
use crate::pull::behind;

struct Office {
    hub: TestHub,
    admin: String,
}

impl Office {
    async fn open() -> Self {
        let hub = TestHub::start().await;
        Self { admin: hub.admin_token().await, hub }
    }

    async fn make(&self, path: &str, body: Value) -> Value {
        self.hub.ask(&format!("POST {path}"), &self.admin, &body, None).await.created()
    }

    async fn ask(&self, what: &str, body: Value) -> Value {
        self.hub.ask(what, &self.admin, &body, None).await.ok()
    }

    async fn refused(&self, what: &str, body: Value, status: u16, code: &str) {
        self.hub.ask(what, &self.admin, &body, None).await.refused(status, code);
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        self.hub.get(path, &self.admin).await.ok().as_array().unwrap().clone()
    }

    async fn product(&self, body: Value) -> String {
        id(&self.make("/v1/hq/products", body).await)
    }

    /// Product, variant, price, whether deleted, of all prices of the chain and of outlets.
    async fn prices(&self, entity_type: &str) -> Vec<String> {
        let rest =
            format!("from shared_entities where entity_type = '{entity_type}' and deleted = 0 order by entity_id");
        let documents = self.hub.rows("document", &rest).await;
        let read = |text: &String| serde_json::from_str::<Value>(text).unwrap();
        documents.iter().map(read).map(|d| format!("{} {}", d["variant_id"], d["price"])).collect()
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_menu_has_prices_and_outlets_and_takes_its_prices_along() {
    let office = Office::open().await;
    let one = office.hub.outlet("JKT-001").await;
    office.hub.outlet("JKT-002").await;
    let latte = office.product(json!({"name": "Latte", "price": 25_000})).await;
    let gofood = json!({"name": "GoFood", "method": "other", "special": "platform"});
    let gofood = id(&office.make("/v1/hq/tenders", gofood).await);
    let menu =
        json!({"name": "Sore", "weekdays": [1, 5], "from_minute": 900, "to_minute": 60, "channels": ["own", gofood]});
    let menu = id(&office.make("/v1/hq/menus", menu).await);
    let path = format!("/v1/hq/menus/{menu}");
    for (wrong, code) in [
        (json!({"to_minute": null}), "invalid_menu"),
        (json!({"from_minute": 1_440}), "invalid_menu"),
        (json!({"weekdays": [0]}), "invalid_menu"),
        (json!({"weekdays": [1, 1]}), "invalid_menu"),
        (json!({"channels": ["cash"]}), "unknown_channel"),
        (json!({"order_types": ["drone"]}), "invalid_order_type"),
        (json!({"valid_from": "2026-12-02", "valid_to": "2026-12-01"}), "invalid_date"),
    ] {
        office.refused(&format!("PATCH {path}"), wrong, 422, code).await;
    }
    let set = format!("PATCH {path}/prices");
    let price = |price: Value| json!({"prices": [{"product_id": latte, "price": price}]});
    office.ask(&set, price(json!(20_000))).await;
    let prices = office.ask(&set, price(json!(18_000))).await;
    assert_eq!(prices, json!([{"product_id": latte, "variant_id": null, "price": 18_000}]));
    assert_eq!(office.ask(&set, price(Value::Null)).await, json!([]));
    office.ask(&set, price(json!(18_000))).await;
    let unknown = json!({"prices": [{"product_id": "none", "price": 1}]});
    office.refused(&set, unknown, 422, "unknown_product").await;
    let variant = json!({"prices": [{"product_id": latte, "variant_id": "xl", "price": 1}]});
    office.refused(&set, variant, 422, "unknown_variant").await;

    let outlets = format!("PUT {path}/outlets");
    let some = office.ask(&outlets, json!({"outlet_ids": ["JKT-001"]})).await;
    assert_eq!(some, json!({"all": false, "except": [one.id]}));
    assert_eq!(office.ask(&outlets, json!({"outlet_ids": "all"})).await, json!({"all": true, "except": []}));
    office.refused(&outlets, json!({"outlet_ids": ["none"]}), 404, "not_found").await;
    assert_eq!(office.hub.get(&format!("{path}/outlets"), &office.admin).await.ok()["all"], true);

    office.ask(&format!("DELETE {path}"), json!(null)).await;
    assert_eq!(office.prices("price").await, [""; 0], "its prices went with it");
}

#[tokio::test]
async fn head_office_sees_which_outlets_have_received_a_planned_price() {
    let office = Office::open().await;
    let one = office.hub.outlet("JKT-001").await;
    let two = office.hub.outlet("JKT-002").await;
    let latte = office.product(json!({"name": "Latte", "price": 25_000})).await;
    let plan = |outlets: Value, at: &str, price: i64| json!({"outlet_ids": outlets, "valid_from": at, "prices": [{"product_id": latte, "price": price}]});
    let changes = "/v1/hq/price-changes";
    office.make(changes, plan(json!("all"), "2999-01-01T06:00", 27_000)).await;
    let again = office.make(changes, plan(json!("all"), "2999-01-01T06:00", 28_000)).await;
    office.make(changes, plan(json!("all"), "2020-01-01T00:00", 24_000)).await;
    office.make(changes, plan(json!("all"), "2021-01-01T00:00", 26_000)).await;
    office.make(changes, plan(json!(["JKT-001", "JKT-002"]), "2020-06-01T00:00", 30_000)).await;
    let shown = async |query: &str| {
        let found = office.list(&format!("{changes}{query}")).await;
        let row =
            |c: &Value| format!("{} {} {}/{}", c["price"], c["state"].as_str().unwrap(), c["received"], c["outlets"]);
        found.iter().map(row).collect::<Vec<_>>()
    };
    // In place of the first one for its minute.
    assert_eq!(
        shown("").await,
        ["28000 planned 0/2", "26000 in_effect 0/2", "30000 in_effect 0/2", "24000 replaced 0/2"]
    );
    assert_eq!(shown("?state=planned").await, ["28000 planned 0/2"]);
    let first = office.hub.get(&format!("{changes}?limit=2"), &office.admin).await.body;
    let rest = shown(&format!("?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!(rest, ["30000 in_effect 0/2", "24000 replaced 0/2"]);
    assert_eq!(first["data"][0]["product_name"], "Latte");

    // One of them asks for later changes: it has all of these.
    let cursor = behind("0.~0.", &one.pull("", "").await);
    one.pull(&cursor, "").await;
    eventually("its position is stored", || async { shown("?state=planned").await == ["28000 planned 1/2"] }).await;
    assert_eq!(shown("?state=in_effect").await, ["26000 in_effect 1/2", "30000 in_effect 1/2"]);
    for found in office.list(changes).await {
        let path = format!("{changes}/{}/delivery", id(&found));
        let delivery = office.list(&path).await;
        let states: Vec<_> = delivery.iter().map(|d| (d["outlet_id"].as_str().unwrap(), &d["state"])).collect();
        assert_eq!(states, [(one.id.as_str(), &json!("applied")), (two.id.as_str(), &json!("waiting"))]);
    }
    let planned = again["ids"][0].as_str().unwrap();
    office.ask(&format!("DELETE {changes}/{planned}"), json!(null)).await;
    office.refused(&format!("DELETE {changes}/{planned}"), json!(null), 404, "not_found").await;
    let of_outlets = id(&office.list(changes).await[1]);
    office.ask(&format!("DELETE {changes}/{of_outlets}"), json!(null)).await;
    assert_eq!(shown("").await, ["26000 in_effect 1/2", "24000 replaced 1/2"]);
    for (wrong, code) in [
        (plan(json!("all"), "2027-01-01", 1), "invalid_time"),
        (plan(json!("all"), "2027-01-01T06:00", -1), "invalid_price"),
        (json!({"outlet_ids": "all", "valid_from": "2027-01-01T06:00", "prices": []}), "invalid_body"),
        (
            json!({"outlet_ids": "all", "valid_from": "2027-01-01T06:00", "prices": [{"product_id": "none", "price": 1}]}),
            "unknown_product",
        ),
        (plan(json!([]), "2027-01-01T06:00", 1), "invalid_body"),
        (
            json!({"outlet_ids": "all", "valid_from": "2027-01-01T06:00",
                "prices": [{"product_id": latte, "price": 1}, {"product_id": latte, "price": 2}]}),
            "invalid_body",
        ),
    ] {
        office.refused(&format!("POST {changes}"), wrong, 422, code).await;
    }
}

#[tokio::test]
async fn a_price_that_head_office_types_replaces_those_that_have_come() {
    let office = Office::open().await;
    office.hub.outlet("JKT-001").await;
    let variants = json!([{"id": "l", "name": "Large", "price": 30_000}]);
    let latte = office.product(json!({"name": "Latte", "price": 25_000, "variants": variants})).await;
    let plan = async |outlets: Value, at: &str, variant: Value| {
        let price = json!({"product_id": latte, "variant_id": variant, "price": 27_000});
        office.make("/v1/hq/price-changes", json!({"outlet_ids": outlets, "valid_from": at, "prices": [price]})).await;
    };
    plan(json!("all"), "2020-01-01T00:00", Value::Null).await;
    plan(json!("all"), "2020-01-01T00:00", json!("l")).await;
    plan(json!("all"), "2999-01-01T00:00", Value::Null).await;
    plan(json!(["JKT-001"]), "2020-01-01T00:00", Value::Null).await;
    let path = format!("PATCH /v1/hq/products/{latte}");
    office.ask(&path, json!({"name": "Kafe Latte"})).await;
    assert_eq!(office.prices("price").await.len(), 3, "a new name replaces nothing");
    office.ask(&path, json!({"price": 26_000})).await;
    assert_eq!(office.prices("price").await, [r#""l" 27000"#, "null 27000"], "the later one stays");
    let bulk = json!({"all": true, "price": {"add": 500}});
    office.ask("POST /v1/hq/products/bulk", bulk).await;
    assert_eq!(office.prices("price").await, ["null 27000"]);
    assert_eq!(office.prices("outlet_price").await, ["null 27000"]);
    let own = format!("PUT /v1/hq/outlets/JKT-001/products/{latte}");
    office.ask(&own, json!({"price": 27_000, "available": true})).await;
    assert_eq!(office.prices("outlet_price").await.len(), 1);
    office.ask(&own, json!({"price": 29_000})).await;
    assert_eq!(office.prices("outlet_price").await, [""; 0]);
}

#[tokio::test]
async fn head_office_sees_and_types_over_the_price_in_effect() {
    let office = Office::open().await;
    office.hub.outlet("JKT-001").await;
    office.hub.outlet("JKT-002").await;
    let variants =
        json!([{"id": "l", "name": "Large", "price": 30_000}, {"id": "s", "name": "Small", "price": 20_000}]);
    let latte = office.product(json!({"name": "Latte", "price": 25_000, "variants": variants})).await;
    let tea = office.product(json!({"name": "Teh", "price": 26_000})).await;
    let plan = async |outlets: Value, at: &str, product: &str, variant: Value, price: i64| {
        let price = json!({"product_id": product, "variant_id": variant, "price": price});
        office.make("/v1/hq/price-changes", json!({"outlet_ids": outlets, "valid_from": at, "prices": [price]})).await;
    };
    let shown = async || {
        let product = office.hub.get(&format!("/v1/hq/products/{latte}"), &office.admin).await.ok();
        let list = office.list("/v1/hq/products?sort=name").await;
        assert_eq!(list[0]["price"], product["price"], "the list has the same price");
        let variants = product["variants"].as_array().unwrap().iter().map(|v| v["price"].as_i64().unwrap());
        (product["price"].as_i64().unwrap(), variants.collect::<Vec<_>>())
    };
    let of_outlets = async || {
        let found = office.list(&format!("/v1/hq/products/{latte}/outlets")).await;
        found.iter().map(|row| format!("{} {}", row["price"], row["effective_price"])).collect::<Vec<_>>()
    };
    plan(json!("all"), "2020-01-01T00:00", &latte, Value::Null, 27_000).await;
    plan(json!("all"), "2020-01-01T00:00", &latte, json!("l"), 33_000).await;
    plan(json!("all"), "2999-01-01T00:00", &latte, Value::Null, 99_000).await;
    plan(json!(["JKT-001"]), "2020-01-01T00:00", &latte, Value::Null, 29_000).await;
    assert_eq!(shown().await, (27_000, vec![33_000, 20_000]));
    assert_eq!(of_outlets().await, ["29000 29000", "null 27000"]);
    let by_price: Vec<_> = office.list("/v1/hq/products?sort=price").await.iter().map(id).collect();
    assert_eq!(by_price, [tea.as_str(), latte.as_str()], "sorted by the price in effect");
    let changes = office.list("/v1/hq/price-changes").await;
    let usual: Vec<_> = changes.iter().map(|c| format!("{} {}", c["price"], c["usual_price"])).collect();
    assert_eq!(usual, ["99000 27000", "29000 27000", "33000 30000", "27000 25000"]);

    // What a form sends back unchanged leaves everything as it is.
    let path = format!("PATCH /v1/hq/products/{latte}");
    let unchanged = json!({"price": 27_000, "variants": [{"id": "l", "name": "Large", "price": 33_000}, {"id": "s", "name": "Small", "price": 21_000}]});
    let answer = office.ask(&path, unchanged).await;
    assert_eq!((&answer["price"], &answer["variants"][0]["price"]), (&json!(27_000), &json!(33_000)));
    assert_eq!(office.prices("price").await.len(), 3, "nothing was replaced");
    let own = format!("PUT /v1/hq/outlets/JKT-001/products/{latte}");
    assert_eq!(office.ask(&own, json!({"price": 29_000, "available": false})).await["price"], 29_000);
    assert_eq!(office.prices("outlet_price").await, ["null 29000"]);

    // A percentage is one of the price in effect, and undoing restores that price.
    let bulk = json!({"ids": [latte], "price": {"percent_bp": 1_000}});
    let done = office.ask("POST /v1/hq/products/bulk", bulk).await;
    assert_eq!((&done["changed"][0]["old_price"], &done["changed"][0]["new_price"]), (&json!(27_000), &json!(29_700)));
    assert_eq!(shown().await, (29_700, vec![36_300, 23_100]));
    let undo = format!("POST /v1/hq/products/bulk/{}/undo", done["change_id"].as_str().unwrap());
    office.ask(&undo, json!(null)).await;
    assert_eq!(shown().await, (27_000, vec![33_000, 21_000]));

    // The stored price can be typed again while another is in effect.
    plan(json!("all"), "2020-01-02T00:00", &latte, Value::Null, 31_000).await;
    assert_eq!(shown().await.0, 31_000);
    let seen = office.hub.get(&format!("/v1/hq/products/{latte}"), &office.admin).await.ok();
    let typed = office.ask(&path, json!({"price": 27_000})).await;
    assert_eq!((&typed["price"], typed["version"] == seen["version"]), (&json!(27_000), false), "another version");
    assert_eq!(shown().await.0, 27_000);
    assert_eq!(office.prices("price").await, ["null 99000"], "the later one stays");
    office.ask(&own, json!({"price": null, "available": null})).await;
    assert_eq!(of_outlets().await, ["null 27000", "null 27000"]);

    // A price that was planned after a bulk change is not undone with it.
    let bulk = json!({"ids": [latte, tea], "price": {"add": 1_000}});
    let done = office.ask("POST /v1/hq/products/bulk", bulk).await;
    plan(json!("all"), "2020-01-03T00:00", &latte, json!("s"), 50_000).await;
    let undo = format!("POST /v1/hq/products/bulk/{}/undo", done["change_id"].as_str().unwrap());
    let undone = office.ask(&undo, json!(null)).await;
    assert_eq!(
        (&undone["skipped"][0]["id"], &undone["skipped"][0]["reason"]),
        (&json!(latte), &json!("changed_since"))
    );
    assert_eq!((undone["changed"].as_array().unwrap().len(), shown().await), (1, (28_000, vec![34_000, 50_000])));

    // What was planned for a product goes with it.
    plan(json!(["JKT-002"]), "2999-01-01T00:00", &latte, Value::Null, 60_000).await;
    office.ask(&format!("DELETE /v1/hq/products/{latte}"), json!(null)).await;
    assert_eq!((office.prices("price").await, office.prices("outlet_price").await), (vec![], vec![]));
}

#[tokio::test]
async fn head_office_sees_which_outlets_have_received_a_menu_with_its_prices() {
    let office = Office::open().await;
    let one = office.hub.outlet("JKT-001").await;
    office.hub.outlet("JKT-002").await;
    let latte = office.product(json!({"name": "Latte", "price": 25_000})).await;
    let menu = id(&office.make("/v1/hq/menus", json!({"name": "Sore"})).await);
    let states = async || {
        let found = office.list(&format!("/v1/hq/menus/{menu}/delivery")).await;
        found.iter().map(|d| d["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let read = async || {
        let cursor = behind("0.~0.", &one.pull("", "").await);
        one.pull(&cursor, "").await;
    };
    assert_eq!(states().await, ["waiting", "waiting"]);
    read().await;
    eventually("the menu was received", || async { states().await == ["applied", "waiting"] }).await;
    let price = json!({"prices": [{"product_id": latte, "price": 20_000}]});
    office.ask(&format!("PATCH /v1/hq/menus/{menu}/prices"), price).await;
    assert_eq!(states().await, ["waiting", "waiting"], "its price was not received");
    read().await;
    eventually("its price was received", || async { states().await == ["applied", "waiting"] }).await;
    office.ask(&format!("PUT /v1/hq/menus/{menu}/outlets"), json!({"outlet_ids": ["JKT-001"]})).await;
    assert_eq!(states().await, ["waiting", "waiting"], "its switch was not received");
    read().await;
    eventually("its switch was received", || async { states().await == ["applied", "waiting"] }).await;
    office.hub.get("/v1/hq/menus/none/delivery", &office.admin).await.refused(404, "not_found");
}
