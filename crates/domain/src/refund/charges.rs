//! What a refund gives back of each charge, for the report of taxes.

use super::{RefundRefused, SoldLine, proportion};
use crate::cart::{Amounts, ChargeKind};
use crate::money::Money;
use crate::tax::TaxGroup;

/// A charge of a paid order, with what was not given back yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldCharge {
    /// Service or tax.
    pub kind: ChargeKind,
    /// Of a tax: the group of the lines that bear it.
    pub tax_group: TaxGroup,
    /// The prices include it.
    pub inclusive: bool,
    /// The base that was not given back yet.
    pub base: Money,
    /// The amount that was not given back yet.
    pub amount: Money,
}

impl SoldCharge {
    /// A line's share of all charges of this kind, and of the base.
    fn of(&self, group: TaxGroup, line: Amounts) -> (Money, Money) {
        match (self.kind, self.inclusive) {
            (ChargeKind::Service, _) => (line.service, line.service),
            (ChargeKind::Tax, _) if group != self.tax_group => (Money::ZERO, Money::ZERO),
            (ChargeKind::Tax, true) => (line.tax_included, charged(line)),
            (ChargeKind::Tax, false) => (line.tax, charged(line)),
        }
    }
}

fn charged(line: Amounts) -> Money {
    Money(line.net().0.saturating_add(line.service.0))
}

/// Base and amount of each charge in a refund with these amounts of the lines.
///
/// A line stores one amount of service, even if there are two service charges; they share it by what is left of each.
/// All that is left of the lines gives back all that is left of the charges.
///
/// # Errors
/// An amount is too large.
pub fn charge_amounts(
    charges: &[SoldCharge],
    lines: &[SoldLine],
    refund: &[Amounts],
) -> Result<Vec<(Money, Money)>, RefundRefused> {
    let left: Vec<Amounts> = lines.iter().map(SoldLine::left).collect::<Result<_, _>>()?;
    let groups = || lines.iter().map(|line| line.tax_group);
    let sum = |charge: &SoldCharge, amounts: &[Amounts]| {
        let of_lines: Vec<_> = groups().zip(amounts).map(|(group, &line)| charge.of(group, line)).collect();
        let amount = Money::sum(of_lines.iter().map(|of| of.0))?;
        Ok::<_, RefundRefused>((amount, Money::sum(of_lines.iter().map(|of| of.1))?))
    };
    let mut found = Vec::with_capacity(charges.len());
    for (index, charge) in charges.iter().enumerate() {
        let ((given, given_base), (_, left_base)) = (sum(charge, refund)?, sum(charge, &left)?);
        let amount = if charge.kind == ChargeKind::Service {
            let services: Vec<Money> = charges.iter().map(service).collect();
            given.share(&services)[index]
        } else {
            given
        };
        found.push((proportion(charge.base, given_base, left_base)?, amount));
    }
    Ok(found)
}

fn service(charge: &SoldCharge) -> Money {
    if charge.kind == ChargeKind::Service { charge.amount } else { Money::ZERO }
}
