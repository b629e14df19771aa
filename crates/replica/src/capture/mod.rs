//! The database's side of sync: the triggers that queue each change, and the rows that sync requires.

pub mod schema;
pub mod singletons;
