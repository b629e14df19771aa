//! The outlet's audit log on its way to head office, and its verification. `access::audit` writes it.
//!
//! The log is a stream of its own beside the queue: it is sent after sales, in the order of writing, and no failure of it
//! delays a push or a pull. The hub's answer names the event up to which it has the log; if that is another one than
//! expected, as after a restore of either side, the outlet continues there. An event that the hub already has is accepted
//! again, so the outlet may always send too much.

pub mod list;
pub mod send;
pub mod stream;
pub mod verify;
