//! What outlets must learn: numbered lists of changes that each outlet reads at its own pace.
//!
//! Every change of a shared entity is appended in the transaction that makes it, so the number order is the commit
//! order and there are no holes. Whoever appended says so to [`Hints`] once the transaction is on disk.

mod append;
#[cfg_attr(not(test), expect(dead_code, reason = "long polls and events are the next change"))]
mod hints;

pub(crate) use append::{Change, append};
pub(crate) use hints::Hints;
