//! Matches payments that nobody has confirmed with the rows of an acquirer's statement. It only proposes: a person accepts,
//! because two guests may pay the same amount in the same minute.

use jiff::{SignedDuration, Timestamp};

use crate::Money;

/// Greatest difference between the clocks of shop and acquirer, and between payment and notice.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// Money at a time: a payment of the shop, or a row of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The amount.
    pub amount: Money,
    /// When.
    pub at: Timestamp,
}

/// Pairs of a payment and a row of the same amount, by their places. The oldest payment chooses first, and takes the row that
/// is nearest in time.
#[must_use]
pub fn propose(payments: &[Entry], rows: &[Entry]) -> Vec<(usize, usize)> {
    let mut oldest_first: Vec<usize> = (0..payments.len()).collect();
    oldest_first.sort_by_key(|&place| payments[place].at);
    let mut is_free = vec![true; rows.len()];
    let mut pairs = Vec::new();
    for place in oldest_first {
        let payment = payments[place];
        let distance = |row: &Entry| row.at.duration_since(payment.at).abs();
        let fits = |row: &Entry| row.amount == payment.amount && distance(row) <= WINDOW;
        let candidates = (0..rows.len()).filter(|&row| is_free[row] && fits(&rows[row]));
        if let Some(row) = candidates.min_by_key(|&row| distance(&rows[row])) {
            is_free[row] = false;
            pairs.push((place, row));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(amount: i64, minute: i64) -> Entry {
        Entry { amount: Money(amount), at: Timestamp::from_second(1_795_000_000 + minute * 60).unwrap() }
    }

    #[test]
    fn a_payment_is_paired_with_the_nearest_row_of_its_amount() {
        let payments = [entry(92_400, 0), entry(10_000, 3)];
        let rows = [entry(10_000, 9), entry(92_400, -4), entry(92_400, 1), entry(10_000, 4)];
        assert_eq!(propose(&payments, &rows), [(0, 2), (1, 3)]);
    }

    #[test]
    fn the_oldest_payment_chooses_first_and_no_row_is_taken_twice() {
        let payments = [entry(10_000, 5), entry(10_000, 1)];
        assert_eq!(propose(&payments, &[entry(10_000, 4)]), [(1, 0)]);
        assert_eq!(propose(&payments, &[entry(10_000, 6), entry(10_000, 2)]), [(1, 1), (0, 0)]);
    }

    #[test]
    fn another_amount_or_another_hour_is_not_proposed() {
        let payments = [entry(10_000, 0)];
        assert_eq!(propose(&payments, &[entry(10_001, 0), entry(10_000, 16), entry(10_000, -16)]), []);
        assert_eq!(propose(&payments, &[entry(10_000, 15)]), [(0, 0)]);
    }

    proptest! {
        #[test]
        fn each_pair_fits_and_each_side_is_used_once(
            payments in prop::collection::vec((1_i64..4, -30_i64..30), 0..12),
            rows in prop::collection::vec((1_i64..4, -30_i64..30), 0..12),
        ) {
            let of = |all: &[(i64, i64)]| all.iter().map(|(amount, minute)| entry(*amount, *minute)).collect::<Vec<_>>();
            let (payments, rows) = (of(&payments), of(&rows));
            let pairs = propose(&payments, &rows);
            for (payment, row) in &pairs {
                prop_assert_eq!(payments[*payment].amount, rows[*row].amount);
                prop_assert!(rows[*row].at.duration_since(payments[*payment].at).abs() <= WINDOW);
            }
            let mut used: Vec<_> = pairs.iter().map(|(_, row)| row).collect();
            used.sort_unstable();
            used.dedup();
            prop_assert_eq!(used.len(), pairs.len());
            // No free row fits a payment without a pair.
            for (place, payment) in payments.iter().enumerate().filter(|(place, _)| !pairs.iter().any(|(one, _)| one == place)) {
                let is_left = |row: &usize| !pairs.iter().any(|(_, taken)| taken == row);
                let fits = |row: usize| {
                    rows[row].amount == payment.amount && rows[row].at.duration_since(payment.at).abs() <= WINDOW
                };
                prop_assert!(!(0..rows.len()).filter(is_left).any(fits), "payment {}", place);
            }
        }
    }
}
