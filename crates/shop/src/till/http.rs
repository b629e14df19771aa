//! The till's copy of the catalog over HTTP.

use access::permission::Sell;
use access::session::Actor;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, Code, Problem, Query, Success, gzip};

use crate::changes::{self, CatalogVersion};
use crate::till::{TillCatalog, catalog};

/// The copy that a till has.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TillCatalogQuery {
    /// `version` of the till's copy: the answer then has only what changed since, unless that is unknown.
    since: Option<String>,
}

/// Returns everything that a till needs for selling: whole, or only what changed since a version.
///
/// The `ETag` is the version: a request with `If-None-Match` is answered 304 as long as nothing has changed. The answer is
/// compressed if the till accepts gzip.
#[utoipa::path(get, path = "/api/v1/till/catalog", tag = "catalog",
    params(TillCatalogQuery, ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the last answer")),
    responses(
    (status = 200, body = Success<TillCatalog>),
    (status = 304, description = "Nothing has changed since the version in `If-None-Match`")))]
pub async fn get_till_catalog(
    actor: Actor<Sell>,
    headers: HeaderMap,
    Query(query): Query<TillCatalogQuery>,
) -> Result<Response, ApiError> {
    let since = query.since.as_deref().map(parse).transpose()?;
    let known = headers.get(header::IF_NONE_MATCH).cloned();
    let gzipped = gzip::is_accepted(&headers);
    let (etag, body) = actor
        .read(move |tx| {
            let etag = format!("W/\"{}\"", changes::version(tx)?);
            if known.is_some_and(|known| known == etag) {
                return Ok::<_, ApiError>((etag, None));
            }
            // Serialized and compressed here, off the tasks that serve connections.
            let body = serde_json::to_vec(&Success::new(catalog(tx, since.as_ref())?)).map_err(|error| {
                tracing::error!(%error, "the catalog cannot be serialized");
                ApiError::internal()
            })?;
            let compressed = if gzipped { gzip::compressed(&body) } else { None };
            Ok((etag, Some((compressed.is_some(), compressed.unwrap_or(body)))))
        })
        .await?;
    let mut response = match body {
        None => StatusCode::NOT_MODIFIED.into_response(),
        Some((is_compressed, body)) => {
            let mut response = Body::from(body).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            if is_compressed {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}

fn parse(since: &str) -> Result<CatalogVersion, ApiError> {
    since.parse().map_err(|()| Code::InvalidQuery.field("since", Problem::NotAVersion))
}
