use domain::cart::split::{Piece, by_lines};
use domain::refund::{Settlement, SoldCharge, SoldLine, charge_amounts, return_amount};
use domain::{
    Amounts, CashRounding, ChargeAmount, Line, Method, Money, RefundRefused, RoundingMode, TaxGroup, Totals, payment,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::orders::{Order, is_positive, order, sum, sum_of};

/// One refund of a sequence; numbers are reduced to what is left.
#[derive(Debug, Clone, Copy)]
enum Refund {
    Pieces { line: usize, qty: i64 },
    Amount(i64),
}

fn refunds() -> impl Strategy<Value = Vec<Refund>> {
    let pieces = (0_usize..12, 1_i64..10).prop_map(|(line, qty)| Refund::Pieces { line, qty });
    vec(prop_oneof![3 => pieces, 1 => (1_i64..100_000).prop_map(Refund::Amount)], 0..12)
}

/// A paid order, and what was given back of it.
struct Paid {
    lines: Vec<SoldLine>,
    charges: Vec<SoldCharge>,
}

impl Paid {
    fn new(order: &Order, bill: &Totals) -> Paid {
        let line = |(line, &sold): (&Line, &Amounts)| SoldLine {
            qty: line.quantity.qty,
            tax_group: line.tax_group,
            sold,
            returned_qty: 0,
            by_qty: Amounts::ZERO,
            by_amount: Amounts::ZERO,
        };
        let charge = |it: &ChargeAmount| {
            let of = &order.charges[it.charge];
            let (kind, tax_group, inclusive) = (of.kind, of.tax_group, of.inclusive);
            SoldCharge { kind, tax_group, inclusive, base: it.base, amount: it.amount }
        };
        Paid {
            lines: order.lines.iter().zip(&bill.lines).map(line).collect(),
            charges: bill.charges.iter().map(charge).collect(),
        }
    }

    fn left(&self) -> Vec<Amounts> {
        self.lines.iter().map(|line| line.left().unwrap()).collect()
    }

    /// The amounts that come back; none if nothing is left.
    fn take(&mut self, refund: Refund) -> Option<Amounts> {
        let mut amounts = vec![Amounts::ZERO; self.lines.len()];
        match refund {
            Refund::Pieces { line, qty } => {
                let index = line % self.lines.len();
                let line = &self.lines[index];
                let qty = qty.min(line.qty - line.returned_qty);
                if qty == 0 {
                    return None;
                }
                amounts[index] = line.return_qty(qty).unwrap();
                self.give_charges_back(&amounts);
                let line = &mut self.lines[index];
                line.returned_qty += qty;
                line.by_qty = line.by_qty.checked_add(amounts[index]).unwrap();
            }
            Refund::Amount(amount) => {
                let amount = amount.min(sum_of(&self.left()).total().0);
                if amount == 0 {
                    return None;
                }
                amounts = return_amount(&self.lines, Money(amount)).unwrap();
                assert_eq!(sum_of(&amounts).total().0, amount, "exactly the amount");
                self.give_charges_back(&amounts);
                for (line, amounts) in self.lines.iter_mut().zip(&amounts) {
                    line.by_amount = line.by_amount.checked_add(*amounts).unwrap();
                }
            }
        }
        assert!(amounts.iter().copied().all(is_positive), "{amounts:?}");
        assert!(self.left().into_iter().all(is_positive), "{:?}", self.left());
        Some(sum_of(&amounts))
    }

    fn give_charges_back(&mut self, amounts: &[Amounts]) {
        let given = charge_amounts(&self.charges, &self.lines, amounts).unwrap();
        let all = sum_of(amounts);
        assert_eq!(sum(given.iter().map(|it| it.1)), all.service.0 + all.tax.0 + all.tax_included.0);
        for (charge, (base, amount)) in self.charges.iter_mut().zip(given) {
            charge.base.0 -= base.0;
            charge.amount.0 -= amount.0;
            assert!(base.0.min(amount.0).min(charge.base.0).min(charge.amount.0) >= 0, "{charge:?}");
        }
    }

    /// All pieces that are left, then all the money.
    fn take_rest(&mut self) -> Vec<Amounts> {
        let pieces = (0..self.lines.len()).map(|line| Refund::Pieces { line, qty: i64::MAX });
        pieces.chain([Refund::Amount(i64::MAX)]).filter_map(|refund| self.take(refund)).collect()
    }
}

proptest! {
    #[test]
    fn all_refunds_together_give_back_the_order(order in order(1..8), refunds in refunds()) {
        let bill = order.totals();
        let mut paid = Paid::new(&order, &bill);
        let mut given: Vec<Amounts> = refunds.into_iter().filter_map(|refund| paid.take(refund)).collect();
        given.extend(paid.take_rest());
        prop_assert_eq!(sum_of(&given), bill.order);
        prop_assert!(paid.left().iter().all(|&left| left == Amounts::ZERO));
        prop_assert!(paid.charges.iter().all(|charge| charge.amount == Money::ZERO), "{:?}", paid.charges);
    }

    /// One by one or together: the same.
    #[test]
    fn all_pieces_of_a_line_give_back_the_line(order in order(1..8), line in 0_usize..8, pieces in vec(1_i64..10, 0..12)) {
        let bill = order.totals();
        let index = line % bill.lines.len();
        let mut paid = Paid::new(&order, &bill);
        let steps = pieces.into_iter().chain([i64::MAX]).map(|qty| Refund::Pieces { line: index, qty });
        let given: Vec<Amounts> = steps.filter_map(|refund| paid.take(refund)).collect();
        prop_assert_eq!(sum_of(&given), bill.lines[index]);
    }

    /// A line with a split's allotted amounts is given back like any other.
    #[test]
    fn the_parts_of_a_split_are_given_back_as_allotted(order in order(2..8)) {
        let pieces = |lines: std::ops::Range<usize>| -> Vec<Piece> {
            lines.map(|line| Piece { line, qty: order.lines[line].quantity.qty }).collect()
        };
        let parts = [pieces(0..1), pieces(1..order.lines.len())];
        for (part, pieces) in by_lines(order.cart(), &order.totals(), &parts).unwrap().iter().zip(&parts) {
            let lines = pieces.iter().map(|piece| order.lines[piece.line]).collect();
            let given = Paid::new(&Order { lines, ..order.clone() }, part).take_rest();
            prop_assert_eq!(sum_of(&given), part.order);
        }
    }

    #[test]
    fn a_compliment_returns_nothing(order in order(1..8)) {
        let bill = order.totals();
        let mut paid = Paid::new(&order, &bill);
        for line in (0..bill.lines.len()).filter(|&line| bill.lines[line].total() == Money::ZERO) {
            let given = paid.take(Refund::Pieces { line, qty: i64::MAX }).unwrap();
            prop_assert_eq!(given.total(), Money::ZERO);
        }
    }

    /// Whatever the tenders and the directions of rounding: the guest gets back what was paid, and never more.
    #[test]
    fn refunds_return_exactly_what_was_paid(
        total in 1_i64..500_000,
        refunds in vec((1_i64..200_000, select(Method::ALL)), 0..6),
        paid_by in select(Method::ALL),
        last in select(Method::ALL),
        step in select(&CashRounding::STEPS[..]),
        mode in select(RoundingMode::ALL),
    ) {
        let rounding = CashRounding { step, mode };
        let due = if paid_by == Method::Cash { rounding.round(Money(total)).unwrap() } else { Money(total) };
        let paid = payment::apply(Money(total), paid_by, due, rounding).unwrap().amount;
        let mut order = Settlement { total: Money(total), paid, refunded: Money::ZERO, returned: Money::ZERO };
        for (amount, method) in refunds.into_iter().chain([(i64::MAX, last)]) {
            let amount = Money(amount.min(order.total.0 - order.refunded.0));
            let payout = order.payout(amount, method, rounding).unwrap();
            prop_assert!(payout.amount >= Money::ZERO);
            prop_assert_eq!(payout.amount.0 - payout.rounding.0, amount.0);
            order = order.after(payout).unwrap();
            prop_assert!(order.returned <= order.paid);
        }
        prop_assert_eq!(order.returned, paid);
        prop_assert_eq!(order.refunded, order.total);
    }

    #[test]
    fn no_panic_at_extremes(amounts: [i64; 8], qty: i64, returned_qty: i64, refund: i64) {
        let [a, b, c, d, e, f, g, h] = amounts.map(Money);
        let sold = Amounts { subtotal: a, discount: b, service: c, tax: d, tax_included: e };
        let given = Amounts { subtotal: f, discount: g, service: h, ..Amounts::ZERO };
        let line = SoldLine { qty, tax_group: TaxGroup::Pbjt, sold, returned_qty, by_qty: given, by_amount: given };
        let _ = (line.return_qty(refund), return_amount(&[line, line], Money(refund)));
        let settlement = Settlement { total: a, paid: b, refunded: c, returned: d };
        let _ = settlement.payout(Money(refund), Method::Cash, CashRounding { step: refund, mode: RoundingMode::Up });
    }
}

fn of_three(amount: i64, discount: i64) -> SoldLine {
    let sold = Amounts { subtotal: Money(amount), discount: Money(discount), ..Amounts::ZERO };
    let (by_qty, by_amount) = (Amounts::ZERO, Amounts::ZERO);
    SoldLine { qty: 3, tax_group: TaxGroup::Pbjt, sold, returned_qty: 0, by_qty, by_amount }
}

#[test]
fn more_than_is_left_is_refused() {
    let line = SoldLine { returned_qty: 2, by_qty: of_three(20_000, 0).sold, ..of_three(30_000, 0) };
    assert_eq!(line.return_qty(1).map(Amounts::total), Ok(Money(10_000)));
    assert_eq!(line.return_qty(2), Err(RefundRefused::QuantityTooLarge { left: 1 }));
    assert_eq!(line.return_qty(0), Err(RefundRefused::QuantityNotPositive));
    assert_eq!(return_amount(&[line], Money(10_001)), Err(RefundRefused::AmountTooLarge { left: Money(10_000) }));
    assert_eq!(return_amount(&[line], Money(0)), Err(RefundRefused::AmountNotPositive));
    let order = Settlement { total: Money(300), paid: Money(300), refunded: Money(200), returned: Money(200) };
    let refused = order.payout(Money(101), Method::Cash, CashRounding::NONE);
    assert_eq!(refused, Err(RefundRefused::AmountTooLarge { left: Money(100) }));
}

#[test]
fn pieces_after_an_amount_give_back_at_most_what_is_left() {
    let complaint = return_amount(&[of_three(30_000, 0)], Money(15_000)).unwrap()[0];
    let mut line = SoldLine { by_amount: complaint, ..of_three(30_000, 0) };
    let mut given = Vec::new();
    for _ in 0..3 {
        let amounts = line.return_qty(1).unwrap();
        line =
            SoldLine { returned_qty: line.returned_qty + 1, by_qty: line.by_qty.checked_add(amounts).unwrap(), ..line };
        given.push(amounts.total().0);
    }
    assert_eq!(given, [10_000, 5_000, 0]);
}

#[test]
fn no_piece_of_an_almost_free_line_is_below_zero() {
    // Rounded by themselves, the second piece would come to 1 - 2.
    let mut line = of_three(5, 4);
    let mut given = Vec::new();
    for _ in 0..3 {
        let amounts = line.return_qty(1).unwrap();
        line =
            SoldLine { returned_qty: line.returned_qty + 1, by_qty: line.by_qty.checked_add(amounts).unwrap(), ..line };
        given.push(amounts.total().0);
    }
    assert_eq!(given, [1, 0, 0]);
}
