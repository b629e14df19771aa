//! The sales tables equal a replay of all documents, after any sequence of batches and decisions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app::{self, TestHub, TestOutlet, order};

/// A small random source; the seed determines all its values.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }
}

/// An order of random lines, discount, service, tax, rounding and tenders that adds up.
fn random_order(dice: &mut Dice, id: &str) -> Value {
    let date = dice.pick(&["2026-11-20", "2026-11-21", "2026-11-22"]);
    let status = dice.pick(&["open", "paid", "paid", "paid", "void"]);
    let lines: Vec<(&str, i64, i64)> = (0..dice.roll(5))
        .map(|_| (dice.pick(&["tea", "coffee", "rice", "soup"]), dice.roll(50_000) as i64, 1 + dice.roll(4) as i64))
        .collect();
    let subtotal: i64 = lines.iter().map(|(_, price, qty)| price * qty).sum();
    let discount = dice.roll(subtotal as u64 + 1) as i64;
    let (service, tax) = (dice.roll(5_000) as i64, dice.roll(9_000) as i64);
    let rounding = (dice.roll(100) as i64 - 50).max(discount - subtotal - service - tax);
    let total = subtotal - discount + service + tax + rounding;
    let first = if dice.roll(2) == 0 { total } else { dice.roll(total.unsigned_abs() + 1) as i64 * total.signum() };
    let mut payments = vec![(dice.pick(&["cash", "qris"]), first)];
    if first != total {
        payments.push((dice.pick(&["cash", "card"]), total - first));
    }
    if dice.roll(4) == 0 {
        // Paid in both copies of a restored database.
        payments.push((dice.pick(&["cash", "transfer"]), 1 + dice.roll(90_000) as i64));
    }
    if status != "paid" {
        payments.truncate(usize::try_from(dice.roll(2)).unwrap());
    }
    let mut order = order(id, date, status, &lines, &payments);
    // Taken, paid and settled on different days; none: the order's.
    let mut some_date = || dice.pick(&[None, Some("2026-11-20"), Some("2026-11-21"), Some("2026-11-22")]);
    if status == "paid" {
        order["paid_date"] = json!(some_date());
    }
    for payment in order["payments"].as_array_mut().unwrap() {
        payment["business_date"] = json!(some_date());
    }
    let charge = |name: &str, kind: &str, amount: i64| {
        let mut charge = app::tax(name, 1_000, 10 * amount, amount);
        (charge["kind"], charge["inclusive"]) = (json!(kind), json!(amount % 2 == 0));
        charge
    };
    order["charges"] =
        json!([charge("Layanan", "service", service), charge("PBJT", "tax", tax), charge("PPN", "tax", tax / 2)]);
    let figures =
        [("discount", discount), ("service", service), ("tax", tax), ("rounding", rounding), ("total", total)];
    for (field, value) in figures {
        order[field] = value.into();
    }
    order["discounts"] = json!([app::discount(dice.pick(&["percent", "compliment"]), discount)]);
    for payment in order["payments"].as_array_mut().unwrap() {
        // A tender that is renamed all the time.
        if let Some(name) = dice.pick(&[None, Some("Bank"), Some("Bank 2")]) {
            (payment["tender_id"], payment["tender_name"]) = ("bank".into(), name.into());
        }
        payment["status"] = dice.pick(&["confirmed", "unconfirmed"]).into();
    }
    if dice.pick(&[true, false, false, false]) {
        let mut void = order["lines"][0].clone();
        (void["id"], void["amount"], void["qty_scale"]) = (json!(format!("{id}-v")), json!(0), json!(3));
        (void["voided_at"], void["void_requested_by"]) = (json!("2026-11-22T10:00:00.000Z"), json!("u"));
        order["lines"].as_array_mut().unwrap().push(void);
    }
    // Products are renamed all the time.
    for line in order["lines"].as_array_mut().unwrap() {
        line["name"] = dice.pick(&["old name", "new name", ""]).into();
    }
    order
}

/// All rows of the projections. A product's name is the one it was last sold under, which a replay does not know.
async fn projections(hub: &TestHub) -> Vec<Vec<String>> {
    let sale = "business_date,order_id,order_number,status,subtotal,discount,service,tax,rounding,total,paid,paid_date";
    vec![
        hub.rows(sale, "from sales order by 1").await,
        hub.rows("order_id,line_no,product_id,name,qty,price,amount", "from sale_lines order by 1").await,
        hub.rows(
            "order_id,business_date,method,tender_id,tender_name,amount,overpaid,reversed,unconfirmed",
            "from sale_tenders order by 1",
        )
        .await,
        hub.rows(
            "business_date,orders,gross,discount,service,tax,rounding,total,deposits_taken,deposits_used",
            "from daily_sales order by business_date",
        )
        .await,
        hub.rows("business_date,method,tender_id,tender_name,amount,overpaid", "from daily_tenders order by 1").await,
        hub.rows("business_date,product_id,qty,amount", "from daily_products order by 1").await,
        hub.rows("order_id,name,rate_bp,inclusive,base,amount", "from sale_taxes order by 1").await,
        hub.rows("business_date,name,rate_bp,inclusive,base,amount", "from daily_taxes order by 1").await,
        hub.rows("order_id,business_date,kind,user_id,deeds,amount", "from sale_deeds order by 1").await,
    ]
}

