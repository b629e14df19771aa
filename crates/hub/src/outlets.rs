//! Outlets of the chain: identity, keys, enrollment, last contact.

mod add;
mod authenticate;
mod caller;
mod code;
mod enroll;
mod enroll_code;
mod find;
pub(crate) mod http;
mod key_proof;
mod presence;
pub(crate) mod processes;
mod report;
mod revoke;
mod revoke_key;
mod rotate_key;
mod silence;
pub(crate) mod state;
pub(crate) mod watch;

pub use add::{AddRefused, Added, add};
pub use authenticate::{Authenticated, KeyRefused, authenticate};
pub(crate) use caller::{Caller, OUTLET_KEY};
pub use enroll::{EnrollRefused, enroll};
pub use enroll_code::{NewCode, enroll_code};
pub use find::{FindRefused, Outlet, OutletState, find, find_active};
pub(crate) use key_proof::key_proofs;
pub(crate) use presence::{Present, duplicate_servers, list_presence};
pub(crate) use report::{RequestReport, record_contact};
pub use revoke::revoke;
pub use revoke_key::revoke_key;
pub use rotate_key::{Rotated, rotate_key};
pub(crate) use silence::ContactWindow;
pub use silence::{Presence, SilentAfter};
