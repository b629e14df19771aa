//! Garbage: invalid values, and the interfaces by which they enter. Records what was damaged, so that the checkers know
//! which items are bad, where, and which values must not spread.
//!
//! Interfaces: the sqlite3 shell at an outlet ([`shell`]), batches with a valid key ([`rogue`]), offline snapshots
//! ([`offline`]), and the hub's database ([`office`]).

pub mod office;
pub mod offline;
pub mod rogue;
pub mod shell;
pub mod till;
pub mod values;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use protocol::wire::EntityRef;
use rogue::Rogue;
use serde_json::Value;

use crate::shop::Shop;
use crate::world::World;

/// For [`BadItem::token_n`]: damaged in the outlet's shell.
pub const IN_THE_SHELL: i64 = 0;
/// For [`BadItem::token_n`]: an outlet's document that was damaged in the hub's database, and that no outlet reads.
pub const AT_REST: i64 = -1;

/// Where an item is bad.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// In the database of this outlet.
    Outlet(String),
    /// At the hub, and wherever it is read from there.
    Hub,
}

/// An invalid value, which must not spread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadValue {
    /// A text in the document.
    Text(String),
    /// A number in this field.
    Number(String, i64),
}

impl BadValue {
    /// Whether a document contains it.
    #[must_use]
    pub fn is_in(&self, document: &serde_json::Map<String, Value>) -> bool {
        match self {
            Self::Text(word) => Value::Object(document.clone()).to_string().contains(word.as_str()),
            Self::Number(field, number) => document.get(field).and_then(Value::as_i64) == Some(*number),
        }
    }
}

/// A damaged item.
#[derive(Debug, Clone)]
pub struct BadItem {
    /// Where it is bad.
    pub location: Location,
    /// The entity.
    pub of: EntityRef,
    /// The invalid value; `None` if the value is unusual but valid.
    pub bad_value: Option<BadValue>,
    /// The bad version at the hub, or [`IN_THE_SHELL`], or [`AT_REST`].
    pub token_n: i64,
}

/// All garbage of a world.
#[derive(Debug, Default)]
pub struct Garbage {
    /// Items that were damaged in place.
    pub bad: Vec<BadItem>,
    /// An outlet that sends invalid batches.
    pub rogue: Option<Rogue>,
    /// Ids of all damaged items.
    pub ids: BTreeSet<String>,
    locations: BTreeMap<(String, String), BTreeSet<Location>>,
}

impl Garbage {
    /// Records a damaged item.
    pub fn add(&mut self, bad: BadItem) {
        let EntityRef { entity_type, entity_id } = bad.of.clone();
        self.ids.insert(entity_id.clone());
        self.locations.entry((entity_type, entity_id)).or_default().insert(bad.location.clone());
        self.bad.push(bad);
    }

    /// Whether an item is bad at this outlet, or arrives bad from the hub.
    #[must_use]
    pub fn is_bad(&self, outlet_id: &str, entity_type: &str, entity_id: &str) -> bool {
        let locations = self.locations.get(&(entity_type.to_owned(), entity_id.to_owned()));
        locations.is_some_and(|at| at.contains(&Location::Hub) || at.contains(&Location::Outlet(outlet_id.to_owned())))
    }

    /// Whether an item is bad in the hub's database.
    #[must_use]
    pub fn is_bad_at_the_hub(&self, entity_type: &str, entity_id: &str) -> bool {
        self.locations
            .get(&(entity_type.to_owned(), entity_id.to_owned()))
            .is_some_and(|at| at.contains(&Location::Hub))
    }

    /// Ids of bad items of a type at this outlet; for conflict records, those about bad items.
    ///
    /// # Errors
    /// SQLite.
    pub fn ids_at(&self, shop: &Shop, entity_type: &str) -> Result<BTreeSet<String>> {
        let records = if entity_type == "conflict" { self.records(shop)? } else { BTreeSet::new() };
        let of_type = self.locations.keys().filter(|(of_type, _)| of_type == entity_type);
        let bad = of_type.filter(|(of_type, id)| self.is_bad(&shop.outlet_id, of_type, id));
        Ok(bad.map(|(_, id)| id.clone()).chain(records).collect())
    }

    /// Ids of all bad items, and of the conflict records about them at this outlet.
    ///
    /// # Errors
    /// SQLite.
    pub fn all_ids(&self, shop: &Shop) -> Result<BTreeSet<String>> {
        Ok(&self.ids | &self.records(shop)?)
    }

    /// Conflict records about bad items.
    fn records(&self, shop: &Shop) -> Result<BTreeSet<String>> {
        if self.ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        let rows = shop.file.texts("select id || ' ' || entity_id from sync_conflicts")?;
        let bad = rows.iter().filter_map(|row| row.split_once(' ').filter(|(_, of)| self.ids.contains(*of)));
        Ok(bad.map(|(id, _)| id.to_owned()).collect())
    }
}

impl World {
    /// Garbage enters by one of the interfaces; afterwards every till sells.
    pub(crate) fn inject_garbage(&mut self) -> Result<()> {
        match self.dice.below(6) {
            0 | 1 => self.damage_in_the_shell()?,
            2 | 3 => self.send_garbage()?,
            4 => self.import_garbage()?,
            _ => self.damage_at_the_hub()?,
        }
        for at in 0..self.shops.len() {
            self.sell_at_the_till(at)?;
        }
        Ok(())
    }
}
