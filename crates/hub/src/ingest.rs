//! Taking in what outlets send: a batch is recorded and applied together, in one transaction, or not at all.
//!
//! Outlet-owned documents are stored as they were sent and carried into the sales tables; changes of shared entities
//! are compared with the hub's version and set. What breaks a rule is kept as received and refused alone: it never
//! blocks its neighbours, and nothing that an outlet sent is ever dropped.

mod accept;
mod accept_kept;
mod body;
mod check;
mod gate;
pub(crate) mod http;
mod kept;
mod owned;
mod read;
mod shared;
pub(crate) mod state;
mod take_up;
mod verdict;

pub use accept::{Accepted, Counts, MAX_ITEMS, Refused, accept};
pub(crate) use accept_kept::{Decided, NotAccepted, accept_kept};
pub use body::{Packing, text};
pub use gate::{Gate, Place, Shed, Turn};
pub use read::read;
pub(crate) use take_up::take_up;
pub use take_up::take_up_next;
