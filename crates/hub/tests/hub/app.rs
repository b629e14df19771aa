//! A hub on a fresh database, an outlet that sends, and the orders that it sells.

use axum::Router;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use hub::staff::{NewUser, Role};
use hub::{Config, FirstAdmin, Hub, outlets, staff};
use protocol::entity::{ValueType, find};
use protocol::updates::UpdatePage;
use serde_json::{Map, Value, json};
use store::{Arg, Fault};
use tower::ServiceExt;

pub struct TestHub {
    pub hub: Hub,
    pub router: Router,
    pub admin: FirstAdmin,
    pub url: String,
    pub config: Config,
    pub dir: testkit::Scratch,
}

/// The fields that an item must have when the hub does not know its shared entity.
pub fn required_fields(entity_type: &str) -> Map<String, Value> {
    let required = find(entity_type).unwrap().fields.iter().filter(|field| field.is_required());
    let value = |value_type| match value_type {
        ValueType::EnumValue(words) => words[0].into(),
        ValueType::Amount | ValueType::Int(..) => 1.into(),
        ValueType::LocalMinute => Value::from("2026-11-22T17:00"),
        _ => Value::from("x"),
    };
    required.map(|field| (field.name.to_owned(), json!([null, value(field.value_type)]))).collect()
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    /// Asserts the status and the stable code, and that the message is not empty.
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.body["error"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.body["success"], false);
        assert!(self.body["message"].as_str().is_some_and(|words| words.ends_with('.')), "{}", self.body);
    }

    /// The data of a 201 answer.
    pub fn created(self) -> Value {
        assert_eq!(self.status, StatusCode::CREATED, "{}", self.body);
        self.body["data"].clone()
    }

    pub fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        assert_eq!(self.body["success"], true);
        self.body["data"].clone()
    }
}

impl TestHub {
    pub async fn start() -> Self {
        Self::configured(Config::default()).await
    }

    /// With these settings, on a fresh database.
    pub async fn configured(config: Config) -> Self {
        let dir = testkit::Scratch::new();
        let url = crate::engine::fresh_database(dir.path());
        Self::on(url, dir, config).await
    }

    /// On this fresh database; `dir` is deleted with the hub.
    pub async fn on(url: String, dir: testkit::Scratch, config: Config) -> Self {
        let snapshots = Some(dir.path().join("snapshots"));
        let config = Config { database_url: url.clone(), snapshots, ..config };
        let (hub, admin) = Hub::open(&config, web::time::now()).await.unwrap();
        Self { router: hub.router(), hub, admin: admin.unwrap(), url, config, dir }
    }

    pub async fn outlet(&self, code: &str) -> TestOutlet {
        let (name, now) = (format!("Kedai {code}"), web::time::now());
        let code = code.to_owned();
        let added = self.hub.store().write(move |tx| outlets::add(tx, &code, &name, now)).await.unwrap();
        TestOutlet::known(self.router.clone(), &added.outlet_id, &added.api_key, &added.outlet_code)
    }

    /// Closes the hub, changes its database with `change`, and opens it again. Outlets must call
    /// [`TestOutlet::connect_to`].
    pub async fn reopen(mut self, change: impl FnOnce(&str)) -> Self {
        self.hub.store().close().await;
        change(&self.url);
        self.hub = Hub::open(&self.config, web::time::now()).await.unwrap().0;
        self.router = self.hub.router();
        self
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        send(&self.router, request).await
    }

    pub async fn log_in(&self, username: &str, password: &str) -> Reply {
        let body = json!({"username": username, "password": password}).to_string();
        self.send(Request::post("/v1/hq/auth/login").body(body.into()).unwrap()).await
    }

    pub async fn admin_token(&self) -> String {
        let data = self.log_in(&self.admin.username, &self.admin.password).await.ok();
        data["token"].as_str().unwrap().to_owned()
    }

    pub async fn add_user(&self, username: &str, role: Role, password: &str) {
        let password_hash = web::secret::hash_pin(password.to_owned()).await.unwrap();
        let user = NewUser { username: username.to_owned(), name: String::new(), role, password_hash };
        self.hub.store().write(move |tx| staff::save(tx, &user, web::time::now())).await.unwrap();
    }

