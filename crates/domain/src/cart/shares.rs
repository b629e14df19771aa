//! The amounts of an order and of its parts, and how an amount is shared to lines.
//!
//! Guarantees: shares add up to what they are shares of, and none is negative.

use super::{Charge, ChargeKind, Line, ServiceBase};
use crate::money::{Money, Overflow};
use crate::tax::TaxGroup;

/// The amounts of an order, of a line of it, of a part of a split, or of a refund. None is negative.
///
/// Each amount of an order is the sum of its lines' amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Amounts {
    /// Before discounts; of an order, the sum of its lines.
    pub subtotal: Money,
    /// All discounts, as a positive amount.
    pub discount: Money,
    /// Service charges.
    pub service: Money,
    /// Taxes that are added to the prices.
    pub tax: Money,
    /// Taxes that the prices include; not added.
    pub tax_included: Money,
}

impl Amounts {
    /// No money.
    pub const ZERO: Amounts = Amounts {
        subtotal: Money::ZERO,
        discount: Money::ZERO,
        service: Money::ZERO,
        tax: Money::ZERO,
        tax_included: Money::ZERO,
    };

    /// After discounts: `subtotal - discount`.
    #[must_use]
    pub fn net(self) -> Money {
        Money(self.subtotal.0.saturating_sub(self.discount.0))
    }

    /// The amount due before cash rounding: `subtotal - discount + service + tax`. Exact, because no amount exceeds
    /// [`crate::money::MAX_AMOUNT`].
    #[must_use]
    pub fn total(self) -> Money {
        Money(self.net().0.saturating_add(self.service.0).saturating_add(self.tax.0))
    }

    /// The amounts of both together.
    ///
    /// # Errors
    /// An amount is too large.
    pub fn checked_add(self, other: Amounts) -> Result<Amounts, Overflow> {
        self.with(other, Money::checked_add)
    }

    /// What remains without `other`.
    ///
    /// # Errors
    /// An amount is too large.
    pub fn checked_sub(self, other: Amounts) -> Result<Amounts, Overflow> {
        self.with(other, Money::checked_sub)
    }

    /// The sum.
    ///
    /// # Errors
    /// An amount is too large.
    pub fn sum(amounts: impl IntoIterator<Item = Amounts>) -> Result<Amounts, Overflow> {
        amounts.into_iter().try_fold(Amounts::ZERO, Amounts::checked_add)
    }

    fn with(self, other: Amounts, op: fn(Money, Money) -> Result<Money, Overflow>) -> Result<Amounts, Overflow> {
        Ok(Amounts {
            subtotal: op(self.subtotal, other.subtotal)?,
            discount: op(self.discount, other.discount)?,
            service: op(self.service, other.service)?,
            tax: op(self.tax, other.tax)?,
            tax_included: op(self.tax_included, other.tax_included)?,
        })
    }
}

/// A line, or some pieces of it, while discounts and charges are added.
#[derive(Debug, Clone, Copy)]
pub(super) struct SharedLine {
    pub(super) tax_group: TaxGroup,
    /// Given away: it bears no service.
    pub(super) is_compliment: bool,
    pub(super) amounts: Amounts,
}

impl SharedLine {
    pub(super) fn new(line: &Line) -> SharedLine {
        let amounts = Amounts { subtotal: line.amount, ..Amounts::ZERO };
        SharedLine { tax_group: line.tax_group, is_compliment: false, amounts }
    }

    pub(super) fn add_discount(&mut self, amount: Money) -> Result<(), Overflow> {
        self.amounts.discount = self.amounts.discount.checked_add(amount)?;
        Ok(())
    }

    /// What of this line a charge applies to.
    pub(super) fn base(&self, charge: &Charge) -> Result<Money, Overflow> {
        match (charge.kind, charge.base) {
            (ChargeKind::Service, ServiceBase::AfterDiscount) => Ok(self.amounts.net()),
            (ChargeKind::Service, ServiceBase::BeforeDiscount) if self.is_compliment => Ok(Money::ZERO),
            (ChargeKind::Service, ServiceBase::BeforeDiscount) => Ok(self.amounts.subtotal),
            (ChargeKind::Tax, _) if charge.taxes(self.tax_group) => {
                self.amounts.net().checked_add(self.amounts.service)
            }
            (ChargeKind::Tax, _) => Ok(Money::ZERO),
        }
    }

    /// Adds the line's share of a charge.
    pub(super) fn add_charge(&mut self, charge: &Charge, share: Money) -> Result<(), Overflow> {
        let amounts = &mut self.amounts;
        let amount = match (charge.kind, charge.inclusive) {
            (ChargeKind::Service, _) => &mut amounts.service,
            (ChargeKind::Tax, false) => &mut amounts.tax,
            (ChargeKind::Tax, true) => &mut amounts.tax_included,
        };
        *amount = amount.checked_add(share)?;
        Ok(())
    }
}

/// Each line's share of `amount`, in proportion to its weight.
///
/// [`Money::share`] assigns a left-over unit to the earlier of two equal weights. By order of entry, the total could
/// then depend on which of two lines with different taxes was entered first. This function sorts so that only lines of
/// equal weight and tax group are interchangeable.
pub(super) fn share_to_lines(amount: Money, weights: &[Money], lines: &[SharedLine]) -> Vec<Money> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|&index| (lines[index].tax_group, weights[index]));
    let sorted: Vec<Money> = order.iter().map(|&index| weights[index]).collect();

    let mut shares = vec![Money::ZERO; lines.len()];
    for (index, share) in order.into_iter().zip(amount.share(&sorted)) {
        shares[index] = share;
    }
    shares
}
