//! A day in a café: two tills, a waiter, a cook, three printers and sixty parties of guests with everything that can happen to
//! their orders, an outage, a restored hub, a printer that dies in the middle of a paper, a happy hour across midnight, and the
//! close. Receipts, Z reports, tax reports, statements and head office's figures agree to the rupiah, every paper came out once,
//! and every dish was on one ticket.

mod floor;
mod guests;
mod happy_hour;
mod sums;

use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::{Http, Process, eventually};

use crate::folder::{Office, admin, boss, product, synced};
use floor::Floor;
use sums::{Sums, int, text};

const PARTIES: usize = 60;
/// The happy hour begins after this party.
const HAPPY_HOUR: usize = 6;
/// Head office's database is backed up after this one,
const BACKUP: usize = 10;
/// fails after this one,
const OUTAGE: usize = 20;
/// midnight comes after this one, without head office,
const MIDNIGHT: usize = 30;
/// and is restored from the backup after this one.
const RESTORED: usize = 40;
/// The happy hour has ended after this one.
const LATE: usize = 52;
/// Cash in each drawer in the morning.
const FLOAT: i64 = 500_000;

struct Cafe {
    office: Office,
    outlet: Process,
    admin: Http,
    /// Each cashier has a till and a drawer.
    cashiers: [Http; 2],
    waiter: Http,
    floor: Floor,
    shifts: [Value; 2],
    coffee: String,
    rice: String,
    bread: String,
    approval: Value,
    /// Orders as they were last answered, by id.
    orders: Vec<String>,
}

impl Cafe {
    async fn open() -> Self {
        let office = Office::open();
        let outlet = office.outlet();
        let admin = admin(&outlet).await;
        let me = admin.get("/api/v1/auth/me").await.data()["user"]["id"].clone();
        let approval = json!({"user_id": me, "pin": "1234", "reason": "Disetujui"});
        for charge in [
            json!({"name": "Layanan", "kind": "service", "rate_bp": 500, "order_types": ["dine_in"]}),
            json!({"name": "PB1", "kind": "tax", "rate_bp": 1_000}),
        ] {
            admin.post("/api/v1/charges", &charge).await.data();
        }
        let mut settings = admin.get("/api/v1/config/shop").await.data().clone();
        settings.as_object_mut().unwrap().remove("version");
        settings["shift_required"] = true.into();
        settings["cash_out_limit"] = 50_000.into();
        settings["cash_rounding_step"] = 100.into();
        admin.call("PUT", "/api/v1/config/shop", &settings).await.data();
        let coffee = product(&admin, "Kopi Susu", happy_hour::USUAL).await;
        let rice = product(&admin, "Nasi Goreng", 33_333).await;
        let bread = product(&admin, "Roti Bakar", 17_990).await;
        happy_hour::set_hour(&admin, happy_hour::BEGINNING).await;
        synced(&admin).await;
        happy_hour::plan(&boss(&office.hub).await, &admin, &coffee).await;
        happy_hour::set_hour(&admin, happy_hour::BEFORE).await;
        for (id, station) in [(&coffee, "bar"), (&rice, "kitchen"), (&bread, "kitchen")] {
            admin.call("PATCH", &format!("/api/v1/products/{id}"), &json!({"station": station})).await.data();
        }
        for (username, role, pin) in [
            ("sari", "cashier", "2468"),
            ("budi", "cashier", "1357"),
            ("wayan", "waiter", "3690"),
            ("joko", "kitchen", "8024"),
            ("rudi", "bar", "7913"),
        ] {
            let user = json!({"username": username, "name": username, "role": role, "pin": pin});
            admin.post("/api/v1/users", &user).await.data();
        }
        let http = Http::new(&outlet.url);
        let cashiers = [http.log_in("sari", "2468").await, http.log_in("budi", "1357").await];
        let waiter = http.log_in("wayan", "3690").await;
        let floor = Floor::open(&admin, http.log_in("joko", "8024").await, http.log_in("rudi", "7913").await).await;
        let mut shifts = [Value::Null, Value::Null];
        for ((cashier, drawer), shift) in cashiers.iter().zip(["Laci depan", "Laci bar"]).zip(&mut shifts) {
            let drawer = admin.post("/api/v1/drawers", &json!({"name": drawer})).await.data()["id"].clone();
            let open = json!({"drawer_id": drawer, "opening": [{"denomination": 100_000, "pieces": 5}]});
            *shift = cashier.post("/api/v1/shifts", &open).await.data().clone();
        }
        let orders = Vec::new();
        Self { office, outlet, admin, cashiers, waiter, floor, shifts, coffee, rice, bread, approval, orders }
    }

    /// Every order as it is now, with its refunds.
    async fn receipts(&self) -> Vec<Value> {
        let mut receipts = Vec::new();
        for id in &self.orders {
            receipts.push(self.admin.get(&format!("/api/v1/orders/{id}")).await.data().clone());
        }
        receipts
    }

