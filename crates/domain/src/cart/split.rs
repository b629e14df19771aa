//! Splits a bill: by line into orders of their own, or equally into payments of one order.
//!
//! Guarantees: the parts add up to the whole in every amount. So a split by line allots the amounts of one calculation;
//! parts calculated alone could differ from the whole by a rupiah for each charge.

use thiserror::Error;

use super::shares::{SharedLine, share_to_lines};
use super::{Amounts, Cart, ChargeAmount, DiscountValue, QtyScale, Totals};
use crate::money::{Money, Overflow};

/// A line, or some pieces of it, in a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Index of the line.
    pub line: usize,
    /// How much of it, in the line's scale.
    pub qty: i64,
}

/// Why an order cannot be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SplitRefused {
    /// A part has no lines.
    #[error("a part has no lines")]
    EmptyPart,
    /// The order has no such line.
    #[error("the order has no such line")]
    UnknownLine,
    /// One part names a line twice.
    #[error("a part names a line twice")]
    RepeatedLine,
    /// The parts have more or less of a line than the order.
    #[error("the parts must have exactly the quantity of each line")]
    WrongQuantity,
    /// A weighed line can only move as a whole.
    #[error("a weighed line cannot be divided")]
    Weighed,
    /// The discounts or charges of the totals are not those of the order.
    #[error("the totals are not those of the order")]
    OtherTotals,
    /// An amount is too large.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// What a part has of a line.
struct Cut {
    shared: SharedLine,
    /// Index and amount of the discounts on this line alone.
    discounts: Vec<(usize, Money)>,
}

/// Splits an order into parts by line. Each part's totals have one entry in `lines` for each of its pieces.
///
/// `whole` is the order's calculation. Only its amounts of discounts and charges are used, so that it can come from the
/// database, and a part of an earlier split can be split again.
///
/// # Errors
/// The parts do not have exactly the lines of the order.
pub fn by_lines(cart: Cart<'_>, whole: &Totals, parts: &[Vec<Piece>]) -> Result<Vec<Totals>, SplitRefused> {
    check(cart, whole, parts)?;
    let mut cuts = cut_lines(cart, whole, parts)?;
    let mut totals: Vec<Totals> = parts
        .iter()
        .map(|_| Totals {
            order: Amounts::ZERO,
            lines: Vec::new(),
            discounts: vec![Money::ZERO; cart.discounts.len()],
            charges: Vec::new(),
        })
        .collect();

    for (part, cuts) in totals.iter_mut().zip(&cuts) {
        for &(discount, amount) in cuts.iter().flat_map(|cut| &cut.discounts) {
            part.discounts[discount] = part.discounts[discount].checked_add(amount)?;
        }
    }
    share_order_discounts(cart, whole, &mut cuts, &mut totals)?;
    for charged in &whole.charges {
        share_charge(cart, *charged, &mut cuts, &mut totals)?;
    }
    for (part, cuts) in totals.iter_mut().zip(&cuts) {
        part.lines = cuts.iter().map(|cut| cut.shared.amounts).collect();
        part.order = Amounts::sum(part.lines.iter().copied())?;
    }
    Ok(totals)
}

/// Splits an amount due into equal parts, to be paid one after the other on the same order.
///
/// Without a step, left-over units go to the first parts. With the step of cash rounding, every part but the last is
/// whole steps: only the payment that settles an order is rounded, so the others must be amounts that can be handed
/// over.
#[must_use]
pub fn equally(due: Money, parts: u8, step: i64) -> Vec<Money> {
    if step <= 0 || parts == 0 {
        return due.share(&vec![Money::ZERO; parts.into()]);
    }
    let each = due.0 / i64::from(parts) / step * step;
    let last = due.0 - each * (i64::from(parts) - 1);
    let others = vec![Money(each); usize::from(parts) - 1];
    others.into_iter().chain([Money(last)]).collect()
}

