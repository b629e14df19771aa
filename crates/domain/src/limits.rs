//! What a role may do without the approval of a manager.

use crate::money::{BasisPoints, Money};

/// Whether the discounts of an order exceed a role's limit; `None`: the role has no limit.
///
/// The limit is a part of the order's amount before discounts, so that many small discounts count like one large.
#[must_use]
pub fn discount_needs_approval(limit: Option<BasisPoints>, discounts: Money, subtotal: Money) -> bool {
    let within = |limit: BasisPoints| {
        i128::from(discounts.0) * i128::from(BasisPoints::WHOLE.0) <= i128::from(subtotal.0) * i128::from(limit.0)
    };
    limit.is_some_and(|limit| !within(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discounts_count_together_and_up_to_the_limit() {
        let ten_percent = Some(BasisPoints(1_000));
        for (limit, discounts, subtotal, needed) in [
            (ten_percent, 10_000, 100_000, false),
            (ten_percent, 10_001, 100_000, true),
            (ten_percent, 0, 0, false),
            (Some(BasisPoints(0)), 1, 100_000, true),
            (Some(BasisPoints(0)), 0, 100_000, false),
            (Some(BasisPoints::WHOLE), 100_000, 100_000, false),
            (None, 100_000, 100_000, false),
            (ten_percent, i64::MAX, i64::MAX, true),
        ] {
            let asked = discount_needs_approval(limit, Money(discounts), Money(subtotal));
            assert_eq!(asked, needed, "{discounts} of {subtotal} at {limit:?}");
        }
    }
}
