//! The HTTP client of the hub.

pub mod answer;
pub mod hub;
pub mod pull;
