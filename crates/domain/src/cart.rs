//! Calculates the totals of an order.
//!
//! The sequence: line amounts → line discounts → order discounts → service → tax. Each percentage is rounded once, on
//! its whole base; lines get shares that add up to it. So the parts always add up to the whole, no part is negative, and
//! the order of the lines does not change the total. `docs/money.md` explains it with figures.
//!
//! The rules follow the Jakarta tax office: PBJT is due on what the guest pays, after discount and including service
//! (UU 1/2022, article 57). Its worked examples are among the golden figures (`golden/figures.json`).
//!
//! Orders are merged by calculating all their lines again; [`split`] divides one.
//!
//! Not included: cash rounding, which belongs to a payment ([`crate::payment`]), and who may give a discount.

mod charge;
mod discount;
mod in_force;
mod line;
mod shares;
pub mod split;

use thiserror::Error;

pub use charge::{
    Charge, ChargeKind, MAX_BASE_DEN, MAX_IN_FORCE, ServiceBase, check_charge, check_charges, check_entered,
};
pub use discount::{Discount, DiscountValue};
pub use in_force::{DatedCharge, InForce, OutletCharge, SkippedCharge, in_force, known_order_types, skipped};
pub use line::{Line, QtyScale, Quantity};
pub use shares::Amounts;

use crate::money::{Money, Overflow};
use shares::share_to_lines;

/// What the totals of an order are calculated from.
#[derive(Debug, Clone, Copy)]
pub struct Cart<'a> {
    /// The lines.
    pub lines: &'a [Line],
    /// Discounts and compliments, each kind in the sequence in which they apply.
    pub discounts: &'a [Discount],
    /// The charges in force, in any order.
    pub charges: &'a [Charge],
}

/// The amount of one charge in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargeAmount {
    /// Index in the given charges.
    pub charge: usize,
    /// The base of the rate, for the receipt and the tax report: without the tax, and for PPN 11/12 of it.
    pub base: Money,
    /// The amount: added to the total, or contained in the prices for an included tax.
    pub amount: Money,
}

/// The totals of an order. No amount is negative.
///
/// Cash rounding is added when a payment settles the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The amounts of the whole order.
    pub order: Amounts,
    /// Each line with its shares, in the sequence of the lines: they add up to `order`.
    pub lines: Vec<Amounts>,
    /// What each given discount comes to: they add up to the order's discount.
    pub discounts: Vec<Money>,
    /// The amount of each charge: service first, then tax. Charges with an empty base are omitted.
    pub charges: Vec<ChargeAmount>,
}

/// Why totals cannot be calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CartRefused {
    /// The quantity is 0 or less.
    #[error("a line's quantity must be at least 1")]
    QuantityNotPositive,
    /// The price is negative.
    #[error("a price must not be negative")]
    PriceNegative,
    /// The discount is negative.
    #[error("a discount must not be negative")]
    DiscountNegative,
    /// The discount exceeds 100 %.
    #[error("a discount must not exceed the amount it applies to")]
    DiscountTooLarge,
    /// The line of a discount does not exist.
    #[error("a discount applies to a line that does not exist")]
    UnknownLine,
    /// See [`Charge`] for the ranges.
    #[error("a charge's rate or the fraction of its base is out of range")]
    RateOutOfRange,
    /// A service charge is marked as included in the prices.
    #[error("only a tax can be included in prices; a service charge is always added")]
    ServiceIncluded,
    /// Two taxes on one tax group.
    #[error("two taxes apply to one tax group; a line bears one tax")]
    TaxedTwice,
    /// Too many charges.
    #[error("more than {MAX_IN_FORCE} charges are in force")]
    TooManyCharges,
    /// A name, a date or a number of a charge cannot be read.
    #[error("a value of the charge cannot be read")]
    Unreadable,
    /// An intermediate amount exceeds [`crate::money::MAX_AMOUNT`].
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// Calculates the totals of an order.
///
/// Pass only charges that apply to it: see [`in_force`]. An empty order costs nothing. Returns the first error; see
/// [`CartRefused`].
pub fn totals(cart: Cart<'_>) -> Result<Totals, CartRefused> {
    check_charges(cart.charges)?;
    cart.lines.iter().try_for_each(Line::check)?;

    let (mut lines, discounts) = discount::apply(cart.lines, cart.discounts)?;
    let mut charges = Vec::new();
    for (index, charge) in in_sequence(cart.charges) {
        let bases: Vec<Money> = lines.iter().map(|line| line.base(charge)).collect::<Result<_, _>>()?;
        let whole = Money::sum(bases.iter().copied())?;
        if whole == Money::ZERO {
            continue;
        }
        let amount = charge.amount_on(whole)?;
        let shares = share_to_lines(amount, &bases, &lines);
        for (line, share) in lines.iter_mut().zip(shares) {
            line.add_charge(charge, share)?;
        }
        charges.push(ChargeAmount { charge: index, base: charge.base_of(whole, amount)?, amount });
    }

    let lines: Vec<Amounts> = lines.into_iter().map(|line| line.amounts).collect();
    let order = Amounts::sum(lines.iter().copied())?;
    order.total().checked()?;
    Ok(Totals { order, lines, discounts, charges })
}

