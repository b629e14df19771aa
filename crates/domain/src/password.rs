//! Passwords of head office: which somebody may choose.
//!
//! Nothing here keeps, returns or prints a password; hashing is the hub's.

use thiserror::Error;

/// Characters of a password, at least.
pub const MIN_CHARS: usize = 10;
/// Different characters in it, at least.
const MIN_DIFFERENT: usize = 5;

/// What passwords are made of that are guessed first, with any digits and signs around it.
const GUESSED_FIRST: &[&str] = &[
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
/// The same, as they are.
const WHOLE: &[&str] = &["1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc", "q1w2e3r4t5", "abc123abc123", "0123456789a"];

/// Why a text cannot be a password. It does not carry the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordRefused {
    /// Too short.
    #[error("a password has at least {MIN_CHARS} characters")]
    TooShort,
    /// The user name, perhaps with digits around it.
    #[error("a password is not the user name")]
    UserName,
    /// Among the first guesses.
    #[error(
        "a password is not a few characters repeated, not digits or letters in a row, and not a word such as \
         'password' with digits around it"
    )]
    TooEasy,
}

/// Whether the user of this name may choose this password.
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
    let guessed = GUESSED_FIRST.iter().any(|word| repeats(&core, word)) || WHOLE.contains(&lower.as_str());
    if different.len() < MIN_DIFFERENT || goes_in_a_row(&lower) || guessed {
        return Err(PasswordRefused::TooEasy);
    }
    Ok(())
}

/// What is left without digits and signs at both ends, with letters for what is written in their place.
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

/// Whether a text is nothing but this word, once or more often.
fn repeats(text: &str, word: &str) -> bool {
    !text.is_empty() && text.replace(word, "").is_empty()
}

/// Whether each character follows the one before in the alphabet or among the digits, upwards or downwards.
fn goes_in_a_row(text: &str) -> bool {
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
    fn short_passwords_user_names_and_first_guesses_are_refused() {
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
    fn a_refusal_does_not_tell_the_password() {
        let refused = check_password("hunter2", "boss").unwrap_err();
        assert!(!format!("{refused:?} {refused}").contains("hunter2"));
    }
}
