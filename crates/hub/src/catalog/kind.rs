//! Kinds of entities that head office can change: the declaration of `protocol::entity`, its name for people, and the rules
//! for its fields.

use jiff::Timestamp;
use protocol::cursor;
use protocol::entity::{Entity, Scope};
use serde_json::{Map, Value};
use store::Tx;

use super::Refused;
use super::fields::Field;
use crate::outlets;

/// A type of entity as head office changes it.
#[derive(Debug)]
pub struct SharedKind {
    /// Its name, scope and fields.
    pub entity: &'static Entity,
    /// Name for people, in the singular.
    pub(crate) word: &'static str,
    /// Reason of `not_found` in the messages.
    pub(crate) missing: &'static str,
    /// The fields that may be set.
    pub(crate) fields: &'static [Field],
    /// Rules between its fields and with other entities, checked before a write.
    pub(crate) check: fn(&mut Tx<'_>, &Edit<'_>) -> Result<(), Refused>,
}

/// A change that is about to be written.
#[derive(Debug)]
pub(crate) struct Edit<'a> {
    pub at: &'a At,
    pub id: &'a str,
    /// None if the entity is new or was deleted.
    pub before: Option<&'a Map<String, Value>>,
    /// None if the entity is being deleted.
    pub after: Option<&'a Map<String, Value>>,
    pub now: Timestamp,
}

impl Edit<'_> {
    /// A text of the new document; empty if it is missing.
    pub fn text(&self, field: &str) -> &str {
        text(self.after, field)
    }

    /// Whether the field changes.
    pub fn changes(&self, field: &str) -> bool {
        self.before.and_then(|before| before.get(field)) != self.after.and_then(|after| after.get(field))
    }
}

/// A text of a document; empty if it is missing.
pub(super) fn text<'d>(document: Option<&'d Map<String, Value>>, field: &str) -> &'d str {
    document.and_then(|document| document.get(field)).and_then(Value::as_str).unwrap_or_default()
}

/// No rules besides those of the single fields.
pub(crate) fn no_rules(_: &mut Tx<'_>, _: &Edit<'_>) -> Result<(), Refused> {
    Ok(())
}

/// A kind within a scope: the chain or one outlet.
#[derive(Debug)]
pub struct At {
    /// The kind.
    pub kind: &'static SharedKind,
    /// As in `shared_entities.scope`.
    pub scope: String,
}

impl At {
    /// The scope of a kind; `outlet` is an id or code and is ignored for entities of the chain.
    ///
    /// # Errors
    /// [`Refused::Outlet`].
    pub fn find(tx: &mut Tx<'_>, kind: &'static SharedKind, outlet: &str) -> Result<Self, Refused> {
        let scope = match kind.entity.scope {
            Scope::Chain => String::new(),
            Scope::Outlet => outlets::find(tx, outlet)?.outlet_id,
        };
        Ok(Self { kind, scope })
    }

    /// The same, if the outlet is active and can still get changes.
    ///
    /// # Errors
    /// [`Refused::Outlet`].
    pub fn find_to_change(tx: &mut Tx<'_>, kind: &'static SharedKind, outlet: &str) -> Result<Self, Refused> {
        if kind.entity.scope == Scope::Outlet {
            outlets::find_active(tx, outlet)?;
        }
        Self::find(tx, kind, outlet)
    }

    /// The stream of the affected outlets.
    pub(crate) fn stream(&self) -> String {
        match self.kind.entity.scope {
            Scope::Chain => cursor::CATALOG.to_owned(),
            Scope::Outlet => cursor::of_outlet(&self.scope),
        }
    }
}
