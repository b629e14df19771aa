use domain::cart::totals;
use domain::{BasisPoints, Charge, ChargeKind, Discount, Line, Money, ServiceBase, TaxGroup, Totals};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn percent() -> impl Strategy<Value = Discount> {
    (0_i64..=10_000).prop_map(|rate| Discount::Percent(BasisPoints(rate)))
}

/// Small prices cause equal remainders, large ones rarely do; a café has both.
fn line() -> impl Strategy<Value = Line> {
    let price = prop_oneof![0_i64..20, 0_i64..200_000];
    (price, 1_i64..10, select(TaxGroup::ALL), option::of(percent()), 0_i64..=100).prop_map(
        |(price, qty, tax_group, discount, part)| {
            let amount = Discount::Amount(Money(price * qty * part / 100));
            let discount = if part < 20 { Some(amount) } else { discount };
            Line { price: Money(price), qty, tax_group, discount }
        },
    )
}

fn charge(kind: ChargeKind, tax_group: TaxGroup) -> impl Strategy<Value = Charge> {
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

fn charges() -> impl Strategy<Value = Vec<Charge>> {
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

fn sum(amounts: impl IntoIterator<Item = Money>) -> i64 {
    amounts.into_iter().map(|amount| amount.0).sum()
}

fn charged(bill: &Totals, charges: &[Charge], wanted: fn(&Charge) -> bool) -> i64 {
    sum(bill.charges.iter().filter(|found| wanted(&charges[found.charge])).map(|found| found.amount))
}

proptest! {
    #[test]
    fn parts_sum_to_the_whole(lines in vec(line(), 0..12), discount in option::of(percent()), charges in charges()) {
        let bill = totals(&lines, discount, &charges).unwrap();
        prop_assert_eq!(bill.total.0, bill.subtotal.0 - bill.discount.0 + bill.service.0 + bill.tax.0);
        prop_assert_eq!(bill.subtotal.0, lines.iter().map(|line| line.price.0 * line.qty).sum::<i64>());
        prop_assert_eq!(bill.discount.0, sum(bill.line_discounts.clone()) + bill.order_discount.0);
        prop_assert_eq!(sum(bill.line_nets.clone()), bill.subtotal.0 - bill.discount.0);
        prop_assert_eq!(sum(bill.line_totals.clone()), bill.total.0);

        let is_service = |charge: &Charge| charge.kind == ChargeKind::Service;
        let is_added = |charge: &Charge| charge.kind == ChargeKind::Tax && !charge.inclusive;
        let is_included = |charge: &Charge| charge.kind == ChargeKind::Tax && charge.inclusive;
        prop_assert_eq!(charged(&bill, &charges, is_service), bill.service.0);
        prop_assert_eq!(charged(&bill, &charges, is_added), bill.tax.0);
        prop_assert_eq!(charged(&bill, &charges, is_included), bill.tax_included.0);
    }

    #[test]
    fn no_part_is_negative(lines in vec(line(), 0..12), discount in option::of(percent()), charges in charges()) {
        let bill = totals(&lines, discount, &charges).unwrap();
        let single = [bill.subtotal, bill.discount, bill.order_discount, bill.service, bill.tax, bill.tax_included, bill.total];
        let found = bill.charges.iter().flat_map(|found| [found.base, found.amount]);
        let all = single.into_iter().chain(found).chain(bill.line_discounts).chain(bill.line_nets.clone()).chain(bill.line_totals.clone());
        prop_assert!(all.into_iter().all(|amount| amount >= Money::ZERO));
        prop_assert!(bill.line_nets.iter().zip(&bill.line_totals).all(|(net, total)| net <= total));
        prop_assert!(bill.tax_included <= bill.total);
    }

    #[test]
    fn the_order_of_lines_does_not_matter(
        (lines, shuffled) in vec(line(), 0..12).prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        discount in option::of(percent()),
        charges in charges(),
    ) {
        let (one, other) = (totals(&lines, discount, &charges).unwrap(), totals(&shuffled, discount, &charges).unwrap());
        prop_assert_eq!(&one.charges, &other.charges);
        prop_assert_eq!((one.subtotal, one.discount, one.service, one.tax, one.tax_included, one.total),
            (other.subtotal, other.discount, other.service, other.tax, other.tax_included, other.total));
    }

    #[test]
    fn the_order_of_charges_does_not_matter(lines in vec(line(), 0..12), discount in option::of(percent()), charges in charges()) {
        let backwards: Vec<Charge> = charges.iter().rev().cloned().collect();
        let (one, other) = (totals(&lines, discount, &charges).unwrap(), totals(&lines, discount, &backwards).unwrap());
        prop_assert_eq!((one.service, one.tax, one.tax_included, one.total), (other.service, other.tax, other.tax_included, other.total));
    }

    /// Including a tax in the prices changes what is printed, not the total.
    #[test]
    fn an_included_tax_never_changes_the_total(lines in vec(line(), 0..12), discount in option::of(percent()), charges in charges()) {
        let included: Vec<Charge> = charges.into_iter().map(|charge| Charge { inclusive: true, ..charge }).collect();
        let services: Vec<Charge> = included.iter().filter(|charge| charge.kind == ChargeKind::Service).cloned().collect();
        let bill = totals(&lines, discount, &included).unwrap();
        prop_assert_eq!(bill.tax, Money::ZERO);
        prop_assert_eq!(bill.total, totals(&lines, discount, &services).unwrap().total);
    }

    #[test]
    fn no_panic_at_extremes(
        lines in vec((any::<i64>(), any::<i64>(), select(TaxGroup::ALL), any::<Option<(bool, i64)>>()), 0..5),
        order_discount: Option<(bool, i64)>,
        charges in vec((charge(ChargeKind::Tax, TaxGroup::Ppn), any::<[i64; 3]>()), 0..3),
    ) {
        let discount = |(is_percent, value)| {
            if is_percent { Discount::Percent(BasisPoints(value)) } else { Discount::Amount(Money(value)) }
        };
        let lines: Vec<Line> = lines
            .into_iter()
            .map(|(price, qty, tax_group, off)| Line { price: Money(price), qty, tax_group, discount: off.map(discount) })
            .collect();
        let charges: Vec<Charge> = charges
            .into_iter()
            .map(|(charge, [rate_bp, base_num, base_den])| Charge { rate_bp, base_num, base_den, ..charge })
            .collect();
        let _ = totals(&lines, order_discount.map(discount), &charges);
    }

    /// Carts at the limit: the calculation must work up to the limit, not only reject what exceeds it.
    #[test]
    fn carts_at_the_limit_add_up_or_are_rejected(
        prices in vec(0..=domain::money::MAX_AMOUNT, 1..4),
        qty in 1_i64..3,
        discount in option::of(percent()),
        charges in charges(),
    ) {
        let line = |price| Line { price: Money(price), qty, tax_group: TaxGroup::Ppn, discount: None };
        let lines: Vec<Line> = prices.into_iter().map(line).collect();
        if let Ok(bill) = totals(&lines, discount, &charges) {
            prop_assert_eq!(sum(bill.line_totals), bill.total.0);
        }
    }
}
