//! An order of which there were two copies, and whose rows were put together: where it stands then.
//!
//! Money that was taken is never refused and never forgotten, also where the guest has paid twice; what was sold is sold
//! once. So `paid` may be more than `total`, and nowhere else.

use crate::money::{Money, Overflow};
use crate::order::OrderStatus;

/// A payment of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// What counts towards the order.
    pub amount: Money,
    /// What it was rounded by.
    pub rounding: Money,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct United {
    /// Paid once its payments cover it; open while they do not, for no money stands on a void order.
    pub status: OrderStatus,
    /// Of one payment, for it was sold once.
    pub rounding: Money,
    /// What was sold.
    pub total: Money,
    /// What was taken.
    pub paid: Money,
}

/// Works out where an order stands with the payments of both copies. `status` and `rounding` are those of the copy that
/// stands, `whole` is what it comes to before rounding.
///
/// # Errors
/// [`Overflow`].
pub fn unite(status: OrderStatus, rounding: Money, whole: Money, payments: &[Part]) -> Result<United, Overflow> {
    let rounding = match status {
        OrderStatus::Paid => rounding,
        OrderStatus::Open | OrderStatus::Void => {
            payments.iter().map(|part| part.rounding).find(|rounding| *rounding != Money::ZERO).unwrap_or(Money::ZERO)
        }
    };
    let total = whole.checked_add(rounding)?;
    let paid = Money::sum(payments.iter().map(|part| part.amount))?;
    let status = match (payments.is_empty(), paid >= total) {
        (true, _) => status,
        (false, true) => OrderStatus::Paid,
        (false, false) => OrderStatus::Open,
    };
    Ok(United { status, rounding, total, paid })
}

/// How much of each payment is over the order's total, in minor units: the latest payments are, as long as any money is.
///
/// What is left of the payments comes to the total exactly, if they cover it.
#[must_use]
pub fn overpaid(total: i64, payments: &[i64]) -> Vec<i64> {
    let sum: i128 = payments.iter().map(|amount| i128::from(*amount)).sum();
    let mut over = (sum - i128::from(total)).max(0);
    let mut each = vec![0; payments.len()];
    for (place, amount) in each.iter_mut().zip(payments).rev() {
        let part = over.min(i128::from(*amount).max(0));
        over -= part;
        // No more than the payment.
        *place = i64::try_from(part).unwrap_or(i64::MAX);
    }
    each
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::MAX_AMOUNT;

    fn parts(parts: &[(i64, i64)]) -> Vec<Part> {
        parts.iter().map(|&(amount, rounding)| Part { amount: Money(amount), rounding: Money(rounding) }).collect()
    }

    #[test]
    fn a_double_payment_counts_as_one_sale() {
        use OrderStatus::{Open, Paid, Void};
        for (status, rounding, whole, payments, expected) in [
            // Paid at both ends.
            (Paid, 0, 92_400, parts(&[(92_400, 0), (92_400, 0)]), (Paid, 0, 92_400, 184_800)),
            (Paid, 100, 92_400, parts(&[(92_400, 0), (92_500, 100)]), (Paid, 100, 92_500, 184_900)),
            (Paid, -400, 92_400, parts(&[(92_000, -400), (92_000, -400)]), (Paid, -400, 92_000, 184_000)),
            // Open here, with a part or none; paid there.
            (Open, 0, 92_400, parts(&[(50_000, 0), (92_000, -400)]), (Paid, -400, 92_000, 142_000)),
            (Open, 0, 92_400, parts(&[(92_400, 0)]), (Paid, 0, 92_400, 92_400)),
            // A part at each end: together they pay it, or do not.
            (Open, 0, 92_400, parts(&[(50_000, 0), (42_400, 0)]), (Paid, 0, 92_400, 92_400)),
            (Open, 0, 92_400, parts(&[(50_000, 0), (42_000, 0)]), (Open, 0, 92_400, 92_000)),
            // Void here, paid there: money never stands on a void order.
            (Void, 0, 92_400, parts(&[(92_400, 0)]), (Paid, 0, 92_400, 92_400)),
            (Void, 0, 92_400, parts(&[(1_000, 0)]), (Open, 0, 92_400, 1_000)),
            (Void, 0, 92_400, parts(&[]), (Void, 0, 92_400, 0)),
            // Paid, and lines came to it that nobody has paid.
            (Paid, 0, 92_400, parts(&[(80_000, 0)]), (Open, 0, 92_400, 80_000)),
            (Paid, -49, 49, parts(&[]), (Paid, -49, 0, 0)),
        ] {
            let (to, rounded, total, paid) = expected;
            let expected = United { status: to, rounding: Money(rounded), total: Money(total), paid: Money(paid) };
            assert_eq!(unite(status, Money(rounding), Money(whole), &payments), Ok(expected), "{payments:?}");
        }
    }

    #[test]
    fn what_is_over_the_total_is_of_the_latest_payments() {
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
            // A correction that another program entered.
            (50, &[100, -30], &[20, 0]),
            (i64::MIN, &[i64::MAX, i64::MAX], &[i64::MAX, i64::MAX]),
        ] {
            assert_eq!(overpaid(total, payments), over, "{payments:?} for {total}");
        }
    }

    #[test]
    fn beyond_the_limit() {
        let too_much = parts(&[(MAX_AMOUNT, 0), (1, 0)]);
        assert_eq!(unite(OrderStatus::Open, Money::ZERO, Money(1), &too_much), Err(Overflow));
    }
}
