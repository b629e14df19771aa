//! The HTTP client of the hub.

pub mod answer;
pub mod cloud;
pub mod pull;
