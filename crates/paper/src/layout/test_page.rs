//! The layout of a test page: shows whether width, characters, amounts and QR code of a printer are right.

use super::{Format, fact, marks};
use crate::amounts::{rupiah, time};
use crate::document::TestPage;
use crate::page::{Block, Page, Style};

pub(super) fn lay_out(page: &mut Page, test: &TestPage, format: Format) {
    let words = format.words();
    page.text(Style::TITLE, words.test);
    marks(page, format);
    fact(page, words.printer, Some(&test.printer));
    fact(page, words.address, Some(&test.address));
    fact(page, words.time, Some(&time(&test.time, format.language)));
    page.rule();
    page.text(Style::PLAIN, words.test_width);
    let columns = page.width.columns();
    page.text(Style::PLAIN, &"1234567890".chars().cycle().take(columns).collect::<String>());
    page.text(Style::PLAIN, "Caffè Crème brûlée ½ €");
    page.amount(Style::LARGE, words.total, &rupiah(1_234_567));
    page.rule();
    page.blocks.push(Block::Qr(format!("Gerai {}", test.address)));
}
