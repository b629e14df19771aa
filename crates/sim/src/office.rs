//! The actions of people at head office: they edit products, categories and customers of the chain, prices and
//! announcements of one outlet, and resolve conflicts.

use anyhow::Result;
use jiff::Timestamp;
use protocol::wire::EntityRef;
use serde_json::{Map, Value, json};

use crate::dice::Dice;
use crate::ghost::{Ghost, OFFICE};
use crate::hub::{Hub, Shared};
use crate::older::Older;
use crate::sales::{FIELDS, TYPES, fresh};

/// An action of head office. `number` is unique in this world.
#[derive(Debug)]
pub struct Act<'a> {
    /// The hub.
    pub hub: &'a Hub,
    /// The edit oracle.
    pub ghost: &'a mut Ghost,
    /// Random numbers.
    pub dice: &'a mut Dice,
    pub(crate) older: &'a Older,
    /// The outlets' ids.
    pub outlets: &'a [String],
    /// Unique in this world.
    pub number: u64,
    /// The world's time.
    pub t: u64,
    /// The clock's time.
    pub now: Timestamp,
}

/// All fields of a new entity; the edited ones have unique values.
pub(crate) fn all_fields(entity_type: &str, number: u64) -> Map<String, Value> {
    let mut fields = match entity_type {
        "product" => json!({"code": null, "barcode": null, "category_id": null, "tax_group": "pbjt", "station": "none",
            "available": true, "modifier_groups": [], "position": 0, "image": null, "unit": null, "qty_scale": 0, "scale_code": null}),
        "customer" => json!({"name": "Guest", "email": null}),
        "charge" => {
            let (name, kind, rate) =
                if number.is_multiple_of(2) { ("PB1", "tax", 1_000) } else { ("Service", "service", 500) };
            json!({"name": name, "kind": kind, "rate_bp": rate, "tax_group": "pbjt", "service_base": "after_discount",
                "base_num": 1, "base_den": 1, "inclusive": false, "position": number, "valid_from": null,
                "order_types": [], "active": true})
        }
        "tender" => {
            let method = ["card", "qris", "transfer", "cash"][usize::try_from(number % 4).unwrap_or_default()];
            let special = if number.is_multiple_of(5) { Some("writeoff") } else { None };
            json!({"name": format!("Tender {number}"), "method": method, "special": special,
                "needs_reference": number.is_multiple_of(3), "opens_drawer": false, "position": number, "active": true})
        }
        _ => json!({}),
    };
    for (of_type, field, _) in FIELDS {
        if *of_type == entity_type {
            fields[*field] = serde_json::from_str(&fresh(entity_type, field, number)).unwrap_or_default();
        }
    }
    fields.as_object().cloned().unwrap_or_default()
}

