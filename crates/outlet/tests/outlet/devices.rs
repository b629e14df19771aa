//! Devices: pairing by code, names for the PIN pad, sessions that belong to a device, reports, revocation.

use serde_json::{Value, json};
use testkit::{Browser, Http, TestOutlet, behind_proxy, eventually};

const CODES: &str = "/api/v1/devices/pairing-codes";
const PAIR: &str = "/api/v1/devices/pair";
const OWN: &str = "/api/v1/devices/me";
const HEARTBEAT: &str = "/api/v1/devices/me/heartbeat";
const NAMES: &str = "/api/v1/auth/names";
const LOG_IN: &str = "/api/v1/auth/login";
const ME: &str = "/api/v1/auth/me";

async fn code(outlet: &TestOutlet, settings: Value) -> String {
    let made = outlet.admin().post(CODES, &settings).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.data()["code"].as_str().unwrap().to_owned()
}

/// A new browser that is paired under this name, and its device.
async fn paired(outlet: &TestOutlet, name: &str) -> (Browser, Value) {
    let browser = Browser::new(outlet.admin().base());
    let code = code(outlet, json!({"name": name})).await;
    let answer = browser.post(PAIR, &json!({"code": code})).await;
    (browser, answer.data()["device"].clone())
}

fn path(device: &Value) -> String {
    format!("/api/v1/devices/{}", device["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_pairs_one_browser_once() {
    let outlet = TestOutlet::alone().await;
    let settings = json!({"name": "Dapur", "kind": "kitchen", "default_view": "list"});
    let code = code(&outlet, settings).await;
    assert!(code.len() == 8 && !code.contains(['0', 'O', '1', 'I', 'L']), "{code}");
    let browser = Browser::new(outlet.admin().base());
    for path in [OWN, NAMES] {
        assert_eq!(browser.get(path).await.refusal(), (401, "not_paired"));
    }
    let wrong = browser.post(PAIR, &json!({"code": "ACDEFGHJ"})).await;
    assert_eq!(wrong.refusal(), (401, "invalid_pairing_code"));
    let typed = format!(" {}-{} ", &code[..4].to_lowercase(), &code[4..]);
    let device = browser.post(PAIR, &json!({"code": typed})).await.data()["device"].clone();
    let [set] = browser.last_set().try_into().unwrap();
    assert!(set.starts_with(&format!("{}=", outlet.device_cookie())), "{set}");
    assert!(set.ends_with("; HttpOnly; SameSite=Strict; Path=/; Max-Age=34560000"), "{set}");
    assert_eq!(browser.get(OWN).await.data(), &device);
    let expected = json!({"name": "Dapur", "kind": "kitchen", "default_view": "list", "lock_after_minutes": 0,
        "series": "A", "waiting": 0, "last_seen_at": null, "revoked_at": null});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&device[field], value, "{field}");
    }
    let again = Browser::new(outlet.admin().base()).post(PAIR, &json!({"code": code})).await;
    assert_eq!(again.refusal(), (401, "invalid_pairing_code"), "a code is valid once");

    let (_, till) = paired(&outlet, "Kasir").await;
    assert_eq!(
        (&till["series"], &till["kind"], &till["lock_after_minutes"]),
        (&json!("B"), &json!("till"), &json!(10))
    );
    let stored: String =
        outlet.shell().query_row("select group_concat(secret_hash) from devices", [], |row| row.get(0)).unwrap();
    assert!(!stored.contains(&browser.cookie(outlet.device_cookie()).unwrap()), "the secret is stored as a hash");
    // Devices stay paired after a restart.
    let secret = browser.cookie(outlet.device_cookie()).unwrap();
    let outlet = outlet.restart().await;
    let browser = Browser::new(outlet.admin().base());
    browser.set_cookie(outlet.device_cookie(), &secret);
    assert_eq!(browser.get(OWN).await.data()["id"], device["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_paired_again_stays_the_same_device() {
    let outlet = TestOutlet::alone().await;
    let (browser, device) = paired(&outlet, "Kasir").await;
    browser.post(HEARTBEAT, &json!({"waiting": 2, "oldest_waiting_at": "2026-11-22T07:32:00.000Z"})).await.data();
    let old = browser.cookie(outlet.device_cookie()).unwrap();
    let code = code(&outlet, json!({"name": "Kasir depan", "default_view": "list"})).await;
    let again = browser.post(PAIR, &json!({"code": code})).await.data()["device"].clone();
    for (field, value) in [
        ("id", &device["id"]),
        ("series", &device["series"]),
        ("name", &json!("Kasir depan")),
        ("default_view", &json!("list")),
        ("waiting", &json!(2)),
    ] {
        assert_eq!(&again[field], value, "{field}");
    }
    assert_eq!(outlet.admin().get("/api/v1/devices").await.data().as_array().unwrap().len(), 1);
    let copy = Browser::new(outlet.admin().base());
    copy.set_cookie(outlet.device_cookie(), &old);
    assert_eq!(copy.get(OWN).await.refusal(), (401, "not_paired"), "the previous secret ended");
    // A revoked device is not revived.
    outlet.admin().call("DELETE", &format!("{}?force=true", path(&again)), &Value::Null).await.data();
    let code = self::code(&outlet, json!({"name": "Kasir"})).await;
    let new = browser.post(PAIR, &json!({"code": code})).await.data()["device"].clone();
    assert_ne!(new["id"], device["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pairing_code_lasts_for_five_minutes_by_any_clock() {
    let outlet = TestOutlet::alone().await;
    for shift in ["-301 seconds", "+1 day"] {
        let code = code(&outlet, json!({"name": "Kasir"})).await;
        let sql = "update pairing_codes set expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', expires_at, ?1)";
        outlet.shell().execute(sql, [shift]).unwrap();
        let answer = Browser::new(outlet.admin().base()).post(PAIR, &json!({"code": code})).await;
        assert_eq!(answer.refusal(), (401, "invalid_pairing_code"), "{shift}");
    }
    code(&outlet, json!({"name": "Kasir"})).await;
    let codes = "select count(*) from pairing_codes";
    assert_eq!(outlet.shell().query_row(codes, [], |row| row.get::<_, i64>(0)).unwrap(), 1, "expired ones are deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_pairing_codes_are_throttled_by_address() {
    let outlet = TestOutlet::alone().await;
    let browser = Browser::new(outlet.admin().base());
    for n in 0..10 {
        let answer = browser.post(PAIR, &json!({"code": format!("CODE{n}")})).await;
        assert_eq!(answer.refusal(), (401, "invalid_pairing_code"));
    }
    let code = code(&outlet, json!({"name": "Kasir"})).await;
    let answer = browser.post(PAIR, &json!({"code": code})).await;
    assert_eq!(answer.refusal(), (429, "too_many_attempts"));
    assert!(answer.retry_after.is_some_and(|seconds| seconds <= 61));
    let (request, body) = (format!("POST {PAIR}"), json!({"code": code}).to_string());
    let headers = [("host", "127.0.0.1"), ("content-type", "application/json")];
    let elsewhere = testkit::raw(outlet.admin().base(), "127.0.3.9", &request, &headers, &body).await;
    assert_eq!(elsewhere.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pin_pad_of_a_paired_device_has_the_names_of_active_users() {
    let outlet = TestOutlet::alone().await;
    for (username, name, role) in [("wayan", "Wayan", "waiter"), ("budi", "Budi", "cashier"), ("ex", "Ex", "cashier")] {
        let user = json!({"username": username, "name": name, "role": role, "pin": "2468"});
        let created = outlet.admin().post("/api/v1/users", &user).await.data().clone();
        if username == "ex" {
            let path = format!("/api/v1/users/{}", created["id"].as_str().unwrap());
            outlet.admin().call("PATCH", &path, &json!({"active": false})).await.data();
        }
    }
    let (browser, _) = paired(&outlet, "Kasir").await;
    let names = browser.get(NAMES).await;
    let shown = names.data().as_array().unwrap().iter();
    let shown: Vec<_> = shown.map(|user| (user["name"].as_str().unwrap(), user["role"].as_str().unwrap())).collect();
    assert_eq!(shown, [("Admin", "admin"), ("Budi", "cashier"), ("Wayan", "waiter")]);
    assert!(!names.text.contains("argon2"), "{}", names.text);
    // A session alone does not list names; waiters may not read users.
    assert_eq!(outlet.admin().get(NAMES).await.refusal(), (401, "not_paired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_take_turns_on_a_device_and_its_revocation_ends_their_sessions() {
    let outlet = TestOutlet::alone().await;
    for role in ["cashier", "waiter"] {
        outlet.member(role).await;
    }
    let (browser, device) = paired(&outlet, "Kasir").await;
    let desk = Browser::new(outlet.admin().base());
    desk.log_in(LOG_IN, "cashier", "2468").await.data();
    assert_eq!(desk.get(ME).await.data()["device"], Value::Null);

    browser.log_in(LOG_IN, "cashier", "2468").await.data();
    let first = browser.cookie(outlet.session_cookie()).unwrap();
    assert_eq!(browser.get(ME).await.data()["device"]["id"], device["id"]);
    // The next user on the same device: the device stays paired, and keeps its settings.
    browser.log_in(LOG_IN, "waiter", "2468").await.data();
    let me = browser.get(ME).await;
    assert_eq!((&me.data()["user"]["username"], &me.data()["device"]["id"]), (&json!("waiter"), &device["id"]));
    assert_eq!(browser.get(OWN).await.data()["id"], device["id"]);
    let new_pin = json!({"current_pin": "2468", "new_pin": "86420"});
    browser.post("/api/v1/auth/pin", &new_pin).await.data();
    assert_eq!(browser.get(ME).await.data()["device"]["id"], device["id"], "a new PIN stays on the device");
    // A program's session on the device belongs to it too.
    let bearer = browser.post(LOG_IN, &json!({"username": "cashier", "password": "2468"})).await;
    let bearer = Http::new(outlet.admin().base()).with_token(bearer.data()["token"].as_str().unwrap());
    browser.post("/api/v1/auth/logout", &Value::Null).await.data();
    browser.get(OWN).await.data();
    browser.log_in(LOG_IN, "waiter", "86420").await.data();

    let revoked = outlet.admin().call("DELETE", &path(&device), &Value::Null).await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    for path in [OWN, NAMES] {
        assert_eq!(browser.get(path).await.refusal(), (401, "not_paired"));
    }
    assert_eq!(browser.get(ME).await.refusal(), (401, "unauthorized"));
    browser.set_cookie(outlet.session_cookie(), &first);
    assert_eq!(browser.get(ME).await.refusal(), (401, "unauthorized"));
    assert_eq!(bearer.get(ME).await.refusal(), (401, "unauthorized"));
    desk.get(ME).await.data();
    // The browser is now like any other: a log-in belongs to no device.
    browser.log_in(LOG_IN, "cashier", "2468").await.data();
    assert_eq!(browser.get(ME).await.data()["device"], Value::Null);
    // The row stays, and its series is not given again.
    let row = outlet.admin().get(&path(&device)).await;
    assert!(row.data()["revoked_at"].is_string() && row.data()["series"] == "A");
    assert_eq!(paired(&outlet, "Kasir baru").await.1["series"], "B");
    outlet.admin().call("DELETE", &path(&device), &Value::Null).await;
    assert_eq!(outlet.admin().get(&path(&device)).await.data()["revoked_at"], row.data()["revoked_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_reports_what_waits_and_is_not_revoked_before_it_is_sent() {
    let outlet = TestOutlet::alone().await;
    let (browser, device) = paired(&outlet, "Kasir").await;
    let report = json!({"waiting": 3, "oldest_waiting_at": "2026-11-22T10:00:00+07:00", "persisted": true,
        "app_version": "1.2.0"});
    let before = web::time::now();
    let answer = browser.post(HEARTBEAT, &report).await;
    let at: jiff::Timestamp = answer.data()["server_time"].as_str().unwrap().parse().unwrap();
    assert!(at >= before);
    assert!(browser.last_set()[0].ends_with("; Max-Age=34560000"), "the cookie is renewed");
    let shown = outlet.admin().get(&path(&device)).await.data().clone();
    assert_eq!(
        (&shown["waiting"], &shown["persisted"], &shown["app_version"]),
        (&json!(3), &json!(true), &json!("1.2.0"))
    );
    assert_eq!(shown["oldest_waiting_at"], "2026-11-22T03:00:00.000Z");
    assert_eq!(shown["last_seen_at"], answer.data()["server_time"]);

    let refused = outlet.admin().call("DELETE", &path(&device), &Value::Null).await;
    assert_eq!(refused.refusal(), (409, "device_has_sales"));
    assert_eq!((&refused.body["args"]["count"], &refused.body["args"]["name"]), (&json!(3), &json!("Kasir")));
    browser.get(OWN).await.data();
    browser.post(HEARTBEAT, &json!({"waiting": 0})).await.data();
    let shown = outlet.admin().get(&path(&device)).await.data().clone();
    assert_eq!(
        (&shown["waiting"], &shown["oldest_waiting_at"], &shown["persisted"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
    browser.post(HEARTBEAT, &report).await.data();
    let forced = format!("{}?force=true", path(&device));
    outlet.admin().call("DELETE", &forced, &Value::Null).await;
    assert_eq!(browser.post(HEARTBEAT, &report).await.refusal(), (401, "not_paired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_device_settings_and_reports_are_rejected() {
    let outlet = TestOutlet::alone().await;
    let (browser, device) = paired(&outlet, "Kasir").await;
    for (body, code) in [
        (json!({"name": " "}), "invalid_text"),
        (json!({"name": "K", "kind": "tablet"}), "invalid_kind"),
        (json!({"name": "K", "default_view": "grid"}), "invalid_view"),
        (json!({"name": "K", "lock_after_minutes": -1}), "invalid_body"),
        (json!({"name": "K", "lock_after_minutes": 1_441}), "invalid_body"),
        (json!({"name": "K", "series": "Z"}), "invalid_body"),
    ] {
        assert_eq!(outlet.admin().post(CODES, &body).await.refusal(), (422, code), "{body}");
        if body.get("name") != Some(&json!(" ")) {
            let change = outlet.admin().call("PATCH", &path(&device), &body).await;
            assert_eq!(change.refusal(), (422, code), "{body}");
        }
    }
    for (body, code) in [
        (json!({"waiting": -1}), "invalid_body"),
        (json!({"waiting": 1_000_001}), "invalid_body"),
        (json!({}), "invalid_body"),
        (json!({"waiting": 1, "oldest_waiting_at": "yesterday"}), "invalid_time"),
        (json!({"waiting": 1, "app_version": "x".repeat(51)}), "invalid_text"),
    ] {
        assert_eq!(browser.post(HEARTBEAT, &body).await.refusal(), (422, code), "{body}");
    }
    let change = json!({"name": "Kasir 2", "kind": "till", "default_view": "tables", "lock_after_minutes": 0});
    let changed = outlet.admin().call("PATCH", &path(&device), &change).await.data().clone();
    for (field, value) in change.as_object().unwrap() {
        assert_eq!(&changed[field], value, "{field}");
    }
    assert_eq!(browser.get(OWN).await.data(), &changed, "the device sees its new settings");
    assert_eq!(outlet.admin().get("/api/v1/devices").await.data(), &json!([changed]));
    let unknown = outlet.admin().call("PATCH", "/api/v1/devices/1", &json!({})).await;
    assert_eq!(unknown.refusal(), (404, "not_found"));
}

/// SameSite counts other ports of a host as the same site.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_cannot_use_a_device() {
    let outlet = TestOutlet::alone().await;
    let (browser, device) = paired(&outlet, "Kasir").await;
    for headers in [
        &[("origin", "http://127.0.0.1:9999"), ("sec-fetch-site", "same-site")][..],
        &[("sec-fetch-site", "cross-site")],
    ] {
        let report = json!({"waiting": 9});
        let answer = browser.call_with("POST", HEARTBEAT, headers, &report).await;
        assert_eq!(answer.refusal(), (403, "origin_not_allowed"), "{headers:?}");
        let names = browser.call_with("GET", NAMES, headers, &Value::Null).await;
        assert_eq!(names.refusal(), (403, "origin_not_allowed"), "{headers:?}");
    }
    assert_eq!(outlet.admin().get(&path(&device)).await.data()["waiting"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_uses_of_one_code_pair_one_device() {
    let outlet = TestOutlet::alone().await;
    let code = code(&outlet, json!({"name": "Kasir"})).await;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (http, body) = (Http::new(outlet.admin().base()), json!({"code": code}));
            tokio::spawn(async move { http.post(PAIR, &body).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for one in tries {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401, 401, 401, 401, 401, 401, 401]);
    assert_eq!(outlet.admin().get("/api/v1/devices").await.data().as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn head_office_sees_the_devices_and_what_waits_on_them() {
    let (hub, _proxy, mut outlet) = behind_proxy().await;
    let boss = hub.boss().await;
    let seen = async || boss.get("/v1/hq/outlets/JKT-001").await.data().clone();
    eventually("a report without devices", || async { seen().await["devices"]["device_count"] == 0 }).await;
    outlet.sell().await;
    outlet.synced().await;
    let complete = async || seen().await["complete_until"].is_string() && seen().await["pending"] == 0;
    eventually("the last batch reports that nothing stays", complete).await;

    let (till, device) = paired(&outlet, "Kasir depan").await;
    let at = "2026-11-22T07:32:00.000Z";
    till.post(HEARTBEAT, &json!({"waiting": 3, "oldest_waiting_at": at, "app_version": "7"})).await.data();
    eventually("the sales are seen", || async { seen().await["waiting_sale_count"] == 3 }).await;
    let found = seen().await;
    assert_eq!((&found["oldest_waiting_at"], &found["complete_until"]), (&json!(at), &json!(at)));
    let reported = &found["devices"]["devices"][0];
    for (field, value) in
        [("id", &device["id"]), ("name", &json!("Kasir depan")), ("kind", &json!("till")), ("app_version", &json!("7"))]
    {
        assert_eq!(&reported[field], value, "{field}");
    }
    till.post(HEARTBEAT, &json!({"waiting": 0})).await.data();
    eventually("nothing waits any more", || async { seen().await["waiting_sale_count"] == 0 }).await;
    outlet.admin().call("DELETE", &path(&device), &Value::Null).await.data();
    eventually("the device is gone", || async { seen().await["devices"]["device_count"] == 0 }).await;
}
