//! Entities in their tables: read the document, store the base revision, write a version.

pub mod apply;
pub mod base;
pub mod fields;
