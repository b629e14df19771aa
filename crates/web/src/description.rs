//! Completes an API description with what all operations share, from how requests are read; a handler describes only
//! the rest. All errors have the same body.
//!
//! A completed description satisfies strict validators and client generators: a server, a license, `security` and
//! described responses for each operation, one component per shape, and no unused component.

mod components;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ContentBuilder, LicenseBuilder, OpenApi, Ref, RefOr, Response, ServerBuilder};
use utoipa::{PartialSchema, ToSchema};

use crate::api_error::{ErrorBody, FieldError};
use crate::rights::operations;

const UNREADABLE: &str = "`malformed_json`, `unreadable_body`, `invalid_path`: the request cannot be read";
const UNAUTHORIZED: &str = "`unauthorized`: the session or key is missing or invalid";
const FORBIDDEN: &str = "`forbidden`: the user lacks the right";
const FOREIGN_ORIGIN: &str = "`origin_not_allowed`: the page belongs to another site";
const NOT_JSON: &str =
    "`unsupported_media_type`: the body must be `application/json`; `unsupported_encoding`: it must not be compressed";
const OTHER_NAME: &str = "`host_not_allowed`: the server is not reached by this name";
const TOO_LARGE: &str = "`body_too_large`";
const INVALID: &str = "`invalid_body`, `invalid_query`: the values are not valid";
const UNAVAILABLE: &str =
    "`database_busy`, `database_replaced`, `overloaded`, `disk_full`, `stopping`: retry after `Retry-After`";

/// A token or key in `Authorization: Bearer`, with its description.
#[must_use]
pub fn bearer(description: &str) -> SecurityScheme {
    SecurityScheme::Http(Http::builder().scheme(HttpAuthScheme::Bearer).description(Some(description)).build())
}

/// A cookie, with its description.
#[must_use]
pub fn cookie(name: &str, description: &str) -> SecurityScheme {
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(name, description)))
}

/// Adds to each operation the statuses that follow from its parameters, body and security, unless it describes them
/// itself, and the body of each error. `tags` has the description of each tag.
#[must_use]
pub fn complete(mut api: OpenApi, tags: &[(&str, &str)]) -> OpenApi {
    api.paths.paths.values_mut().flat_map(operations).for_each(fill_in);
    let schemas = &mut api.components.get_or_insert_default().schemas;
    schemas.insert(ErrorBody::name().into_owned(), ErrorBody::schema());
    schemas.insert(FieldError::name().into_owned(), FieldError::schema());
    let license = || LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build();
    api.info.license.get_or_insert_with(license);
    let servers = || vec![ServerBuilder::new().url("/").description(Some("This server")).build()];
    api.servers.get_or_insert_with(servers);
    let used: BTreeSet<String> = api
        .paths
        .paths
        .values_mut()
        .flat_map(operations)
        .filter_map(|operation| operation.tags.clone())
        .flatten()
        .collect();
    let described = |name: String| {
        let description = tags.iter().find(|(tag, _)| *tag == name).map(|(_, description)| *description);
        TagBuilder::new().name(name).description(description).build()
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
        ("403", true, FOREIGN_ORIGIN),
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
    // Without an entry, readers assume the description's default, not "public".
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

/// The standard reason of a status, if the handler has no description.
fn reason(status: &str) -> String {
    let status = status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
    status.and_then(|status| status.canonical_reason()).unwrap_or("Answered").to_owned()
}

/// Whether `security` requires rights besides a session.
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

    /// The statuses of an operation that describes 409 itself.
    fn statuses(operation: OperationBuilder) -> Vec<String> {
        let path = PathItem::new(HttpMethod::Post, operation.response("409", Response::new("`taken`")));
        let paths = PathsBuilder::new().path("/things", path);
        let mut api = complete(OpenApiBuilder::new().paths(paths).build(), &[]);
        let operation = api.paths.paths.values_mut().flat_map(operations).next().unwrap();
        assert!(operation.security.is_some(), "every operation declares its security");
        let refused = |response: &RefOr<Response>| matches!(response, RefOr::T(r) if !r.content.is_empty());
        assert!(operation.responses.responses.values().all(refused), "every error has its body");
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
