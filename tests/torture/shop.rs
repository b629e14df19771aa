//! Activity of a shop: tills sell, the office edits, and head office renames products.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cafe::{Guests, MENU, Menu};
use serde_json::{Value, json};
use testkit::{Http, eventually};
use uuid::Uuid;

use crate::persistent_client::PersistentClient;
use crate::server::Server;

/// Everything must arrive within this time after the last failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// Number of products that both sides keep changing.
const EDITED: usize = 5;

/// Orders by id, as last acknowledged.
pub type Orders = BTreeMap<String, Value>;

/// A shop: its menu, and the orders acknowledged to its tills.
pub struct Shop {
    /// Its outlet.
    pub server: Arc<Server>,
    /// The client that sells and edits.
    pub admin: PersistentClient,
    menu: Menu,
    sold: Mutex<Orders>,
    closing: AtomicBool,
}

impl Shop {
    /// Opens a shop at a running outlet: the first one gets menu and charges through the API, the others from head
    /// office.
    pub async fn open(server: &Arc<Server>, menu: Option<Menu>) -> Arc<Self> {
        let admin = PersistentClient::at_outlet(server).await;
        let http = admin.http();
        let menu = match menu {
            Some(menu) => {
                eventually("the menu has arrived", || async {
                    http.all("/api/v1/products?limit=500").await.len() == menu.products.len()
                        && http.all("/api/v1/charges?limit=500").await.len() == 2
                })
                .await;
                menu
            }
            None => bring_menu(&http).await,
        };
        let (sold, closing) = (Mutex::default(), AtomicBool::new(false));
        Arc::new(Self { server: Arc::clone(server), admin, menu, sold, closing })
    }

    /// Its menu.
    pub fn menu(&self) -> &Menu {
        &self.menu
    }

    /// All acknowledged orders.
    pub fn sold(&self) -> Orders {
        self.sold.lock().unwrap().clone()
    }

    /// Lets each till finish its last order and end.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    fn is_open(&self) -> bool {
        !self.closing.load(Ordering::Relaxed)
    }

    /// Sells until the shop closes. Some guests pay later, some not at all.
    pub async fn till(self: Arc<Self>, seed: u64, pause: Duration) {
        let mut guests = Guests::new(seed);
        while self.is_open() {
            let lines = guests.lines();
            let mut order = guests.order(&self.menu, lines);
            let id = Uuid::now_v7().to_string();
            order["id"] = json!(id);
            let later = guests.below(10);
            if later < 3 {
                order["payments"] = json!([]);
            }
            let mut acknowledged = self.admin.send("POST", "/api/v1/orders", &order).await;
            assert_eq!(acknowledged["id"], json!(id));
            if later < 2 {
                let payment = json!({"method": "qris", "amount": acknowledged["total"]});
                acknowledged = self.admin.send("POST", &format!("/api/v1/orders/{id}/payments"), &payment).await;
            }
            assert_eq!(acknowledged["status"], if later == 2 { "open" } else { "paid" });
            self.sold.lock().unwrap().insert(id, acknowledged);
            tokio::time::sleep(pause * guests.below(200) as u32 / 100).await;
        }
    }

    /// Keeps changing shared products, and starts a round each time, so that no test waits for a timer.
    pub async fn office(self: Arc<Self>, pause: Duration) {
        for number in (0..).take_while(|_| self.is_open()) {
            let (product, _) = &self.menu.products[number % EDITED];
            let path = format!("/api/v1/products/{product}");
            self.admin.send("PATCH", &path, &json!({"barcode": number.to_string()})).await;
            self.admin.send("POST", "/api/v1/sync/trigger", &json!({})).await;
            tokio::time::sleep(pause).await;
        }
    }

    /// Renames the same products at head office until this shop closes.
    pub async fn head_office(self: Arc<Self>, boss: PersistentClient, pause: Duration) {
        for number in (0..).take_while(|_| self.is_open()) {
            let (product, _) = &self.menu.products[number % EDITED];
            let name = json!({"name": format!("Menu {number}")});
            boss.send("PATCH", &format!("/v1/hq/products/{product}"), &name).await;
            tokio::time::sleep(pause).await;
        }
    }

    /// Waits until the hub has everything.
    pub async fn has_no_local_change(&self) {
        let since = Instant::now();
        loop {
            // The session may be from a clock that has been corrected since.
            let status = self.admin.send("GET", "/api/v1/sync/status", &json!({})).await;
            if status["pending_count"] == 0 {
                let failed = self.admin.send("GET", "/api/v1/sync/failed", &json!({})).await;
                assert_eq!(status["failed_count"], 0, "{}: {failed}", self.server.name);
                assert_eq!(status["conflict_count"], 0, "{}: {status}", self.server.name);
                assert_eq!(status["problem"], Value::Null, "{}: {status}", self.server.name);
                return;
            }
            let name = self.server.name;
            assert!(since.elapsed() < PATIENCE, "{name}: orders are still pending after {PATIENCE:?}: {status}");
            self.admin.send("POST", "/api/v1/sync/trigger", &json!({})).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn bring_menu(admin: &Http) -> Menu {
    let mut products = Vec::new();
    for (name, station, items) in MENU {
        let category = admin.post("/api/v1/categories", &json!({"name": name})).await.data()["id"].clone();
        for (name, price) in *items {
            let product = json!({"name": name, "category_id": category, "price": price, "station": station,
                "variants": cafe::variants(name), "modifier_groups": cafe::modifier_groups(name)});
            let created = admin.post("/api/v1/products", &product).await.data().clone();
            products.push((created["id"].as_str().unwrap().to_owned(), *price));
        }
    }
    for (position, name, kind, rate_bp) in [(1, "Layanan", "service", 500), (2, "PBJT", "tax", 1_000)] {
        let charge = json!({"name": name, "kind": kind, "rate_bp": rate_bp, "position": position});
        admin.post("/api/v1/charges", &charge).await.data();
    }
    Menu { products }
}
