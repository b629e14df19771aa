//! Streams: numbered lists of changes that each outlet reads at its own pace.
//!
//! A change of a shared entity is appended in the transaction that makes it, so numbers follow the commit order without
//! gaps. After the commit, `Hints` wakes waiting outlets. The table `shared_entities` has the current versions, for
//! outlets that compare everything.

mod append;
mod blocks;
mod entities;
mod epoch;
mod events;
mod heads;
mod hints;
pub(crate) mod http;
mod long_poll;
mod nodes;
mod owned;
mod page;
mod page_budget;
mod read_positions;
mod readers;
mod retain;
pub(crate) mod state;
pub(crate) mod verify;

pub(crate) use append::{Change, append};
pub use entities::{entities, entity};
pub use epoch::EpochRefused;
pub(crate) use epoch::{chain_row, same_epoch};
pub(crate) use heads::{heads, reaches};
pub(crate) use hints::Hints;
pub(crate) use nodes::join;
pub use owned::{OwnedPage, documents};
pub use page::{PageRequest, page};
pub(crate) use read_positions::ReadPositions;
pub use read_positions::note;
pub(crate) use readers::Readers;
pub(crate) use retain::create_partitions;
pub use retain::{SILENT_HOURS, retain, retain_in};
