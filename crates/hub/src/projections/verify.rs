//! Compares projections with the documents, and repairs differences.
//!
//! Each part is read in one snapshot with its documents, so a concurrent batch is not a difference. A repair recalculates
//! from the documents in its own transaction, which compares again first. The rows of an unreadable document are left
//! unchanged.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Instant;

use serde::Serialize;
use store::{Fault, Store, Tx};
use utoipa::ToSchema;

use super::registry;

/// The first outlet, from this id on, that any of the tables contains.
static NEXT_OUTLET: LazyLock<String> = LazyLock::new(|| {
    let tables = ["outlets", "documents"].iter().chain(registry::TABLES.iter().copied().flatten());
    let first = |table| format!("select min(outlet_id) as id from {table} where outlet_id >= ?1");
    format!("select min(id) from ({}) as any_of", tables.map(first).collect::<Vec<_>>().join(" union all "))
});
const CODE: &str = "select code from outlets where outlet_id = ?1";

/// Where the comparison of an outlet's projection continues: all documents first, then the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Position {
    /// At the first document from this entity id on.
    Document(String),
    /// At the first figures from this key on, such as a business day.
    Figures(String),
}

impl Default for Position {
    fn default() -> Self {
        Self::Document(String::new())
    }
}

/// A part that was compared.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// The number of entities that were read.
    pub read: usize,
    /// Where the next part begins; `None` after the last one.
    pub next: Option<Position>,
}

/// Where a check continues.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// At the first outlet from this id on.
    Outlet(String),
    /// In a projection, by its number in the registry, of an outlet.
    Projection(String, usize, Position),
}

/// A check of all projections, in parts.
#[derive(Debug)]
pub(crate) struct Check {
    place: Place,
    /// Unreadable orders found since the check began at the first outlet.
    unreadable: BTreeSet<UnreadableOrder>,
}

impl Default for Check {
    fn default() -> Self {
        Self { place: Place::Outlet(String::new()), unreadable: BTreeSet::new() }
    }
}

/// The findings of a check.
#[derive(Debug, Default, Serialize)]
pub struct Verified {
    /// Orders that were compared with their rows.
    pub orders: usize,
    /// Business days that were compared with their orders.
    pub days: usize,
    /// Days where the tables did not match the documents.
    pub differing: BTreeSet<DifferingDay>,
    /// Days that could not be recalculated; the log has the reasons.
    pub unrepaired: BTreeSet<DifferingDay>,
    /// Orders with an unreadable document; their recorded sales are unchanged.
    pub unreadable: BTreeSet<UnreadableOrder>,
}

/// An order whose document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct UnreadableOrder {
    /// The outlet's code; its id if it has none.
    pub outlet_code: String,
    /// The order's id.
    pub order_id: String,
}

/// A business day of an outlet whose rows differed from its documents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DifferingDay {
    /// The outlet's code; its id if it has none.
    pub outlet_code: String,
    /// `YYYY-MM-DD`; empty if the rows contain none.
    pub business_date: String,
}

impl Check {
    /// Compares about this many more entities. At the end it returns all unreadable orders and starts over.
    pub(crate) async fn go_on(
        &mut self,
        store: &Store,
        repair: bool,
        max_entities: usize,
        found: &mut Verified,
    ) -> Result<Option<BTreeSet<UnreadableOrder>>, Fault> {
        let mut read = 0;
        while read < max_entities {
            let began = Instant::now();
            self.place = match self.place.clone() {
                Place::Outlet(from) => match store.read(move |tx| next_outlet(tx, &from)).await? {
                    Some(outlet) => Place::Projection(outlet, 0, Position::default()),
                    None => return Ok(Some(std::mem::take(self).unreadable)),
                },
                Place::Projection(outlet, no, from) => match registry::ENTITIES.get(no) {
                    Some(entity) => {
                        let part = registry::verify(entity, store, &outlet, from, repair, found).await?;
                        self.unreadable.extend(found.unreadable.iter().cloned());
                        read += part.read;
                        match part.next {
                            Some(next) => Place::Projection(outlet, no, next),
                            None => Place::Projection(outlet, no + 1, Position::default()),
                        }
                    }
                    None => Place::Outlet(after(&outlet)),
                },
            };
            // Pause as long as the part took, because requests have priority.
            tokio::time::sleep(began.elapsed()).await;
        }
        Ok(None)
    }
}

/// The first key after this one. No key contains U+0000, because PostgreSQL cannot store it.
pub(super) fn after(key: &str) -> String {
    format!("{key}\u{1}")
}

fn next_outlet(tx: &mut Tx<'_>, from: &str) -> Result<Option<String>, Fault> {
    Ok(tx.first(&NEXT_OUTLET, &[from.into()], |row| row.maybe_string(0))?.flatten())
}

impl Verified {
    /// Records the result of a repair. A failed one does not stop the check.
    pub(super) fn repaired(&mut self, day: DifferingDay, done: Result<(), Fault>) {
        if let Err(fault) = done {
            tracing::error!(%fault, ?day, "could not recalculate a difference from the documents");
            self.unrepaired.insert(day);
        }
    }
}

/// The outlet's code; its id if it has none.
pub(super) fn outlet_code(tx: &mut Tx<'_>, outlet_id: &str) -> Result<String, Fault> {
    Ok(tx.first(CODE, &[outlet_id.into()], |row| row.string(0))?.unwrap_or_else(|| outlet_id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn the_next_outlet_is_found_by_keys() {
        plans::assert_keyed(CODE);
        plans::assert_seeks(&NEXT_OUTLET);
    }
}
