//! One rule that changes many prices: a new price, an amount more or less, or a percentage, rounded to a round amount.

use thiserror::Error;

use crate::money::{BasisPoints, Money};

/// How a price changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceChange {
    /// To this price.
    Set(Money),
    /// By this amount, which may be negative.
    Add(Money),
    /// By this percentage, which may be negative.
    Percent(BasisPoints),
}

/// A price change with its rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceRule {
    /// The change.
    pub change: PriceChange,
    /// The new price is a multiple of this; 1: not rounded.
    pub round_to: i64,
}

/// The new price is negative or beyond the limit of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the new price is out of range")]
pub struct PriceOutOfRange;

/// The lowest percentage: the price becomes 0.
pub const LEAST_PERCENT_BP: i64 = -BasisPoints::WHOLE.0;
/// The highest percentage: a hundred times the price more. A larger one is a slip of the finger.
pub const MOST_PERCENT_BP: i64 = 100 * BasisPoints::WHOLE.0;
/// The highest amount to round to.
pub const MOST_ROUND_TO: i64 = 1_000_000;

impl PriceRule {
    /// The price after the change, rounded once, half up.
    ///
    /// # Errors
    /// The price would be negative or too large.
    pub fn apply(self, price: Money) -> Result<Money, PriceOutOfRange> {
        let round_to = self.round_to.max(1);
        let steps = match self.change {
            PriceChange::Set(price) => price.ratio(1, round_to),
            PriceChange::Add(amount) => price.checked_add(amount).and_then(|price| price.ratio(1, round_to)),
            PriceChange::Percent(BasisPoints(bp)) => {
                let whole = BasisPoints::WHOLE.0;
                let factor = whole.saturating_add(bp);
                price.ratio(factor, whole.saturating_mul(round_to))
            }
        };
        let changed = steps.and_then(|steps| steps.times(round_to)).map_err(|_| PriceOutOfRange)?;
        if changed < Money::ZERO { Err(PriceOutOfRange) } else { Ok(changed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::MAX_AMOUNT;

    #[test]
    fn a_changed_price_is_rounded_once() {
        use PriceChange::{Add, Percent, Set};
        for (change, round_to, price, expected) in [
            (Set(Money(25_000)), 1, 22_000, Ok(25_000)),
            (Set(Money(25_260)), 500, 22_000, Ok(25_500)),
            (Add(Money(1_500)), 1, 22_000, Ok(23_500)),
            (Add(Money(-22_000)), 1, 22_000, Ok(0)),
            (Add(Money(-22_001)), 1, 22_000, Err(PriceOutOfRange)),
            (Percent(BasisPoints(1_000)), 1, 12_345, Ok(13_580)),
            (Percent(BasisPoints(1_000)), 500, 12_345, Ok(13_500)),
            (Percent(BasisPoints(-500)), 100, 22_000, Ok(20_900)),
            (Percent(BasisPoints(-10_000)), 500, 22_000, Ok(0)),
            (Percent(BasisPoints(-10_001)), 1, 22_000, Err(PriceOutOfRange)),
            // 10.5 % of 10 is 11.05: rounding to 11 first and to 10 then would be the same, to 0.5 first would not.
            (Percent(BasisPoints(1_050)), 1, 10, Ok(11)),
            (Percent(BasisPoints(4_999)), 3, 1, Ok(0)),
            (Percent(BasisPoints(5_000)), 3, 1, Ok(3)),
            (Add(Money(1)), 1, MAX_AMOUNT, Err(PriceOutOfRange)),
            (Percent(BasisPoints(MOST_PERCENT_BP)), 1, MAX_AMOUNT, Err(PriceOutOfRange)),
            (Percent(BasisPoints(i64::MAX)), i64::MAX, 1, Err(PriceOutOfRange)),
        ] {
            let changed = PriceRule { change, round_to }.apply(Money(price));
            assert_eq!(changed, expected.map(Money), "{change:?} to {round_to} of {price}");
        }
    }
}
