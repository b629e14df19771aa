//! Images of products. A product names the hash of its image; the file has a row of its own, which sync exchanges with
//! head office by its hash.

pub mod http;

use access::audit::Author;
use domain::image::ImageType;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use web::image::Image;
use web::{ApiError, Code, Word};

use crate::audit;
use crate::catalog::product::{self, Product};

/// Sets the image of a product; returns the product.
///
/// # Errors
/// 404.
pub fn set(tx: &Transaction<'_>, by: Author<'_>, product_id: &str, image: &Image) -> Result<Product, ApiError> {
    let before = product::get(tx, product_id)?;
    tx.prepare_cached("insert into images (hash, media_type, bytes) values (?1, ?2, ?3) on conflict do nothing")?
        .execute(params![image.hash, image.image_type.as_str(), image.bytes])?;
    name(tx, product_id, Some(&image.hash))?;
    let after = product::get(tx, product_id)?;
    audit::changed(tx, by, ("product", product_id), (Some(&before), Some(&after)))?;
    Ok(after)
}

/// The image of a product. One whose type is unknown is not shown.
///
/// # Errors
/// 404: the product has no image, or its file has not arrived yet.
pub fn get(tx: &Transaction<'_>, product_id: &str) -> Result<Image, ApiError> {
    let sql = "select i.hash, i.media_type, i.bytes from products p join images i on i.hash = p.image where p.id = ?1";
    let found = tx
        .prepare_cached(sql)?
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
pub fn delete(tx: &Transaction<'_>, by: Author<'_>, product_id: &str) -> Result<(), ApiError> {
    let before = product::find(tx, product_id)?;
    if !name(tx, product_id, None)? {
        return Err(Code::NotFound.because("product_image"));
    }
    let after = product::find(tx, product_id)?;
    Ok(audit::changed(tx, by, ("product", product_id), (before.as_ref(), after.as_ref()))?)
}

/// Whether this was a change.
fn name(tx: &Transaction<'_>, product_id: &str, hash: Option<&str>) -> Result<bool, Fault> {
    let sql = "update products set image = ?2 where id = ?1 and image is not ?2";
    Ok(tx.prepare_cached(sql)?.execute(params![raw(product_id), hash])? > 0)
}
