//! A thief has the outlet's key: data sent with it is not applied at the shop without a person's decision.

use hub::outlets;
use outlet::Outlet;
use outlet::config::Config;
use replica::engine::enroll::enroll;
use serde_json::{Value, json};
use testkit::{Http, TestHub, TestOutlet, eventually};
use tokio_util::sync::CancellationToken;

const THIEF_PIN: &str = "31337000";

/// Head office, one of its outlets, and a thief with the outlet's key.
struct Stolen {
    hub: TestHub,
    shop: TestOutlet,
    id: String,
    thief: Http,
    hash: String,
}

impl Stolen {
    async fn new() -> Self {
        let hub = TestHub::start().await;
        let added = hub.add_outlet("JKT-001").await;
        let shop = TestOutlet::of(&hub.url(), &added).await;
        shop.synced().await;
        let thief = Http::new(hub.url().trim_end_matches("/v1")).with_token(&added.api_key);
        let hash = web::secret::hash_pin(THIEF_PIN.to_owned()).await.unwrap();
        Self { hub, shop, id: added.outlet_id, thief, hash }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/outlets/{}/{rest}", self.id)
    }

    async fn entity(&self, entity_type: &str, id: &str) -> Value {
        self.thief.get(&self.path(&format!("entities/{entity_type}/{id}"))).await.data().clone()
    }

    /// Sends a batch as the outlet.
    async fn push(&self, items: &[Value]) {
        let chain = self.thief.get(&self.path("updates?limit=1")).await.data()["chain"].clone();
        let batch_id = uuid::Uuid::now_v7().to_string();
        let batch = json!({"protocol": 1, "epoch": chain["epoch"], "batch_no": chain["batch_no"].as_i64().unwrap() + 1,
            "batch_id": batch_id, "previous_batch_id": chain["batch_id"], "complete_through": 0, "items": items});
        let answer = self.thief.post(&self.path("sync/batch"), &batch).await;
        assert_eq!(answer.data()["chain"]["batch_id"], batch_id);
        assert_eq!(answer.data()["chain"]["results"].as_array().map(Vec::len), Some(items.len()), "{}", answer.text);
    }

    fn item(&self, seq: i64, of: (&str, &str), token: Option<&Value>, fields: &Value) -> Value {
        let operation = if token.is_some() { "update" } else { "create" };
        json!({"entity_type": of.0, "entity_id": of.1, "operation": operation, "version": 1000 + seq, "seq": seq,
            "occurred_at": "2026-11-28T10:00:00.000Z", "base": token, "fields": fields})
    }

    fn new_admin(&self, seq: i64, id: &str) -> Value {
        let fields = json!({"username": [null, "teknisi"], "name": [null, "Teknisi"], "role": [null, "admin"],
            "pin_hash": [null, self.hash], "active": [null, true]});
        self.item(seq, ("user", id), None, &fields)
    }

    async fn enroll_code(&self) -> String {
        let now = web::time::now();
        let created = self.hub.hub().store().write(move |tx| outlets::enroll_code(tx, "JKT-001", now)).await;
        created.unwrap().enroll_code
    }

    async fn enroll_again(&self) {
        let code = self.enroll_code().await;
        enroll(&self.shop.app().db, &self.hub.url(), &code).await.unwrap();
        self.shop.synced().await;
    }

