//! Commands that create, change and delete a shared entity, each in one transaction.
//!
//! Guarantees: each version increases the number by one and has its own id; a command that changes nothing makes no
//! version; each version is exactly one entry in the stream of the affected outlets. Fields that this program does not
//! know stay unchanged.

use jiff::Timestamp;
use protocol::merge::DELETED;
use protocol::origin::{self, HEAD_OFFICE};
use protocol::validate;
use protocol::wire::Token;
use serde_json::{Map, Value};
use store::{Fault, Tx};

use super::Refused;
use super::kind::{At, Edit};
use super::stored::{self, StoredEntity, Version};
use super::{duplicates, in_effect, price};
use crate::ids::new_id;
use crate::streams;

/// Author and time of a change, and the streams that got an entry.
#[derive(Debug)]
pub struct By {
    /// The user of head office.
    pub username: String,
    /// The time of the change.
    pub now: Timestamp,
    /// Streams with a new entry: waiting outlets are woken after the commit.
    pub grown: Vec<String>,
    /// Types and ids of the changed entities.
    pub changed: Vec<(&'static str, String)>,
}

impl By {
    /// An author who has changed nothing yet.
    #[must_use]
    pub fn new(username: &str, now: Timestamp) -> Self {
        Self { username: username.to_owned(), now, grown: Vec::new(), changed: Vec::new() }
    }

