//! Compares the sales tables and daily figures with the order documents, and repairs differences.
//!
//! Each page of orders and each business day is read in one snapshot with its documents, so a concurrent batch is not a
//! difference. A repair recalculates from the documents in its own transaction, which compares again first. An order with
//! an unreadable document keeps its recorded sale.

mod days;
mod orders;

use std::collections::BTreeSet;
use std::time::Instant;

use serde::Serialize;
use store::{Fault, Store, Tx};
use utoipa::ToSchema;

/// The first outlet from this id on that any of the tables names.
const NEXT_OUTLET: &str = "
    select min(id) from (
      select min(outlet_id) as id from outlets where outlet_id >= ?1
      union all select min(outlet_id) from documents where outlet_id >= ?1
      union all select min(outlet_id) from sales where outlet_id >= ?1
      union all select min(outlet_id) from sale_lines where outlet_id >= ?1
      union all select min(outlet_id) from sale_tenders where outlet_id >= ?1
      union all select min(outlet_id) from daily_sales where outlet_id >= ?1
      union all select min(outlet_id) from daily_tenders where outlet_id >= ?1
      union all select min(outlet_id) from daily_products where outlet_id >= ?1) as any_of";
const CODE: &str = "select code from outlets where outlet_id = ?1";

/// How far a check has come.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// At the first outlet from this id on.
    Outlet(String),
    /// At an outlet's first order from this id on.
    Order(String, String),
    /// At an outlet's first business day from this one on; its orders were all checked.
    Day(String, String),
}

/// A check of everything in parts.
#[derive(Debug)]
pub(crate) struct Check {
    place: Place,
    /// Found since it began at the first outlet.
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
    /// Those that could not be recalculated; the log has the reasons.
    pub unrepaired: BTreeSet<DifferingDay>,
    /// Orders with an unreadable document; their recorded sales are kept.
    pub unreadable: BTreeSet<UnreadableOrder>,
}

/// An order whose document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct UnreadableOrder {
    /// The outlet's code; its id where it has none.
    pub outlet_code: String,
    /// Its id.
    pub order_id: String,
}

/// A business day of an outlet whose rows were not what its documents make.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DifferingDay {
    /// The outlet's code; its id where it has none.
    pub outlet_code: String,
    /// `YYYY-MM-DD`; empty where the rows name none.
    pub business_date: String,
}

impl Check {
    /// Checks about this many more orders. At the end it returns all unreadable orders and starts over.
    pub(crate) async fn go_on(
        &mut self,
        store: &Store,
        repair: bool,
        most_orders: usize,
        found: &mut Verified,
    ) -> Result<Option<BTreeSet<UnreadableOrder>>, Fault> {
        let (mut done, first) = (0, found.orders);
        while done < most_orders {
            let began = Instant::now();
            match self.place.clone() {
                Place::Outlet(from) => {
                    let next = store.read(move |tx| next(tx, NEXT_OUTLET, &[&from])).await?;
                    let Some(outlet) = next else {
                        return Ok(Some(std::mem::take(self).unreadable));
                    };
                    self.place = Place::Order(outlet, String::new());
                }
                Place::Order(outlet, from) => {
                    let last = orders::check(store, &outlet, from, repair, found).await?;
                    self.unreadable.extend(found.unreadable.iter().cloned());
                    self.place = match last {
                        Some(last) => Place::Order(outlet, behind(&last)),
                        None => Place::Day(outlet, String::new()),
                    };
                }
                Place::Day(outlet, from) => {
                    let of = outlet.clone();
                    let next = store.read(move |tx| next(tx, days::NEXT, &[&of, &from])).await?;
                    self.place = match next {
                        Some(date) => {
                            done += days::check(store, &outlet, &date, repair, found).await?;
                            Place::Day(outlet, behind(&date))
                        }
                        None => Place::Outlet(behind(&outlet)),
                    };
                }
            }
            // Rest as long as that took: requests come first.
            tokio::time::sleep(began.elapsed()).await;
            done = done.max(found.orders - first);
        }
        Ok(None)
    }
}

/// The first key after this one. No key contains U+0000, because PostgreSQL cannot store it.
fn behind(key: &str) -> String {
    format!("{key}\u{1}")
}

fn next(tx: &mut Tx<'_>, sql: &str, from: &[&String]) -> Result<Option<String>, Fault> {
    let args: Vec<_> = from.iter().map(|text| (*text).into()).collect();
    Ok(tx.first(sql, &args, |row| row.maybe_string(0))?.flatten())
}

impl Verified {
    /// One that cannot be repaired holds no other up.
    fn repaired(&mut self, day: DifferingDay, done: Result<(), Fault>) {
        if let Err(fault) = done {
            tracing::error!(%fault, ?day, "could not recalculate a difference from the documents");
            self.unrepaired.insert(day);
        }
    }
}

fn code(tx: &mut Tx<'_>, outlet_id: &str) -> Result<String, Fault> {
    Ok(tx.first(CODE, &[outlet_id.into()], |row| row.string(0))?.unwrap_or_else(|| outlet_id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn the_next_outlet_is_found_by_keys() {
        plans::assert_keyed(CODE);
        plans::assert_seeks(NEXT_OUTLET);
    }
}
