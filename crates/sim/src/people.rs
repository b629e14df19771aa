//! What people do about what is stuck, at an outlet and at head office; and what they do all at once.

use anyhow::Result;
use hub::quarantine::Action;
use serde_json::Value;

use crate::world::World;

/// What several people edit at once: an entity that is there from the beginning, and fields of the three policies.
const EVERYWHERE: &[(&str, &str)] = &[
    ("product", "price"),
    ("product", "name"),
    ("product", "variants"),
    ("category", "position"),
    ("category", "name"),
    ("customer", "phone"),
];

impl World {
    /// Somebody at each outlet and somebody at head office edit one field of one entity, before any hears of another.
    pub(crate) fn edit_everywhere(&mut self) -> Result<()> {
        let Some((entity_type, field)) = self.dice.pick(EVERYWHERE).copied() else { return Ok(()) };
        let id = format!("{entity_type}-{}", 1 + self.dice.below(2));
        let turn = self.dice.below(2);
        if turn == 0 {
            let words = self.office(|act| act.edit_field(entity_type, &id, field))?;
            self.say(words);
        }
        for at in 0..self.shops.len() {
            self.act(at, |act| act.edit_field(entity_type, &id, field))?;
        }
        if turn == 1 {
            let words = self.office(|act| act.edit_field(entity_type, &id, field))?;
            self.say(words);
        }
        Ok(())
    }

    /// An outlet's admin discards what came from head office and cannot be applied.
    pub(crate) fn discard_updates(&mut self) -> Result<()> {
        let at = self.some_shop();
        let now = self.clock(at);
        let discarded = self.shops[at].discard_unapplied(now)?;
        if !discarded.is_empty() {
            self.say(format!("{} discards the updates of {discarded:?}", self.shops[at].name));
        }
        Ok(())
    }

    /// Head office decides about something that an outlet has said it holds back, or could not apply.
    pub(crate) fn decide_about_the_stuck(&mut self) -> Result<()> {
        let mut told = self.hub.quarantined()?;
        // Outlets' ids are random: what is picked must not depend on their order.
        told.sort_by_key(|told| self.outlets.iter().position(|id| *id == told.outlet_id));
        let mut stuck: Vec<(String, String, String, bool)> = Vec::new();
        for told in told {
            for item in told.quarantined {
                stuck.push((told.outlet_id.clone(), item.entity_type, item.entity_id, true));
            }
            for update in told.unapplied {
                stuck.push((told.outlet_id.clone(), update.entity_type, update.entity_id, false));
            }
        }
        let Some((outlet, entity_type, id, item)) = self.dice.pick(&stuck).cloned() else { return Ok(()) };
        let (action, now) = (if self.dice.one_in(2) { Action::Retry } else { Action::Discard }, self.now());
        let of = (outlet.as_str(), entity_type.as_str(), id.as_str());
        let done =
            if item { self.hub.decide_held(of, action, now)? } else { self.hub.decide_update(of, action, now)? };
        let what = if item { "item" } else { "update" };
        self.say(format!("head office decides {action:?} of the {what} {id}: {done}"));
        Ok(())
    }

    /// An edit that was discarded is one that nobody will miss.
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
