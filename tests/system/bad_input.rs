//! The outlet answers invalid input with a stable code and a message, and writes nothing of it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Answer, Http, TestOutlet, program};

/// The largest valid price; twice this amount is too large for a sum.
const MAX_PRICE: i64 = 1_000_000_000_000_000;

/// The number of rows of each table, and the counters.
fn rows(outlet: &TestOutlet) -> Vec<(String, i64)> {
    let shell = outlet.shell();
    let mut names = shell.prepare("select name from sqlite_master where type = 'table' order by name").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let count = |name: String| {
        let count = shell.query_row(&format!("select count(*) from \"{name}\""), [], |row| row.get(0)).unwrap();
        (name, count)
    };
    let mut rows: Vec<_> = names.into_iter().map(count).collect();
    let seq = shell.query_row("select seq from sync_context", [], |row| row.get(0)).unwrap();
    rows.push(("the last place in the queue".to_owned(), seq));
    rows
}

/// Asserts that an answer is a refusal in the promised form.
#[track_caller]
fn assert_refusal(answer: &Answer, label: &str) {
    assert!((400..500).contains(&answer.status), "{label}: {} {}", answer.status, answer.text);
    assert_eq!(answer.body["success"], false, "{label}: {}", answer.text);
    let code = answer.body["error"].as_str().unwrap_or_default();
    assert!(!code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{label}: {}", answer.text);
    let message = answer.body["message"].as_str().unwrap_or_default();
    assert!(message.len() > 15 && message.ends_with('.'), "{label}: no message: {}", answer.text);
    for internal in ["rusqlite", "SQLITE", "panicked", "src/", "constraint failed"] {
        assert!(!message.contains(internal), "{label}: not for callers: {message}");
    }
}

/// Sends each request; each is rejected with its code, and nothing is written.
async fn assert_all_refused(outlet: &TestOutlet, requests: Vec<(&str, &str, Vec<u8>, &str)>) {
    let before = rows(outlet);
    for (method, path, body, code) in requests {
        let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        let label = format!("{method} {path} {shown}");
        let answer = Http::send(outlet.admin().request(method, path).body(body)).await;
        assert_refusal(&answer, &label);
        if !code.is_empty() {
            assert_eq!(answer.body["error"], code, "{label}: {}", answer.text);
        }
        assert_eq!(rows(outlet), before, "{label} was rejected but wrote");
    }
}

fn bytes(json: Value) -> Vec<u8> {
    json.to_string().into_bytes()
}

/// A paid order of one line.
fn order(product: &str, qty: i64) -> Value {
    json!({"lines": [{"product_id": product, "qty": qty}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_bodies_are_rejected() {
    let outlet = TestOutlet::alone().await;
    let product = outlet.menu().products[0].0.clone();
    let (orders, products) = ("/api/v1/orders", "/api/v1/products");
    let deep = |open: &str, close: &str| [open.repeat(50_000), close.repeat(50_000)].concat().into_bytes();
    let note = |note: &str| bytes(json!({"lines": [{"product_id": product, "qty": 1, "note": note}]}));
    assert_all_refused(
        &outlet,
        vec![
            ("POST", orders, b"".to_vec(), "malformed_json"),
            ("POST", orders, b"{".to_vec(), "malformed_json"),
            ("POST", orders, b"{\"lines\": [}".to_vec(), "malformed_json"),
            ("POST", orders, b"lines=1".to_vec(), "malformed_json"),
            ("POST", orders, b"{'lines': []}".to_vec(), "malformed_json"),
            ("POST", orders, [bytes(order(&product, 1)), b"{}".to_vec()].concat(), "malformed_json"),
            ("POST", orders, b"{\"lines\": [{\"product_id\": \"\xff\xfe\", \"qty\": 1}]}".to_vec(), ""),
            ("POST", orders, b"\xef\xbb\xbf{}".to_vec(), "malformed_json"),
            ("POST", orders, b"\0\0\0\0".to_vec(), "malformed_json"),
            ("POST", orders, deep("[", "]"), ""),
            ("POST", orders, deep("{\"lines\":", "}"), ""),
            (
                "POST",
                orders,
                bytes(json!({"lines": serde_json::from_str::<Value>(&deep_but_legal()).unwrap()})),
                "invalid_body",
            ),
            ("POST", orders, b"null".to_vec(), "invalid_body"),
            ("POST", orders, b"[]".to_vec(), "invalid_body"),
            ("POST", orders, b"\"order\"".to_vec(), "invalid_body"),
            ("POST", orders, bytes(json!({})), "invalid_body"),
            ("POST", orders, bytes(json!({"lines": null})), "invalid_body"),
            ("POST", orders, bytes(json!({"lines": {}})), "invalid_body"),
            ("POST", orders, bytes(json!({"lines": []})), "invalid_lines"),
            ("POST", orders, bytes(json!({"lines": [[]]})), "invalid_body"),
            (
                "POST",
                orders,
                bytes(json!({"lines": vec![json!({"product_id": product, "qty": 1}); 501]})),
                "invalid_lines",
            ),
            ("POST", orders, bytes(json!({"lines": [{"product_id": product}]})), "invalid_body"),
            ("POST", orders, bytes(json!({"lines": [{"product_id": 7, "qty": 1}]})), "invalid_body"),
            ("POST", orders, bytes(json!({"lines": [{"product_id": product, "qty": "1"}]})), "invalid_body"),
            ("POST", orders, bytes(json!({"lines": [{"product_id": product, "qty": 1.5}]})), "invalid_body"),
            ("POST", orders, bytes(json!({"lines": [{"product_id": product, "qty": true}]})), "invalid_body"),
            ("POST", orders, bytes(json!({"lines": [{"product_id": product, "qty": 1, "price": 1}]})), "invalid_body"),
            ("POST", orders, bytes(json!({"lines": [{"product_id": product, "qty": 1}], "total": 1})), "invalid_body"),
            (
                "POST",
                orders,
                format!("{{\"lines\": [{{\"product_id\": \"{product}\", \"qty\": 1, \"qty\": 2}}]}}").into(),
                "invalid_body",
            ),
            ("POST", orders, bytes(json!({"lines": [{"product_id": "kopi", "qty": 1}]})), "unknown_product"),
            ("POST", orders, bytes(order("00000000-0000-0000-0000-000000000000", 1)), "unknown_product"),
            ("POST", orders, bytes(order("0199f3c2-8a00-7abc-8def-0123456789ff", 1)), "unknown_product"),
            (
                "POST",
                orders,
                bytes(json!({"id": "1; drop table orders", "lines": [{"product_id": product, "qty": 1}]})),
                "invalid_id",
            ),
            (
                "POST",
                orders,
                bytes(json!({"order_type": "drive_in", "lines": [{"product_id": product, "qty": 1}]})),
                "invalid_order_type",
            ),
            ("POST", orders, bytes(json!({"pax": 0, "lines": [{"product_id": product, "qty": 1}]})), "invalid_pax"),
            ("POST", orders, bytes(json!({"pax": -3, "lines": [{"product_id": product, "qty": 1}]})), "invalid_pax"),
            (
                "POST",
                orders,
                bytes(json!({"table_number": "x".repeat(21), "lines": [{"product_id": product, "qty": 1}]})),
                "invalid_text",
            ),
            ("POST", orders, note("tanpa\u{0}gula"), "invalid_text"),
            ("POST", orders, note("\u{7}bel"), "invalid_text"),
            ("POST", orders, note("\u{1b}[2J"), "invalid_text"),
            ("POST", orders, note(&"x".repeat(501)), "invalid_text"),
            ("POST", products, bytes(json!({"name": "", "price": 1})), "invalid_text"),
            ("POST", products, bytes(json!({"name": "   ", "price": 1})), "invalid_text"),
            ("POST", products, bytes(json!({"name": "kopi\u{0}", "price": 1})), "invalid_text"),
            ("POST", products, bytes(json!({"name": "kopi\rsusu", "price": 1})), "invalid_text"),
            ("POST", products, bytes(json!({"name": "x".repeat(201), "price": 1})), "invalid_text"),
            ("POST", products, bytes(json!({"name": "kopi", "price": -1})), "invalid_price"),
            ("POST", products, bytes(json!({"name": "kopi", "price": MAX_PRICE + 1})), "invalid_price"),
            ("POST", products, bytes(json!({"name": "kopi", "price": 1.5})), "invalid_body"),
            ("POST", products, b"{\"name\": \"kopi\", \"price\": 1e300}".to_vec(), "invalid_body"),
            ("POST", products, b"{\"name\": \"kopi\", \"price\": 99999999999999999999}".to_vec(), "invalid_body"),
            ("POST", products, bytes(json!({"name": "kopi", "price": 1, "tax_group": "bebas"})), "invalid_tax_group"),
            ("POST", products, bytes(json!({"name": "kopi", "price": 1, "station": "gudang"})), "invalid_station"),
            ("POST", products, bytes(json!({"name": "kopi", "price": 1, "category_id": "kopi"})), "unknown_category"),
            ("POST", products, bytes(json!({"name": "kopi", "price": 1, "category_id": product})), "unknown_category"),
            ("POST", "/api/v1/categories", bytes(json!({"name": 7})), "invalid_body"),
            ("POST", "/api/v1/users", bytes(json!({"username": "x", "role": "raja", "pin": "1234"})), "invalid_role"),
            ("POST", "/api/v1/users", bytes(json!({"username": "x", "role": "cashier", "pin": "12"})), "invalid_pin"),
            (
                "POST",
                "/api/v1/users",
                bytes(json!({"username": "x", "role": "cashier", "pin": "１２３４"})),
                "invalid_pin",
            ),
            (
                "POST",
                "/api/v1/users",
                bytes(json!({"username": "admin", "role": "cashier", "pin": "1234"})),
                "username_taken",
            ),
            ("POST", "/api/v1/auth/login", bytes(json!({"username": "admin"})), "invalid_body"),
            ("POST", "/api/v1/auth/login", bytes(json!({"username": "admin", "password": 1234})), "invalid_body"),
            ("PUT", "/api/v1/config/outlet", bytes(json!({"cloud_api_url": "ftp://x/v1"})), "invalid_url"),
            ("PUT", "/api/v1/config/outlet", bytes(json!({"sync_interval_minutes": 0})), "invalid_interval"),
            ("PUT", "/api/v1/config/outlet", bytes(json!({"outlet_code": "a\nb\u{0}"})), "invalid_outlet_code"),
        ],
    )
    .await;
}

/// As deep as the JSON reader allows, so that only the shape is invalid.
fn deep_but_legal() -> String {
    ["[".repeat(100), "]".repeat(100)].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn oversized_bodies_are_rejected_before_they_are_read() {
    let outlet = TestOutlet::alone().await;
    let product = outlet.menu().products[0].0.clone();
    let two_mb = 2 << 20;
    let before = rows(&outlet);
    for body in [
        vec![b' '; two_mb],
        bytes(json!({"lines": [{"product_id": product, "qty": 1, "note": "x".repeat(two_mb)}]})),
        [b"{\"lines\": [".to_vec(), b"1,".repeat(two_mb / 2)].concat(),
    ] {
        for path in ["/api/v1/orders", "/api/v1/products", "/api/v1/auth/login"] {
            let request = outlet.admin().request("POST", path).body(body.clone());
            // Rejected as soon as its length is known: the rest may never be sent.
            let Ok(response) = request.send().await else { continue };
            let status = response.status().as_u16();
            assert_eq!(status, 413, "{path}");
            let text = response.text().await.unwrap();
            assert!(text.contains("body_too_large"), "{text}");
        }
    }
    assert_eq!(rows(&outlet), before);
    // The largest valid body is accepted.
    let lines = vec![json!({"product_id": product, "qty": 1, "note": "x".repeat(500)}); 500];
    assert_eq!(outlet.admin().post("/api/v1/orders", &json!({"lines": lines})).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_quantities_and_amounts_are_rejected() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let cheap = outlet.menu().products[0].0.clone();
    let expensive =
        admin.post("/api/v1/products", &json!({"name": "Istana", "price": MAX_PRICE, "tax_group": "none"})).await;
    let expensive = expensive.data()["id"].as_str().unwrap().to_owned();
    let open = admin.post("/api/v1/orders", &order(&cheap, 1)).await;
    let (open, total) = (open.data()["id"].as_str().unwrap().to_owned(), open.data()["total"].as_i64().unwrap());
    let pay = format!("/api/v1/orders/{open}/payments");
    let orders = "/api/v1/orders";
    let payment = |method: &str, amount: i64| bytes(json!({"method": method, "amount": amount}));
    let paid = |payments: Value| bytes(json!({"lines": [{"product_id": cheap, "qty": 1}], "payments": payments}));
    assert_all_refused(
        &outlet,
        vec![
            ("POST", orders, bytes(order(&cheap, 0)), "invalid_quantity"),
            ("POST", orders, bytes(order(&cheap, -1)), "invalid_quantity"),
            ("POST", orders, bytes(order(&cheap, i64::MIN)), ""),
            ("POST", orders, bytes(order(&cheap, i64::MAX)), "amount_too_large"),
            ("POST", orders, bytes(order(&expensive, 2)), "amount_too_large"),
            ("POST", orders, bytes(order(&expensive, MAX_PRICE)), "amount_too_large"),
            // Each line is valid, their sum is not; nor is it with a negative line that would reduce it.
            (
                "POST",
                orders,
                bytes(json!({"lines": vec![json!({"product_id": expensive, "qty": 1}); 2]})),
                "amount_too_large",
            ),
            (
                "POST",
                orders,
                bytes(json!({"lines": [{"product_id": expensive, "qty": 1}, {"product_id": cheap, "qty": -1}]})),
                "",
            ),
            ("POST", orders, paid(json!([{"method": "cash", "amount": 0}])), "invalid_amount"),
            ("POST", orders, paid(json!([{"method": "cash", "amount": -total}])), "invalid_amount"),
            ("POST", orders, paid(json!([{"method": "card", "amount": total + 1}])), "overpaid"),
            (
                "POST",
                orders,
                paid(json!([{"method": "cash", "amount": total}, {"method": "cash", "amount": 1}])),
                "overpaid",
            ),
            ("POST", orders, paid(json!([{"method": "cash", "amount": i64::MAX}])), "invalid_amount"),
            ("POST", orders, paid(json!([{"method": "emas", "amount": total}])), "invalid_method"),
            ("POST", orders, paid(json!([{"method": "CASH", "amount": total}])), "invalid_method"),
            ("POST", &pay, payment("cash", 0), "invalid_amount"),
            ("POST", &pay, payment("card", -1), "invalid_amount"),
            ("POST", &pay, payment("card", i64::MIN), "invalid_amount"),
            ("POST", &pay, payment("qris", i64::MAX), ""),
            ("POST", &pay, payment("cash", i64::MAX), "invalid_amount"),
            ("POST", &pay, payment("ewallet", total + 1), "overpaid"),
        ],
    )
    .await;
    // The same order can be paid correctly.
    assert_eq!(admin.post(&pay, &json!({"method": "card", "amount": total})).await.data()["status"], "paid");
    assert_eq!(admin.post(&pay, &json!({"method": "card", "amount": 1})).await.refusal(), (409, "already_paid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_methods_and_queries_are_rejected() {
    let outlet = TestOutlet::alone().await;
    let unknown_id = "0199f3c2-8a00-7abc-8def-0123456789ff";
    let mut requests = Vec::new();
    let with_id = |path: &str| path.replace("{id}", unknown_id);
    let paths = ["/api/v1/products/{id}", "/api/v1/categories/{id}", "/api/v1/orders/{id}"].map(with_id);
    for path in &paths {
        requests.push(("GET", path.as_str(), vec![], "not_found"));
    }
    let product = bytes(json!({"name": "Kopi", "price": 1}));
    let (pay, void, user) =
        (with_id("/api/v1/orders/{id}/payments"), with_id("/api/v1/orders/{id}/void"), with_id("/api/v1/users/{id}"));
    requests.extend([
        ("PUT", paths[0].as_str(), product.clone(), "not_found"),
        ("PATCH", paths[0].as_str(), b"{}".to_vec(), "not_found"),
        ("DELETE", paths[0].as_str(), vec![], "not_found"),
        ("PUT", paths[1].as_str(), bytes(json!({"name": "Kopi"})), "not_found"),
        ("DELETE", paths[1].as_str(), vec![], "not_found"),
        ("PATCH", user.as_str(), b"{}".to_vec(), "not_found"),
        ("POST", pay.as_str(), bytes(json!({"method": "cash", "amount": 1})), "not_found"),
        ("POST", void.as_str(), bytes(json!({"reason": "salah", "manager_pin": "1234"})), "not_found"),
        ("GET", "/api/v1/products/%ff%fe", vec![], "invalid_path"),
        ("GET", "/api/v1/orders/%80", vec![], "invalid_path"),
        ("GET", "/api/v1/orders/%00", vec![], "not_found"),
        ("GET", "/api/v1/orders/..%2f..%2fetc%2fpasswd", vec![], "not_found"),
        ("GET", "/api/v1/orders/' or 1=1 --", vec![], "not_found"),
        ("POST", "/api/v1/sync/retry/1.5", vec![], "invalid_path"),
        ("POST", "/api/v1/sync/retry/99999999999999999999", vec![], "invalid_path"),
        ("GET", "/api/v1", vec![], "not_found"),
        ("GET", "/api/v2/orders", vec![], "not_found"),
        ("GET", "/api/v1/orders/", vec![], "not_found"),
        ("GET", "/.env", vec![], "not_found"),
        ("GET", "/pos.db", vec![], "not_found"),
        ("GET", "/docs/../../pos.db", vec![], "not_found"),
        ("DELETE", "/api/v1/orders", vec![], "method_not_allowed"),
        ("GET", "/api/v1/sync/trigger", vec![], "method_not_allowed"),
        ("POST", "/api/v1/sync/status", vec![], "method_not_allowed"),
        ("BREW", "/api/v1/orders", vec![], "method_not_allowed"),
        ("PUT", "/healthz", vec![], "method_not_allowed"),
    ]);
    assert_all_refused(&outlet, requests).await;

    let lists = ["orders", "products", "categories", "users", "sync/logs", "sync/failed", "sync/queue"];
    for list in lists {
        for query in [
            "limit=abc",
            "limit=0",
            "limit=501",
            "limit=-1",
            "limit=1.5",
            "limit=99999999999",
            "limit=",
            "batas=1",
            "limit=1&limit=2",
            "limit=%ff",
        ] {
            let path = format!("/api/v1/{list}?{query}");
            let answer = outlet.admin().get(&path).await;
            assert_refusal(&answer, &path);
            assert_eq!(answer.refusal(), (422, "invalid_query"), "{path}");
        }
        let answer = outlet.admin().get(&format!("/api/v1/{list}?limit=1")).await;
        assert!(answer.data().as_array().unwrap().len() <= 1, "{list}: a page larger than requested");
        // A cursor of another server: a page or a refusal, never a fault.
        for cursor in ["kemarin", "-1", "%00", "%ff", "'%20or%201=1", "9223372036854775808", ""] {
            let path = format!("/api/v1/{list}?cursor={cursor}");
            let answer = outlet.admin().get(&path).await;
            assert!(matches!(answer.status, 200 | 400 | 422), "{path}: {} {}", answer.status, answer.text);
        }
    }
    assert_eq!(outlet.admin().get("/api/v1/sync/logs?cursor=kemarin").await.refusal(), (400, "invalid_cursor"));
}

/// Sends bytes that no client library would send; returns the status line.
fn raw(outlet: &TestOutlet, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(outlet.admin().base().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // The server may disconnect before it has read everything.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_http_is_rejected_and_the_server_continues() {
    let outlet = TestOutlet::alone().await;
    let before = rows(&outlet);
    let long = [b"GET /".to_vec(), b"x".repeat(100_000), b" HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()].concat();
    let headers = [b"GET / HTTP/1.1\r\nhost: x\r\n".to_vec(), b"a: b\r\n".repeat(5_000), b"\r\n".to_vec()].concat();
    for request in [
        &b"halo\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /api/v1/orders/\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/v1/orders HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/v1/orders HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhallo!",
        b"POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{\"username\"",
        &long,
        &headers,
    ] {
        let reply = raw(&outlet, request);
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]).into_owned();
        // The connection may also just end; a success or a server error must not come.
        assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 4"), "{shown:?}: {reply}");
    }
    assert_eq!(rows(&outlet), before);
    assert_eq!(outlet.admin().get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_if_match_changes_nothing() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let product = format!("/api/v1/products/{}", outlet.menu().products[0].0);
    let send = async |value: &[u8]| {
        let value = reqwest::header::HeaderValue::from_bytes(value).unwrap();
        Http::send(admin.request("PATCH", &product).header("if-match", value).body("{\"price\": 1}")).await
    };
    let before = admin.get(&product).await.body;
    for value in [&b""[..], b"abc", b"1, 2", b"W/\"1\"", b"1.0", b"99999999999999999999", b"\xff\xfe", b"\"\"", b"null"]
    {
        let answer = send(value).await;
        assert_eq!(
            answer.refusal(),
            (400, "invalid_if_match"),
            "{:?}: {}",
            String::from_utf8_lossy(value),
            answer.text
        );
    }
    for value in [&b"0"[..], b"2", b"-1", b"\"7\""] {
        assert_eq!(send(value).await.refusal(), (412, "version_mismatch"));
    }
    assert_eq!(admin.get(&product).await.body, before);
    assert_eq!(send(b"\"1\"").await.data()["version"], 2);
    assert_eq!(send(b"*").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn idempotency_keys_give_one_order_and_one_answer() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let product = outlet.menu().products[0].0.clone();
    let send = async |path: &str, key: &[u8], body: &Value| {
        let key = reqwest::header::HeaderValue::from_bytes(key).unwrap();
        Http::send(admin.request("POST", path).header("idempotency-key", key).body(body.to_string())).await
    };
    let body = order(&product, 1);
    let before = rows(&outlet);
    for key in [&b""[..], &[b'k'; 201], b"\xff\xfe", "kunci\u{e9}".as_bytes()] {
        let answer = send("/api/v1/orders", key, &body).await;
        assert_eq!(answer.refusal(), (400, "invalid_idempotency_key"), "{}", answer.text);
    }
    // A refusal is not stored: the corrected command may use its key.
    assert_eq!(send("/api/v1/orders", b"k", &order(&product, 0)).await.refusal(), (422, "invalid_quantity"));
    assert_eq!(rows(&outlet), before);

    let first = send("/api/v1/orders", b"k", &body).await;
    assert_eq!(first.status, 201);
    let after = rows(&outlet);
    for _ in 0..3 {
        let again = send("/api/v1/orders", b"k", &body).await;
        assert_eq!((again.status, &again.text), (first.status, &first.text), "the same answer, byte for byte");
    }
    for other in [order(&product, 2), json!({"lines": [{"qty": 1, "product_id": product, "note": "x"}]})] {
        assert_eq!(send("/api/v1/orders", b"k", &other).await.refusal(), (422, "idempotency_key_reused"));
    }
    // A key is valid for one command only.
    let id = first.data()["id"].as_str().unwrap();
    let pay = json!({"method": "card", "amount": first.data()["total"]});
    let answer = send(&format!("/api/v1/orders/{id}/payments"), b"k", &pay).await;
    assert_eq!(answer.refusal(), (422, "idempotency_key_reused"));
    assert_eq!(rows(&outlet), after);

    // A payment whose answer was lost counts once.
    let paid = send(&format!("/api/v1/orders/{id}/payments"), b"k2", &pay).await;
    let again = send(&format!("/api/v1/orders/{id}/payments"), b"k2", &pay).await;
    assert_eq!((paid.status, &paid.text), (again.status, &again.text));
    assert_eq!(paid.data()["payments"].as_array().map(Vec::len), Some(1));

    // Twenty at once, as an impatient till sends them: one order.
    let mut body = order(&product, 1);
    body["customer_name"] = json!("Budi");
    let before = admin.all("/api/v1/orders?limit=500").await.len();
    let sending = (0..20).map(|_| {
        let (admin, body) = (admin.clone(), body.to_string());
        tokio::spawn(async move {
            Http::send(admin.request("POST", "/api/v1/orders").header("idempotency-key", "k3").body(body)).await
        })
    });
    let mut ids = Vec::new();
    for sent in sending.collect::<Vec<_>>() {
        let answer = sent.await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text);
        ids.push(answer.data()["id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one order, answered twenty times");
    assert_eq!(admin.all("/api/v1/orders?limit=500").await.len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_twice_is_one_order() {
    let outlet = TestOutlet::alone().await;
    let product = outlet.menu().products[0].0.clone();
    let id = "0199f3c2-8a00-7abc-8def-0123456789ff";
    let mut body = order(&product, 1);
    body["id"] = json!(id);
    outlet.admin().post("/api/v1/orders", &body).await.data();
    let before = rows(&outlet);
    // Also in other forms of the same UUID, and with other content.
    for same in [id.to_owned(), id.to_uppercase(), id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}")] {
        for qty in [1, 2] {
            let mut body = order(&product, qty);
            body["id"] = json!(same);
            let answer = outlet.admin().post("/api/v1/orders", &body).await;
            assert_eq!(answer.refusal(), (409, "id_taken"), "{same}: {}", answer.text);
        }
    }
    assert_eq!(rows(&outlet), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_of_two_concurrent_payments_succeeds() {
    let outlet = TestOutlet::alone().await;
    let product = outlet.menu().products[0].0.clone();
    let (one, two) = (outlet.admin().clone(), outlet.member("cashier").await);
    for round in 0..15 {
        let open = one.post("/api/v1/orders", &order(&product, 1)).await;
        let id = open.data()["id"].as_str().unwrap().to_owned();
        let pay = json!({"method": if round % 2 == 0 { "cash" } else { "qris" }, "amount": open.data()["total"]});
        let path = format!("/api/v1/orders/{id}/payments");
        let void = json!({"reason": "batal", "manager_pin": "1234"});
        let void_path = format!("/api/v1/orders/{id}/void");
        let answers = if round % 3 == 2 {
            // Or one pays while the other voids it.
            tokio::join!(one.post(&path, &pay), two.post(&void_path, &void))
        } else {
            tokio::join!(one.post(&path, &pay), two.post(&path, &pay))
        };
        let answers = [answers.0, answers.1];
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 1), "{answers:#?}");
        assert!([(409, "already_paid"), (409, "order_void")].contains(&lost[0].refusal()), "{}", lost[0].text);
        let order = one.get(&format!("/api/v1/orders/{id}")).await;
        let paid = order.data()["status"] == "paid";
        assert_eq!(order.data()["payments"].as_array().unwrap().len(), usize::from(paid), "{}", order.text);
        assert_eq!(order.data()["paid"], if paid { order.data()["total"].clone() } else { json!(0) });
    }
}

/// A sqlite3 shell with an open transaction, left by someone who was called away.
struct OpenTransaction {
    shell: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl OpenTransaction {
    fn begin(outlet: &TestOutlet) -> Self {
        let mut shell = program("sqlite3")
            .args(["-bail", "-cmd", ".timeout 5000"])
            .arg(outlet.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (shell.stdin.take().unwrap(), shell.stdout.take().unwrap());
        let mut transaction = Self { shell, input, output };
        transaction.send("begin immediate;\n.print begun\n", b"begun\n");
        transaction
    }

    /// Sends a line and waits until the shell has executed it.
    fn send(&mut self, line: &str, answer: &[u8]) {
        self.input.write_all(line.as_bytes()).unwrap();
        self.input.flush().unwrap();
        let mut reply = vec![0; answer.len()];
        self.output.read_exact(&mut reply).unwrap();
        assert_eq!(reply, answer);
    }

    fn release(mut self) {
        self.send("commit;\n.print ended\n", b"ended\n");
    }
}

impl Drop for OpenTransaction {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_waits_for_an_open_shell_transaction() {
    let outlet = TestOutlet::alone().await;
    let product = outlet.menu().products[0].0.clone();
    let transaction = OpenTransaction::begin(&outlet);
    let (till, body) = (outlet.admin().clone(), order(&product, 1));
    let sale = tokio::spawn(async move { till.post("/api/v1/orders", &body).await });
    // Meanwhile all reads are answered.
    for path in ["/api/v1/orders", "/api/v1/products", "/api/v1/sync/status", "/readyz", "/healthz", "/metrics"] {
        let began = Instant::now();
        assert_eq!(outlet.admin().get(path).await.status, 200, "{path}");
        assert!(began.elapsed() < Duration::from_secs(2), "{path} waited {:?}", began.elapsed());
    }
    assert!(!sale.is_finished(), "the write waits");
    transaction.release();
    let answer = sale.await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_open_transaction_rejects_one_sale_and_later_ones_work() {
    let outlet = TestOutlet::alone().await;
    let product = outlet.menu().products[0].0.clone();
    let body = order(&product, 1);
    let before = rows(&outlet);
    let transaction = OpenTransaction::begin(&outlet);
    let began = Instant::now();
    let response = outlet.admin().request("POST", "/api/v1/orders").body(body.to_string()).send().await.unwrap();
    let waited = began.elapsed();
    assert_eq!(response.status().as_u16(), 503);
    assert!(response.headers().contains_key("retry-after"), "{:?}", response.headers());
    let reply: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!((&reply["success"], &reply["error"]), (&json!(false), &json!("database_busy")), "{reply}");
    assert!(reply["message"].as_str().unwrap().contains("sqlite3 shell"), "the message says what to do: {reply}");
    assert!(waited > Duration::from_secs(4) && waited < Duration::from_secs(9), "about 5 s, not {waited:?}");
    transaction.release();
    assert_eq!(rows(&outlet), before, "nothing of it was written, then or later");
    assert_eq!(outlet.admin().post("/api/v1/orders", &body).await.status, 201);
}

// Permissions

/// Moves the end of all waits into the past, as if the time had passed.
fn wait_out_the_lock(outlet: &TestOutlet) {
    outlet.shell().execute("update sign_ins set locked_until = '2020-01-01T00:00:00.000Z'", []).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_pins_delay_longer_each_time_and_nobody_else() {
    let outlet = TestOutlet::alone().await;
    outlet.member("cashier").await;
    outlet.member("waiter").await;
    let anybody = Http::new(outlet.admin().base());
    let send = async |username: &str, pin: &str| {
        let body = json!({"username": username, "password": pin}).to_string();
        let response = anybody.request("POST", "/api/v1/auth/login").body(body).send().await.unwrap();
        let wait: Option<u64> = response.headers().get("retry-after").map(|v| v.to_str().unwrap().parse().unwrap());
        let status = response.status().as_u16();
        (status, wait, response.text().await.unwrap())
    };
    for _ in 0..5 {
        let (status, wait, text) = send("cashier", "0000").await;
        assert_eq!((status, wait), (401, None), "{text}");
    }
    let mut waits = Vec::new();
    for _ in 0..3 {
        // The right PIN waits too: otherwise the wait would reveal it.
        let (status, wait, text) = send("cashier", "2468").await;
        assert_eq!(status, 429, "{text}");
        assert!(text.contains("\"too_many_attempts\"") && text.contains("try again in"), "{text}");
        waits.push(wait.unwrap());
        wait_out_the_lock(&outlet);
        assert_eq!(send("cashier", "0000").await.0, 401, "one more attempt, wrong again");
    }
    assert!((25..=31).contains(&waits[0]), "{waits:?}");
    assert!(
        waits.is_sorted_by(|shorter, longer| *longer > shorter + shorter / 2),
        "each about twice as long: {waits:?}"
    );
    // Other users at the same till are not affected, and sessions continue.
    assert_eq!(send("waiter", "2468").await.0, 200);
    assert_eq!(outlet.admin().get("/api/v1/orders").await.status, 200);
    // The right PIN after the wait resets the count.
    wait_out_the_lock(&outlet);
    assert_eq!(send("cashier", "2468").await.0, 200);
    assert_eq!(send("cashier", "0000").await.0, 401);
    assert_eq!(send("cashier", "2468").await.0, 200);
    // The answer does not reveal which users exist.
    assert_eq!(send("hantu", "0000").await.2, send("waiter", "0000").await.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_wrong_pins_are_counted() {
    let outlet = TestOutlet::alone().await;
    outlet.member("cashier").await;
    let anybody = Http::new(outlet.admin().base());
    let attempts: Vec<_> = (0..30)
        .map(|n| {
            let (http, body) = (anybody.clone(), json!({"username": "cashier", "password": format!("{n:04}")}));
            tokio::spawn(async move { http.post("/api/v1/auth/login", &body).await.status })
        })
        .collect();
    let mut checked = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            401 => checked += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert!(checked <= 5, "{checked} PINs were tried before the lock");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_manager_pins_lock_the_guesser() {
    let outlet = TestOutlet::alone().await;
    let product = outlet.menu().products[0].0.clone();
    let waiter = outlet.member("waiter").await;
    let open = waiter.post("/api/v1/orders", &order(&product, 1)).await;
    let void = format!("/api/v1/orders/{}/void", open.data()["id"].as_str().unwrap());
    for pin in ["0000", "1111", "2468", "9999", "8888"] {
        // The waiter's own PIN is not a manager's PIN.
        let answer = waiter.post(&void, &json!({"reason": "batal", "manager_pin": pin})).await;
        assert_eq!(answer.refusal(), (403, "wrong_manager_pin"), "{}", answer.text);
    }
    let answer = waiter.post(&void, &json!({"reason": "batal", "manager_pin": "1234"})).await;
    assert_eq!(answer.refusal(), (429, "too_many_attempts"), "{}", answer.text);
    assert_eq!(waiter.get(void.trim_end_matches("/void")).await.data()["status"], "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_have_only_their_permissions() {
    let outlet = TestOutlet::alone().await;
    let (product, price) = outlet.menu().products[0].clone();
    let id = format!("/api/v1/products/{product}");
    let managers = [
        ("POST", "/api/v1/categories", json!({"name": "Kopi"})),
        ("POST", "/api/v1/products", json!({"name": "Kopi", "price": 1})),
        ("PATCH", id.as_str(), json!({"price": 1})),
        ("PUT", id.as_str(), json!({"name": "Gratis", "price": 0})),
        ("DELETE", id.as_str(), json!({})),
        ("GET", "/api/v1/users", json!({})),
        ("POST", "/api/v1/users", json!({"username": "x", "role": "admin", "pin": "470011"})),
    ];
    let admins = [
        ("GET", "/api/v1/config/outlet", json!({})),
        ("PUT", "/api/v1/config/outlet", json!({"cloud_api_url": "http://pencuri.example/v1"})),
        ("POST", "/api/v1/config/outlet/test", json!({})),
        ("GET", "/api/v1/sync/status", json!({})),
        ("GET", "/api/v1/sync/logs", json!({})),
        ("GET", "/api/v1/sync/failed", json!({})),
        ("GET", "/api/v1/sync/queue", json!({})),
        ("POST", "/api/v1/sync/trigger", json!({})),
        ("POST", "/api/v1/sync/retry/1", json!({})),
    ];
    let mut members = Vec::new();
    for role in ["manager", "cashier", "waiter", "kitchen", "bar"] {
        members.push(outlet.member(role).await);
    }
    let before = rows(&outlet);
    let anybody = Http::new(outlet.admin().base());
    for (member, (role, refused)) in members.into_iter().zip([
        ("manager", [&admins[..]].concat()),
        ("cashier", [&managers[..], &admins].concat()),
        ("waiter", [&managers[..], &admins].concat()),
        ("kitchen", [&managers[..], &admins].concat()),
        ("bar", [&managers[..], &admins].concat()),
    ]) {
        for (method, path, body) in &refused {
            let answer = member.call(method, path, body).await;
            assert_refusal(&answer, path);
            assert_eq!(answer.refusal(), (403, "forbidden"), "{role}: {method} {path}");
            let nobody = anybody.call(method, path, body).await;
            assert_eq!(nobody.refusal(), (401, "unauthorized"), "{method} {path}");
        }
    }
    assert_eq!(rows(&outlet), before);

    // A waiter may take orders but no payments; the kitchen neither.
    let waiter = anybody.log_in("waiter", "2468").await;
    let open = waiter.post("/api/v1/orders", &order(&product, 1)).await;
    let (id, total) = (open.data()["id"].as_str().unwrap(), open.data()["total"].clone());
    let pay = json!({"method": "cash", "amount": total});
    assert_eq!(waiter.post(&format!("/api/v1/orders/{id}/payments"), &pay).await.refusal(), (403, "forbidden"));
    let mut paid = order(&product, 1);
    paid["payments"] = json!([pay]);
    assert_eq!(waiter.post("/api/v1/orders", &paid).await.refusal(), (403, "forbidden"));
    let kitchen = anybody.log_in("kitchen", "2468").await;
    assert_eq!(kitchen.post("/api/v1/orders", &order(&product, 1)).await.refusal(), (403, "forbidden"));
    let cashier = anybody.log_in("cashier", "2468").await;
    assert_eq!(cashier.post(&format!("/api/v1/orders/{id}/payments"), &pay).await.data()["status"], "paid");
    assert_eq!(cashier.get(&format!("/api/v1/products/{product}")).await.data()["price"], price);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_or_demoted_user_loses_access_at_once() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let cashier = outlet.member("cashier").await;
    let users = admin.all("/api/v1/users?limit=500").await;
    let id = users.iter().find(|user| user["username"] == "cashier").unwrap()["id"].as_str().unwrap();
    let path = format!("/api/v1/users/{id}");
    assert_eq!(cashier.get("/api/v1/orders").await.status, 200);

    admin.call("PATCH", &path, &json!({"active": false})).await.data();
    assert_eq!(cashier.get("/api/v1/orders").await.refusal(), (401, "unauthorized"));
    let product = outlet.menu().products[0].0.clone();
    assert_eq!(cashier.post("/api/v1/orders", &order(&product, 1)).await.refusal(), (401, "unauthorized"));
    let log_in = json!({"username": "cashier", "password": "2468"});
    let answer = Http::new(admin.base()).post("/api/v1/auth/login", &log_in).await;
    assert_eq!(answer.refusal(), (401, "invalid_credentials"));

    // Access returns with a new log-in, not with the old token.
    admin.call("PATCH", &path, &json!({"active": true})).await.data();
    assert_eq!(cashier.get("/api/v1/orders").await.refusal(), (401, "unauthorized"));
    let cashier = Http::new(admin.base()).log_in("cashier", "2468").await;
    admin.call("PATCH", &path, &json!({"role": "kitchen"})).await.data();
    assert_eq!(cashier.post("/api/v1/orders", &order(&product, 1)).await.refusal(), (401, "unauthorized"));

    // Also when the shell makes the change, without the server.
    let kitchen = Http::new(admin.base()).log_in("cashier", "2468").await;
    outlet.shell().execute("update users set active = 0 where id = ?1", [id]).unwrap();
    assert_eq!(kitchen.get("/api/v1/orders").await.refusal(), (401, "unauthorized"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_pin_ends_every_other_session() {
    let outlet = TestOutlet::alone().await;
    let first = outlet.member("cashier").await;
    let second = Http::new(first.base()).log_in("cashier", "2468").await;
    let change = |current: &str, new: &str| json!({"current_pin": current, "new_pin": new});

    assert_eq!(first.post("/api/v1/auth/pin", &change("0000", "13579")).await.refusal(), (401, "invalid_credentials"));
    for pin in ["12", "123456789", "abcd", "12 34", ""] {
        assert_eq!(first.post("/api/v1/auth/pin", &change("2468", pin)).await.refusal(), (422, "invalid_pin"), "{pin}");
    }
    assert_eq!(second.get("/api/v1/orders").await.status, 200, "nothing has changed yet");

    let changed = first.post("/api/v1/auth/pin", &change("2468", "13579")).await;
    let renewed = first.with_token(changed.data()["token"].as_str().unwrap());
    assert_eq!(second.get("/api/v1/orders").await.refusal(), (401, "unauthorized"));
    assert_eq!(first.get("/api/v1/orders").await.refusal(), (401, "unauthorized"));
    assert_eq!(renewed.get("/api/v1/orders").await.status, 200);
    let old = json!({"username": "cashier", "password": "2468"});
    assert_eq!(first.post("/api/v1/auth/login", &old).await.refusal(), (401, "invalid_credentials"));

    // Logging out ends this session, logging out everywhere those on other devices too.
    let elsewhere = Http::new(first.base()).log_in("cashier", "13579").await;
    assert_eq!(renewed.post("/api/v1/auth/logout", &json!({})).await.status, 200);
    assert_eq!(renewed.get("/api/v1/orders").await.refusal(), (401, "unauthorized"));
    assert_eq!(elsewhere.get("/api/v1/orders").await.status, 200);
    let third = Http::new(first.base()).log_in("cashier", "13579").await;
    assert_eq!(third.post("/api/v1/auth/logout-everywhere", &json!({})).await.status, 200);
    for session in [&third, &elsewhere] {
        assert_eq!(session.get("/api/v1/orders").await.refusal(), (401, "unauthorized"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_cannot_change_or_become_an_admin() {
    let outlet = TestOutlet::alone().await;
    let manager = outlet.member("manager").await;
    outlet.member("cashier").await;
    let users = outlet.admin().all("/api/v1/users?limit=500").await;
    let path = |name: &str| {
        let user = users.iter().find(|user| user["username"] == name).unwrap();
        format!("/api/v1/users/{}", user["id"].as_str().unwrap())
    };
    for change in [
        json!({"pin": "470011"}),
        json!({"active": false}),
        json!({"role": "cashier"}),
        json!({"name": "X"}),
        json!({}),
    ] {
        let answer = manager.call("PATCH", &path("admin"), &change).await;
        assert_eq!(answer.refusal(), (403, "forbidden"), "{change}: {}", answer.text);
    }
    for name in ["manager", "cashier"] {
        let answer = manager.call("PATCH", &path(name), &json!({"role": "admin"})).await;
        assert_eq!(answer.refusal(), (403, "forbidden"), "{name}: {}", answer.text);
    }
    let new = json!({"username": "raja", "role": "admin", "pin": "470011"});
    assert_eq!(manager.post("/api/v1/users", &new).await.refusal(), (403, "forbidden"));
    assert_eq!(outlet.admin().all("/api/v1/users?limit=500").await, users, "no user was changed");
    outlet.status().await;
    // A manager may use the permissions of the role.
    manager.call("PATCH", &path("cashier"), &json!({"pin": "97531"})).await.data();
    // The last admin stays an admin.
    let answer = outlet.admin().call("PATCH", &path("admin"), &json!({"active": false})).await;
    assert_eq!(answer.refusal(), (409, "last_admin"));
}
