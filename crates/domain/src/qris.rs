//! QRIS: checks a merchant's static code and makes a code with an amount from it.
//!
//! A code is EMVCo's list of fields: two digits of id, two of length, the value. Texts inside a name can look like fields, so
//! nothing is replaced in the text: it is parsed, changed and written again.

use thiserror::Error;

use crate::Money;
use crate::string_enum::string_enum;

mod crc;

/// Bank Indonesia's limit of one payment.
pub const MOST: Money = Money(10_000_000);
/// Characters of the longest code.
const MAX_CHARS: usize = 512;
/// Name of the national scheme.
const SCHEME: &str = "ID.CO.QRIS.WWW";

mod id {
    pub(super) const INITIATION: u8 = 1;
    pub(super) const NATIONAL: u8 = 51;
    pub(super) const CURRENCY: u8 = 53;
    pub(super) const AMOUNT: u8 = 54;
    /// Whether the guest adds a tip, and how much.
    pub(super) const TIPS: std::ops::RangeInclusive<u8> = 55..=57;
    pub(super) const COUNTRY: u8 = 58;
    pub(super) const NAME: u8 = 59;
    pub(super) const CITY: u8 = 60;
    pub(super) const CRC: u8 = 63;
    /// Accounts of the merchant at acquirers, and at the national scheme.
    pub(super) const ACCOUNTS: std::ops::RangeInclusive<u8> = 26..=51;
    /// The scheme of an account.
    pub(super) const SCHEME: u8 = 0;
    pub(super) const NMID: u8 = 2;
}

/// Why a text is not the static code of a merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QrisRefused {
    /// It does not begin as a code for payments.
    #[error("it is not a QRIS code")]
    NotQris,
    /// A field is cut off, or its length is wrong.
    #[error("it is incomplete")]
    Incomplete,
    /// The check value is wrong.
    #[error("its check value is wrong")]
    WrongCrc,
    /// Something follows the check value, such as another code.
    #[error("it is followed by more text")]
    MoreThanOne,
    /// A field occurs twice.
    #[error("a field occurs twice")]
    Repeated,
    /// It is longer than a code can be.
    #[error("it is too long")]
    TooLong,
    /// It has no account of a merchant, or no name.
    #[error("it names no merchant")]
    NoMerchant,
    /// It is not in rupiah, or not of Indonesia.
    #[error("it is not for rupiah in Indonesia")]
    Foreign,
    /// It has an amount: one customer can pay it, once.
    #[error("it is the code of one payment")]
    HasAmount,
}

/// The amount is not positive, or above [`MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a payment is 1 to {most} rupiah", most = MOST.0)]
pub struct AmountNotAllowed;

/// How an amount is put into a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QrisMode {
    /// As a code for one payment, with the amount.
    Amount12,
    /// As a code for many payments, with the amount. For acquirers that refuse the former.
    Amount11,
    /// Without: the guest types the amount.
    Static,
}

string_enum!(QrisMode { Amount12: "amount_12", Amount11: "amount_11", Static: "static" });

/// A field of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    id: u8,
    value: String,
}

/// The static code of a merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qris {
    /// All but the check value, in the sequence of the code.
    fields: Vec<Field>,
}

/// Whom a code pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// As the guest's app shows it.
    pub name: String,
    /// City; empty if the code has none.
    pub city: String,
    /// National id of the merchant, if the code has one.
    pub nmid: Option<String>,
}

impl Qris {
    /// Reads a static code. White space around it is ignored.
    ///
    /// # Errors
    /// [`QrisRefused`].
    pub fn parse(text: &str) -> Result<Self, QrisRefused> {
        let text = text.trim();
        if text.chars().count() > MAX_CHARS {
            return Err(QrisRefused::TooLong);
        }
        if !text.starts_with("000201") {
            return Err(QrisRefused::NotQris);
        }
        let mut fields = fields(text, Count::Chars).or_else(|_| fields(text, Count::Bytes))?;
        let crc = fields.pop().filter(|last| last.id == id::CRC).ok_or(QrisRefused::Incomplete)?;
        // The check value covers its own id and length.
        let (checked, value) = text.split_at(text.len().saturating_sub(crc.value.len()));
        if value.len() != 4 || !crc::text(checked).eq_ignore_ascii_case(value) {
            return Err(QrisRefused::WrongCrc);
        }
        let code = Self { fields };
        code.check()?;
        Ok(code)
    }

    fn check(&self) -> Result<(), QrisRefused> {
        let is_repeated = |at: usize| self.fields[..at].iter().any(|one| one.id == self.fields[at].id);
        if (0..self.fields.len()).any(is_repeated) {
            return Err(QrisRefused::Repeated);
        }
        if self.get(id::CURRENCY) != Some("360") || self.get(id::COUNTRY).is_none_or(|country| country != "ID") {
            return Err(QrisRefused::Foreign);
        }
        let has_account = self.fields.iter().any(|field| id::ACCOUNTS.contains(&field.id));
        if !has_account || self.get(id::NAME).is_none_or(|name| name.trim().is_empty()) {
            return Err(QrisRefused::NoMerchant);
        }
        // A static code may carry an amount that somebody left in it; it is replaced. A code for one payment expires.
        if self.get(id::INITIATION) == Some("12") {
            return Err(QrisRefused::HasAmount);
        }
        Ok(())
    }

