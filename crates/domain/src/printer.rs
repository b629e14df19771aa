//! Printers and their queue: words, and when a job is tried again.
//!
//! A job that failed before its first byte cannot have printed anything, so it is tried again. After the first byte nobody
//! knows: it is tried once more, with a mark, and then left to a person.

use crate::string_enum::string_enum;

/// What a printer prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrinterKind {
    /// Receipts, bills and reports.
    Receipt,
    /// Tickets of the kitchen.
    Kitchen,
    /// Tickets of the bar.
    Bar,
}

string_enum!(PrinterKind { Receipt: "receipt", Kitchen: "kitchen", Bar: "bar" });

/// The characters of a printer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CodePage {
    /// Only ASCII, which every printer has.
    Ascii,
    /// Code page 437, the usual one after power-on.
    #[default]
    Pc437,
    /// Code page 858: western Europe, with the euro.
    Pc858,
    /// Windows 1252.
    Wpc1252,
}

string_enum!(CodePage { Ascii: "ascii", Pc437: "pc437", Pc858: "pc858", Wpc1252: "wpc1252" });

/// What a job prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrintJobKind {
    /// The receipt of an order.
    Receipt,
    /// The bill of an order that is not paid.
    Bill,
    /// A refund.
    Refund,
    /// A ticket for the kitchen or the bar.
    Ticket,
    /// X or Z of a shift.
    Shift,
    /// A cash movement.
    Cash,
    /// A test page.
    Test,
    /// Nothing: it opens the cash drawer.
    Drawer,
}

string_enum!(PrintJobKind {
    Receipt: "receipt",
    Bill: "bill",
    Refund: "refund",
    Ticket: "ticket",
    Shift: "shift",
    Cash: "cash",
    Test: "test",
    Drawer: "drawer",
});

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrintJobState {
    /// It waits for its turn, or for the next attempt.
    Queued,
    /// It is being sent.
    Sending,
    /// The printer has it.
    Done,
    /// It failed after the first byte and is tried once more, marked as a possible copy.
    Doubtful,
    /// It came too late to be of use.
    Expired,
    /// Nothing more is tried.
    Failed,
}

string_enum!(PrintJobState {
    Queued: "queued",
    Sending: "sending",
    Done: "done",
    Doubtful: "doubtful",
    Expired: "expired",
    Failed: "failed",
});

/// Why a job did not reach its printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrintError {
    /// Nothing answers at the printer's address.
    Unreachable,
    /// The printer accepts no more data, or does not answer as it did before.
    NoAnswer,
    /// The connection broke.
    Disconnected,
    /// The printer has no paper.
    PaperOut,
    /// The cover is open, or the printer reports another error.
    NotReady,
    /// The server stopped while it printed.
    Interrupted,
    /// The printer was deleted or switched off.
    NoPrinter,
    /// The stored document cannot be read.
    Unreadable,
}

string_enum!(PrintError {
    Unreachable: "unreachable",
    NoAnswer: "no_answer",
    Disconnected: "disconnected",
    PaperOut: "paper_out",
    NotReady: "not_ready",
    Interrupted: "interrupted",
    NoPrinter: "no_printer",
    Unreadable: "unreadable",
});

/// Seconds before the next attempt, by the number of failed ones; the last one is repeated.
const RETRY_SECONDS: [i64; 7] = [1, 2, 5, 10, 20, 30, 60];
/// The longest of them.
pub const LONGEST_WAIT_SECONDS: i64 = RETRY_SECONDS[RETRY_SECONDS.len() - 1];
/// Failed attempts after which a job moves to the fallback printer.
pub const FALLBACK_AFTER: i64 = 3;
/// Hours after which a paper is no longer wanted by anybody.
pub const KEEP_TRYING_HOURS: i64 = 12;
/// Seconds after which a late job no longer opens the drawer: the cashier may have left it.
pub const DRAWER_SECONDS: i64 = 30;
/// Seconds that a printer may fail before people are told: some need eight to wake up.
pub const ALARM_AFTER_SECONDS: i64 = 15;
/// Most minutes until a ticket expires.
pub const MAX_EXPIRE_MINUTES: i64 = 1_440;
/// Most copies of a paper.
pub const MAX_COPIES: i64 = 5;

