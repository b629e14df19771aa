//! When and how much: the worker, its rounds, the link to the hub.

pub mod enroll;
pub mod fetch;
pub mod round;
pub mod worker;
