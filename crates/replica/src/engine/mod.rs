//! When and how much: the worker, its rounds, the link to the hub.

pub mod fetch;
pub mod join;
pub mod round;
pub mod worker;
