//! Visible characters of a text, and escaping for terminals.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
const ZERO_WIDTH_JOINER: char = '\u{200D}';
const ENCLOSING_KEYCAP: char = '\u{20E3}';

/// The first character that is invalid in any text: an invisible one, or one that changes the text direction.
///
/// Joiners and variation selectors are allowed where scripts and emoji need them: inside a text, after a character that
/// is not a plain letter.
pub(super) fn first_invisible(text: &str) -> Option<char> {
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        if is_invisible(c) && !may_join(before, c, after) {
            return Some(c);
        }
        before = Some(c);
    }
    None
}

/// Escapes a text for a terminal or a log: replaces control characters, except those in `keep`, and characters that change
/// the direction of the text with the form `\u001b`. JSON stays valid and keeps its content.
#[must_use]
pub fn escaped<'t>(text: &'t str, keep: &[char]) -> Cow<'t, str> {
    let needs_escape = |c: char| (c.is_control() || changes_direction(c)) && !keep.contains(&c);
    if !text.contains(needs_escape) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if needs_escape(c) {
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

fn changes_direction(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether the text has a visible character.
pub(super) fn has_visible(text: &str) -> bool {
    text.chars().any(|c| {
        let group = c.general_category_group();
        let shows = !matches!(
            group,
            GeneralCategoryGroup::Mark | GeneralCategoryGroup::Separator | GeneralCategoryGroup::Other
        );
        let unknown = matches!(c.general_category(), GeneralCategory::Unassigned | GeneralCategory::PrivateUse);
        (shows || unknown) && !is_invisible(c)
    })
}

/// Unicode's Default_Ignorable_Code_Point, other format characters, noncharacters, and a blank that is not a space.
fn is_invisible(c: char) -> bool {
    let code = u32::from(c);
    c.general_category() == GeneralCategory::Format
        || is_joiner(c)
        || code & 0xFFFE == 0xFFFE
        || matches!(
            code,
            0x034F
                | 0x115F..=0x1160
                | 0x17B4..=0x17B5
                | 0x180B..=0x180F
                | 0x2065
                | 0x2800
                | 0x3164
                | 0xFDD0..=0xFDEF
                | 0xFFA0
                | 0xFFF0..=0xFFFB
                | 0xE0000..=0xE0FFF
        )
}

fn is_joiner(c: char) -> bool {
    matches!(c, ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER) || is_variation_selector(c)
}

fn is_variation_selector(c: char) -> bool {
    ('\u{FE00}'..='\u{FE0F}').contains(&c)
}

fn may_join(before: Option<char>, c: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    let joins = !before.is_ascii()
        && !before.is_whitespace()
        && (!is_invisible(before) || is_variation_selector(before))
        && !matches!(before.script(), Script::Latin | Script::Greek | Script::Cyrillic);
    if is_variation_selector(c) {
        let keycap = matches!(before, '0'..='9' | '#' | '*') && after == Some(ENCLOSING_KEYCAP);
        return keycap || (joins && !is_variation_selector(before));
    }
    // A joiner without effect would allow two texts that look the same.
    is_joiner(c) && joins && after.is_some_and(|after| !after.is_ascii() && !is_invisible(after))
}
