//! Decisions of people about quarantined items and updates, at outlets and at head office; and concurrent edits of one
//! field.

use anyhow::Result;
use hub::quarantine::Action;
use serde_json::Value;

use crate::world::World;

/// Fields that several people edit at once, of entities that exist from the start, for all three policies.
const EVERYWHERE: &[(&str, &str)] = &[
    ("product", "price"),
    ("product", "name"),
    ("product", "variants"),
    ("category", "position"),
    ("category", "name"),
    ("customer", "phone"),
];

impl World {
    /// All outlets and head office edit one field of one entity before any of them receives another's edit.
    pub(crate) fn edit_everywhere(&mut self) -> Result<()> {
        let Some((entity_type, field)) = self.dice.pick(EVERYWHERE).copied() else { return Ok(()) };
        let id = format!("{entity_type}-{}", 1 + self.dice.below(2));
        let turn = self.dice.below(2);
        if turn == 0 {
            let words = self.office(|act| act.edit_field(entity_type, &id, field))?;
            self.log(words);
        }
        for at in 0..self.shops.len() {
            self.act(at, |act| act.edit_field(entity_type, &id, field))?;
        }
        if turn == 1 {
            let words = self.office(|act| act.edit_field(entity_type, &id, field))?;
            self.log(words);
        }
        Ok(())
    }

    /// An outlet's admin discards the unapplied updates.
    pub(crate) fn discard_updates(&mut self) -> Result<()> {
        let at = self.random_shop();
        let now = self.clock(at);
        let discarded = self.shops[at].discard_unapplied(now)?;
        if !discarded.is_empty() {
            self.log(format!("{} discards the updates of {discarded:?}", self.shops[at].name));
        }
        Ok(())
    }

    /// Head office decides about a quarantined item or an unapplied update that an outlet reported.
    pub(crate) fn decide_about_quarantine(&mut self) -> Result<()> {
        let mut reported = self.hub.quarantined()?;
        // Outlets' ids are random, and the choice must not depend on their order.
        reported.sort_by_key(|report| self.outlets.iter().position(|id| *id == report.outlet_id));
        let mut quarantined: Vec<(String, String, String, bool)> = Vec::new();
        for report in reported {
            for item in report.quarantined {
                quarantined.push((report.outlet_id.clone(), item.entity_type, item.entity_id, true));
            }
            for update in report.unapplied {
                quarantined.push((report.outlet_id.clone(), update.entity_type, update.entity_id, false));
            }
        }
        let Some((outlet, entity_type, id, item)) = self.dice.pick(&quarantined).cloned() else { return Ok(()) };
        let (action, now) = (if self.dice.one_in(2) { Action::Retry } else { Action::Discard }, self.now());
        let of = (outlet.as_str(), entity_type.as_str(), id.as_str());
        let done =
            if item { self.hub.decide_item(of, action, now)? } else { self.hub.decide_update(of, action, now)? };
        let kind = if item { "item" } else { "update" };
        self.log(format!("head office decides {action:?} of the {kind} {id}: {done}"));
        Ok(())
    }

    /// Discarded edits may be missing.
    pub(crate) fn excuse_discarded(&mut self, at: usize) -> Result<()> {
        if !self.faults.people {
            return Ok(());
        }
        let shop = &self.shops[at];
        let edits = shop.file.texts(
            "select json_object('id', entity_id, 'edit', json(content)) from sync_discards
             where kind = 'item' and content is not null order by id",
        )?;
        for edit in edits {
            let edit: Value = serde_json::from_str(&edit)?;
            let id = edit["id"].as_str().unwrap_or_default();
            for (field, values) in edit["edit"].as_object().into_iter().flatten() {
                self.ghost.excuse(id, field, &values[1].to_string());
            }
        }
        Ok(())
    }
}
