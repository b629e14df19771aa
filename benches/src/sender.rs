//! A light outlet: a key, and paid orders in batches.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use serde_json::{Value, json};
use store::Store;
use testkit::Http;

/// Id of the epoch of all light outlets.
pub const EPOCH: &str = "epoch-1";

pub struct Sender {
    pub id: String,
    pub key: String,
}

/// Adds outlets to the hub with this database.
pub async fn add(url: &str, codes: Vec<String>) -> Result<Vec<Sender>> {
    let store = Store::open(url, &hub::SCHEMA)?;
    let mut senders = Vec::new();
    for code in codes {
        let added = store.write(move |tx| hub::outlets::add(tx, &code, &code, web::time::now())).await?;
        senders.push(Sender { id: added.outlet_id, key: added.api_key });
    }
    store.close().await;
    Ok(senders)
}

impl Sender {
    /// Its batch with this number; all batches have `size` orders.
    pub fn batch(&self, no: usize, size: usize, version: i64, orders: &[(String, String)]) -> String {
        let name = |no: usize| format!("{}-{no}", self.id);
        let previous = (no > 1).then(|| name(no - 1));
        let head = json!({"protocol": 1, "epoch": {"number": 1, "id": EPOCH}, "batch_no": no, "batch_id": name(no),
        "previous_batch_id": previous, "complete_through": no * size});
        let mut text = head.to_string();
        text.truncate(text.len() - 1);
        text.push_str(",\"items\":[");
        for (n, (id, document)) in orders.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            let operation = if version == 1 { "create" } else { "update" };
            let seq = (no - 1) * size + n + 1;
            text.push_str(&format!(
                "{comma}{{\"entity_type\":\"order\",\"entity_id\":\"{id}\",\"operation\":\"{operation}\",\
             \"version\":{version},\"seq\":{seq},\"occurred_at\":\"2026-11-22T10:00:00.000Z\",\"data\":{document}}}"
            ));
        }
        text.push_str("]}");
        text
    }
}

/// A typical paid order of the café on this business date: id and document, about the size of a real one.
pub fn order(n: usize, version: i64, date: &str) -> (String, String) {
    let id = format!("01a205{:02x}-{:04x}-7{:03x}-8000-{n:012x}", n % 256, n % 65_536, n % 4_096);
    let at = format!("{date}T10:00:00.000Z");
    let line = |no: usize| {
        let product = (n * 7 + no * 13) % 60;
        json!({"id": format!("{id}-{no}"), "position": no, "product_id": format!("01a20500-0000-7000-8000-{product:012x}"),
            "name": format!("Kopi Susu Nomor {product}"), "variant_id": null, "variant_name": null, "modifiers": [],
            "price": 18_000, "qty": 1 + no % 2, "amount": 18_000 * (1 + no % 2), "tax_group": "pbjt",
            "station": "bar", "note": null})
    };
    let lines: Vec<Value> = (0..3).map(line).collect();
    let subtotal: i64 = lines.iter().filter_map(|line| line["amount"].as_i64()).sum();
    let tax = subtotal / 10;
    let total = subtotal + tax;
    let document = json!({"id": id, "order_number": format!("JKT-001-{}-{n:05}", date.replace('-', "")), "business_date": date,
        "status": "paid", "order_type": "dine_in", "table_number": "4", "customer_name": format!("Tamu {version}"),
        "pax": null, "cashier_id": "01a20500-0000-7000-8000-000000000001", "subtotal": subtotal, "discount": 0, "service": 0,
        "tax": tax, "tax_included": 0, "rounding": 0, "total": total, "paid": total, "void_reason": null,
        "void_requested_by": null, "voided_by": null, "created_at": at, "paid_at": at, "voided_at": null, "lines": lines,
        "charges": [{"id": format!("{id}-c"), "position": 0, "charge_id": "01a20500-0000-7000-8000-0000000000c1", "name": "PB1", "kind": "tax",
            "rate_bp": 1_000, "base": subtotal, "amount": tax, "inclusive": false}],
        "payments": [{"id": format!("{id}-p"), "method": "cash", "amount": total, "rounding": 0, "tendered": total,
            "change": 0, "status": "confirmed", "cashier_id": null, "created_at": at}]});
    (id, document.to_string())
}

/// Compresses a batch.
pub fn packed(text: &str) -> Result<Arc<Vec<u8>>> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3)?;
    encoder.write_all(text.as_bytes())?;
    Ok(Arc::new(encoder.finish()?))
}

/// Sends a batch until the hub accepts it, every item of it: rejected orders would measure nothing.
pub async fn send(http: &Http, id: &str, batch: &Arc<Vec<u8>>) -> Result<()> {
    loop {
        let request = http.request("POST", &format!("/v1/outlets/{id}/sync/batch"));
        let request = request.header("content-type", "application/json").header("content-encoding", "zstd");
        let answer = Http::send(request.body(batch.to_vec())).await;
        match answer.status {
            200 => {
                let results = &answer.body["data"]["chain"]["results"];
                anyhow::ensure!(
                    results == &json!([]),
                    "the hub did not apply every order: {:.300}",
                    results.to_string()
                );
                return Ok(());
            }
            // Overloaded: retry, as outlets do.
            429 | 503 => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            _ => anyhow::bail!("{}: {}", answer.status, answer.text),
        }
    }
}
