//! The language of an answer, from the request's `Accept-Language`.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// A language of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// The default if a request accepts no known language, and the language of logs.
    #[default]
    English,
    /// Bahasa Indonesia.
    Indonesian,
}

tokio::task_local! {
    static OF_REQUEST: Language;
}

impl Language {
    /// All.
    pub const ALL: [Self; 2] = [Self::English, Self::Indonesian];

    /// The language tag in `Content-Language` and in the catalogs.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Indonesian => "id",
        }
    }

    /// The language of the current request; English outside of requests.
    #[must_use]
    pub fn of_request() -> Self {
        OF_REQUEST.try_with(|language| *language).unwrap_or_default()
    }

    /// Runs `work` with this language as the language of the request; a spawned task does not inherit it.
    pub fn within<W: Future>(self, work: W) -> impl Future<Output = W::Output> {
        OF_REQUEST.scope(self, work)
    }

    /// The known language with the highest weight in these headers; the first of equals (RFC 9110, 12.5.4).
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
        let mut best = (0, Self::default());
        for range in values.flat_map(|value| value.split(',')) {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let (Some(language), Some(weight)) = (Self::of_tag(tag.trim()), thousandths(weight.trim())) else {
                continue;
            };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The language of a POSIX locale, for example `id_ID.UTF-8`; `None` for other languages.
    #[must_use]
    pub fn of_locale(locale: &str) -> Option<Self> {
        Self::of_tag(locale.split(['_', '.', '@']).next()?)
    }

    /// `id`, `id-ID`, `in` (Indonesian before 1989, which old Android still sends), `en-US`, `*`.
    fn of_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "id" | "in" => Some(Self::Indonesian),
            "en" | "*" => Some(Self::English),
            _ => None,
        }
    }
}

/// `q=0.5` as 500; `None` if it is not a weight.
fn thousandths(weight: &str) -> Option<u32> {
    let digits = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?;
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if part.len() > 3 {
        return None;
    }
    let weight = whole.parse::<u32>().ok()?.checked_mul(1_000)? + format!("{part:0<3}").parse::<u32>().ok()?;
    (weight <= 1_000).then_some(weight)
}

/// Marks a response that is the same in every language, such as a file: caches need not distinguish.
#[derive(Debug, Clone, Copy)]
pub struct LanguageNeutral;

/// Answers in the language that the request accepts.
pub(crate) async fn in_language(request: Request, next: Next) -> Response {
    let language = Language::accepted(request.headers());
    let mut response = language.within(next.run(request)).await;
    if response.extensions().get::<LanguageNeutral>().is_none() {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-language"));
    }
    response
}

/// Sets `Content-Language`.
pub(crate) fn name_language(language: Language, response: &mut Response) {
    response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(values: &[&str]) -> &'static str {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT_LANGUAGE, HeaderValue::from_str(value).unwrap());
        }
        Language::accepted(&headers).tag()
    }

    #[test]
    fn the_known_language_with_the_highest_weight_is_chosen() {
        for (value, expected) in [
            ("id", "id"),
            ("ID-id", "id"),
            ("in", "id"),
            ("id-ID,en;q=0.5", "id"),
            ("en;q=0.5, id;q=0.8", "id"),
            ("id;q=0.5,en", "en"),
            ("id;q=0,en;q=0.001", "en"),
            ("jv,su;q=0.9,id;q=0.1", "id"),
            ("en,id", "en"),
            ("id,en", "id"),
            ("*;q=0.5,id;q=0.4", "en"),
        ] {
            assert_eq!(accepted(&[value]), expected, "{value}");
        }
        assert_eq!(accepted(&["fr", "id;q=0.3"]), "id");
    }

    #[test]
    fn english_is_the_default_if_no_known_language_is_accepted() {
        assert_eq!(accepted(&[]), "en");
        for value in ["", "*", "fr", "id;q=0", "id;q=2", "id;q=0.0001", "id;q=x", "id;v=1", "-", ";;,", "id;q=1;q=1"] {
            assert_eq!(accepted(&[value]), "en", "{value}");
        }
    }

    #[test]
    fn a_locale_names_its_language() {
        for locale in ["id_ID.UTF-8", "id", "id_ID@euro", "in_ID"] {
            assert_eq!(Language::of_locale(locale), Some(Language::Indonesian), "{locale}");
        }
        assert_eq!(Language::of_locale("en_US.UTF-8"), Some(Language::English));
        for locale in ["C", "C.UTF-8", "POSIX", "jv_ID.UTF-8", ""] {
            assert_eq!(Language::of_locale(locale), None, "{locale}");
        }
    }

    #[tokio::test]
    async fn work_has_the_language_of_its_request_and_english_outside_of_one() {
        assert_eq!(Language::of_request(), Language::English);
        OF_REQUEST
            .scope(Language::Indonesian, async { assert_eq!(Language::of_request(), Language::Indonesian) })
            .await;
    }
}
