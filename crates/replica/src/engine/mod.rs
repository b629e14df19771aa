//! When and how much: the worker, its rounds, the link to the hub.

pub mod fetch;
pub mod interval;
pub mod join;
pub mod link;
pub mod requests;
pub mod round;
pub mod trouble;
pub mod worker;
