//! Service and tax as the outlet has set them, and what they come to on a base.
//!
//! Leaves out the dates between which a charge is valid: the caller passes those of the order's business date.

use super::CartRefused;
use crate::money::{BasisPoints, Money, Overflow};
use crate::tax::{PBJT_MAX_RATE_BP, TaxGroup};
use crate::words::words;

/// What a charge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChargeKind {
    /// The house's service charge, on all lines.
    Service,
    /// A tax, on the lines of one tax group and their share of the service.
    Tax,
}

words!(ChargeKind { Service: "service", Tax: "tax" });

/// What a service charge is reckoned on. Both are in use in Jakarta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ServiceBase {
    /// What the guest pays for the lines.
    #[default]
    AfterDiscount,
    /// The full prices, although less is paid.
    BeforeDiscount,
}

words!(ServiceBase { AfterDiscount: "after_discount", BeforeDiscount: "before_discount" });

/// One service charge or tax of an outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Its id in the outlet's settings.
    pub id: String,
    /// Its name on the receipt.
    pub name: String,
    /// Service or tax.
    pub kind: ChargeKind,
    /// Basis points, 0 to 10,000; PBJT at most [`PBJT_MAX_RATE_BP`].
    pub rate_bp: i64,
    /// Tax only: the lines that it is on. [`TaxGroup::None`] is on no line.
    pub tax_group: TaxGroup,
    /// Service only: before or after discount.
    pub base: ServiceBase,
    /// With `base_den`: the part of the base that the rate is on. PPN: 11/12, which makes nominal 12 %
    /// effectively 11 % (PMK 131/2024); anything else: 1/1.
    pub base_num: i64,
    /// See `base_num`; 1 to 10,000, and not less than `base_num`.
    pub base_den: i64,
    /// Tax only: it is inside the prices, so it is shown but not added. Service that is put on such prices has
    /// the tax inside too; a service charge itself is always added.
    pub inclusive: bool,
}

const MAX_BASE_DEN: i64 = 10_000;

/// Whether these charges can stand together: rates in range, and no tax group taxed twice.
///
/// [`totals`](super::totals) refuses what this refuses; whoever edits charges asks here first, so that a till
/// never meets it.
pub fn check_charges(charges: &[Charge]) -> Result<(), CartRefused> {
    for (index, charge) in charges.iter().enumerate() {
        let max_rate_bp = match (charge.kind, charge.tax_group) {
            (ChargeKind::Tax, TaxGroup::Pbjt) => PBJT_MAX_RATE_BP,
            _ => BasisPoints::WHOLE.0,
        };
        let fraction_fits =
            (1..=MAX_BASE_DEN).contains(&charge.base_den) && (1..=charge.base_den).contains(&charge.base_num);
        if !(0..=max_rate_bp).contains(&charge.rate_bp) || !fraction_fits {
            return Err(CartRefused::RateOutOfRange);
        }
        if charges[..index].iter().any(|earlier| charge.taxes_same_lines(earlier)) {
            return Err(CartRefused::TaxedTwice);
        }
    }
    Ok(())
}

/// Without each tax on a group that an earlier one is on already. Two outlets that each set the same tax before they knew
/// of each other end with both; a till sells on, with the first, until someone switches one off.
#[must_use]
pub fn without_rivals(charges: Vec<Charge>) -> Vec<Charge> {
    let mut kept: Vec<Charge> = Vec::with_capacity(charges.len());
    for charge in charges {
        if !kept.iter().any(|earlier| charge.taxes_same_lines(earlier)) {
            kept.push(charge);
        }
    }
    kept
}

impl Charge {
    /// Whether this is a tax on lines of that group.
    pub(super) fn taxes(&self, group: TaxGroup) -> bool {
        self.kind == ChargeKind::Tax && self.tax_group == group && group != TaxGroup::None
    }

    pub(super) fn is_inside(&self) -> bool {
        self.kind == ChargeKind::Tax && self.inclusive
    }

    /// What it comes to on `taxed`, rounded once. Where the tax is inside, `taxed` contains it.
    pub(super) fn amount_on(&self, taxed: Money) -> Result<Money, Overflow> {
        // At most 10^8 each, by `check_charges`.
        let part = self.rate_bp * self.base_num;
        let whole = BasisPoints::WHOLE.0 * self.base_den;
        taxed.ratio(part, if self.is_inside() { whole + part } else { whole })
    }

    /// The base to print and to report beside `amount`: without the tax, and only the fraction that counts.
    /// The amount is not reckoned from it, because it is itself rounded.
    pub(super) fn base_of(&self, taxed: Money, amount: Money) -> Result<Money, Overflow> {
        let without_tax = if self.is_inside() { taxed.checked_sub(amount)? } else { taxed };
        without_tax.ratio(self.base_num, self.base_den)
    }

    fn taxes_same_lines(&self, other: &Charge) -> bool {
        self.taxes(other.tax_group) && other.taxes(self.tax_group)
    }
}
