//! What outlets must learn: numbered lists of changes that each outlet reads at its own pace.
//!
//! Every change of a shared entity is appended in the transaction that makes it, so the number order is the commit
//! order and there are no holes. Whoever appended says so to `Hints` once the transaction is on disk. Beside the
//! lists stands what they add up to, for an outlet that must compare everything.

mod append;
mod asked;
mod blocks;
mod entities;
mod epoch;
mod events;
mod heads;
mod hints;
pub(crate) mod http;
mod nodes;
mod own;
mod page;
mod readers;
mod retain;
mod room;
mod shapes;
pub(crate) mod state;
pub(crate) mod verify;
mod wait;

pub(crate) use append::{Change, append};
pub(crate) use asked::Asked;
pub use asked::note;
pub use entities::{entities, entity};
pub use epoch::EpochRefused;
pub(crate) use epoch::{same_life, stands};
pub(crate) use heads::{heads, reaches};
pub(crate) use hints::Hints;
pub(crate) use nodes::join;
pub use own::{OwnPage, documents};
pub use page::{Ask, page};
pub(crate) use readers::Readers;
pub(crate) use retain::make_room;
pub use retain::{SILENT_HOURS, retain, retain_in};
