//! Limits the size of a page: hub and outlet each have a whole page in memory.

/// Maximum size of the documents in a page. Any single document fits.
const MAX_BYTES: usize = protocol::limits::PAGE_BYTES;
/// Approximate size of a row without its document.
const ROW_OVERHEAD: usize = 300;

/// Bytes that a stored document occupies in a page; a document that is too large for readers is omitted.
pub(super) fn size_of(document: &str) -> usize {
    if document.len() > protocol::limits::MAX_ENTITY_BYTES { 0 } else { document.len() }
}

/// The remaining capacity of a page.
#[derive(Debug)]
pub(super) struct PageBudget {
    rows: usize,
    bytes: usize,
    empty: bool,
    full: bool,
}

impl PageBudget {
    /// A page of this many rows.
    pub(super) fn of(rows: usize) -> Self {
        Self { rows, bytes: MAX_BYTES, empty: true, full: false }
    }

    /// Number of rows to read: one more than fit, to know whether there are more.
    pub(super) fn row_limit(&self) -> i64 {
        i64::try_from(self.rows + 1).unwrap_or(i64::MAX)
    }

    /// Whether a row with a document of this size fits. After the first row that does not fit, none does.
    pub(super) fn admit(&mut self, document: usize) -> bool {
        let bytes = document + ROW_OVERHEAD;
        self.full = self.full || self.rows == 0 || (bytes > self.bytes && !self.empty);
        if !self.full {
            (self.rows, self.bytes, self.empty) = (self.rows - 1, self.bytes.saturating_sub(bytes), false);
        }
        !self.full
    }

    /// Whether a row was not admitted.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_by_its_rows_or_its_bytes_and_is_never_empty() {
        let mut rows = PageBudget::of(2);
        assert!(rows.admit(1) && rows.admit(1) && !rows.is_full());
        assert!(!rows.admit(1) && rows.is_full());
        let mut bytes = PageBudget::of(1_000);
        assert!(bytes.admit(MAX_BYTES + 1), "a document larger than a page is sent alone");
        assert!(!bytes.admit(0) && bytes.is_full());
        let mut order = PageBudget::of(1_000);
        assert!(order.admit(1_000_000) && order.admit(1_000_000) && !order.admit(1_000_000));
        assert!(!order.admit(1), "no row overtakes one that did not fit");
    }
}
