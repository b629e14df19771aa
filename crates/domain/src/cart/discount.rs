//! Discounts of lines and orders, applied in turn.
//!
//! Compliments come first, at list price: a line that is given away has nothing left for other discounts, and bears no
//! service. Then each line's discounts in their sequence, then the order's, each on what the ones before have left.

use super::shares::{SharedLine, share_to_lines};
use super::{CartRefused, Line};
use crate::money::{BasisPoints, Money};

/// A discount as requested. [`Totals`](super::Totals) has the amount it comes to; both are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discount {
    /// Index of the line; `None`: the whole order.
    pub line: Option<usize>,
    /// What was requested.
    pub value: DiscountValue,
}

/// What a discount takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscountValue {
    /// A percentage of what earlier discounts have left, 0 to 100 %.
    Percent(BasisPoints),
    /// An amount off the whole line (not each piece) or the whole order; at most what is left.
    Amount(Money),
    /// Given away. Comes to the list price, for reports and for a tax that is due on gifts.
    Compliment,
}

impl DiscountValue {
    fn check(self) -> Result<(), CartRefused> {
        let (value, most) = match self {
            DiscountValue::Percent(rate) => (rate.0, BasisPoints::WHOLE.0),
            DiscountValue::Amount(amount) => (amount.0, i64::MAX),
            DiscountValue::Compliment => return Ok(()),
        };
        match value {
            ..0 => Err(CartRefused::DiscountNegative),
            value if value > most => Err(CartRefused::DiscountTooLarge),
            _ => Ok(()),
        }
    }

    /// The discount on `net`: between zero and `net`.
    fn on(self, net: Money) -> Result<Money, CartRefused> {
        match self {
            DiscountValue::Percent(rate) => Ok(net.ratio(rate.0, BasisPoints::WHOLE.0)?),
            DiscountValue::Amount(amount) => Ok(amount.min(net)),
            DiscountValue::Compliment => Ok(net),
        }
    }
}

/// The lines with their shares of all discounts, and the amount of each discount.
pub(super) fn apply(lines: &[Line], discounts: &[Discount]) -> Result<(Vec<SharedLine>, Vec<Money>), CartRefused> {
    let mut lines: Vec<SharedLine> = lines.iter().map(SharedLine::new).collect();
    let mut amounts = vec![Money::ZERO; discounts.len()];
    for discount in discounts {
        discount.value.check()?;
        if discount.line.is_some_and(|line| line >= lines.len()) {
            return Err(CartRefused::UnknownLine);
        }
    }
    let is_compliment = |discount: &&Discount| discount.value == DiscountValue::Compliment;
    let of_lines =
        || (0..).zip(discounts).filter_map(|(at, discount): (usize, _)| Some((at, discount, discount.line?)));
    let of_order = || (0..).zip(discounts).filter(|(_, discount): &(usize, _)| discount.line.is_none());

    for (at, _, line) in of_lines().filter(|(_, discount, _)| is_compliment(discount)) {
        amounts[at] = give_away(&mut lines[line..=line])?;
    }
    for (at, _) in of_order().filter(|(_, discount)| is_compliment(discount)) {
        amounts[at] = give_away(&mut lines)?;
    }
    for (at, discount, line) in of_lines().filter(|(_, discount, _)| !is_compliment(discount)) {
        amounts[at] = discount.value.on(lines[line].amounts.net())?;
        lines[line].add_discount(amounts[at])?;
    }

    let nets: Vec<Money> = lines.iter().map(|line| line.amounts.net()).collect();
    let before = Money::sum(nets.iter().copied())?;
    let mut left = before;
    for (at, discount) in of_order().filter(|(_, discount)| !is_compliment(discount)) {
        amounts[at] = discount.value.on(left)?;
        left = left.checked_sub(amounts[at])?;
    }
    // Shared once, as one amount, so that two discounts do not round each line twice.
    let shares = share_to_lines(before.checked_sub(left)?, &nets, &lines);
    for (line, share) in lines.iter_mut().zip(shares) {
        line.add_discount(share)?;
    }
    Ok((lines, amounts))
}

/// Gives lines away at list price; the sum.
fn give_away(lines: &mut [SharedLine]) -> Result<Money, CartRefused> {
    let mut given = Money::ZERO;
    for line in lines {
        let amount = line.amounts.net();
        line.add_discount(amount)?;
        line.is_compliment = true;
        given = given.checked_add(amount)?;
    }
    Ok(given)
}
