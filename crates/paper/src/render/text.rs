//! Pages as plain text.

use crate::page::{Block, Page};

/// The page as lines of text. A QR code becomes its text, broken into lines.
#[must_use]
pub fn text(page: &Page) -> String {
    let columns = page.width.columns();
    let mut text = String::new();
    for block in &page.blocks {
        match block {
            Block::Line(line) => text.push_str(&line.to_text(columns)),
            Block::Rule => text.push_str(&"-".repeat(columns)),
            Block::Qr(content) => {
                let characters: Vec<char> = content.chars().collect();
                let lines: Vec<String> = characters.chunks(columns).map(|line| line.iter().collect()).collect();
                text.push_str(&lines.join("\n"));
            }
            Block::OpenDrawer | Block::Cut => continue,
        }
        text.push('\n');
    }
    text
}
