//! What comes from the hub: pages of the streams, applied in one transaction each; and everything at once where the
//! streams do not help.

pub mod apply;
pub mod conflicts;
pub mod fetch;
mod forward;
pub mod gap;
pub mod http;
pub mod kept;
pub mod newcomer;
pub mod own;
pub mod page;
pub mod reconcile;
mod seen_ends;
pub mod settled;
pub mod shared_state;
pub mod snapshot;
pub mod take;
pub mod verify;
