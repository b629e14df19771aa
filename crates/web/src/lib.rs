//! The HTTP edge that both servers share: envelope, errors, sessions, limits, health, metrics, the API explorer.

pub mod api_error;
pub mod client;
pub mod description;
pub mod extract;
pub mod metrics;
pub mod reply;
pub mod secret;
pub mod server;
pub mod shapes;
pub mod text;
pub mod time;
pub mod token;
pub mod webhook;

pub use api_error::ApiError;
pub use extract::{IfMatch, Json, Message, Path, Query};
pub use reply::{List, Success};
