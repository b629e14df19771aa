//! The HTTP edge of both servers: envelope, errors and their messages, sessions, limits, metrics, API explorer.

pub mod api_error;
pub mod bodies;
pub mod client;
mod connections;
pub mod cookie;
pub mod description;
mod detached;
pub mod edge;
pub mod events;
pub mod extract;
mod hashing;
pub mod limits;
pub mod messages;
pub mod metrics;
pub mod pace;
pub mod quotas;
pub mod reply;
pub mod rights;
pub mod secret;
pub mod server;
pub mod shapes;
mod slow_reader;
pub mod text;
pub mod time;
pub mod token;
pub mod unreachable;
pub mod webhook;
pub mod words;

pub use api_error::ApiError;
pub use detached::detached;
pub use edge::{Edge, Remote};
pub use extract::{IfMatch, Json, Message, PageQuery, Path, Query};
pub use limits::Limits;
pub use messages::{Code, HealthCode, HubHealthCode, Language, Localized, Notice, Problem, Warning};
pub use reply::{List, Success};
pub use words::{Choice, Word};
