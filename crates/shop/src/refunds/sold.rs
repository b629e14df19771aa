//! What a paid order sold and took, minus what its refunds gave back.

use domain::cart::Amounts;
use domain::refund::{Limit, Settlement, SoldCharge, SoldLine};
use domain::{ChargeKind, Method, Money, RefundKind, TaxGroup};
use web::{ApiError, Code};

use crate::orders::{Order, OrderLine};
use crate::refunds::{Refund, RefundLine};
use crate::tenders::Means;

/// What can be given back of an order.
#[derive(Debug)]
pub(super) struct Sold<'o> {
    /// Its lines that are not void, in the sequence of `sold`.
    pub lines: Vec<&'o OrderLine>,
    pub sold: Vec<SoldLine>,
    /// In the sequence of the order's charges.
    pub charges: Vec<SoldCharge>,
    pub settlement: Settlement,
    /// What the guest paid beyond the total and did not get back.
    pub surplus: Money,
    /// The tenders that took money, the one with the latest payment first.
    pub tenders: Vec<Tender>,
    order: &'o Order,
}

/// A tender of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tender {
    pub method: Method,
    pub tender_id: Option<String>,
    pub tender_name: Option<String>,
    /// What it took and did not give back, before cash rounding.
    pub left: Money,
    /// The same, after cash rounding.
    pub money_left: Money,
}

impl Tender {
    /// Cash that the order was not paid with.
    pub(super) fn cash() -> Self {
        let (left, money_left) = (Money::ZERO, Money::ZERO);
        Self { method: Method::Cash, tender_id: None, tender_name: None, left, money_left }
    }

    /// Whether a request means it.
    pub(super) fn is(&self, means: &Means) -> bool {
        match means {
            Means::Method(method) => *method == self.method,
            Means::Tender { id, method } => {
                self.tender_id.as_ref() == Some(id) && method.is_none_or(|method| method == self.method)
            }
        }
    }

    pub(super) fn limit(&self) -> Limit {
        Limit { method: self.method, left: self.left }
    }
}

impl<'o> Sold<'o> {
    /// Reads an order with its refunds.
    ///
    /// # Errors
    /// 409 `unreadable_order`: a value that decides an amount is unknown; 422 `amount_too_large`.
    pub(super) fn of(order: &'o Order) -> Result<Self, ApiError> {
        let lines: Vec<_> = order.lines.iter().filter(|line| line.voided_at.is_none()).collect();
        let returned: Vec<_> =
            order.refunds.iter().flat_map(|refund| refund.lines.iter().map(move |line| (refund, line))).collect();
        let sold = lines.iter().map(|line| sold_line(line, &returned)).collect::<Result<_, _>>()?;
        let refunded_surplus = sum(order.refunds.iter().map(|refund| refund.surplus))?;
        let surplus = Money(order.paid.saturating_sub(order.total).saturating_sub(refunded_surplus.0).max(0));
        let unrounded = sum(order.refunds.iter().map(|refund| refund.total.saturating_sub(refund.rounding)))?;
        let settlement = Settlement {
            // With the surplus: the refund that gives back all of the order and all of the surplus returns all that was paid.
            total: Money(order.paid.saturating_sub(order.rounding)),
            paid: Money(order.paid),
            refunded: unrounded,
            returned: Money(order.refunded),
        };
        Ok(Self { sold, charges: charges(order)?, settlement, surplus, tenders: tenders(order)?, lines, order })
    }

    /// The refusal for a line that cannot be given back.
    pub(super) fn missing(&self, line_id: &str) -> ApiError {
        let is_void = self.order.lines.iter().any(|line| line.id == line_id);
        if is_void { Code::LineVoid.into() } else { Code::NotFound.because("line") }
    }
}

fn sold_line(line: &OrderLine, returned: &[(&Refund, &RefundLine)]) -> Result<SoldLine, ApiError> {
    let (mut returned_qty, mut by_qty, mut by_amount) = (0_i64, Amounts::ZERO, Amounts::ZERO);
    for (refund, back) in returned.iter().filter(|(_, back)| back.order_line_id == line.id) {
        returned_qty = returned_qty.saturating_add(back.qty);
        let by = if refund.kind.known() == Some(RefundKind::Amount) { &mut by_amount } else { &mut by_qty };
        *by = by.checked_add(amounts_of_refund(back)).map_err(|_| Code::AmountTooLarge)?;
    }
    let sold = amounts(line);
    let line = SoldLine { qty: line.qty, tax_group: tax_group(line)?, sold, returned_qty, by_qty, by_amount };
    let left = line.left().map_err(|_| Code::AmountTooLarge)?;
    let parts = [left.subtotal, left.discount, left.service, left.tax, left.tax_included, left.net()];
    // The refunds of two copies of a restored database can give back more than the line: then nothing is left.
    let is_exceeded = parts.iter().any(|part| *part < Money::ZERO);
    let nothing = SoldLine { returned_qty: line.qty, by_qty: sold, by_amount: Amounts::ZERO, ..line };
    Ok(if is_exceeded { nothing } else { line })
}

