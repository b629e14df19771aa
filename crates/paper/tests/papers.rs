//! The papers of `golden/`, byte by byte, and what must be true of any paper. `GERAI_WRITE_GOLDEN=1` writes the files anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod samples;

use std::path::PathBuf;

use paper::render::{escpos, html, text};
use paper::{Block, Charset, Document, Format, Language, Marks, Page, Receipt, ReceiptLine, Width, layout};
use proptest::prelude::*;
use samples::{
    bill, cash_drop, cash_in, cash_movement, changed_ticket, compliment, delivery, moved_ticket, new_ticket, receipt,
    refund, test_page, ticket, void_order, void_ticket, x_report, z_report,
};

const WIDTHS: [Width; 2] = [Width::Columns32, Width::Columns48];

fn for_printer(width: Width) -> Format {
    Format { charset: Charset::Pc437, cut: true, ..Format::plain(width, Language::Indonesian) }
}

/// Compares bytes with a file, or writes the file.
fn golden(name: &str, found: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("GERAI_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read(&path).unwrap_or_default();
    assert!(found == expected, "{name} differs:\n{}", String::from_utf8_lossy(found));
}

#[test]
fn each_document_has_the_recorded_text_and_bytes() {
    let documents = [
        ("receipt", Document::Receipt(Box::new(receipt()))),
        ("delivery", Document::Receipt(Box::new(delivery()))),
        ("compliment", Document::Receipt(Box::new(compliment()))),
        ("void", Document::Receipt(Box::new(void_order()))),
        ("bill", Document::Receipt(Box::new(bill()))),
        ("refund", Document::Receipt(Box::new(refund()))),
        ("ticket-new", Document::Ticket(new_ticket())),
        ("ticket-addition", Document::Ticket(ticket())),
        ("ticket-void", Document::Ticket(void_ticket())),
        ("ticket-moved", Document::Ticket(moved_ticket())),
        ("ticket-changed", Document::Ticket(changed_ticket())),
        ("x", Document::Shift(Box::new(x_report()))),
        ("z", Document::Shift(Box::new(z_report()))),
        ("cash-out", Document::Cash(cash_movement())),
        ("cash-in", Document::Cash(cash_in())),
        ("cash-drop", Document::Cash(cash_drop())),
        ("test", Document::Test(test_page())),
    ];
    for (name, document) in &documents {
        for width in WIDTHS {
            let page = layout(document, for_printer(width));
            golden(&format!("{name}-{}.txt", width.columns()), text(&page).as_bytes());
            golden(&format!("{name}-{}.escpos", width.columns()), &escpos(&page));
        }
    }
}

#[test]
fn a_receipt_in_english_and_as_a_page_is_as_recorded() {
    let document = Document::Receipt(Box::new(receipt()));
    for width in WIDTHS {
        let page = layout(&document, Format::plain(width, Language::English));
        golden(&format!("receipt-en-{}.txt", width.columns()), text(&page).as_bytes());
        golden(
            &format!("receipt-en-{}.html", width.columns()),
            html(&page, Language::English, "KDS-0042", &[]).as_bytes(),
        );
    }
}

#[test]
fn a_copy_is_marked_at_both_ends_and_a_possible_copy_in_both_languages() {
    let marks = Marks { copy_no: 2, possible_copy: true };
    for document in [Document::Receipt(Box::new(receipt())), Document::Shift(Box::new(z_report()))] {
        let page = layout(&document, Format { marks, ..for_printer(Width::Columns32) });
        let text = text(&page);
        assert_eq!(text.matches("SALINAN 2").count(), 2, "{text}");
        assert_eq!(text.matches("MUNGKIN SALINAN / POSSIBLE COPY").count(), 2, "{text}");
    }
    let ticket = layout(&Document::Ticket(ticket()), Format { marks, ..for_printer(Width::Columns32) });
    let lines: Vec<_> = self::text(&ticket).lines().map(str::to_owned).collect();
    let mark = lines.iter().position(|line| line.contains("MUNGKIN SALINAN")).unwrap();
    assert!((4..lines.len() - 3).contains(&mark), "the mark is in the middle: {lines:#?}");
}

#[test]
fn a_drawer_opens_before_the_paper_and_alone_uses_none() {
    let format = Format { open_drawer: true, ..for_printer(Width::Columns32) };
    let page = layout(&Document::Receipt(Box::new(receipt())), format);
    assert_eq!(page.blocks.first(), Some(&Block::OpenDrawer));
    assert_eq!(escpos(&layout(&Document::Drawer, for_printer(Width::Columns32))), b"\x1b@\x1bt\x00\x1bp\x00\x19\xfa");
}

#[test]
fn a_stored_document_is_read_back_as_it_was() {
    for document in [
        Document::Receipt(Box::new(refund())),
        Document::Ticket(ticket()),
        Document::Shift(Box::new(z_report())),
        Document::Cash(cash_movement()),
        Document::Test(test_page()),
        Document::Drawer,
    ] {
        let json = serde_json::to_string(&document).unwrap();
        assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document, "{json}");
    }
}

