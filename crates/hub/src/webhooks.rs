//! Telling outlets that a stream has grown, where they can be reached: signed hints in the form of Standard Webhooks.
//!
//! What is to be told is not queued: an endpoint remembers what it was last told, and whoever looks compares that with
//! the heads of its streams. So changes come together by themselves, a restart loses nothing, and only the newest head
//! is ever sent. An outlet that hears nothing loses nothing either: it asks by itself.

mod address;
mod claim;
mod due;
mod endpoint;
pub(crate) mod handles;
pub(crate) mod http;
mod message;
mod post;
mod schedule;
mod sender;
mod settle;
mod state;

pub use endpoint::{Endpoint, EndpointRefused, get, remove, rotate_secret, set_url};
pub(crate) use sender::{run, send_due};
pub use state::State;