impl Act<'_> {
    /// Does a random action. Returns its description.
    ///
    /// # Errors
    /// The database.
    pub fn anything(&mut self) -> Result<String> {
        match self.dice.below(100) {
            0..=7 => self.create(),
            8..=15 => self.delete(),
            16..=20 => self.of_one_outlet(),
            21..=32 => self.decide(),
            _ => self.edit(),
        }
    }

    /// Creates an entity of this type.
    ///
    /// # Errors
    /// The database.
    pub fn make(&mut self, entity_type: &str, id: &str) -> Result<String> {
        if self.older.hub_lacks(entity_type) {
            return Ok(format!("head office does not know the type of {id}"));
        }
        let fields = all_fields(entity_type, self.number);
        let of = EntityRef { entity_type: entity_type.to_owned(), entity_id: id.to_owned() };
        self.hub.edit(&of, "", Some(fields.clone()), self.now)?;
        for (field, value) in fields.iter().filter(|(field, _)| known(entity_type, field)) {
            self.ghost.edit(OFFICE, self.t, id, field, &value.to_string(), None);
        }
        Ok(format!("head office makes {id}"))
    }

    fn create(&mut self) -> Result<String> {
        let Some(entity_type) = self.dice.pick(TYPES).copied() else { return Ok(String::new()) };
        self.make(entity_type, &format!("{entity_type}-hq{}", self.number))
    }

    fn some_entity(&mut self, deleted: bool) -> Result<Option<Shared>> {
        let mut all = self.hub.shared()?;
        all.retain(|shared| TYPES.contains(&shared.of.entity_type.as_str()) && (deleted || !shared.deleted));
        Ok(self.dice.pick(&all).cloned())
    }

    fn delete(&mut self) -> Result<String> {
        let Some(found) = self.some_entity(false)? else { return Ok("nothing".to_owned()) };
        self.delete_one(&found)
    }

    /// Creates, renames or deletes a tender, or switches one off or on.
    ///
    /// # Errors
    /// The database.
    pub fn change_tenders(&mut self) -> Result<String> {
        let mut all = self.hub.shared()?;
        all.retain(|shared| shared.of.entity_type == "tender" && !shared.deleted);
        match (self.dice.below(6), self.dice.pick(&all).cloned()) {
            (0, _) | (_, None) => self.make("tender", &format!("tender-hq{}", self.number)),
            (1, Some(found)) => self.delete_one(&found),
            (change, Some(Shared { of, document, .. })) => {
                let active = document.get("active") != Some(&Value::Bool(true));
                let (field, value) = match change {
                    2 | 3 => ("name", format!("Tender {}", self.number).into()),
                    _ => ("active", active.into()),
                };
                let words = format!("head office sets {field} of {} to {value}", of.entity_id);
                self.hub.edit(&of, "", Some(Map::from_iter([(field.to_owned(), value)])), self.now)?;
                Ok(words)
            }
        }
    }

    fn delete_one(&mut self, Shared { of, document, .. }: &Shared) -> Result<String> {
        for (field, value) in document.iter().filter(|(field, _)| known(&of.entity_type, field)) {
            self.ghost.excuse(&of.entity_id, field, &value.to_string());
        }
        self.hub.edit(of, "", None, self.now)?;
        Ok(format!("head office deletes {}", of.entity_id))
    }

    fn edit(&mut self) -> Result<String> {
        let Some(Shared { of, deleted, document, .. }) = self.some_entity(true)? else {
            return Ok("nothing".to_owned());
        };
        if !deleted {
            let fields: Vec<_> =
                FIELDS.iter().filter(|(t, ..)| *t == of.entity_type).map(|(_, field, _)| *field).collect();
            let Some(field) = self.dice.pick(&fields).copied() else { return Ok(String::new()) };
            return self.set(&of, &document, field);
        }
        // With all fields: the tombstone of an entity that was created and deleted at once has none.
        let fields = all_fields(&of.entity_type, self.number);
        self.hub.edit(&of, "", Some(fields.clone()), self.now)?;
        for (field, value) in fields.iter().filter(|(field, _)| known(&of.entity_type, field)) {
            let seen = document.get(field).map(ToString::to_string);
            self.ghost.edit(OFFICE, self.t, &of.entity_id, field, &value.to_string(), seen.as_deref());
        }
        Ok(format!("head office restores {}", of.entity_id))
    }

    /// Edits this field of an entity of the chain, if it exists.
    ///
    /// # Errors
    /// The database.
    pub fn edit_field(&mut self, entity_type: &str, id: &str, field: &str) -> Result<String> {
        let all = self.hub.shared()?;
        let found = all.into_iter().find(|one| {
            one.scope.is_empty() && one.of.entity_type == entity_type && one.of.entity_id == id && !one.deleted
        });
        found.map_or(Ok(format!("head office has no {id}")), |one| self.set(&one.of, &one.document, field))
    }

    fn set(&mut self, of: &EntityRef, document: &Map<String, Value>, field: &str) -> Result<String> {
        let value = fresh(&of.entity_type, field, self.number);
        let seen = document.get(field).map(ToString::to_string);
        let json: Value = serde_json::from_str(&value)?;
        self.hub.edit(of, "", Some(Map::from_iter([(field.to_owned(), json)])), self.now)?;
        self.ghost.edit(OFFICE, self.t, &of.entity_id, field, &value, seen.as_deref());
        Ok(format!("head office edits {field} of {}: {seen:?} → {value}", of.entity_id))
    }

    fn of_one_outlet(&mut self) -> Result<String> {
        let Some(outlet) = self.dice.pick(self.outlets).cloned() else { return Ok(String::new()) };
        let index = self.dice.below(2);
        let (entity_type, id, fields) = match self.dice.below(4) {
            0 => (
                "outlet_product",
                format!("product-own{index}"),
                Some(json!({"price": self.number, "available": true})),
            ),
            1 => ("outlet_product", format!("product-own{index}"), None),
            2 => {
                let title = format!("news {}", self.number);
                let fields = json!({"title": title, "body": "", "starts_at": null, "ends_at": null});
                ("announcement", format!("announcement-{index}"), Some(fields))
            }
            _ => ("announcement", format!("announcement-{index}"), None),
        };
        let of = EntityRef { entity_type: entity_type.to_owned(), entity_id: id };
        let fields = fields.map(|fields| fields.as_object().cloned().unwrap_or_default());
        let verb = if fields.is_some() { "puts" } else { "deletes" };
        self.hub.edit(&of, &outlet, fields, self.now)?;
        Ok(format!("head office {verb} {} of an outlet", of.entity_id))
    }

    fn decide(&mut self) -> Result<String> {
        let mut records: Vec<_> = self.hub.documents()?;
        records.retain(|(_, of, document)| of.entity_type == "conflict" && document["status"] == "open");
        // Outlets' ids are random, and the choice must not depend on their order.
        records.sort_by_key(|(outlet, of, _)| (of.entity_id.clone(), self.outlets.iter().position(|id| id == outlet)));
        let Some((outlet, of, record)) = self.dice.pick(&records).cloned() else {
            return Ok("head office has nothing to decide".to_owned());
        };
        let local = self.dice.one_in(2);
        if !self.hub.decide(&of.entity_id, &outlet, local, self.now)? {
            return Ok("head office cannot decide".to_owned());
        }
        let side = if local { "local" } else { "cloud" };
        Ok(format!("head office decides for {side} on {} of {}", record["field"], record["entity_id"]))
    }
}

fn known(entity_type: &str, field: &str) -> bool {
    FIELDS.iter().any(|(t, f, _)| *t == entity_type && *f == field)
}
