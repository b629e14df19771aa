//! The link to the hub, as it is set.

pub mod change;
pub mod cloud;
pub mod key_home;
