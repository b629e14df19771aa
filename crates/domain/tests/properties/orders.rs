//! Random orders.

use domain::cart::totals;
use domain::{
    Amounts, BasisPoints, Cart, Charge, ChargeKind, Discount, DiscountValue, Line, Money, QtyScale, Quantity,
    ServiceBase, TaxGroup, Totals,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

#[derive(Debug, Clone)]
pub struct Order {
    pub lines: Vec<Line>,
    pub discounts: Vec<Discount>,
    pub charges: Vec<Charge>,
}

impl Order {
    pub fn cart(&self) -> Cart<'_> {
        Cart { lines: &self.lines, discounts: &self.discounts, charges: &self.charges }
    }

    pub fn totals(&self) -> Totals {
        totals(self.cart()).unwrap()
    }
}

/// With up to this many lines.
pub fn order(lines: std::ops::Range<usize>) -> impl Strategy<Value = Order> {
    (vec(line(), lines), vec((option::of(any::<Index>()), discount_value()), 0..5), charges()).prop_map(
        |(lines, discounts, charges)| {
            let of_order = |(line, value): (Option<Index>, _)| {
                let line = line.filter(|_| !lines.is_empty()).map(|line| line.index(lines.len()));
                Discount { line, value }
            };
            let discounts = discounts.into_iter().map(of_order).collect();
            Order { lines, discounts, charges }
        },
    )
}

/// Small prices cause equal remainders, large ones rarely do; a café has both. Some lines are weighed, and some have a
/// given amount.
pub fn line() -> impl Strategy<Value = Line> {
    let price = prop_oneof![0_i64..20, 0_i64..200_000];
    (price, 1_i64..10, select(TaxGroup::ALL), 0..10).prop_map(|(price, qty, tax_group, form)| {
        let quantity = match form {
            0 => Quantity { qty: qty * 137, scale: QtyScale::Thousandths },
            _ => Quantity::pieces(qty),
        };
        match form {
            1 => Line { amount: Money(price), quantity, tax_group },
            _ => Line::priced(Money(price), quantity, tax_group).unwrap(),
        }
    })
}

fn discount_value() -> impl Strategy<Value = DiscountValue> {
    prop_oneof![
        4 => (0_i64..=10_000).prop_map(|rate| DiscountValue::Percent(BasisPoints(rate))),
        4 => (0_i64..50_000).prop_map(|amount| DiscountValue::Amount(Money(amount))),
        1 => Just(DiscountValue::Compliment),
    ]
}

pub fn charge(kind: ChargeKind, tax_group: TaxGroup) -> impl Strategy<Value = Charge> {
    let max_rate_bp: i64 = if kind == ChargeKind::Tax && tax_group == TaxGroup::Pbjt { 1_000 } else { 10_000 };
    (0..=max_rate_bp, select(ServiceBase::ALL), select(&[(1_i64, 1_i64), (11, 12)][..]), any::<bool>()).prop_map(
        move |(rate_bp, base, (base_num, base_den), inclusive)| Charge {
            id: String::new(),
            name: String::new(),
            kind,
            rate_bp,
            tax_group,
            base,
            base_num,
            base_den,
            inclusive,
        },
    )
}

pub fn charges() -> impl Strategy<Value = Vec<Charge>> {
    let service = || charge(ChargeKind::Service, TaxGroup::Pbjt);
    (
        option::of(charge(ChargeKind::Tax, TaxGroup::Ppn)),
        option::of(service()),
        option::of(charge(ChargeKind::Tax, TaxGroup::Pbjt)),
        option::of(service()),
        option::of(charge(ChargeKind::Tax, TaxGroup::None)),
    )
        .prop_map(|(a, b, c, d, e)| [a, b, c, d, e].into_iter().flatten().collect())
}

pub fn sum(amounts: impl IntoIterator<Item = Money>) -> i64 {
    amounts.into_iter().map(|amount| amount.0).sum()
}

pub fn sum_of(amounts: &[Amounts]) -> Amounts {
    Amounts::sum(amounts.iter().copied()).unwrap()
}

pub fn all_of(amounts: Amounts) -> [Money; 7] {
    let Amounts { subtotal, discount, service, tax, tax_included } = amounts;
    [subtotal, discount, service, tax, tax_included, amounts.net(), amounts.total()]
}

pub fn is_positive(amounts: Amounts) -> bool {
    all_of(amounts).into_iter().all(|amount| amount >= Money::ZERO)
}

/// The sum of the charges of one kind.
pub fn charged(bill: &Totals, charges: &[Charge], wanted: fn(&Charge) -> bool) -> i64 {
    sum(bill.charges.iter().filter(|found| wanted(&charges[found.charge])).map(|found| found.amount))
}

pub fn is_service(charge: &Charge) -> bool {
    charge.kind == ChargeKind::Service
}

pub fn is_added_tax(charge: &Charge) -> bool {
    charge.kind == ChargeKind::Tax && !charge.inclusive
}

pub fn is_included_tax(charge: &Charge) -> bool {
    charge.kind == ChargeKind::Tax && charge.inclusive
}

/// The amounts of an order agree with its lines, discounts and charges.
pub fn check_sums(order: &Order, bill: &Totals) {
    let Amounts { discount, service, tax, tax_included, .. } = bill.order;
    assert_eq!(sum_of(&bill.lines), bill.order);
    assert_eq!(sum(bill.discounts.iter().copied()), discount.0);
    assert_eq!(charged(bill, &order.charges, is_service), service.0);
    assert_eq!(charged(bill, &order.charges, is_added_tax), tax.0);
    assert_eq!(charged(bill, &order.charges, is_included_tax), tax_included.0);
    assert!(bill.lines.iter().copied().all(is_positive), "{:?}", bill.lines);
    assert!(bill.discounts.iter().all(|&amount| amount >= Money::ZERO));
    assert!(bill.charges.iter().all(|it| it.base >= Money::ZERO && it.amount >= Money::ZERO));
}
