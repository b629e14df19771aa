//! Images of products over HTTP. All logged-in users can read them; managers and admins can change them.

use access::permission::EditCatalog;
use access::session::Actor;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use web::image::{Image, ImageFile, ImageQuery};
use web::reply::Done;
use web::{ApiError, Notice, Path, Query, Success};

use crate::catalog::product::{self, Product};
use crate::images;

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
    // First, so that an ended session learns nothing else.
    let product_id = id.clone();
    actor.read(move |tx| product::get(tx, &product_id)).await?;
    let image = Image::received(&headers, body)?;
    actor.edit(move |tx, user| images::set(tx, user.into(), &id, &image)).await.map(Success::new)
}

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
    Ok(image.answer(&query, &headers))
}

/// Removes the image of a product.
#[utoipa::path(delete, path = "/api/v1/products/{id}/image", tag = "catalog",
    params(("id" = String, Path)), responses(
    (status = 200, body = Done), (status = 404, description = "`not_found`: the product has no image")))]
pub async fn delete_product_image(actor: Actor<EditCatalog>, Path(id): Path<String>) -> Result<Done, ApiError> {
    actor.edit(move |tx, user| images::delete(tx, user.into(), &id)).await?;
    Ok(Done::of(Notice::Deleted.with("reason", "product_image")))
}
