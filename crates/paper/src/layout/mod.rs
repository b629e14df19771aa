//! Lays out documents: which lines a page has, in which order and style.

mod cash;
mod receipt;
mod shift;
mod test_page;
mod ticket;

use domain::OrderType;

use crate::charset::Charset;
use crate::document::{Document, Seller};
use crate::page::{Block, Page, Style, Width};
use crate::words::{Language, POSSIBLE_COPY, Words};

/// How a document is printed.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// The columns of the paper.
    pub width: Width,
    /// The characters of the output.
    pub charset: Charset,
    /// The language of the words.
    pub language: Language,
    /// Whether the paper is cut.
    pub cut: bool,
    /// Whether the cash drawer opens.
    pub open_drawer: bool,
    /// Marks on the paper.
    pub marks: Marks,
}

/// Marks of a paper that is not the first of its document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// The number of the copy; 0: the first paper.
    pub copy_no: i64,
    /// Whether the same paper may have come out before.
    pub possible_copy: bool,
}

impl Format {
    /// For text and pages: all characters, no marks.
    #[must_use]
    pub fn plain(width: Width, language: Language) -> Format {
        let marks = Marks::default();
        Format { width, charset: Charset::Unicode, language, cut: false, open_drawer: false, marks }
    }
}

/// The page of a document.
#[must_use]
pub fn layout(document: &Document, format: Format) -> Page {
    let mut page = Page::new(format.width, format.charset);
    if format.open_drawer || *document == Document::Drawer {
        page.blocks.push(Block::OpenDrawer);
    }
    match document {
        Document::Receipt(receipt) => receipt::lay_out(&mut page, receipt, format),
        Document::Ticket(ticket) => ticket::lay_out(&mut page, ticket, format),
        Document::Shift(shift) => shift::lay_out(&mut page, shift, format),
        Document::Cash(movement) => cash::lay_out(&mut page, movement, format),
        Document::Test(test) => test_page::lay_out(&mut page, test, format),
        Document::Drawer => return page,
    }
    if format.cut {
        page.blocks.push(Block::Cut);
    }
    page
}

impl Format {
    fn words(self) -> &'static Words {
        self.language.words()
    }
}

/// Prints the marks: at both ends of receipts and reports, of which an end can be torn off; in the middle of a ticket, where no rail
/// hides them; below the title of other papers.
fn marks(page: &mut Page, format: Format) {
    let Marks { copy_no, possible_copy } = format.marks;
    if copy_no > 0 {
        page.text(Style::TITLE, &format!("*** {} {copy_no} ***", format.words().copy));
    }
    if possible_copy {
        page.text(Style::TITLE, POSSIBLE_COPY);
    }
}

/// The shop: name, company, address, phone.
fn seller_name(page: &mut Page, seller: &Seller) {
    page.text(Style::TITLE, &seller.name);
    let shown = [seller.legal_name.as_deref().filter(|name| *name != seller.name), seller.address.as_deref()];
    for text in shown.into_iter().flatten() {
        page.text(Style::CENTER, text);
    }
}

/// A word and its value, unless there is none.
fn fact(page: &mut Page, word: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
        page.indented(Style::PLAIN, "", &format!("{word}: {value}"));
    }
}

/// How the guest receives an order, after the delivery platform that it came from.
fn way(channel: Option<&str>, kind: Option<OrderType>, words: &Words) -> Option<String> {
    let parts: Vec<_> = channel.into_iter().chain(kind.map(|kind| order_type(kind, words))).collect();
    (!parts.is_empty()).then(|| parts.join(" - "))
}

fn order_type(order_type: OrderType, words: &Words) -> &'static str {
    match order_type {
        OrderType::DineIn => words.dine_in,
        OrderType::TakeAway => words.take_away,
        OrderType::Delivery => words.delivery,
    }
}
