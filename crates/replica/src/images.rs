//! Files of images that products name by their hash.

use domain::image::ImageType;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Fault, ReadRow};
use web::Word;
use web::image::Image;

/// Files that remain though no product names them.
const MAX_UNNAMED: i64 = 200;

/// Hashes that products name and whose files are not here.
///
/// # Errors
/// The database failed.
pub fn missing(tx: &Transaction<'_>) -> Result<Vec<String>, Fault> {
    let sql = "select distinct image from products
        where image is not null and not exists (select 1 from images where hash = image) order by image limit 500";
    let mut statement = tx.prepare_cached(sql)?;
    Ok(statement.query_map([], |row| row.id(0))?.collect::<Result<_, _>>()?)
}

/// The newest file, whose arrival is a reason to ask the hub what it lacks.
///
/// # Errors
/// The database failed.
pub fn newest(tx: &Transaction<'_>) -> Result<Option<i64>, Fault> {
    Ok(tx.prepare_cached("select max(rowid) from images")?.query_row([], |row| row.read(0))?)
}

/// The file with this hash, unless it is damaged: the hub would refuse it, and it must not delay the others.
///
/// # Errors
/// The database failed.
pub fn find(tx: &Transaction<'_>, hash: &str) -> Result<Option<Image>, Fault> {
    let found = tx
        .prepare_cached("select media_type, bytes from images where hash = ?1")?
        .query_row([hash], |row| Ok((Word::<ImageType>::of(row.read(0)?), row.read(1)?)))
        .optional()?;
    let intact = |(image_type, bytes): (Word<ImageType>, _)| Image::check(bytes, image_type.known()?).ok();
    Ok(found.and_then(intact).filter(|image| image.hash == hash))
}

/// Stores a file of the hub. Tills show it from now on, so it counts as a change of its products' rows, which sync ignores
/// because no value differs.
///
/// # Errors
/// The database failed.
pub fn store(tx: &Transaction<'_>, image: &Image) -> Result<(), Fault> {
    tx.prepare_cached("insert into images (hash, media_type, bytes) values (?1, ?2, ?3) on conflict do nothing")?
        .execute(params![image.hash, image.image_type.as_str(), image.bytes])?;
    tx.prepare_cached("update products set image = image where image = ?1")?.execute([&image.hash])?;
    Ok(())
}

/// Deletes files that no product names, except the latest: a change of a product can be undone.
///
/// # Errors
/// The database failed.
pub fn prune(tx: &Transaction<'_>) -> Result<(), Fault> {
    let sql = "delete from images where rowid in (
        select rowid from images where not exists (select 1 from products where image = hash)
        order by rowid desc limit -1 offset ?1)";
    tx.execute(sql, [MAX_UNNAMED])?;
    Ok(())
}