    fn shop_has(&self, sql: &str) -> String {
        self.shop.shell().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    async fn log_in_status(&self, username: &str, pin: &str) -> u16 {
        let till = Http::new(self.shop.admin().base());
        till.post("/api/v1/auth/login", &json!({"username": username, "password": pin})).await.status
    }
}

/// Type, field and rule of each record, sorted.
fn summary(records: &[Value]) -> Vec<(String, String, String)> {
    let text = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
    let mut summary: Vec<_> =
        records.iter().map(|r| (text(r, "entity_type"), text(r, "field"), text(r, "rule"))).collect();
    summary.sort();
    summary
}

#[tokio::test(flavor = "multi_thread")]
async fn data_pushed_with_a_stolen_key_is_not_applied_after_enrollment() {
    let stolen = Stolen::new().await;
    let admin = stolen.shop_has("select id from users where username = 'admin'");
    let admin_entity = stolen.entity("user", &admin).await;
    let product = stolen.shop.menu().products[0].0.clone();
    let settings = stolen.entity("setting", "outlet").await;
    let fields = json!({"pin_hash": [admin_entity["document"]["pin_hash"], stolen.hash]});
    stolen
        .push(&[
            stolen.new_admin(1, "01a204c6-0000-7000-8000-000000000001"),
            stolen.item(2, ("user", &admin), Some(&admin_entity["token"]), &fields),
            stolen.item(3, ("setting", "outlet"), Some(&settings["token"]), &json!({"phone": [null, "0666"]})),
            stolen.item(4, ("outlet_product", &product), None, &json!({"price": [null, 1], "available": [null, true]})),
        ])
        .await;
    // Head office changes the same user meanwhile: that must not carry the thief's PIN along.
    let boss = stolen.hub.boss().await;
    let user = format!("/v1/hq/outlets/{}/users/{admin}", stolen.id);
    boss.call("PATCH", &user, &json!({"name": "Pemilik"})).await.data();

    stolen.enroll_again().await;
    eventually("head office's change has arrived", || async {
        stolen.shop_has("select name from users where username = 'admin'") == "Pemilik"
    })
    .await;
    stolen.shop.synced().await;
    assert_eq!(stolen.log_in_status("teknisi", THIEF_PIN).await, 401);
    assert_eq!(stolen.log_in_status("admin", THIEF_PIN).await, 401);
    assert_eq!(stolen.log_in_status("admin", "1234").await, 200);
    assert_eq!(stolen.shop_has("select coalesce(phone, 'none') from settings"), "none");
    assert_eq!(stolen.shop_has("select count(*) || '' from outlet_products where price = 1"), "0");
    // The shop's values are at head office again, and both sides list what was sent with its key, without hashes.
    eventually("head office has the shop's values again", || async {
        boss.get(&format!("/v1/hq/outlets/{}/users/01a204c6-0000-7000-8000-000000000001", stolen.id)).await.status
            == 404
    })
    .await;
    let records = stolen.shop.admin().all("/api/v1/sync/conflicts?limit=50").await;
    let rows = |all: &[(&str, &str)]| -> Vec<(String, String, String)> {
        all.iter().map(|(of, field)| ((*of).to_owned(), (*field).to_owned(), "manual_local".to_owned())).collect()
    };
    let expected =
        rows(&[("outlet_product", "deleted"), ("setting", "phone"), ("user", "deleted"), ("user", "pin_hash")]);
    assert_eq!(summary(&records), expected);
    eventually("head office lists them", || async {
        summary(&boss.all("/v1/hq/conflicts?status=open&limit=50").await) == expected
    })
    .await;
    for list in [&records, &boss.all("/v1/hq/conflicts?limit=50").await] {
        let shown = serde_json::to_string(list).unwrap();
        assert!(!shown.contains("argon2id") && shown.contains("(hidden)"), "{shown}");
    }
    let health = stolen.shop.admin().get("/api/v1/sync/health").await;
    assert!(health.text.contains("conflicts_open"), "{}", health.text);

    // A person may still decide that a value was the shop's: the phone number was right.
    let phone = records.iter().find(|record| record["field"] == "phone").unwrap()["id"].as_str().unwrap();
    let path = format!("/api/v1/sync/conflicts/{phone}/resolve");
    stolen.shop.admin().post(&path, &json!({"strategy": "cloud_wins"})).await.data();
    assert_eq!(stolen.shop_has("select phone from settings"), "0666");
    stolen.shop.synced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_machine_lists_received_users_until_confirmed() {
    let stolen = Stolen::new().await;
    stolen.push(&[stolen.new_admin(1, "01a204c6-0000-7000-8000-000000000001")]).await;
    let boss = stolen.hub.boss().await;
    let users = format!("/v1/hq/outlets/{}/users", stolen.id);
    boss.post(&users, &json!({"username": "rina", "name": "Rina", "role": "cashier", "pin": "739158"})).await.data();

    // The machine is replaced.
    let dir = testkit::Scratch::new();
    let path = dir.path().join("pos.db");
    let new_outlet = Outlet::open(Config { db_path: path.clone(), ..Config::default() }).await.unwrap();
    let app = new_outlet.app().clone();
    let listener = web::server::listen("127.0.0.1", 0).await.unwrap();
    let stop = CancellationToken::new();
    enroll(&app.db, &stolen.hub.url(), &stolen.enroll_code().await).await.unwrap();
    let serving = tokio::spawn(new_outlet.serve(listener, stop.clone()));
    let names = async || {
        let entities = app.db.read(replica::pull::bootstrap::list).await.unwrap();
        entities.into_iter().filter(|one| one.entity_type == "user").map(|one| one.name).collect::<Vec<_>>()
    };
    eventually("the outlet's users have arrived and are listed", || async { names().await == ["admin", "teknisi"] })
        .await;
    let rina = "select count(*) from users where username = 'rina'";
    let db = rusqlite::Connection::open(&path).unwrap();
    eventually("head office's user has arrived and needs no review", || async {
        db.query_row(rina, [], |row| row.get::<_, i64>(0)).unwrap() == 1
    })
    .await;
    let admin = outlet::local_admin::LocalAdmin::open(&path, outlet::SyncEnv::default()).unwrap();
    let findings = admin.examine(&outlet::health::doctor::HubReport::default()).unwrap();
    let unreviewed = findings.iter().find(|finding| finding.code == "entities_unreviewed").unwrap();
    let message = unreviewed.message.to_string();
    assert!(message.contains("teknisi (admin)") && message.contains("gerai sync unreviewed --confirm"), "{message}");
    assert!(!message.contains("rina"), "{message}");
    app.db.write(replica::pull::bootstrap::confirm).await.unwrap();
    assert_eq!(app.db.read(replica::pull::bootstrap::list).await.unwrap(), []);
    stop.cancel();
    serving.await.unwrap().unwrap();
}
