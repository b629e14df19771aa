//! Batches that are almost as an outlet makes them: each is taken whole or leaves nothing, and the hub never fails.

use serde_json::{Value, json};
use testkit::Mutants;

use crate::app::{TestHub, TestOutlet, coffee};

const CASES: u32 = 400;

/// Everything that a batch may write, beside its place in the chain.
const TABLES: [&str; 10] = [
    "documents",
    "dead_letters",
    "shared_entities",
    "stream_entries",
    "sales",
    "sale_lines",
    "sale_tenders",
    "daily_sales",
    "daily_tenders",
    "daily_products",
];

/// What is there of all outlets, and how far their chains are: a chain may be opened by a batch that does not join it.
async fn written(hub: &TestHub) -> (Vec<i64>, Vec<String>) {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(hub.count(table).await);
    }
    (counts, hub.rows("sum(batch_no)", "from (select batch_no from chains union all select 0) c").await)
}

/// A batch with a bit of everything.
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
async fn a_batch_with_something_changed_is_taken_whole_or_leaves_nothing() {
    let hub = TestHub::start().await;
    let mut mutants = Mutants::new();
    let (mut taken, mut refused) = (0, 0);
    for case in 0..CASES {
        let mut outlet = hub.outlet(&format!("O-{case}")).await;
        let sent = mutants.of(&batch(&mut outlet));
        let before = written(&hub).await;
        let reply = outlet.post(&sent).await;
        let status = reply.status.as_u16();
        if status == 200 {
            taken += 1;
            let again = outlet.post(&sent).await;
            assert_eq!(again.body, reply.body, "sent again it is the same: {sent}");
            let items = sent["items"].as_array().unwrap();
            assert!(accounted_for(&hub, &outlet, items, &reply.body["data"]["chain"]["results"]).await, "{sent}");
        } else {
            refused += 1;
            assert!([400, 409, 422, 426].contains(&status), "{status} {}: {sent}", reply.body);
            assert_eq!(written(&hub).await, before, "{status} and something of it is there: {sent}");
        }
    }
    assert!(taken > CASES / 10 && refused > CASES / 10, "{taken} taken, {refused} refused: a lopsided test");
}

/// Each item is a document as it was sent, or kept as it was sent, or answered with why not.
async fn accounted_for(hub: &TestHub, outlet: &TestOutlet, items: &[Value], results: &Value) -> bool {
    let json =
        |rows: Vec<String>| rows.iter().filter_map(|text| serde_json::from_str(text).ok()).collect::<Vec<Value>>();
    let of = format!("where outlet_id = '{}'", outlet.id);
    let stored = json(hub.rows("document", &format!("from documents {of}")).await);
    let kept = json(hub.rows("item", &format!("from dead_letters {of}")).await);
    let is_named = |no: usize| results.as_array().unwrap().iter().any(|result| result["item"] == no);
    items.iter().enumerate().all(|(no, item)| {
        let is_gone = item["operation"] == "delete" || item["data"].is_null();
        let is_kept = kept.iter().any(|kept| kept["entity_id"] == item["entity_id"] && kept["data"] == item["data"]);
        is_named(no) || is_gone || is_kept || stored.contains(&item["data"])
    })
}
