use domain::cart::split::{Piece, SplitRefused, by_lines, equally};
use domain::{Amounts, Charge, ChargeKind, Line, Money, QtyScale, Quantity, ServiceBase, TaxGroup, Totals};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::orders::{Order, check_sums, order, sum, sum_of};

type Parts = Vec<Vec<Piece>>;

/// Deals the pieces of all lines out to parts. A weighed line moves as a whole.
fn deal(lines: &[Line], to: &[usize]) -> Parts {
    let mut parts: Parts = vec![Vec::new(); 4];
    let mut to = to.iter().cycle();
    for (index, line) in lines.iter().enumerate() {
        let (steps, each) = match line.quantity.scale {
            QtyScale::Pieces => (line.quantity.qty, 1),
            QtyScale::Thousandths => (1, line.quantity.qty),
        };
        for part in to.by_ref().take(steps as usize) {
            let part = &mut parts[*part];
            match part.last_mut() {
                Some(last) if last.line == index => last.qty += each,
                _ => part.push(Piece { line: index, qty: each }),
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn dealt() -> impl Strategy<Value = (Order, Parts)> {
    (order(1..10), vec(0_usize..4, 1..40)).prop_map(|(order, to)| {
        let parts = deal(&order.lines, &to);
        (order, parts)
    })
}

/// The part as an order of its own.
fn order_of(order: &Order, part: &[Piece], totals: &Totals) -> Order {
    let line = |(piece, amounts): (&Piece, &Amounts)| {
        let line = order.lines[piece.line];
        Line { amount: amounts.subtotal, quantity: Quantity { qty: piece.qty, ..line.quantity }, ..line }
    };
    let lines = part.iter().zip(&totals.lines).map(line).collect();
    let at = |of: usize| part.iter().position(|piece| piece.line == of);
    // A discount of a line that is not in this part comes to nothing.
    let (discounts, charges) = (order.discounts.clone(), order.charges.clone());
    let discounts =
        discounts.into_iter().map(|it| domain::Discount { line: it.line.map(|of| at(of).unwrap_or(usize::MAX)), ..it });
    Order { lines, discounts: discounts.collect(), charges }
}

proptest! {
    #[test]
    fn the_parts_of_a_split_sum_to_the_whole_in_every_amount((order, parts) in dealt()) {
        let whole = order.totals();
        let split = by_lines(order.cart(), &whole, &parts).unwrap();
        for (part, pieces) in split.iter().zip(&parts) {
            check_sums(&order, part);
            prop_assert_eq!(part.lines.len(), pieces.len());
        }
        prop_assert_eq!(sum_of(&split.iter().map(|part| part.order).collect::<Vec<_>>()), whole.order);
        for (index, &amount) in whole.discounts.iter().enumerate() {
            prop_assert_eq!(sum(split.iter().map(|part| part.discounts[index])), amount.0);
        }
        for of_whole in &whole.charges {
            let of_parts = || split.iter().flat_map(|part| &part.charges).filter(|it| it.charge == of_whole.charge);
            prop_assert_eq!(sum(of_parts().map(|it| it.amount)), of_whole.amount.0);
            prop_assert_eq!(sum(of_parts().map(|it| it.base)), of_whole.base.0);
        }
    }

    /// Guests who divide a line pay its price per piece.
    #[test]
    fn a_piece_of_a_line_keeps_its_price(price in 0_i64..200_000, stays in 1_i64..5, moves in 1_i64..5) {
        let lines = vec![Line::priced(Money(price), Quantity::pieces(stays + moves), TaxGroup::Pbjt).unwrap()];
        let order = Order { lines, discounts: vec![], charges: vec![] };
        let parts = [vec![Piece { line: 0, qty: stays }], vec![Piece { line: 0, qty: moves }]];
        let split = by_lines(order.cart(), &order.totals(), &parts).unwrap();
        prop_assert_eq!(split[0].order.total().0, price * stays);
        prop_assert_eq!(split[1].order.total().0, price * moves);
    }

    /// A part is an order with allotted amounts. Split again, it keeps them.
    #[test]
    fn a_part_of_a_split_can_be_split_again((order, parts) in dealt(), to in vec(0_usize..4, 1..40)) {
        let split = by_lines(order.cart(), &order.totals(), &parts).unwrap();
        for (part, pieces) in split.iter().zip(&parts) {
            let again = order_of(&order, pieces, part);
            let parts = by_lines(again.cart(), part, &deal(&again.lines, &to)).unwrap();
            prop_assert_eq!(sum_of(&parts.iter().map(|part| part.order).collect::<Vec<_>>()), part.order);
        }
    }

    /// The tax of a part is less than a rupiah from its share of the tax, which is half a rupiah from its rate at most.
    /// The rest comes from discount and service, whose left-over rupiahs may fall on lines of other groups.
    #[test]
    fn the_tax_of_a_part_stays_at_its_rate((order, parts) in dealt(), rate_bp in 0_i64..=1_000) {
        let service = Charge {
            id: String::new(), name: String::new(), kind: ChargeKind::Service, rate_bp: 500, tax_group: TaxGroup::None,
            base: ServiceBase::AfterDiscount, base_num: 1, base_den: 1, inclusive: false,
        };
        let tax = Charge { kind: ChargeKind::Tax, rate_bp, tax_group: TaxGroup::Pbjt, ..service.clone() };
        let order = Order { charges: vec![service, tax], ..order };
        let whole = order.totals();
        let split = by_lines(order.cart(), &whole, &parts).unwrap();
        let taxed = |lines: &[Amounts], of: &dyn Fn(usize) -> usize| -> i64 {
            let bears = |(index, _): &(usize, &Amounts)| order.lines[of(*index)].tax_group == TaxGroup::Pbjt;
            lines.iter().enumerate().filter(bears).map(|(_, line)| line.net().0 + line.service.0).sum()
        };
        let of_parts: Vec<i64> =
            split.iter().zip(&parts).map(|(part, pieces)| taxed(&part.lines, &|index| pieces[index].line)).collect();
        let moved = (of_parts.iter().sum::<i64>() - taxed(&whole.lines, &|index| index)).abs();
        for (part, taxed) in split.iter().zip(of_parts) {
            let off = (part.order.tax.0 * 10_000 - taxed * rate_bp).abs();
            prop_assert!(off < 15_000 + moved * rate_bp, "{} of {}", part.order.tax, taxed);
        }
    }

    #[test]
    fn equal_parts_sum_to_what_is_due(due in 0_i64..1_000_000, parts in 1_u8..10, step in prop::sample::select(vec![0_i64, 50, 100, 500, 1_000])) {
        let shares = equally(Money(due), parts, step);
        prop_assert_eq!(shares.len(), usize::from(parts));
        prop_assert_eq!(sum(shares.iter().copied()), due);
        prop_assert!(shares.iter().all(|&share| share >= Money::ZERO));
        let (last, others) = shares.split_last().unwrap();
        if step > 0 {
            prop_assert!(others.iter().all(|share| share.0 % step == 0 && share <= last));
        } else {
            prop_assert!(others.iter().all(|share| share.0 - last.0 <= 1 && share >= last));
        }
    }

    #[test]
    fn no_panic_at_extremes(order in order(0..4), parts in vec(vec((0_usize..5, any::<i64>()), 0..4), 0..4), due: i64, n: u8, step: i64) {
        let piece = |(line, qty)| Piece { line, qty };
        let parts: Parts = parts.into_iter().map(|part| part.into_iter().map(piece).collect()).collect();
        let _ = by_lines(order.cart(), &order.totals(), &parts);
        prop_assert_eq!(equally(Money(due), n, step).iter().map(|share| i128::from(share.0)).sum::<i128>(), if n == 0 { 0 } else { i128::from(due) });
    }
}

#[test]
fn a_split_has_exactly_the_lines_of_the_order() {
    let three = Line { amount: Money(30_000), quantity: Quantity::pieces(3), tax_group: TaxGroup::Pbjt };
    let weighed = Line { quantity: Quantity { qty: 1_200, scale: QtyScale::Thousandths }, ..three };
    let order = Order { lines: vec![three, weighed], discounts: vec![], charges: vec![] };
    let (some, all, weight) = (|qty| Piece { line: 0, qty }, Piece { line: 0, qty: 3 }, |qty| Piece { line: 1, qty });
    for (parts, expected) in [
        (vec![vec![some(2)], vec![some(1), weight(1_200)]], Ok(2)),
        (vec![vec![all, weight(1_200)], vec![]], Err(SplitRefused::EmptyPart)),
        (vec![vec![all], vec![weight(1_200), Piece { line: 2, qty: 1 }]], Err(SplitRefused::UnknownLine)),
        (vec![vec![some(1), some(2)], vec![weight(1_200)]], Err(SplitRefused::RepeatedLine)),
        (vec![vec![some(2)], vec![weight(1_200)]], Err(SplitRefused::WrongQuantity)),
        (vec![vec![some(2)], vec![some(2), weight(1_200)]], Err(SplitRefused::WrongQuantity)),
        (vec![vec![some(0), weight(1_200)], vec![all]], Err(SplitRefused::WrongQuantity)),
        (vec![vec![all, weight(600)], vec![weight(600)]], Err(SplitRefused::Weighed)),
    ] {
        assert_eq!(by_lines(order.cart(), &order.totals(), &parts).map(|parts| parts.len()), expected, "{parts:?}");
    }
    let other = Totals { discounts: vec![Money::ZERO], ..order.totals() };
    let parts = [vec![all], vec![weight(1_200)]];
    assert_eq!(by_lines(order.cart(), &other, &parts), Err(SplitRefused::OtherTotals));
}
