//! Settings of the link to the hub.

pub mod change;
pub mod hub_link;
pub mod key_origin;
