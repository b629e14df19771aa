//! Chooses how many entries an outlet requests in one page of the hub's answers.
//!
//! A page that fails (too large, cut off, unreadable, too slow) makes the next one smaller, down to a single entry, so
//! a bad connection or one bad entry never blocks the rest. Complete pages make it larger again.

/// Number of page sizes: a full page, a small one, a single entry.
pub const SIZES: usize = 3;

/// Complete pages in a row before a larger size is tried. A connection that is too slow for large pages makes progress
/// in between.
const WHOLE_PAGES: u32 = 8;

/// The size of the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PageSize {
    size: usize,
    whole: u32,
}

impl PageSize {
    /// Index of the size; 0 is the largest.
    #[must_use]
    pub fn size(self) -> usize {
        self.size
    }

    /// A page of this size failed although the hub was reachable.
    #[must_use]
    pub fn failed(self, size: usize) -> Self {
        Self { size: self.size.max((size + 1).min(SIZES - 1)), whole: 0 }
    }

    /// A page arrived completely.
    #[must_use]
    pub fn arrived(self) -> Self {
        match self.whole + 1 {
            WHOLE_PAGES => Self { size: self.size.saturating_sub(1), whole: 0 },
            whole => Self { whole, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failed_page_makes_the_next_one_smaller_down_to_one_entry() {
        let mut next = PageSize::default();
        let mut sizes = vec![];
        for _ in 0..4 {
            sizes.push(next.size());
            next = next.failed(next.size());
        }
        assert_eq!(sizes, [0, 1, 2, 2]);
    }

    #[test]
    fn two_failures_of_one_size_at_the_same_time_count_once() {
        assert_eq!(PageSize::default().failed(0).failed(0).size(), 1);
    }

    #[test]
    fn whole_pages_make_the_next_one_larger_step_by_step() {
        let mut next = PageSize::default().failed(1);
        let mut sizes = vec![];
        for _ in 0..3 * WHOLE_PAGES {
            next = next.arrived();
            sizes.push(next.size());
        }
        let [small, smaller, full] = [sizes[6], sizes[7], sizes[15]];
        assert_eq!((small, smaller, full), (2, 1, 0));
        assert_eq!(sizes.last(), Some(&0));
        let interrupted = (0..WHOLE_PAGES - 1).fold(PageSize::default().failed(0), |next, _| next.arrived());
        assert_eq!(interrupted.failed(0).arrived().size(), 1, "a failure restarts the count");
    }
}
