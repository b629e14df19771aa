//! Images of products: files by their hash, which the product names. `shared_values` finds the products of a hash.

use domain::image::ImageType;
use protocol::images::MAX_WANTED;
use serde_json::{Map, Value};
use store::{Fault, Tx};
use web::Word;
use web::image::Image;

use super::duplicates::UniqueKey;
use super::kind::text;

/// The field of a product that names its image.
pub(super) const FIELD: &str = "image";
/// Files that remain though no product names them: a change of a product can be undone.
const MAX_UNNAMED: i64 = 1_000;

const WANTED: &str = "
    select distinct key from shared_values v where entity_type = 'product' and field = 'image'
      and not exists (select 1 from images where hash = v.key)
    order by key limit ?1";
const IS_NAMED: &str = "
    select 1 from shared_values where entity_type = 'product' and field = 'image' and key = ?1 limit 1";
const FIND: &str = "select media_type, bytes from images where hash = ?1";
const STORE: &str = "
    insert into images (hash, media_type, bytes, stored_at) values (?1, ?2, ?3, ?4) on conflict (hash) do nothing";
const UNNAMED: &str = "
    select hash from images i where not exists
      (select 1 from shared_values where entity_type = 'product' and field = 'image' and key = i.hash)
    order by stored_at desc, hash limit 1000 offset ?1";
const DELETE: &str = "delete from images where hash = ?1";

/// The hash that a product names, as it is indexed.
pub(super) fn key(entity_type: &str, document: &Map<String, Value>) -> Option<UniqueKey> {
    let hash = text(Some(document).filter(|_| entity_type == "product"), FIELD);
    (!hash.is_empty()).then(|| (FIELD, hash.to_owned()))
}

/// Hashes that products name and whose files the hub lacks.
pub(super) fn wanted(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    tx.all(WANTED, &[MAX_WANTED.into()], |row| row.string(0))
}

/// Whether a product names this hash.
pub(super) fn is_named(tx: &mut Tx<'_>, hash: &str) -> Result<bool, Fault> {
    Ok(tx.first(IS_NAMED, &[hash.into()], |_| Ok(()))?.is_some())
}

/// The file with this hash. One whose type is unknown is not shown.
pub(super) fn find(tx: &mut Tx<'_>, hash: &str) -> Result<Option<Image>, Fault> {
    let found = tx.first(FIND, &[hash.into()], |row| Ok((Word::<ImageType>::of(row.string(0)?), row.bytes(1)?)))?;
    let image = |(image_type, bytes): (Word<ImageType>, _)| {
        Some(Image { hash: hash.to_owned(), image_type: image_type.known()?, bytes })
    };
    Ok(found.and_then(image))
}

/// Stores a file.
pub(super) fn store(tx: &mut Tx<'_>, image: &Image, now: jiff::Timestamp) -> Result<(), Fault> {
    let now = web::time::text(now);
    let args = [(&image.hash).into(), image.image_type.as_str().into(), image.bytes.as_slice().into(), (&now).into()];
    tx.execute(STORE, &args)?;
    Ok(())
}

/// Deletes files that no product names, except the latest.
pub(crate) fn prune(tx: &mut Tx<'_>) -> Result<(), Fault> {
    for hash in tx.all(UNNAMED, &[MAX_UNNAMED.into()], |row| row.string(0))? {
        tx.execute(DELETE, &[(&hash).into()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn images_are_found_by_their_hash() {
        for sql in [WANTED, IS_NAMED, FIND, DELETE] {
            plans::assert_keyed(sql);
        }
    }
}
