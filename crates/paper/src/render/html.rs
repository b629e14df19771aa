//! Pages as HTML that a browser prints on 58 or 80 mm paper, without margins, and as long as the page is.

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use qrcode::{Color, EcLevel, QrCode};

use crate::page::{Align, Block, Line, Page, Width};
use crate::words::Language;

/// White modules around a QR code, as its standard asks.
const QUIET: usize = 4;

/// The page as an HTML document without scripts and without files. `title` is the name of a saved file. `widths`: the papers that
/// a reader can choose, by the parameter `width` of its address.
#[must_use]
pub fn html(page: &Page, language: Language, title: &str, widths: &[Width]) -> String {
    let words = language.words();
    let language = if language == Language::English { "en" } else { "id" };
    let document = markup! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                title { (title) }
                style { (PreEscaped(style(page))) }
            }
            body {
                main { @for block in &page.blocks { (one(block)) } }
                @if !widths.is_empty() {
                    nav {
                        (words.paper)
                        @for width in widths {
                            " "
                            a href={ "?width=" (width.columns()) } aria-current=[(*width == page.width).then_some("page")] {
                                (millimeters(*width).0) "\u{a0}mm"
                            }
                        }
                    }
                }
            }
        }
    };
    document.into_string()
}

fn one(block: &Block) -> Markup {
    match block {
        Block::Line(line) => one_line(line),
        Block::Rule => markup! { hr; },
        Block::Qr(text) => qr(text),
        Block::OpenDrawer | Block::Cut => markup! {},
    }
}

fn one_line(line: &Line) -> Markup {
    let mut class = String::new();
    for (applies, name) in [(line.align == Align::Center, "c"), (line.bold, "b"), (line.tall, "t")] {
        if applies {
            class.push_str(name);
            class.push(' ');
        }
    }
    markup! {
        p class=[Some(class.trim_end()).filter(|class| !class.is_empty())] {
            // An empty line has a height too.
            span { (if line.left.is_empty() && line.right.is_empty() { "\u{a0}" } else { &line.left }) }
            @if !line.right.is_empty() { span { (line.right) } }
        }
    }
}

/// Height of a line, a tall line, a rule and a QR code, in hundredths of a millimeter; the style has them too.
const LINE: usize = 325;
const TALL_LINE: usize = 450;
const RULE: usize = 225;
const QR: usize = 3_200;
/// White at both ends together.
const ENDS: usize = 600;

/// How long the printed page is, in hundredths of a millimeter: browsers do not cut a page where its text ends.
fn length(page: &Page) -> usize {
    let blocks = page.blocks.iter().map(|block| match block {
        Block::Line(line) if line.tall => TALL_LINE,
        Block::Line(_) => LINE,
        Block::Rule => RULE,
        Block::Qr(_) => QR,
        Block::OpenDrawer | Block::Cut => 0,
    });
    blocks.sum::<usize>() + ENDS
}

/// The width of the paper and of what can be printed on it.
fn millimeters(width: Width) -> (i64, i64) {
    match width {
        Width::Columns32 => (58, 48),
        Width::Columns48 => (80, 72),
    }
}

/// The columns fill the printable width. A letter is 0.6 em wide. Who reads on a phone does not print, and chooses no paper.
fn style(page: &Page) -> String {
    let (paper, print) = millimeters(page.width);
    let length = length(page);
    let (whole, part) = (length / 100, length % 100);
    format!(
        "@page{{size:{paper}mm {whole}.{part:02}mm;margin:0}}\
         *{{box-sizing:border-box;margin:0;padding:0}}\
         body{{background:#fff;color:#000;font:2.5mm/3.25mm ui-monospace,'DejaVu Sans Mono','Liberation Mono',monospace}}\
         main{{width:{print}mm;margin:0 auto;padding:2mm 0}}\
         p{{display:flex;justify-content:space-between;white-space:pre;height:3.25mm}}\
         .c{{justify-content:center}}.b{{font-weight:bold}}.t{{height:4.5mm;line-height:4.5mm}}\
         hr{{border:0;border-top:.25mm dashed #000;margin:1mm 0}}\
         svg{{display:block;width:30mm;height:30mm;margin:1mm auto}}\
         nav{{display:none}}\
         @media screen and (min-width:600px){{nav{{display:block;text-align:center;font:4mm/10mm sans-serif;padding-bottom:4mm}}\
         nav a{{color:inherit;padding:2mm}}nav [aria-current]{{font-weight:bold;text-decoration:none}}}}\
         @media screen{{body{{background:#eee}}main{{background:#fff;width:{paper}mm;padding:4mm calc(({paper}mm - {print}mm)/2);\
         margin:4mm auto;zoom:1.4}}}}"
    )
}

/// A QR code, black on white. Nothing if the text is too long for one.
fn qr(text: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return markup! {} };
    let (width, side) = (code.width(), code.width() + 2 * QUIET);
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let path: String = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET)).collect();
    markup! {
        svg viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(text) shape-rendering="crispEdges" {
            path fill="#fff" d={ "M0 0h" (side) "v" (side) "H0z" } {}
            path fill="#000" d=(path) {}
        }
    }
}
