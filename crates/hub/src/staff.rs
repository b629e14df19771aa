//! Head office's people: who may look, who may change, and their sessions.

mod first_admin;
pub(crate) mod http;
mod list;
mod log_in;
mod role;
mod save;
mod session;
pub(crate) mod state;
pub(crate) mod users;
mod waits;

pub(crate) use first_admin::make_first_admin;
pub use first_admin::{FirstAdmin, FirstAdminError};
pub use list::{Listed, list};
pub use role::Role;
pub use save::{Change, NewUser, SaveRefused, change, end_sessions, hash, save};
pub(crate) use session::{Admin, Sessions, User};
pub(crate) use waits::Waits;
