//! User names that nobody can mistake for each other, and keys by which texts are the same for people.

use unicode_normalization::UnicodeNormalization;
use unicode_security::{MixedScript, skeleton};

use super::{Rule, TextRefused, USER_NAME};

/// Whether a name in its one form can be a user name: letters of one alphabet, none that passes for a plain one.
pub(super) fn check(name: &str) -> Result<(), TextRefused> {
    if !name.is_single_script() {
        return Err(TextRefused::MixedAlphabets);
    }
    let key = look_alike_key(name);
    if !key.is_ascii() && skeleton(&key).all(|c| c.is_ascii()) {
        return Err(TextRefused::LooksLikeOther);
    }
    Ok(())
}

/// What a log-in looks up: a user name as it is stored. Capitals and spaces count, the way a letter was typed does not.
/// `None` for what no user can be named.
#[must_use]
pub fn log_in_name(typed: &str) -> Option<String> {
    let name: String = typed.nfkc().collect();
    (Rule::clean(USER_NAME, &name).as_deref() == Ok(name.as_str())).then_some(name)
}

/// Two users whose names have one key would be taken for each other: capitals, accents and spaces do not count.
#[must_use]
pub fn look_alike_key(name: &str) -> String {
    let plain: String = name.nfkd().filter(|&c| !is_accent(c)).collect();
    text_key(&plain)
}

/// Two names or codes with one key are the same for people: capitals, wide letters and how many spaces do not count.
#[must_use]
pub fn text_key(text: &str) -> String {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Two phone numbers with one key ring at the same place: only digits count; 0812… and +62 812… are one (Indonesia).
#[must_use]
pub fn phone_key(phone: &str) -> String {
    let digits: String = phone.nfkc().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix('0') {
        Some(rest) if !rest.starts_with('0') => format!("62{rest}"),
        _ => digits,
    }
}

fn is_accent(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}
