//! An unknown enum value never counts as a known one: it is shown as stored or as unknown, grants and blocks nothing,
//! and is reported by doctor and health. The columns come from the schemas, so a new one is tested automatically.

use std::path::Path;

use outlet::health::checks::Finding;
use outlet::health::doctor::HubReport;
use outlet::local_admin::LocalAdmin;
use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet, eventually};

const UNKNOWN: &str = "no such word";

/// Writes past the checks of the schema.
fn shell(path: &Path) -> Connection {
    let shell = Connection::open(path).unwrap();
    shell.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    shell.execute_batch("pragma ignore_check_constraints = on; pragma foreign_keys = off").unwrap();
    shell
}

/// Table and column of each check of the form `check (column in ('…`.
fn enum_columns(shell: &Connection) -> Vec<(String, String)> {
    let mut statement =
        shell.prepare("select name, sql from sqlite_master where type = 'table' order by name").unwrap();
    let tables = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    let mut found = Vec::new();
    for table in tables {
        let (table, sql) = table.unwrap();
        let checks = sql.split("check (").filter_map(|check| check.split_once(" in ('")).map(|(column, _)| column);
        found.extend(checks.map(|column| (table.clone(), column.to_owned())));
    }
    found
}

async fn nothing_fails(http: &Http, api: Value, what: &str) {
    for (path, operations) in api["paths"].as_object().unwrap() {
        if operations.get("get").is_some() && !path.contains('{') && !path.ends_with("/events") {
            let answer = http.get(path).await;
            assert!(answer.status != 500, "{what}: GET {path}: {}", answer.text);
        }
    }
}

