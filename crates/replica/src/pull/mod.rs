//! Applies updates from the hub: pages of the streams, each in one transaction with its cursor.

pub mod apply_update;
pub mod bootstrap;
pub mod decision;
pub mod fast_path;
pub mod owned;
pub mod page;
pub mod retry;
pub mod stream_gap;
