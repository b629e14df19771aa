//! The whole system as its users meet it: the real binary, real files, real sockets.

mod bad_input;
mod folder;
mod source_document;
mod start;
mod tools;
