//! A rogue outlet: it has a valid key and sends good and bad items in one batch.

use anyhow::Result;
use protocol::entity::{ENTITIES, Owner};
use protocol::wire::EntityRef;
use serde_json::{Value, json};

use super::till::BAD_ITEMS;
use super::{BadValue, values};
use crate::message::{Delivery, Reply};
use crate::office;
use crate::world::World;

/// Its position in the chain, and the items that it has sent.
#[derive(Debug, Clone)]
pub struct Rogue {
    /// Its id at the hub.
    pub outlet_id: String,
    batch_no: i64,
    batch_id: Option<String>,
    seq: i64,
    /// Good items that the hub has accepted.
    pub good: Vec<EntityRef>,
    /// Bad items, each with its batch, its index in it, and the value that must not spread.
    pub bad: Vec<(String, usize, EntityRef, Option<BadValue>)>,
}

/// An item as text, which may be invalid.
struct Sent {
    text: String,
    of: EntityRef,
    /// `None` for a good item.
    bad: Option<Option<BadValue>>,
}

impl World {
    /// Sends a batch with good and bad items, or an invalid batch.
    pub(crate) fn send_garbage(&mut self) -> Result<()> {
        let mut rogue = match self.garbage.rogue.take() {
            Some(rogue) => rogue,
            None => {
                let (outlet_id, _) = self.hub.add("JKT-R", self.now())?;
                Rogue { outlet_id, batch_no: 0, batch_id: None, seq: 0, good: Vec::new(), bad: Vec::new() }
            }
        };
        let done = self.send_batch(&mut rogue);
        self.garbage.rogue = Some(rogue);
        done
    }

    fn send_batch(&mut self, rogue: &mut Rogue) -> Result<()> {
        let mut items = Vec::new();
        for _ in 0..1 + self.dice.below(3) {
            items.push(self.bad_item(rogue)?);
        }
        for _ in 0..1 + self.dice.below(2) {
            let at = self.dice.index(items.len() + 1);
            let good = self.good_item(rogue);
            items.insert(at, good);
        }
        let batch_id = format!("R.b{}", self.number());
        let texts: Vec<_> = items.iter().map(|item| item.text.as_str()).collect();
        let head = json!({"protocol": protocol::PROTOCOL, "epoch": {"number": 1, "id": "rogue"},
            "batch_no": rogue.batch_no + 1, "batch_id": batch_id, "previous_batch_id": rogue.batch_id,
            "complete_through": 0});
        let head = head.to_string();
        let body = format!("{},\"items\":[{}]}}", &head[..head.len() - 1], texts.join(","));
        let packed = zstd::bulk::compress(body.as_bytes(), 1)?;
        let whole = !self.dice.one_in(8);
        let delivery = if whole { Delivery::Complete } else { Delivery::Truncated { percent: 70, noticed: false } };
        let now = self.now();
        let reply = self.hub.batch(&rogue.outlet_id, packed, delivery, now)?;
        let ids: Vec<_> = items.iter().map(|item| item.of.entity_id.as_str()).collect();
        self.log(format!("the rogue outlet sends {ids:?}: {}", reply.summary()));
        match &reply {
            Reply::Answer(answer) if answer.chain.position.batch_id.as_ref() == Some(&batch_id) => {
                rogue.batch_no += 1;
                rogue.batch_id = Some(batch_id.clone());
            }
            // The hub accepts no batch at all now.
            _ if self.hub.full || self.hub.broken => return Ok(()),
            _ if whole => self.found(BAD_ITEMS, format!("the hub answers {} to the batch {batch_id}", reply.summary())),
            _ => return Ok(()),
        }
        for (no, Sent { of, bad, .. }) in items.into_iter().enumerate() {
            match bad {
                None => rogue.good.push(of),
                Some(bad_value) => rogue.bad.push((batch_id.clone(), no, of, bad_value)),
            }
        }
        Ok(())
    }

    fn item(&mut self, rogue: &mut Rogue, entity_type: &str, id: &str, content: &Value) -> Value {
        rogue.seq += 1;
        let mut item = json!({"entity_type": entity_type, "entity_id": id, "operation": "create", "version": 1,
            "seq": rogue.seq, "occurred_at": "2026-11-22T10:00:00.000Z"});
        if let (Some(item), Some(content)) = (item.as_object_mut(), content.as_object()) {
            item.extend(content.clone());
        }
        item
    }

    fn good_item(&mut self, rogue: &mut Rogue) -> Sent {
        let number = self.number();
        let of = |entity_type: &str| EntityRef {
            entity_type: entity_type.to_owned(),
            entity_id: format!("{entity_type}-R{number}"),
        };
        let (of, content) = match self.dice.below(3) {
            0 => (of("order"), json!({"data": order(&format!("order-R{number}"), 10)})),
            1 => {
                let name = format!("Meja {number}");
                (of("table"), json!({"data": {"id": format!("table-R{number}"), "name": name, "active": true}}))
            }
            _ => {
                let fields = office::all_fields("product", number);
                let fields: Value = fields.into_iter().map(|(name, new)| (name, json!([null, new]))).collect();
                (of("product"), json!({"fields": fields}))
            }
        };
        let text = self.item(rogue, &of.entity_type, &of.entity_id, &content).to_string();
        Sent { text, of, bad: None }
    }

