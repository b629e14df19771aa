//! The floor: a cook bumps what the screens show, three printers of which the kitchen's dies, and the acquirer's statement
//! of QRIS payments.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use testkit::{FakePrinter, Http, Mood, eventually};

use super::sums::{int, text};

/// Marks a paper that may have come out before.
const POSSIBLE_COPY: &str = "POSSIBLE COPY";
/// Bytes that the kitchen's printer prints of its last paper.
const BEGINNING: usize = 40;

/// Kitchen, bar, and the printers of the shop.
pub struct Floor {
    admin: Http,
    /// The cook and the barista, with their stations.
    screens: [(Http, &'static str); 2],
    counter: FakePrinter,
    kitchen: FakePrinter,
    bar: FakePrinter,
}

impl Floor {
    /// The printer at the counter takes over for the one in the kitchen.
    pub async fn open(admin: &Http, cook: Http, barista: Http) -> Self {
        let (counter, kitchen, bar) =
            (FakePrinter::start().await, FakePrinter::start().await, FakePrinter::start().await);
        let counter_id = add(admin, &counter, json!({"name": "Kasir", "kind": "receipt"})).await;
        let at_kitchen =
            json!({"name": "Dapur", "kind": "kitchen", "stations": ["kitchen"], "fallback_id": counter_id});
        add(admin, &kitchen, at_kitchen).await;
        add(admin, &bar, json!({"name": "Bar", "kind": "bar", "stations": ["bar"]})).await;
        let screens = [(cook, "kitchen"), (barista, "bar")];
        Self { admin: admin.clone(), screens, counter, kitchen, bar }
    }

    /// Everything on the boards is ready.
    pub async fn bump(&self) {
        for (screen, station) in &self.screens {
            for ticket in screen.all(&format!("/api/v1/kitchen/tickets?station={station}&limit=500")).await {
                let ready = format!("/api/v1/kitchen/tickets/{}/ready", text(&ticket["id"]));
                screen.post(&ready, &Value::Null).await.data();
            }
        }
    }

    /// The kitchen's printer loses its power in the middle of its next paper.
    pub async fn kitchen_printer_dies(&self) {
        self.all_printed().await;
        self.kitchen.set(Mood::DiesForGoodAfter(BEGINNING));
    }

    /// It is repaired: its test page comes out.
    pub async fn kitchen_printer_returns(&mut self) {
        self.kitchen.set(Mood::Works);
        self.kitchen.switch_on();
        let printers = self.admin.all("/api/v1/printers?limit=100").await;
        let printer = printers.iter().find(|printer| printer["name"] == "Dapur").unwrap();
        self.admin.post(&format!("/api/v1/printers/{}/test", text(&printer["id"])), &json!({})).await.data();
        self.all_printed().await;
    }

    async fn all_printed(&self) {
        eventually("every paper is out", || async { self.jobs().await.iter().all(|job| job["state"] == "done") }).await;
    }

    async fn jobs(&self) -> Vec<Value> {
        self.admin.all("/api/v1/print-jobs?limit=500").await
    }

    /// Each paper came out once, those of the dead printer at the counter. The one that it had begun is there whole, with a mark.
    pub async fn assert_printed(&self, receipts: &[Value]) {
        self.all_printed().await;
        let jobs = self.jobs().await;
        let papers: Vec<_> =
            [&self.counter, &self.kitchen, &self.bar].into_iter().flat_map(FakePrinter::texts).collect();
        let unmarked = papers.iter().filter(|paper| !paper.contains(POSSIBLE_COPY)).count();
        // All but one, and the beginning of that one.
        assert_eq!(unmarked, jobs.len(), "{jobs:#?}");
        assert_eq!(self.kitchen.papers().last().map(Vec::len), Some(BEGINNING));
        let marked: Vec<_> = papers.iter().filter(|paper| paper.contains(POSSIBLE_COPY)).collect();
        let at_counter = self.counter.texts().iter().filter(|paper| paper.contains(POSSIBLE_COPY)).count();
        assert_eq!((marked.len(), at_counter), (1, 1), "{marked:?}");
        let [doubted] = jobs.iter().filter(|job| job["possible_copy"] == true).collect::<Vec<_>>()[..] else {
            panic!("one paper may have come out twice: {jobs:#?}")
        };
        assert_eq!((&doubted["kind"], &doubted["printer_name"]), (&json!("ticket"), &json!("Kasir")));
        let moved = jobs.iter().filter(|job| job["kind"] == "ticket" && job["printer_name"] == "Kasir").count();
        assert!(moved > 0, "the printer of the kitchen was needed while it was dead");
        for order in receipts.iter().filter(|order| order["status"] == "paid") {
            let of_order = |job: &&Value| job["kind"] == "receipt" && job["ref"] == order["id"];
            assert_eq!(jobs.iter().filter(of_order).count(), 1, "{order}");
        }
    }

    /// Each line that was sent is on one ticket, and paid orders say when they were ready.
    pub async fn assert_prepared(&self, receipts: &[Value]) {
        let mut tickets: BTreeMap<String, usize> = BTreeMap::new();
        for state in ["open", "ready", "cancelled"] {
            for ticket in self.admin.all(&format!("/api/v1/kitchen/tickets?state={state}&limit=500")).await {
                for line in ticket["lines"].as_array().unwrap() {
                    *tickets.entry(text(&line["order_line_id"])).or_default() += 1;
                }
            }
        }
        let mut prepared = 0;
        for order in receipts {
            let lines = order["lines"].as_array().unwrap().iter();
            let sent: Vec<_> =
                lines.filter(|line| line["sent_at"].is_string() && line["voided_at"].is_null()).collect();
            for line in &sent {
                assert_eq!(tickets.get(&text(&line["id"])), Some(&1), "{line}");
            }
            if order["status"] == "paid" && !sent.is_empty() {
                assert!(order["ready_at"].is_string(), "{order}");
                prepared += 1;
            }
        }
        assert!(prepared > 40, "{prepared} orders were prepared");
    }

    /// A manager matches the acquirer's statement; what it does not have stays unconfirmed.
    pub async fn match_statement(&self) {
        const UNCONFIRMED: &str = "/api/v1/reports/unconfirmed";
        let waiting = self.admin.get(UNCONFIRMED).await.data().as_array().unwrap().clone();
        assert!(waiting.len() >= 10, "{} payments wait", waiting.len());
        let mut file = "Tanggal;Nominal;RRN\n".to_owned();
        for (number, payment) in waiting.iter().enumerate().skip(1) {
            writeln!(file, "{};{};{number:06}", text(&payment["created_at"]), int(&payment["amount"])).unwrap();
        }
        let request = json!({"file": file});
        let found = self.admin.post("/api/v1/reports/unconfirmed/match", &request).await.data().clone();
        for proposal in found["proposals"].as_array().unwrap() {
            let payment = &proposal["payment"];
            let path =
                format!("/api/v1/orders/{}/payments/{}/confirm", text(&payment["order_id"]), text(&payment["id"]));
            self.admin.post(&path, &json!({"reference": proposal["row"]["reference"]})).await.data();
        }
        let left = self.admin.get(UNCONFIRMED).await.data().as_array().unwrap().clone();
        assert_eq!(left.len(), 1, "the payment that the statement lacks");
    }
}

async fn add(admin: &Http, printer: &FakePrinter, mut body: Value) -> Value {
    body["address"] = json!("127.0.0.1");
    body["port"] = json!(printer.port());
    admin.post("/api/v1/printers", &body).await.data()["id"].clone()
}
