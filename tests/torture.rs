//! Servers that are killed again and again while they sell and sync.
//!
//! Real processes on real files: two outlets and a hub, tills that send each order until it is acknowledged, and SIGKILL
//! at random moments. Then both sides are counted.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cafe::{Guests, MENU, Menu};
use serde_json::{Value, json};
use testkit::{Http, Process, eventually};
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

const GERAI: &str = env!("CARGO_BIN_EXE_gerai");
/// Kills of each server.
const KILLS: u32 = 20;
const TILLS_OF_AN_OUTLET: u64 = 3;
/// Everything must have arrived this long after the last kill.
const PATIENCE: Duration = Duration::from_secs(40);

/// The folder of all files; it stays if the test fails.
struct Folder(Option<tempfile::TempDir>);

impl Folder {
    fn path(&self) -> &Path {
        self.0.as_ref().unwrap().path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("databases and logs are kept in {}", self.0.take().unwrap().keep().display());
        }
    }
}

/// A server that can be started again on the same files and at the same port.
#[derive(Clone)]
struct Server {
    dir: PathBuf,
    name: &'static str,
    args: Vec<String>,
    env: Vec<(&'static str, String)>,
    url: String,
}

impl Server {
    fn hub(dir: &Path, port: u16) -> Self {
        let args = ["hub", "--database", "sqlite:hub.db", "--listen", &format!("127.0.0.1:{port}")];
        Self::new(dir, "hub", port, &args, Vec::new())
    }

    fn outlet(dir: &Path, name: &'static str, port: u16, hub: &Self) -> Self {
        let added = run(dir, &["hub", "outlet", "add", "--code", name, "--name", name, "--json"], &[], "");
        let added: Value = serde_json::from_str(&added).unwrap();
        let word = |field: &str| added[field].as_str().unwrap().to_owned();
        let env = vec![
            ("SYNC_ENABLED", "true".to_owned()),
            ("CLOUD_API_URL", format!("{}/v1", hub.url)),
            ("CLOUD_API_KEY", word("api_key")),
            ("OUTLET_ID", word("outlet_id")),
            ("OUTLET_CODE", word("outlet_code")),
        ];
        let args = ["outlet", "--db", &format!("{name}.db"), "--host", "127.0.0.1", "--port", &port.to_string()];
        Self::new(dir, name, port, &args, env)
    }

    fn new(dir: &Path, name: &'static str, port: u16, args: &[&str], env: Vec<(&'static str, String)>) -> Self {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Self { dir: dir.to_owned(), name, args, env, url: format!("http://127.0.0.1:{port}") }
    }

    fn start(&self) -> Process {
        let args: Vec<_> = self.args.iter().map(String::as_str).collect();
        let env: Vec<_> = self.env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Process::start(GERAI, &self.dir, self.name, &args, &env)
    }

