use domain::Money;
use domain::money::MAX_AMOUNT;
use proptest::collection::vec;
use proptest::prelude::*;

fn exact_sum(amounts: &[Money]) -> i128 {
    amounts.iter().map(|amount| i128::from(amount.0)).sum()
}

proptest! {
    #[test]
    fn shares_sum_to_the_whole_and_keep_its_sign(amount: i64, weights in vec(any::<i64>(), 1..40)) {
        let weights: Vec<Money> = weights.into_iter().map(Money).collect();
        let shares = Money(amount).share(&weights);
        prop_assert_eq!(shares.len(), weights.len());
        prop_assert_eq!(exact_sum(&shares), i128::from(amount));
        prop_assert!(shares.iter().all(|share| share.0.signum() * amount.signum() >= 0));
    }

    #[test]
    fn a_share_is_less_than_one_unit_from_its_quota(amount in 0..=MAX_AMOUNT, weights in vec(0..=MAX_AMOUNT, 1..40)) {
        let weights: Vec<Money> = weights.into_iter().map(Money).collect();
        let whole = exact_sum(&weights);
        prop_assume!(whole > 0);
        for (share, weight) in Money(amount).share(&weights).iter().zip(&weights) {
            let off = i128::from(share.0) * whole - i128::from(amount) * i128::from(weight.0);
            prop_assert!(off.abs() < whole);
        }
    }

    #[test]
    fn a_ratio_is_at_most_half_a_unit_off(amount: i64, numerator: i64, denominator: i64) {
        if let Ok(result) = Money(amount).ratio(numerator, denominator) {
            let exact = i128::from(amount) * i128::from(numerator);
            let off = i128::from(result.0) * i128::from(denominator) - exact;
            prop_assert!(2 * off.abs() <= i128::from(denominator).abs());
            prop_assert!(result.0.abs() <= MAX_AMOUNT);
        }
    }

    #[test]
    fn a_ratio_is_symmetric(amount in -MAX_AMOUNT..=MAX_AMOUNT, numerator in -20_000_i64..20_000, denominator in 1_i64..20_000) {
        let negated = Money(amount).ratio(numerator, denominator).map(|money| -money.0);
        prop_assert_eq!(negated, Money(-amount).ratio(numerator, denominator).map(|money| money.0));
        prop_assert_eq!(negated, Money(amount).ratio(numerator, -denominator).map(|money| money.0));
    }

    #[test]
    fn nothing_leaves_the_limit(left: i64, right: i64) {
        let (left, right) = (Money(left), Money(right));
        for result in [left.checked(), left.checked_add(right), left.checked_sub(right), left.times(right.0), Money::sum([left, right])] {
            prop_assert!(result.is_err() || result.is_ok_and(|money| money.0.abs() <= MAX_AMOUNT));
        }
    }
}
