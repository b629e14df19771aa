//! A sample café: thirty products in six categories, some of them in sizes or with extras, twelve tables, service and
//! restaurant tax, and a stream of orders as guests give them. Demo, tests and benches all sell here.

mod choices;
mod guests;
mod menu;

pub use choices::{modifier_groups, variants};
pub use guests::Guests;
pub use menu::{MENU, Menu, Section, menu, seed, seed_tables};
