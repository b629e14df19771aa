//! Compares sales with the order documents, then the figures of each day with its sales.

pub(super) mod days;
pub(super) mod orders;
