//! The layout of a receipt, a bill or a refund.

use domain::ChargeKind;

use super::{Format, fact, marks, seller_name, way};
use crate::amounts::{grouped, quantity, rate, rupiah, time};
use crate::document::{ChargeLine, PaymentLine, Receipt, ReceiptKind, ReceiptLine};
use crate::page::{Block, Page, Style};
use crate::words::Words;

pub(super) fn lay_out(page: &mut Page, receipt: &Receipt, format: Format) {
    let words = format.words();
    head(page, receipt, words);
    kind(page, receipt, words);
    marks(page, format);
    if let Some(number) = receipt.queue_no {
        page.text(Style::TITLE, &format!("{} {number}", words.queue));
    }
    facts(page, receipt, format);
    page.rule();
    for line in &receipt.lines {
        sold(page, line);
    }
    page.rule();
    sums(page, receipt, words);
    page.rule();
    paid(page, receipt, words);
    foot(page, receipt, format);
}

fn head(page: &mut Page, receipt: &Receipt, words: &Words) {
    let seller = &receipt.seller;
    seller_name(page, seller);
    for (word, value) in [
        (words.phone, &seller.phone),
        (words.tax_number, &seller.tax_number),
        (words.branch_tax_number, &seller.branch_tax_number),
        (words.regional_tax_number, &seller.regional_tax_number),
    ] {
        if let Some(value) = value {
            page.text(Style::CENTER, &format!("{word} {value}"));
        }
    }
    page.rule();
}

/// What the paper is, if it is not the receipt of a sale.
fn kind(page: &mut Page, receipt: &Receipt, words: &Words) {
    let title = match &receipt.kind {
        ReceiptKind::Sale => return,
        ReceiptKind::Bill => words.not_paid,
        ReceiptKind::Void => words.void,
        ReceiptKind::Refund(_) => words.refund,
    };
    page.text(Style::TITLE, title);
}

fn facts(page: &mut Page, receipt: &Receipt, format: Format) {
    let words = format.words();
    fact(page, words.number, Some(&receipt.number));
    if let ReceiptKind::Refund(refund) = &receipt.kind {
        fact(page, words.of_order, Some(&refund.order_number));
        fact(page, words.reason, Some(&refund.reason));
    }
    fact(page, words.time, Some(&time(&receipt.time, format.language)));
    fact(page, words.cashier, receipt.cashier.as_deref());
    let kind = way(receipt.channel.as_deref(), receipt.order_type, words);
    match (&receipt.table, kind) {
        (Some(table), Some(kind)) => fact(page, words.table, Some(&format!("{table} ({kind})"))),
        (Some(table), None) => fact(page, words.table, Some(table)),
        (None, kind) => page.text(Style::PLAIN, &kind.unwrap_or_default()),
    }
    fact(page, words.pax, receipt.pax.map(grouped).as_deref());
    fact(page, words.guest, receipt.guest.as_deref());
}

/// One piece: name and amount. More: the name, then quantity × price and amount.
fn sold(page: &mut Page, line: &ReceiptLine) {
    let qty = quantity(line.qty, line.qty_scale, line.unit.as_deref());
    let one = line.qty_scale == 0 && line.qty == 1;
    match line.price {
        Some(_) if one => page.amount(Style::PLAIN, &line.name, &grouped(line.amount)),
        Some(price) => {
            page.text(Style::PLAIN, &line.name);
            page.amount(Style::PLAIN, &format!("  {qty} x {}", grouped(price)), &grouped(line.amount));
        }
        None if line.qty == 0 || one => page.amount(Style::PLAIN, &line.name, &grouped(line.amount)),
        None => page.amount(Style::PLAIN, &format!("{qty} {}", line.name), &grouped(line.amount)),
    }
    for modifier in &line.modifiers {
        match modifier.qty {
            1 => page.indented(Style::PLAIN, "  + ", &modifier.name),
            qty => page.indented(Style::PLAIN, "  + ", &format!("{} x {}", grouped(qty), modifier.name)),
        }
    }
}

