//! Garbage: values that break a rule, and by which door they came in. What was spoiled is written down here, so that the
//! checkers know which items are bad, where, and what must be nowhere else.
//!
//! Doors: the sqlite3 shell at an outlet ([`shell`]), a batch of an outlet with a valid key ([`rogue`]), a snapshot on a
//! stick ([`stick`]), and the hub's database ([`office`]).

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

/// Of [`Bad::token_n`]: spoiled in the outlet's shell.
pub const IN_THE_SHELL: i64 = 0;
/// Of [`Bad::token_n`]: an outlet's document that was spoiled in the hub's database, and that nobody reads from there.
pub const AT_REST: i64 = -1;

/// Where an item is bad.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the database of this outlet.
    Outlet(String),
    /// At the hub, and wherever it is read from there.
    Hub,
}

/// What nobody else may hold, because it breaks the rule of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// A text that stands in it.
    Text(String),
    /// A number in this field.
    Number(String, i64),
}

impl Mark {
    /// Whether a document has it.
    #[must_use]
    pub fn is_in(&self, document: &serde_json::Map<String, Value>) -> bool {
        match self {
            Self::Text(word) => Value::Object(document.clone()).to_string().contains(word.as_str()),
            Self::Number(field, number) => document.get(field).and_then(Value::as_i64) == Some(*number),
        }
    }
}

/// An item that was spoiled.
#[derive(Debug, Clone)]
pub struct Bad {
    /// Where.
    pub place: Place,
    /// Which.
    pub of: EntityRef,
    /// None: what stands in it is odd, and keeps the rules.
    pub mark: Option<Mark>,
    /// The hub's version that is bad, or [`IN_THE_SHELL`], or [`AT_REST`].
    pub token_n: i64,
}

/// All garbage of a world.
#[derive(Debug, Default)]
pub struct Garbage {
    /// Items that were spoiled where they stood.
    pub bad: Vec<Bad>,
    /// An outlet that sends what it likes.
    pub rogue: Option<Rogue>,
    /// Ids of what was spoiled anywhere.
    pub ids: BTreeSet<String>,
    places: BTreeMap<(String, String), BTreeSet<Place>>,
}

impl Garbage {
    /// Writes down what was spoiled.
    pub fn add(&mut self, bad: Bad) {
        let EntityRef { entity_type, entity_id } = bad.of.clone();
        self.ids.insert(entity_id.clone());
        self.places.entry((entity_type, entity_id)).or_default().insert(bad.place.clone());
        self.bad.push(bad);
    }

    /// Whether an item is bad at this outlet, or comes bad from the hub.
    #[must_use]
    pub fn is_bad(&self, outlet_id: &str, entity_type: &str, entity_id: &str) -> bool {
        let places = self.places.get(&(entity_type.to_owned(), entity_id.to_owned()));
        places.is_some_and(|at| at.contains(&Place::Hub) || at.contains(&Place::Outlet(outlet_id.to_owned())))
    }

    /// Whether an item is bad in the hub's database.
    #[must_use]
    pub fn is_bad_at_the_hub(&self, entity_type: &str, entity_id: &str) -> bool {
        self.places.get(&(entity_type.to_owned(), entity_id.to_owned())).is_some_and(|at| at.contains(&Place::Hub))
    }

    /// Ids of what is bad at this outlet, of a type; of records those about it.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn ids_at(&self, shop: &Shop, entity_type: &str) -> Result<BTreeSet<String>> {
        let records = if entity_type == "conflict" { self.records(shop)? } else { BTreeSet::new() };
        let of_type = self.places.keys().filter(|(of_type, _)| of_type == entity_type);
        let bad = of_type.filter(|(of_type, id)| self.is_bad(&shop.outlet_id, of_type, id));
        Ok(bad.map(|(_, id)| id.clone()).chain(records).collect())
    }

    /// Ids of all that is bad anywhere, and of the records about it at this outlet.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn all_ids(&self, shop: &Shop) -> Result<BTreeSet<String>> {
        Ok(&self.ids | &self.records(shop)?)
    }

    /// Conflicts about what is bad.
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
    /// Garbage comes in by one of the doors; all tills go on selling.
    pub(crate) fn let_garbage_in(&mut self) -> Result<()> {
        match self.dice.below(6) {
            0 | 1 => self.spoil_in_the_shell()?,
            2 | 3 => self.send_garbage()?,
            4 => self.import_garbage()?,
            _ => self.spoil_at_the_hub()?,
        }
        for at in 0..self.shops.len() {
            self.sell_at_the_till(at)?;
        }
        Ok(())
    }
}
