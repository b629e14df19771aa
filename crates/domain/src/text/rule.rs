//! A rule for one kind of text, with two operations: `clean` for new text, `check` for existing rows.

use std::net::IpAddr;

use unicode_normalization::UnicodeNormalization;

use super::{TextRefused, user_name, visible};

/// The format of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One line: no tabs, no line ends.
    Line,
    /// Any number of lines, with tabs.
    Lines,
    /// ASCII that a barcode can encode; wide digits and letters are converted.
    Barcode,
    /// Digits and common separators; wide digits are converted.
    Phone,
    /// One @, the part after it in lower case.
    Email,
    /// The name or the address of a machine in the network.
    Host,
    /// One line of letters of one alphabet; wide letters are converted, case is preserved.
    UserName,
}

/// A kind of text: its format and maximum length, in characters (Unicode scalar values) of the normalized text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The format.
    pub form: Form,
    /// The maximum length.
    pub max_chars: usize,
}

impl Rule {
    pub(super) const fn line(max_chars: usize) -> Rule {
        Rule { form: Form::Line, max_chars }
    }

    pub(super) const fn lines(max_chars: usize) -> Rule {
        Rule { form: Form::Lines, max_chars }
    }

    /// Normalizes a new text, or returns why it is invalid.
    pub fn clean(self, text: &str) -> Result<String, TextRefused> {
        let text = self.normalized(text);
        self.check_text(&text)?;
        match self.form {
            Form::Line | Form::Lines => {}
            Form::Barcode if text.bytes().all(|b| matches!(b, b' '..=b'~')) => {}
            Form::Barcode => return Err(TextRefused::NotBarcode),
            Form::Phone if is_phone(&text) => {}
            Form::Phone => return Err(TextRefused::NotPhone),
            Form::Email => return email(text),
            Form::Host if is_host(&text) => {}
            Form::Host => return Err(TextRefused::NotHost),
            Form::UserName => user_name::check(&text)?,
        }
        Ok(text)
    }

    /// Checks a text of an existing row. Accepts texts that are not normalized, and barcodes, phone numbers, e-mail
    /// addresses and user names that would be invalid as new input.
    pub fn check(self, text: &str) -> Result<(), TextRefused> {
        self.check_text(&self.normalized(text))
    }

    fn check_text(self, text: &str) -> Result<(), TextRefused> {
        if text.is_empty() {
            return Err(TextRefused::Empty);
        }
        if text.chars().count() > self.max_chars {
            return Err(TextRefused::TooLong(self.max_chars));
        }
        let many_lines = self.form == Form::Lines;
        if !many_lines && text.contains(is_line_end_or_tab) {
            return Err(TextRefused::NotOneLine);
        }
        if let Some(c) = text.chars().find(|&c| c.is_control() && !(many_lines && matches!(c, '\n' | '\t'))) {
            return Err(TextRefused::Control(c.into()));
        }
        if let Some(c) = visible::first_invisible(text) {
            return Err(TextRefused::Invisible(c.into()));
        }
        if !visible::has_visible(text) {
            return Err(TextRefused::NothingVisible);
        }
        Ok(())
    }

    fn normalized(self, text: &str) -> String {
        let composed: String = match self.form {
            Form::Line | Form::Lines | Form::Email => text.nfc().collect(),
            Form::Barcode | Form::Phone | Form::Host | Form::UserName => text.nfkc().collect(),
        };
        let lines =
            if self.form == Form::Lines { composed.replace("\r\n", "\n").replace(is_line_end, "\n") } else { composed };
        let spaced: String = lines.chars().map(|c| if is_space(c) { ' ' } else { c }).collect();
        spaced.trim().to_owned()
    }
}

/// Every line end except `\n`.
fn is_line_end(c: char) -> bool {
    matches!(c, '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_line_end_or_tab(c: char) -> bool {
    is_line_end(c) || matches!(c, '\n' | '\t')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() && !is_line_end_or_tab(c)
}

fn is_phone(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'+' | b'-' | b'(' | b')' | b'.' | b'/'))
}

/// A host name or an IP address, without port and without brackets.
fn is_host(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
        || text.split('.').all(|label| {
            let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            !label.is_empty() && label.len() <= 63 && label.bytes().all(inside) && !label.starts_with('-')
        })
}

fn email(text: String) -> Result<String, TextRefused> {
    match text.split_once('@') {
        Some((person, domain))
            if !person.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !text.contains(char::is_whitespace) =>
        {
            Ok(format!("{person}@{}", domain.to_lowercase()))
        }
        _ => Err(TextRefused::NotEmail),
    }
}
