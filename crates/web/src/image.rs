//! Images over HTTP, at outlets and at head office. An image is identified by a hash of its bytes, which the product
//! names: an image under one hash never changes.

use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::image::{self, ImageRefused, ImageType, MAX_BYTES, MAX_SIDE};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::bodies::body_error;
use crate::{ApiError, Code, secret};

/// Characters of a hash: the first 132 bits of SHA-256.
const HASH_CHARS: usize = 22;
/// What a browser may do with an image that it opens as a page: nothing.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// Pages of other sites cannot embed it.
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");

/// For the API description.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct ImageFile(#[expect(dead_code, reason = "only described")] Vec<u8>);

/// The requested version of an image.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImageQuery {
    /// `image` of the product. If it is the current one, the answer can be stored forever.
    v: Option<String>,
}

/// The limit of a route that receives images.
pub fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_BYTES)
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Hash of the bytes.
    pub hash: String,
    /// Its type.
    pub image_type: ImageType,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Image {
    /// Checks the body of a request. Check the caller's rights before.
    ///
    /// # Errors
    /// 413 `body_too_large`, 415 `unsupported_media_type`, 422 `invalid_image`.
    pub fn received(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Self, ApiError> {
        let body = body.map_err(|error| body_error(&error))?;
        let sent_as = headers.get(header::CONTENT_TYPE).and_then(|sent_as| sent_as.to_str().ok());
        let sent_as = sent_as.and_then(|sent_as| ImageType::parse(&sent_as.trim().to_ascii_lowercase()));
        Self::check(body.into(), sent_as.ok_or_else(|| Code::UnsupportedMediaType.because("image"))?)
    }

    /// Checks a file that was sent as this type.
    ///
    /// # Errors
    /// 422 `invalid_image`.
    pub fn check(bytes: Vec<u8>, sent_as: ImageType) -> Result<Self, ApiError> {
        let refused = |refused: ImageRefused| match refused {
            ImageRefused::UnknownType => Code::InvalidImage.because("type"),
            ImageRefused::Damaged => Code::InvalidImage.because("damaged"),
            ImageRefused::Size { width, height } => {
                let size = Code::InvalidImage.because("size").with("width", width).with("height", height);
                size.with("most", MAX_SIDE)
            }
        };
        let image_type = image::check(&bytes).map_err(refused)?;
        if image_type != sent_as {
            return Err(Code::InvalidImage.because("other_type").with("found", image_type.as_str()));
        }
        let mut hash = secret::digest(&[&bytes]);
        hash.truncate(HASH_CHARS);
        Ok(Self { hash, image_type, bytes })
    }

    /// The answer to a request for it.
    #[must_use]
    pub fn answer(self, query: &ImageQuery, headers: &HeaderMap) -> Response {
        let is_current = query.v.as_ref().is_some_and(|version| *version == self.hash);
        let etag = format!("\"{}\"", self.hash);
        let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == etag);
        let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { self.into_response() };
        let stored = if is_current { "private, max-age=31536000, immutable" } else { "private, no-cache" };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(stored));
        headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
        headers.insert(HeaderName::from_static("cross-origin-resource-policy"), SAME_ORIGIN);
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            headers.insert(header::ETAG, etag);
        }
        response
    }
}

impl IntoResponse for Image {
    fn into_response(self) -> Response {
        let media_type = HeaderValue::from_static(self.image_type.as_str());
        let mut response = Body::from(self.bytes).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}
