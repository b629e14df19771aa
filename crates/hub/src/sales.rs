//! What was sold: tables kept in step with the order documents, and the reports that read them.

mod daily;
pub(crate) mod http;
mod list;
mod one;
mod order;
mod products;
pub(crate) mod project;
pub(crate) mod room;
mod shapes;
pub(crate) mod statement;
mod tally;
pub(crate) mod verify;

pub(crate) use order::Order;
pub(crate) use tally::Tally;
