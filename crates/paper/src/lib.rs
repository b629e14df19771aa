//! Lays out the shop's papers: receipts, bills, refunds, kitchen tickets, reports of shifts, cash movements, test pages.
//!
//! A [`Document`] is plain data, stored as JSON until it is printed. [`layout`] turns it into a [`Page`] of 32 or 48
//! columns, and each function of [`render`] turns a page into text, into ESC/POS bytes or into HTML: one layout, three
//! outputs.
//!
//! Guarantees: no line is wider than the paper, and no amount is cut or broken.
//!
//! Deliberately absent: I/O, clocks, zones and SQL. Times arrive as the shop's local time.

mod amounts;
mod charset;
mod document;
mod layout;
mod page;
pub mod render;
mod words;

pub use charset::Charset;
pub use document::{
    CashMovement, ChargeLine, Document, LocalTime, NamedAmount, PaymentLine, Receipt, ReceiptKind, ReceiptLine,
    ReceiptModifier, RefundOf, Seller, ShiftCash, ShiftPaper, ShiftSales, ShiftTender, TestPage, Ticket, TicketKind,
    TicketLine,
};
pub use layout::{Format, Marks, layout};
pub use page::{Align, Block, Line, Page, Width};
pub use words::Language;