    pub async fn get(&self, path: &str, token: &str) -> Reply {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A request of head office: method and path, token, body unless null, and a version for `If-Match`.
    pub async fn ask(&self, what: &str, token: &str, body: &Value, if_match: Option<i64>) -> Reply {
        let (method, path) = what.split_once(' ').unwrap();
        let mut request =
            Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        if let Some(version) = if_match {
            request = request.header(header::IF_MATCH, version);
        }
        let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
        self.send(request.body(body).unwrap()).await
    }

    pub async fn viewer_token(&self) -> String {
        self.add_user("dewi", Role::Viewer, "rahasia").await;
        let data = self.log_in("dewi", "rahasia").await.ok();
        data["token"].as_str().unwrap().to_owned()
    }

    /// Every row of a query, each as its columns joined by a bar; all columns as text.
    pub async fn rows(&self, columns: &str, rest: &str) -> Vec<String> {
        let columns: Vec<_> = columns.split(',').map(|c| format!("coalesce(cast({c} as text), '')")).collect();
        let sql = format!("select {} {rest}", columns.join(" || '|' || "));
        self.read(move |tx| tx.all(&sql, &[], |row| row.string(0))).await
    }

    pub async fn count(&self, table: &str) -> i64 {
        let sql = format!("select count(*) from {table}");
        self.read(move |tx| tx.first(&sql, &[], |row| row.int(0))).await.unwrap()
    }

    /// Reads, also just after the database was unreachable: each connection waits before it tries again.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnMut(&mut store::Tx<'_>) -> Result<T, Fault> + Clone + Send + 'static,
    ) -> T {
        loop {
            match self.hub.store().read(read.clone()).await {
                Err(Fault::Unreachable(_)) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                read => return read.unwrap(),
            }
        }
    }

    pub async fn execute(&self, sql: &'static str, arg: Option<String>) {
        let done = self.hub.store().write(move |tx| {
            let args: Vec<Arg<'_>> = arg.iter().map(Arg::from).collect();
            tx.execute(sql, &args)
        });
        let done: Result<usize, Fault> = done.await;
        done.unwrap();
    }
}

/// A client on this machine, for a request without a connection.
pub fn peer() -> ConnectInfo<SocketAddr> {
    ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000)))
}

pub async fn send(router: &Router, mut request: Request<Body>) -> Reply {
    request.headers_mut().entry(header::CONTENT_TYPE).or_insert("application/json".parse().unwrap());
    if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
        request.extensions_mut().insert(peer());
    }
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into());
    Reply { status: parts.status, headers: parts.headers, body }
}

/// An outlet, as far as the hub can see.
#[derive(Clone)]
pub struct TestOutlet {
    router: Router,
    pub id: String,
    pub key: String,
    pub epoch: Value,
    pub no: i64,
    pub last: Option<String>,
    pub seq: i64,
}

impl TestOutlet {
    /// An outlet that has sent nothing yet.
    pub fn known(router: Router, id: &str, key: &str, code: &str) -> Self {
        let epoch = json!({"number": 1, "id": format!("epoch of {code}")});
        Self { router, id: id.to_owned(), key: key.to_owned(), epoch, no: 0, last: None, seq: 0 }
    }

    /// The outlet's next batch; the outlet's position does not change.
    pub fn batch(&self, items: &[Value]) -> Value {
        let no = self.no + 1;
        json!({
            "protocol": 1, "epoch": self.epoch, "batch_no": no, "batch_id": format!("{}-{no}-{}", self.id, self.seq),
            "previous_batch_id": self.last, "complete_through": self.seq, "items": items
        })
    }

    /// An item with the next seq.
    pub fn item(&mut self, item: Value) -> Value {
        self.seq += 1;
        let mut whole = json!({
            "operation": "create", "version": 1, "seq": self.seq, "occurred_at": "2026-11-22T10:00:00.000Z"
        });
        whole.as_object_mut().unwrap().extend(item.as_object().unwrap().clone());
        whole
    }

    /// An order, at this version.
    pub fn order(&mut self, version: i64, order: &Value) -> Value {
        self.item(json!({"entity_type": "order", "entity_id": order["id"], "version": version, "data": order}))
    }

