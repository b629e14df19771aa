//! The cost of an order for the hub: batches of 1,000 typical orders through the whole router, one after the other.
//!
//! `cargo run --release -p hub --example ingest_speed [BATCHES [FILE]]`; the database is left in FILE, if one is named.

use std::time::Instant;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use hub::{Config, Hub, outlets};
use serde_json::{Value, json};
use tower::ServiceExt;

const ORDERS: usize = 1_000;

fn id(n: u64) -> String {
    let random = n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&random);
    uuid::Builder::from_unix_timestamp_millis(1_769_500_000_000 + n / 4, &bytes).into_uuid().to_string()
}

fn order(n: u64) -> Value {
    let date = format!("2026-11-{:02}", 1 + (n / 5_000) % 28);
    let at = format!("{date}T10:{:02}:{:02}.{:03}Z", n / 60 % 60, n % 60, n % 1_000);
    let lines: Vec<Value> = (0..3)
        .map(|line| {
            let product = (n * 7 + line * 13) % 50;
            json!({"id": id(n * 8 + line), "position": line, "product_id": id(1_000_000_000 + product),
                "name": format!("Kopi susu nomor {product}"), "price": 20_000, "qty": 1 + n % 2,
                "amount": 20_000 * (1 + n % 2), "tax_group": "pbjt", "station": "bar", "note": null})
        })
        .collect();
    let subtotal = 60_000 * (1 + n % 2);
    let (service, tax) = (subtotal / 20, subtotal / 20 * 21 / 10);
    let total = subtotal + service + tax;
    let method = ["cash", "qris", "card"][(n % 3) as usize];
    let charge = |no: u64, kind: &str, amount| {
        json!({"id": id(n * 8 + 3 + no), "position": no, "charge_id": id(2_000_000_000 + no), "name": kind, "kind": kind,
            "rate_bp": 500, "base": subtotal, "amount": amount, "inclusive": false})
    };
    json!({"id": id(n * 8 + 6), "order_number": format!("JKT-001-{date}-{n:04}"), "business_date": date,
        "status": "paid", "order_type": "dine_in", "table_number": (n % 20).to_string(), "customer_name": null,
        "pax": 2, "cashier_id": id(3_000_000_000), "subtotal": subtotal, "discount": 0, "service": service, "tax": tax,
        "tax_included": 0, "rounding": 0, "total": total, "paid": total, "void_reason": null, "void_requested_by": null, "voided_by": null,
        "created_at": at, "paid_at": at, "voided_at": null, "lines": lines,
        "charges": [charge(0, "service", service), charge(1, "tax", tax)],
        "payments": [{"id": id(n * 8 + 5), "method": method, "amount": total, "rounding": 0, "tendered": total,
            "change": 0, "status": "confirmed", "cashier_id": id(3_000_000_000), "created_at": at}]})
}

fn batch(no: u64) -> Vec<u8> {
    let items: Vec<Value> = (0..ORDERS as u64)
        .map(|place| {
            let n = (no - 1) * ORDERS as u64 + place;
            let data = order(n);
            json!({"entity_type": "order", "entity_id": data["id"], "operation": "create", "version": 1, "seq": n + 1,
                "occurred_at": data["created_at"], "data": data})
        })
        .collect();
    let previous = (no > 1).then(|| format!("batch-{}", no - 1));
    let body = json!({"protocol": 1, "epoch": {"number": 1, "id": "epoch"}, "batch_no": no,
        "batch_id": format!("batch-{no}"), "previous_batch_id": previous, "complete_through": no * ORDERS as u64,
        "items": items})
    .to_string();
    if no == 1 {
        println!("{} bytes per order", body.len() / ORDERS);
    }
    zstd::encode_all(body.as_bytes(), 1).unwrap_or_default()
}

fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.split(' ').collect();
    fields[13..15].iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let batches: u64 = std::env::args().nth(1).map_or(Ok(30), |n| n.parse())?;
    let dir = tempfile::tempdir_in(".")?;
    let file = std::env::args().nth(2).map_or(dir.path().join("hub.db"), Into::into);
    let database_url = format!("sqlite:{}", file.display());
    let (hub, _) = Hub::open(&Config { database_url, ..Config::default() }, web::time::now()).await?;
    let added = hub.store().write(|tx| outlets::add(tx, "JKT-001", "Kemang", web::time::now())).await?;
    let bodies: Vec<Vec<u8>> = (1..=batches).map(batch).collect();
    let uri = format!("/v1/outlets/{}/sync/batch", added.outlet_id);
    let router = hub.router();
    let (cpu, started) = (cpu_ms(), Instant::now());
    for body in bodies {
        let request = Request::post(&uri)
            .header("authorization", format!("Bearer {}", added.api_key))
            .header("content-encoding", "zstd")
            .body(Body::from(body))?;
        let response = router.clone().oneshot(request).await?;
        assert_eq!(response.status(), StatusCode::OK);
    }
    let (wall, cpu) = (started.elapsed(), cpu_ms() - cpu);
    let orders = batches * ORDERS as u64;
    let stored = hub.store().read(|tx| tx.first("select count(*) from sales", &[], |row| row.int(0))).await;
    println!(
        "{orders} orders, {stored:?}: {} us wall, {} us cpu per order",
        wall.as_micros() / u128::from(orders),
        u128::from(cpu) * 1_000 / u128::from(orders)
    );
    let size = std::fs::metadata(file)?.len();
    hub.store().close().await;
    println!("{} bytes of database per order", size / orders);
    Ok(())
}
