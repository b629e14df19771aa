//! Images of products, for the till. They belong to this outlet and are not synced.
//!
//! An image is identified by a hash of its bytes, which the catalog contains: an image under one hash never changes.

pub mod http;

use domain::image::{self, ImageRefused, ImageType, MAX_SIDE};
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use web::{ApiError, Code, Word, secret};

use crate::catalog::product::{self, Product};

/// Characters of a hash: the first 132 bits of SHA-256.
const HASH_CHARS: usize = 22;

/// A stored image.
#[derive(Debug)]
pub struct Image {
    /// Hash of the bytes.
    pub hash: String,
    /// Its type.
    pub image_type: ImageType,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Image {
    /// Checks a file that was sent as this type.
    ///
    /// # Errors
    /// 422 `invalid_image`.
    pub fn check(bytes: &[u8], sent_as: ImageType) -> Result<Self, ApiError> {
        let refused = |refused: ImageRefused| match refused {
            ImageRefused::UnknownType => Code::InvalidImage.because("type"),
            ImageRefused::Damaged => Code::InvalidImage.because("damaged"),
            ImageRefused::Size { width, height } => {
                let size = Code::InvalidImage.because("size").with("width", width).with("height", height);
                size.with("most", MAX_SIDE)
            }
        };
        let image_type = image::check(bytes).map_err(refused)?;
        if image_type != sent_as {
            return Err(Code::InvalidImage.because("other_type").with("found", image_type.as_str()));
        }
        let mut hash = secret::digest(&[bytes]);
        hash.truncate(HASH_CHARS);
        Ok(Self { hash, image_type, bytes: bytes.to_vec() })
    }
}

/// Sets the image of a product; returns the product.
///
/// # Errors
/// 404.
pub fn set(tx: &Transaction<'_>, product_id: &str, image: &Image) -> Result<Product, ApiError> {
    product::get(tx, product_id)?;
    tx.prepare_cached(
        "insert into product_images (product_id, hash, media_type, bytes) values (?1, ?2, ?3, ?4)
         on conflict (product_id) do update set hash = excluded.hash, media_type = excluded.media_type,
           bytes = excluded.bytes
         where hash <> excluded.hash",
    )?
    .execute(params![raw(product_id), image.hash, image.image_type.as_str(), image.bytes])?;
    product::get(tx, product_id)
}

/// The image of a product. One whose type is unknown is not shown.
///
/// # Errors
/// 404: the product has no image.
pub fn get(tx: &Transaction<'_>, product_id: &str) -> Result<Image, ApiError> {
    let found = tx
        .prepare_cached("select hash, media_type, bytes from product_images where product_id = ?1")?
        .query_row([raw(product_id)], |row| Ok((row.read(0)?, Word::<ImageType>::of(row.read(1)?), row.read(2)?)))
        .optional()?;
    found
        .and_then(|(hash, image_type, bytes)| Some(Image { hash, image_type: image_type.known()?, bytes }))
        .ok_or_else(|| Code::NotFound.because("product_image"))
}

/// Removes the image of a product.
///
/// # Errors
/// 404: the product has no image.
pub fn delete(tx: &Transaction<'_>, product_id: &str) -> Result<(), ApiError> {
    let sql = "delete from product_images where product_id = ?1";
    let deleted = tx.prepare_cached(sql)?.execute([raw(product_id)]).map_err(Fault::from)?;
    if deleted == 0 { Err(Code::NotFound.because("product_image")) } else { Ok(()) }
}
