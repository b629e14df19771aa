//! Service charges and taxes: which of them can be calculated, and their amounts.

use super::CartRefused;
use crate::money::{BasisPoints, Money, Overflow};
use crate::string_enum::string_enum;
use crate::tax::{PBJT_MAX_RATE_BP, TaxGroup};

/// The kind of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChargeKind {
    /// The outlet's service charge, on all lines.
    Service,
    /// A tax, on the lines of one tax group and their share of the service.
    Tax,
}

string_enum!(ChargeKind { Service: "service", Tax: "tax" });

/// The base of a service charge. Both are in use in Jakarta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ServiceBase {
    /// The discounted prices.
    #[default]
    AfterDiscount,
    /// The full prices.
    BeforeDiscount,
}

string_enum!(ServiceBase { AfterDiscount: "after_discount", BeforeDiscount: "before_discount" });

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
    /// Tax only: the tax group of the lines it applies to. [`TaxGroup::None`] applies to no line.
    pub tax_group: TaxGroup,
    /// Service only: before or after discount.
    pub base: ServiceBase,
    /// With `base_den`: the fraction of the base to which the rate applies. PPN: 11/12, which makes the nominal 12 %
    /// effectively 11 % (PMK 131/2024). All others: 1/1.
    pub base_num: i64,
    /// See `base_num`; 1 to 10,000, and not less than `base_num`.
    pub base_den: i64,
    /// Tax only: the prices include it, so it is shown but not added. A service charge on such prices includes the tax
    /// too; the service charge itself is always added.
    pub inclusive: bool,
}

/// The largest denominator of a base.
pub const MAX_BASE_DEN: i64 = 10_000;

/// Maximum charges of one order.
pub const MAX_IN_FORCE: usize = 50;

/// Checks that a charge can be calculated.
pub fn check_charge(charge: &Charge) -> Result<(), CartRefused> {
    let max_rate_bp = match (charge.kind, charge.tax_group) {
        (ChargeKind::Tax, TaxGroup::Pbjt) => PBJT_MAX_RATE_BP,
        _ => BasisPoints::WHOLE.0,
    };
    let fraction_fits =
        (1..=MAX_BASE_DEN).contains(&charge.base_den) && (1..=charge.base_den).contains(&charge.base_num);
    if !(0..=max_rate_bp).contains(&charge.rate_bp) || !fraction_fits {
        return Err(CartRefused::RateOutOfRange);
    }
    Ok(())
}

/// Checks that a charge may be entered: it can be calculated, and no setting is contradictory.
pub fn check_entered(charge: &Charge) -> Result<(), CartRefused> {
    check_charge(charge)?;
    if charge.kind == ChargeKind::Service && charge.inclusive { Err(CartRefused::ServiceIncluded) } else { Ok(()) }
}

/// Checks that charges can be combined: each can be calculated, and no tax group is taxed twice.
///
/// [`totals`](super::totals) rejects the same; callers that edit charges check here first.
pub fn check_charges(charges: &[Charge]) -> Result<(), CartRefused> {
    for (index, charge) in charges.iter().enumerate() {
        check_charge(charge)?;
        if charges[..index].iter().any(|earlier| charge.taxes_same_lines(earlier)) {
            return Err(CartRefused::TaxedTwice);
        }
    }
    Ok(())
}

impl Charge {
    /// Whether this is a tax on lines of this group.
    pub(super) fn taxes(&self, group: TaxGroup) -> bool {
        self.kind == ChargeKind::Tax && self.tax_group == group && group != TaxGroup::None
    }

    pub(super) fn includes_tax(&self) -> bool {
        self.kind == ChargeKind::Tax && self.inclusive
    }

    /// The amount on `taxed`, rounded once. If the tax is included, `taxed` contains it.
    pub(super) fn amount_on(&self, taxed: Money) -> Result<Money, Overflow> {
        // At most 10^8 each: `check_charge` guarantees it.
        let part = self.rate_bp * self.base_num;
        let whole = BasisPoints::WHOLE.0 * self.base_den;
        taxed.ratio(part, if self.includes_tax() { whole + part } else { whole })
    }

    /// The base to print and report beside `amount`: without the tax, and only the relevant fraction. The amount is not
    /// calculated from it, because it is rounded.
    pub(super) fn base_of(&self, taxed: Money, amount: Money) -> Result<Money, Overflow> {
        let without_tax = if self.includes_tax() { taxed.checked_sub(amount)? } else { taxed };
        without_tax.ratio(self.base_num, self.base_den)
    }

    /// Whether it replaces `earlier` if it became valid later.
    pub(super) fn succeeds(&self, earlier: &Charge) -> bool {
        self.kind == earlier.kind
            && match self.kind {
                ChargeKind::Tax => self.tax_group == earlier.tax_group,
                ChargeKind::Service => self.name == earlier.name,
            }
    }

    pub(super) fn taxes_same_lines(&self, other: &Charge) -> bool {
        self.taxes(other.tax_group) && other.taxes(self.tax_group)
    }
}
