//! A sample café: thirty products in six categories, some with sizes or modifiers, twelve tables, service charge and
//! restaurant tax, staff, and a stream of orders. Used by the demo, the tests and the benches.

mod choices;
mod guests;
mod menu;
mod staff;

pub use choices::{modifier_groups, variants};
pub use guests::Guests;
pub use menu::{MENU, Menu, Section, menu, seed, seed_tables};
pub use staff::{Member, STAFF, seed_staff};
