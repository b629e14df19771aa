//! What comes from the hub: pages of the streams, applied in one transaction each; and everything at once where the
//! streams do not help.

pub mod decision;
pub mod forward;
pub mod gap;
pub mod newcomer;
pub mod own;
pub mod page;
pub mod retry;
pub mod take;
