//! Printers, and what they print: receipts, bills, reports, cash movements, tickets.
//!
//! A command queues a job in its own transaction, so that a paper exists exactly if its deed does, and never waits for a
//! printer. The server's workers (`outlet/printing`) take the jobs; [`queue`] has their commands. A job stores the document
//! as data: its printer's settings decide the bytes when it is sent.

pub mod http;
pub mod jobs;
pub mod links;
pub mod papers;
pub mod print;
pub mod printers;
pub mod queue;
pub(crate) mod tickets;

pub use jobs::{NewJob, PrintJob, enqueue};
pub use print::{enqueue_ticket, order_settled, refund_made};
pub use printers::Printer;
