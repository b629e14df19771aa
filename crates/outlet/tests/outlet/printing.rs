//! Printers: each paper comes out once, or is marked; a printer that fails delays nobody.

use std::time::{Duration, Instant};

use access::session::CurrentUser;
use outlet::printing::Patience;
use serde_json::{Value, json};
use shop::printing::print::{self, Wanted};
use testkit::{Answer, FakePrinter, Http, Mood, PRINTERS_PATIENCE, TestHub, TestOutlet, eventually};

/// An outlet with a printer for receipts.
struct Shop {
    outlet: TestOutlet,
    printer: FakePrinter,
    id: String,
}

impl Shop {
    async fn open() -> Self {
        Self::of(TestOutlet::alone().await).await
    }

    async fn of(outlet: TestOutlet) -> Self {
        let printer = FakePrinter::start().await;
        let id = add(&outlet, &printer, json!({"name": "Kasir", "kind": "receipt", "kick": true})).await;
        Self { outlet, printer, id }
    }

    fn admin(&self) -> &Http {
        self.outlet.admin()
    }

    /// Sells two pieces of the first product for cash.
    async fn sell(&self) -> Value {
        let product = &self.outlet.menu().products[0].0;
        let new =
            json!({"lines": [{"product_id": product, "qty": 2}], "payments": [{"method": "cash", "amount": 500_000}]});
        self.admin().post("/api/v1/orders", &new).await.data().clone()
    }

    /// Orders a piece without paying.
    async fn order(&self) -> Value {
        let product = &self.outlet.menu().products[0].0;
        self.admin().post("/api/v1/orders", &json!({"lines": [{"product_id": product, "qty": 1}]})).await.data().clone()
    }

    async fn print(&self, order: &Value, body: Value) -> Answer {
        self.admin().post(&format!("/api/v1/orders/{}/print", id(order)), &body).await
    }

    async fn jobs(&self) -> Vec<Value> {
        jobs(self.admin()).await
    }

    /// Waits until the newest job has this state.
    async fn is(&self, state: &str) -> Value {
        eventually(state, || async { self.jobs().await[0]["state"] == state }).await;
        self.jobs().await[0].clone()
    }

    /// Waits until the newest job has failed so many times.
    async fn tried(&self, attempts: i64) -> Value {
        let has_failed = |job: &Value| {
            let state = job["state"].as_str().unwrap();
            job["attempts"].as_i64().unwrap() >= attempts && (state == "queued" || state == "doubtful")
        };
        eventually("attempts", || async { has_failed(&self.jobs().await[0]) }).await;
        self.jobs().await[0].clone()
    }

    async fn change(&self, change: Value) {
        let path = format!("/api/v1/printers/{}", self.id);
        self.admin().call("PATCH", &path, &change).await.data();
    }
}

async fn jobs(admin: &Http) -> Vec<Value> {
    admin.get("/api/v1/print-jobs").await.data().as_array().unwrap().clone()
}

