//! Which tenders return the money of a refund.

use super::{Payout, RefundRefused, Settlement};
use crate::money::Money;
use crate::payment::{CashRounding, Method};

/// What a tender took and has not given back, before cash rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The method of the tender.
    pub method: Method,
    /// The amount; 0 or less: nothing.
    pub left: Money,
}

/// Allots a refund to tenders in their sequence, each up to its limit, and takes it off the limits. `chosen`: only to these
/// tenders; cash has no limit then. Returns the number of each tender with its part, and the rest that none of them may
/// return.
pub fn allot(limits: &mut [Limit], refund: Money, chosen: Option<&[usize]>) -> (Vec<(usize, Money)>, Money) {
    let (mut parts, mut rest) = (Vec::new(), refund);
    let is_chosen = |tender: usize| chosen.is_none_or(|chosen| chosen.contains(&tender));
    for (tender, limit) in limits.iter_mut().enumerate().filter(|(tender, _)| is_chosen(*tender)) {
        let has_no_limit = chosen.is_some() && limit.method == Method::Cash;
        let part = if has_no_limit { rest } else { rest.min(limit.left).max(Money::ZERO) };
        if part > Money::ZERO {
            limit.left = Money(limit.left.0.saturating_sub(part.0));
            rest = Money(rest.0.saturating_sub(part.0));
            parts.push((tender, part));
        }
    }
    (parts, rest)
}

/// The money of each part of a refund, in the sequence of the parts. Cash is calculated last, so that it bears the rounding.
///
/// # Errors
/// As [`Settlement::payout`].
pub fn pay_back(
    mut settlement: Settlement,
    parts: &[(Method, Money)],
    rounding: CashRounding,
) -> Result<Vec<Payout>, RefundRefused> {
    let mut payouts = vec![Payout { amount: Money::ZERO, rounding: Money::ZERO }; parts.len()];
    for is_cash in [false, true] {
        let of_kind = parts.iter().zip(&mut payouts).filter(|((method, _), _)| (*method == Method::Cash) == is_cash);
        for ((method, part), payout) in of_kind {
            *payout = settlement.payout(*part, *method, rounding)?;
            settlement = settlement.after(*payout)?;
        }
    }
    Ok(payouts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::RoundingMode;

    const HUNDRED: CashRounding = CashRounding { step: 100, mode: RoundingMode::Nearest };

    fn limits(limits: &[(Method, i64)]) -> Vec<Limit> {
        limits.iter().map(|&(method, left)| Limit { method, left: Money(left) }).collect()
    }

    #[test]
    fn a_refund_goes_to_the_first_tenders_up_to_their_limits() {
        let mut tenders = limits(&[(Method::Qris, 30), (Method::Cash, -5), (Method::Card, 50)]);
        assert_eq!(allot(&mut tenders, Money(60), None), (vec![(0, Money(30)), (2, Money(30))], Money::ZERO));
        assert_eq!(allot(&mut tenders, Money(60), None), (vec![(2, Money(20))], Money(40)));
        let mut tenders = limits(&[(Method::Qris, 30), (Method::Cash, 5)]);
        assert_eq!(allot(&mut tenders, Money(60), Some(&[0])), (vec![(0, Money(30))], Money(30)));
        assert_eq!(allot(&mut tenders, Money(60), Some(&[1])), (vec![(1, Money(60))], Money::ZERO));
        assert_eq!(allot(&mut tenders, Money(60), Some(&[])), (vec![], Money(60)));
    }

    /// T2: 138 was paid with 55 by card and 80 in cash, rounded down by 3: each gives back what it took.
    #[test]
    fn each_tender_returns_what_it_took() {
        let settlement =
            Settlement { total: Money(138), paid: Money(135), refunded: Money::ZERO, returned: Money::ZERO };
        for parts in [
            [(Method::Cash, Money(83)), (Method::Card, Money(55))],
            [(Method::Card, Money(55)), (Method::Cash, Money(83))],
        ] {
            let back = pay_back(settlement, &parts, HUNDRED).unwrap();
            let of = |method| parts.iter().zip(&back).find(|((of, _), _)| *of == method).map(|(_, payout)| *payout);
            assert_eq!(of(Method::Cash), Some(Payout { amount: Money(80), rounding: Money(-3) }));
            assert_eq!(of(Method::Card), Some(Payout { amount: Money(55), rounding: Money::ZERO }));
        }
    }
}
