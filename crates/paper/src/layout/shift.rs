//! The layout of X and Z of a shift.

use domain::ReportKind;

use super::{Format, fact, marks, seller_name};
use crate::amounts::{grouped, rupiah, time};
use crate::document::{LocalTime, ShiftCash, ShiftPaper, ShiftSales, ShiftTender};
use crate::page::{Page, Style};
use crate::words::Words;

pub(super) fn lay_out(page: &mut Page, shift: &ShiftPaper, format: Format) {
    let words = format.words();
    seller_name(page, &shift.seller);
    page.rule();
    page.text(Style::TITLE, if shift.kind == ReportKind::X { words.report_x } else { words.report_z });
    marks(page, format);
    fact(page, words.shift, Some(&shift.number));
    fact(page, words.drawer, Some(&shift.drawer));
    when(page, words.opened, shift.opened_at.as_ref(), shift.opened_by.as_deref(), format);
    when(page, words.closed, shift.closed_at.as_ref(), shift.closed_by.as_deref(), format);
    when(page, words.printed, Some(&shift.printed_at), None, format);
    page.rule();
    if let Some(sales) = &shift.sales {
        figures(page, sales, words);
        page.rule();
    }
    for (word, amount) in [(words.deposits_taken, shift.deposits_taken), (words.deposits_used, -shift.deposits_used)] {
        if amount != 0 {
            page.amount(Style::PLAIN, word, &grouped(amount));
        }
    }
    if shift.refunds != 0 {
        page.amount(
            Style::PLAIN,
            &format!("{} ({})", words.refunds, grouped(shift.refunds)),
            &grouped(-shift.refunded),
        );
    }
    page.text(Style::BOLD, words.tenders);
    for tender in &shift.tenders {
        one_tender(page, tender, words);
    }
    page.rule();
    match &shift.cash {
        Some(cash) => drawer(page, shift, cash, words),
        None => page.text(Style::PLAIN, words.hidden),
    }
    fact(page, words.note, shift.note.as_deref());
    marks(page, format);
}

fn when(page: &mut Page, word: &str, at: Option<&LocalTime>, by: Option<&str>, format: Format) {
    if let Some(at) = at {
        let at = time(at, format.language);
        fact(page, word, Some(&by.map_or_else(|| at.clone(), |by| format!("{at}, {by}"))));
    }
}

fn figures(page: &mut Page, sales: &ShiftSales, words: &Words) {
    page.amount(Style::PLAIN, words.orders, &grouped(sales.orders));
    page.amount(Style::PLAIN, words.subtotal, &grouped(sales.subtotal));
    for (word, amount) in [
        (words.discount, -sales.discount),
        (words.service, sales.service),
        (words.tax, sales.tax),
        (words.rounding, sales.rounding),
    ] {
        if amount != 0 {
            page.amount(Style::PLAIN, word, &grouped(amount));
        }
    }
    page.amount(Style::LARGE, words.sales, &rupiah(sales.total));
    if sales.tax_included != 0 {
        page.amount(Style::PLAIN, words.tax_included, &grouped(sales.tax_included));
    }
}

fn one_tender(page: &mut Page, tender: &ShiftTender, words: &Words) {
    let name = words.tender(tender.name.as_deref(), tender.method);
    page.amount(Style::PLAIN, name, &grouped(tender.payments));
    if tender.refunds != 0 {
        page.amount(Style::PLAIN, &format!("  {}", words.refunds), &grouped(-tender.refunds));
    }
    if tender.unconfirmed != 0 {
        page.amount(Style::PLAIN, &format!("  {}", words.unconfirmed), &grouped(tender.unconfirmed));
    }
}

fn drawer(page: &mut Page, shift: &ShiftPaper, cash: &ShiftCash, words: &Words) {
    page.text(Style::BOLD, words.cash);
    page.amount(Style::PLAIN, words.opening, &grouped(cash.opening));
    page.amount(Style::PLAIN, words.cash_payments, &grouped(cash.payments));
    for (word, amount) in [
        (words.refunds, -cash.refunds),
        (words.paid_in, cash.paid_in),
        (words.paid_out, -cash.paid_out),
        (words.dropped, -cash.dropped),
    ] {
        if amount != 0 {
            page.amount(Style::PLAIN, word, &grouped(amount));
        }
    }
    page.amount(Style::BOLD, words.expected, &grouped(cash.expected));
    if let Some(counted) = shift.counted {
        page.amount(Style::BOLD, words.counted, &grouped(counted));
        page.amount(Style::BOLD, words.difference, &grouped(counted.saturating_sub(cash.expected)));
    }
    if let Some(left) = shift.left_in_drawer {
        page.amount(Style::PLAIN, words.left_in_drawer, &grouped(left));
    }
}
