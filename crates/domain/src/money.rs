//! Money: whole minor units, one rounding rule, no floats.
//!
//! Guarantees: every result is within ±[`MAX_AMOUNT`] or an [`Overflow`]; nothing wraps or panics, and [`Money::ratio`]
//! is the only place that rounds a fraction of money.
//!
//! Not included: the currency, and the format for people; both are settings of the outlet.

use std::cmp::Reverse;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The largest absolute amount that a calculation may return: 10^15 minor units.
///
/// An `i64` can represent the sum of thousands of such amounts, and the limit is below 2^53, so browsers read it
/// exactly.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// Coins below Rp 100 are rarely used, so a lower price, except 0, is reported as suspicious.
pub const MIN_USUAL_PRICE: i64 = 100;

/// An amount of money in whole minor units of the outlet's currency; for Indonesia whole rupiah.
///
/// Negative amounts exist (a rounding, a refund). In JSON and text it is the plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

/// A rate in hundredths of a percent: 10 % is `BasisPoints(1_000)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BasisPoints(pub i64);

impl BasisPoints {
    /// 100 %.
    pub const WHOLE: BasisPoints = BasisPoints(10_000);
}

/// The amount exceeds [`MAX_AMOUNT`], or was divided by zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the amount is too large")]
pub struct Overflow;

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);

    /// Checks an amount from outside against [`MAX_AMOUNT`].
    pub fn checked(self) -> Result<Money, Overflow> {
        Money::within_limit(i128::from(self.0))
    }

    /// `self + other`.
    pub fn checked_add(self, other: Money) -> Result<Money, Overflow> {
        Money::within_limit(i128::from(self.0) + i128::from(other.0))
    }

    /// `self - other`.
    pub fn checked_sub(self, other: Money) -> Result<Money, Overflow> {
        Money::within_limit(i128::from(self.0) - i128::from(other.0))
    }

    /// The sum; independent of the order of the amounts. Zero for no amounts.
    pub fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, Overflow> {
        Money::within_limit(amounts.into_iter().map(|amount| i128::from(amount.0)).sum())
    }

    /// `self × qty`.
    pub fn times(self, qty: i64) -> Result<Money, Overflow> {
        Money::within_limit(i128::from(self.0) * i128::from(qty))
    }

    /// `self × numerator ÷ denominator`, rounded once, half up; negative amounts mirror positive ones (-0.5 becomes
    /// -1). A denominator of zero is an [`Overflow`].
    ///
    /// Multiply the factors of a rate first and call this once, so that only one rounding happens.
    pub fn ratio(self, numerator: i64, denominator: i64) -> Result<Money, Overflow> {
        let product = i128::from(self.0) * i128::from(numerator);
        let dividend = product.unsigned_abs();
        let divisor = u128::from(denominator.unsigned_abs());
        if divisor == 0 {
            return Err(Overflow);
        }
        let rest = dividend % divisor;
        // `2 × rest ≥ divisor`, rewritten so that it cannot overflow.
        let up = rest >= divisor - rest;
        let magnitude = i128::try_from(dividend / divisor + u128::from(up)).map_err(|_| Overflow)?;
        let negative = (product < 0) != (denominator < 0);
        Money::within_limit(if negative { -magnitude } else { magnitude })
    }

    /// Splits the amount in proportion to `weights`: one part per weight, always adding up to `self`.
    ///
    /// Largest remainder method: each part is its exact quota rounded down; the remaining units go to the largest
    /// remainders, the earlier first among equals. So no part differs by a whole unit from its quota, and none has the
    /// opposite sign. A negative weight counts as zero. If no weight is positive, the parts are equal; without weights
    /// there are no parts.
    #[must_use]
    pub fn share(self, weights: &[Money]) -> Vec<Money> {
        let mut weights: Vec<u128> = weights.iter().map(|weight| weight.0.max(0).unsigned_abs().into()).collect();
        if weights.iter().all(|&weight| weight == 0) {
            weights.fill(1);
        }
        let whole: u128 = weights.iter().sum();
        let amount = u128::from(self.0.unsigned_abs());

        let mut parts: Vec<u128> = weights.iter().map(|weight| amount * weight / whole).collect();
        let remaining = amount - parts.iter().sum::<u128>();

        let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
        by_remainder.sort_by_key(|&index| Reverse(amount * weights[index] % whole));
        // Fewer units remain than there are parts, because each lost less than one.
        for index in by_remainder.into_iter().take(remaining as usize) {
            parts[index] += 1;
        }

        let sign = i128::from(self.0.signum());
        // No part is larger than `self`, so it fits.
        parts.into_iter().map(|part| Money((part as i128 * sign) as i64)).collect()
    }

    pub(crate) fn within_limit(amount: i128) -> Result<Money, Overflow> {
        match i64::try_from(amount) {
            Ok(amount) if (-MAX_AMOUNT..=MAX_AMOUNT).contains(&amount) => Ok(Money(amount)),
            _ => Err(Overflow),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(values: &[i64]) -> Vec<Money> {
        values.iter().copied().map(Money).collect()
    }

    #[test]
    fn half_is_rounded_up_and_mirrored_below_zero() {
        for (amount, numerator, denominator, expected) in [
            (1, 1, 2, 1),
            (3, 1, 2, 2),
            (1, 1, 3, 0),
            (2, 1, 3, 1),
            (-1, 1, 2, -1),
            (-1, 1, 3, 0),
            (1, -1, 2, -1),
            (1, 1, -2, -1),
            (-1, 1, -2, 1),
            (84_000, 1_000, 10_000, 8_400),
            (999, 1_100, 10_000, 110),
            (0, i64::MAX, 1, 0),
            (0, 0, -1, 0),
            (MAX_AMOUNT, i64::MAX, i64::MAX, MAX_AMOUNT),
        ] {
            assert_eq!(
                Money(amount).ratio(numerator, denominator),
                Ok(Money(expected)),
                "{amount} × {numerator} ÷ {denominator}"
            );
        }
    }

    #[test]
    fn amounts_beyond_the_limit_are_rejected() {
        assert_eq!(Money(MAX_AMOUNT).checked(), Ok(Money(MAX_AMOUNT)));
        assert_eq!(Money(MAX_AMOUNT + 1).checked(), Err(Overflow));
        assert_eq!(Money(i64::MIN).checked(), Err(Overflow));
        assert_eq!(Money(MAX_AMOUNT).checked_add(Money(1)), Err(Overflow));
        assert_eq!(Money(-MAX_AMOUNT).checked_sub(Money(1)), Err(Overflow));
        assert_eq!(Money(i64::MAX).checked_add(Money(i64::MAX)), Err(Overflow));
        assert_eq!(Money(2).times(MAX_AMOUNT), Err(Overflow));
        assert_eq!(Money(i64::MIN).ratio(i64::MIN, 1), Err(Overflow));
        assert_eq!(Money(i64::MIN).ratio(i64::MIN, i64::MIN), Err(Overflow));
        assert_eq!(Money(1).ratio(1, 0), Err(Overflow));
        assert_eq!(Money::sum(amounts(&[i64::MAX, i64::MAX])), Err(Overflow));
    }

    #[test]
    fn a_sum_may_exceed_the_limit_in_between() {
        assert_eq!(Money::sum(amounts(&[MAX_AMOUNT, MAX_AMOUNT, -MAX_AMOUNT])), Ok(Money(MAX_AMOUNT)));
        assert_eq!(Money::sum([]), Ok(Money::ZERO));
    }

    #[test]
    fn shares_go_to_the_largest_remainder_then_to_the_earlier() {
        for (amount, weights, expected) in [
            (10, [1, 1, 1], [4, 3, 3]),
            (100, [50, 30, 20], [50, 30, 20]),
            (5, [10, 60, 31], [0, 3, 2]),
            (5, [10, 60, 30], [1, 3, 1]),
            (-10, [1, 1, 1], [-4, -3, -3]),
            (7, [0, 0, 0], [3, 2, 2]),
            (7, [0, 5, 0], [0, 7, 0]),
            (7, [-9, 5, 0], [0, 7, 0]),
            (0, [1, 2, 3], [0, 0, 0]),
            (i64::MIN, [i64::MAX, 0, 0], [i64::MIN, 0, 0]),
        ] {
            assert_eq!(Money(amount).share(&amounts(&weights)), amounts(&expected), "{amount} over {weights:?}");
        }
        assert_eq!(Money(7).share(&[]), []);
    }

    #[test]
    fn money_is_formatted_as_a_plain_number() {
        assert_eq!(Money(-92_400).to_string(), "-92400");
        assert_eq!(format!("{:>8}", Money(500)), "     500");
    }
}
