//! Schedules sync: the worker, its rounds, the listener.

pub mod enroll;
pub mod fetch;
pub mod round;
pub mod worker;
