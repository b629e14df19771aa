//! Warnings about duplicate values (`domain::duplicates`) in the answers to head office's changes.
//!
//! The table `shared_values` has the key of each such value of the chain, so that a warning costs a lookup and not a
//! comparison with the whole catalog. It also has the images that products name, and the products and menus of
//! prices.

use domain::duplicates::unique_fields;
use serde_json::{Map, Value};
use store::{Fault, Tx};
use web::Warning;

use super::kind::{SharedKind, text};
use super::stored::{self, StoredEntity};
use super::{images, price};

/// A field whose values should be unique, and the key of its value.
pub(crate) type UniqueKey = (&'static str, String);

const OF_ENTITY: &str = "
    select field, key from shared_values where entity_type = ?1 and entity_id = ?2 order by field, key";
const DELETE: &str = "delete from shared_values where entity_type = ?1 and entity_id = ?2";
const INSERT: &str = "insert into shared_values (entity_type, field, key, entity_id) values (?1, ?2, ?3, ?4)";
const OTHER: &str = "
    select entity_id from shared_values where entity_type = ?1 and field = ?2 and key = ?3 and entity_id <> ?4
    order by entity_id limit 1";

/// The keys of a document.
pub(crate) fn keys(entity_type: &str, document: &Map<String, Value>) -> Vec<UniqueKey> {
    let key = |field: &domain::duplicates::UniqueField| field.key_of(text(Some(document), field.field));
    let unique = unique_fields(entity_type).filter_map(|field| Some((field.field, key(field)?)));
    unique.chain(images::key(entity_type, document)).chain(price::keys(entity_type, document)).collect()
}

/// Stores the keys of an entity that was just written; none if it is deleted.
pub(crate) fn put(tx: &mut Tx<'_>, entity_type: &str, id: &str, keys: &[UniqueKey]) -> Result<(), Fault> {
    if unique_fields(entity_type).next().is_none() && entity_type != price::KIND.entity.name {
        return Ok(());
    }
    let stored = tx.all(OF_ENTITY, &[entity_type.into(), id.into()], |row| Ok((row.string(0)?, row.string(1)?)))?;
    let mut wanted: Vec<_> = keys.iter().map(|(field, key)| ((*field).to_owned(), key.clone())).collect();
    wanted.sort();
    if stored == wanted {
        return Ok(());
    }
    tx.execute(DELETE, &[entity_type.into(), id.into()])?;
    for (field, key) in &wanted {
        tx.execute(INSERT, &[entity_type.into(), field.into(), key.into(), id.into()])?;
    }
    Ok(())
}

/// Warnings about an entity that was just written: one for each value that another entity has too, with that entity's
/// name.
pub(crate) fn warnings(tx: &mut Tx<'_>, kind: &SharedKind, written: &StoredEntity) -> Result<Vec<Warning>, Fault> {
    let name = kind.entity.name;
    let mut found = Vec::new();
    for field in unique_fields(name) {
        let value = text(Some(&written.document), field.field);
        let Some(key) = field.key_of(value) else { continue };
        let args = [name.into(), field.field.into(), (&key).into(), (&written.id).into()];
        let Some(other) = tx.first(OTHER, &args, |row| row.string(0))? else { continue };
        if let Some(other) = stored::find_live(tx, "", name, &other)? {
            found.push(Warning::duplicate(field, value, text(Some(&other.document), "name")));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn values_are_found_by_their_key() {
        for sql in [OF_ENTITY, DELETE, OTHER] {
            plans::assert_keyed(sql);
        }
    }
}