fn tax_group(line: &OrderLine) -> Result<TaxGroup, ApiError> {
    line.tax_group.known().ok_or_else(|| Code::UnreadableOrder.with("status", "lines"))
}

fn amounts(line: &OrderLine) -> Amounts {
    Amounts {
        subtotal: Money(line.amount),
        discount: Money(line.discount),
        service: Money(line.service),
        tax: Money(line.tax),
        tax_included: Money(line.tax_included),
    }
}

fn amounts_of_refund(line: &RefundLine) -> Amounts {
    Amounts {
        subtotal: Money(line.amount),
        discount: Money(line.discount),
        service: Money(line.service),
        tax: Money(line.tax),
        tax_included: Money(line.tax_included),
    }
}

/// The order's charges, without what was given back of them.
fn charges(order: &Order) -> Result<Vec<SoldCharge>, ApiError> {
    let mut left = Vec::with_capacity(order.charges.len());
    for (at, charge) in order.charges.iter().enumerate() {
        let kind = charge.kind.known().ok_or_else(|| Code::UnreadableOrder.with("status", "charges"))?;
        let (mut base, mut amount) = (charge.base, charge.amount);
        // Two copies of a restored database can have the same charge twice; the first one bears the refunds.
        let is_first = order.charges[..at].iter().all(|earlier| earlier.charge_id != charge.charge_id);
        let refunded = order.refunds.iter().flat_map(|refund| &refund.charges);
        for back in refunded.filter(|back| is_first && back.charge_id == charge.charge_id) {
            base = base.saturating_sub(back.base);
            amount = amount.saturating_sub(back.amount);
        }
        let tax_group = charge.tax_group.as_ref().and_then(web::Word::known);
        left.push(SoldCharge {
            kind,
            tax_group: match (kind, tax_group) {
                (ChargeKind::Service, _) => TaxGroup::None,
                (ChargeKind::Tax, Some(group)) => group,
                (ChargeKind::Tax, None) => return Err(Code::UnreadableOrder.with("status", "charges")),
            },
            inclusive: charge.inclusive,
            base: Money(base),
            amount: Money(amount),
        });
    }
    Ok(left)
}

/// The tenders of an order. A reversed payment took nothing.
fn tenders(order: &Order) -> Result<Vec<Tender>, ApiError> {
    let mut tenders = Vec::<Tender>::new();
    let mut payments: Vec<_> = order.payments.iter().collect();
    payments.sort_by(|a, b| (&b.created_at, &b.id).cmp(&(&a.created_at, &a.id)));
    let place = |tenders: &mut Vec<Tender>, method: Method, id: &Option<String>, name: &Option<String>| {
        let found = tenders.iter().position(|tender| tender.method == method && tender.tender_id == *id);
        found.unwrap_or_else(|| {
            let (left, money_left) = (Money::ZERO, Money::ZERO);
            tenders.push(Tender { method, tender_id: id.clone(), tender_name: name.clone(), left, money_left });
            tenders.len() - 1
        })
    };
    let unreadable = || Code::UnreadableOrder.with("status", "payments");
    for payment in payments {
        let method = payment.method.known().ok_or_else(unreadable)?;
        let at = place(&mut tenders, method, &payment.tender_id, &payment.tender_name);
        tenders[at].take(payment.amount, payment.rounding);
    }
    for back in order.refunds.iter().flat_map(|refund| &refund.payments) {
        let method = back.method.known().ok_or_else(unreadable)?;
        let at = place(&mut tenders, method, &back.tender_id, &back.tender_name);
        tenders[at].take(-back.amount, -back.rounding);
    }
    Ok(tenders)
}

impl Tender {
    fn take(&mut self, amount: i64, rounding: i64) {
        self.money_left = Money(self.money_left.0.saturating_add(amount));
        self.left = Money(self.left.0.saturating_add(amount).saturating_sub(rounding));
    }
}

fn sum(amounts: impl Iterator<Item = i64>) -> Result<Money, ApiError> {
    Money::sum(amounts.map(Money)).map_err(|_| Code::AmountTooLarge.into())
}
