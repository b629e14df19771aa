//! Rules for passwords of hub users.
//!
//! Nothing here stores, returns or prints a password; the hub hashes them.

use thiserror::Error;

/// Minimum characters of a password.
pub const MIN_CHARS: usize = 10;
/// Minimum number of different characters.
const MIN_DIFFERENT: usize = 5;

/// Common passwords, rejected with any digits and symbols around them.
const COMMON_WORDS: &[&str] = &[
    "admin",
    "administrator",
    "asdfghjkl",
    "bismillah",
    "changeme",
    "default",
    "dragon",
    "football",
    "gerai",
    "iloveyou",
    "indonesia",
    "jakarta",
    "kasir",
    "katasandi",
    "letmein",
    "monkey",
    "passwd",
    "password",
    "passwort",
    "pointofsale",
    "princess",
    "qwerty",
    "qwertyuiop",
    "qwertz",
    "rahasia",
    "sandi",
    "sayang",
    "secret",
    "selamatdatang",
    "superman",
    "superuser",
    "trustno",
    "welcome",
    "zxcvbnm",
];
/// Common passwords, rejected as a whole.
const COMMON_PASSWORDS: &[&str] =
    &["1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc", "q1w2e3r4t5", "abc123abc123", "0123456789a"];

/// Why a text is not a valid password. It does not contain the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordRefused {
    /// Too short.
    #[error("a password must have at least {MIN_CHARS} characters")]
    TooShort,
    /// The user name, possibly with digits around it.
    #[error("a password must not be the user name")]
    UserName,
    /// Too easy to guess.
    #[error(
        "a password must not be a few repeated characters, a sequence, or a common word such as 'password' with \
         digits around it"
    )]
    TooEasy,
}

/// Checks a new password of this user.
///
/// # Errors
/// [`PasswordRefused`].
pub fn check_password(password: &str, username: &str) -> Result<(), PasswordRefused> {
    if password.chars().count() < MIN_CHARS {
        return Err(PasswordRefused::TooShort);
    }
    let lower = password.to_lowercase();
    let core = core(&lower);
    let name = username.to_lowercase();
    if !name.is_empty() && [core.as_str(), lower.trim()].into_iter().any(|text| repeats(text, &name)) {
        return Err(PasswordRefused::UserName);
    }
    let mut different: Vec<_> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    let is_common = COMMON_WORDS.iter().any(|word| repeats(&core, word)) || COMMON_PASSWORDS.contains(&lower.as_str());
    if different.len() < MIN_DIFFERENT || is_sequence(&lower) || is_common {
        return Err(PasswordRefused::TooEasy);
    }
    Ok(())
}

/// The text without digits and symbols at both ends, with look-alike characters replaced by letters.
fn core(lower: &str) -> String {
    let letters = lower.trim_matches(|c: char| !c.is_alphabetic()).chars();
    let plain = letters.map(|c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        other => other,
    });
    plain.collect()
}

/// Whether a text consists only of repetitions of this word.
fn repeats(text: &str, word: &str) -> bool {
    !text.is_empty() && text.replace(word, "").is_empty()
}

/// Whether each character follows its predecessor in the alphabet or among the digits, ascending or descending.
fn is_sequence(text: &str) -> bool {
    let step = |up: bool| {
        let follows = |(before, after): (char, char)| match (before, after) {
            ('9', '0') => up,
            ('0', '9') => !up,
            (before, after) if up => u32::from(before) + 1 == u32::from(after),
            (before, after) => u32::from(after) + 1 == u32::from(before),
        };
        text.chars().zip(text.chars().skip(1)).all(follows)
    };
    step(true) || step(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_unguessable_password_is_accepted() {
        for password in
            ["Correct-Horse-9", "a-password-of-mine", "kata-sandi-saya", "secret-secret", "日本語のながいことば"]
        {
            assert_eq!(check_password(password, "boss"), Ok(()), "{password}");
        }
    }

    #[test]
    fn short_passwords_user_names_and_common_ones_are_rejected() {
        for password in ["", "a", "rahasia", "123456789", "Kj8!xQ2#p"] {
            assert_eq!(check_password(password, "boss"), Err(PasswordRefused::TooShort), "{password}");
        }
        for (password, username) in [
            ("head.office", "head.office"),
            ("Boss123456", "boss"),
            ("BOSSBOSSBOSS", "boss"),
            ("2026boss2026", "Boss"),
            ("user1234567890", "user1234567890"),
        ] {
            assert_eq!(check_password(password, username), Err(PasswordRefused::UserName), "{password}");
        }
        for password in [
            "aaaaaaaaaa",
            "          ",
            "1212121212",
            "abababababab",
            "1234567890",
            "12345678901234",
            "9876543210",
            "0987654321",
            "abcdefghij",
            "password123",
            "Password2026!",
            "P@ssw0rd123",
            "passwordpassword",
            "qwerty123456",
            "qwertyuiop",
            "rahasia12345",
            "admin12345",
            "1q2w3e4r5t",
        ] {
            assert_eq!(check_password(password, "boss"), Err(PasswordRefused::TooEasy), "{password}");
        }
    }

    #[test]
    fn an_error_does_not_contain_the_password() {
        let refused = check_password("hunter2", "boss").unwrap_err();
        assert!(!format!("{refused:?} {refused}").contains("hunter2"));
    }
}
