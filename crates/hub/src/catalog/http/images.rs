//! Images of products: head office's pages set and show them, outlets exchange the files by their hash.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use protocol::images::WantedImages;
use serde::Serialize;
use serde_json::{Map, Value};
use store::{Fault, Store, Tx};
use utoipa::ToSchema;
use web::image::{Image, ImageFile, ImageQuery};
use web::reply::Done;
use web::{ApiError, Code, Notice, Path, Query, Success};

use super::super::kind::text;
use super::super::shapes::shown;
use super::super::{By, Refused, StoredEntity, change, images, in_effect, product};
use super::Body;
use super::chain::Product;
use crate::catalog::head_office::HeadOffice;
use crate::outlets::Caller;
use crate::staff::{Admin, User};

/// Sets the image of a product for all outlets: WebP, PNG or JPEG, at most 256 KiB and 2048 × 2048 pixels.
#[utoipa::path(
    put,
    path = "/v1/hq/products/{id}/image",
    tag = "head office",
    operation_id = "hq_put_product_image",
    params(("id" = String, Path)),
    request_body(content = ImageFile, content_type = "image/webp", description = "Or `image/png`, `image/jpeg`"),
    responses(
        (status = 200, description = "The product", body = Success<Product>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`: send `Content-Type: image/webp`, `image/png` or `image/jpeg`"),
        (status = 422, description = "`invalid_image`: another type than sent, damaged, or too many pixels"),
    ),
)]
pub(crate) async fn put_product_image(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Success<Body>, ApiError> {
    let image = Image::received(&headers, body)?;
    let changed = state.write(admin, move |tx, by| {
        images::store(tx, &image, by.now)?;
        let changed = name(tx, &id, Some(&image.hash), by)?;
        Ok(in_effect::shown(tx, &product::chain(), changed, by.now)?)
    });
    Ok(Success::new(shown(&product::KIND, &changed.await?)))
}

/// The image of a product.
#[utoipa::path(
    get,
    path = "/v1/hq/products/{id}/image",
    tag = "head office",
    operation_id = "hq_get_product_image",
    params(("id" = String, Path), ImageQuery, ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The image", content((ImageFile = "image/webp"), (ImageFile = "image/png"), (ImageFile = "image/jpeg"))),
        (status = 304, description = "It is the image in `If-None-Match`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: the product has no image, or its outlet has not sent the file yet"),
        (status = 422, description = "`invalid_query`"),
    ),
)]
pub(crate) async fn get_product_image(
    _: User,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
    Query(query): Query<ImageQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let found = state.store.read(move |tx| {
        let product = change::get(tx, &product::chain(), &id)?;
        Ok::<_, Refused>(images::find(tx, text(Some(&product.document), images::FIELD))?)
    });
    let image = found.await?.ok_or_else(|| Code::NotFound.because("product_image"))?;
    Ok(image.answer(&query, &headers))
}

/// Removes the image of a product at all outlets.
#[utoipa::path(
    delete,
    path = "/v1/hq/products/{id}/image",
    tag = "head office",
    operation_id = "hq_delete_product_image",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "Removed, or it had none", body = Done),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
    ),
)]
pub(crate) async fn delete_product_image(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(id): Path<String>,
) -> Result<Done, ApiError> {
    state.write(admin, move |tx, by| name(tx, &id, None, by)).await?;
    Ok(Done::of(Notice::Deleted.with("reason", "product_image")))
}

fn name(tx: &mut Tx<'_>, id: &str, hash: Option<&str>, by: &mut By) -> Result<StoredEntity, Refused> {
    let at = product::chain();
    let fields = Map::from_iter([(images::FIELD.to_owned(), hash.map_or(Value::Null, Value::from))]);
    change::change(tx, &at, id, fields, None, by)
}

/// The hashes of images that products name and whose files the hub lacks, at most 500.
#[utoipa::path(
    get,
    path = "/v1/outlets/{outlet_id}/images",
    tag = "outlets",
    operation_id = "list_wanted_images",
    params(("outlet_id" = String, Path, description = "The outlet's id")),
    responses(
        (status = 200, description = "The hashes", body = Success<WantedImages>),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
    ),
)]
pub(crate) async fn list_wanted_images(
    _: Caller,
    State(store): State<Store>,
) -> Result<Success<WantedImages>, ApiError> {
    Ok(Success::new(WantedImages { wanted: store.read(images::wanted).await? }))
}

/// The answer to a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImageStored {
    /// Its hash.
    hash: String,
}

/// Stores the file of an image that a product names.
#[utoipa::path(
    put,
    path = "/v1/outlets/{outlet_id}/images/{hash}",
    tag = "outlets",
    operation_id = "put_image",
    params(("outlet_id" = String, Path, description = "The outlet's id"), ("hash" = String, Path)),
    request_body(content = ImageFile, content_type = "image/webp", description = "Or `image/png`, `image/jpeg`"),
    responses(
        (status = 200, description = "Stored, now or before", body = Success<ImageStored>),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 404, description = "`not_found`: no product names it"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_image`: not the file with this hash, another type than sent, damaged, or too many pixels"),
    ),
)]
pub(crate) async fn put_image(
    _: Caller,
    State(store): State<Store>,
    Path(at): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Success<ImageStored>, ApiError> {
    let (_, hash) = at;
    let image = Image::received(&headers, body)?;
    if image.hash != hash {
        return Err(Code::InvalidImage.because("damaged"));
    }
    let now = web::time::now();
    let stored = store.write(move |tx| {
        let is_named = images::is_named(tx, &image.hash)?;
        if is_named {
            images::store(tx, &image, now)?;
        }
        Ok::<_, Fault>(is_named)
    });
    if stored.await? { Ok(Success::new(ImageStored { hash })) } else { Err(Code::NotFound.because("product_image")) }
}

/// The file of an image.
#[utoipa::path(
    get,
    path = "/v1/outlets/{outlet_id}/images/{hash}",
    tag = "outlets",
    operation_id = "get_image",
    params(("outlet_id" = String, Path, description = "The outlet's id"), ("hash" = String, Path)),
    responses(
        (status = 200, description = "The file", content((ImageFile = "image/webp"), (ImageFile = "image/png"), (ImageFile = "image/jpeg"))),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 404, description = "`not_found`: the hub does not have it"),
    ),
)]
pub(crate) async fn get_image(
    _: Caller,
    State(store): State<Store>,
    Path(at): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let found = store.read(move |tx| images::find(tx, &at.1)).await?;
    found.map(IntoResponse::into_response).ok_or_else(|| Code::NotFound.because("product_image"))
}
