//! Merges the payment state of two copies of an order whose rows were united.
//!
//! No payment is ever dropped or rejected, even if the guest paid twice, but the sale counts once. So `paid` may exceed
//! `total`, here and nowhere else.

use crate::money::{Money, Overflow};
use crate::order::OrderStatus;

/// A payment of the united order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentPart {
    /// The amount that counts towards the order.
    pub amount: Money,
    /// Its cash rounding.
    pub rounding: Money,
}

/// The payment state of a united order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitedOrder {
    /// Unchanged if nothing was paid, or all of it was taken back; otherwise paid if the payments cover the total, else
    /// open. An order for which something was paid is never void.
    pub status: OrderStatus,
    /// The rounding of one payment, because the order was sold once.
    pub rounding: Money,
    /// The total.
    pub total: Money,
    /// The sum of all payments.
    pub paid: Money,
}

/// Calculates the state of an order with the payments of both copies. `status` and `rounding` come from the copy that
/// is used as the base; `unrounded` is the total before rounding.
///
/// # Errors
/// [`Overflow`].
pub fn unite(
    status: OrderStatus,
    rounding: Money,
    unrounded: Money,
    payments: &[PaymentPart],
) -> Result<UnitedOrder, Overflow> {
    let rounding = match status {
        OrderStatus::Paid => rounding,
        OrderStatus::Open | OrderStatus::Void => payments
            .iter()
            .map(|payment| payment.rounding)
            .find(|rounding| *rounding != Money::ZERO)
            .unwrap_or(Money::ZERO),
    };
    let total = unrounded.checked_add(rounding)?;
    let paid = Money::sum(payments.iter().map(|payment| payment.amount))?;
    let status = match (paid == Money::ZERO, paid >= total) {
        (true, _) => status,
        (false, true) => OrderStatus::Paid,
        (false, false) => OrderStatus::Open,
    };
    Ok(UnitedOrder { status, rounding, total, paid })
}

/// How much of each payment exceeds the order's total, in minor units. The latest payments are counted as the excess.
///
/// Without the excess, the payments add up to the total exactly, if they cover it.
#[must_use]
pub fn overpaid(total: i64, payments: &[i64]) -> Vec<i64> {
    let sum: i128 = payments.iter().map(|amount| i128::from(*amount)).sum();
    let mut over = (sum - i128::from(total)).max(0);
    let mut each = vec![0; payments.len()];
    for (excess, amount) in each.iter_mut().zip(payments).rev() {
        let payment = over.min(i128::from(*amount).max(0));
        over -= payment;
        // At most the payment itself.
        *excess = i64::try_from(payment).unwrap_or(i64::MAX);
    }
    each
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::MAX_AMOUNT;

    fn parts(parts: &[(i64, i64)]) -> Vec<PaymentPart> {
        parts
            .iter()
            .map(|&(amount, rounding)| PaymentPart { amount: Money(amount), rounding: Money(rounding) })
            .collect()
    }

    #[test]
    fn a_double_payment_counts_as_one_sale() {
        use OrderStatus::{Open, Paid, Void};
        for (status, rounding, whole, payments, expected) in [
            // Paid in both copies.
            (Paid, 0, 92_400, parts(&[(92_400, 0), (92_400, 0)]), (Paid, 0, 92_400, 184_800)),
            (Paid, 100, 92_400, parts(&[(92_400, 0), (92_500, 100)]), (Paid, 100, 92_500, 184_900)),
            (Paid, -400, 92_400, parts(&[(92_000, -400), (92_000, -400)]), (Paid, -400, 92_000, 184_000)),
            // Open in one copy, with a partial payment or none; paid in the other.
            (Open, 0, 92_400, parts(&[(50_000, 0), (92_000, -400)]), (Paid, -400, 92_000, 142_000)),
            (Open, 0, 92_400, parts(&[(92_400, 0)]), (Paid, 0, 92_400, 92_400)),
            // A partial payment in each copy: together they cover the total, or not.
            (Open, 0, 92_400, parts(&[(50_000, 0), (42_400, 0)]), (Paid, 0, 92_400, 92_400)),
            (Open, 0, 92_400, parts(&[(50_000, 0), (42_000, 0)]), (Open, 0, 92_400, 92_000)),
            // Void in one copy, paid in the other: a void order cannot have payments.
            (Void, 0, 92_400, parts(&[(92_400, 0)]), (Paid, 0, 92_400, 92_400)),
            (Void, 0, 92_400, parts(&[(1_000, 0)]), (Open, 0, 92_400, 1_000)),
            (Void, 0, 92_400, parts(&[]), (Void, 0, 92_400, 0)),
            // A deposit that was taken back.
            (Void, 0, 92_400, parts(&[(50_000, 0), (-50_000, 0)]), (Void, 0, 92_400, 0)),
            (Open, 0, 92_400, parts(&[(50_000, 0), (-50_000, 0)]), (Open, 0, 92_400, 0)),
            // Paid, with additional lines that nobody paid.
            (Paid, 0, 92_400, parts(&[(80_000, 0)]), (Open, 0, 92_400, 80_000)),
            (Paid, -49, 49, parts(&[]), (Paid, -49, 0, 0)),
        ] {
            let (to, rounded, total, paid) = expected;
            let expected = UnitedOrder { status: to, rounding: Money(rounded), total: Money(total), paid: Money(paid) };
            assert_eq!(unite(status, Money(rounding), Money(whole), &payments), Ok(expected), "{payments:?}");
        }
    }

    #[test]
    fn the_latest_payments_bear_the_excess() {
        for (total, payments, over) in [
            (100, &[100][..], &[0][..]),
            (100, &[60, 40], &[0, 0]),
            (100, &[100, 100], &[0, 100]),
            (100, &[60, 40, 50, 50], &[0, 0, 50, 50]),
            (100, &[70, 70], &[0, 40]),
            (100, &[130], &[30]),
            (0, &[5, 7], &[5, 7]),
            (100, &[40], &[0]),
            (0, &[], &[]),
            // A correction entered by another program.
            (50, &[100, -30], &[20, 0]),
            (i64::MIN, &[i64::MAX, i64::MAX], &[i64::MAX, i64::MAX]),
        ] {
            assert_eq!(overpaid(total, payments), over, "{payments:?} for {total}");
        }
    }

    #[test]
    fn amounts_beyond_the_limit_are_rejected() {
        let too_much = parts(&[(MAX_AMOUNT, 0), (1, 0)]);
        assert_eq!(unite(OrderStatus::Open, Money::ZERO, Money(1), &too_much), Err(Overflow));
    }
}