async fn replay(hub: &TestHub) -> Vec<Vec<String>> {
    let other = TestHub::start().await;
    let mut outlet = other.outlet("JKT-001").await;
    let documents = hub.rows("document", "from documents where entity_type = 'order' and deleted = 0").await;
    let items: Vec<Value> =
        documents.iter().map(|text| outlet.order(1, &serde_json::from_str(text).unwrap())).collect();
    assert!(outlet.push(&items).await.is_empty());
    projections(&other).await
}

/// The daily figures, tenders and taxes, calculated from the documents by this test alone.
async fn calculated(hub: &TestHub) -> [Vec<String>; 3] {
    let mut days = BTreeMap::<String, [i64; 9]>::new();
    let (mut tenders, mut taxes) = (BTreeMap::<String, [i64; 2]>::new(), BTreeMap::<String, [i64; 2]>::new());
    for text in hub.rows("document", "from documents where entity_type = 'order' and deleted = 0").await {
        let order: Value = serde_json::from_str(&text).unwrap();
        let date_of = |date: &Value| date.as_str().or(order["business_date"].as_str()).unwrap().to_owned();
        let sale_date = (order["status"] == "paid").then(|| date_of(&order["paid_date"]));
        let mut due = order["total"].as_i64().unwrap();
        for payment in order["payments"].as_array().unwrap() {
            let (date, amount) = (date_of(&payment["business_date"]), payment["amount"].as_i64().unwrap());
            let counts = if sale_date.is_some() { amount.min(due) } else { amount };
            due -= counts;
            let [method, id, name] =
                ["method", "tender_id", "tender_name"].map(|field| payment[field].as_str().unwrap_or_default());
            let tender = tenders.entry(format!("{date}|{method}|{id}|{name}")).or_default();
            (tender[0], tender[1]) = (tender[0] + counts, tender[1] + amount - counts);
            if sale_date.as_ref() != Some(&date) {
                days.entry(date).or_default()[7] += counts;
                if let Some(date) = &sale_date {
                    days.entry(date.clone()).or_default()[8] += counts;
                }
            }
        }
        let Some(date) = sale_date else { continue };
        let day = days.entry(date.clone()).or_default();
        day[0] += 1;
        for (place, field) in (1..).zip(["subtotal", "discount", "service", "tax", "rounding", "total"]) {
            day[place] += order[field].as_i64().unwrap();
        }
        for charge in order["charges"].as_array().unwrap().iter().filter(|charge| charge["kind"] == "tax") {
            let inclusive = i64::from(charge["inclusive"] == true);
            let tax = taxes.entry(format!("{date}|{}|1000|{inclusive}", charge["name"].as_str().unwrap())).or_default();
            let figure = |name: &str| charge[name].as_i64().unwrap();
            (tax[0], tax[1]) = (tax[0] + figure("base"), tax[1] + figure("amount"));
        }
    }
    [rows(days), rows(tenders), rows(taxes)]
}

/// The rows whose figures are not all zero.
fn rows<const N: usize>(figures: BTreeMap<String, [i64; N]>) -> Vec<String> {
    let row = |(key, figures): (String, [i64; N])| format!("{key}|{}", figures.map(|n| n.to_string()).join("|"));
    let mut rows: Vec<_> =
        figures.into_iter().filter(|(_, figures)| figures.iter().any(|n| *n != 0)).map(row).collect();
    rows.sort();
    rows
}

async fn random_batch(dice: &mut Dice, outlet: &mut TestOutlet, versions: &mut [i64]) {
    let mut items = Vec::new();
    let mut used = std::collections::HashSet::new();
    for _ in 0..=dice.roll(6) {
        let n = usize::try_from(dice.roll(versions.len() as u64)).unwrap();
        if !used.insert(n) {
            continue;
        }
        let id = format!("order-{n:02}");
        if dice.roll(6) == 0 && versions[n] > 0 {
            versions[n] += 1;
            let delete =
                json!({"entity_type": "order", "entity_id": id, "operation": "delete", "version": versions[n]});
            items.push(outlet.item(delete));
            continue;
        }
        let mut order = random_order(dice, &id);
        match dice.roll(8) {
            // Broken: rejected, and the previous version stays.
            0 => order["total"] = (order["total"].as_i64().unwrap() + 1).into(),
            // Old: stale, or a duplicate.
            1 if versions[n] > 0 => {
                items.push(outlet.order(versions[n], &order));
                continue;
            }
            _ => {}
        }
        versions[n] += 1;
        items.push(outlet.order(versions[n], &order));
    }
    if items.len() > 1 && dice.roll(3) == 0 {
        items.iter_mut().take(2).for_each(|item| item["unit"] = 1.into());
    }
    outlet.push(&items).await;
}