    fn get(&self, id: u8) -> Option<&str> {
        self.fields.iter().find(|field| field.id == id).map(|field| field.value.as_str())
    }

    /// Whom it pays.
    #[must_use]
    pub fn merchant(&self) -> Merchant {
        let national = self.get(id::NATIONAL).and_then(|account| fields(account, Count::Chars).ok());
        let nmid = national.filter(|fields| value(fields, id::SCHEME) == Some(SCHEME));
        Merchant {
            name: self.get(id::NAME).unwrap_or_default().trim().to_owned(),
            city: self.get(id::CITY).unwrap_or_default().trim().to_owned(),
            nmid: nmid.and_then(|fields| value(&fields, id::NMID).map(ToOwned::to_owned)),
        }
    }

    /// Whether it asks the guest for a tip or a fee. Codes with an amount leave this out: the guest pays the bill.
    #[must_use]
    pub fn asks_for_tip(&self) -> bool {
        self.fields.iter().any(|field| id::TIPS.contains(&field.id))
    }

    /// What surrounds the amount in codes of payments.
    #[must_use]
    pub fn template(&self, mode: QrisMode) -> Template {
        let initiation =
            Field { id: id::INITIATION, value: if mode == QrisMode::Amount12 { "12" } else { "11" }.to_owned() };
        let left_out = |id: u8| id == id::INITIATION || id == id::AMOUNT || id::TIPS.contains(&id);
        let mut fields: Vec<_> = self.fields.iter().filter(|field| !left_out(field.id)).collect();
        // The first field is the format.
        fields.insert(1.min(fields.len()), &initiation);
        let split = fields.iter().position(|field| field.id == id::CURRENCY).map_or(fields.len(), |at| at + 1);
        let (head, tail) = fields.split_at(split);
        Template { head: write(head), tail: write(tail), has_amount: mode != QrisMode::Static }
    }

    /// The code for a payment.
    ///
    /// # Errors
    /// [`AmountNotAllowed`].
    pub fn payment(&self, amount: Money, mode: QrisMode) -> Result<String, AmountNotAllowed> {
        self.template(mode).payment(amount)
    }
}

/// What surrounds the amount in codes of payments. A till makes the code from it, also while no server is reachable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The fields up to the currency.
    pub head: String,
    /// The fields after the amount, without the check value.
    pub tail: String,
    /// Whether the code has the amount.
    pub has_amount: bool,
}

impl Template {
    /// The code for a payment.
    ///
    /// # Errors
    /// [`AmountNotAllowed`].
    pub fn payment(&self, amount: Money) -> Result<String, AmountNotAllowed> {
        if !(1..=MOST.0).contains(&amount.0) {
            return Err(AmountNotAllowed);
        }
        let amount = Field { id: id::AMOUNT, value: amount.0.to_string() };
        let amount = if self.has_amount { write(&[&amount]) } else { String::new() };
        let text = format!("{}{amount}{}{:02}04", self.head, self.tail, id::CRC);
        let crc = crc::text(&text);
        Ok(text + &crc)
    }
}

fn value(fields: &[Field], id: u8) -> Option<&str> {
    fields.iter().find(|field| field.id == id).map(|field| field.value.as_str())
}

/// What the lengths of a code count. They differ only if a name has letters beyond ASCII, and makers of codes disagree.
#[derive(Debug, Clone, Copy)]
enum Count {
    Chars,
    Bytes,
}

impl Count {
    /// The first `length` of a text, and the rest.
    fn split(self, text: &str, length: usize) -> Option<(&str, &str)> {
        let at = match self {
            Self::Bytes => length,
            Self::Chars => {
                let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
                ends.nth(length)?
            }
        };
        text.split_at_checked(at)
    }
}

/// The fields of a text, up to and with its check value.
fn fields(text: &str, count: Count) -> Result<Vec<Field>, QrisRefused> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if found.last().is_some_and(|last: &Field| last.id == id::CRC) {
            return Err(QrisRefused::MoreThanOne);
        }
        let (head, after) = Count::Bytes.split(rest, 4).ok_or(QrisRefused::Incomplete)?;
        let (id, length) = head.split_at_checked(2).ok_or(QrisRefused::Incomplete)?;
        let (value, after) = count.split(after, number(length)?.into()).ok_or(QrisRefused::Incomplete)?;
        found.push(Field { id: number(id)?, value: value.to_owned() });
        rest = after;
    }
    Ok(found)
}

/// Two digits.
fn number(text: &str) -> Result<u8, QrisRefused> {
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or(QrisRefused::Incomplete)
}

fn write(fields: &[&Field]) -> String {
    fields.iter().map(|Field { id, value }| format!("{id:02}{:02}{value}", value.chars().count())).collect()
}

#[cfg(test)]
mod tests;
