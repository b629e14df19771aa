//! Which of an outlet's charges apply to an order.
//!
//! Guarantees: [`in_force`] returns charges that can be calculated together, whatever was set, typed into a database or
//! sent by another outlet. Invalid ones are reported and skipped; they never block an order.

use super::CartRefused;
use super::charge::{Charge, MAX_IN_FORCE, check_charge};
use crate::business_day::BusinessDate;
use crate::order::OrderType;

/// An active charge, with the dates, order types and outlet settings that decide where it applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedCharge {
    /// The charge, with the chain's rate.
    pub charge: Charge,
    /// The first date on which it is in force; `None`: always.
    pub valid_from: Option<BusinessDate>,
    /// The order types that bear it; empty: all.
    pub order_types: Vec<OrderType>,
    /// Where this outlet differs from the chain.
    pub outlet: Option<OutletCharge>,
}

/// How an outlet differs from the chain in one charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutletCharge {
    /// False: the outlet is exempt.
    pub active: bool,
    /// The outlet's rate; `None`: the chain's.
    pub rate_bp: Option<i64>,
}

/// The order types with these names; `None` if this version knows none of them. Without names: all, as an empty list.
pub fn known_order_types<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<Vec<OrderType>> {
    let mut is_all = true;
    let known: Vec<_> = names.into_iter().inspect(|_| is_all = false).filter_map(OrderType::parse).collect();
    (is_all || !known.is_empty()).then_some(known)
}

impl DatedCharge {
    fn applies(&self, date: BusinessDate, order_type: OrderType) -> bool {
        self.valid_from.is_none_or(|from| from <= date)
            && (self.order_types.is_empty() || self.order_types.contains(&order_type))
    }

    /// The charge with the outlet's rate.
    fn at_outlet(&self) -> Charge {
        let rate_bp = self.outlet.and_then(|outlet| outlet.rate_bp).unwrap_or(self.charge.rate_bp);
        Charge { rate_bp, ..self.charge.clone() }
    }

