//! Query parameters: each at most once, in the described form, and no unknown ones.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::BusinessDate;
use domain::text::Rule;
use jiff::Span;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

use super::param::Param;
use crate::{ApiError, Code, Problem};

/// Query parameters; 422 if they are not valid.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let pairs = pairs(parts.uri.query().unwrap_or_default())?;
        let read = MapDeserializer::new(pairs.into_iter().map(|(name, text)| (name, Param(text))));
        let read = serde_path_to_error::deserialize(read);
        read.map(Self).map_err(|error| {
            let name = error.path().to_string();
            error.into_inner().refusal(Code::InvalidQuery, &name)
        })
    }
}

/// `limit` of a list: 1 to 500. Default: 50.
///
/// # Errors
/// 422 `invalid_query`.
pub fn page_size(limit: Option<i64>) -> Result<i64, ApiError> {
    match limit.unwrap_or(50) {
        limit @ 1..=500 => Ok(limit),
        _ => Err(Code::InvalidQuery.field("limit", Problem::NotBetween.with("least", 1).with("most", 500))),
    }
}

/// Checks the days of a report, both ends included: at most a year.
///
/// # Errors
/// 422 `invalid_query` or `period_too_long`.
pub fn check_period(from: BusinessDate, to: BusinessDate) -> Result<(), ApiError> {
    if from > to {
        return Err(Code::InvalidQuery.field("from", Problem::NotBefore.with("other", "to")));
    }
    let last = from.date().checked_add(Span::new().years(1)).unwrap_or(Date::MAX);
    if to.date() > last { Err(Code::PeriodTooLong.because("year")) } else { Ok(()) }
}

/// A parameter that selects rows by text, in the stored form of such texts; blank counts as absent.
///
/// # Errors
/// 422 `invalid_query`.
pub fn filter(name: &str, text: Option<&str>, rule: Rule) -> Result<Option<String>, ApiError> {
    let clean = |text| rule.clean(text).map_err(|refused| Code::InvalidQuery.field(name, refused));
    text.filter(|text| !text.trim().is_empty()).map(clean).transpose()
}

/// The decoded parameters, each once.
fn pairs(query: &str) -> Result<Vec<(String, String)>, ApiError> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        if name.contains('\u{FFFD}') || text.contains('\u{FFFD}') {
            return Err(Code::InvalidQuery.field(name, Problem::NotUtf8));
        }
        if pairs.iter().any(|(other, _)| *other == name) {
            return Err(Code::InvalidQuery.field(name, Problem::Repeated));
        }
        pairs.push((name.into_owned(), text.into_owned()));
    }
    Ok(pairs)
}

