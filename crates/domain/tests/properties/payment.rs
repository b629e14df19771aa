use domain::money::MAX_AMOUNT;
use domain::payment::apply;
use domain::{CashRounding, Method, Money, PayRefused, RoundingMode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn rounding() -> impl Strategy<Value = CashRounding> {
    (select(&CashRounding::STEPS[..]), select(RoundingMode::ALL)).prop_map(|(step, mode)| CashRounding { step, mode })
}

proptest! {
    #[test]
    fn an_applied_payment_adds_up(due in 0_i64..1_000_000, method in select(Method::ALL), tendered in -10_i64..1_100_000, rounding in rounding()) {
        let (due, tendered) = (Money(due), Money(tendered));
        if let Ok(applied) = apply(due, method, tendered, rounding) {
            prop_assert_eq!(applied.tendered, tendered);
            prop_assert_eq!(applied.amount.0 + applied.change.0, tendered.0);
            prop_assert!(applied.amount >= Money::ZERO && applied.change >= Money::ZERO);
            let remaining = due.0 + applied.rounding.0 - applied.amount.0;
            prop_assert_eq!(applied.settles, remaining == 0);
            prop_assert!(remaining >= 0);
            prop_assert!(applied.rounding.0.abs() < rounding.step.max(1));
            if method != Method::Cash || !applied.settles {
                prop_assert_eq!(applied.rounding, Money::ZERO);
                prop_assert_eq!(applied.change, Money::ZERO);
            }
        }
    }

    /// After any partial payments and the rest in cash, an order is paid exactly.
    #[test]
    fn a_settled_order_is_paid_exactly(
        total in 0_i64..1_000_000,
        tenders in vec((select(Method::ALL), 1_i64..300_000), 0..6),
        rounding in rounding(),
    ) {
        let (mut total, mut paid, mut settled) = (total, 0, false);
        let last = [(Method::Cash, 2_000_000)];
        for (method, tendered) in tenders.into_iter().chain(last) {
            if settled {
                break;
            }
            match apply(Money(total - paid), method, Money(tendered), rounding) {
                Ok(applied) => {
                    total += applied.rounding.0;
                    paid += applied.amount.0;
                    settled = applied.settles;
                    prop_assert_eq!(settled, paid == total);
                }
                Err(refused) => prop_assert_eq!(refused, PayRefused::Overpaid { due: Money(total - paid) }),
            }
        }
        prop_assert!(settled);
    }

    #[test]
    fn rounding_lands_on_a_step(due in 0..MAX_AMOUNT / 2, rounding in rounding()) {
        let rounded = rounding.round(Money(due)).unwrap().0;
        let step = rounding.step.max(1);
        prop_assert_eq!(rounded % step, 0);
        match rounding.mode {
            RoundingMode::Nearest => prop_assert!(2 * (rounded - due).abs() <= step),
            RoundingMode::Down => prop_assert!(rounded <= due && due - rounded < step),
            RoundingMode::Up => prop_assert!(rounded >= due && rounded - due < step),
        }
    }

    #[test]
    fn no_panic_at_extremes(due: i64, tendered: i64, step: i64, method in select(Method::ALL), mode in select(RoundingMode::ALL)) {
        let _ = apply(Money(due), method, Money(tendered), CashRounding { step, mode });
    }
}