    fn bad_item(&mut self, rogue: &mut Rogue) -> Result<Sent> {
        let number = self.number();
        let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let id = format!("bad{number}");
        let text_mark = Some(BadValue::Text(format!("bad{number}x")));
        let shared: Vec<_> = ENTITIES.iter().filter(|entity| entity.owner == Owner::Both).collect();
        let (entity_type, id, text, bad_value) = match self.dice.below(10) {
            // A field of a shared entity, which may exist.
            0..=3 => {
                let entity = shared[self.dice.index(shared.len())];
                let field = &entity.fields[self.dice.index(entity.fields.len())];
                let (value, bad_value) = values::json(field, &mut self.dice, number);
                let exists = ["product", "category", "customer"].contains(&entity.name) && self.dice.one_in(3);
                let id = if exists { format!("{}-1", entity.name) } else { id };
                let content = json!({"fields": {field.name: [null, value]}});
                (entity.name, id.clone(), self.item(rogue, entity.name, &id, &content).to_string(), Some(bad_value))
            }
            // A new entity without one of its required fields.
            4 if number.is_multiple_of(2) => {
                let missing = if number.is_multiple_of(4) { "name" } else { "price" };
                let fields = office::all_fields("product", number).into_iter().filter(|(name, _)| name != missing);
                let fields: Value = fields.map(|(name, new)| (name, json!([null, new]))).collect();
                let content = json!({"fields": fields});
                ("product", id.clone(), self.item(rogue, "product", &id, &content).to_string(), None)
            }
            4 => {
                let fields = json!({"name": [null, format!("bad{number}x")], "kind": [null, "tax"],
                    "rate_bp": [null, 10_000], "base_num": [null, i64::MAX], "base_den": [null, 1],
                    "active": [null, true], "tax_group": [null, "pbjt"]});
                (
                    "charge",
                    id.clone(),
                    self.item(rogue, "charge", &id, &json!({"fields": fields})).to_string(),
                    text_mark,
                )
            }
            5 => {
                let mut document = order(&id, 10);
                match self.dice.below(4) {
                    0 => document["total"] = json!(11),
                    1 => document["business_date"] = json!("yesterday"),
                    2 => document["lines"] = json!("none"),
                    _ => document["customer_name"] = json!("x".repeat(protocol::limits::MAX_ENTITY_BYTES + 1)),
                }
                ("order", id.clone(), self.item(rogue, "order", &id, &json!({"data": document})).to_string(), None)
            }
            6 => {
                let content = json!({"fields": {"price": [1, "DEEP"]}});
                let text = self.item(rogue, "product", &id, &content).to_string().replace("\"DEEP\"", &nested);
                ("product", id, text, None)
            }
            7 => {
                let entity_type = if self.dice.one_in(2) { "nobody_knows" } else { "table" };
                let content = json!({"data": {"id": id, "name": "4", "x": "DEEP"}});
                let text = self.item(rogue, entity_type, &id, &content).to_string().replace("\"DEEP\"", &nested);
                (entity_type, id, text, None)
            }
            8 => {
                let content = json!({"fields": {"price": [null, 1]}});
                let text = self.item(rogue, "product", &id, &content).to_string();
                let twice = "\"price\":[null,1],\"price\":[null,2]";
                ("product", id, text.replace("\"price\":[null,1]", twice), None)
            }
            _ => {
                let texts = ["7", "null", "[]", "\"order\"", r#"{"entity_type":7,"entity_id":["x"],"seq":"1"}"#];
                let text = texts[self.dice.index(texts.len())];
                ("?", id, text.to_owned(), None)
            }
        };
        let of = EntityRef { entity_type: entity_type.to_owned(), entity_id: id };
        Ok(Sent { text, of, bad: Some(bad_value) })
    }
}

/// A paid order with one line.
fn order(id: &str, total: i64) -> Value {
    let at = "2026-11-22T10:00:00.000Z";
    let line = json!({"id": format!("{id}-l"), "position": 1, "product_id": "product-1", "name": "Kopi", "price": total,
        "qty": 1, "amount": total, "tax_group": "none", "station": "bar", "note": null});
    let payment = json!({"id": format!("{id}-p"), "method": "cash", "amount": total, "rounding": 0, "tendered": total,
        "change": 0, "status": "confirmed", "cashier_id": null, "created_at": at});
    json!({"id": id, "order_number": id, "business_date": "2026-11-22", "status": "paid", "order_type": "dine_in",
        "table_number": null, "customer_name": null, "pax": null, "cashier_id": null, "subtotal": total, "discount": 0,
        "service": 0, "tax": 0, "tax_included": 0, "rounding": 0, "total": total, "paid": total, "void_reason": null,
        "void_requested_by": null, "voided_by": null, "created_at": at, "paid_at": at, "voided_at": null,
        "lines": [line], "charges": [], "payments": [payment]})
}
