//! Warnings about duplicate values (`domain::duplicates`) in the answers to head office's changes.

use domain::duplicates::unique_fields;
use store::{Fault, Tx};
use web::Warning;

use super::kind::{SharedKind, text};
use super::stored::{self, Listed, StoredEntity};

/// Maximum number of compared entities: an answer must not wait for more. `gerai doctor` at an outlet compares all.
const MAX: usize = 20_000;
/// Entities per query.
const PAGE: i64 = 500;

/// Warnings about an entity that was just written: one for each value that another entity has too, with that entity's
/// name.
pub(crate) fn warnings(tx: &mut Tx<'_>, kind: &SharedKind, written: &StoredEntity) -> Result<Vec<Warning>, Fault> {
    let value = |stored: &StoredEntity, field: &str| text(Some(&stored.document), field).to_owned();
    let mut open: Vec<_> = unique_fields(kind.entity.name)
        .filter_map(|distinct| Some((distinct, distinct.key_of(&value(written, distinct.field))?)))
        .collect();
    let (mut found, mut after, mut seen) = (Vec::new(), String::new(), 0);
    while !open.is_empty() && seen < MAX {
        let page = stored::list(tx, "", kind.entity.name, &Listed { after: &after, deleted: false, limit: PAGE })?;
        let Some(last) = page.last() else { break };
        (after, seen) = (last.id.clone(), seen + page.len());
        for other in page.iter().filter(|other| other.id != written.id) {
            open.retain(|(distinct, key)| {
                let is_same = distinct.key_of(&value(other, distinct.field)).as_ref() == Some(key);
                if is_same {
                    found.push(Warning::duplicate(distinct, &value(written, distinct.field), &value(other, "name")));
                }
                !is_same
            });
        }
    }
    Ok(found)
}
