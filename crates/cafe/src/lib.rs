//! A sample café: thirty products in six categories, twelve tables, service and restaurant tax, and a stream of orders
//! as guests give them. Demo, tests and benches all sell here.

mod guests;
mod menu;

pub use guests::Guests;
pub use menu::{MENU, Menu, Section, menu, seed, seed_tables};