    /// As in `changed_by`.
    pub(crate) fn name(&self) -> String {
        format!("{HEAD_OFFICE}{}", self.username)
    }
}

/// Creates an entity.
///
/// # Errors
/// [`Refused`].
pub fn create(
    tx: &mut Tx<'_>,
    at: &At,
    id: &str,
    fields: Map<String, Value>,
    by: &mut By,
) -> Result<StoredEntity, Refused> {
    if stored::find(tx, &at.scope, at.kind.entity.name, id)?.is_some() {
        return Err(Refused::Exists(at.kind.word));
    }
    set(tx, at, id, None, Some(fields), by)
}

/// Creates an entity, sets these fields of an existing one, or restores a deleted one with them.
///
/// # Errors
/// [`Refused`].
pub fn put(
    tx: &mut Tx<'_>,
    at: &At,
    id: &str,
    fields: Map<String, Value>,
    if_version: Option<i64>,
    by: &mut By,
) -> Result<StoredEntity, Refused> {
    let previous = stored::find(tx, &at.scope, at.kind.entity.name, id)?;
    check_version(previous.as_ref(), if_version)?;
    set(tx, at, id, previous, Some(fields), by)
}

/// Sets these fields of an existing entity.
///
/// # Errors
/// [`Refused`].
pub fn change(
    tx: &mut Tx<'_>,
    at: &At,
    id: &str,
    fields: Map<String, Value>,
    if_version: Option<i64>,
    by: &mut By,
) -> Result<StoredEntity, Refused> {
    let previous = get(tx, at, id)?;
    check_version(Some(&previous), if_version)?;
    set(tx, at, id, Some(previous), Some(fields), by)
}

/// Deletes an entity. Its tombstone stays, so that every outlet learns of it.
///
/// # Errors
/// [`Refused`].
pub fn delete(
    tx: &mut Tx<'_>,
    at: &At,
    id: &str,
    if_version: Option<i64>,
    by: &mut By,
) -> Result<StoredEntity, Refused> {
    let previous = get(tx, at, id)?;
    check_version(Some(&previous), if_version)?;
    set(tx, at, id, Some(previous), None, by)
}

/// The entity with this id, unless it is deleted.
pub(crate) fn get(tx: &mut Tx<'_>, at: &At, id: &str) -> Result<StoredEntity, Refused> {
    stored::find_live(tx, &at.scope, at.kind.entity.name, id)?.ok_or(Refused::NotFound(at.kind.missing))
}

fn check_version(previous: Option<&StoredEntity>, wanted: Option<i64>) -> Result<(), Refused> {
    let found = previous.map_or(0, |previous| previous.token.n);
    match wanted {
        Some(wanted) if wanted != found => Err(Refused::Version { found, wanted }),
        _ => Ok(()),
    }
}

/// Writes the next version, and deletes the prices that a person has typed over with it.
fn set(
    tx: &mut Tx<'_>,
    at: &At,
    id: &str,
    previous: Option<StoredEntity>,
    mut fields: Option<Map<String, Value>>,
    by: &mut By,
) -> Result<StoredEntity, Refused> {
    let replaced = in_effect::type_over(tx, at, id, previous.as_ref(), fields.as_mut(), by.now)?;
    let is_typed_over = replaced.as_ref().is_some_and(|replaced| !replaced.ids.is_empty());
    let stored = write(tx, at, id, previous, fields, is_typed_over, by)?;
    if let Some(replaced) = replaced {
        for id in &replaced.ids {
            delete(tx, &replaced.at, id, None, by)?;
        }
    }
    Ok(stored)
}

/// Writes the next version: the existing document with these fields, or a tombstone if there are none. `is_new`: it is another
/// version in any case, because a price in effect goes: who has seen that price must look again.
fn write(
    tx: &mut Tx<'_>,
    at: &At,
    id: &str,
    previous: Option<StoredEntity>,
    fields: Option<Map<String, Value>>,
    is_new: bool,
    by: &mut By,
) -> Result<StoredEntity, Refused> {
    let deleted = fields.is_none();
    let mut document = previous.as_ref().map(|previous| previous.document.clone()).unwrap_or_default();
    document.insert("id".to_owned(), id.into());
    let changed = fields.unwrap_or_default();
    document.extend(changed.clone());
    if let Some(previous) = &previous
        && previous.document == document
        && previous.deleted == deleted
        && !is_new
    {
        return Ok(previous.clone());
    }
    let before = previous.as_ref().filter(|previous| !previous.deleted).map(|previous| previous.document.clone());
    let after = Some(&document).filter(|_| !deleted);
    (at.kind.check)(tx, &Edit { at, id, before: before.as_ref(), after, now: by.now })?;
    if !deleted {
        let entity = at.kind.entity;
        validate::id_of(entity, id)
            .and_then(|()| validate::fields(entity, &changed))
            .and_then(|()| validate::check_size_of(&document))
            .and_then(|()| validate::complete(entity.fields, &document))
            .and_then(|()| validate::rules(entity, &document, |name| changed.contains_key(name)))
            .map_err(|invalid| Refused::invalid(entity.name, id, &invalid))?;
    }
    let n = previous.as_ref().map_or(0, |previous| previous.token.n).saturating_add(1);
    let by_outlet = at.kind.entity.guarded.then(|| {
        let turned = previous.as_ref().is_none_or(|previous| previous.deleted != deleted).then_some(DELETED);
        let changed = changed.keys().map(String::as_str).chain(turned);
        origin::after_head_office(previous.and_then(|previous| previous.by_outlet).unwrap_or_default(), changed)
    });
    let stored = StoredEntity {
        id: id.to_owned(),
        token: Token { n, change_id: new_id(by.now) },
        document,
        deleted,
        changed_by: by.name(),
        changed_at: web::time::text(by.now),
        by_outlet,
    };
    by.grown.push(append(tx, at, &stored)?);
    by.changed.push((at.kind.entity.name, id.to_owned()));
    if deleted {
        price::follow_deletion(tx, at, id, by)?;
    }
    Ok(stored)
}

/// Writes the version and its stream entry; returns the stream.
fn append(tx: &mut Tx<'_>, at: &At, stored: &StoredEntity) -> Result<String, Fault> {
    let StoredEntity { id, token, document, deleted, changed_by, changed_at, by_outlet } = stored;
    let unique_keys = duplicates::keys(at.kind.entity.name, document);
    let (entity_type, document, deleted) = (at.kind.entity.name, stored::text(document), *deleted);
    let by_outlet = stored::origin_text(by_outlet.as_ref());
    let version = Version {
        id,
        token,
        document: &document,
        deleted,
        changed_by,
        changed_at,
        by_outlet: by_outlet.as_deref(),
        unique_keys: &unique_keys,
    };
    stored::put(tx, &at.scope, entity_type, &version)?;
    let change = streams::Change {
        entity_type,
        entity_id: id,
        token: token.clone(),
        document,
        deleted,
        changed_by,
        changed_at,
        by_outlet,
    };
    let stream = at.stream();
    streams::append(tx, &stream, &[change])?;
    Ok(stream)
}
