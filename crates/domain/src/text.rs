//! Rules for all texts from people or other programs: names, codes, phone numbers, notes.
//!
//! Each kind of text has a [`Rule`], a named constant. Inputs of new text call [`Rule::clean`], which normalizes the
//! text or returns why it is invalid; it never drops characters silently. Inputs of existing rows (sync, import,
//! snapshots) call [`Rule::check`], which rejects only what is invalid everywhere and changes nothing.
//!
//! Normalized means: Unicode NFC, no space at either end, every kind of space is U+0020, every line end is `\n`. Always
//! invalid: control characters, invisible characters, characters that change the text direction, and texts without
//! visible characters. Tabs and line ends are invalid in one-line texts and allowed in longer ones.
//!
//! Not included: whether a text is required (a missing optional text is never checked) and whether it must be unique.

mod rule;
mod user_name;
mod visible;

pub use rule::{Form, Rule};
pub use user_name::{log_in_name, look_alike_key, phone_key, text_key};
pub use visible::escaped;

use thiserror::Error;

/// The name of a category, a charge, a customer or a person.
pub const NAME: Rule = Rule::line(100);
/// The name of a product, also on receipts.
pub const PRODUCT_NAME: Rule = Rule::line(200);
/// The name of a variant, a modifier group or an option.
pub const CHOICE_NAME: Rule = Rule::line(100);
/// The id of an option, a variant or a group.
pub const CHOICE_ID: Rule = Rule::line(64);
/// The name of a table.
pub const TABLE_NAME: Rule = Rule::line(20);
/// The area of a table.
pub const AREA: Rule = Rule::line(50);
/// The shop's code for a product.
pub const CODE: Rule = Rule::line(50);
/// A barcode.
pub const BARCODE: Rule = Rule { form: Form::Barcode, max_chars: 50 };
/// The unit of a quantity, such as kg.
pub const UNIT: Rule = Rule::line(10);
/// The item code that a scale prints into barcodes.
pub const SCALE_CODE: Rule = Rule { form: Form::Barcode, max_chars: 10 };
/// A phone number.
pub const PHONE: Rule = Rule { form: Form::Phone, max_chars: 30 };
/// An e-mail address.
pub const EMAIL: Rule = Rule { form: Form::Email, max_chars: 200 };
/// A note from or for the staff.
pub const NOTE: Rule = Rule::lines(500);
/// The reason of an action.
pub const REASON: Rule = Rule::lines(200);
/// The reference of a payment at a bank or wallet.
pub const REFERENCE: Rule = Rule::line(60);
/// An address on receipts.
pub const ADDRESS: Rule = Rule::lines(300);
/// The last lines of receipts.
pub const RECEIPT_FOOTER: Rule = Rule::lines(500);
/// A tax number (NPWP or NPWPD).
pub const TAX_NUMBER: Rule = Rule::line(50);
/// The code of a merchant.
pub const QRIS: Rule = Rule::line(512);
/// The title of an announcement.
pub const TITLE: Rule = Rule::line(200);
/// The body of an announcement.
pub const ANNOUNCEMENT: Rule = Rule::lines(5_000);
/// The name or address of a printer in the network.
pub const HOST: Rule = Rule { form: Form::Host, max_chars: 253 };
/// The address of a page.
pub const URL: Rule = Rule::line(200);
/// A user name for log-in.
pub const USER_NAME: Rule = Rule { form: Form::UserName, max_chars: 50 };

/// Why a text is invalid. The message continues the field's name: "'name' must not be empty".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextRefused {
    /// Blank.
    #[error("must not be empty")]
    Empty,
    /// No visible characters.
    #[error("must contain visible characters")]
    NothingVisible,
    /// Too long.
    #[error("is too long: at most {0} characters")]
    TooLong(usize),
    /// A tab or a line end in a one-line text.
    #[error("must be one line: no tabs, no line ends")]
    NotOneLine,
    /// A control character.
    #[error("must not contain control characters (U+{0:04X})")]
    Control(u32),
    /// An invisible character, or one that changes the text direction.
    #[error("must not contain invisible characters (U+{0:04X}); type it again instead of pasting it")]
    Invisible(u32),
    /// Letters of several alphabets.
    #[error("must not mix letters of different alphabets")]
    MixedAlphabets,
    /// Letters that look like ASCII letters.
    #[error("must not contain letters that only look like plain ones")]
    LooksLikeOther,
    /// Not a barcode.
    #[error("must contain only letters, digits and signs that a barcode can encode")]
    NotBarcode,
    /// Not a phone number.
    #[error("must be a phone number: digits, and spaces or + - ( ) . / between them")]
    NotPhone,
    /// Not a host name or an IP address.
    #[error("must be the address of a machine, like 192.168.1.50 or printer-1.local")]
    NotHost,
    /// Not an e-mail address.
    #[error("must be an e-mail address, like rina@example.com")]
    NotEmail,
}

/// A count with its noun: `1 pending change`, `2 pending changes`.
#[must_use]
pub fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests;
