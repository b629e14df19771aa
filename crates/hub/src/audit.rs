//! The audit logs of outlets: stored as sent, and checked as they arrive. Head office need not trust an outlet: what it has
//! once, nobody changes at the outlet unnoticed.

mod accept;
mod head;
mod heads;
pub(crate) mod http;

pub use accept::{AuditRefused, accept};
