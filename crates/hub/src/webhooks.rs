//! Webhooks: signed hints to outlets that a stream has grown, according to Standard Webhooks.
//!
//! There is no queue: each endpoint stores the cursor that was last delivered, and the sender compares it with the
//! heads of the streams. So changes are combined, a restart loses nothing, and only the newest heads are sent. An
//! outlet without a webhook polls.

mod address;
mod claim;
mod due;
mod endpoint;
pub(crate) mod handles;
pub(crate) mod http;
mod message;
mod post;
mod record;
mod schedule;
mod sender;
mod state;

pub(crate) use endpoint::last_error;
pub use endpoint::{Endpoint, EndpointRefused, UrlInvalid, get, remove, rotate_secret, set_url};
pub(crate) use sender::{run, send_due};
pub use state::EndpointState;
