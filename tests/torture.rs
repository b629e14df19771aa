//! Servers that are killed again and again while they sell and sync.