    /// Cash is put into the first drawer, and taken out of it; above the limit only with an approval.
    async fn move_cash(&self) {
        let movements = format!("/api/v1/shifts/{}/movements", text(&self.shifts[0]["id"]));
        let out = json!({"kind": "out", "amount": 80_000, "reason": "Es batu"});
        assert_eq!(self.cashiers[0].post(&movements, &out).await.refusal(), (403, "approval_required"));
        for movement in [
            json!({"kind": "in", "amount": 100_000, "reason": "Uang receh"}),
            json!({"kind": "out", "amount": 80_000, "reason": "Es batu", "approval": self.approval}),
            json!({"kind": "drop", "amount": 200_000, "reason": "Ke brankas"}),
        ] {
            self.cashiers[0].post(&movements, &movement).await.data();
        }
    }

    /// Closes both shifts; the second drawer lacks 1,300. Returns the Z reports.
    async fn close(&self, receipts: &[Value]) -> Vec<Value> {
        let mut closed = Vec::new();
        for ((cashier, shift), (moved, missing)) in
            self.cashiers.iter().zip(&self.shifts).zip([(-180_000, 0), (0, 1_300)])
        {
            let expected = FLOAT + sums::cash_of(receipts, &shift["id"]) + moved;
            let close = format!("/api/v1/shifts/{}/close", text(&shift["id"]));
            let z = cashier.post(&close, &json!({"counted": expected - missing})).await.data().clone();
            assert_eq!((int(&z["expected"]), int(&z["counted"])), (expected, expected - missing), "{z}");
            closed.push(z);
        }
        closed
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_figures_of_a_cafe_day_agree_to_the_rupiah() {
    let mut cafe = Cafe::open().await;
    let mut address = String::new();
    let (mut begun, mut ended) = (Timestamp::MAX, Timestamp::MAX);
    for party in 0..PARTIES {
        match party {
            HAPPY_HOUR => begun = happy_hour::set_hour(&cafe.admin, happy_hour::BEGINNING).await,
            BACKUP => {
                synced(&cafe.admin).await;
                cafe.office.folder.gerai(&["hub", "backup", "cadangan.db"]).ok();
                cafe.move_cash().await;
            }
            OUTAGE => {
                address = cafe.office.close_hub();
                cafe.floor.kitchen_printer_dies().await;
            }
            MIDNIGHT => {
                happy_hour::set_hour(&cafe.admin, happy_hour::MIDNIGHT).await;
            }
            RESTORED => {
                cafe.office.folder.gerai(&["hub", "restore", "cadangan.db"]).ok();
                cafe.office.hub = cafe.office.folder.hub_at(&address);
            }
            LATE => ended = happy_hour::set_hour(&cafe.admin, happy_hour::AFTER).await,
            _ => {}
        }
        cafe.serve(party).await;
        cafe.floor.bump().await;
    }
    cafe.floor.match_statement().await;
    let receipts = cafe.receipts().await;
    happy_hour::assert_applied(&receipts, &cafe.coffee, [begun, ended]);
    let mut dates: Vec<_> = receipts.iter().map(|order| text(&order["business_date"])).collect();
    dates.sort_unstable();
    dates.dedup();
    let closed = cafe.close(&receipts).await;
    let expected = Sums::of_receipts(&receipts);
    // The day has what the test promises.
    assert!(expected.orders > 60 && expected.refunds >= 10 && expected.tenders.len() == 4, "{expected:?}");
    assert!(receipts.iter().any(|order| order["status"] == "open" && int(&order["paid"]) > 0), "an open deposit");

    assert_eq!(Sums::of_shifts(&closed), expected.without_taxes());
    assert_eq!(Sums::of_reports(&cafe.admin, "/api/v1/reports", &dates).await, expected.only_taxes_and_tenders());

    let hub = boss(&cafe.office.hub).await;
    eventually("head office has every order", || async {
        synced(&cafe.admin).await;
        hub.all("/v1/hq/orders?limit=500").await.len() == receipts.len()
    })
    .await;
    eventually("the statements of all days agree", || async {
        let mut agree = true;
        for date in &dates {
            let day = cafe.admin.get(&format!("/api/v1/sync/statement?date={date}")).await.data().clone();
            agree &= day["matches"] == true;
        }
        agree
    })
    .await;
    for side in ["outlet", "hub"] {
        assert_eq!(Sums::of_statements(&cafe.admin, side, &dates).await, expected.without_taxes(), "{side}");
    }
    assert_eq!(Sums::of_head_office(&hub, &dates).await, expected);
    let shifts = hub.all("/v1/hq/shifts?limit=100").await;
    assert_eq!(Sums::of_shifts(&shifts), expected.without_taxes());
    let refunds = hub.all("/v1/hq/refunds?limit=500").await;
    assert_eq!(refunds.iter().map(|refund| int(&refund["total"])).sum::<i64>(), expected.refunded);
    cafe.floor.assert_prepared(&receipts).await;
    cafe.floor.assert_printed(&receipts).await;
    let link = cafe.office.url();
    let dead = cafe.office.folder.gerai_with(&["doctor"], &cafe.office.link(&link)).out;
    let problems: Vec<_> = dead.lines().filter(|line| line.starts_with("!!")).collect();
    assert!(problems.len() == 1 && problems[0].contains("Dapur"), "{problems:?}");
    cafe.floor.kitchen_printer_returns().await;
    cafe.office.folder.gerai_with(&["doctor"], &cafe.office.link(&link)).ok();
    cafe.office.folder.gerai(&["hub", "verify"]).ok();
    cafe.outlet.terminate();
}
