//! The test page of a printer.

use jiff::Timestamp;
use paper::TestPage;

use super::Letterhead;
use crate::printing::printers::Printer;

/// The test page of a printer.
#[must_use]
pub fn test_page(head: &Letterhead, printer: &Printer, now: Timestamp) -> TestPage {
    TestPage {
        printer: printer.name.clone(),
        address: format!("{}:{}", printer.address, printer.port),
        time: head.time(now),
    }
}
