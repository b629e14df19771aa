//! A discount of a line or an order, as requested.

use super::CartRefused;
use crate::money::{BasisPoints, Money};

/// A discount as requested. [`Totals`](super::Totals) has its amount, which is the value that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discount {
    /// An amount off the whole line (not each piece) or the whole order.
    Amount(Money),
    /// A percentage of the line's or order's net, 0 to 100 %.
    Percent(BasisPoints),
}

impl Discount {
    /// The discount on `net`: between zero and `net`.
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