/// The query parameters of each operation, by method and route.
pub(crate) type KnownParameters = Arc<HashMap<(&'static str, String), Vec<String>>>;

/// Requests of outlets, whose program may be newer than the hub's: unknown parameters are ignored.
const OUTLETS: &str = "/v1/outlets/";
/// Pages for guests: apps that pass links on add parameters of their own.
const GUESTS: &str = "/r/";

/// The parameters of all operations in the description except those of outlets.
pub(crate) fn known_parameters(api: &OpenApi) -> KnownParameters {
    let mut known = HashMap::new();
    for (route, path) in
        api.paths.paths.iter().filter(|(route, _)| ![OUTLETS, GUESTS].iter().any(|of| route.starts_with(of)))
    {
        for (method, operation) in [
            ("GET", &path.get),
            ("PUT", &path.put),
            ("POST", &path.post),
            ("PATCH", &path.patch),
            ("DELETE", &path.delete),
        ] {
            if let Some(operation) = operation {
                known.insert((method, route.clone()), of(operation));
            }
        }
    }
    Arc::new(known)
}

fn of(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    parameters.filter(|p| p.parameter_in == ParameterIn::Query).map(|p| p.name.clone()).collect()
}

/// Rejects parameters that the route's description does not name, even if its handler reads none.
pub(crate) async fn refuse_unknown(State(known): State<KnownParameters>, request: Request, next: Next) -> Response {
    if let (Some(query), Some(route)) = (request.uri().query(), request.extensions().get::<MatchedPath>()) {
        let operation = known.iter().find(|((method, path), _)| *method == request.method() && path == route.as_str());
        if let Some((_, names)) = operation
            && let Err(refused) = check(query, names)
        {
            return refused.into_response();
        }
    }
    next.run(request).await
}

fn check(query: &str, names: &[String]) -> Result<(), ApiError> {
    match pairs(query)?.iter().find(|(name, _)| !names.contains(name)) {
        None => Ok(()),
        Some((name, _)) => Err(Code::InvalidQuery.field(name, Problem::unknown(names))),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde::Deserialize;

    use super::*;
    use crate::messages::Language;

    #[derive(Debug, PartialEq, Deserialize)]
    struct PageQuery {
        limit: Option<i64>,
        cursor: Option<String>,
        wait: Option<bool>,
    }

    async fn read(query: &str) -> Result<PageQuery, ApiError> {
        let (mut parts, ()) = Request::get(format!("/list?{query}")).body(()).unwrap().into_parts();
        Query::from_request_parts(&mut parts, &()).await.map(|Query(page)| page)
    }

    #[tokio::test]
    async fn a_parameter_occurs_once_and_has_its_type() {
        let page = read("limit=5&cursor=a%20b+c&wait=true").await.unwrap();
        assert_eq!(page, PageQuery { limit: Some(5), cursor: Some("a b c".into()), wait: Some(true) });
        for query in [
            "limit=",
            "limit=abc",
            "limit=1.5",
            "limit=%2B1",
            "limit=+1",
            "wait=yes",
            "wait=1",
            "limit=1&limit=2",
            "cursor=%FF",
        ] {
            let refused = read(query).await.unwrap_err();
            assert_eq!((refused.status().as_u16(), refused.code()), (422, "invalid_query"), "{query}");
        }
        assert_eq!(
            read("limit=abc").await.unwrap_err().message(),
            "The query is not valid: 'limit' must be a whole number, not 'abc'."
        );
    }

    #[tokio::test]
    async fn an_invalid_date_is_refused_in_the_language_of_the_reader() {
        #[derive(Debug, Deserialize)]
        struct Days {
            #[expect(dead_code, reason = "only its type matters")]
            from: domain::BusinessDate,
        }
        let (mut parts, ()) = Request::get("/list?from=kemarin").body(()).unwrap().into_parts();
        let refused = Query::<Days>::from_request_parts(&mut parts, &()).await.unwrap_err();
        assert_eq!(
            refused.message_in(Language::English),
            "The query is not valid: 'from' must be a date as YYYY-MM-DD."
        );
        let indonesian = refused.message_in(Language::Indonesian);
        assert_eq!(indonesian, "Parameter alamat tidak benar: 'from' harus tanggal, misalnya 2026-11-22.");
    }

    #[test]
    fn a_limit_out_of_range_is_rejected() {
        assert_eq!([None, Some(1), Some(500)].map(|limit| page_size(limit).ok()), [Some(50), Some(1), Some(500)]);
        for limit in [0, -1, 501, i64::MAX] {
            assert_eq!(page_size(Some(limit)).unwrap_err().code(), "invalid_query");
        }
    }

    #[test]
    fn an_unknown_query_parameter_is_rejected() {
        let names = ["limit".to_owned()];
        assert!(check("", &names).is_ok() && check("limit=1", &names).is_ok());
        assert_eq!(
            check("limt=1", &names).unwrap_err().message(),
            "The query is not valid: 'limt' is unknown here; known: limit."
        );
        assert_eq!(
            check("x=1", &[]).unwrap_err().message(),
            "The query is not valid: 'x' is unknown here; leave it out."
        );
    }
}