    fn is_exempt(&self) -> bool {
        self.outlet.is_some_and(|outlet| !outlet.active)
    }
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

/// The charges that apply to an order of this date and type, out of the active ones sorted by position and id.
///
/// A tax of the same group, or a service charge of the same name, that became valid later replaces the earlier one for
/// its order types, so a new rate can be set in advance. An invalid charge replaces none; one from which the outlet is
/// exempt does, so an exemption does not bring an old rate back. Of two taxes on one group the first applies, the same
/// at every outlet.
#[must_use]
pub fn in_force(active: &[DatedCharge], date: BusinessDate, order_type: OrderType) -> InForce {
    let mut found = InForce::default();
    let mut usable: Vec<(&DatedCharge, Charge)> = Vec::with_capacity(active.len());
    for dated in active.iter().filter(|dated| dated.applies(date, order_type)) {
        let charge = dated.at_outlet();
        match check_charge(&charge) {
            Ok(()) => usable.push((dated, charge)),
            Err(reason) => found.skip(&charge, reason),
        }
    }
    for (dated, charge) in &usable {
        let replaced = usable.iter().any(|(later, by)| later.valid_from > dated.valid_from && by.succeeds(charge));
        if replaced || dated.is_exempt() {
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

/// The charges that [`in_force`] skips on this date for any order type, each reason once.
#[must_use]
pub fn skipped(active: &[DatedCharge], date: BusinessDate) -> Vec<SkippedCharge> {
    let mut found: Vec<SkippedCharge> = Vec::new();
    for &order_type in OrderType::ALL {
        for charge in in_force(active, date, order_type).skipped {
            if !found.contains(&charge) {
                found.push(charge);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::charge::{ChargeKind, ServiceBase, check_charges, check_entered};
    use super::*;
    use crate::tax::TaxGroup;

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
        let valid_from = valid_from.and_then(BusinessDate::parse);
        DatedCharge { charge, valid_from, order_types: vec![], outlet: None }
    }

    fn service(id: &str, order_types: &[OrderType]) -> DatedCharge {
        let mut dated = tax(id, TaxGroup::Pbjt, None);
        dated.charge.kind = ChargeKind::Service;
        DatedCharge { order_types: order_types.to_vec(), ..dated }
    }

    fn at_outlet(active: bool, rate_bp: Option<i64>, dated: DatedCharge) -> DatedCharge {
        DatedCharge { outlet: Some(OutletCharge { active, rate_bp }), ..dated }
    }

    fn ids(found: &InForce) -> (Vec<&str>, Vec<(&str, CartRefused)>) {
        let skipped = found.skipped.iter().map(|skipped| (skipped.id.as_str(), skipped.reason)).collect();
        (found.charges.iter().map(|charge| charge.id.as_str()).collect(), skipped)
    }

    fn on(date: &str, active: &[DatedCharge]) -> InForce {
        in_force(active, BusinessDate::parse(date).unwrap(), OrderType::DineIn)
    }

    fn for_type(order_type: OrderType, active: &[DatedCharge]) -> InForce {
        in_force(active, BusinessDate::parse("2026-11-30").unwrap(), order_type)
    }

    #[test]
    fn a_new_rate_replaces_the_old_one_on_its_first_day() {
        let active = [tax("old", TaxGroup::Pbjt, None), tax("new", TaxGroup::Pbjt, Some("2027-01-01"))];
        assert_eq!(ids(&on("2026-12-31", &active)), (vec!["old"], vec![]));
        assert_eq!(ids(&on("2027-01-01", &active)), (vec!["new"], vec![]));
    }

    #[test]
    fn a_charge_applies_to_its_order_types() {
        let active =
            [service("table", &[OrderType::DineIn]), service("packing", &[OrderType::TakeAway, OrderType::Delivery])];
        assert_eq!(ids(&for_type(OrderType::DineIn, &active)).0, ["table"]);
        assert_eq!(ids(&for_type(OrderType::TakeAway, &active)).0, ["packing"]);
        assert_eq!(ids(&for_type(OrderType::Delivery, &[service("all", &[])])).0, ["all"]);
    }

    #[test]
    fn a_new_rate_replaces_the_old_one_for_its_order_types_only() {
        let mut later = tax("new", TaxGroup::Pbjt, Some("2026-01-01"));
        later.order_types = vec![OrderType::DineIn];
        let active = [tax("old", TaxGroup::Pbjt, None), later];
        assert_eq!(ids(&for_type(OrderType::DineIn, &active)).0, ["new"]);
        assert_eq!(ids(&for_type(OrderType::TakeAway, &active)).0, ["old"]);
    }

    #[test]
    fn an_outlet_has_its_own_rate_or_is_exempt() {
        let rate = |found: InForce| found.charges.iter().map(|charge| charge.rate_bp).collect::<Vec<_>>();
        let pbjt = || tax("pbjt", TaxGroup::Pbjt, None);
        assert_eq!(rate(on("2026-11-30", &[at_outlet(true, Some(750), pbjt())])), [750]);
        assert_eq!(rate(on("2026-11-30", &[at_outlet(true, None, pbjt())])), [1_000]);
        assert_eq!(rate(on("2026-11-30", &[at_outlet(false, None, pbjt())])), [0; 0]);
        let refused = vec![("pbjt", CartRefused::RateOutOfRange)];
        assert_eq!(ids(&on("2026-11-30", &[at_outlet(true, Some(1_001), pbjt())])), (vec![], refused));
    }

    #[test]
    fn an_exemption_does_not_bring_the_old_rate_back() {
        let exempt = at_outlet(false, None, tax("new", TaxGroup::Pbjt, Some("2026-01-01")));
        assert_eq!(ids(&on("2026-11-30", &[tax("old", TaxGroup::Pbjt, None), exempt])), (vec![], vec![]));
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

    #[test]
    fn a_charge_that_is_skipped_for_any_order_type_is_reported_once() {
        let mut delivery = tax("delivery", TaxGroup::Pbjt, None);
        delivery.order_types = vec![OrderType::Delivery];
        let active = [tax("all", TaxGroup::Pbjt, None), tax("twice", TaxGroup::Pbjt, None), delivery];
        let found = skipped(&active, BusinessDate::parse("2026-11-30").unwrap());
        assert_eq!(found.iter().map(|skipped| skipped.id.as_str()).collect::<Vec<_>>(), ["twice", "delivery"]);
    }
}
