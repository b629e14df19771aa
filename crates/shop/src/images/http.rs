//! Images of products over HTTP. All logged-in users can read them; managers and admins can change them.

use access::permission::EditCatalog;
use access::session::Actor;
use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::image::{ImageType, MAX_BYTES};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::bodies::body_error;
use web::reply::Done;
use web::{ApiError, Code, Notice, Path, Query, Success};

use crate::catalog::product::{self, Product};
use crate::images::{self, Image};

/// For the API description.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
struct ImageFile(#[expect(dead_code, reason = "only described")] Vec<u8>);

/// The requested version of an image.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ImageQuery {
    /// `image` of the product. If it is the current one, the answer can be stored forever.
    v: Option<String>,
}

/// The limit of the route that receives images.
pub fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_BYTES)
}

/// Sets the image of a product: WebP, PNG or JPEG, at most 256 KiB and 2048 × 2048 pixels. The till shows it as a square.
#[utoipa::path(put, path = "/api/v1/products/{id}/image", tag = "catalog",
    params(("id" = String, Path)),
    request_body(content = ImageFile, content_type = "image/webp", description = "Or `image/png`, `image/jpeg`"),
    responses(
    (status = 200, body = Success<Product>), (status = 404, description = "`not_found`"),
    (status = 415, description = "`unsupported_media_type`: send `Content-Type: image/webp`, `image/png` or `image/jpeg`"),
    (status = 422, description = "`invalid_image`: another type than sent, damaged, or too many pixels")))]
pub async fn put_product_image(
    actor: Actor<EditCatalog>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Success<Product>, ApiError> {
    let body = body.map_err(|e| body_error(&e))?;
    // Before the image is checked, so that an ended session learns nothing else.
    let product_id = id.clone();
    actor.read(move |tx| product::get(tx, &product_id)).await?;
    let sent_as = headers.get(header::CONTENT_TYPE).and_then(|sent_as| sent_as.to_str().ok());
    let sent_as = sent_as.and_then(|sent_as| ImageType::parse(&sent_as.trim().to_ascii_lowercase()));
    let image = Image::check(&body, sent_as.ok_or_else(|| Code::UnsupportedMediaType.because("image"))?)?;
    actor.edit(move |tx, _| images::set(tx, &id, &image)).await.map(Success::new)
}

/// What a browser may do with an image that it opens as a page: nothing.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// Pages of other sites cannot embed it.
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");

/// Returns the image of a product.
#[utoipa::path(get, path = "/api/v1/products/{id}/image", tag = "catalog",
    params(("id" = String, Path), ImageQuery, ("If-None-Match" = Option<String>, Header)),
    responses(
    (status = 200, description = "The image", content((ImageFile = "image/webp"), (ImageFile = "image/png"), (ImageFile = "image/jpeg"))),
    (status = 304, description = "It is the image in `If-None-Match`"),
    (status = 404, description = "`not_found`: the product has no image")))]
pub async fn get_product_image(
    actor: Actor,
    Path(id): Path<String>,
    Query(query): Query<ImageQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let image = actor.read(move |tx| images::get(tx, &id)).await?;
    let etag = format!("\"{}\"", image.hash);
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == etag);
    let is_current = query.v.is_some_and(|version| version == image.hash);
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Body::from(image.bytes).into_response();
        let media_type = HeaderValue::from_static(image.image_type.as_str());
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    };
    let stored = if is_current { "private, max-age=31536000, immutable" } else { "private, no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(stored));
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), SAME_ORIGIN);
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}

/// Removes the image of a product.
#[utoipa::path(delete, path = "/api/v1/products/{id}/image", tag = "catalog",
    params(("id" = String, Path)), responses(
    (status = 200, body = Done), (status = 404, description = "`not_found`: the product has no image")))]
pub async fn delete_product_image(actor: Actor<EditCatalog>, Path(id): Path<String>) -> Result<Done, ApiError> {
    actor.edit(move |tx, _| images::delete(tx, &id)).await?;
    Ok(Done::of(Notice::Deleted.with("reason", "product_image")))
}
