//! The link to the hub, as it is set.

pub mod change;
pub mod hub_link;
pub mod key_origin;