/// Head office decides about the sales that the outlet has deleted or changed: it accepts most of them.
async fn decide(hub: &TestHub, token: &str, mut accepts: impl FnMut() -> bool) -> usize {
    let dead_letters = hub.get("/v1/hq/quarantine?limit=500", token).await.ok();
    let sales = dead_letters.as_array().unwrap().iter().filter(|letter| letter["code"] == "acknowledged_sale");
    let mut decided = 0;
    for sale in sales {
        let place = ["outlet_id", "batch_id"].map(|part| sale[part].as_str().unwrap().to_owned()).join("/");
        let how = if accepts() { "accept" } else { "discard" };
        let ask = format!("POST /v1/hq/quarantine/{place}/{}/{how}", sale["item_no"]);
        let done = hub.ask(&ask, token, &json!({"reason": "x"}), None).await;
        assert!([200, 409].contains(&done.status.as_u16()), "{}", done.body);
        decided += usize::from(done.status == 200);
    }
    decided
}

/// The amounts of all tenders sum to the total of each order, and to the total and deposits of each day; the overpaid
/// amounts are separate.
async fn tenders_sum_to_totals(hub: &TestHub, token: &str) {
    let of_orders = "from sales s where status = 'paid' and total <> coalesce((select sum(amount) from sale_tenders t
        where t.outlet_id = s.outlet_id and t.order_id = s.order_id), 0)";
    assert_eq!(hub.rows("order_id", of_orders).await, [""; 0]);
    let over =
        "from sales s where status = 'paid' and paid - total <> coalesce((select sum(overpaid) from sale_tenders t
        where t.outlet_id = s.outlet_id and t.order_id = s.order_id), 0)";
    assert_eq!(hub.rows("order_id", over).await, [""; 0]);
    let days = hub.get("/v1/hq/sales/daily?from=2026-11-01&to=2026-11-30", token).await.ok();
    let sum = |of: &Value| of.as_object().unwrap().values().map(|amount| amount.as_i64().unwrap()).sum::<i64>();
    for day in days.as_array().unwrap() {
        let of = |name: &str| day[name].as_i64().unwrap();
        assert_eq!(sum(&day["by_tender"]), of("total") + of("deposits_taken") - of("deposits_used"), "{day}");
        assert_eq!(sum(&day["overpaid_by_tender"]), day["overpaid"].as_i64().unwrap(), "{day}");
    }
}

#[tokio::test]
async fn projections_equal_a_replay_of_the_documents() {
    for seed in [1, 7, 42, 1_945] {
        println!("seed {seed}");
        let mut dice = Dice(seed);
        let hub = TestHub::start().await;
        let mut outlet = hub.outlet("JKT-001").await;
        let (mut versions, mut decided) = ([0; 40], 0);
        let token = hub.admin_token().await;
        for _ in 0..60 {
            random_batch(&mut dice, &mut outlet, &mut versions).await;
            if dice.roll(10) == 0 {
                let verified = hub.hub.verify_figures(true).await.unwrap();
                assert!(verified.differing.is_empty(), "seed {seed}: {verified:?}");
            }
            decided += decide(&hub, &token, || dice.roll(4) > 0).await;
        }
        assert!(decided > 10, "seed {seed} made too few decisions: {decided}");
        tenders_sum_to_totals(&hub, &token).await;
        let ours = projections(&hub).await;
        assert_eq!(ours, replay(&hub).await, "seed {seed}");
        assert_eq!([&ours[3], &ours[4], &ours[7]], calculated(&hub).await.each_ref(), "seed {seed}");
        assert!(ours.iter().all(|rows| !rows.is_empty()), "seed {seed} proves nothing");
        let verified = hub.hub.verify_figures(false).await.unwrap();
        assert!(verified.differing.is_empty() && verified.days == 3, "seed {seed}: {verified:?}");
        // Without orders no row is left, not even a row of zeros.
        let items: Vec<Value> = (0..versions.len())
            .map(|n| {
                let (id, version) = (format!("order-{n:02}"), versions[n] + 1);
                outlet.item(json!({"entity_type": "order", "entity_id": id, "operation": "delete", "version": version}))
            })
            .collect();
        outlet.push(&items).await;
        decide(&hub, &token, || true).await;
        assert!(projections(&hub).await.iter().all(Vec::is_empty), "seed {seed}");
    }
}

#[tokio::test]
async fn two_outlets_with_the_same_ids_do_not_touch_each_other() {
    let hub = TestHub::start().await;
    let (mut one, mut two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let sale = |total| order("same", "2026-11-22", "paid", &[("tea", total, 1)], &[("cash", total)]);
    let items = [one.order(1, &sale(100))];
    one.push(&items).await;
    let items = [two.order(1, &sale(7))];
    assert!(two.push(&items).await.is_empty());
    let delete = json!({"entity_type": "order", "entity_id": "same", "operation": "delete", "version": 2});
    let items = [two.item(delete)];
    two.push(&items).await;
    decide(&hub, &hub.admin_token().await, || true).await;
    assert_eq!(hub.rows("outlet_id,total", "from daily_sales").await, [format!("{}|100", one.id)]);
    assert_eq!(hub.rows("outlet_id,amount", "from sale_lines").await, [format!("{}|100", one.id)]);
}
