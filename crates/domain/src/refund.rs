//! Refunds of a paid order: what lines give back, and how much money that is.
//!
//! An order is never edited: a refund is a document of its own. Its amounts are calculated from the shares that the
//! lines got when the order was calculated, minus what earlier refunds gave back, so that
//!
//! - all pieces of a line give back the line, and all lines the order, to the rupiah, in any sequence;
//! - the refund that completes an order returns exactly what was paid, with its cash rounding;
//! - a compliment returns nothing, because nothing was paid for it.
//!
//! Not included: who may give back, for how long, and whether the goods return to stock.

mod charges;
mod payback;
mod payout;

use thiserror::Error;

pub use charges::{SoldCharge, charge_amounts};
pub use payback::{Limit, allot, pay_back};
pub use payout::{Payout, Settlement};

use crate::cart::Amounts;
use crate::money::{Money, Overflow};
use crate::string_enum::string_enum;
use crate::tax::TaxGroup;

/// What a refund gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefundKind {
    /// Pieces of lines.
    Lines,
    /// An amount, without goods.
    Amount,
}

string_enum!(RefundKind { Lines: "lines", Amount: "amount" });

/// A line of a paid order, with what was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldLine {
    /// The quantity in the line's scale.
    pub qty: i64,
    /// The tax group.
    pub tax_group: TaxGroup,
    /// The line's shares of the order.
    pub sold: Amounts,
    /// The quantity given back.
    pub returned_qty: i64,
    /// What was given back for this quantity.
    pub by_qty: Amounts,
    /// What was given back as an amount, without goods.
    pub by_amount: Amounts,
}

/// Why a refund is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RefundRefused {
    /// The quantity is zero or less.
    #[error("the quantity must be at least 1")]
    QuantityNotPositive,
    /// More pieces than are left.
    #[error("only {left} are left to give back")]
    QuantityTooLarge {
        /// The quantity that was not given back yet.
        left: i64,
    },
    /// The amount is zero or less.
    #[error("the amount must be more than zero")]
    AmountNotPositive,
    /// More money than is left.
    #[error("only {left} is left to give back")]
    AmountTooLarge {
        /// The amount that was not given back yet.
        left: Money,
    },
    /// An amount is too large.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

impl SoldLine {
    /// What was not given back yet.
    ///
    /// # Errors
    /// An amount is too large.
    pub fn left(&self) -> Result<Amounts, Overflow> {
        self.sold.checked_sub(self.by_qty)?.checked_sub(self.by_amount)
    }

    /// The amounts of a quantity that is given back.
    ///
    /// Each is calculated from the whole quantity given back so far, minus what was given back before: three refunds of
    /// one piece give back as much as one refund of three. The last piece gives back all that is left, and no piece more
    /// than that.
    ///
    /// # Errors
    /// There is not as much left.
    pub fn return_qty(&self, qty: i64) -> Result<Amounts, RefundRefused> {
        let left_qty = self.qty.saturating_sub(self.returned_qty);
        if qty < 1 {
            return Err(RefundRefused::QuantityNotPositive);
        }
        if qty > left_qty {
            return Err(RefundRefused::QuantityTooLarge { left: left_qty.max(0) });
        }
        let left = self.left()?;
        if qty == left_qty {
            return Ok(left);
        }
        let returned = self.returned_qty.saturating_add(qty);
        let share = |sold: Money, before: Money, left: Money| -> Result<Money, Overflow> {
            let due = sold.ratio(returned, self.qty)?.checked_sub(before)?;
            Ok(due.min(left).max(Money::ZERO))
        };
        let (sold, before) = (self.sold, self.by_qty);
        let subtotal = share(sold.subtotal, before.subtotal, left.subtotal)?;
        let discount = share(sold.discount, before.discount, left.discount)?;
        // Roundings of a price and a discount of almost the same size must not make a net below zero, now or for the
        // pieces that stay.
        let least = left.discount.checked_sub(left.subtotal.checked_sub(subtotal)?)?;
        Ok(Amounts {
            subtotal,
            discount: discount.max(least).min(subtotal),
            service: share(sold.service, before.service, left.service)?,
            tax: share(sold.tax, before.tax, left.tax)?,
            tax_included: share(sold.tax_included, before.tax_included, left.tax_included)?,
        })
    }
}

/// The amounts of each line when an amount is given back without goods, for example for a complaint. Lines bear it in
/// proportion to what is left of them.
///
/// # Errors
/// There is not as much left.
pub fn return_amount(lines: &[SoldLine], amount: Money) -> Result<Vec<Amounts>, RefundRefused> {
    let left: Vec<Amounts> = lines.iter().map(SoldLine::left).collect::<Result<_, _>>()?;
    let totals: Vec<Money> = left.iter().map(|left| left.total()).collect();
    let total = Money::sum(totals.iter().copied())?;
    if amount <= Money::ZERO {
        return Err(RefundRefused::AmountNotPositive);
    }
    if amount > total {
        return Err(RefundRefused::AmountTooLarge { left: total });
    }
    Ok(left
        .into_iter()
        .zip(amount.share(&totals))
        .map(|(left, share)| part_of(left, share))
        .collect::<Result<_, _>>()?)
}

/// The part of what is left of a line that comes to `total`.
fn part_of(left: Amounts, total: Money) -> Result<Amounts, Overflow> {
    if total == left.total() {
        return Ok(left);
    }
    let shares = total.share(&[left.net(), left.service, left.tax]);
    let (net, service, tax) = (shares[0], shares[1], shares[2]);
    let discount = proportion(left.discount, net, left.net())?;
    let included = proportion(left.tax_included, net.checked_add(service)?, left.net().checked_add(left.service)?)?;
    Ok(Amounts { subtotal: net.checked_add(discount)?, discount, service, tax, tax_included: included })
}

/// `amount × part ÷ whole`; zero if there is no whole.
fn proportion(amount: Money, part: Money, whole: Money) -> Result<Money, Overflow> {
    if whole == Money::ZERO { Ok(Money::ZERO) } else { amount.ratio(part.0, whole.0) }
}
