//! Logs at the most verbose level contain no secret and no customer's name.

use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::{Http, Process, eventually};
use web::webhook::{self, Secret};

use crate::folder::{Folder, GERAI, admin, boss, product, status, synced};

const EVERYTHING: (&str, &str) = ("RUST_LOG", "trace");
/// Texts that no program writes by chance.
const PIN: &str = "73915264";
const NEXT_PIN: &str = "60482917";
const GUEST: &str = "Zainuddin Rahasia";
const PHONE: &str = "0812-7777-3131";

async fn token(http: &Http, path: &str, body: Value) -> String {
    http.post(path, &body).await.data()["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_contains_secrets_or_customer_names() {
    let folder = Folder::new();
    let text = |json: &Value, field: &str| json[field].as_str().unwrap().to_owned();
    let added = folder.add_outlet("JKT-001");
    folder.add_boss();
    let private = ("HUB_WEBHOOK_ALLOW_PRIVATE", "true");
    let mut hub =
        Process::start(GERAI, folder.path(), "hub", &["hub", "--listen", "127.0.0.1:0"], &[EVERYTHING, private]);
    let outlet_webhook_secret = Secret::random();
    let mut outlet = folder.outlet(&[EVERYTHING, ("WEBHOOK_SECRET", &outlet_webhook_secret.reveal())]);

    // An enrollment, and another key at head office.
    let url = format!("{}/v1", hub.url);
    let enroll = ["enroll", "--hub", &url, "--code", &text(&added, "enroll_code")];
    let enrolled = folder.gerai_with(&enroll, &[EVERYTHING]);
    let key = folder.sqlite("select cloud_api_key from outlet_config");
    let rotated = folder.gerai_with(&["hub", "outlet", "rotate-key", "JKT-001", "--json"], &[EVERYTHING]);
    // A webhook whose secret the outlet does not know, and one that it does.
    let hook = format!("{}/api/v1/webhooks/cloud", outlet.url);
    let webhook = ["hub", "outlet", "webhook", "--code", "JKT-001", "--url", &hook, "--json"];
    let webhook = folder.gerai_with(&webhook, &[EVERYTHING]);
    let (now, body) = (Timestamp::now(), r#"{"type": "stream.head", "data": {"stream": "catalog", "n": 1}}"#);
    let anybody = Http::new(&outlet.url);
    let signature = webhook::sign(std::slice::from_ref(&outlet_webhook_secret), "m1", now, body.as_bytes());
    let signed = anybody.request("POST", "/api/v1/webhooks/cloud").header("webhook-id", "m1");
    let signed = signed.header("webhook-timestamp", webhook::timestamp(now)).header("webhook-signature", &signature);
    assert_eq!(Http::send(signed.body(body)).await.status, 200);

    // People: a log-in, a wrong one, another PIN, a guest's sale, a void with a manager's PIN.
    let till = admin(&outlet).await;
    let user = json!({"username": "sari", "role": "manager", "pin": PIN});
    till.post("/api/v1/users", &user).await.data();
    let session = token(&anybody, "/api/v1/auth/login", json!({"username": "sari", "password": PIN})).await;
    let change = json!({"current_pin": PIN, "new_pin": NEXT_PIN});
    let renewed = token(&anybody.with_token(&session), "/api/v1/auth/pin", change).await;
    let wrong = json!({"username": "sari", "password": format!("{PIN}1")});
    assert_eq!(anybody.post("/api/v1/auth/login", &wrong).await.status, 401);
    let sari = anybody.with_token(&renewed);
    sari.post("/api/v1/customers", &json!({"name": GUEST, "phone": PHONE})).await.data();
    let kopi = product(&sari, "Kopi Susu", 22_000).await;
    let order = json!({"customer_name": GUEST, "lines": [{"product_id": kopi, "qty": 1, "note": GUEST}]});
    let open = sari.post("/api/v1/orders", &order).await.data().clone();
    let void = json!({"reason": GUEST, "manager_pin": NEXT_PIN});
    sari.post(&format!("/api/v1/orders/{}/void", text(&open, "id")), &void).await.data();
    sari.post("/api/v1/orders", &order).await.data();
    eventually("the outlet is linked", || async { status(&till).await["configured"] == true }).await;
    synced(&till).await;
    let by_password = json!({"username": "boss", "password": "rahasia-sekali"});
    let office = token(&Http::new(&hub.url), "/v1/hq/auth/login", by_password).await;
    let hq = boss(&hub).await;
    eventually("head office has both orders", || async {
        hq.get("/v1/hq/orders").await.data().as_array().unwrap().len() == 2
    })
    .await;
    eventually("the webhook was sent", || async {
        let outlets = hq.get("/v1/hq/outlets").await;
        !outlets.data()[0]["webhook_error"].is_null()
    })
    .await;
    outlet.terminate();
    hub.terminate();

    let read = |name: &str| std::fs::read_to_string(folder.file(name)).unwrap();
    let logs = [
        ("the outlet", read("outlet.log")),
        ("the hub", read("hub.log")),
        ("enroll", enrolled.err.clone()),
        ("rotate-key", rotated.err.clone()),
        ("webhook", webhook.err.clone()),
    ];
    enrolled.ok();
    for (server, log) in &logs[..2] {
        assert!(log.contains("DEBUG") && log.contains("auth/login"), "{server} logs every request");
    }
    let secrets = [
        ("a PIN", PIN.to_owned()),
        ("the next PIN", NEXT_PIN.to_owned()),
        ("a PIN's hash", "$argon2".to_owned()),
        ("a guest", GUEST.to_owned()),
        ("a phone number", PHONE.to_owned()),
        ("a session", session),
        ("the session after it", renewed),
        ("a session of head office", office),
        ("a password", "rahasia-sekali".to_owned()),
        ("the first key", text(&added, "api_key")),
        ("the outlet's key", key),
        ("the key after it", text(&rotated.json(), "api_key")),
        ("an enrollment code", text(&added, "enroll_code")),
        ("the hub's webhook secret", text(&webhook.json(), "secret")),
        ("a webhook secret", outlet_webhook_secret.reveal()),
        ("a webhook's signature", signature),
        ("the outlet's own secret", read("pos.db.secret").trim().to_owned()),
        ("the hub's own secret", read("hub.db.secret").trim().to_owned()),
    ];
    for (server, log) in &logs {
        for (name, secret) in &secrets {
            assert!(secret.len() >= 7, "{name}: {secret}");
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{name} is in the log of {server}");
        }
    }
}
