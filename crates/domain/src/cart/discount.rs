//! What is taken off a line or an order, as it was asked for.

use super::CartRefused;
use crate::money::{BasisPoints, Money};

/// A discount as it was asked for; what it comes to is in [`Totals`](super::Totals), to be stored as an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discount {
    /// So much off the whole line (not off each piece) or off the whole order.
    Amount(Money),
    /// So much of the line's or the order's net, 0 to 100 %.
    Percent(BasisPoints),
}

impl Discount {
    /// What it takes off `net`: between zero and `net`.
    pub(super) fn on(self, net: Money) -> Result<Money, CartRefused> {
        let (part, whole) = match self {
            Discount::Amount(amount) => (amount.0, net.0),
            Discount::Percent(rate) => (rate.0, BasisPoints::WHOLE.0),
        };
        if part < 0 {
            return Err(CartRefused::DiscountNegative);
        }
        if part > whole {
            return Err(CartRefused::DiscountTooLarge);
        }
        match self {
            Discount::Amount(amount) => Ok(amount),
            Discount::Percent(rate) => Ok(net.ratio(rate.0, BasisPoints::WHOLE.0)?),
        }
    }
}
