//! Words that people search for in lists of head office. Latin letters match in both cases, as `lower` of both database
//! engines has it.

use web::{ApiError, Code, Problem};

/// Maximum length of a search, in characters.
const MAX_CHARS: usize = 100;

/// The words in lower case, without blanks around them; none if nothing is searched for.
///
/// # Errors
/// 422 `invalid_query`.
pub(crate) fn words(q: Option<&str>) -> Result<Option<String>, ApiError> {
    let q = q.unwrap_or_default().trim();
    if let Some(control) = q.chars().find(|c| c.is_control()) {
        let character = format!("U+{:04X}", u32::from(control));
        return Err(Code::InvalidQuery.field("q", Problem::ControlCharacter.with("character", character)));
    }
    if q.chars().count() > MAX_CHARS {
        return Err(Code::InvalidQuery.field("q", Problem::TooLong.with("most", 100)));
    }
    Ok(Some(q.to_ascii_lowercase()).filter(|words| !words.is_empty()))
}

/// Whether a text has these words, which are in lower case.
pub(crate) fn has(text: &str, words: &str) -> bool {
    text.to_ascii_lowercase().contains(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_in_both_cases_and_blank_ones_match_everything() {
        let words = |q: &str| words(Some(q)).map_err(|refused| refused.code());
        assert_eq!(words(" Kopi SUSU "), Ok(Some("kopi susu".to_owned())));
        assert_eq!((words(" "), words("")), (Ok(None), Ok(None)));
        assert_eq!((words("a\0b"), words(&"x".repeat(101))), (Err("invalid_query"), Err("invalid_query")));
        assert!(has("Es KOPI susu", "kopi susu") && !has("Es Kopi", "kopi susu"));
    }
}
