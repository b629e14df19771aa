//! Commands that create, change and delete a shared entity, each in one transaction.
//!
//! Guarantees: each version counts up by one and has its own id; a command that changes nothing makes no version; each
//! version is exactly one entry in the stream of the outlets concerned. Fields that this program does not know are kept.

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
use crate::ids::new_id;
use crate::streams;

/// Who makes a change and when, and which streams have grown by it.
#[derive(Debug)]
pub struct By {
    /// Of head office.
    pub username: String,
    /// The time of the change.
    pub now: Timestamp,
    /// Streams with a new entry: outlets that wait are woken after the commit.
    pub grown: Vec<String>,
}

impl By {
    /// As in `changed_by`.
    pub(crate) fn name(&self) -> String {
        format!("{HEAD_OFFICE}{}", self.username)
    }
}

/// Makes an entity.
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

/// Makes an entity, sets these fields of the one that is there, or brings the deleted one back with them.
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
    let had = stored::find(tx, &at.scope, at.kind.entity.name, id)?;
    check_version(had.as_ref(), if_version)?;
    set(tx, at, id, had, Some(fields), by)
}

/// Sets these fields of an entity that is there.
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
    let had = get(tx, at, id)?;
    check_version(Some(&had), if_version)?;
    set(tx, at, id, Some(had), Some(fields), by)
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
    let had = get(tx, at, id)?;
    check_version(Some(&had), if_version)?;
    set(tx, at, id, Some(had), None, by)
}

/// The entity with this id that is not deleted.
pub(crate) fn get(tx: &mut Tx<'_>, at: &At, id: &str) -> Result<StoredEntity, Refused> {
    stored::find_live(tx, &at.scope, at.kind.entity.name, id)?.ok_or(Refused::NotFound(at.kind.missing))
}

fn check_version(had: Option<&StoredEntity>, wanted: Option<i64>) -> Result<(), Refused> {
    let found = had.map_or(0, |had| had.token.n);
    match wanted {
        Some(wanted) if wanted != found => Err(Refused::Version { found, wanted }),
        _ => Ok(()),
    }
}

/// Writes the next version: these fields in the document that was there, or its tombstone where there are none.
fn set(
    tx: &mut Tx<'_>,
    at: &At,
    id: &str,
    had: Option<StoredEntity>,
    fields: Option<Map<String, Value>>,
    by: &mut By,
) -> Result<StoredEntity, Refused> {
    let deleted = fields.is_none();
    let mut document = had.as_ref().map(|had| had.document.clone()).unwrap_or_default();
    document.insert("id".to_owned(), id.into());
    let given = fields.unwrap_or_default();
    document.extend(given.clone());
    if let Some(had) = &had
        && had.document == document
        && had.deleted == deleted
    {
        return Ok(had.clone());
    }
    let before = had.as_ref().filter(|had| !had.deleted).map(|had| &had.document);
    let after = Some(&document).filter(|_| !deleted);
    (at.kind.check)(tx, &Edit { at, id, before, after, now: by.now })?;
    if !deleted {
        let entity = at.kind.entity;
        validate::id_of(entity, id).and_then(|()| validate::fields(entity, &given))?;
        validate::check_size_of(&document)?;
        validate::complete(entity.fields, &document)?;
        validate::rules(entity, &document, |name| given.contains_key(name))?;
    }
    let n = had.as_ref().map_or(0, |had| had.token.n).saturating_add(1);
    let by_outlet = at.kind.entity.guarded.then(|| {
        let turned = had.as_ref().is_none_or(|had| had.deleted != deleted).then_some(DELETED);
        let given = given.keys().map(String::as_str).chain(turned);
        origin::after_head_office(had.and_then(|had| had.by_outlet).unwrap_or_default(), given)
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
    Ok(stored)
}

/// Writes the version and its stream entry; returns the stream.
fn append(tx: &mut Tx<'_>, at: &At, stored: &StoredEntity) -> Result<String, Fault> {
    let StoredEntity { id, token, document, deleted, changed_by, changed_at, by_outlet } = stored;
    let (entity_type, document, deleted) = (at.kind.entity.name, stored::text(document), *deleted);
    let by_outlet = stored::origin_text(by_outlet.as_ref());
    let version =
        Version { id, token, document: &document, deleted, changed_by, changed_at, by_outlet: by_outlet.as_deref() };
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