fn check(cart: Cart<'_>, whole: &Totals, parts: &[Vec<Piece>]) -> Result<(), SplitRefused> {
    let knows = |charged: &ChargeAmount| charged.charge < cart.charges.len();
    if whole.discounts.len() != cart.discounts.len() || !whole.charges.iter().all(knows) {
        return Err(SplitRefused::OtherTotals);
    }
    let mut left: Vec<i64> = cart.lines.iter().map(|line| line.quantity.qty).collect();
    for part in parts {
        if part.is_empty() {
            return Err(SplitRefused::EmptyPart);
        }
        for (index, piece) in part.iter().enumerate() {
            let line = cart.lines.get(piece.line).ok_or(SplitRefused::UnknownLine)?;
            if part[..index].iter().any(|earlier| earlier.line == piece.line) {
                return Err(SplitRefused::RepeatedLine);
            }
            let left = &mut left[piece.line];
            if piece.qty < 1 || piece.qty > *left {
                return Err(SplitRefused::WrongQuantity);
            }
            if line.quantity.scale != QtyScale::Pieces && piece.qty != line.quantity.qty {
                return Err(SplitRefused::Weighed);
            }
            *left -= piece.qty;
        }
    }
    if left.iter().any(|&left| left > 0) { Err(SplitRefused::WrongQuantity) } else { Ok(()) }
}

/// The pieces of each part, with their shares of the lines' amounts and own discounts.
fn cut_lines(cart: Cart<'_>, whole: &Totals, parts: &[Vec<Piece>]) -> Result<Vec<Vec<Cut>>, Overflow> {
    let of_line = |line| Ok(pieces_of(cart, whole, line, parts)?.into_iter());
    let mut of_lines: Vec<_> = (0..cart.lines.len()).map(of_line).collect::<Result<_, Overflow>>()?;
    // One cut for each part that names the line, in the sequence of the parts.
    let of_part = |part: &Vec<Piece>| part.iter().filter_map(|piece| of_lines[piece.line].next()).collect();
    Ok(parts.iter().map(of_part).collect())
}

/// One line, divided among the parts that name it.
fn pieces_of(cart: Cart<'_>, whole: &Totals, line: usize, parts: &[Vec<Piece>]) -> Result<Vec<Cut>, Overflow> {
    let pieces = parts.iter().flatten().filter(|piece| piece.line == line);
    let quantities: Vec<Money> = pieces.map(|piece| Money(piece.qty)).collect();
    let amounts = cart.lines[line].amount.share(&quantities);

    let own = own_discounts(cart, whole, line);
    let rows: Vec<Money> = own.iter().map(|&(_, amount)| amount).collect();
    let discounts = Money::sum(rows.iter().copied())?.share(&amounts);
    let is_compliment = compliment(cart, line).is_some();

    let cut = |((subtotal, discount), rows): ((Money, Money), Vec<Money>)| Cut {
        shared: SharedLine {
            tax_group: cart.lines[line].tax_group,
            is_compliment,
            amounts: Amounts { subtotal, discount, ..Amounts::ZERO },
        },
        discounts: own.iter().map(|&(index, _)| index).zip(rows).collect(),
    };
    let cuts = amounts.into_iter().zip(discounts.iter().copied()).zip(distribute(&discounts, rows));
    Ok(cuts.map(cut).collect())
}

/// Index and amount of each discount that belongs to this line alone; a compliment of the order does.
fn own_discounts(cart: Cart<'_>, whole: &Totals, line: usize) -> Vec<(usize, Money)> {
    match compliment(cart, line) {
        Some(index) => vec![(index, cart.lines[line].amount)],
        None => {
            let of_line = |(index, _): &(usize, &Money)| cart.discounts[*index].line == Some(line);
            whole.discounts.iter().enumerate().filter(of_line).map(|(index, &amount)| (index, amount)).collect()
        }
    }
}

