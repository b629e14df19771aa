//! What outlets must learn: numbered lists of changes that each outlet reads at its own pace.
//!
//! Every change of a shared entity is appended in the transaction that makes it, so the number order is the commit
//! order and there are no holes.

mod append;

pub(crate) use append::{Change, append};

/// The stream of what the whole chain shares.
pub(crate) const CATALOG: &str = "catalog";

/// The stream of what concerns one outlet only.
pub(crate) fn of_outlet(outlet_id: &str) -> String {
    format!("outlet:{outlet_id}")
}
