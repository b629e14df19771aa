//! The check of the printers.

use shop::printing::queue::{self, Failing};
use sqlite::Fault;
use web::Notice;

use super::{Look, Verdict};

/// Most printers that are named.
const MAX_PRINTERS: usize = 3;

/// Printers that do not print, and papers that did not come out.
pub(crate) fn failing(look: &Look<'_>) -> Result<Verdict, Fault> {
    let failing = queue::failing(look.tx, look.now)?.into_iter().map(|Failing { name, error, waiting, lost }| {
        let reason = error.unwrap_or_else(|| "lost".to_owned());
        let reason = if reason != "lost" && lost > 0 && waiting == 0 { "lost".to_owned() } else { reason };
        Notice::PrinterFails.with("reason", reason).with("name", name).with("waiting", waiting).with("lost", lost)
    });
    Ok(Verdict::named(failing.collect(), "failing", "printers", MAX_PRINTERS))
}
