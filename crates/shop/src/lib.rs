//! The outlet's features: one folder each, with its handlers in `http.rs`, its rules in `domain`, and one file per
//! command. The crate does not know sync: the schema's triggers queue the changes.

pub mod announcements;
pub mod approvals;

pub mod attempt_locks;
mod audit;
pub mod auth;
pub mod bulk;
pub mod catalog;
pub mod changes;
pub mod charges;
mod command;
mod conditions;
pub mod customers;
pub mod devices;
pub mod display;
pub mod drawers;
pub mod duplicates;
pub mod idempotency;
pub mod images;
mod json_list;
pub mod kitchen;
pub mod menus;
pub mod orders;
pub mod prices;
pub mod printing;
pub mod qris;
pub mod refunds;
pub mod reports;
pub mod rows;
pub mod settings;
pub mod shifts;
pub mod staff;
pub mod state;
mod stored;
pub mod tables;
pub mod tenders;
pub mod till;
pub mod version;

pub use state::Shop;