    /// Is killed before it is ready, perhaps in the middle of a migration.
    fn start_in_vain(&self, lives: Duration) {
        let mut child = Command::new(GERAI)
            .args(&self.args)
            .envs(self.env.iter().cloned())
            .current_dir(&self.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(lives);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn database(&self) -> PathBuf {
        self.dir.join(format!("{}.db", self.name))
    }

    fn outlet_id(&self) -> &str {
        &self.env.iter().find(|(name, _)| *name == "OUTLET_ID").unwrap().1
    }

    /// A batch is stored and its answer has not come.
    fn sends(&self) -> bool {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        let sql = "select exists (select 1 from sync_batches where state = 'waiting')";
        database.query_row(sql, [], |row| row.get(0)).unwrap_or(false)
    }
}

/// Runs a command to its end; panics unless it succeeds.
fn run(dir: &Path, args: &[&str], env: &[(&'static str, String)], input: &str) -> String {
    let mut child = Command::new(GERAI)
        .args(args)
        .env("HUB_DATABASE_URL", "sqlite:hub.db")
        .envs(env.iter().cloned())
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "gerai {args:?} failed: {said}");
    said
}

/// Ports that nobody listens on, below those that the system gives to outgoing connections: a server must find its own
/// again after each kill.
fn free_ports<const N: usize>(dice: &mut Guests) -> [u16; N] {
    let mut found = BTreeSet::new();
    while found.len() < N {
        let port = 15_000 + u16::try_from(dice.below(15_000)).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            found.insert(port);
        }
    }
    found.into_iter().collect::<Vec<_>>().try_into().unwrap()
}

/// Kills a server at random moments, each time starting it again at once, now and then killing it while it starts. Says
/// how many kills hit it at work.
fn torture(server: &Server, mut process: Process, seed: u64, at_work: impl Fn() -> bool) -> (Process, u32) {
    let mut dice = Guests::new(seed);
    let mut hits = 0;
    for _ in 0..KILLS {
        std::thread::sleep(Duration::from_millis(dice.below(750) as u64));
        hits += u32::from(at_work());
        process.kill();
        if dice.below(4) == 0 {
            server.start_in_vain(Duration::from_millis(dice.below(150) as u64));
        }
        process = server.start();
    }
    (process, hits)
}

/// What the tills of one outlet share, and what was acknowledged to them.
struct Shop {
    admin: Http,
    menu: Menu,
    under_way: AtomicUsize,
    closing: AtomicBool,
}

/// Orders by id, as they were last acknowledged.
type Orders = BTreeMap<String, Value>;

impl Shop {
    /// Opens an outlet that runs: the first one's menu and charges come in through the API, the other's from head office.
    async fn open(server: &Server, menu: Option<Menu>) -> Arc<Self> {
        let admin = Http::new(&server.url).log_in("admin", "1234").await;
        let menu = match menu {
            Some(menu) => {
                eventually("the menu is there", || async {
                    admin.all("/api/v1/products").await.len() == menu.products.len()
                        && admin.all("/api/v1/charges").await.len() == 2
                })
                .await;
                menu
            }
            None => Self::bring_menu(&admin).await,
        };
        let (under_way, closing) = (AtomicUsize::new(0), AtomicBool::new(false));
        Arc::new(Self { admin, menu, under_way, closing })
    }

    async fn bring_menu(admin: &Http) -> Menu {
        let mut products = Vec::new();
        for (name, station, items) in MENU {
            let category = admin.post("/api/v1/categories", &json!({"name": name})).await.data()["id"].clone();
            for (name, price) in *items {
                let product = json!({"name": name, "category_id": category, "price": price, "station": station,
                    "variants": cafe::variants(name), "modifier_groups": cafe::modifier_groups(name)});
                let made = admin.post("/api/v1/products", &product).await.data().clone();
                products.push((made["id"].as_str().unwrap().to_owned(), *price));
            }
        }
        for (position, name, kind, rate_bp) in [(1, "Layanan", "service", 500), (2, "PBJT", "tax", 1_000)] {
            let charge = json!({"name": name, "kind": kind, "rate_bp": rate_bp, "position": position});
            admin.post("/api/v1/charges", &charge).await.data();
        }
        Menu { products }
    }

    fn closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Sends a command with one key until it is acknowledged, whatever happens in between.
    async fn insist(&self, method: &str, path: &str, body: &Value) -> Value {
        let key = Uuid::now_v7().to_string();
        loop {
            let request = self
                .admin
                .request(method, path)
                .header("content-type", "application/json")
                .header("idempotency-key", &key)
                .timeout(Duration::from_secs(5))
                .body(body.to_string());
            self.under_way.fetch_add(1, Ordering::Relaxed);
            let answer = async {
                let response = request.send().await?;
                Ok::<_, reqwest::Error>((response.status(), response.text().await?))
            }
            .await;
            self.under_way.fetch_sub(1, Ordering::Relaxed);
            match answer {
                Ok((status, text)) if status.is_success() => {
                    return serde_json::from_str::<Value>(&text).unwrap()["data"].clone();
                }
                Ok((status, text)) => assert!(status.is_server_error(), "{method} {path} {body}: {status} {text}"),
                // Nobody listens, or the answer broke off: it may have been taken.
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sells until the shop closes. Some guests pay later, some not at all.
    async fn till(self: Arc<Self>, seed: u64) -> Orders {
        let mut guests = Guests::new(seed);
        let mut sold = Orders::new();
        while !self.closing() {
            let lines = guests.lines();
            let mut order = guests.order(&self.menu, lines);
            let id = Uuid::now_v7().to_string();
            order["id"] = json!(id);
            let later = guests.below(10);
            if later < 3 {
                order["payments"] = json!([]);
            }
            let mut taken = self.insist("POST", "/api/v1/orders", &order).await;
            assert_eq!(taken["id"], json!(id));
            if later < 2 {
                let payment = json!({"method": "qris", "amount": taken["total"]});
                taken = self.insist("POST", &format!("/api/v1/orders/{id}/payments"), &payment).await;
            }
            assert_eq!(taken["status"], if later == 2 { "open" } else { "paid" });
            sold.insert(id, taken);
            tokio::time::sleep(Duration::from_millis(guests.below(40) as u64)).await;
        }
        sold
    }

    /// Keeps changing what outlet and head office share, and asks for a round each time: nobody waits for a timer.
    async fn office(self: Arc<Self>) {
        for number in (0..).take_while(|_| !self.closing()) {
            let (product, _) = &self.menu.products[number % 5];
            let path = format!("/api/v1/products/{product}");
            self.insist("PATCH", &path, &json!({"barcode": number.to_string()})).await;
            self.insist("POST", "/api/v1/sync/trigger", &json!({})).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the hub has everything.
    async fn at_rest(&self) {
        let since = Instant::now();
        loop {
            let status = self.admin.get("/api/v1/sync/status").await.data().clone();
            if status["pending_count"] == 0 {
                assert_eq!(status["failed_count"], 0, "{}", self.admin.get("/api/v1/sync/failed").await.text);
                assert_eq!(status["conflict_count"], 0);
                assert_eq!(status["problem"], Value::Null);
                return;
            }
            assert!(since.elapsed() < PATIENCE, "not everything has arrived: {status}");
            self.insist("POST", "/api/v1/sync/trigger", &json!({})).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn text<'a>(of: &'a Value, field: &str) -> &'a str {
    of[field].as_str().unwrap_or_else(|| panic!("no text '{field}' in {of}"))
}

fn number(of: &Value, field: &str) -> i64 {
    of[field].as_i64().unwrap_or_else(|| panic!("no number '{field}' in {of}"))
}

/// What a list of orders must say alike at the till, at the outlet and at the hub.
fn figures(order: &Value) -> Vec<Value> {
    let fields = [
        "id",
        "order_number",
        "business_date",
        "status",
        "order_type",
        "table_number",
        "customer_name",
        "subtotal",
        "discount",
        "service",
        "tax",
        "rounding",
        "total",
        "paid",
        "created_at",
        "paid_at",
    ];
    fields.iter().map(|field| order[field].clone()).collect()
}

/// Orders in the order of their ids; panics if one is there twice.
fn by_id(orders: &[Value]) -> BTreeMap<&str, Vec<Value>> {
    let found: BTreeMap<_, _> = orders.iter().map(|order| (text(order, "id"), figures(order))).collect();
    assert_eq!(found.len(), orders.len(), "an order is there twice");
    found
}

/// Lines, charges and payments too.
async fn compare_whole(shop: &Shop, boss: &Http, sold: &Orders) {
    for id in sold.keys().step_by(sold.len() / 40 + 1) {
        let here = shop.admin.get(&format!("/api/v1/orders/{id}")).await.data().clone();
        let there = boss.get(&format!("/v1/hq/orders/{id}")).await.data().clone();
        for (field, value) in here.as_object().unwrap() {
            let rows = |of: &Value| {
                let mut rows = of.as_array().unwrap().clone();
                rows.sort_by_key(|row| text(row, "id").to_owned());
                rows
            };
            if value.is_array() {
                assert_eq!(rows(value), rows(&there[field]), "{field} of {id}");
            } else {
                assert_eq!(*value, there[field], "{field} of {id}");
            }
        }
    }
}

/// The daily figures are those of the paid orders, and how they were paid sums to them.
async fn compare_days(boss: &Http, server: &Server, sold: &Orders) {
    let mut days: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for order in sold.values().filter(|order| order["status"] == "paid") {
        let day = days.entry(text(order, "business_date")).or_default();
        *day = (day.0 + 1, day.1 + number(order, "total"));
    }
    let (from, to) = (days.keys().next().unwrap(), days.keys().next_back().unwrap());
    let query = format!("/v1/hq/sales/daily?from={from}&to={to}&outlet_id={}", server.outlet_id());
    let there = boss.get(&query).await.data().as_array().unwrap().clone();
    let found: BTreeMap<_, _> =
        there.iter().map(|day| (text(day, "business_date"), (number(day, "orders"), number(day, "total")))).collect();
    assert_eq!(found, days, "the daily figures of {}", server.name);
    for day in &there {
        let tenders: i64 = day["by_tender"].as_object().unwrap().values().map(|amount| amount.as_i64().unwrap()).sum();
        assert_eq!(tenders, number(day, "total"), "{day}");
    }
}

/// What outlet and head office share reads alike on both sides.
fn compare_products(dir: &Path, products: &[Value]) {
    let hub = rusqlite::Connection::open(dir.join("hub.db")).unwrap();
    let sql = "select document from shared_entities where entity_type = 'product' and entity_id = ?1 and deleted = 0";
    for product in products {
        let there: String = hub.query_row(sql, [text(product, "id")], |row| row.get(0)).unwrap();
        let there: Value = serde_json::from_str(&there).unwrap();
        for field in ["name", "price", "barcode", "category_id", "station", "available"] {
            assert_eq!(there[field], product[field], "{field} of {product}");
        }
    }
}

fn seed() -> u64 {
    let seed = std::env::var("GERAI_SEED").ok().map(|seed| seed.parse().unwrap());
    let seed = seed.unwrap_or_else(|| u64::try_from(web::time::now().as_microsecond()).unwrap());
    println!("GERAI_SEED={seed}");
    seed
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_twenty_times_each_and_every_acknowledged_order_is_at_the_hub_exactly_once() {
    let (began, seed) = (Instant::now(), seed());
    let folder = Folder(Some(tempfile::tempdir().unwrap()));
    let dir = folder.path();
    let [hub_port, first_port, second_port] = free_ports(&mut Guests::new(seed));
    run(
        dir,
        &["hub", "user", "add", "--username", "boss", "--role", "admin", "--password-stdin"],
        &[],
        "secret-secret\n",
    );
    let hub = Server::hub(dir, hub_port);
    let servers = [Server::outlet(dir, "JKT-001", first_port, &hub), Server::outlet(dir, "BDG-002", second_port, &hub)];

    // Open.
    let hub_process = hub.start();
    let mut shops = Vec::new();
    let mut outlet_processes = Vec::new();
    for server in &servers {
        outlet_processes.push(server.start());
        let menu = shops.first().map(|first: &Arc<Shop>| first.menu.clone());
        shops.push(Shop::open(server, menu).await);
    }
    let opened = began.elapsed();

    // Sell, and kill.
    let mut tills: Vec<(usize, JoinHandle<Orders>)> = Vec::new();
    let mut offices = Vec::new();
    for (outlet, shop) in shops.iter().enumerate() {
        for till in 0..TILLS_OF_AN_OUTLET {
            tills.push((outlet, tokio::spawn(Arc::clone(shop).till(seed + 100 * outlet as u64 + till))));
        }
        offices.push(tokio::spawn(Arc::clone(shop).office()));
    }
    let killing_hub = {
        let (hub, outlets) = (hub.clone(), servers.clone());
        spawn_blocking(move || torture(&hub, hub_process, seed + 1_000, || outlets.iter().any(Server::sends)))
    };
    let mut killing_outlets = Vec::new();
    for ((process, server), shop) in outlet_processes.into_iter().zip(&servers).zip(&shops) {
        let (server, shop, seed) = (server.clone(), Arc::clone(shop), seed + 2_000 + killing_outlets.len() as u64);
        let at_work = move || shop.under_way.load(Ordering::Relaxed) > 0;
        killing_outlets.push(spawn_blocking(move || torture(&server, process, seed, at_work)));
    }
    let (_hub_process, hub_hits) = killing_hub.await.unwrap();
    let mut running = Vec::new();
    let mut outlet_hits = 0;
    for killing in killing_outlets {
        let (process, hits) = killing.await.unwrap();
        running.push(process);
        outlet_hits += hits;
    }
    let killed = began.elapsed();

    // Close: each till brings its last order to an end.
    shops.iter().for_each(|shop| shop.closing.store(true, Ordering::Relaxed));
    let mut sold = [Orders::new(), Orders::new()];
    for (outlet, till) in tills {
        sold[outlet].extend(till.await.unwrap());
    }
    for office in offices {
        office.await.unwrap();
    }
    for shop in &shops {
        shop.at_rest().await;
    }
    let arrived = began.elapsed();

    // Count.
    let boss = Http::new(&hub.url);
    let session = boss.post("/v1/hq/auth/login", &json!({"username": "boss", "password": "secret-secret"})).await;
    let boss = boss.with_token(text(session.data(), "token"));
    for ((server, shop), sold) in servers.iter().zip(&shops).zip(&sold) {
        let acknowledged: Vec<_> = sold.values().cloned().collect();
        let acknowledged = by_id(&acknowledged);
        let here = shop.admin.all("/api/v1/orders?limit=500").await;
        let there = boss.all(&format!("/v1/hq/orders?limit=500&outlet_id={}", server.outlet_id())).await;
        assert_eq!(by_id(&here), acknowledged, "{}: what the tills heard and what the outlet has", server.name);
        assert_eq!(by_id(&there), acknowledged, "{}: what the tills heard and what the hub has", server.name);
        let numbers: BTreeSet<_> = there.iter().map(|order| text(order, "order_number")).collect();
        assert_eq!(numbers.len(), there.len(), "an order number was given twice");
        compare_whole(shop, &boss, sold).await;
        compare_days(&boss, server, sold).await;
        compare_products(dir, &shop.admin.all("/api/v1/products?limit=500").await);
        let database = format!("{}.db", server.name);
        let doctor = run(dir, &["doctor", "--json", "--db", &database], &server.env, "");
        assert_eq!(serde_json::from_str::<Value>(&doctor).unwrap()["well"], true, "{doctor}");
    }
    let everywhere = boss.all("/v1/hq/orders?limit=500").await;
    let orders: usize = sold.iter().map(Orders::len).sum();
    assert_eq!(everywhere.len(), orders, "nothing at the hub that no till has sent");
    println!(
        "{orders} orders sold and counted; {hub_hits} of {KILLS} kills hit the hub while a batch was under way, \
         {outlet_hits} of {} hit an outlet while a till waited for its answer; \
         open after {opened:.1?}, killed until {killed:.1?}, all arrived at {arrived:.1?}, done at {:.1?}",
        2 * KILLS,
        began.elapsed()
    );
    for process in &mut running {
        assert_eq!(process.terminate(), Some(0), "an outlet ends well when it is asked to");
    }
}