/// What becomes of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It waits these seconds, in the state that it had.
    Retry(i64),
    /// It waits these seconds and is then marked as a possible copy.
    Doubt(i64),
    /// A person decides.
    GiveUp,
}

/// What becomes of a job after its `attempts`-th attempt has failed. `sent`: after the first byte. `doubtful`: it was
/// before, too.
#[must_use]
pub fn after_failure(attempts: i64, sent: bool, doubtful: bool) -> AfterFailure {
    let place = usize::try_from(attempts.max(1) - 1).unwrap_or(usize::MAX).min(RETRY_SECONDS.len() - 1);
    match (sent, doubtful) {
        (true, true) => AfterFailure::GiveUp,
        (true, false) => AfterFailure::Doubt(RETRY_SECONDS[place]),
        (false, _) => AfterFailure::Retry(RETRY_SECONDS[place]),
    }
}

/// What a printer says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrinterAnswer {
    /// It can print.
    Ready,
    /// It has no paper.
    PaperOut,
    /// Its cover is open, or it has another error.
    NotReady,
    /// No answer to `DLE EOT`; many cheap printers send something else, or nothing.
    Unknown,
}

/// Reads the answer to `DLE EOT 2` (cause of being offline): bits 1 and 4 are set, bits 0 and 7 are not.
#[must_use]
pub fn offline_answer(byte: u8) -> PrinterAnswer {
    if !is_status(byte) {
        return PrinterAnswer::Unknown;
    }
    match byte {
        _ if byte & 0x20 != 0 => PrinterAnswer::PaperOut,
        _ if byte & 0x44 != 0 => PrinterAnswer::NotReady,
        _ => PrinterAnswer::Ready,
    }
}

/// Reads the answer to `DLE EOT 4` (paper sensor). Paper that is nearly out still prints.
#[must_use]
pub fn paper_answer(byte: u8) -> PrinterAnswer {
    if !is_status(byte) {
        return PrinterAnswer::Unknown;
    }
    if byte & 0x60 != 0 { PrinterAnswer::PaperOut } else { PrinterAnswer::Ready }
}

fn is_status(byte: u8) -> bool {
    byte & 0x93 == 0x12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_tried_at_growing_intervals_until_a_byte_was_sent() {
        let waits: Vec<_> = (1..=9).map(|attempts| after_failure(attempts, false, false)).collect();
        assert_eq!(waits, [1, 2, 5, 10, 20, 30, 60, 60, 60].map(AfterFailure::Retry));
        assert_eq!(after_failure(1, true, false), AfterFailure::Doubt(1));
        assert_eq!(after_failure(2, false, true), AfterFailure::Retry(2));
        assert_eq!(after_failure(2, true, true), AfterFailure::GiveUp);
        assert_eq!(after_failure(i64::MIN, false, false), AfterFailure::Retry(1));
    }

    #[test]
    fn only_status_bytes_are_answers() {
        for (byte, offline, paper) in [
            (0x12, PrinterAnswer::Ready, PrinterAnswer::Ready),
            (0x16, PrinterAnswer::NotReady, PrinterAnswer::Ready),
            (0x32, PrinterAnswer::PaperOut, PrinterAnswer::PaperOut),
            (0x52, PrinterAnswer::NotReady, PrinterAnswer::PaperOut),
            (0x1e, PrinterAnswer::NotReady, PrinterAnswer::Ready),
            (0x00, PrinterAnswer::Unknown, PrinterAnswer::Unknown),
            (0xff, PrinterAnswer::Unknown, PrinterAnswer::Unknown),
            (b'H', PrinterAnswer::Unknown, PrinterAnswer::Unknown),
        ] {
            assert_eq!((offline_answer(byte), paper_answer(byte)), (offline, paper), "{byte:#x}");
        }
    }
}