fn sums(page: &mut Page, receipt: &Receipt, words: &Words) {
    page.amount(Style::PLAIN, words.subtotal, &grouped(receipt.subtotal));
    for discount in &receipt.discounts {
        let kind = if discount.compliment { words.compliment } else { words.discount };
        let mut name = with_rate(discount.name.as_deref().unwrap_or(kind), discount.rate_bp);
        if let Some(line) = &discount.line {
            name = format!("{name}: {line}");
        }
        page.amount(Style::PLAIN, &name, &grouped(discount.amount.saturating_neg()));
    }
    for charge in receipt.charges.iter().filter(|charge| !charge.inclusive) {
        page.amount(Style::PLAIN, &with_rate(&charge.name, Some(charge.rate_bp)), &grouped(charge.amount));
        base(page, receipt, charge, words);
    }
    if receipt.surplus != 0 {
        page.amount(Style::PLAIN, words.surplus, &grouped(receipt.surplus));
    }
    if receipt.rounding != 0 {
        page.amount(Style::PLAIN, words.rounding, &grouped(receipt.rounding));
    }
    page.amount(Style::LARGE, words.total, &rupiah(receipt.total));
    for charge in receipt.charges.iter().filter(|charge| charge.inclusive) {
        let name = format!("{} {}", words.included, with_rate(&charge.name, Some(charge.rate_bp)));
        page.amount(Style::PLAIN, &name, &grouped(charge.amount));
        base(page, receipt, charge, words);
    }
}

/// The base of a tax, unless it is the sum of what stands above.
fn base(page: &mut Page, receipt: &Receipt, charge: &ChargeLine, words: &Words) {
    let discounts: i64 = receipt.discounts.iter().fold(0, |sum, discount| sum.saturating_add(discount.amount));
    let is_service = |charge: &&ChargeLine| charge.kind == Some(ChargeKind::Service);
    let service: i64 =
        receipt.charges.iter().filter(is_service).fold(0, |sum, charge| sum.saturating_add(charge.amount));
    let above = receipt.subtotal.saturating_sub(discounts).saturating_add(service);
    if charge.kind == Some(ChargeKind::Tax) && charge.base != above {
        page.amount(Style::PLAIN, &format!("  {}", words.base), &grouped(charge.base));
    }
}

/// `PB1 10%`: the rate follows the name, unless the name has it already.
fn with_rate(name: &str, rate_bp: Option<i64>) -> String {
    match rate_bp {
        Some(rate_bp) if !name.contains('%') => format!("{name} {}", rate(rate_bp)),
        _ => name.to_owned(),
    }
}

fn paid(page: &mut Page, receipt: &Receipt, words: &Words) {
    for payment in &receipt.payments {
        one_payment(page, payment, words);
    }
    if receipt.due != 0 {
        page.amount(Style::BOLD, words.due, &rupiah(receipt.due));
    }
    if receipt.refunded != 0 {
        page.amount(Style::BOLD, words.refund_total, &grouped(-receipt.refunded));
    }
}

fn one_payment(page: &mut Page, payment: &PaymentLine, words: &Words) {
    let name = words.tender(payment.name.as_deref(), payment.method);
    let name = if payment.unconfirmed { format!("{name} ({})", words.unconfirmed) } else { name.to_owned() };
    page.amount(Style::PLAIN, &name, &grouped(payment.tendered));
    if let Some(reference) = &payment.reference {
        page.indented(Style::PLAIN, "  ", &format!("{} {reference}", words.reference));
    }
    if payment.change != 0 {
        page.amount(Style::BOLD, words.change, &grouped(payment.change));
    }
}

fn foot(page: &mut Page, receipt: &Receipt, format: Format) {
    let words = format.words();
    // Again, because the head of a paper can be torn off.
    kind(page, receipt, words);
    marks(page, format);
    if let Some(footer) = &receipt.seller.footer {
        page.blank();
        page.text(Style::CENTER, footer);
    }
    if let Some(link) = &receipt.link {
        page.blank();
        page.text(Style::CENTER, words.digital);
        page.blocks.push(Block::Qr(link.clone()));
    }
}
