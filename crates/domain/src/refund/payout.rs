//! The money that a refund returns.

use super::RefundRefused;
use crate::money::Money;
use crate::payment::{CashRounding, Method};

/// What an order came to and what was paid, with all that was given back so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// The order's total before cash rounding.
    pub total: Money,
    /// What was paid: the total with the rounding of its payments. Without a surplus, which is returned on its own.
    pub paid: Money,
    /// The sum of the refunds before cash rounding.
    pub refunded: Money,
    /// What they returned in money.
    pub returned: Money,
}

/// The money that a refund returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payout {
    /// The amount that goes back; not negative.
    pub amount: Money,
    /// Signed difference to the refund.
    pub rounding: Money,
}

impl Settlement {
    /// What goes back for a refund of this amount.
    ///
    /// The refund that completes the order returns what is left of the money that was paid, by any method. Others round
    /// cash with the direction mirrored, so that a house that rounds payments up rounds refunds down; and return at most
    /// what is left. If a refund uses several methods, call this for one after the other.
    ///
    /// # Errors
    /// Not as much is left.
    pub fn payout(&self, refund: Money, method: Method, rounding: CashRounding) -> Result<Payout, RefundRefused> {
        let left = self.total.checked_sub(self.refunded)?;
        if refund < Money::ZERO {
            return Err(RefundRefused::AmountNotPositive);
        }
        if refund > left {
            return Err(RefundRefused::AmountTooLarge { left: left.max(Money::ZERO) });
        }
        let money_left = self.paid.checked_sub(self.returned)?.max(Money::ZERO);
        let amount = match method {
            _ if refund == left => money_left,
            Method::Cash => rounding.mirrored().round(refund)?.min(money_left),
            _ => refund.min(money_left),
        };
        Ok(Payout { amount, rounding: amount.checked_sub(refund)? })
    }

    /// The settlement after this payout.
    ///
    /// # Errors
    /// An amount is too large.
    pub fn after(self, payout: Payout) -> Result<Settlement, RefundRefused> {
        Ok(Settlement {
            refunded: self.refunded.checked_add(payout.amount)?.checked_sub(payout.rounding)?,
            returned: self.returned.checked_add(payout.amount)?,
            ..self
        })
    }
}
