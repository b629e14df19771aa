//! The protocol between an outlet and the hub: shared types and rules.
//!
//! All functions are pure: none reads a clock, a random number, a file, a socket or a database. The outlet and the hub
//! share these types and rules and no other code of each other. `docs/protocol.md` describes the protocol in prose.

pub mod acknowledged;
pub mod audit;
pub mod backoff;
pub mod capture;
pub mod chain;
pub mod clock;
pub mod cursor;
pub mod devices;
pub mod entity;
pub mod fingerprint;
pub mod images;
pub mod judge;
pub mod limits;
pub mod merge;
pub mod order;
pub mod origin;
pub mod page_size;
pub mod retry_rule;
pub mod rule;
pub mod secret;
pub mod session;
mod shift;
pub mod snapshot;
pub mod statement;
pub mod updates;
pub mod validate;
pub mod wire;

/// The version of this wire format. A hub accepts this version and the two before it.
pub const PROTOCOL: u32 = 1;
