//! What should be in a cash drawer, and the difference to what was counted.

use crate::money::{Money, Overflow};

/// The cash of a shift. All amounts are positive, but payments that were mostly reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drawer {
    /// Counted at the start.
    pub opening: Money,
    /// Cash payments: the amounts that count, without change, minus those taken back.
    pub payments: Money,
    /// Refunds in cash, as handed out.
    pub refunds: Money,
    /// Put in, such as change from the bank.
    pub paid_in: Money,
    /// Taken out, such as a small purchase.
    pub paid_out: Money,
    /// Moved to the safe.
    pub dropped: Money,
}

impl Drawer {
    /// What should be in the drawer.
    ///
    /// # Errors
    /// An amount is too large.
    pub fn expected(&self) -> Result<Money, Overflow> {
        let into = Money::sum([self.opening, self.payments, self.paid_in])?;
        into.checked_sub(Money::sum([self.refunds, self.paid_out, self.dropped])?)
    }

    /// The counted cash minus the expected: negative if it is short, positive if it is over.
    ///
    /// # Errors
    /// An amount is too large.
    pub fn difference(&self, counted: Money) -> Result<Money, Overflow> {
        counted.checked_sub(self.expected()?)
    }
}
