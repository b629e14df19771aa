//! A running outlet.

use std::path::PathBuf;
use std::time::Duration;

use cafe::{Guests, Menu};
use hub::outlets::Added;
use outlet::config::Config;
use outlet::local_admin::LocalAdmin;
use outlet::printing::Patience;
use outlet::state::App;
use outlet::{Outlet, SyncEnv};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use web::server::{Https, Listeners};

use crate::{Http, PATIENCE, Proxy, Scratch, TestHub, eventually};

/// An outlet in its own folder, with the sample café's menu, serving on a free loopback port.
pub struct TestOutlet {
    dir: Scratch,
    env: SyncEnv,
    app: App,
    admin: Http,
    menu: Menu,
    guests: Guests,
    stop: CancellationToken,
    task: Option<JoinHandle<std::io::Result<()>>>,
}

/// The hub settings of an outlet; `url` may be a proxy's.
pub fn linked(url: &str, added: &Added) -> SyncEnv {
    SyncEnv {
        enabled: Some(true),
        cloud_api_url: Some(url.to_owned()),
        cloud_api_key: Some(added.api_key.clone()),
        outlet_id: Some(added.outlet_id.clone()),
        outlet_code: Some(added.outlet_code.clone()),
        interval_minutes: None,
        webhook_secrets: Vec::new(),
    }
}

/// Printers on loopback need no patience.
pub const PRINTERS_PATIENCE: Patience = Patience {
    connect: Duration::from_secs(2),
    answer: Duration::from_millis(500),
    first_answer: Duration::from_millis(200),
    progress: Duration::from_secs(1),
    close: Duration::from_millis(100),
};

/// The settings of a start.
fn config(db_path: PathBuf, env: SyncEnv) -> Config {
    Config { db_path, env, printing: PRINTERS_PATIENCE, ..Config::default() }
}

/// A hub, and an outlet in sync with it through the proxy.
pub async fn behind_proxy() -> (TestHub, Proxy, TestOutlet) {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let proxy = Proxy::before(&hub.url()).await;
    let outlet = TestOutlet::of(proxy.url(), &added).await;
    outlet.synced().await;
    (hub, proxy, outlet)
}

impl TestOutlet {
    /// A new outlet without a hub.
    pub async fn alone() -> Self {
        Self::with_env(SyncEnv::default()).await
    }

    /// A new outlet of this hub, or of the proxy at `url` before it.
    pub async fn of(url: &str, added: &Added) -> Self {
        Self::with_env(linked(url, added)).await
    }

    /// Another outlet of a hub that already has the sample café's menu; it pulls the menu.
    pub async fn next_of(url: &str, added: &Added) -> Self {
        let env = linked(url, added);
        let dir = Scratch::new();
        let outlet = Outlet::open(config(dir.path().join("pos.db"), env.clone())).await.unwrap();
        let app = outlet.app().clone();
        app.db.write(cafe::seed_tables).await.unwrap();
        let mut outlet = Self::serve(dir, env, outlet, Menu { products: vec![] }, Guests::new(8)).await;
        eventually("the menu has arrived", || async { app.db.read(cafe::menu).await.unwrap().is_some() }).await;
        outlet.menu = app.db.read(cafe::menu).await.unwrap().unwrap();
        outlet
    }

    /// A cloned machine: serves a copy of this outlet's database with the same settings.
    pub async fn copy(&self) -> Self {
        let dir = Scratch::new();
        let path = dir.path().join("pos.db");
        self.shell().execute("vacuum into ?1", [path.to_str().unwrap()]).unwrap();
        let config = config(path, self.env.clone());
        let outlet = Outlet::open(config).await.unwrap();
        let menu = outlet.app().db.read(cafe::menu).await.unwrap().unwrap();
        Self::serve(dir, self.env.clone(), outlet, menu, Guests::new(9)).await
    }

    /// A new outlet with these hub settings.
    pub async fn with_env(env: SyncEnv) -> Self {
        Self::configured(env, web::Edge::default()).await
    }

    /// A new outlet with these hub settings and this edge.
    pub async fn configured(env: SyncEnv, edge: web::Edge) -> Self {
        Self::changed(env, |config| Config { edge, ..config }).await
    }

    /// A new outlet without a hub that has this patience with its printers.
    pub async fn with_patience(printing: Patience) -> Self {
        Self::changed(SyncEnv::default(), |config| Config { printing, ..config }).await
    }

    async fn changed(env: SyncEnv, change: impl FnOnce(Config) -> Config) -> Self {
        let dir = Scratch::new();
        let config = change(config(dir.path().join("pos.db"), env.clone()));
        let outlet = Outlet::open(config).await.unwrap();
        let menu = outlet.app().db.write(cafe::seed).await.unwrap();
        Self::serve(dir, env, outlet, menu, Guests::new(7)).await
    }

    /// A new outlet without a hub, with HTTPS beside HTTP.
    pub async fn with_https(https: Https) -> Self {
        let dir = Scratch::new();
        let config = config(dir.path().join("pos.db"), SyncEnv::default());
        let outlet = Outlet::open(config).await.unwrap();
        let menu = outlet.app().db.write(cafe::seed).await.unwrap();
        Self::serve_on(Some(https), dir, SyncEnv::default(), outlet, menu, Guests::new(7)).await
    }

