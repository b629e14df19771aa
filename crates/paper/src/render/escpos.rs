//! Pages as ESC/POS bytes, the language of receipt printers.
//!
//! Only commands that printers of all makers know: `ESC @`, `ESC t`, `ESC E`, `GS !`, `ESC p`, `GS ( k`, `GS V`. Lines are
//! padded with spaces, so no printer has to align them.

use crate::page::{Block, Line, Page};

/// Lines that are fed before the paper ends, so that the last one is above the cutter.
const FEED_LINES: u8 = 4;

const RESET: &[u8] = b"\x1b@";
const OPEN_DRAWER: &[u8] = b"\x1bp\x00\x19\xfa";
/// Feeds to the cutter and cuts, except for one point.
const CUT: &[u8] = b"\x1dV\x42\x00";
/// Longest text of a QR code: what the largest one holds, at level M.
const MAX_QR: usize = 2_331;

/// The page as bytes for a printer.
#[must_use]
pub fn escpos(page: &Page) -> Vec<u8> {
    let mut bytes = RESET.to_vec();
    if let Some(code_page) = page.charset.number() {
        bytes.extend([0x1b, b't', code_page]);
    }
    let mut has_paper = false;
    for block in &page.blocks {
        has_paper |= *block != Block::OpenDrawer;
        match block {
            Block::Line(line) => write_line(&mut bytes, page, line),
            Block::Rule => {
                bytes.extend(std::iter::repeat_n(b'-', page.width.columns()));
                bytes.push(b'\n');
            }
            Block::Qr(text) => write_qr(&mut bytes, text.as_bytes()),
            Block::OpenDrawer => bytes.extend(OPEN_DRAWER),
            Block::Cut => {}
        }
    }
    if has_paper {
        bytes.extend([0x1b, b'd', FEED_LINES]);
    }
    if page.blocks.contains(&Block::Cut) {
        bytes.extend(CUT);
    }
    bytes
}

fn write_line(bytes: &mut Vec<u8>, page: &Page, line: &Line) {
    if line.bold {
        bytes.extend(b"\x1bE\x01");
    }
    if line.tall {
        bytes.extend(b"\x1d!\x01");
    }
    let text = line.to_text(page.width.columns());
    // The layout has replaced what the printer lacks.
    bytes.extend(text.chars().map(|character| page.charset.byte(character).unwrap_or(b'?')));
    bytes.push(b'\n');
    if line.tall {
        bytes.extend(b"\x1d!\x00");
    }
    if line.bold {
        bytes.extend(b"\x1bE\x00");
    }
}

/// A QR code, in the middle: model 2, dots of 6, level M. A text that is too long is left out.
fn write_qr(bytes: &mut Vec<u8>, text: &[u8]) {
    if text.is_empty() || text.len() > MAX_QR {
        return;
    }
    bytes.extend(b"\x1ba\x01");
    bytes.extend(b"\x1d(k\x04\x001A2\x00");
    bytes.extend(b"\x1d(k\x03\x001C\x06");
    bytes.extend(b"\x1d(k\x03\x001E1");
    let length = u16::try_from(text.len() + 3).unwrap_or(u16::MAX).to_le_bytes();
    bytes.extend(b"\x1d(k");
    bytes.extend(length);
    bytes.extend(b"1P0");
    bytes.extend(text);
    bytes.extend(b"\x1d(k\x03\x001Q0");
    bytes.extend(b"\x1ba\x00\n");
}
