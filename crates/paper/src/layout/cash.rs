//! The layout of a cash movement, with a line to sign on.

use domain::MovementKind;

use super::{Format, fact, marks, seller_name};
use crate::amounts::{rupiah, time};
use crate::document::CashMovement;
use crate::page::{Page, Style};

pub(super) fn lay_out(page: &mut Page, movement: &CashMovement, format: Format) {
    let words = format.words();
    seller_name(page, &movement.seller);
    page.rule();
    page.text(
        Style::TITLE,
        match movement.kind {
            Some(MovementKind::In) => words.cash_in,
            Some(MovementKind::Out) => words.cash_out,
            Some(MovementKind::Drop) => words.cash_drop,
            None => words.movement,
        },
    );
    marks(page, format);
    page.amount(Style::LARGE, words.total, &rupiah(movement.amount));
    fact(page, words.reason, movement.reason.as_deref());
    fact(page, words.shift, Some(&movement.shift_number));
    fact(page, words.drawer, Some(&movement.drawer));
    fact(page, words.time, Some(&time(&movement.time, format.language)));
    fact(page, words.by, movement.by.as_deref());
    fact(page, words.approved_by, movement.approved_by.as_deref());
    page.blank();
    page.blank();
    page.text(Style::PLAIN, &format!("{}: {}", words.signature, "_".repeat(16)));
}