    async fn serve(dir: Scratch, env: SyncEnv, outlet: Outlet, menu: Menu, guests: Guests) -> Self {
        Self::serve_on(None, dir, env, outlet, menu, guests).await
    }

    async fn serve_on(
        https: Option<Https>,
        dir: Scratch,
        env: SyncEnv,
        outlet: Outlet,
        menu: Menu,
        guests: Guests,
    ) -> Self {
        let app = outlet.app().clone();
        let http = web::server::listen("127.0.0.1", 0).await.unwrap();
        let base = format!("http://{}", http.local_addr().unwrap());
        let stop = CancellationToken::new();
        let task = tokio::spawn(outlet.serve(Listeners { http, https }, stop.clone()));
        let admin = Http::new(&base).log_in("admin", "1234").await;
        Self { dir, env, app, admin, menu, guests, stop, task: Some(task) }
    }

    /// The logged-in admin.
    pub fn admin(&self) -> &Http {
        &self.admin
    }

    /// State shared by handlers and worker.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The name of its session cookie.
    pub fn session_cookie(&self) -> &str {
        self.app.access.cookies().session.name()
    }

    /// The name of its device cookie.
    pub fn device_cookie(&self) -> &str {
        self.app.access.cookies().device.name()
    }

    /// Its menu.
    pub fn menu(&self) -> &Menu {
        &self.menu
    }

    /// The database file.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("pos.db")
    }

    /// Another program's connection to the database, like the sqlite3 shell's.
    pub fn shell(&self) -> Connection {
        let connection = Connection::open(self.path()).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        connection
    }

    /// Sells an order to a guest; returns the order.
    pub async fn sell(&mut self) -> Value {
        let lines = self.guests.lines();
        let mut order = self.guests.order(&self.menu, lines);
        order["id"] = json!(Uuid::now_v7().to_string());
        self.admin.post("/api/v1/orders", &order).await.data().clone()
    }

    /// Sells this many orders.
    pub async fn sell_many(&mut self, count: usize) -> Vec<Value> {
        let mut orders = Vec::with_capacity(count);
        for _ in 0..count {
            orders.push(self.sell().await);
        }
        orders
    }

    /// Creates a user with this role and logs in; the user name is the role's name.
    pub async fn member(&self, role: &str) -> Http {
        let body = json!({"username": role, "role": role, "pin": "2468"});
        self.admin.post("/api/v1/users", &body).await.data();
        self.admin.log_in(role, "2468").await
    }

    /// `data` of the sync status.
    pub async fn status(&self) -> Value {
        self.admin.get("/api/v1/sync/status").await.data().clone()
    }

    /// Waits until nothing is pending.
    pub async fn synced(&self) {
        eventually("nothing pending", || async { self.status().await["pending_count"] == 0 }).await;
    }

    /// Waits until the worker has checked the queue twice: everything in it now has been sent if it can be.
    pub async fn looked(&self) {
        let mut looks = self.app.link.looks();
        let until = *looks.borrow() + 2;
        let looked = tokio::time::timeout(PATIENCE, looks.wait_for(|n| *n >= until));
        looked.await.expect("the worker checks the queue").unwrap();
    }

    /// Stops as with SIGTERM and opens the same database again.
    pub async fn restart(self) -> Self {
        self.reopen(|_| ()).await
    }

    /// Stops, replaces the database with another file, as a manual restore does, and starts again.
    pub async fn replace_database(self, with: &std::path::Path) -> Self {
        self.reopen(|path| {
            std::fs::copy(with, path).unwrap();
        })
        .await
    }

    async fn reopen(mut self, meanwhile: impl FnOnce(&std::path::Path)) -> Self {
        self.stop.cancel();
        self.task.take().unwrap().await.unwrap().unwrap();
        meanwhile(&self.path());
        let (env, menu, guests) = (self.env.clone(), self.menu.clone(), Guests::new(rand_seed()));
        let dir = std::mem::take(&mut self.dir);
        drop(self);
        let outlet = Outlet::open(config(dir.path().join("pos.db"), env.clone())).await.unwrap();
        Self::serve(dir, env, outlet, menu, guests).await
    }
}

fn rand_seed() -> u64 {
    u64::try_from(Uuid::now_v7().as_u128() & u128::from(u64::MAX)).unwrap()
}

impl Drop for TestOutlet {
    fn drop(&mut self) {
        self.stop.cancel();
        if std::thread::panicking() || !self.path().exists() {
            return;
        }
        let admin = LocalAdmin::open(&self.path(), SyncEnv::default()).unwrap();
        for finding in admin.examine(&outlet::health::doctor::HubReport::default()).unwrap() {
            let matters = [
                "file_damaged",
                "triggers_altered",
                "capture_guard_set",
                "counters_mismatch",
                "paid_orders_underpaid",
                "unqueued_entities",
            ]
            .contains(&finding.code);
            assert!(finding.well || !matters, "the outlet is inconsistent: {}", finding.message);
        }
    }
}
