//! The form of every text that people or other programs bring: names, codes, phone numbers, notes.
//!
//! Each kind of text has one [`Rule`] here, a named constant. A door that takes new text calls [`Rule::clean`]: the text
//! comes out in its one form, or is refused with a sentence; nothing is dropped without a word. A door that takes rows
//! made elsewhere (sync, import, snapshots) calls [`Rule::check`]: it refuses what no door may take and changes nothing.
//!
//! One form means: Unicode NFC, no space at either end, every kind of space is U+0020, every line end is `\n`.
//! Refused everywhere: control characters, characters that cannot be seen or that turn the direction of the text, and
//! texts without anything to see. Tabs and line ends are refused in one-line texts and allowed in longer ones.
//!
//! Left out: whether a text must be there (an absent optional text is never checked) and whether it is unique.

mod rule;
mod user_name;
mod visible;

pub use rule::{Form, Rule};
pub use user_name::{log_in_name, look_alike_key, phone_key, text_key};
pub use visible::escaped;

use thiserror::Error;

/// A category, a charge, a customer or a person.
pub const NAME: Rule = Rule::line(100);
/// A product, also on receipts.
pub const PRODUCT_NAME: Rule = Rule::line(200);
/// A variant, a modifier group or an option.
pub const CHOICE_NAME: Rule = Rule::line(100);
/// An option, a variant or a group, by its id.
pub const CHOICE_ID: Rule = Rule::line(64);
/// A table.
pub const TABLE_NAME: Rule = Rule::line(20);
/// Where a table stands.
pub const AREA: Rule = Rule::line(50);
/// The shop's name for a product.
pub const CODE: Rule = Rule::line(50);
/// What a scanner reads.
pub const BARCODE: Rule = Rule { form: Form::Barcode, max_chars: 50 };
/// A phone number.
pub const PHONE: Rule = Rule { form: Form::Phone, max_chars: 30 };
/// An e-mail address.
pub const EMAIL: Rule = Rule { form: Form::Email, max_chars: 200 };
/// A note of or for the staff.
pub const NOTE: Rule = Rule::lines(500);
/// Why something was done.
pub const REASON: Rule = Rule::lines(200);
/// An address on receipts.
pub const ADDRESS: Rule = Rule::lines(300);
/// What receipts end with.
pub const RECEIPT_FOOTER: Rule = Rule::lines(500);
/// NPWP or NPWPD.
pub const TAX_NUMBER: Rule = Rule::line(50);
/// An announcement in a few words.
pub const TITLE: Rule = Rule::line(200);
/// An announcement in full.
pub const ANNOUNCEMENT: Rule = Rule::lines(5_000);
/// What a user logs in with.
pub const USER_NAME: Rule = Rule { form: Form::UserName, max_chars: 50 };

/// Why a text is not taken. The words follow the text's name: "'name' must not be empty".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextRefused {
    /// Blank, or nothing in it can be seen.
    #[error("must not be empty")]
    Empty,
    /// Nothing in it can be seen.
    #[error("must have something that can be seen")]
    NothingVisible,
    /// Too long.
    #[error("is too long: at most {0} characters")]
    TooLong(usize),
    /// A tab or a line end in a text of one line.
    #[error("must be one line: no tabs, no line ends")]
    NotOneLine,
    /// A control character.
    #[error("must not have control characters (U+{0:04X})")]
    Control(u32),
    /// A character that cannot be seen, or that turns the direction of the text.
    #[error("must not have invisible characters (U+{0:04X}); type it again instead of pasting it")]
    Invisible(u32),
    /// Letters of several alphabets.
    #[error("must not mix letters of different alphabets")]
    MixedAlphabets,
    /// Letters that look like plain ones.
    #[error("must not have letters that look like plain ones but are others")]
    LooksLikeOther,
    /// No barcode.
    #[error("must have only letters, digits and signs that a barcode can hold")]
    NotBarcode,
    /// No phone number.
    #[error("must be a phone number: digits, and spaces or + - ( ) . / between them")]
    NotPhone,
    /// No e-mail address.
    #[error("must be an e-mail address, like rina@example.com")]
    NotEmail,
}

/// A count with the words for one and for any other number: `1 change waits`, `2 changes wait`.
#[must_use]
pub fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests;
