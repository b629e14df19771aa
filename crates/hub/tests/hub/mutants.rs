//! Mutated batches: each is accepted as a whole or leaves nothing, and the hub never fails.

use serde_json::{Value, json};
use testkit::Mutants;

use crate::app::{TestHub, TestOutlet, coffee};

const CASES: u32 = 400;

/// Everything that a batch may write, besides its position in the chain.
const TABLES: [&str; 14] = [
    "documents",
    "dead_letters",
    "shared_entities",
    "shared_values",
    "stream_entries",
    "sales",
    "sale_lines",
    "sale_tenders",
    "sale_taxes",
    "sale_deeds",
    "daily_sales",
    "daily_tenders",
    "daily_products",
    "daily_taxes",
];

/// The rows of all outlets, and the sum of their positions: a batch that does not join its chain may create the chain
/// row.
async fn written(hub: &TestHub) -> (Vec<i64>, Vec<String>) {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(hub.count(table).await);
    }
    (counts, hub.rows("sum(batch_no)", "from (select batch_no from chains union all select 0) c").await)
}

/// A batch with every kind of content.
fn batch(outlet: &mut TestOutlet) -> Value {
    let order = outlet.order(1, &coffee(&format!("order of {}", outlet.id)));
    let mut product = outlet.named("product", &format!("product of {}", outlet.id), "Kopi");
    product["fields"]["price"] = json!([null, 22_000]);
    let gone = json!({"entity_type": "table", "entity_id": "t", "operation": "delete"});
    let items = [order, product, outlet.item(gone)];
    let mut batch = outlet.batch(&items);
    batch["quarantined"] =
        json!([{"entity_type": "order", "entity_id": "h", "seq": 1, "state": "failed", "code": "c", "message": "m"}]);
    batch["unapplied"] = json!([{"entity_type": "product", "entity_id": "n", "reason": "r"}]);
    batch
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutated_batch_is_accepted_whole_or_leaves_nothing() {
    let hub = TestHub::start().await;
    let mut mutants = Mutants::new();
    let (mut accepted, mut rejected) = (0, 0);
    for case in 0..CASES {
        let mut outlet = hub.outlet(&format!("O-{case}")).await;
        let sent = mutants.of(&batch(&mut outlet));
        let before = written(&hub).await;
        let reply = outlet.post(&sent).await;
        let status = reply.status.as_u16();
        if status == 200 {
            accepted += 1;
            let repeated = outlet.post(&sent).await;
            assert_eq!(repeated.body, reply.body, "a repeated batch gets the same answer: {sent}");
            let items = sent["items"].as_array().unwrap();
            assert!(accounted_for(&hub, &outlet, items, &reply.body["data"]["chain"]["results"]).await, "{sent}");
        } else {
            rejected += 1;
            assert!([400, 409, 422, 426].contains(&status), "{status} {}: {sent}", reply.body);
            assert_eq!(written(&hub).await, before, "{status}, but something was written: {sent}");
        }
    }
    assert!(
        accepted > CASES / 10 && rejected > CASES / 10,
        "{accepted} accepted, {rejected} rejected: an unbalanced test"
    );
}

/// Each item is stored as a document or as a dead letter, as it was sent, or is listed in the results.
async fn accounted_for(hub: &TestHub, outlet: &TestOutlet, items: &[Value], results: &Value) -> bool {
    let json =
        |rows: Vec<String>| rows.iter().filter_map(|text| serde_json::from_str(text).ok()).collect::<Vec<Value>>();
    let of = format!("where outlet_id = '{}'", outlet.id);
    let stored = json(hub.rows("document", &format!("from documents {of}")).await);
    let dead_letters = json(hub.rows("item", &format!("from dead_letters {of}")).await);
    let is_listed = |no: usize| results.as_array().unwrap().iter().any(|result| result["item"] == no);
    items.iter().enumerate().all(|(no, item)| {
        let is_deleted = item["operation"] == "delete" || item["data"].is_null();
        let is_dead_letter = dead_letters
            .iter()
            .any(|letter| letter["entity_id"] == item["entity_id"] && letter["data"] == item["data"]);
        is_listed(no) || is_deleted || is_dead_letter || stored.contains(&item["data"])
    })
}
