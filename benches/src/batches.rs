//! Batches as outlets send them, made here: for benches that ask what the hub can take.

use std::io::Write;

use anyhow::Result;
use serde_json::{Value, json};

/// The café's usual order, paid: about what an outlet sends. Its id and its document.
pub fn order(n: usize, version: i64) -> (String, String) {
    let id = format!("01a205{:02x}-{:04x}-7{:03x}-8000-{n:012x}", n % 256, n % 65_536, n % 4_096);
    let at = "2026-11-22T10:00:00.000Z";
    let line = |no: usize| {
        let product = (n * 7 + no * 13) % 60;
        json!({"id": format!("{id}-{no}"), "position": no, "product_id": format!("01a20500-0000-7000-8000-{product:012x}"),
            "name": format!("Kopi Susu Nomor {product}"), "variant_id": null, "variant_name": null, "modifiers": [],
            "price": 18_000, "qty": 1 + no % 2, "amount": 18_000 * (1 + no % 2), "discount": 0, "tax_group": "pbjt",
            "station": "bar", "note": null, "state": "new"})
    };
    let lines: Vec<Value> = (0..3).map(line).collect();
    let subtotal: i64 = lines.iter().filter_map(|line| line["amount"].as_i64()).sum();
    let tax = subtotal / 10;
    let total = subtotal + tax;
    let document = json!({"id": id, "order_number": format!("JKT-001-20261122-{n:05}"), "business_date": "2026-11-22",
        "status": "paid", "order_type": "dine_in", "table_number": "4", "customer_name": format!("Tamu {version}"),
        "pax": null, "cashier_id": "01a20500-0000-7000-8000-000000000001", "subtotal": subtotal, "discount": 0, "service": 0,
        "tax": tax, "tax_included": 0, "rounding": 0, "total": total, "paid": total, "void_reason": null,
        "voided_by": null, "created_at": at, "paid_at": at, "voided_at": null, "lines": lines,
        "charges": [{"id": format!("{id}-c"), "kind": "tax", "name": "PB1", "rate": 1_000, "amount": tax}],
        "payments": [{"id": format!("{id}-p"), "method": "cash", "amount": total, "rounding": 0, "tendered": total,
            "change": 0, "status": "confirmed", "cashier_id": null, "created_at": at}]});
    (id, document.to_string())
}

/// The outlet's batch `no`, from 1 on: these orders, chained to the batch before, which had as many.
pub fn batch_of(outlet: &str, no: usize, version: i64, orders: &[(String, String)]) -> String {
    let name = |no: usize| format!("{outlet}-{no}");
    let previous = (no > 1).then(|| name(no - 1));
    let head = json!({"protocol": 1, "epoch": {"number": 1, "id": "life"}, "batch_no": no, "batch_id": name(no),
        "previous_batch_id": previous, "complete_through": no * orders.len()});
    let mut text = head.to_string();
    text.truncate(text.len() - 1);
    text.push_str(",\"items\":[");
    for (n, (id, document)) in orders.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        let operation = if version == 1 { "create" } else { "update" };
        let seq = (no - 1) * orders.len() + n + 1;
        text.push_str(&format!(
            "{comma}{{\"entity_type\":\"order\",\"entity_id\":\"{id}\",\"operation\":\"{operation}\",\
             \"version\":{version},\"seq\":{seq},\"occurred_at\":\"2026-11-22T10:00:00.000Z\",\"data\":{document}}}"
        ));
    }
    text.push_str("]}");
    text
}

/// As it travels.
pub fn packed(text: &str) -> Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3)?;
    encoder.write_all(text.as_bytes())?;
    Ok(encoder.finish()?)
}
