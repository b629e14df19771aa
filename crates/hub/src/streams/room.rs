//! How much of a list goes into one page: a page is held in memory whole, on both sides.

/// Bytes of documents in a page. One document never fills it.
const MOST_BYTES: usize = protocol::limits::PAGE_BYTES;
/// What a row has beside its document, about.
const BESIDE: usize = 300;

/// Bytes that a stored document takes up in a page: one that is too large for any reader is left out of it.
pub(super) fn carried(document: &str) -> usize {
    if document.len() > protocol::limits::MAX_ENTITY_BYTES { 0 } else { document.len() }
}

/// What a page may still take in.
#[derive(Debug)]
pub(super) struct Room {
    rows: usize,
    bytes: usize,
    empty: bool,
    full: bool,
}

impl Room {
    /// Room for so many rows.
    pub(super) fn of(rows: usize) -> Self {
        Self { rows, bytes: MOST_BYTES, empty: true, full: false }
    }

    /// How many rows are worth reading: one more than fit, to know whether there is more.
    pub(super) fn to_read(&self) -> i64 {
        i64::try_from(self.rows + 1).unwrap_or(i64::MAX)
    }

    /// Whether a row with a document of this size still goes in. Once one did not, none does.
    pub(super) fn takes(&mut self, document: usize) -> bool {
        let bytes = document + BESIDE;
        self.full = self.full || self.rows == 0 || (bytes > self.bytes && !self.empty);
        if !self.full {
            (self.rows, self.bytes, self.empty) = (self.rows - 1, self.bytes.saturating_sub(bytes), false);
        }
        !self.full
    }

    /// Something did not go in.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_by_its_rows_or_its_bytes_and_is_never_empty() {
        let mut rows = Room::of(2);
        assert!(rows.takes(1) && rows.takes(1) && !rows.is_full());
        assert!(!rows.takes(1) && rows.is_full());
        let mut bytes = Room::of(1_000);
        assert!(bytes.takes(MOST_BYTES + 1), "a document that is too large for any page goes alone");
        assert!(!bytes.takes(0) && bytes.is_full());
        let mut order = Room::of(1_000);
        assert!(order.takes(1_000_000) && order.takes(1_000_000) && !order.takes(1_000_000));
        assert!(!order.takes(1), "nothing overtakes what did not go in");
    }
}
