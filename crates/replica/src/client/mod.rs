//! The HTTP client of the hub.

pub mod answer;
pub mod clock;
pub mod cloud;
pub mod twin;
