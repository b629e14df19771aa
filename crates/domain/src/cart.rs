//! Calculates the totals of an order.
//!
//! The sequence: lines → line discounts → order discount → service → tax. Each percentage is rounded once, on its whole
//! base; lines get shares that add up to it. So the parts always add up to the whole, no part is negative, and the
//! order of the lines does not change the total.
//!
//! The rules follow the Jakarta tax office: PBJT is due on what the guest pays, after discount and including service
//! (UU 1/2022, article 57). Both of its worked examples are tests below.
//!
//! Not included: cash rounding, which belongs to a payment ([`crate::payment`]), and who may give a discount.

mod charge;
mod discount;

use thiserror::Error;

pub use charge::{
    Charge, ChargeKind, DatedCharge, InForce, MAX_BASE_DEN, MAX_IN_FORCE, ServiceBase, SkippedCharge, check_charge,
    check_charges, check_entered, in_force,
};
pub use discount::Discount;

use crate::money::{Money, Overflow};
use crate::tax::TaxGroup;

/// One line of an order. Its price is a snapshot of the catalog's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Price of one piece including modifiers; not negative.
    pub price: Money,
    /// Quantity, at least 1.
    pub qty: i64,
    /// The tax group.
    pub tax_group: TaxGroup,
    /// The line's discount, before the order's.
    pub discount: Option<Discount>,
}

/// The amount of one charge in this cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargeAmount {
    /// Index in the given charges.
    pub charge: usize,
    /// The base of the rate, for the receipt and the tax report: without the tax, and for PPN 11/12 of it.
    pub base: Money,
    /// The amount: added to the total, or contained in the prices for an included tax.
    pub amount: Money,
}

/// The totals of a cart. No amount is negative.
///
/// `total == subtotal - discount + service + tax`. Cash rounding is added when a payment settles the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The discount of each line, in the order of the lines.
    pub line_discounts: Vec<Money>,
    /// Each line after its discount and its share of the order's discount: they add up to `subtotal - discount`.
    pub line_nets: Vec<Money>,
    /// Each line's net with its share of service and added tax: they add up to `total`. Used to split a bill by line
    /// and to return single lines.
    pub line_totals: Vec<Money>,
    /// Sum of price × quantity, before any discount.
    pub subtotal: Money,
    /// The sum of all discounts, of lines and order; positive.
    pub discount: Money,
    /// The order's part of `discount`.
    pub order_discount: Money,
    /// Sum of all service charges.
    pub service: Money,
    /// Taxes that are added to the prices.
    pub tax: Money,
    /// Taxes that the prices include; already part of `total`.
    pub tax_included: Money,
    /// The amount due before cash rounding.
    pub total: Money,
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
    /// The discount exceeds its base, or 100 %.
    #[error("a discount must not exceed the amount it applies to")]
    DiscountTooLarge,
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

/// Calculates the totals of lines with the order's discount and the outlet's charges.
///
/// The charges may be in any order; pass only those valid on the order's business date. An empty cart costs nothing.
/// Returns the first error; see [`CartRefused`].
pub fn totals(lines: &[Line], order_discount: Option<Discount>, charges: &[Charge]) -> Result<Totals, CartRefused> {
    check_charges(charges)?;

    let full: Vec<Money> = lines.iter().map(full_price).collect::<Result<_, _>>()?;
    let line_discounts: Vec<Money> =
        lines.iter().zip(&full).map(|(line, &full)| discount_on(line.discount, full)).collect::<Result<_, _>>()?;
    let discounted = zip_with(&full, &line_discounts, Money::checked_sub)?;

    let order_discount = discount_on(order_discount, Money::sum(discounted.iter().copied())?)?;
    let line_nets = zip_with(&discounted, &share_to_lines(order_discount, &discounted, lines), Money::checked_sub)?;

    let (with_service, services) = add_service(lines, &full, &line_nets, charges)?;
    let (line_totals, taxes) = add_tax(lines, &with_service, charges)?;
    let tax_where = |inclusive: bool| {
        Money::sum(taxes.iter().filter(|tax| charges[tax.charge].inclusive == inclusive).map(|tax| tax.amount))
    };
    let (tax, tax_included) = (tax_where(false)?, tax_where(true)?);

    let subtotal = Money::sum(full)?;
    let discount = Money::sum(line_discounts.iter().copied())?.checked_add(order_discount)?;
    let service = Money::sum(services.iter().map(|service| service.amount))?;
    let total = subtotal.checked_sub(discount)?.checked_add(service)?.checked_add(tax)?;
    Ok(Totals {
        line_discounts,
        line_nets,
        line_totals,
        subtotal,
        discount,
        order_discount,
        service,
        tax,
        tax_included,
        total,
        charges: [services, taxes].concat(),
    })
}

