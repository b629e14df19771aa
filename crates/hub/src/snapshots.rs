//! Everything that an outlet may see, as one file: for an outlet that begins with nothing, over a line that breaks, or
//! on a stick.
//!
//! A file is made from one read snapshot, never changes, and is kept beside the database for as long as somebody may
//! still be downloading it.

mod folder;
pub(crate) mod http;
mod make;
mod range;
mod save;
pub(crate) mod state;
mod write;

pub(crate) use make::Snapshots;
pub use save::{SaveRefused, Saved, save};
