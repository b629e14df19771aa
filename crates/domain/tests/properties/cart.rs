use domain::cart::{self, totals};
use domain::{
    Amounts, BasisPoints, Cart, Charge, ChargeKind, Discount, DiscountValue, Line, Money, Quantity, TaxGroup,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::orders::{Order, charge, charges, check_sums, is_service, order, sum};

proptest! {
    #[test]
    fn parts_sum_to_the_whole_and_none_is_negative(order in order(0..12)) {
        let bill = order.totals();
        check_sums(&order, &bill);
        let amounts = bill.order;
        prop_assert_eq!(amounts.subtotal.0, sum(order.lines.iter().map(|line| line.amount)));
        prop_assert_eq!(amounts.total().0, amounts.subtotal.0 - amounts.discount.0 + amounts.service.0 + amounts.tax.0);
        prop_assert!(amounts.tax_included <= amounts.total());
    }

    /// Discounts name lines by index, so only those of the order move with the lines.
    #[test]
    fn the_order_of_lines_does_not_matter(
        (order, shuffled) in order(0..12).prop_flat_map(|order| (Just(order.clone()), Just(order.lines).prop_shuffle())),
    ) {
        let discounts: Vec<Discount> = order.discounts.iter().filter(|it| it.line.is_none()).copied().collect();
        let cart = |lines| Cart { lines, discounts: &discounts, charges: &order.charges };
        let (one, other) = (totals(cart(&order.lines)).unwrap(), totals(cart(&shuffled)).unwrap());
        prop_assert_eq!(&one.charges, &other.charges);
        prop_assert_eq!(one.order, other.order);
        prop_assert_eq!(one.discounts, other.discounts);
    }

    #[test]
    fn the_order_of_charges_does_not_matter(order in order(0..12)) {
        let backwards = Order { charges: order.charges.iter().rev().cloned().collect(), ..order.clone() };
        prop_assert_eq!(order.totals().order, backwards.totals().order);
    }

    /// Including a tax in the prices changes what is printed, not the total.
    #[test]
    fn an_included_tax_never_changes_the_total(order in order(0..12)) {
        let included: Vec<Charge> = order.charges.iter().map(|charge| Charge { inclusive: true, ..charge.clone() }).collect();
        let services = included.iter().filter(|charge| is_service(charge)).cloned().collect();
        let untaxed = Order { charges: services, ..order.clone() }.totals();
        let bill = Order { charges: included, ..order }.totals();
        prop_assert_eq!(bill.order.tax, Money::ZERO);
        prop_assert_eq!(bill.order.total(), untaxed.order.total());
    }

    #[test]
    fn a_discount_never_exceeds_what_was_asked(order in order(0..12)) {
        for (discount, amount) in order.discounts.iter().zip(order.totals().discounts) {
            if let DiscountValue::Amount(asked) = discount.value {
                prop_assert!(amount <= asked);
            }
        }
    }

    /// What is given away costs nothing and bears nothing, whatever else is taken off.
    #[test]
    fn a_compliment_is_free(order in order(1..12)) {
        let given = |line| order.discounts.iter().any(|it| {
            it.value == DiscountValue::Compliment && it.line.is_none_or(|of| of == line)
        });
        let bill = order.totals();
        let mut listed = 0;
        for (index, line) in bill.lines.iter().enumerate().filter(|(index, _)| given(*index)) {
            listed += line.subtotal.0;
            let free = Amounts { subtotal: line.subtotal, discount: line.subtotal, ..Amounts::ZERO };
            prop_assert_eq!(*line, free, "{}", index);
        }
        let compliments = order.discounts.iter().zip(&bill.discounts).filter(|(it, _)| it.value == DiscountValue::Compliment);
        prop_assert_eq!(compliments.map(|(_, amount)| amount.0).sum::<i64>(), listed, "reported at list price");
    }

    /// Merged orders are calculated again: the subtotal is the sum, and without discounts each charge may move by a
    /// rupiah for each order.
    #[test]
    fn a_merged_order_has_the_sum_of_the_subtotals(one in order(0..8), other in order(0..8)) {
        let alone = |lines: &[Line]| totals(Cart { lines, discounts: &[], charges: &one.charges }).unwrap().order;
        let merged = alone(&[&one.lines[..], &other.lines].concat());
        let (one, other) = (alone(&one.lines), alone(&other.lines));
        prop_assert_eq!(merged.subtotal.0, one.subtotal.0 + other.subtotal.0);
        prop_assert!((merged.service.0 - one.service.0 - other.service.0).abs() <= 2, "a rupiah for each of two services");
    }

    #[test]
    fn no_panic_at_extremes(
        lines in vec((any::<i64>(), any::<i64>(), select(TaxGroup::ALL)), 0..5),
        discounts in vec((any::<Option<u8>>(), any::<bool>(), any::<i64>()), 0..4),
        charges in vec((charge(ChargeKind::Tax, TaxGroup::Ppn), any::<[i64; 3]>()), 0..3),
    ) {
        let line = |(amount, qty, tax_group)| Line { amount: Money(amount), quantity: Quantity::pieces(qty), tax_group };
        let discount = |(line, is_percent, value): (Option<u8>, bool, i64)| {
            let value =
                if is_percent { DiscountValue::Percent(BasisPoints(value)) } else { DiscountValue::Amount(Money(value)) };
            Discount { line: line.map(usize::from), value }
        };
        let lines: Vec<Line> = lines.into_iter().map(line).collect();
        let discounts: Vec<Discount> = discounts.into_iter().map(discount).collect();
        let charges: Vec<Charge> = charges
            .into_iter()
            .map(|(charge, [rate_bp, base_num, base_den])| Charge { rate_bp, base_num, base_den, ..charge })
            .collect();
        let _ = totals(Cart { lines: &lines, discounts: &discounts, charges: &charges });
    }

    /// Carts at the limit: the calculation must work up to the limit, not only reject what exceeds it.
    #[test]
    fn carts_at_the_limit_add_up_or_are_rejected(
        amounts in vec(0..=domain::money::MAX_AMOUNT, 1..4),
        rate in 0_i64..=10_000,
        charges in charges(),
    ) {
        let line = |amount| Line { amount: Money(amount), quantity: Quantity::pieces(1), tax_group: TaxGroup::Ppn };
        let lines: Vec<Line> = amounts.into_iter().map(line).collect();
        let discounts = vec![Discount { line: None, value: DiscountValue::Percent(BasisPoints(rate)) }];
        let order = Order { lines, discounts, charges };
        if let Ok((bill, used)) = cart::totals_ignoring_invalid(order.cart()) {
            check_sums(&Order { charges: order.charges[..used].to_vec(), ..order }, &bill);
        }
    }
}