/// The compliment that gives this line away: its own or the order's.
fn compliment(cart: Cart<'_>, line: usize) -> Option<usize> {
    let find =
        |of: Option<usize>| cart.discounts.iter().position(|it| it.value == DiscountValue::Compliment && it.line == of);
    find(Some(line)).or_else(|| find(None))
}

/// Shares the discounts of the order to the parts and their lines.
fn share_order_discounts(
    cart: Cart<'_>,
    whole: &Totals,
    cuts: &mut [Vec<Cut>],
    totals: &mut [Totals],
) -> Result<(), Overflow> {
    let of_order = |index: &usize| {
        let discount = &cart.discounts[*index];
        discount.line.is_none() && discount.value != DiscountValue::Compliment
    };
    let rows: Vec<usize> = (0..cart.discounts.len()).filter(of_order).collect();
    let amounts: Vec<Money> = rows.iter().map(|&index| whole.discounts[index]).collect();
    let discount = Money::sum(amounts.iter().copied())?;
    let parts = allot(discount, cuts, |line| Ok(line.amounts.net()), SharedLine::add_discount)?;
    for (part, shares) in totals.iter_mut().zip(distribute(&parts, amounts)) {
        for (&index, share) in rows.iter().zip(shares) {
            part.discounts[index] = share;
        }
    }
    Ok(())
}

/// Shares a charge to the parts and their lines.
fn share_charge(
    cart: Cart<'_>,
    charged: ChargeAmount,
    cuts: &mut [Vec<Cut>],
    totals: &mut [Totals],
) -> Result<(), Overflow> {
    let charge = &cart.charges[charged.charge];
    let bases = part_weights(cuts, |line| line.base(charge))?;
    let amounts = allot(charged.amount, cuts, |line| line.base(charge), |line, share| line.add_charge(charge, share))?;
    for ((part, base), amount) in totals.iter_mut().zip(charged.base.share(&bases)).zip(amounts) {
        if base > Money::ZERO || amount > Money::ZERO {
            part.charges.push(ChargeAmount { charge: charged.charge, base, amount });
        }
    }
    Ok(())
}

/// Shares an amount to the parts, and each part's share to its lines; returns the parts' shares.
fn allot(
    amount: Money,
    cuts: &mut [Vec<Cut>],
    weight: impl Fn(&SharedLine) -> Result<Money, Overflow>,
    add: impl Fn(&mut SharedLine, Money) -> Result<(), Overflow>,
) -> Result<Vec<Money>, Overflow> {
    let parts = amount.share(&part_weights(cuts, &weight)?);
    for (cuts, &share) in cuts.iter_mut().zip(&parts) {
        let lines: Vec<SharedLine> = cuts.iter().map(|cut| cut.shared).collect();
        let weights: Vec<Money> = lines.iter().map(&weight).collect::<Result<_, _>>()?;
        for (cut, share) in cuts.iter_mut().zip(share_to_lines(share, &weights, &lines)) {
            add(&mut cut.shared, share)?;
        }
    }
    Ok(parts)
}

fn part_weights(
    cuts: &[Vec<Cut>],
    weight: impl Fn(&SharedLine) -> Result<Money, Overflow>,
) -> Result<Vec<Money>, Overflow> {
    let of_part = |cuts: &Vec<Cut>| {
        let weights: Vec<Money> = cuts.iter().map(|cut| weight(&cut.shared)).collect::<Result<_, _>>()?;
        Money::sum(weights)
    };
    cuts.iter().map(of_part).collect()
}

/// Distributes `rows` over columns of these sums, which add up to the same as the rows: for each column, its share of
/// each row. Each column takes its share of what earlier columns have left, so that both directions add up.
fn distribute(columns: &[Money], mut rows: Vec<Money>) -> Vec<Vec<Money>> {
    let take = |&column: &Money| {
        let shares = column.share(&rows);
        for (row, share) in rows.iter_mut().zip(&shares) {
            row.0 = row.0.saturating_sub(share.0);
        }
        shares
    };
    columns.iter().map(take).collect()
}
