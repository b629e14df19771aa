//! The outlets of the chain: who they are, which keys open them, and what was last heard of them.

mod add;
mod authenticate;
mod caller;
mod code;
mod enrol;
mod enroll_code;
mod find;
mod heard;
pub(crate) mod http;
mod key_proof;
pub(crate) mod processes;
mod revoke;
mod revoke_key;
mod roll;
mod rotate_key;
mod shapes;
mod silent;
pub(crate) mod state;
pub(crate) mod watch;
mod wrong_codes;

pub use add::{AddRefused, Added, add};
pub use authenticate::{KeyRefused, Opened, authenticate};
pub(crate) use caller::Caller;
pub use enrol::{EnrolRefused, enrol};
pub use enroll_code::{NewCode, enroll_code};
pub use find::{FindRefused, Outlet, State, find, find_active};
pub(crate) use heard::{Told, heard};
pub(crate) use key_proof::key_proofs;
pub use revoke::revoke;
pub use revoke_key::revoke_key;
pub(crate) use roll::{Present, doubled, roll};
pub use rotate_key::{Rotated, rotate_key};
pub(crate) use silent::Lately;
pub use silent::{Presence, SilentAfter};
pub(crate) use wrong_codes::WrongCodes;
