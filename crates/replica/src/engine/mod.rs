//! Schedules sync: the worker, its rounds, the listener.

mod devices;
pub mod enroll;
pub mod fetch;
mod images;
pub mod round;
pub mod worker;
