//! An entity as the tables have it: its document, the base revision, writing it.

pub mod apply;
pub mod base;
pub mod fields;