/// As [`totals`], but omits charges that make an amount too large, the last ones first, so that charges never block an
/// order that can be calculated without them. Also returns how many of `charges`, from the first, are used.
pub fn totals_ignoring_invalid(
    lines: &[Line],
    order_discount: Option<Discount>,
    charges: &[Charge],
) -> Result<(Totals, usize), CartRefused> {
    let mut count = charges.len();
    loop {
        match totals(lines, order_discount, &charges[..count]) {
            Err(CartRefused::Overflow(_)) if count > 0 => count -= 1,
            found => return found.map(|totals| (totals, count)),
        }
    }
}

/// The lines' nets with their shares of the service, and the amount of each service charge.
fn add_service(
    lines: &[Line],
    full: &[Money],
    line_nets: &[Money],
    charges: &[Charge],
) -> Result<(Vec<Money>, Vec<ChargeAmount>), Overflow> {
    let mut with_service = line_nets.to_vec();
    let mut amounts = Vec::new();
    for (index, charge) in charges.iter().enumerate().filter(|(_, charge)| charge.kind == ChargeKind::Service) {
        // The shares use the same base: a line that is given away still bears the service on its price.
        let bases = match charge.base {
            ServiceBase::AfterDiscount => line_nets,
            ServiceBase::BeforeDiscount => full,
        };
        if let Some(found) = charge_on(index, charge, bases)? {
            with_service = zip_with(&with_service, &share_to_lines(found.amount, bases, lines), Money::checked_add)?;
            amounts.push(found);
        }
    }
    Ok((with_service, amounts))
}

/// The lines with service and their shares of the added taxes, and the amount of each tax.
fn add_tax(
    lines: &[Line],
    with_service: &[Money],
    charges: &[Charge],
) -> Result<(Vec<Money>, Vec<ChargeAmount>), Overflow> {
    let mut with_tax = with_service.to_vec();
    let mut amounts = Vec::new();
    for (index, charge) in charges.iter().enumerate().filter(|(_, charge)| charge.kind == ChargeKind::Tax) {
        let base_of =
            |(line, &amount): (&Line, &Money)| if charge.taxes(line.tax_group) { amount } else { Money::ZERO };
        let bases: Vec<Money> = lines.iter().zip(with_service).map(base_of).collect();
        if let Some(found) = charge_on(index, charge, &bases)? {
            if !charge.inclusive {
                with_tax = zip_with(&with_tax, &share_to_lines(found.amount, &bases, lines), Money::checked_add)?;
            }
            amounts.push(found);
        }
    }
    Ok((with_tax, amounts))
}

fn full_price(line: &Line) -> Result<Money, CartRefused> {
    if line.qty < 1 {
        return Err(CartRefused::QuantityNotPositive);
    }
    if line.price < Money::ZERO {
        return Err(CartRefused::PriceNegative);
    }
    Ok(line.price.times(line.qty)?)
}

fn discount_on(discount: Option<Discount>, net: Money) -> Result<Money, CartRefused> {
    discount.map_or(Ok(Money::ZERO), |discount| discount.on(net))
}

/// The amount of one charge; `None` if its base is empty.
fn charge_on(index: usize, charge: &Charge, bases: &[Money]) -> Result<Option<ChargeAmount>, Overflow> {
    let taxed = Money::sum(bases.iter().copied())?;
    if taxed == Money::ZERO {
        return Ok(None);
    }
    let amount = charge.amount_on(taxed)?;
    Ok(Some(ChargeAmount { charge: index, base: charge.base_of(taxed, amount)?, amount }))
}

/// Each line's share of `amount`, in proportion to its weight.
///
/// [`Money::share`] assigns a left-over unit to the earlier of two equal weights. By order of entry, the total could
/// then depend on which of two lines with different taxes was entered first. This function sorts so that only lines of
/// equal weight and tax group are interchangeable.
fn share_to_lines(amount: Money, weights: &[Money], lines: &[Line]) -> Vec<Money> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|&index| (lines[index].tax_group, weights[index]));
    let sorted: Vec<Money> = order.iter().map(|&index| weights[index]).collect();

    let mut shares = vec![Money::ZERO; lines.len()];
    for (index, share) in order.into_iter().zip(amount.share(&sorted)) {
        shares[index] = share;
    }
    shares
}

