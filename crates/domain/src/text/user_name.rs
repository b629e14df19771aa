//! User names that cannot be confused, and keys by which people would consider two texts the same.

use unicode_normalization::UnicodeNormalization;
use unicode_security::{MixedScript, skeleton};

use super::{Rule, TextRefused, USER_NAME};

/// Checks a normalized user name: letters of one alphabet, none that only looks like an ASCII letter.
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

/// The user name to look up at log-in, as stored. Case and spaces matter, the Unicode form of a letter does not. `None`
/// if no user can have this name.
#[must_use]
pub fn log_in_name(typed: &str) -> Option<String> {
    let name: String = typed.nfkc().collect();
    (Rule::clean(USER_NAME, &name).as_deref() == Ok(name.as_str())).then_some(name)
}

/// Key for user names that look alike: ignores case, accents and spacing.
#[must_use]
pub fn look_alike_key(name: &str) -> String {
    let plain: String = name.nfkd().filter(|&c| !is_accent(c)).collect();
    text_key(&plain)
}

/// Key for names and codes: ignores case, wide letters and the number of spaces.
#[must_use]
pub fn text_key(text: &str) -> String {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Key for phone numbers: only digits; 0812… and +62 812… are the same (Indonesia).
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
