//! Users of head office: roles, sessions, passwords.

mod ended;
mod first_admin;
pub(crate) mod http;
mod list;
mod log_in;
mod login_throttle;
mod role;
mod save;
mod session;
pub(crate) mod state;
pub(crate) mod users;

pub use ended::prune as prune_ended_sessions;
pub(crate) use first_admin::create_first_admin;
pub use first_admin::{FirstAdmin, FirstAdminError};
pub use list::{HubUser, list};
pub(crate) use login_throttle::LoginThrottle;
pub use role::Role;
pub use save::{Change, NewUser, SaveRefused, change, end_sessions, hash, save};
pub(crate) use session::{Admin, SESSION, SESSION_COOKIE, Sessions, User};