fn doctor(outlet: &TestOutlet) -> Vec<Finding> {
    LocalAdmin::open(&outlet.path(), (*outlet.app().env).clone()).unwrap().examine(&HubReport::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_value_is_reported_and_grants_nothing() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let mut outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.member("waiter").await;
    outlet.sell_many(2).await;
    outlet.synced().await;
    let shell = shell(&outlet.path());
    let columns = enum_columns(&shell);
    assert!(columns.len() > 20, "{columns:?}");
    let mut tried = 0;
    for (table, column) in columns {
        // The requesting admin keeps the role; rows of the worker may disappear meanwhile.
        let last = shell.query_row(&format!("select max(rowid) from {table}"), [], |row| row.get::<_, Option<i64>>(0));
        let row = format!("rowid = {}", last.ok().flatten().unwrap_or_default());
        let row = if table == "users" { "role <> 'admin'".to_owned() } else { row };
        let without_rowid = shell.prepare(&format!("select rowid from {table}")).is_err();
        let row = if without_rowid { "true".to_owned() } else { row };
        let original: Option<String> =
            shell.query_row(&format!("select {column} from {table} where {row}"), [], |row| row.get(0)).ok();
        let Some(original) = original else { continue };
        let set = format!("update {table} set {column} = ?1 where {row}");
        if shell.execute(&set, [UNKNOWN]).is_err() {
            continue;
        }
        tried += 1;
        let what = format!("{column} of {table}");
        let findings = doctor(&outlet);
        let named = findings.iter().any(|f| f.code == "unknown_enum_values" && f.message.to_string().contains(&what));
        assert!(named, "{what}: {findings:?}");
        let file = findings.iter().find(|f| f.code == "file_damaged").unwrap();
        assert!(!file.message.to_string().contains("damaged"), "{what}: {}", file.message);
        nothing_fails(outlet.admin(), serde_json::to_value(outlet::routes::api()).unwrap(), &what).await;
        // Not paid: a guest of the café pays its usual total, which a charge with an unknown value changes.
        let order = json!({"lines": [{"product_id": outlet.menu().products[0].0, "qty": 1}]});
        outlet.admin().post("/api/v1/orders", &order).await.data();
        if table == "users" {
            let waiter = Http::new(outlet.admin().base());
            let answer = waiter.post("/api/v1/auth/login", &json!({"username": "waiter", "pin": "2468"})).await;
            let token = answer.body["data"]["token"].as_str().map(str::to_owned);
            if let Some(token) = token {
                let orders = waiter.with_token(&token).get("/api/v1/orders").await;
                assert!(orders.status == 403 || orders.status == 401, "{}", orders.text);
            }
            let health = outlet.admin().get("/api/v1/sync/health").await.text;
            assert!(health.contains("unknown_enum_values"), "{health}");
        }
        shell.execute(&set, [&original]).unwrap();
    }
    assert!(tried > 10, "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_values_at_the_hub_are_reported_and_grant_nothing() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    hub.set_webhook("JKT-001", "http://127.0.0.1:9/hook").await;
    let boss = hub.boss().await;
    let body = json!({"username": "rina", "role": "viewer", "password": "another-secret"});
    boss.post("/v1/hq/users", &body).await.data();
    let log_in = json!({"username": "rina", "password": "another-secret"});
    let shell = shell(&hub.path());
    eventually("the sender has recorded its first failure", || async {
        shell.query_row("select failures from webhooks", [], |row| row.get::<_, i64>(0)).unwrap() > 0
    })
    .await;
    for (table, column, owner) in
        [("outlets", "state", "outlet"), ("webhooks", "state", "webhook"), ("hq_users", "role", "user")]
    {
        let condition = if table == "hq_users" { "username = 'rina'" } else { "true" };
        let original: String =
            shell.query_row(&format!("select {column} from {table} where {condition}"), [], |row| row.get(0)).unwrap();
        let set = format!("update {table} set {column} = ?1 where {condition}");
        shell.execute(&set, [UNKNOWN]).unwrap();
        let health = boss.get("/v1/hq/health").await.data().clone();
        let unknown = &health["unknown_values"][0];
        assert_eq!((&unknown["of"], &unknown["value"]), (&json!(owner), &json!(UNKNOWN)), "{unknown}");
        assert!(health["reasons"].to_string().contains("unknown_enum_values"), "{health}");
        nothing_fails(&boss, serde_json::to_value(hub::api()).unwrap(), table).await;
        let listed = boss.get("/v1/hq/outlets").await.data()[0].clone();
        match table {
            "outlets" => {
                assert_eq!((&listed["state"], &listed["presence"]), (&json!("unknown"), &json!("unknown")));
                let key = Http::new(hub.url().trim_end_matches("/v1")).with_token(&added.api_key);
                let answer = key.get(&format!("/v1/outlets/{}/updates", added.outlet_id)).await;
                assert_eq!(answer.refusal(), (403, "outlet_state_unknown"));
            }
            "webhooks" => assert_eq!(listed["webhook"], "unknown"),
            _ => {
                let rina = Http::new(boss.base());
                let token = rina.post("/v1/hq/auth/login", &log_in).await.body["data"]["token"].clone();
                let rina = rina.with_token(token.as_str().unwrap());
                assert_eq!(rina.get("/v1/hq/orders").await.status, 403);
                // A disabled user without a valid role keeps the stored value.
                let users = boss.get("/v1/hq/users").await.data().clone();
                let id =
                    users.as_array().unwrap().iter().find(|user| user["username"] == "rina").unwrap()["id"].clone();
                let path = format!("/v1/hq/users/{}", id.as_str().unwrap());
                let changed = boss.call("PATCH", &path, &json!({"active": false})).await.data().clone();
                assert_eq!((&changed["role"], &changed["active"]), (&json!(UNKNOWN), &json!(false)));
                let changed =
                    boss.call("PATCH", &path, &json!({"role": "viewer", "active": true})).await.data().clone();
                assert_eq!(changed["role"], "viewer");
            }
        }
        shell.execute(&set, [&original]).unwrap();
    }
    assert_eq!(boss.get("/v1/hq/health").await.data()["unknown_values"], json!([]));
}
