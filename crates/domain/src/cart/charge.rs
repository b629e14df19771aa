//! Service and tax as the outlet has set them, which of them an order bears, and what they come to on a base.
//!
//! Guarantees: [`in_force`] gives charges that can be calculated together, whatever was set, typed into a database or
//! sent by another outlet. What cannot be is named and left out; it never stops an order.

use super::CartRefused;
use crate::business_day::BusinessDate;
use crate::money::{BasisPoints, Money, Overflow};
use crate::string_enum::string_enum;
use crate::tax::{PBJT_MAX_RATE_BP, TaxGroup};

/// What a charge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChargeKind {
    /// The house's service charge, on all lines.
    Service,
    /// A tax, on the lines of one tax group and their share of the service.
    Tax,
}

string_enum!(ChargeKind { Service: "service", Tax: "tax" });

/// What a service charge is reckoned on. Both are in use in Jakarta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ServiceBase {
    /// What the guest pays for the lines.
    #[default]
    AfterDiscount,
    /// The full prices, although less is paid.
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

/// The largest denominator of a base.
pub const MAX_BASE_DEN: i64 = 10_000;

/// Charges that one order bears at the most.
pub const MAX_IN_FORCE: usize = 50;

/// Whether one charge can be calculated with at all.
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

/// Whether one charge may be entered: it can be calculated with, and says nothing that is not done.
pub fn check_entered(charge: &Charge) -> Result<(), CartRefused> {
    check_charge(charge)?;
    if charge.kind == ChargeKind::Service && charge.inclusive { Err(CartRefused::ServiceInside) } else { Ok(()) }
}

/// Whether these charges can stand together: each can be calculated with, and no tax group is taxed twice.
///
/// [`totals`](super::totals) refuses what this refuses; whoever edits charges asks here first.
pub fn check_charges(charges: &[Charge]) -> Result<(), CartRefused> {
    for (index, charge) in charges.iter().enumerate() {
        check_charge(charge)?;
        if charges[..index].iter().any(|earlier| charge.taxes_same_lines(earlier)) {
            return Err(CartRefused::TaxedTwice);
        }
    }
    Ok(())
}

/// An active charge with its first business date; none: always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// What is calculated with.
    pub charge: Charge,
    /// The first date on which it is in force.
    pub valid_from: Option<BusinessDate>,
}

/// A charge that an order does not bear although it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Why.
    pub why: CartRefused,
}

/// What an order bears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InForce {
    /// They can be calculated together.
    pub charges: Vec<Charge>,
    /// They cannot, in the order in which they were found out.
    pub left_out: Vec<LeftOut>,
}

impl InForce {
    fn leave_out(&mut self, charge: &Charge, why: CartRefused) {
        self.left_out.push(LeftOut { id: charge.id.clone(), name: charge.name.clone(), why });
    }
}

/// The charges that an order of this date bears, out of the active ones in the order of their positions and ids.
///
/// A tax of the same group, or a service charge of the same name, that became valid later takes the place of the
/// earlier one: so a new rate is set before its day comes. One that cannot be calculated with takes nobody's place. Of
/// two taxes on one group the first counts: every outlet takes the same one.
#[must_use]
pub fn in_force(active: &[Dated], date: BusinessDate) -> InForce {
    let mut found = InForce::default();
    let mut usable: Vec<&Dated> = Vec::with_capacity(active.len());
    for dated in active.iter().filter(|dated| dated.valid_from.is_none_or(|from| from <= date)) {
        match check_charge(&dated.charge) {
            Ok(()) => usable.push(dated),
            Err(why) => found.leave_out(&dated.charge, why),
        }
    }
    for dated in &usable {
        let replaced = |later: &&Dated| later.valid_from > dated.valid_from && later.charge.succeeds(&dated.charge);
        let charge = &dated.charge;
        if usable.iter().any(replaced) {
            continue;
        }
        if found.charges.iter().any(|earlier| charge.taxes_same_lines(earlier)) {
            found.leave_out(charge, CartRefused::TaxedTwice);
        } else if found.charges.len() == MAX_IN_FORCE {
            found.leave_out(charge, CartRefused::TooManyCharges);
        } else {
            found.charges.push(charge.clone());
        }
    }
    found
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
        // At most 10^8 each, by `check_charge`.
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

    /// Whether it takes the place of that one where it became valid later.
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

    fn tax(id: &str, group: TaxGroup, valid_from: Option<&str>) -> Dated {
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
        Dated { charge, valid_from: valid_from.and_then(BusinessDate::parse) }
    }

    fn ids(found: &InForce) -> (Vec<&str>, Vec<(&str, CartRefused)>) {
        let left_out = found.left_out.iter().map(|left| (left.id.as_str(), left.why)).collect();
        (found.charges.iter().map(|charge| charge.id.as_str()).collect(), left_out)
    }

    fn on(date: &str, active: &[Dated]) -> InForce {
        in_force(active, BusinessDate::parse(date).unwrap())
    }

    #[test]
    fn a_new_rate_takes_the_place_of_the_old_one_on_its_day() {
        let active = [tax("old", TaxGroup::Pbjt, None), tax("new", TaxGroup::Pbjt, Some("2027-01-01"))];
        assert_eq!(ids(&on("2026-12-31", &active)), (vec!["old"], vec![]));
        assert_eq!(ids(&on("2027-01-01", &active)), (vec!["new"], vec![]));
    }

    #[test]
    fn what_cannot_be_calculated_with_is_left_out_and_takes_nobodys_place() {
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
        let inside = broken(|c| (c.kind, c.inclusive) = (ChargeKind::Service, true));
        assert_eq!(check_entered(&inside.charge), Err(CartRefused::ServiceInside));
        assert_eq!(
            ids(&on("2026-11-28", &[inside, good])),
            (vec!["broken", "good"], vec![]),
            "it is added as any other"
        );
    }

    #[test]
    fn the_first_tax_of_a_group_and_at_most_fifty_charges_count() {
        let twice = [tax("a", TaxGroup::Ppn, None), tax("b", TaxGroup::Ppn, None), tax("c", TaxGroup::Pbjt, None)];
        assert_eq!(ids(&on("2026-11-28", &twice)), (vec!["a", "c"], vec![("b", CartRefused::TaxedTwice)]));
        let many: Vec<_> = (0..60).map(|n| tax(&format!("{n:02}"), TaxGroup::None, None)).collect();
        let found = on("2026-11-28", &many);
        assert_eq!((found.charges.len(), found.left_out.len()), (MAX_IN_FORCE, 10));
        assert!(found.left_out.iter().all(|left| left.why == CartRefused::TooManyCharges));
        assert_eq!(check_charges(&found.charges), Ok(()));
    }
}
