//! Writes a snapshot line by line, with one line in memory.

use std::collections::BTreeSet;
use std::io::{self, Write};

use jiff::Timestamp;
use protocol::cursor::Cursor;
use protocol::snapshot::{End, FORMAT, Head, OWNED_RANK, hex, rank};
use protocol::validate::raw;
use protocol::wire::Token;
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use store::{Fault, Row, Tx};

use crate::streams;

/// A fifth larger than with level 5, in half the time.
const ZSTD_LEVEL: i32 = 3;

/// Why no snapshot was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error(transparent)]
    Io(#[from] io::Error),
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Line<'r> {
    Shared(Shared<'r>),
    Owned(Owned<'r>),
    End(End),
}

/// Like `protocol::updates::Update`, with the document as it is stored.
#[derive(Serialize)]
struct Shared<'r> {
    entity_type: &'r str,
    entity_id: &'r str,
    token: Token,
    deleted: bool,
    document: &'r RawValue,
    changed_by: &'r str,
    changed_at: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_outlet: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

/// Like `protocol::updates::OwnedDocument`, with the document as the outlet sent it.
#[derive(Serialize)]
struct Owned<'r> {
    entity_type: &'r str,
    entity_id: &'r str,
    epoch_number: i64,
    version: i64,
    document: Option<&'r RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

// Seeks the next type in the key, instead of reading every row.
const NEXT_TYPE: &str = "
    select entity_type from shared_entities where scope = ?1 and entity_type > ?2 order by entity_type limit 1";
const SHARED: &str = "
    select entity_type, entity_id, token_n, change_id, deleted, document, changed_by, changed_at, by_outlet
    from shared_entities
    where scope = '' and entity_type = ?2
    union all
    select entity_type, entity_id, token_n, change_id, deleted, document, changed_by, changed_at, by_outlet
    from shared_entities
    where scope = ?1 and entity_type = ?2
    order by entity_id";
const OWNED: &str = "
    select entity_type, entity_id, epoch_number, version, document from documents
    where outlet_id = ?1 and (entity_type, entity_id) > (?2, ?3)
    order by entity_type, entity_id
    limit ?4";
/// Documents per query: an outlet has many, and no statement may take long.
const PAGE: i64 = 2_000;

/// The file's first line, as of this transaction.
pub(super) fn head(tx: &mut Tx<'_>, outlet_id: &str, made_at: Timestamp) -> Result<Head, Fault> {
    let (cursor, chain) = (streams::heads(tx, outlet_id)?, streams::chain_row(tx, outlet_id)?);
    Ok(Head {
        gerai_snapshot: FORMAT,
        outlet_id: outlet_id.to_owned(),
        made_at: web::time::text(made_at),
        cursor: Cursor::to_string(&cursor),
        epoch: chain.epoch,
        batch_no: chain.position.batch_no,
        batch_id: chain.position.batch_id,
    })
}

/// Writes the snapshot; calls `progress` with the number of entities written so far. Returns the writer.
pub(super) fn write<W: Write>(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    made_at: Timestamp,
    out: W,
    progress: &mut dyn FnMut(u64),
) -> Result<W, WriteError> {
    let head = head(tx, outlet_id, made_at)?;
    let mut lines = Lines::into(out)?;
    lines.put(&head)?;
    let types = types(tx, outlet_id)?;
    for entity_type in types.iter().filter(|name| rank(name) < OWNED_RANK) {
        shared(tx, outlet_id, entity_type, &mut lines, progress)?;
    }
    owned(tx, outlet_id, &mut lines, progress)?;
    for entity_type in types.iter().filter(|name| rank(name) > OWNED_RANK) {
        shared(tx, outlet_id, entity_type, &mut lines, progress)?;
    }
    lines.end().map_err(WriteError::Io)
}

/// The shared entity types, in the order of the file.
fn types(tx: &mut Tx<'_>, outlet_id: &str) -> Result<Vec<String>, Fault> {
    let mut types = Vec::new();
    for scope in ["", outlet_id] {
        let mut last = String::new();
        while let Some(next) = tx.first(NEXT_TYPE, &[scope.into(), (&last).into()], |row| row.string(0))? {
            last.clone_from(&next);
            types.push(next);
        }
    }
    types.sort_by(|one, other| (rank(one), one).cmp(&(rank(other), other)));
    types.dedup();
    Ok(types)
}

fn shared<W: Write>(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    entity_type: &str,
    lines: &mut Lines<W>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), WriteError> {
    each(tx, SHARED, &[outlet_id.into(), entity_type.into()], |row| {
        let (entity_type, entity_id, text) = (row.text(0)?, row.text(1)?, row.text(5)?);
        let (changed_by, changed_at) = (row.text(6)?, row.text(7)?);
        let (document, unreadable) = match raw(&text) {
            Ok(document) => (document, None),
            Err(invalid) => (raw("{}").unwrap_or(RawValue::NULL), Some(invalid.to_string())),
        };
        let line = Shared {
            entity_type: &entity_type,
            entity_id: &entity_id,
            token: Token { n: row.int(2)?, change_id: row.string(3)? },
            deleted: row.flag(4)?,
            document,
            changed_by: &changed_by,
            changed_at: &changed_at,
            by_outlet: row.by_outlet(8)?,
            unreadable,
        };
        lines.put(&Line::Shared(line))?;
        lines.shared += 1;
        progress(lines.shared + lines.owned);
        Ok(())
    })
}

fn owned<W: Write>(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    lines: &mut Lines<W>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), WriteError> {
    let mut last = Some((String::new(), String::new()));
    while let Some((entity_type, entity_id)) = last.take() {
        let mut left = PAGE;
        each(tx, OWNED, &[outlet_id.into(), (&entity_type).into(), (&entity_id).into(), PAGE.into()], |row| {
            let (entity_type, entity_id, text) = (row.text(0)?, row.text(1)?, row.maybe_text(4)?);
            let (document, unreadable) = match text.as_deref().map(raw).transpose() {
                Ok(document) => (document, None),
                Err(invalid) => (None, Some(invalid.to_string())),
            };
            let line = Owned {
                entity_type: &entity_type,
                entity_id: &entity_id,
                epoch_number: row.int(2)?,
                version: row.int(3)?,
                document,
                unreadable,
            };
            lines.put(&Line::Owned(line))?;
            lines.owned += 1;
            progress(lines.shared + lines.owned);
            left -= 1;
            if left == 0 {
                last = Some((row.string(0)?, row.string(1)?));
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Processes rows one by one.
fn each(
    tx: &mut Tx<'_>,
    sql: &str,
    args: &[store::Arg<'_>],
    mut work: impl FnMut(&Row<'_>) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let mut failed = None;
    tx.map_while(sql, args, |row| match work(row) {
        Ok(()) => Ok(Some(())),
        Err(WriteError::Fault(fault)) => Err(fault),
        Err(error @ WriteError::Io(_)) => {
            failed = Some(error);
            Ok(None)
        }
    })?;
    failed.map_or(Ok(()), Err)
}

/// Lines, hashed, compressed and written.
struct Lines<W: Write> {
    out: zstd::stream::write::Encoder<'static, W>,
    hash: Sha256,
    line: Vec<u8>,
    shared: u64,
    owned: u64,
}

impl<W: Write> Lines<W> {
    fn into(out: W) -> io::Result<Self> {
        let mut out = zstd::stream::write::Encoder::new(out, ZSTD_LEVEL)?;
        out.include_checksum(true)?;
        Ok(Self { out, hash: Sha256::new(), line: Vec::new(), shared: 0, owned: 0 })
    }

    fn put(&mut self, line: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        // Documents are written as they were sent. They may contain line breaks between JSON tokens, never inside them.
        self.line.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        self.line.push(b'\n');
        self.hash.update(&self.line);
        self.out.write_all(&self.line)
    }

    fn end(mut self) -> io::Result<W> {
        let sha256 = hex(&std::mem::take(&mut self.hash).finalize());
        self.put(&Line::End(End { shared: self.shared, owned: self.owned, sha256 }))?;
        self.out.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn rows_are_read_in_the_order_of_their_key() {
        for sql in [NEXT_TYPE, SHARED, OWNED] {
            plans::assert_keyed(sql);
            plans::assert_unsorted(sql);
        }
    }
}