async fn add(outlet: &TestOutlet, printer: &FakePrinter, mut body: Value) -> String {
    body["address"] = json!("127.0.0.1");
    body["port"] = json!(printer.port());
    id(outlet.admin().post("/api/v1/printers", &body).await.data()).to_owned()
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

/// So long after a deed, the list may have forgotten its first paper.
const LATER: jiff::SignedDuration = jiff::SignedDuration::from_hours(48);

/// A cashier, at a till or at none.
fn user(device_id: Option<&str>) -> CurrentUser {
    let device_id = device_id.map(str::to_owned);
    CurrentUser { id: "u".to_owned(), role: domain::Role::Cashier, device_id, session: None }
}

const OPEN_DRAWER: &[u8] = b"\x1bp\x00\x19\xfa";

fn opens_drawer(paper: &[u8]) -> bool {
    paper.windows(OPEN_DRAWER.len()).any(|bytes| bytes == OPEN_DRAWER)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_prints_the_receipt_and_opens_the_drawer() {
    let shop = Shop::open().await;
    let started = Instant::now();
    let order = shop.sell().await;
    let job = shop.is("done").await;
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!((&job["kind"], &job["ref"], &job["copy_no"]), (&json!("receipt"), &order["id"], &json!(0)));
    assert_eq!((&job["printer_name"], &job["title"]), (&json!("Kasir"), &order["order_number"]));
    let papers = shop.printer.papers();
    assert!(papers.len() == 1 && opens_drawer(&papers[0]));
    let text = &shop.printer.texts()[0];
    for part in [order["order_number"].as_str().unwrap(), "TOTAL", "Tunai", "Kembali"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert!(!text.contains("SALINAN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cash_opens_the_drawer_without_paper_if_the_shop_prints_no_receipts() {
    let shop = Shop::open().await;
    let settings = shop.admin().get("/api/v1/config/shop").await.data().clone();
    assert_eq!(settings["print_receipt"], true);
    let body = json!({"zone": "Asia/Jakarta", "cutoff_minutes": 0, "cash_rounding_step": 0,
        "cash_rounding_mode": "nearest", "print_receipt": false});
    shop.admin().call("PUT", "/api/v1/config/shop", &body).await.data();
    let order = shop.sell().await;
    assert_eq!(shop.is("done").await["kind"], "drawer");
    let papers = shop.printer.papers();
    assert!(opens_drawer(&papers[0]) && papers[0].len() < 20);
    // The first paper on request is the original.
    shop.print(&order, json!({"kind": "receipt"})).await.data();
    assert_eq!(shop.is("done").await["copy_no"], 0);
    // Another method leaves the drawer shut.
    let product = &shop.outlet.menu().products[0].0;
    let new = json!({"lines": [{"product_id": product, "qty": 1}]});
    let order = shop.admin().post("/api/v1/orders", &new).await.data().clone();
    let pay = json!({"method": "card", "amount": order["total"]});
    shop.admin().post(&format!("/api/v1/orders/{}/payments", id(&order)), &pay).await.data();
    assert_eq!(shop.jobs().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_receipt_is_a_numbered_copy_and_a_bill_says_that_it_is_not_paid() {
    let shop = Shop::open().await;
    let order = shop.sell().await;
    shop.is("done").await;
    for copy in 1..=2 {
        let job = shop.print(&order, json!({"kind": "receipt"})).await.data().clone();
        assert_eq!(job["copy_no"], copy);
        shop.is("done").await;
        let text = shop.printer.texts().pop().unwrap();
        assert_eq!(text.matches(&format!("SALINAN {copy}")).count(), 2, "{text}");
        assert!(!opens_drawer(shop.printer.papers().last().unwrap()), "a copy opens no drawer");
    }
    assert_eq!(shop.print(&order, json!({"kind": "bill"})).await.refusal(), (409, "already_paid"));
    let open = shop.order().await;
    assert_eq!(shop.print(&open, json!({"kind": "receipt"})).await.refusal(), (409, "not_paid"));
    shop.print(&open, json!({"kind": "bill", "language": "en"})).await.data();
    shop.is("done").await;
    assert_eq!(shop.printer.texts().pop().unwrap().matches("BILL - NOT PAID").count(), 2);
    let events = shop.admin().get("/api/v1/audit?limit=3").await.data().clone();
    let actions: Vec<_> = events.as_array().unwrap().iter().map(|event| event["action"].clone()).collect();
    assert_eq!(actions, ["bill_printed", "receipt_printed", "receipt_printed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_refused_before_its_first_byte_is_printed_once_later() {
    let mut shop = Shop::open().await;
    shop.printer.switch_off().await;
    let started = Instant::now();
    shop.sell().await;
    assert!(started.elapsed() < Duration::from_secs(2), "a dead printer delays no sale");
    let job = shop.tried(2).await;
    assert_eq!((&job["state"], &job["error"]), (&json!("queued"), &json!("unreachable")));
    shop.printer.switch_on();
    let job = shop.is("done").await;
    assert_eq!((&job["error"], &job["possible_copy"]), (&Value::Null, &json!(false)));
    let texts = shop.printer.texts();
    assert!(texts.len() == 1 && !texts[0].contains("MUNGKIN SALINAN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_without_paper_prints_when_it_has_paper_again() {
    let shop = Shop::open().await;
    shop.printer.set(Mood::PaperOut);
    shop.sell().await;
    assert_eq!(shop.tried(1).await["error"], "paper_out");
    shop.printer.set(Mood::Works);
    shop.is("done").await;
    let texts = shop.printer.texts();
    assert!(texts.len() == 1 && !texts[0].contains("MUNGKIN SALINAN"), "{texts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_failed_after_its_first_byte_is_tried_once_more_with_a_mark() {
    let shop = Shop::open().await;
    shop.printer.set(Mood::DiesAfter(40));
    shop.sell().await;
    let job = shop.tried(1).await;
    assert_eq!((&job["state"], &job["possible_copy"]), (&json!("doubtful"), &json!(true)));
    shop.printer.set(Mood::Works);
    shop.is("done").await;
    let papers = shop.printer.papers();
    let text = shop.printer.texts().pop().unwrap();
    assert_eq!(papers.len(), 2);
    assert_eq!(text.matches("MUNGKIN SALINAN / POSSIBLE COPY").count(), 2);
    assert!(!opens_drawer(&papers[1]), "the drawer has opened before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_failed_twice_after_its_first_byte_is_left_to_a_person() {
    let shop = Shop::open().await;
    shop.printer.set(Mood::DiesAfter(40));
    let order = shop.sell().await;
    let job = shop.is("failed").await;
    assert_eq!((&job["attempts"], &job["done_at"].is_string()), (&json!(2), &true));
    shop.printer.set(Mood::Works);
    let path = format!("/api/v1/print-jobs/{}/retry", id(&job));
    assert_eq!(shop.admin().post(&path, &json!({})).await.data()["ref"], order["id"]);
    shop.is("done").await;
    assert!(shop.printer.texts().pop().unwrap().contains("MUNGKIN SALINAN"));
    assert_eq!(shop.admin().post(&path, &json!({})).await.refusal(), (409, "print_job_done"));
    let missing = shop.admin().post("/api/v1/print-jobs/x/retry", &json!({})).await;
    assert_eq!(missing.refusal(), (404, "not_found"));
}

/// T44: a printer that answered after the time-out had printed, and the receipt came out twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_answers_too_late_prints_the_second_paper_with_a_mark() {
    let shop = Shop::open().await;
    shop.printer.set(Mood::LateAnswer(Duration::from_secs(3)));
    shop.sell().await;
    assert_eq!(shop.tried(1).await["error"], "no_answer");
    shop.printer.set(Mood::Works);
    shop.is("done").await;
    let texts = shop.printer.texts();
    assert_eq!(texts.len(), 2);
    assert!(!texts[0].contains("MUNGKIN SALINAN") && texts[1].contains("MUNGKIN SALINAN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_answers_nothing_or_nonsense_prints_all_the_same() {
    for mood in [Mood::Mute, Mood::Garbage] {
        let shop = Shop::open().await;
        shop.printer.set(mood);
        shop.sell().await;
        shop.is("done").await;
        assert_eq!(shop.printer.papers().len(), 1, "{mood:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_answered_before_and_is_silent_gets_no_byte() {
    let shop = Shop::open().await;
    shop.sell().await;
    shop.is("done").await;
    shop.printer.set(Mood::HalfDead);
    shop.sell().await;
    let job = shop.tried(1).await;
    assert_eq!((&job["state"], &job["error"]), (&json!("queued"), &json!("no_answer")));
    shop.printer.set(Mood::Slow(Duration::from_millis(300)));
    shop.is("done").await;
    assert_eq!(shop.printer.papers().len(), 2);
}

/// T46: one dead printer stopped all.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_printer_delays_no_other_printer() {
    let shop = Shop::open().await;
    let mut dead = FakePrinter::start().await;
    dead.switch_off().await;
    let dead_id = add(&shop.outlet, &dead, json!({"name": "Dapur", "kind": "kitchen", "stations": ["kitchen"]})).await;
    shop.admin().post(&format!("/api/v1/printers/{dead_id}/test"), &json!({})).await.data();
    for _ in 0..5 {
        shop.sell().await;
    }
    eventually("five receipts", || async { shop.printer.papers().len() == 5 }).await;
    let waiting = shop.admin().get("/api/v1/print-jobs?state=queued").await.data().clone();
    assert_eq!((waiting.as_array().unwrap().len(), &waiting[0]["kind"]), (1, &json!("test")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fallback_printer_takes_over_after_three_failures() {
    let mut shop = Shop::open().await;
    let other = FakePrinter::start().await;
    let other_id = add(&shop.outlet, &other, json!({"name": "Bar", "kind": "bar"})).await;
    shop.change(json!({"fallback_id": other_id})).await;
    shop.printer.switch_off().await;
    shop.sell().await;
    let job = shop.is("done").await;
    assert_eq!((&job["printer_id"], &job["moved_from"]), (&json!(other_id), &json!(shop.id)));
    assert_eq!(other.papers().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_comes_too_late_expires_with_an_alarm() {
    let mut shop = Shop::open().await;
    shop.change(json!({"stations": ["kitchen"], "expire_minutes": 1})).await;
    shop.printer.switch_off().await;
    let queued = shop.outlet.app().db.write(|tx| {
        // A ticket of half an hour ago.
        let made = web::time::now() - jiff::SignedDuration::from_mins(30);
        shop::printing::enqueue_ticket(
            tx,
            access::audit::Author::default(),
            (domain::Station::Kitchen, "o"),
            empty_ticket(),
            0,
            made,
        )
    });
    assert_eq!(queued.await.unwrap().len(), 1);
    let job = shop.is("expired").await;
    assert_eq!((&job["kind"], &job["attempts"]), (&json!("ticket"), &json!(0)));
    let alarm = alarm(&shop).await.unwrap();
    assert!(alarm["message"].as_str().unwrap().contains("did not come out"), "{alarm}");
    assert!(shop.printer.papers().is_empty());
}

async fn alarm(shop: &Shop) -> Option<Value> {
    let status = shop.admin().get("/api/v1/status").await.data().clone();
    status["alarms"].as_array().unwrap().iter().find(|alarm| alarm["code"] == "printers_failing").cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_fails_for_long_is_an_alarm_for_everyone() {
    let mut shop = Shop::open().await;
    shop.printer.switch_off().await;
    shop.sell().await;
    shop.tried(1).await;
    shop.outlet.shell().execute("update printer_states set failing_since = '2026-01-01T00:00:00.000Z'", []).unwrap();
    let waiter = shop.outlet.member("waiter").await;
    let status = waiter.get("/api/v1/status").await.data().clone();
    let alarm = status["alarms"].as_array().unwrap().iter().find(|alarm| alarm["code"] == "printers_failing");
    assert!(alarm.unwrap()["message"].as_str().unwrap().contains("'Kasir'"), "{status}");
    shop.printer.switch_on();
    shop.is("done").await;
    let state: Option<String> =
        shop.outlet.shell().query_row("select failing_since from printer_states", [], |row| row.get(0)).unwrap();
    assert_eq!(state, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_survives_a_restart_and_marks_what_was_being_sent() {
    let mut shop = Shop::open().await;
    shop.printer.switch_off().await;
    shop.sell().await;
    shop.tried(1).await;
    shop.sell().await;
    // As if the server had been killed while it sent the second one.
    let sql = "update print_jobs set state = 'sending' where id = (select max(id) from print_jobs)";
    let Shop { outlet, mut printer, id } = shop;
    outlet.shell().execute(sql, []).unwrap();
    let outlet = outlet.restart().await;
    printer.switch_on();
    let shop = Shop { outlet, printer, id };
    eventually("both are done", || async { shop.jobs().await.iter().all(|job| job["state"] == "done") }).await;
    let texts = shop.printer.texts();
    let marked: Vec<_> = texts.iter().map(|text| text.contains("MUNGKIN SALINAN")).collect();
    assert_eq!(marked, [false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jobs_of_a_deleted_printer_fail() {
    let mut shop = Shop::open().await;
    shop.printer.switch_off().await;
    shop.sell().await;
    shop.tried(1).await;
    let path = format!("/api/v1/printers/{}", shop.id);
    assert_eq!(shop.admin().call("DELETE", &path, &Value::Null).await.status, 200);
    let job = shop.is("failed").await;
    assert_eq!((&job["error"], &job["printer_name"]), (&json!("no_printer"), &Value::Null));
    let retry = format!("/api/v1/print-jobs/{}/retry", id(&job));
    assert_eq!(shop.admin().post(&retry, &json!({})).await.refusal(), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_prints_its_copies_at_its_width() {
    let shop = Shop::open().await;
    shop.change(json!({"copies": 2, "width": 48, "cut": false, "kick": false})).await;
    shop.sell().await;
    shop.is("done").await;
    let paper = shop.printer.papers().pop().unwrap();
    let text = shop.printer.texts().pop().unwrap();
    assert_eq!(text.matches("TOTAL").count(), 2);
    assert!(text.contains(&"-".repeat(48)) && !opens_drawer(&paper));
    assert!(!paper.windows(2).any(|bytes| bytes == b"\x1dV"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_text_a_page_and_bytes() {
    let shop = Shop::open().await;
    let order = shop.sell().await;
    let number = order["order_number"].as_str().unwrap();
    for (query, kind) in [
        ("", "text/plain; charset=utf-8"),
        ("?width=48&as=html&language=en", "text/html; charset=utf-8"),
        ("?as=escpos", "application/octet-stream"),
    ] {
        let path = format!("/api/v1/orders/{}/receipt{query}", id(&order));
        let answer = Http::send(shop.admin().request("GET", &path)).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{path}");
        assert!(answer.text.contains(number), "{path}: {}", answer.text);
    }
    for wrong in ["?width=40", "?as=pdf", "?language=nl", "?x=1"] {
        let path = format!("/api/v1/orders/{}/receipt{wrong}", id(&order));
        assert_eq!(shop.admin().get(&path).await.refusal(), (422, "invalid_query"), "{wrong}");
    }
    assert_eq!(shop.admin().get("/api/v1/orders/x/receipt").await.refusal(), (404, "not_found"));
    assert_eq!(shop.jobs().await.len(), 1, "nothing else was printed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_reads_a_receipt_by_its_address_and_can_guess_none() {
    let shop = Shop::open().await;
    let order = shop.sell().await;
    let path = format!("/api/v1/orders/{}/receipt-link", id(&order));
    let link = shop.admin().post(&path, &json!({})).await.data().clone();
    assert_eq!((&link["url"], shop.admin().post(&path, &json!({})).await.data()), (&Value::Null, &link));
    let open = shop.order().await;
    let of_open = format!("/api/v1/orders/{}/receipt-link", id(&open));
    assert_eq!(shop.admin().post(&of_open, &json!({})).await.refusal(), (409, "not_paid"));
    let guest = Http::new(shop.admin().base());
    let page = Http::send(guest.request("GET", link["path"].as_str().unwrap())).await;
    assert!(page.status == 200 && page.text.contains(order["order_number"].as_str().unwrap()), "{}", page.text);
    let wide = Http::send(guest.request("GET", &format!("{}?width=48&fbclid=x", link["path"].as_str().unwrap()))).await;
    assert!(page.text.contains("@page{size:58mm") && wide.text.contains("@page{size:80mm"), "{}", wide.text);
    assert!(page.text.contains(r#"href="?width=48""#), "a reader can choose the paper");
    assert_eq!(page.header("x-robots-tag"), Some("noindex, nofollow"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    let mut refused = Vec::new();
    for guess in 0..12 {
        refused.push(guest.get(&format!("/r/{guess}")).await.status);
    }
    assert_eq!((refused[0], refused[11]), (404, 429));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_has_a_code_if_guests_can_reach_the_server() {
    let shop = Shop::open().await;
    let body = json!({"zone": "Asia/Jakarta", "cutoff_minutes": 0, "cash_rounding_step": 0,
        "cash_rounding_mode": "nearest", "receipt_url": "https://kopi.example/", "legal_name": "PT Kopi",
        "tax_number": "0812345678901000", "regional_tax_number": "P.1", "branch_tax_number": "0812345678901000000001"});
    shop.admin().call("PUT", "/api/v1/config/shop", &body).await.data();
    let order = shop.sell().await;
    shop.is("done").await;
    let path = format!("/api/v1/orders/{}/receipt-link", id(&order));
    let link = shop.admin().post(&path, &json!({})).await.data().clone();
    let url = link["url"].as_str().unwrap();
    assert!(url.starts_with("https://kopi.example/r/"));
    let text = shop.printer.texts().pop().unwrap();
    for part in [url, "NPWP 0812345678901000", "NPWPD P.1", "NITKU 0812345678901000000001"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    let wrong = json!({"zone": "Asia/Jakarta", "cutoff_minutes": 0, "cash_rounding_step": 0,
        "cash_rounding_mode": "nearest", "receipt_url": "kopi.example"});
    assert_eq!(shop.admin().call("PUT", "/api/v1/config/shop", &wrong).await.refusal(), (422, "invalid_url"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_prints_at_its_printer_and_else_at_that_of_its_drawer() {
    let shop = Shop::open().await;
    let second = FakePrinter::start().await;
    let second_id = add(&shop.outlet, &second, json!({"name": "Teras", "kind": "receipt"})).await;
    let order = shop.order().await;
    let of_nobody = shop.print(&order, json!({"kind": "bill"})).await;
    assert_eq!(of_nobody.refusal(), (409, "no_printer"), "no till, two printers");
    let by_name = shop.print(&order, json!({"kind": "bill", "printer_id": second_id})).await.data().clone();
    assert_eq!(by_name["printer_id"], json!(second_id));
    let missing = shop.print(&order, json!({"kind": "bill", "printer_id": "x"})).await;
    assert_eq!(missing.refusal(), (404, "not_found"));
    let till = shop.outlet.shell();
    till.execute_batch(
        "insert into devices (id, name, kind, default_view, lock_after_minutes, series, secret_hash, created_at)
         values ('till', 'Kasir', 'till', 'sell', 10, 'Q', 'q', '2026-11-22T01:00:00.000Z')",
    )
    .unwrap();
    let drawer = json!({"name": "Laci", "printer_id": second_id});
    let drawer = shop.admin().post("/api/v1/drawers", &drawer).await.data()["id"].clone();
    let device = |change: Value| async move { change };
    let change = device(json!({"drawer_id": drawer})).await;
    shop.admin().call("PATCH", "/api/v1/devices/till", &change).await.data();
    let at_till = |order: String| {
        shop.outlet.app().db.write(move |tx| {
            let (user, now) = (user(Some("till")), web::time::now());
            print::print_order(tx, &user, &order, domain::PrintJobKind::Bill, &Wanted::default(), now)
        })
    };
    assert_eq!(at_till(id(&order).to_owned()).await.unwrap().printer_id, second_id);
    let change = json!({"printer_id": shop.id});
    assert_eq!(shop.admin().call("PATCH", "/api/v1/devices/till", &change).await.data()["printer_id"], json!(shop.id));
    assert_eq!(at_till(id(&order).to_owned()).await.unwrap().printer_id, shop.id);
    let unknown = shop.admin().call("PATCH", "/api/v1/devices/till", &json!({"printer_id": "x"})).await;
    assert_eq!(unknown.refusal(), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn shifts_movements_and_refunds_are_printed() {
    let shop = Shop::open().await;
    let drawer = shop.admin().post("/api/v1/drawers", &json!({"name": "Laci"})).await.data()["id"].clone();
    let shift = shop.admin().post("/api/v1/shifts", &json!({"drawer_id": drawer, "opening": 100_000})).await;
    let shift = format!("/api/v1/shifts/{}", id(shift.data()));
    let order = shop.sell().await;
    let out = json!({"kind": "out", "amount": 5_000, "reason": "Es batu"});
    let moved = shop.admin().post(&format!("{shift}/movements"), &out).await.data().clone();
    let movement = id(&moved["movements"][0]).to_owned();
    shop.admin().post(&format!("{shift}/movements/{movement}/print"), &json!({})).await.data();
    shop.is("done").await;
    let text = shop.printer.texts().pop().unwrap();
    assert!(text.contains("KAS KELUAR") && text.contains("Rp 5.000") && text.contains("Es batu"), "{text}");
    let missing = shop.admin().post(&format!("{shift}/movements/x/print"), &json!({})).await;
    assert_eq!(missing.refusal(), (404, "not_found"));
    shop.admin().post(&format!("{shift}/print"), &json!({"language": "en"})).await.data();
    shop.is("done").await;
    let text = shop.printer.texts().pop().unwrap();
    assert!(text.contains("X REPORT") && text.contains("145.820"), "{text}");
    let refund = json!({"amount": 1_000, "reason": "Tumpah", "payments": [{"method": "cash"}]});
    let refund = shop.admin().post(&format!("/api/v1/orders/{}/refunds", id(&order)), &refund).await.data().clone();
    assert_eq!(shop.is("done").await["kind"], "refund");
    assert!(shop.printer.texts().pop().unwrap().contains("PENGEMBALIAN"));
    shop.admin().post(&format!("/api/v1/refunds/{}/print", id(&refund)), &json!({})).await.data();
    assert_eq!(shop.is("done").await["copy_no"], 1);
    shop.admin().post(&format!("{shift}/close"), &json!({"counted": 100_000})).await.data();
    shop.admin().post(&format!("{shift}/print"), &json!({})).await.data();
    shop.is("done").await;
    assert!(shop.printer.texts().pop().unwrap().contains("LAPORAN Z"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cashiers_x_shows_no_cash() {
    let shop = Shop::open().await;
    let cashier = shop.outlet.member("cashier").await;
    let drawer = shop.admin().post("/api/v1/drawers", &json!({"name": "Laci"})).await.data()["id"].clone();
    let shift = cashier.post("/api/v1/shifts", &json!({"drawer_id": drawer, "opening": 123_456})).await.data().clone();
    cashier.post(&format!("/api/v1/shifts/{}/print", id(&shift)), &json!({})).await.data();
    shop.is("done").await;
    let text = shop.printer.texts().pop().unwrap();
    assert!(text.contains("LAPORAN X") && !text.contains("123.456"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_prints_once() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let path = format!("/api/v1/orders/{}/print", id(&order));
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = shop.admin().request("POST", &path).header("idempotency-key", "once");
        answers.push(Http::send(request.body(json!({"kind": "bill"}).to_string())).await.data().clone());
    }
    assert_eq!(answers[0]["id"], answers[1]["id"]);
    shop.is("done").await;
    assert_eq!(shop.jobs().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn printers_are_found_and_tested() {
    let shop = Shop::open().await;
    let find = json!({"port": shop.printer.port()});
    let found = shop.admin().post("/api/v1/printers/find", &find).await.data().clone();
    let here = found.as_array().unwrap().iter().find(|printer| printer["address"] == "127.0.0.1").unwrap();
    assert_eq!((&here["answers"], &here["printer_id"]), (&json!(true), &json!(shop.id)));
    assert_eq!(shop.admin().post("/api/v1/printers/find", &json!({"port": 0})).await.refusal(), (422, "invalid_body"));
    let job = shop.admin().post(&format!("/api/v1/printers/{}/test", shop.id), &json!({})).await.data().clone();
    assert_eq!(job["kind"], "test");
    shop.is("done").await;
    let text = shop.printer.texts().pop().unwrap();
    assert!(text.contains("TEST PAGE") && text.contains("127.0.0.1"), "{text}");
    let missing = shop.admin().post("/api/v1/printers/x/test", &json!({})).await;
    assert_eq!(missing.refusal(), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_is_checked_before_it_is_stored() {
    let shop = Shop::open().await;
    let good = json!({"name": "Bar", "kind": "bar", "address": "printer-1.local"});
    let created = shop.admin().post("/api/v1/printers", &good).await.data().clone();
    let defaults = json!([9_100, 32, [], "pc437", true, false, 1, null, 30, true]);
    let names =
        ["port", "width", "stations", "codepage", "cut", "kick", "copies", "fallback_id", "expire_minutes", "active"];
    assert_eq!(json!(names.map(|name| created[name].clone())), defaults);
    for (field, value, code) in [
        ("address", json!("http://printer"), "invalid_text"),
        ("address", json!(""), "invalid_text"),
        ("kind", json!("fax"), "invalid_kind"),
        ("port", json!(0), "invalid_printer"),
        ("port", json!(65_536), "invalid_printer"),
        ("width", json!(40), "invalid_printer"),
        ("codepage", json!("utf8"), "invalid_printer"),
        ("copies", json!(6), "invalid_printer"),
        ("expire_minutes", json!(0), "invalid_printer"),
        ("stations", json!(["pool"]), "invalid_station"),
        ("stations", json!(["bar", "bar"]), "invalid_station"),
        ("fallback_id", json!(""), "invalid_id"),
    ] {
        let mut wrong = good.clone();
        wrong[field] = value.clone();
        let answer = shop.admin().post("/api/v1/printers", &wrong).await;
        assert_eq!(answer.refusal(), (422, code), "{field} {value}");
        let path = format!("/api/v1/printers/{}", id(&created));
        let answer = shop.admin().call("PATCH", &path, &json!({field: value})).await;
        assert_eq!(answer.refusal(), (422, code), "{field} {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn printers_of_all_outlets_are_in_head_offices_list() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let new = json!({"name": "Dapur", "kind": "kitchen", "address": "192.168.1.51", "stations": ["kitchen", "bar"]});
    outlet.admin().post("/api/v1/printers", &new).await.data();
    outlet.synced().await;
    let listed = hub.boss().await.all("/v1/hq/printers").await;
    assert_eq!((listed.len(), &listed[0]["name"], &listed[0]["stations"]), (1, &new["name"], &new["stations"]));
}

/// An outlet with a kitchen, a bar and their printers.
struct Stations {
    outlet: TestOutlet,
    kitchen: FakePrinter,
    bar: FakePrinter,
    rice: String,
    tea: String,
}

impl Stations {
    async fn open() -> Self {
        let outlet = TestOutlet::alone().await;
        let (kitchen, bar) = (FakePrinter::start().await, FakePrinter::start().await);
        add(&outlet, &kitchen, json!({"name": "Dapur", "kind": "kitchen", "stations": ["kitchen"]})).await;
        add(&outlet, &bar, json!({"name": "Bar", "kind": "bar", "stations": ["bar"]})).await;
        let product = async |name: &str, station: &str| {
            let new = json!({"name": name, "price": 20_000, "station": station});
            id(outlet.admin().post("/api/v1/products", &new).await.data()).to_owned()
        };
        let (rice, tea) = (product("Nasi Goreng", "kitchen").await, product("Es Teh", "bar").await);
        Self { outlet, kitchen, bar, rice, tea }
    }

    fn admin(&self) -> &Http {
        self.outlet.admin()
    }

    /// Orders two plates and a glass at a table, and sends them.
    async fn order(&self, table: &str) -> String {
        let lines = json!([{"product_id": self.rice, "qty": 2, "note": "pedas"}, {"product_id": self.tea, "qty": 1}]);
        let order = self.admin().post("/api/v1/orders", &json!({"table_number": table, "lines": lines})).await;
        let order = id(order.data()).to_owned();
        self.call(&order, "send", Value::Null).await;
        order
    }

    async fn call(&self, order: &str, command: &str, body: Value) -> Value {
        self.admin().post(&format!("/api/v1/orders/{order}/{command}"), &body).await.data().clone()
    }

    /// The papers that came out at the kitchen and at the bar since the last call, once all jobs are done.
    async fn papers(&self, seen: &mut (usize, usize)) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
        let is_done = async || jobs(self.admin()).await.iter().all(|job| job["state"] == "done");
        eventually("the papers are out", is_done).await;
        let new = |printer: &FakePrinter, seen: &mut usize| {
            let texts = printer.texts().split_off(*seen);
            *seen += texts.len();
            texts.iter().map(|text| lines(text)).collect()
        };
        (new(&self.kitchen, &mut seen.0), new(&self.bar, &mut seen.1))
    }

    async fn tickets(&self) -> Vec<Value> {
        self.admin().get("/api/v1/kitchen/tickets").await.data().as_array().unwrap().clone()
    }
}

/// What a ticket says: its lines without rules, numbers of orders and times.
fn lines(paper: &str) -> Vec<String> {
    let (mut text, mut chars) = (String::new(), paper.chars());
    while let Some(char) = chars.next() {
        // A command: its letter and its arguments.
        let arguments = match char {
            '\u{1b}' => {
                if chars.next() == Some('@') {
                    0
                } else {
                    1
                }
            }
            '\u{1d}' => {
                if chars.next() == Some('V') {
                    2
                } else {
                    1
                }
            }
            _ => {
                text.push(char);
                continue;
            }
        };
        chars.by_ref().take(arguments).for_each(drop);
    }
    let says_something = |line: &&str| {
        !line.is_empty() && !line.starts_with('-') && !line.starts_with("No.:") && !line.starts_with("Waktu:")
    };
    text.lines().map(str::trim).filter(says_something).map(str::to_owned).collect()
}

/// T39, T40, T41: each printer prints what is new for it, once; a void and another table are papers of their own.
#[tokio::test(flavor = "multi_thread")]
async fn kitchen_and_bar_print_what_is_theirs_once() {
    let shop = Stations::open().await;
    let mut seen = (0, 0);
    let order = shop.order("4").await;
    // The button is hit twice.
    shop.call(&order, "send", Value::Null).await;
    let (kitchen, bar) = shop.papers(&mut seen).await;
    let place = ["Meja 4", "Makan di tempat"];
    assert_eq!(kitchen, [[&["Dapur - PESANAN"], &place[..], &["2 x Nasi Goreng", ">> pedas"]].concat()]);
    assert_eq!(bar, [[&["Bar - PESANAN"], &place[..], &["1 x Es Teh"]].concat()]);

    shop.call(&order, "lines", json!([{"product_id": shop.rice, "qty": 1, "note": "tanpa telur"}])).await;
    shop.call(&order, "send", Value::Null).await;
    let (kitchen, bar) = shop.papers(&mut seen).await;
    assert_eq!(kitchen, [[&["Dapur - TAMBAHAN"], &place[..], &["1 x Nasi Goreng", ">> tanpa telur"]].concat()]);
    assert!(bar.is_empty(), "{bar:?}");

    let order_of_all = shop.admin().get(&format!("/api/v1/orders/{order}")).await.data().clone();
    let line = id(&order_of_all["lines"][0]);
    let void = json!({"kind": "wasted", "qty": 1, "reason": "Tumpah"});
    shop.call(&order, &format!("lines/{line}/void"), void).await;
    let (kitchen, bar) = shop.papers(&mut seen).await;
    assert_eq!(kitchen, [[&["Dapur - BATAL"], &place[..], &["BATAL 1 x Nasi Goreng", ">> pedas"]].concat()]);
    assert!(bar.is_empty(), "{bar:?}");

    shop.call(&order, "move", json!({"table_number": "9"})).await;
    let (kitchen, bar) = shop.papers(&mut seen).await;
    let place = ["Meja 9", "Dari meja: 4", "Makan di tempat"];
    let moved = |station: &str, food: &[&str]| {
        let head = format!("{station} - PINDAH MEJA");
        [&[head.as_str()], &place[..], food].concat().iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()
    };
    // What is void is no food to make.
    let food = [["1 x Nasi Goreng", ">> pedas"], ["1 x Nasi Goreng", ">> tanpa telur"]];
    assert_eq!(kitchen, food.map(|food| moved("Dapur", &food)));
    assert_eq!(bar, [moved("Bar", &["1 x Es Teh"])]);
    // A kitchen without a screen learns of a later note too; what is made already is not on it.
    let tickets = shop.tickets().await;
    let tea = tickets.iter().find(|ticket| ticket["station"] == "bar").unwrap();
    shop.admin().post(&format!("/api/v1/kitchen/tickets/{}/ready", id(tea)), &Value::Null).await.data();
    let path = format!("/api/v1/orders/{order}");
    shop.admin().call("PATCH", &path, &json!({"note": "ALERGI UDANG"})).await.data();
    let (kitchen, bar) = shop.papers(&mut seen).await;
    let changed = |food: [&'static str; 2]| {
        [&["Dapur - BERUBAH", "Meja 9", "Makan di tempat"], &food[..], &["Catatan: ALERGI UDANG"]].concat()
    };
    assert_eq!(kitchen, food.map(changed));
    assert!(bar.is_empty(), "{bar:?}");
}

/// T41: what was sent is not sent again when orders are merged or split.
#[tokio::test(flavor = "multi_thread")]
async fn a_merge_prints_another_table_once_and_a_split_prints_nothing() {
    let shop = Stations::open().await;
    let mut seen = (0, 0);
    let (two, seven) = (shop.order("2").await, shop.order("7").await);
    let (kitchen, bar) = shop.papers(&mut seen).await;
    assert_eq!((kitchen.len(), bar.len()), (2, 2));
    // The guests of table 2 have their tea, so it does not move.
    let tickets = shop.tickets().await;
    let tea = tickets.iter().find(|ticket| ticket["order_id"] == two && ticket["station"] == "bar").unwrap();
    shop.admin().post(&format!("/api/v1/kitchen/tickets/{}/ready", id(tea)), &Value::Null).await.data();

    let merged = shop.call(&seven, "merge", json!({"from": [two]})).await;
    let (kitchen, bar) = shop.papers(&mut seen).await;
    let head = ["Dapur - PINDAH MEJA", "Meja 7", "Dari meja: 2", "Makan di tempat"];
    assert_eq!(kitchen, [[&head[..], &["2 x Nasi Goreng", ">> pedas"]].concat()]);
    assert!(bar.is_empty(), "{bar:?}");

    let lines = merged["lines"].as_array().unwrap();
    let (rice, tea) = (id(&lines[0]), id(&lines[1]));
    let parts = json!({"parts": [[{"line_id": rice, "qty": 1}], [{"line_id": tea}]]});
    let split = shop.call(&seven, "split", parts).await["orders"].as_array().unwrap().clone();
    assert_eq!(split.len(), 3);
    for order in &split {
        shop.call(id(order), "send", Value::Null).await;
    }
    let pay = json!({"method": "cash", "amount": split[1]["total"]});
    shop.call(id(&split[1]), "payments", pay).await;
    assert_eq!(shop.papers(&mut seen).await, (Vec::new(), Vec::new()));
}

/// A ticket is printed by the command that made it, or never.
#[tokio::test(flavor = "multi_thread")]
async fn a_later_send_prints_no_ticket_that_was_made_without_a_printer() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let new = json!({"name": "Nasi Goreng", "price": 20_000, "station": "kitchen"});
    let rice = id(admin.post("/api/v1/products", &new).await.data()).to_owned();
    let order = admin.post("/api/v1/orders", &json!({"lines": [{"product_id": rice, "qty": 1}]})).await;
    let order = id(order.data()).to_owned();
    let now = web::time::now();
    let send =
        |order: String| outlet.app().db.write(move |tx| shop::orders::change_lines::send(tx, &order, None, None, now));
    send(order.clone()).await.unwrap();
    let printer = FakePrinter::start().await;
    add(&outlet, &printer, json!({"name": "Dapur", "kind": "kitchen", "stations": ["kitchen"]})).await;
    let more = json!([{"product_id": rice, "qty": 3}]);
    admin.post(&format!("/api/v1/orders/{order}/lines"), &more).await.data();
    // By a clock that stands still.
    send(order).await.unwrap();
    eventually("the paper is out", async || jobs(admin).await.iter().all(|job| job["state"] == "done")).await;
    let texts = printer.texts();
    assert!(texts.len() == 1 && texts[0].contains("3 x Nasi Goreng"), "{texts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_printed_again_as_a_numbered_copy() {
    let shop = Stations::open().await;
    let mut seen = (0, 0);
    let order = shop.order("4").await;
    let order_of_all = shop.admin().get(&format!("/api/v1/orders/{order}")).await.data().clone();
    let void = json!({"kind": "wasted", "qty": 1, "reason": "Tumpah"});
    shop.call(&order, &format!("lines/{}/void", id(&order_of_all["lines"][0])), void).await;
    shop.papers(&mut seen).await;
    let tickets = shop.tickets().await;
    let path = |station: &str| {
        let ticket = tickets.iter().find(|ticket| ticket["station"] == station).unwrap();
        format!("/api/v1/kitchen/tickets/{}/print", id(ticket))
    };
    let (kitchen, cashier) = (shop.outlet.member("kitchen").await, shop.outlet.member("cashier").await);
    for (copy, who) in [(1, &kitchen), (2, &cashier)] {
        let answer = who.post(&path("kitchen"), &Value::Null).await;
        assert_eq!((answer.status, &answer.data()[0]["copy_no"]), (201, &json!(copy)), "{}", answer.text);
        let (papers, bar) = shop.papers(&mut seen).await;
        let mark = format!("*** SALINAN {copy} ***");
        let paper = ["Dapur - PESANAN", "Meja 4", "Makan di tempat", &mark, "1 x Nasi Goreng", ">> pedas"];
        assert_eq!(papers, [paper], "without what is void");
        assert!(bar.is_empty());
    }
    let event = shop.admin().get("/api/v1/audit?limit=1").await.data()[0].clone();
    let data = json!({"station": "kitchen", "ticket": 1, "number": order_of_all["order_number"], "copy_no": 2});
    assert_eq!(
        (&event["action"], &event["actor_name"], &event["data"]),
        (&json!("ticket_printed"), &json!("cashier"), &data)
    );

    assert_eq!(kitchen.post(&path("bar"), &Value::Null).await.refusal(), (403, "forbidden"));
    let waiter = shop.outlet.member("waiter").await;
    assert_eq!(waiter.post(&path("kitchen"), &Value::Null).await.refusal(), (403, "forbidden"));
    let missing = shop.admin().post("/api/v1/kitchen/tickets/x/print", &Value::Null).await;
    assert_eq!(missing.refusal(), (404, "not_found"));
    let printers = shop.admin().get("/api/v1/printers").await.data().clone();
    let bar = printers.as_array().unwrap().iter().find(|printer| printer["name"] == "Bar").unwrap();
    shop.admin().call("DELETE", &format!("/api/v1/printers/{}", id(bar)), &Value::Null).await.data();
    let refused = shop.admin().post(&path("bar"), &Value::Null).await;
    assert_eq!(refused.refusal(), (409, "no_printer"));
    assert!(refused.text.contains("this station"), "{}", refused.text);
    shop.call(&order, "void", json!({"reason": "Pulang"})).await;
    assert_eq!(shop.admin().post(&path("kitchen"), &Value::Null).await.refusal(), (409, "ticket_cancelled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_z_is_a_numbered_copy_and_an_x_never() {
    let shop = Shop::open().await;
    let drawer = shop.admin().post("/api/v1/drawers", &json!({"name": "Laci"})).await.data()["id"].clone();
    let shift = shop.admin().post("/api/v1/shifts", &json!({"drawer_id": drawer, "opening": 0})).await.data().clone();
    let shift = format!("/api/v1/shifts/{}", id(&shift));
    let print = async || {
        shop.admin().post(&format!("{shift}/print"), &json!({})).await.data();
        let copy_no = shop.is("done").await["copy_no"].as_i64().unwrap();
        (copy_no, shop.printer.texts().pop().unwrap())
    };
    for _ in 0..2 {
        let (copy_no, text) = print().await;
        assert!(copy_no == 0 && text.contains("LAPORAN X") && !text.contains("SALINAN"), "{text}");
    }
    shop.admin().post(&format!("{shift}/close"), &json!({"counted": 0})).await.data();
    for copy in 0..3 {
        let (copy_no, text) = print().await;
        assert_eq!(copy_no, copy);
        assert_eq!(text.matches(&format!("SALINAN {copy}")).count(), if copy == 0 { 0 } else { 2 }, "{text}");
        let event = shop.admin().get("/api/v1/audit?limit=1").await.data()[0].clone();
        assert_eq!((&event["action"], &event["data"]["copy_no"]), (&json!("shift_printed"), &json!(copy)));
    }
    // The list forgets old jobs.
    shop.outlet.shell().execute("delete from print_jobs", []).unwrap();
    let shift = shift.rsplit('/').next().unwrap().to_owned();
    let printed = shop
        .outlet
        .app()
        .db
        .write(move |tx| print::print_shift(tx, &user(None), &shift, &Wanted::default(), web::time::now() + LATER));
    assert_eq!(printed.await.unwrap().copy_no, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_was_printed_long_ago_is_printed_as_a_copy() {
    let shop = Shop::open().await;
    let order = shop.sell().await;
    let refund = json!({"amount": 1_000, "reason": "Tumpah", "payments": [{"method": "cash"}]});
    let refund = shop.admin().post(&format!("/api/v1/orders/{}/refunds", id(&order)), &refund).await.data().clone();
    shop.is("done").await;
    shop.outlet.shell().execute("delete from print_jobs", []).unwrap();
    let refund = id(&refund).to_owned();
    let printed =
        shop.outlet.app().db.write(move |tx| {
            print::print_refund(tx, &user(None), &refund, &Wanted::default(), web::time::now() + LATER)
        });
    assert_eq!(printed.await.unwrap().copy_no, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawer_opens_without_a_sale_for_a_reason_that_is_kept() {
    let shop = Shop::open().await;
    let cashier = shop.outlet.member("cashier").await;
    let open = async |body: Value| cashier.post("/api/v1/drawers/open", &body).await;
    let why = json!({"reason": "Tukar uang kecil"});
    assert_eq!(open(why.clone()).await.refusal(), (409, "shift_required"));
    let drawer = shop.admin().post("/api/v1/drawers", &json!({"name": "Laci"})).await.data()["id"].clone();
    let shift = cashier.post("/api/v1/shifts", &json!({"drawer_id": drawer, "opening": 0})).await.data().clone();
    let answer = open(why.clone()).await;
    assert_eq!((answer.status, &answer.data()["kind"], &answer.data()["ref"]), (201, &json!("drawer"), &shift["id"]));
    shop.is("done").await;
    let papers = shop.printer.papers();
    assert!(papers.len() == 1 && opens_drawer(&papers[0]) && papers[0].len() < 20);
    let event = shop.admin().get("/api/v1/audit?limit=1").await.data()[0].clone();
    assert_eq!((&event["action"], &event["actor_name"]), (&json!("drawer_opened"), &json!("cashier")));
    let data =
        json!({"number": shift["shift_number"], "drawer": "Laci", "reason": "Tukar uang kecil", "printer": "Kasir"});
    assert_eq!((&event["entity_id"], &event["data"]), (&shift["id"], &data));

    for wrong in ["", "  ", &"x".repeat(201)] {
        assert_eq!(open(json!({"reason": wrong})).await.refusal(), (422, "invalid_text"), "{wrong}");
    }
    assert_eq!(open(json!({})).await.refusal(), (422, "invalid_body"));
    let waiter = shop.outlet.member("waiter").await;
    assert_eq!(waiter.post("/api/v1/drawers/open", &why).await.refusal(), (403, "forbidden"));
    shop.change(json!({"kick": false})).await;
    let refused = open(why.clone()).await;
    assert_eq!(refused.refusal(), (409, "no_printer"));
    assert!(refused.text.contains("opens no drawer"), "{}", refused.text);
    assert_eq!(shop.jobs().await.len(), 1);
}

/// T45: a printer that needs eight seconds was reported after three.
#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_needs_eight_seconds_is_no_alarm_and_one_that_needs_half_a_minute_is() {
    let shop = Shop::open().await;
    let patience = Patience::default();
    // How long an attempt waits for a printer that does not accept a connection, that accepts it and is silent, or that refuses it.
    for wait in [patience.connect, patience.answer, Duration::ZERO] {
        for (needs, alarms) in [(8, false), (30, true)] {
            let id = shop.id.clone();
            let alarmed = shop.outlet.app().db.write(move |tx| {
                let alarmed = wakes_after(tx, &id, wait, Duration::from_secs(needs))?;
                // Nothing of it happened.
                tx.execute_batch("delete from print_jobs; delete from printer_states;")?;
                Ok::<_, web::ApiError>(alarmed)
            });
            assert_eq!(alarmed.await.unwrap(), alarms, "{needs} s, {wait:?} per attempt");
        }
    }
}

/// Prints at a printer that wakes up some time after the first attempt. Returns whether an alarm was raised meanwhile.
fn wakes_after(
    tx: &rusqlite::Transaction<'_>,
    printer: &str,
    wait: Duration,
    needs: Duration,
) -> Result<bool, web::ApiError> {
    use domain::PrintError;
    use shop::printing::queue::{self, Failure, Next};

    let ticket = (domain::Station::Kitchen, "t");
    tx.execute("update printers set stations = '[\"kitchen\"]'", [])?;
    let start = web::time::now();
    shop::printing::enqueue_ticket(tx, access::audit::Author::default(), ticket, empty_ticket(), 0, start)?;
    let awake = start + jiff::SignedDuration::try_from(needs).unwrap();
    let (mut now, mut alarmed) = (start, false);
    loop {
        match queue::take(tx, printer, now)? {
            Next::Idle => return Ok(alarmed),
            Next::Wait(due) => now = due,
            Next::Print(job) => {
                let given_up = now + jiff::SignedDuration::try_from(wait).unwrap();
                if given_up >= awake {
                    now = now.max(awake);
                    alarmed |= !queue::failing(tx, now)?.is_empty();
                    queue::finish(tx, &job, true, now)?;
                } else {
                    now = given_up;
                    let failure = Failure { error: PrintError::NoAnswer, sent: false, answered: false };
                    queue::fail(tx, &job, failure, now)?;
                }
            }
        }
        alarmed |= !queue::failing(tx, now)?.is_empty();
    }
}

fn empty_ticket() -> paper::Ticket {
    paper::Ticket {
        kind: paper::TicketKind::New,
        station: "Dapur".to_owned(),
        order_number: "X-1".to_owned(),
        table: None,
        queue_no: None,
        from_table: None,
        guest: None,
        pax: None,
        order_type: None,
        channel: None,
        time: paper::LocalTime { at: jiff::civil::date(2026, 11, 30).at(10, 0, 0, 0), zone: "WIB".to_owned() },
        by: None,
        lines: Vec::new(),
        note: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_kitchen_printer_delays_neither_sales_nor_receipts() {
    let patience = Patience { answer: Duration::from_secs(60), ..PRINTERS_PATIENCE };
    let shop = Shop::of(TestOutlet::with_patience(patience).await).await;
    let slow = FakePrinter::start().await;
    let slow_id = add(&shop.outlet, &slow, json!({"name": "Dapur", "kind": "kitchen", "stations": ["kitchen"]})).await;
    shop.admin().post(&format!("/api/v1/printers/{slow_id}/test"), &json!({})).await.data();
    shop.is("done").await;
    slow.set(Mood::HalfDead);
    let dish = json!({"name": "Soto", "price": 20_000, "station": "kitchen"});
    let dish = shop.admin().post("/api/v1/products", &dish).await.data()["id"].clone();
    for _ in 0..3 {
        let new =
            json!({"lines": [{"product_id": dish, "qty": 1}], "payments": [{"method": "cash", "amount": 50_000}]});
        shop.admin().post("/api/v1/orders", &new).await.data();
    }
    eventually("three receipts", || async { shop.printer.papers().len() == 3 }).await;
    let states = async |kind: &str| {
        let of_kind = shop.jobs().await.into_iter().filter(|job| job["kind"] == kind);
        of_kind.map(|job| job["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states("ticket").await, ["queued", "queued", "sending"], "the kitchen's printer still thinks");
    assert_eq!(slow.papers().len(), 1, "only its test page");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_stops_in_mid_paper_prints_it_again_with_a_mark() {
    let shop = Shop::open().await;
    shop.change(json!({"stations": ["kitchen"], "copies": 5})).await;
    shop.printer.set(Mood::StopsAfter(1_000));
    // More than the buffers of both sides can take.
    let line = paper::TicketLine {
        name: "Nasi Goreng".repeat(20),
        qty: 1,
        qty_scale: 0,
        unit: None,
        modifiers: Vec::new(),
        note: None,
    };
    let ticket = paper::Ticket { lines: vec![line; 6_000], ..empty_ticket() };
    let queued = shop.outlet.app().db.write(|tx| {
        let of = (domain::Station::Kitchen, "t");
        shop::printing::enqueue_ticket(tx, access::audit::Author::default(), of, ticket, 0, web::time::now())
    });
    queued.await.unwrap();
    let job = shop.tried(1).await;
    let expected = (&json!("doubtful"), &json!("no_answer"), &json!(true));
    assert_eq!((&job["state"], &job["error"], &job["possible_copy"]), expected);
    shop.printer.set(Mood::Works);
    shop.is("done").await;
    let texts = shop.printer.texts();
    assert_eq!(texts.len(), 2);
    assert!(!texts[0].contains("MUNGKIN SALINAN") && texts[0].len() < 1_000_000);
    assert_eq!(texts[1].matches("MUNGKIN SALINAN / POSSIBLE COPY").count(), 5, "one for each of its copies");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mute_printer_is_waited_for_once() {
    let first_answer = Duration::from_secs(3);
    let patience = Patience { first_answer, ..PRINTERS_PATIENCE };
    let shop = Shop::of(TestOutlet::with_patience(patience).await).await;
    shop.printer.set(Mood::Mute);
    let mut times = Vec::new();
    for count in 1..=3 {
        let started = Instant::now();
        shop.sell().await;
        eventually("the paper is out", || async { shop.printer.papers().len() == count }).await;
        times.push(started.elapsed());
        shop.is("done").await;
    }
    assert!(times[0] >= first_answer && times[1] < first_answer && times[2] < first_answer, "{times:?}");
    // It has learned to answer: its word behind the paper counts, and from then on it is asked before.
    shop.printer.set(Mood::PaperOut);
    shop.sell().await;
    let job = shop.tried(1).await;
    assert_eq!((&job["error"], &job["possible_copy"]), (&json!("paper_out"), &json!(true)));
    shop.printer.set(Mood::Works);
    shop.is("done").await;
    shop.printer.set(Mood::PaperOut);
    shop.sell().await;
    let job = shop.tried(1).await;
    assert_eq!((&job["error"], &job["possible_copy"]), (&json!("paper_out"), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clock_that_was_ahead_wrote_delays_no_paper_and_no_alarm() {
    let mut shop = Shop::open().await;
    shop.printer.switch_off().await;
    shop.sell().await;
    shop.tried(1).await;
    let tomorrow = web::time::text(web::time::now() + jiff::SignedDuration::from_hours(24));
    let ahead = "update print_jobs set next_at = ?1, made_at = ?1";
    shop.outlet.shell().execute(ahead, [&tomorrow]).unwrap();
    shop.outlet.shell().execute("update printer_states set failing_since = ?1", [&tomorrow]).unwrap();
    assert!(alarm(&shop).await.is_some(), "a printer that fails since tomorrow fails");
    shop.printer.switch_on();
    let waits = shop.admin().post(&format!("/api/v1/printers/{}/test", shop.id), &json!({})).await;
    assert_eq!(waits.status, 201, "{}", waits.text);
    eventually("both papers are out", || async { shop.jobs().await.iter().all(|job| job["state"] == "done") }).await;
    // The last alarms are remembered for some seconds.
    eventually("no alarm", || async { alarm(&shop).await.is_none() }).await;
}
