//! What outlets sent and the hub did not take into its tables, and what outlets said that they hold back: for people
//! to look at. Nothing here changes anything.

mod count;
mod held;
pub(crate) mod http;
mod list;

pub(crate) use count::count;
