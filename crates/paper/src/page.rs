//! The text model: lines of a page, already wrapped to the columns of the paper.

use unicode_width::UnicodeWidthStr;

use crate::charset::Charset;

/// The columns of a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 58 mm.
    Columns32,
    /// 80 mm.
    Columns48,
}

impl Width {
    /// The width with this number of columns.
    #[must_use]
    pub fn of(columns: i64) -> Option<Width> {
        match columns {
            32 => Some(Width::Columns32),
            48 => Some(Width::Columns48),
            _ => None,
        }
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(self) -> usize {
        match self {
            Width::Columns32 => 32,
            Width::Columns48 => 48,
        }
    }
}

/// Where a line without an amount stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
}

/// A line of text, with an amount at the right edge or without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub left: String,
    /// The amount at the right edge; empty: none.
    pub right: String,
    /// Where the text stands, if there is no amount.
    pub align: Align,
    /// Whether it is bold.
    pub bold: bool,
    /// Whether it is twice as high.
    pub tall: bool,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A line of text.
    Line(Line),
    /// A line across the paper.
    Rule,
    /// A QR code of a text.
    Qr(String),
    /// Opens the cash drawer at the printer.
    OpenDrawer,
    /// Cuts the paper.
    Cut,
}

/// A page: blocks from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The columns of the paper.
    pub width: Width,
    /// Its characters.
    pub charset: Charset,
    /// From top to bottom.
    pub blocks: Vec<Block>,
}

/// How a line looks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Style {
    pub align: Align,
    pub bold: bool,
    pub tall: bool,
}

impl Style {
    pub(crate) const PLAIN: Style = Style { align: Align::Left, bold: false, tall: false };
    pub(crate) const BOLD: Style = Style { bold: true, ..Style::PLAIN };
    pub(crate) const CENTER: Style = Style { align: Align::Center, ..Style::PLAIN };
    pub(crate) const TITLE: Style = Style { align: Align::Center, bold: true, tall: true };
    pub(crate) const LARGE: Style = Style { align: Align::Left, bold: true, tall: true };
}

/// The fewest columns that the text beside an amount gets; with fewer, the amount has a line of its own.
const LEAST_LEFT: usize = 12;

impl Page {
    pub(crate) fn new(width: Width, charset: Charset) -> Page {
        Page { width, charset, blocks: Vec::new() }
    }

    /// Adds a text; line ends in it begin new lines.
    pub(crate) fn text(&mut self, style: Style, text: &str) {
        for part in text.lines() {
            self.indented(style, "", part);
        }
    }

    /// Adds a text behind `indent`, under which its further lines stand.
    pub(crate) fn indented(&mut self, style: Style, indent: &str, text: &str) {
        let text = self.charset.printable(text);
        let columns = self.width.columns() - indent.width();
        for (at, part) in wrap(&text, columns).into_iter().enumerate() {
            let indent = if at == 0 { indent.to_owned() } else { " ".repeat(indent.width()) };
            self.line(style, indent + &part, String::new());
        }
    }

    /// Adds a text with an amount at the right edge of its last line. The amount is never broken. Spaces before the text
    /// indent all its lines.
    pub(crate) fn amount(&mut self, style: Style, text: &str, amount: &str) {
        let indent = " ".repeat(text.len() - text.trim_start_matches(' ').len());
        let text = self.charset.printable(text.trim_start_matches(' '));
        let columns = self.width.columns() - indent.width();
        let left = columns.saturating_sub(amount.width() + 1);
        let fits_beside = left >= LEAST_LEFT || text.width() <= left;
        let lines = wrap(&text, if fits_beside { left } else { columns });
        let mut lines: Vec<String> = lines.into_iter().map(|line| indent.clone() + &line).collect();
        if !fits_beside {
            lines.push(String::new());
        }
        let last = lines.pop().unwrap_or_default();
        for line in lines {
            self.line(style, line, String::new());
        }
        self.line(style, last, amount.to_owned());
    }

    pub(crate) fn rule(&mut self) {
        self.blocks.push(Block::Rule);
    }

    pub(crate) fn blank(&mut self) {
        self.line(Style::PLAIN, String::new(), String::new());
    }

    fn line(&mut self, style: Style, left: String, right: String) {
        let Style { align, bold, tall } = style;
        self.blocks.push(Block::Line(Line { left, right, align, bold, tall }));
    }
}

impl Line {
    /// The line as text of at most `columns` columns, without spaces at the end.
    #[must_use]
    pub fn to_text(&self, columns: usize) -> String {
        let (left, right) = (self.left.width(), self.right.width());
        if !self.right.is_empty() {
            return format!("{}{}{}", self.left, " ".repeat(columns.saturating_sub(left + right)), self.right);
        }
        match self.align {
            Align::Left => self.left.trim_end().to_owned(),
            Align::Center => format!("{}{}", " ".repeat(columns.saturating_sub(left) / 2), self.left),
        }
    }
}

/// Breaks a text into lines of at most `columns` columns, between words; a longer word is broken. At least one line.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.width() + 1 + word.width() <= columns {
            line.push(' ');
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            line.push(character);
            if line.width() > columns && line.chars().nth(1).is_some() {
                line.pop();
                lines.push(std::mem::replace(&mut line, character.to_string()));
            }
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_between_words_and_a_long_word_inside() {
        assert_eq!(wrap("Nasi Goreng Kampung Pedas", 12), ["Nasi Goreng", "Kampung", "Pedas"]);
        assert_eq!(wrap("https://a.example/r/xyz", 10), ["https://a.", "example/r/", "xyz"]);
        assert_eq!(wrap("  ", 12), [""]);
        assert_eq!(wrap("咖啡咖啡", 4), ["咖啡", "咖啡"]);
    }

    #[test]
    fn an_amount_stands_at_the_right_edge_and_is_never_broken() {
        let mut page = Page::new(Width::Columns32, Charset::Ascii);
        page.amount(Style::PLAIN, "Total", "92.400");
        page.amount(Style::PLAIN, "Nasi Goreng Kampung Extra Pedas Sekali", "32.000");
        page.amount(Style::PLAIN, "Saldo akhir", "-9.223.372.036.854.775.808");
        let lines: Vec<_> = page
            .blocks
            .iter()
            .map(|block| match block {
                Block::Line(line) => line.to_text(32),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            lines,
            [
                "Total                     92.400",
                "Nasi Goreng Kampung Extra",
                "Pedas Sekali              32.000",
                "Saldo akhir",
                "      -9.223.372.036.854.775.808",
            ]
        );
    }
}
