//! What comes from the hub: pages of the streams, applied in one transaction each; and everything at once where the
//! streams do not help.

pub mod apply_update;
pub mod bootstrap;
pub mod decision;
pub mod fast_path;
pub mod owned;
pub mod page;
pub mod retry;
pub mod stream_gap;
