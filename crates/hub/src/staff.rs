//! Head office's people: who may look, who may change, and their sessions.

mod first_admin;
pub(crate) mod http;
mod log_in;
mod role;
mod save;
mod session;

pub use first_admin::FirstAdmin;
pub(crate) use first_admin::make_first_admin;
pub use role::Role;
pub use save::{NewUser, SaveRefused, save};
pub(crate) use session::{Admin, User};
