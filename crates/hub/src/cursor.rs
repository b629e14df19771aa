//! Cursors of lists: opaque text that names the last entry of a page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use web::extract::invalid_cursor;
use web::{ApiError, List};

/// The keys of a cursor.
pub(crate) fn read<const N: usize>(cursor: &str) -> Result<[String; N], ApiError> {
    let keys = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|json| serde_json::from_slice::<Vec<String>>(&json).ok());
    keys.and_then(|keys| keys.try_into().ok()).ok_or_else(invalid_cursor)
}

/// A key that is a number.
pub(crate) fn number(key: &str) -> Result<i64, ApiError> {
    key.parse().map_err(|_| invalid_cursor())
}

/// A page of at most `limit` from a query for one more; with a cursor to the last entry if there are more.
pub(crate) fn page<T, const N: usize>(mut found: Vec<T>, limit: i64, keys: impl Fn(&T) -> [String; N]) -> List<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more).map(|last| text(&keys(last)));
    List::new(found, last)
}

/// The cursor with these keys.
pub(crate) fn text(keys: &[String]) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(keys).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_a_refusal(text: String, json in "\\[(\"[a-z]{0,3}\",?|[0-9],?|null){0,4}\\]?") {
            for text in [text, URL_SAFE_NO_PAD.encode(json)] {
                match read::<2>(&text) {
                    Ok(keys) => prop_assert_eq!(read::<2>(&written(&keys)).unwrap(), keys),
                    Err(refused) => prop_assert_eq!(refused.code(), "invalid_cursor"),
                }
            }
        }

        #[test]
        fn keys_survive_their_cursor(keys: [String; 3]) {
            prop_assert_eq!(read::<3>(&written(&keys)).unwrap(), keys);
        }
    }

    fn written<const N: usize>(keys: &[String; N]) -> String {
        page(vec![(), ()], 1, |()| keys.clone()).next_cursor.unwrap()
    }

    fn page_of(found: &[&str], limit: i64) -> (Vec<String>, Option<[String; 1]>) {
        let found = found.iter().map(|&text| text.to_owned()).collect();
        let List { data, next_cursor, .. } = page(found, limit, |text: &String| [text.clone()]);
        (data, next_cursor.map(|cursor| read(&cursor).unwrap()))
    }

    #[test]
    fn a_page_that_is_just_full_is_the_last_one() {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        assert_eq!(page_of(&[], 2), (vec![], None));
        assert_eq!(page_of(&["a", "b"], 2), (texts(&["a", "b"]), None));
        assert_eq!(page_of(&["a", "b", "c"], 2), (texts(&["a", "b"]), Some(["b".to_owned()])));
    }

    #[test]
    fn a_cursor_holds_as_many_keys_as_its_list() {
        let one = page(vec!['a', 'b'], 1, |key| [key.to_string(), "ü\"".to_owned()]).next_cursor.unwrap();
        assert_eq!(read(&one).unwrap(), ["a".to_owned(), "ü\"".to_owned()]);
        assert_eq!(read::<1>(&one).unwrap_err().code(), "invalid_cursor");
        assert_eq!(read::<3>(&one).unwrap_err().code(), "invalid_cursor");
    }
}
