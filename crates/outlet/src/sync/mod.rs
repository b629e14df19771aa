//! Telling head office: the queue, the worker that empties it, and what an admin sees and does about it.

pub mod actor;
pub mod answer;
pub mod clock;
pub mod cloud;
pub mod events;
pub mod fields;
pub mod health;
pub mod http;
pub mod interval;
pub mod join;
pub mod link;
pub mod logs;
pub mod metrics;
pub mod pull;
pub mod quarantine;
pub mod queue;
pub mod requests;
pub mod round;
mod shared;
pub mod statement;
pub mod status;
pub mod trouble;
pub mod twin;
pub mod webhook;
pub mod worker;
