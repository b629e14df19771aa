//! Snapshots: everything that an outlet may see, in one file, for a new outlet, a slow connection or an offline import.
//!
//! A file is written from one read transaction and never changes. It is stored beside the database as long as an outlet
//! may still download it.

mod folder;
pub(crate) mod http;
mod make;
mod range;
mod save;
pub(crate) mod state;
mod write;

pub(crate) use make::Snapshots;
pub use save::{SaveRefused, Saved, save};
