//! A rule for one kind of text, and its two readings: `clean` for new text, `check` for rows made elsewhere.

use unicode_normalization::UnicodeNormalization;

use super::{TextRefused, user_name, visible};

/// What a kind of text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One line: no tabs, no line ends.
    Line,
    /// As many lines as people like, with tabs.
    Lines,
    /// ASCII that a barcode can hold; wide digits and letters become plain ones.
    Barcode,
    /// Digits, and what people write between them; wide digits become plain ones.
    Phone,
    /// One @, the part after it in lower case.
    Email,
    /// One line in letters of one alphabet; wide letters become plain ones, capitals stay.
    UserName,
}

/// A kind of text: its form, and its greatest length in characters (Unicode scalar values) of that form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What it looks like.
    pub form: Form,
    /// The greatest length.
    pub max_chars: usize,
}

impl Rule {
    pub(super) const fn line(max_chars: usize) -> Rule {
        Rule { form: Form::Line, max_chars }
    }

    pub(super) const fn lines(max_chars: usize) -> Rule {
        Rule { form: Form::Lines, max_chars }
    }

    /// A new text in its one form, or why it has none.
    pub fn clean(self, text: &str) -> Result<String, TextRefused> {
        let text = self.in_one_form(text);
        self.check_text(&text)?;
        match self.form {
            Form::Line | Form::Lines => {}
            Form::Barcode if text.bytes().all(|b| matches!(b, b' '..=b'~')) => {}
            Form::Barcode => return Err(TextRefused::NotBarcode),
            Form::Phone if is_phone(&text) => {}
            Form::Phone => return Err(TextRefused::NotPhone),
            Form::Email => return email(text),
            Form::UserName => user_name::check(&text)?,
        }
        Ok(text)
    }

    /// Whether a row made elsewhere may have this text. Not refused: a text that only is not in its one form, or whose
    /// letters would not be taken as a barcode, a phone number, an e-mail address or a user name today.
    pub fn check(self, text: &str) -> Result<(), TextRefused> {
        self.check_text(&self.in_one_form(text))
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

    fn in_one_form(self, text: &str) -> String {
        let composed: String = match self.form {
            Form::Line | Form::Lines | Form::Email => text.nfc().collect(),
            Form::Barcode | Form::Phone | Form::UserName => text.nfkc().collect(),
        };
        let lines =
            if self.form == Form::Lines { composed.replace("\r\n", "\n").replace(is_line_end, "\n") } else { composed };
        let spaced: String = lines.chars().map(|c| if is_space(c) { ' ' } else { c }).collect();
        spaced.trim().to_owned()
    }
}

/// Every line end but `\n` itself, which stays.
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
