//! Head office's people: who may look, who may change, and their sessions.

mod first_admin;
pub(crate) mod http;
mod log_in;
mod role;
mod save;
mod session;

pub use first_admin::{FirstAdmin, first_admin};
pub use role::Role;
pub use save::{NewUser, SaveRefused, save};
pub(crate) use session::User;

#[cfg(test)]
pub(crate) use {log_in::BY_NAME, session::BY_ID};