/// As [`totals`], but omits charges that make an amount too large, the last ones first, so that charges never block an
/// order that can be calculated without them. Also returns how many of the charges, from the first, are used.
pub fn totals_ignoring_invalid(cart: Cart<'_>) -> Result<(Totals, usize), CartRefused> {
    let mut count = cart.charges.len();
    loop {
        match totals(Cart { charges: &cart.charges[..count], ..cart }) {
            Err(CartRefused::Overflow(_)) if count > 0 => count -= 1,
            found => return found.map(|totals| (totals, count)),
        }
    }
}

/// Services before taxes, because a tax applies to the service too.
fn in_sequence(charges: &[Charge]) -> impl Iterator<Item = (usize, &Charge)> {
    let of = move |kind| charges.iter().enumerate().filter(move |(_, charge)| charge.kind == kind);
    of(ChargeKind::Service).chain(of(ChargeKind::Tax))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{BasisPoints, MAX_AMOUNT};
    use crate::tax::TaxGroup;

    fn line(price: i64, qty: i64, tax_group: TaxGroup) -> Line {
        Line { amount: Money(price * qty), quantity: Quantity::pieces(qty), tax_group }
    }

    fn percent(line: Option<usize>, rate_bp: i64) -> Discount {
        Discount { line, value: DiscountValue::Percent(BasisPoints(rate_bp)) }
    }

    fn amount(line: Option<usize>, amount: i64) -> Discount {
        Discount { line, value: DiscountValue::Amount(Money(amount)) }
    }

    fn compliment(line: Option<usize>) -> Discount {
        Discount { line, value: DiscountValue::Compliment }
    }

    fn charge(kind: ChargeKind, rate_bp: i64, tax_group: TaxGroup) -> Charge {
        Charge {
            id: "id".into(),
            name: "name".into(),
            kind,
            rate_bp,
            tax_group,
            base: ServiceBase::AfterDiscount,
            base_num: 1,
            base_den: 1,
            inclusive: false,
        }
    }

    fn service(base: ServiceBase) -> Charge {
        Charge { base, ..charge(ChargeKind::Service, 500, TaxGroup::Pbjt) }
    }

    fn pbjt() -> Charge {
        charge(ChargeKind::Tax, 1_000, TaxGroup::Pbjt)
    }

    fn ppn() -> Charge {
        Charge { base_num: 11, base_den: 12, ..charge(ChargeKind::Tax, 1_200, TaxGroup::Ppn) }
    }

    fn included(charge: Charge) -> Charge {
        Charge { inclusive: true, ..charge }
    }

    fn bill(lines: &[Line], discounts: &[Discount], charges: &[Charge]) -> Totals {
        totals(Cart { lines, discounts, charges }).unwrap()
    }

    fn line_totals(bill: &Totals) -> Vec<i64> {
        bill.lines.iter().map(|line| line.total().0).collect()
    }

    #[test]
    fn the_order_of_charges_does_not_matter() {
        let charges = [pbjt(), service(ServiceBase::BeforeDiscount)];
        let bill = bill(&[line(100_000, 1, TaxGroup::Pbjt)], &[percent(None, 2_000)], &charges);
        assert_eq!(
            bill.charges,
            [
                ChargeAmount { charge: 1, base: Money(100_000), amount: Money(5_000) },
                ChargeAmount { charge: 0, base: Money(85_000), amount: Money(8_500) },
            ]
        );
    }

    #[test]
    fn the_rounded_base_of_ppn_is_not_used() {
        // 11 % of 32 is 3.52 → 4. With the rounded base it would be 12 % of 29 = 3.48 → 3.
        for (price, tax) in [(32, 4), (77, 8), (50, 6), (4, 0), (5, 1)] {
            let bill = bill(&[line(price, 1, TaxGroup::Ppn)], &[], &[ppn()]);
            assert_eq!(bill.order.tax, Money(tax), "on {price}");
        }
    }

    #[test]
    fn service_on_prices_with_included_tax_includes_the_tax() {
        let service = service(ServiceBase::AfterDiscount);
        // A service charge is added whatever its `inclusive` says.
        for service in [service.clone(), included(service)] {
            let bill = bill(&[line(110_000, 1, TaxGroup::Pbjt)], &[], &[included(pbjt()), service]);
            // The same as 100,000 plus 5 % service plus 10 % tax.
            let Amounts { service, tax_included, .. } = bill.order;
            assert_eq!((service, tax_included, bill.order.total()), (Money(5_500), Money(10_500), Money(115_500)));
        }
    }

    #[test]
    fn each_tax_applies_to_its_lines_and_their_service() {
        let lines = [line(60_000, 1, TaxGroup::Pbjt), line(30_000, 1, TaxGroup::Ppn), line(10_000, 1, TaxGroup::None)];
        let charges =
            [service(ServiceBase::AfterDiscount), pbjt(), ppn(), charge(ChargeKind::Tax, 500, TaxGroup::None)];
        let bill = bill(&lines, &[], &charges);
        assert_eq!(
            bill.charges,
            [
                ChargeAmount { charge: 0, base: Money(100_000), amount: Money(5_000) },
                ChargeAmount { charge: 1, base: Money(63_000), amount: Money(6_300) },
                ChargeAmount { charge: 2, base: Money(28_875), amount: Money(3_465) },
            ]
        );
        assert_eq!(line_totals(&bill), [69_300, 34_965, 10_500]);
    }

    #[test]
    fn service_before_discount_is_shared_by_its_base_lines() {
        let lines = [line(100_000, 1, TaxGroup::Pbjt), line(100_000, 1, TaxGroup::None)];
        let charges = [service(ServiceBase::BeforeDiscount), pbjt()];
        let whole = bill(&lines, &[percent(Some(0), 10_000)], &charges);
        assert_eq!((whole.order.service, whole.order.tax), (Money(10_000), Money(500)));
        assert_eq!(line_totals(&whole), [5_500, 105_000]);
        // A compliment costs nothing, unlike a discount of 100 %.
        let whole = bill(&lines, &[compliment(Some(0))], &charges);
        assert_eq!((whole.order.service, whole.order.tax), (Money(5_000), Money::ZERO));
        assert_eq!(line_totals(&whole), [0, 105_000]);
    }

    #[test]
    fn a_percentage_is_rounded_once_on_the_net_of_lines() {
        let lines = [line(10, 1, TaxGroup::Pbjt), line(5, 1, TaxGroup::Pbjt), line(5, 1, TaxGroup::Pbjt)];
        // 10 % of 15 is 1.5 → 2; three roundings of 0.5 would have made it 3.
        let bill = bill(&lines, &[amount(Some(0), 5), percent(None, 1_000)], &[]);
        assert_eq!(bill.discounts, [Money(5), Money(2)]);
        assert_eq!((bill.order.discount, bill.order.total()), (Money(7), Money(13)));
        assert_eq!(line_totals(&bill), [4, 4, 5]);
    }

    #[test]
    fn discounts_apply_in_turn_lines_first_and_stop_at_zero() {
        let lines = [line(10_000, 1, TaxGroup::Pbjt), line(10_000, 1, TaxGroup::Pbjt)];
        for (discounts, expected) in [
            // 10 % of 20,000 and 3,000, or 3,000 and 10 % of 17,000.
            (vec![percent(None, 1_000), amount(None, 3_000)], vec![2_000, 3_000]),
            (vec![amount(None, 3_000), percent(None, 1_000)], vec![3_000, 1_700]),
            // The line's discount comes first, although it was given last.
            (vec![percent(None, 1_000), amount(Some(1), 3_000)], vec![1_700, 3_000]),
            (vec![percent(Some(0), 5_000), percent(Some(0), 5_000)], vec![5_000, 2_500]),
            (vec![amount(Some(0), 6_000), amount(Some(0), 6_000)], vec![6_000, 4_000]),
            (vec![amount(None, 15_000), amount(None, 15_000)], vec![15_000, 5_000]),
            (vec![percent(None, 10_000), percent(None, 5_000)], vec![20_000, 0]),
        ] {
            let found = bill(&lines, &discounts, &[]).discounts;
            assert_eq!(found.iter().map(|amount| amount.0).collect::<Vec<_>>(), expected, "{discounts:?}");
        }
    }

    #[test]
    fn a_compliment_comes_to_the_list_price() {
        let lines = [line(10_000, 2, TaxGroup::Pbjt), line(7_000, 1, TaxGroup::Ppn)];
        let charges = [service(ServiceBase::BeforeDiscount), pbjt(), ppn()];
        for (discounts, expected, total) in [
            (vec![amount(Some(0), 500), percent(None, 1_000), compliment(Some(0))], vec![0, 700, 20_000], 7_382),
            (vec![compliment(None), amount(Some(0), 500)], vec![27_000, 0], 0),
            (vec![compliment(None), compliment(Some(1))], vec![20_000, 7_000], 0),
            (vec![compliment(Some(1)), compliment(Some(1))], vec![7_000, 0], 23_100),
        ] {
            let whole = bill(&lines, &discounts, &charges);
            assert_eq!(whole.discounts.iter().map(|amount| amount.0).collect::<Vec<_>>(), expected, "{discounts:?}");
            assert_eq!(whole.order.total(), Money(total), "{discounts:?}");
        }
    }

    #[test]
    fn a_left_over_unit_does_not_depend_on_the_order_of_lines() {
        // One unit of service for two equal lines, of which only one is taxed.
        let charges = [charge(ChargeKind::Service, 500, TaxGroup::Pbjt), pbjt()];
        let (taxed, free) = (line(14, 1, TaxGroup::Pbjt), line(14, 1, TaxGroup::None));
        let (one, other) = (bill(&[taxed, free], &[], &charges), bill(&[free, taxed], &[], &charges));
        assert_eq!(one.order.service, Money(1));
        assert_eq!(one.order, other.order);
    }

    #[test]
    fn a_free_cart_has_no_charges() {
        let charges = [service(ServiceBase::BeforeDiscount), pbjt(), included(ppn())];
        for lines in [vec![], vec![line(0, 3, TaxGroup::Pbjt), line(0, 1, TaxGroup::Ppn)]] {
            let bill = bill(&lines, &[percent(None, 2_000), amount(None, 5)], &charges);
            assert_eq!(bill.charges, []);
            assert_eq!(bill.lines, vec![Amounts::ZERO; lines.len()]);
        }
    }

    #[test]
    fn invalid_lines_and_discounts_are_rejected() {
        let good = line(10_000, 1, TaxGroup::Pbjt);
        let pieces = |qty| Line { quantity: Quantity::pieces(qty), ..good };
        for (line, discount, expected) in [
            (pieces(0), None, CartRefused::QuantityNotPositive),
            (pieces(i64::MIN), None, CartRefused::QuantityNotPositive),
            (Line { amount: Money(-1), ..good }, None, CartRefused::PriceNegative),
            (Line { amount: Money(MAX_AMOUNT + 1), ..good }, None, CartRefused::Overflow(Overflow)),
            (good, Some(amount(Some(0), -1)), CartRefused::DiscountNegative),
            (good, Some(amount(None, i64::MIN)), CartRefused::DiscountNegative),
            (good, Some(percent(Some(0), 10_001)), CartRefused::DiscountTooLarge),
            (good, Some(percent(None, -1)), CartRefused::DiscountNegative),
            (good, Some(amount(Some(1), 1)), CartRefused::UnknownLine),
        ] {
            let discounts: Vec<_> = discount.into_iter().collect();
            let refused = totals(Cart { lines: &[line], discounts: &discounts, charges: &[] });
            assert_eq!(refused, Err(expected), "{line:?} {discounts:?}");
        }
    }

    #[test]
    fn invalid_charges_are_rejected() {
        let twelfths = |base_num, base_den| Charge { base_num, base_den, ..ppn() };
        let out_of_range = [
            charge(ChargeKind::Service, -1, TaxGroup::Pbjt),
            charge(ChargeKind::Service, 10_001, TaxGroup::Pbjt),
            charge(ChargeKind::Tax, 1_001, TaxGroup::Pbjt),
            twelfths(0, 12),
            twelfths(11, 0),
            twelfths(12, 11),
            twelfths(-11, -12),
            twelfths(i64::MAX, i64::MAX),
        ];
        for charge in out_of_range {
            let refused = totals(Cart { lines: &[], discounts: &[], charges: &[charge] });
            assert_eq!(refused, Err(CartRefused::RateOutOfRange));
        }
        assert_eq!(check_charges(&[pbjt(), included(pbjt())]), Err(CartRefused::TaxedTwice));
        assert_eq!(check_charges(&[pbjt(), ppn(), service(ServiceBase::AfterDiscount)]), Ok(()));
        let two_services = [service(ServiceBase::AfterDiscount), service(ServiceBase::BeforeDiscount)];
        assert_eq!(check_charges(&two_services), Ok(()));
    }
}
