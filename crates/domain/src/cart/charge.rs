//! Service charges and taxes of an outlet: which apply to an order, and their amounts.
//!
//! Guarantees: [`in_force`] returns charges that can be calculated together, whatever was set, typed into a database or
//! sent by another outlet. Invalid ones are reported and skipped; they never block an order.

use super::CartRefused;
use crate::business_day::BusinessDate;
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

/// An active charge with its first business date; `None`: always valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedCharge {
    /// The charge.
    pub charge: Charge,
    /// The first date on which it is in force.
    pub valid_from: Option<BusinessDate>,
}

/// A charge that is set but does not apply, because it is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedCharge {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: CartRefused,
}

/// The charges that apply to an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InForce {
    /// Valid charges, which can be calculated together.
    pub charges: Vec<Charge>,
    /// Skipped charges, in the order in which they were found.
    pub skipped: Vec<SkippedCharge>,
}

impl InForce {
    fn skip(&mut self, charge: &Charge, reason: CartRefused) {
        self.skipped.push(SkippedCharge { id: charge.id.clone(), name: charge.name.clone(), reason });
    }
}

/// The charges that apply on this date, out of the active ones sorted by position and id.
///
/// A tax of the same group, or a service charge of the same name, that became valid later replaces the earlier one, so
/// a new rate can be set in advance. An invalid charge replaces none. Of two taxes on one group the first applies, the
/// same at every outlet.
#[must_use]
pub fn in_force(active: &[DatedCharge], date: BusinessDate) -> InForce {
    let mut found = InForce::default();
    let mut usable: Vec<&DatedCharge> = Vec::with_capacity(active.len());
    for dated in active.iter().filter(|dated| dated.valid_from.is_none_or(|from| from <= date)) {
        match check_charge(&dated.charge) {
            Ok(()) => usable.push(dated),
            Err(reason) => found.skip(&dated.charge, reason),
        }
    }
    for dated in &usable {
        let replaced =
            |later: &&DatedCharge| later.valid_from > dated.valid_from && later.charge.succeeds(&dated.charge);
        let charge = &dated.charge;
        if usable.iter().any(replaced) {
            continue;
        }
        if found.charges.iter().any(|earlier| charge.taxes_same_lines(earlier)) {
            found.skip(charge, CartRefused::TaxedTwice);
        } else if found.charges.len() == MAX_IN_FORCE {
            found.skip(charge, CartRefused::TooManyCharges);
        } else {
            found.charges.push(charge.clone());
        }
    }
    found
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
    fn succeeds(&self, earlier: &Charge) -> bool {
        self.kind == earlier.kind
            && match self.kind {
                ChargeKind::Tax => self.tax_group == earlier.tax_group,
                ChargeKind::Service => self.name == earlier.name,
            }
    }

    fn taxes_same_lines(&self, other: &Charge) -> bool {
        self.taxes(other.tax_group) && other.taxes(self.tax_group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tax(id: &str, group: TaxGroup, valid_from: Option<&str>) -> DatedCharge {
        let charge = Charge {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: ChargeKind::Tax,
            rate_bp: 1_000,
            tax_group: group,
            base: ServiceBase::AfterDiscount,
            base_num: 1,
            base_den: 1,
            inclusive: false,
        };
        DatedCharge { charge, valid_from: valid_from.and_then(BusinessDate::parse) }
    }

    fn ids(found: &InForce) -> (Vec<&str>, Vec<(&str, CartRefused)>) {
        let skipped = found.skipped.iter().map(|skipped| (skipped.id.as_str(), skipped.reason)).collect();
        (found.charges.iter().map(|charge| charge.id.as_str()).collect(), skipped)
    }

    fn on(date: &str, active: &[DatedCharge]) -> InForce {
        in_force(active, BusinessDate::parse(date).unwrap())
    }

    #[test]
    fn a_new_rate_replaces_the_old_one_on_its_first_day() {
        let active = [tax("old", TaxGroup::Pbjt, None), tax("new", TaxGroup::Pbjt, Some("2027-01-01"))];
        assert_eq!(ids(&on("2026-12-31", &active)), (vec!["old"], vec![]));
        assert_eq!(ids(&on("2027-01-01", &active)), (vec!["new"], vec![]));
    }

    #[test]
    fn an_invalid_charge_is_skipped_and_replaces_none() {
        let good = tax("good", TaxGroup::Pbjt, None);
        let broken = |change: fn(&mut Charge)| {
            let mut broken = tax("broken", TaxGroup::Pbjt, Some("2026-01-01"));
            change(&mut broken.charge);
            broken
        };
        let out_of_range: [fn(&mut Charge); 8] = [
            |c| c.base_num = i64::MAX,
            |c| c.base_num = 0,
            |c| c.base_num = -1,
            |c| c.base_den = i64::MAX,
            |c| c.base_den = 0,
            |c| c.rate_bp = 1_001,
            |c| c.rate_bp = i64::MIN,
            |c| c.rate_bp = i64::MAX,
        ];
        for change in out_of_range {
            for active in [[broken(change), good.clone()], [good.clone(), broken(change)]] {
                assert_eq!(
                    ids(&on("2026-11-28", &active)),
                    (vec!["good"], vec![("broken", CartRefused::RateOutOfRange)])
                );
            }
        }
        let included = broken(|c| (c.kind, c.inclusive) = (ChargeKind::Service, true));
        assert_eq!(check_entered(&included.charge), Err(CartRefused::ServiceIncluded));
        assert_eq!(
            ids(&on("2026-11-28", &[included, good])),
            (vec!["broken", "good"], vec![]),
            "it is added like any other"
        );
    }

    #[test]
    fn the_first_tax_of_a_group_and_at_most_fifty_charges_count() {
        let twice = [tax("a", TaxGroup::Ppn, None), tax("b", TaxGroup::Ppn, None), tax("c", TaxGroup::Pbjt, None)];
        assert_eq!(ids(&on("2026-11-28", &twice)), (vec!["a", "c"], vec![("b", CartRefused::TaxedTwice)]));
        let many: Vec<_> = (0..60).map(|n| tax(&format!("{n:02}"), TaxGroup::None, None)).collect();
        let found = on("2026-11-28", &many);
        assert_eq!((found.charges.len(), found.skipped.len()), (MAX_IN_FORCE, 10));
        assert!(found.skipped.iter().all(|skipped| skipped.reason == CartRefused::TooManyCharges));
        assert_eq!(check_charges(&found.charges), Ok(()));
    }
}