    /// A table whose name contains a line separator, which must not split JSON lines.
    pub fn table(&mut self, id: &str) -> Value {
        self.item(json!({"entity_type": "table", "entity_id": id, "data": {"id": id, "name": "Meja 1", "newer": "a\u{2028}b"}}))
    }

    pub fn request(&self, body: Vec<u8>) -> Request<Body> {
        Request::post(format!("/v1/outlets/{}/sync/batch", self.id))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .body(body.into())
            .unwrap()
    }

    pub async fn post(&self, batch: &Value) -> Reply {
        send(&self.router, self.request(batch.to_string().into_bytes())).await
    }

    /// Sends items as the next batch, advances the position, and returns the results of the reply.
    pub async fn push(&mut self, items: &[Value]) -> Vec<Value> {
        let batch = self.batch(items);
        let data = self.post(&batch).await.ok();
        assert_eq!(data["batch_id"], batch["batch_id"]);
        self.advance(&batch);
        data["chain"]["results"].as_array().unwrap().clone()
    }

    /// Sends to this hub from now on.
    pub fn connect_to(&mut self, hub: &TestHub) {
        self.connect_to_router(hub.router.clone());
    }

    /// Sends to this router from now on.
    pub fn connect_to_router(&mut self, router: Router) {
        self.router = router;
    }

    /// The answer to a GET below the outlet's path, with its key.
    pub async fn get(&self, rest: &str) -> Reply {
        let request = Request::get(format!("/v1/outlets/{}/{rest}", self.id));
        let key = format!("Bearer {}", self.key);
        send(&self.router, request.header(header::AUTHORIZATION, key).body(Body::empty()).unwrap()).await
    }

    /// How many permits of a kind are in use at the hub.
    pub async fn permits_in_use(&self, of: &str) -> usize {
        let figures = send(&self.router, Request::get("/metrics").body(Body::empty()).unwrap()).await.body;
        let line = format!("gerai_permits_in_use{{of=\"{of}\"}} ");
        let permits_in_use = figures.as_str().unwrap().lines().find_map(|of| of.strip_prefix(&line)?.parse().ok());
        permits_in_use.unwrap_or_else(|| panic!("no {line}"))
    }

    /// The answer to a POST below the outlet's path, with its key.
    pub async fn ask(&self, rest: &str, body: &Value) -> Reply {
        let request = Request::post(format!("/v1/outlets/{}/{rest}", self.id));
        let key = format!("Bearer {}", self.key);
        send(&self.router, request.header(header::AUTHORIZATION, key).body(body.to_string().into()).unwrap()).await
    }

    /// The page after a cursor.
    pub async fn pull(&self, cursor: &str, rest: &str) -> UpdatePage {
        let cursor = if cursor.is_empty() { String::new() } else { format!("cursor={cursor}&") };
        let at = self.last.as_ref().map_or_else(String::new, |at| format!("at={at}&"));
        serde_json::from_value(self.get(&format!("updates?{cursor}{at}{rest}")).await.ok()).unwrap()
    }

    /// A shared entity with this name that is new to the hub.
    pub fn named(&mut self, entity_type: &str, id: &str, name: &str) -> Value {
        let mut fields = required_fields(entity_type);
        fields.insert("name".to_owned(), json!([null, name]));
        self.item(json!({"entity_type": entity_type, "entity_id": id, "fields": fields}))
    }

    pub fn advance(&mut self, batch: &Value) {
        self.no = batch["batch_no"].as_i64().unwrap();
        self.last = batch["batch_id"].as_str().map(str::to_owned);
    }
}

