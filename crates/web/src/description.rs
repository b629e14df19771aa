//! What every operation of an API description has in common, from how requests are read: a handler says only what is
//! its own. Every refusal has the same body.
//!
//! A completed description has all that strict validators and client generators ask for: a server, a license, `security`
//! and described responses for each operation, one component for each shape, and no component without a use.

mod components;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ContentBuilder, LicenseBuilder, OpenApi, Ref, RefOr, Response, ServerBuilder};
use utoipa::{PartialSchema, ToSchema};

use crate::api_error::{ErrorBody, FieldError};
use crate::rights::operations;

const UNREADABLE: &str = "`malformed_json`, `unreadable_body`, `invalid_path`: it cannot be read";
const UNAUTHORIZED: &str = "`unauthorized`: no session or key, or one that opens nothing";
const FORBIDDEN: &str = "`forbidden`: not with these rights";
const ELSEWHERE: &str = "`origin_not_allowed`: a page of another site";
const NOT_JSON: &str =
    "`unsupported_media_type`: the body must be `application/json`; `unsupported_encoding`: and not packed";
const OTHER_NAME: &str = "`host_not_allowed`: the server is not reached by this name";
const TOO_LARGE: &str = "`body_too_large`";
const INVALID: &str = "`invalid_body`, `invalid_query`: it does not fit";
const UNAVAILABLE: &str =
    "`database_busy`, `database_replaced`, `overloaded`, `disk_full`, `stopping`: again after `Retry-After`";

/// A token or key in `Authorization: Bearer`, in words.
#[must_use]
pub fn bearer(words: &str) -> SecurityScheme {
    SecurityScheme::Http(Http::builder().scheme(HttpAuthScheme::Bearer).description(Some(words)).build())
}

/// Adds to each operation the statuses that follow from its parameters, body and security, where it does not say them in
/// its own words, and the body to each refusal. `tags` has a sentence for each tag.
#[must_use]
pub fn complete(mut api: OpenApi, tags: &[(&str, &str)]) -> OpenApi {
    api.paths.paths.values_mut().flat_map(operations).for_each(fill_in);
    let schemas = &mut api.components.get_or_insert_default().schemas;
    schemas.insert(ErrorBody::name().into_owned(), ErrorBody::schema());
    schemas.insert(FieldError::name().into_owned(), FieldError::schema());
    let license = || LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build();
    api.info.license.get_or_insert_with(license);
    let here = || vec![ServerBuilder::new().url("/").description(Some("This server")).build()];
    api.servers.get_or_insert_with(here);
    let used: BTreeSet<String> = api
        .paths
        .paths
        .values_mut()
        .flat_map(operations)
        .filter_map(|operation| operation.tags.clone())
        .flatten()
        .collect();
    let described = |name: String| {
        let words = tags.iter().find(|(tag, _)| *tag == name).map(|(_, words)| *words);
        TagBuilder::new().name(name).description(words).build()
    };
    api.tags.get_or_insert_with(|| used.into_iter().map(described).collect());
    components::share(&mut api);
    api
}

fn fill_in(operation: &mut Operation) {
    let has_body = operation.request_body.is_some();
    let is_read = has_body || operation.parameters.is_some();
    let is_closed = operation.security.is_some();
    for (status, applies, description) in [
        ("400", is_read, UNREADABLE),
        ("401", is_closed, UNAUTHORIZED),
        ("403", is_closed && needs_a_right(operation), FORBIDDEN),
        ("403", true, ELSEWHERE),
        ("413", has_body, TOO_LARGE),
        ("415", true, NOT_JSON),
        ("421", true, OTHER_NAME),
        ("422", true, INVALID),
        ("503", is_read || is_closed, UNAVAILABLE),
    ] {
        if applies {
            let response = || RefOr::T(Response::new(description));
            operation.responses.responses.entry(status.to_owned()).or_insert_with(response);
        }
    }
    // No entry means the description's own default to a reader, not "open".
    operation.security.get_or_insert_default();
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            response.description = reason(status);
        }
        if status.starts_with(['4', '5']) && response.content.is_empty() {
            let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorBody::name()))).build();
            response.content.insert("application/json".to_owned(), body.into());
        }
    }
}

/// The words that HTTP has for a status, where a handler says nothing more.
fn reason(status: &str) -> String {
    let status = status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
    status.and_then(|status| status.canonical_reason()).unwrap_or("Answered").to_owned()
}

/// Whether a session alone is not enough: `security` names rights.
fn needs_a_right(operation: &Operation) -> bool {
    let named = serde_json::to_value(&operation.security).unwrap_or_default();
    let schemes =
        named.as_array().into_iter().flatten().filter_map(Value::as_object).flat_map(|scheme| scheme.values());
    schemes.filter_map(Value::as_array).any(|rights| !rights.is_empty())
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::OpenApiBuilder;
    use utoipa::openapi::PathItem;
    use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathsBuilder};
    use utoipa::openapi::request_body::RequestBody;
    use utoipa::openapi::security::SecurityRequirement;

    use super::*;

    /// The statuses that are named for an operation which says 409 itself.
    fn statuses(operation: OperationBuilder) -> Vec<String> {
        let path = PathItem::new(HttpMethod::Post, operation.response("409", Response::new("`taken`")));
        let paths = PathsBuilder::new().path("/things", path);
        let mut api = complete(OpenApiBuilder::new().paths(paths).build(), &[]);
        let operation = api.paths.paths.values_mut().flat_map(operations).next().unwrap();
        assert!(operation.security.is_some(), "an operation that does not say whether it is open");
        let refused = |response: &RefOr<Response>| matches!(response, RefOr::T(r) if !r.content.is_empty());
        assert!(operation.responses.responses.values().all(refused), "a refusal without its body");
        operation.responses.responses.keys().cloned().collect()
    }

    #[test]
    fn common_responses_are_added_to_each_operation() {
        let with_body = || OperationBuilder::new().request_body(Some(RequestBody::new()));
        let session = |rights: &[&str]| SecurityRequirement::new("session", rights.iter().copied());
        assert_eq!(statuses(OperationBuilder::new()), ["403", "409", "415", "421", "422"]);
        assert_eq!(statuses(with_body()), ["400", "403", "409", "413", "415", "421", "422", "503"]);
        assert_eq!(
            statuses(OperationBuilder::new().security(session(&[]))),
            ["401", "403", "409", "415", "421", "422", "503"]
        );
        let of_some = with_body().security(session(&["sell"]));
        assert_eq!(statuses(of_some), ["400", "401", "403", "409", "413", "415", "421", "422", "503"]);
    }
}