fn zip_with(
    left: &[Money],
    right: &[Money],
    op: fn(Money, Money) -> Result<Money, Overflow>,
) -> Result<Vec<Money>, Overflow> {
    left.iter().zip(right).map(|(&left, &right)| op(left, right)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{BasisPoints, MAX_AMOUNT};

    const TWENTY_PERCENT: Option<Discount> = Some(Discount::Percent(BasisPoints(2_000)));

    fn line(price: i64, qty: i64, tax_group: TaxGroup) -> Line {
        Line { price: Money(price), qty, tax_group, discount: None }
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

    #[test]
    fn jakarta_example_service_after_discount() {
        let charges = [service(ServiceBase::AfterDiscount), pbjt()];
        let totals = totals(&[line(50_000, 2, TaxGroup::Pbjt)], TWENTY_PERCENT, &charges).unwrap();
        assert_eq!(
            totals,
            Totals {
                line_discounts: vec![Money(0)],
                line_nets: vec![Money(80_000)],
                line_totals: vec![Money(92_400)],
                subtotal: Money(100_000),
                discount: Money(20_000),
                order_discount: Money(20_000),
                service: Money(4_000),
                tax: Money(8_400),
                tax_included: Money(0),
                total: Money(92_400),
                charges: vec![
                    ChargeAmount { charge: 0, base: Money(80_000), amount: Money(4_000) },
                    ChargeAmount { charge: 1, base: Money(84_000), amount: Money(8_400) },
                ],
            }
        );
    }

    #[test]
    fn jakarta_example_service_before_discount() {
        // The tax comes first: the order of the charges does not matter.
        let charges = [pbjt(), service(ServiceBase::BeforeDiscount)];
        let totals = totals(&[line(100_000, 1, TaxGroup::Pbjt)], TWENTY_PERCENT, &charges).unwrap();
        assert_eq!(totals.service, Money(5_000));
        assert_eq!(totals.tax, Money(8_500));
        assert_eq!(totals.total, Money(93_500));
        assert_eq!(
            totals.charges,
            [
                ChargeAmount { charge: 1, base: Money(100_000), amount: Money(5_000) },
                ChargeAmount { charge: 0, base: Money(85_000), amount: Money(8_500) },
            ]
        );
    }

    #[test]
    fn ppn_is_twelve_percent_of_eleven_twelfths() {
        let bill = totals(&[line(100_000, 1, TaxGroup::Ppn)], None, &[ppn()]).unwrap();
        assert_eq!(bill.tax, Money(11_000));
        assert_eq!(bill.charges, [ChargeAmount { charge: 0, base: Money(91_667), amount: Money(11_000) }]);
        // 11 % of 32 is 3.52 → 4. With the rounded base it would be 12 % of 29 = 3.48 → 3.
        for (price, tax) in [(32, 4), (77, 8), (50, 6), (4, 0), (5, 1)] {
            let bill = totals(&[line(price, 1, TaxGroup::Ppn)], None, &[ppn()]).unwrap();
            assert_eq!(bill.tax, Money(tax), "on {price}");
        }
    }

    #[test]
    fn an_included_tax_does_not_change_the_total() {
        let bill = totals(&[line(111_000, 1, TaxGroup::Ppn)], None, &[included(ppn())]).unwrap();
        assert_eq!((bill.tax, bill.tax_included, bill.total), (Money(0), Money(11_000), Money(111_000)));
        assert_eq!(bill.charges[0].base, Money(91_667));
        assert_eq!(bill.line_totals, [Money(111_000)]);
    }

    #[test]
    fn service_on_prices_with_included_tax_includes_the_tax() {
        let service = service(ServiceBase::AfterDiscount);
        // A service charge is added whatever its `inclusive` says.
        for service in [service.clone(), included(service)] {
            let bill = totals(&[line(110_000, 1, TaxGroup::Pbjt)], None, &[included(pbjt()), service]).unwrap();
            // The same as 100,000 plus 5 % service plus 10 % tax.
            assert_eq!((bill.service, bill.tax_included, bill.total), (Money(5_500), Money(10_500), Money(115_500)));
        }
    }

    #[test]
    fn each_tax_applies_to_its_lines_and_their_service() {
        let lines = [line(60_000, 1, TaxGroup::Pbjt), line(30_000, 1, TaxGroup::Ppn), line(10_000, 1, TaxGroup::None)];
        let charges =
            [service(ServiceBase::AfterDiscount), pbjt(), ppn(), charge(ChargeKind::Tax, 500, TaxGroup::None)];
        let bill = totals(&lines, None, &charges).unwrap();
        assert_eq!(
            bill.charges,
            [
                ChargeAmount { charge: 0, base: Money(100_000), amount: Money(5_000) },
                ChargeAmount { charge: 1, base: Money(63_000), amount: Money(6_300) },
                ChargeAmount { charge: 2, base: Money(28_875), amount: Money(3_465) },
            ]
        );
        assert_eq!(bill.line_totals, [Money(69_300), Money(34_965), Money(10_500)]);
        assert_eq!(bill.total, Money(114_765));
    }

    #[test]
    fn service_before_discount_is_shared_by_its_base_lines() {
        let lines = [
            Line { discount: Some(Discount::Percent(BasisPoints::WHOLE)), ..line(100_000, 1, TaxGroup::Pbjt) },
            line(100_000, 1, TaxGroup::None),
        ];
        let bill = totals(&lines, None, &[service(ServiceBase::BeforeDiscount), pbjt()]).unwrap();
        assert_eq!((bill.service, bill.tax), (Money(10_000), Money(500)));
        assert_eq!(bill.line_totals, [Money(5_500), Money(105_000)]);
    }

    #[test]
    fn a_percentage_is_rounded_once_on_the_net_of_lines() {
        let lines = [
            Line { discount: Some(Discount::Amount(Money(5))), ..line(10, 1, TaxGroup::Pbjt) },
            line(5, 1, TaxGroup::Pbjt),
            line(5, 1, TaxGroup::Pbjt),
        ];
        // 10 % of 15 is 1.5 → 2; three roundings of 0.5 would have made it 3.
        let bill = totals(&lines, Some(Discount::Percent(BasisPoints(1_000))), &[]).unwrap();
        assert_eq!(bill.line_discounts, [Money(5), Money(0), Money(0)]);
        assert_eq!((bill.order_discount, bill.discount, bill.total), (Money(2), Money(7), Money(13)));
        assert_eq!(bill.line_nets, [Money(4), Money(4), Money(5)]);
    }

    #[test]
    fn a_left_over_unit_does_not_depend_on_the_order_of_lines() {
        // One unit of service for two equal lines, of which only one is taxed.
        let charges = [charge(ChargeKind::Service, 500, TaxGroup::Pbjt), pbjt()];
        let (taxed, free) = (line(14, 1, TaxGroup::Pbjt), line(14, 1, TaxGroup::None));
        let one = totals(&[taxed, free], None, &charges).unwrap();
        let other = totals(&[free, taxed], None, &charges).unwrap();
        assert_eq!(one.service, Money(1));
        assert_eq!((one.tax, one.total), (other.tax, other.total));
    }

    #[test]
    fn a_free_cart_has_no_charges() {
        let charges = [service(ServiceBase::BeforeDiscount), pbjt(), included(ppn())];
        for lines in [vec![], vec![line(0, 3, TaxGroup::Pbjt), line(0, 1, TaxGroup::Ppn)]] {
            let bill = totals(&lines, TWENTY_PERCENT, &charges).unwrap();
            assert_eq!(bill.total, Money::ZERO);
            assert_eq!(bill.charges, []);
            assert_eq!(bill.line_totals, vec![Money::ZERO; lines.len()]);
        }
    }

    #[test]
    fn invalid_lines_and_discounts_are_rejected() {
        let good = line(10_000, 1, TaxGroup::Pbjt);
        let off = |discount| Line { discount: Some(discount), ..good };
        for (line, order_discount, expected) in [
            (Line { qty: 0, ..good }, None, CartRefused::QuantityNotPositive),
            (Line { qty: i64::MIN, ..good }, None, CartRefused::QuantityNotPositive),
            (Line { price: Money(-1), ..good }, None, CartRefused::PriceNegative),
            (Line { qty: i64::MAX, ..good }, None, CartRefused::Overflow(Overflow)),
            (Line { price: Money(MAX_AMOUNT + 1), ..good }, None, CartRefused::Overflow(Overflow)),
            (off(Discount::Amount(Money(10_001))), None, CartRefused::DiscountTooLarge),
            (off(Discount::Amount(Money(-1))), None, CartRefused::DiscountNegative),
            (off(Discount::Percent(BasisPoints(10_001))), None, CartRefused::DiscountTooLarge),
            (off(Discount::Percent(BasisPoints(-1))), None, CartRefused::DiscountNegative),
            (off(Discount::Amount(Money(6_000))), Some(Discount::Amount(Money(4_001))), CartRefused::DiscountTooLarge),
        ] {
            assert_eq!(totals(&[line], order_discount, &[]), Err(expected));
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
            assert_eq!(totals(&[], None, &[charge]), Err(CartRefused::RateOutOfRange));
        }
        assert_eq!(check_charges(&[pbjt(), included(pbjt())]), Err(CartRefused::TaxedTwice));
        assert_eq!(check_charges(&[pbjt(), ppn(), service(ServiceBase::AfterDiscount)]), Ok(()));
        let two_services = [service(ServiceBase::AfterDiscount), service(ServiceBase::BeforeDiscount)];
        assert_eq!(check_charges(&two_services), Ok(()));
    }
}