/// An order of these lines (product, price, qty) and payments, without discount, service and tax.
pub fn order(id: &str, date: &str, status: &str, lines: &[(&str, i64, i64)], payments: &[(&str, i64)]) -> Value {
    let total: i64 = lines.iter().map(|(_, price, qty)| price * qty).sum();
    let paid: i64 = payments.iter().map(|(_, amount)| amount).sum();
    let at = format!("{date}T10:00:00.000Z");
    let lines: Vec<Value> = (0..)
        .zip(lines)
        .map(|(no, (product, price, qty))| {
            json!({"id": format!("{id}-l{no}"), "position": no, "product_id": product, "name": format!("name of {product}"),
                "price": price, "qty": qty, "amount": price * qty, "tax_group": "pbjt", "station": "bar", "note": null})
        })
        .collect();
    let payments: Vec<Value> = (0..)
        .zip(payments)
        .map(|(no, (method, amount))| {
            json!({"id": format!("{id}-p{no}"), "method": method, "amount": amount, "rounding": 0, "tendered": amount,
                "change": 0, "status": "confirmed", "cashier_id": null, "created_at": at})
        })
        .collect();
    json!({"id": id, "order_number": format!("number of {id}"), "business_date": date, "status": status,
        "order_type": "dine_in", "table_number": "4", "customer_name": null, "pax": null, "cashier_id": null,
        "subtotal": total, "discount": 0, "service": 0, "tax": 0, "tax_included": 0, "rounding": 0, "total": total,
        "paid": paid, "void_reason": null, "void_requested_by": null, "voided_by": null, "created_at": at, "paid_at": null, "voided_at": null,
        "lines": lines, "charges": [], "payments": payments})
}

/// A tax of an order, included in its prices.
pub fn tax(name: &str, rate_bp: i64, base: i64, amount: i64) -> Value {
    json!({"id": name, "position": 1, "charge_id": name, "name": name, "kind": "tax", "rate_bp": rate_bp,
        "tax_group": "pbjt", "base": base, "amount": amount, "inclusive": true})
}

/// A refund of an amount of coffee in cash.
pub fn refund(id: &str, order: &str, date: &str, amount: i64) -> Value {
    let line = json!({"id": format!("{id}-l"), "order_line_id": format!("{order}-l0"), "product_id": "coffee",
        "name": "name of coffee", "qty": 1, "qty_scale": 0, "amount": amount, "discount": 0, "service": 0, "tax": 0,
        "tax_included": 0, "restock": false});
    let charge = json!({"id": format!("{id}-c"), "charge_id": "PBJT", "name": "PBJT", "kind": "tax", "rate_bp": 1_000,
        "tax_group": "pbjt", "base": amount, "amount": 0, "inclusive": true});
    let payment = json!({"id": format!("{id}-p"), "method": "cash", "tender_id": null, "tender_name": null,
        "amount": amount, "rounding": 0, "reference": null, "shift_id": null});
    json!({"id": id, "refund_number": format!("number of {id}"), "order_id": order,
        "order_number": format!("number of {order}"), "order_date": "2026-11-22", "business_date": date,
        "shift_id": null, "kind": "lines", "subtotal": amount, "discount": 0, "service": 0, "tax": 0,
        "tax_included": 0, "surplus": 0, "rounding": 0, "total": amount, "reason": "cold", "cashier_id": "u",
        "approved_by": "u", "created_at": format!("{date}T10:00:00.000Z"),
        "lines": [line], "charges": [charge], "payments": [payment]})
}

/// An order of one coffee, paid in cash.
pub fn coffee(id: &str) -> Value {
    order(id, "2026-11-22", "paid", &[("coffee", 20_000, 1)], &[("cash", 20_000)])
}

/// A closed shift of a drawer with 20,000 in cash, of which 500 are missing.
pub fn shift(id: &str, date: &str) -> Value {
    let at = format!("{date}T08:00:00.000Z");
    let tender = json!({"id": format!("{id}-t"), "method": "cash", "payments": 20_000, "reversals": 0, "refunds": 0,
        "expected": 20_000, "counted": 19_500});
    json!({"id": id, "shift_number": format!("number of {id}"), "drawer_id": "d", "drawer_name": "Laci",
        "status": "closed", "business_date": date, "previous_shift_id": null, "opened_by": "u", "opened_at": at,
        "opening_expected": null, "opening_counted": 0, "closed_by": "u", "closed_at": at, "expected": 20_000,
        "counted": 19_500, "left_in_drawer": null, "note": null, "report": null, "movements": [], "counts": [],
        "tenders": [tender]})
}

/// A discount of an order.
pub fn discount(kind: &str, amount: i64) -> Value {
    json!({"id": kind, "position": 1, "line_id": null, "kind": kind, "name": null, "rate_bp": null, "value": amount,
        "amount": amount, "reason": "birthday", "given_by": "u", "approved_by": "u",
        "created_at": "2026-11-22T10:00:00.000Z"})
}