#[test]
fn text_cannot_leave_its_line_in_any_output() {
    let hostile = "</p><script>alert(1)</script>\u{1b}@\u{1d}V\u{0}\u{9b}";
    let mut receipt = receipt();
    receipt.lines[0].name = hostile.to_owned();
    receipt.seller.footer = Some(hostile.to_owned());
    let document = Document::Receipt(Box::new(receipt));
    let bytes = escpos(&layout(&document, Format { cut: false, ..for_printer(Width::Columns48) }));
    assert!(!bytes.windows(2).any(|pair| pair == b"\x1dV"), "a name does not cut the paper");
    let page = layout(&document, Format::plain(Width::Columns48, Language::Indonesian));
    assert!(!html(&page, Language::Indonesian, hostile, &WIDTHS).contains("<script"));
}

fn lines(page: &Page) -> Vec<String> {
    text(page).lines().map(str::to_owned).collect()
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z]{1,12}( [A-Za-z]{1,12}){0,5}",
        "[A-Z]{1,90}",
        "(咖啡|Caffè|½|☕|e\u{301}){1,30}",
        any::<String>().prop_filter("has something to print", |text| !text.trim().is_empty()),
    ]
}

fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![0..1_000_000_i64, -domain::money::MAX_AMOUNT..=domain::money::MAX_AMOUNT]
}

fn receipts() -> impl Strategy<Value = Receipt> {
    let line = (names(), 1..100_000_i64, prop_oneof![Just(0), Just(3)], amounts(), amounts()).prop_map(
        |(name, qty, qty_scale, price, amount)| ReceiptLine {
            name,
            qty,
            qty_scale,
            unit: None,
            price: Some(price),
            amount,
            modifiers: Vec::new(),
        },
    );
    (proptest::collection::vec(line, 1..8), names(), amounts(), amounts(), names()).prop_map(
        |(lines, name, total, rounding, charge)| {
            let mut receipt = receipt();
            receipt.lines = lines;
            receipt.seller.name = name;
            (receipt.total, receipt.rounding) = (total, rounding);
            receipt.charges[0].name = charge;
            receipt
        },
    )
}

/// As on paper.
fn grouped(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let parts: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap()).collect();
    format!("{}{}", if amount < 0 { "-" } else { "" }, parts.join("."))
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_paper_and_no_amount_is_missing(
        receipt in receipts(),
        width in prop_oneof![Just(Width::Columns32), Just(Width::Columns48)],
        charset in prop_oneof![Just(Charset::Unicode), Just(Charset::Ascii), Just(Charset::Pc858)],
    ) {
        let document = Document::Receipt(Box::new(receipt.clone()));
        let page = layout(&document, Format { charset, ..for_printer(width) });
        let lines = lines(&page);
        for line in &lines {
            prop_assert!(unicode_width::UnicodeWidthStr::width(line.as_str()) <= width.columns(), "{line:?}");
        }
        for amount in receipt.lines.iter().map(|line| line.amount).chain([receipt.total.abs()]) {
            let amount = grouped(amount);
            prop_assert!(lines.iter().any(|line| line.ends_with(&amount)), "{amount} is missing in {lines:#?}");
        }
        let all: String = lines.concat().split_whitespace().collect();
        for line in &receipt.lines {
            let name: String = line.name.split_whitespace().collect();
            if name.is_ascii() && !name.contains(|c: char| c.is_control()) {
                prop_assert!(all.contains(&name), "{name} is missing");
            }
        }

    }
}
