//! Reads a snapshot: first the whole file, to check that it is complete and for this outlet; then segment by segment.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use protocol::cursor::Cursor;
use protocol::limits::{MAX_SNAPSHOT_BYTES, MAX_SNAPSHOT_ENTITIES, MAX_SNAPSHOT_PACKED_BYTES};
use protocol::snapshot::{End, FORMAT, Head, MAX_LINE_BYTES, OWNED_RANK, SnapshotLine, hex, rank};
use protocol::updates::{OwnedDocument, Update};
use protocol::wire::EntityRef;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Memory limit for zstd, as for batches.
const MAX_WINDOW_LOG: u32 = 23;
/// Entities in a segment: one small transaction.
const SEGMENT_ENTITIES: usize = 200;
/// Bytes of lines in a segment; a larger line is a segment by itself.
const SEGMENT_BYTES: usize = 1 << 20;

/// Why a file is not applied. No part of it was applied.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotRefused {
    /// Not a snapshot.
    #[error("this is not a snapshot of a Gerai hub; name the file that 'gerai hub outlet snapshot' made")]
    NotASnapshot,
    /// The end is missing.
    #[error("the snapshot was cut off; copy it again")]
    Cut,
    /// Its content does not match its end line.
    #[error("the snapshot was altered on the way; copy it again, or make another one")]
    Altered,
    /// It is for another outlet.
    #[error("this is the snapshot of the outlet {theirs}, and this outlet is {ours}; use its own")]
    OtherOutlet {
        /// The outlet in the file.
        theirs: String,
        /// This outlet.
        ours: String,
    },
    /// A newer hub made it.
    #[error("this snapshot has format {found}, and this version of Gerai reads {FORMAT}; upgrade the outlet first")]
    NewerFormat {
        /// Number of its format.
        found: u32,
    },
    /// The file, its unpacked size, a line or the number of lines exceeds the limit for outlets.
    #[error("the snapshot is larger than any outlet's, or unpacks to more; make another one")]
    TooLarge,
    /// The file cannot be read.
    #[error("the snapshot cannot be read: {0}")]
    Io(io::Error),
}

impl SnapshotRefused {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotASnapshot => "not_a_snapshot",
            Self::Cut => "snapshot_truncated",
            Self::Altered => "snapshot_altered",
            Self::OtherOutlet { .. } => "other_outlet",
            Self::NewerFormat { .. } => "newer_format",
            Self::TooLarge => "snapshot_too_large",
            Self::Io(_) => "snapshot_unreadable",
        }
    }
}

/// A complete file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its first line.
    pub head: Head,
    /// Its last line.
    pub end: End,
}

/// Size limits of a snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the file.
    pub packed: u64,
    /// Bytes of its lines.
    pub unpacked: u64,
    /// Lines with an entity.
    pub entities: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { packed: MAX_SNAPSHOT_PACKED_BYTES, unpacked: MAX_SNAPSHOT_BYTES, entities: MAX_SNAPSHOT_ENTITIES }
    }
}

/// Reads a whole file to check it; stores nothing.
///
/// # Errors
/// [`SnapshotRefused`].
pub fn check(path: &Path, outlet_id: &str) -> Result<Checked, SnapshotRefused> {
    check_within(path, outlet_id, Limits::default())
}

/// Like [`check`], with other limits.
///
/// # Errors
/// [`SnapshotRefused`].
pub fn check_within(path: &Path, outlet_id: &str, limits: Limits) -> Result<Checked, SnapshotRefused> {
    let mut lines = Lines::open(path, limits)?;
    let head = head(&mut lines)?;
    if head.outlet_id != outlet_id {
        return Err(SnapshotRefused::OtherOutlet { theirs: head.outlet_id, ours: outlet_id.to_owned() });
    }
    let (mut shared, mut owned) = (0, 0);
    let mut last = None;
    loop {
        let hash_so_far = lines.hash.clone();
        let at = match lines.next_line()?.ok_or(SnapshotRefused::Cut)? {
            SnapshotLine::Shared(update) => {
                shared += 1;
                (rank(&update.of.entity_type), update.of)
            }
            SnapshotLine::Owned(document) => {
                owned += 1;
                (OWNED_RANK, document.of)
            }
            SnapshotLine::End(end) => {
                let sha256 = hex(&hash_so_far.finalize());
                let complete = end == End { shared, owned, sha256 } && lines.next_bytes()?.is_none();
                return if complete { Ok(Checked { head, end }) } else { Err(SnapshotRefused::Altered) };
            }
        };
        if shared + owned > limits.entities {
            return Err(SnapshotRefused::TooLarge);
        }
        // The gaps between lines show which entities the hub lacks, so the order of lines matters.
        if last.as_ref().is_some_and(|last| *last >= at) {
            return Err(SnapshotRefused::Altered);
        }
        last = Some(at);
    }
}

#[derive(Deserialize)]
struct Format {
    gerai_snapshot: u32,
}

fn head(lines: &mut Lines) -> Result<Head, SnapshotRefused> {
    let line = match lines.next_bytes() {
        Ok(Some(line)) => line,
        Ok(None) | Err(SnapshotRefused::Altered) => return Err(SnapshotRefused::NotASnapshot),
        Err(refused) => return Err(refused),
    };
    let Format { gerai_snapshot: found } = serde_json::from_slice(line).map_err(|_| SnapshotRefused::NotASnapshot)?;
    if found > FORMAT {
        return Err(SnapshotRefused::NewerFormat { found });
    }
    let head: Head = serde_json::from_slice(line).map_err(|_| SnapshotRefused::NotASnapshot)?;
    head.cursor.parse::<Cursor>().map_err(|_| SnapshotRefused::NotASnapshot)?;
    Ok(head)
}

/// Unpacks lines: at most one in memory, and no more of them than the limit.
struct Lines {
    reader: BufReader<zstd::stream::read::Decoder<'static, BufReader<File>>>,
    line: Vec<u8>,
    hash: Sha256,
    bytes: u64,
    max_bytes: u64,
}

impl Lines {
    fn open(path: &Path, limits: Limits) -> Result<Self, SnapshotRefused> {
        let file = File::open(path).map_err(SnapshotRefused::Io)?;
        if file.metadata().map_err(SnapshotRefused::Io)?.len() > limits.packed {
            return Err(SnapshotRefused::TooLarge);
        }
        let mut decoder = zstd::stream::read::Decoder::new(file).map_err(SnapshotRefused::Io)?;
        decoder.window_log_max(MAX_WINDOW_LOG).map_err(SnapshotRefused::Io)?;
        let (line, hash) = (Vec::new(), Sha256::new());
        Ok(Self { reader: BufReader::new(decoder), line, hash, bytes: 0, max_bytes: limits.unpacked })
    }

    fn next_bytes(&mut self) -> Result<Option<&[u8]>, SnapshotRefused> {
        self.line.clear();
        let read = (&mut self.reader).take(MAX_LINE_BYTES as u64 + 1).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => SnapshotRefused::Cut,
            // zstd errors have neither a kind nor the number of a system error.
            _ if error.raw_os_error().is_none() => SnapshotRefused::Altered,
            _ => SnapshotRefused::Io(error),
        })?;
        self.bytes += read as u64;
        if read > MAX_LINE_BYTES || self.bytes > self.max_bytes {
            return Err(SnapshotRefused::TooLarge);
        }
        if read == 0 {
            return Ok(None);
        }
        self.hash.update(&self.line);
        let line = self.line.strip_suffix(b"\n").ok_or(SnapshotRefused::Cut)?;
        Ok(Some(line))
    }

    fn next_line(&mut self) -> Result<Option<SnapshotLine>, SnapshotRefused> {
        let Some(line) = self.next_bytes()? else { return Ok(None) };
        serde_json::from_slice(line).map(Some).map_err(|_| SnapshotRefused::Altered)
    }
}

/// Consecutive entities of one type, and the range of ids that contains no others.
#[derive(Debug, PartialEq)]
pub struct Segment<T> {
    /// The range begins after this entity.
    pub after: EntityRef,
    /// The range ends with this entity.
    pub to: EntityRef,
    /// All entities of the hub in the range.
    pub entities: Vec<T>,
}

/// The part that one transaction applies.
#[derive(Debug, PartialEq)]
pub enum Part {
    /// Shared entities.
    Shared(Segment<Update>),
    /// Documents of the outlet.
    Owned(Segment<OwnedDocument>),
    /// The end, with the types in the file.
    End {
        /// Types of shared entities.
        shared: BTreeSet<String>,
        /// Types of the outlet's documents.
        owned: BTreeSet<String>,
    },
}

/// A step through the file.
#[derive(Debug, PartialEq)]
pub struct Step {
    /// Lines before it, not counting the first one.
    pub at: u64,
    /// Lines in it.
    pub lines: u64,
    /// Its content.
    pub part: Part,
}

/// The steps through a checked file; the same ones every time.
pub struct Steps {
    lines: Lines,
    lookahead: Option<(SnapshotLine, usize)>,
    at: u64,
    last: Option<(bool, EntityRef)>,
    shared: BTreeSet<String>,
    owned: BTreeSet<String>,
}

impl Steps {
    /// Begins at the first step.
    ///
    /// # Errors
    /// [`SnapshotRefused`].
    pub fn open(path: &Path) -> Result<Self, SnapshotRefused> {
        let mut lines = Lines::open(path, Limits::default())?;
        head(&mut lines)?;
        let (shared, owned) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { lines, lookahead: None, at: 0, last: None, shared, owned })
    }

    /// The next step; the last one is [`Part::End`].
    ///
    /// # Errors
    /// [`SnapshotRefused`].
    pub fn next_step(&mut self) -> Result<Step, SnapshotRefused> {
        let (first, bytes) = self.next_with_size()?;
        let at = self.at;
        let (lines, part) = match first {
            SnapshotLine::Shared(first) => {
                let found = self.segment(first, bytes, false, |line| match line {
                    SnapshotLine::Shared(update) => Ok(update),
                    other => Err(Box::new(other)),
                })?;
                (found.entities.len(), Part::Shared(found))
            }
            SnapshotLine::Owned(first) => {
                let found = self.segment(first, bytes, true, |line| match line {
                    SnapshotLine::Owned(document) => Ok(document),
                    other => Err(Box::new(other)),
                })?;
                (found.entities.len(), Part::Owned(found))
            }
            SnapshotLine::End(_) => (1, Part::End { shared: self.shared.clone(), owned: self.owned.clone() }),
        };
        self.at += lines as u64;
        Ok(Step { at, lines: lines as u64, part })
    }

    fn next_with_size(&mut self) -> Result<(SnapshotLine, usize), SnapshotRefused> {
        match self.lookahead.take() {
            Some(line) => Ok(line),
            None => {
                let line = self.lines.next_line()?.ok_or(SnapshotRefused::Cut)?;
                Ok((line, self.lines.line.len()))
            }
        }
    }

    fn segment<T: SnapshotEntity>(
        &mut self,
        first: T,
        mut bytes: usize,
        owned: bool,
        same: impl Fn(SnapshotLine) -> Result<T, Box<SnapshotLine>>,
    ) -> Result<Segment<T>, SnapshotRefused> {
        let entity_type = first.of().entity_type.clone();
        if owned { &mut self.owned } else { &mut self.shared }.insert(entity_type.clone());
        let continues = |last: &(bool, EntityRef)| last.0 == owned && last.1.entity_type == entity_type;
        let after = match self.last.take().filter(continues) {
            Some((_, last)) => last,
            None => EntityRef { entity_type: entity_type.clone(), entity_id: String::new() },
        };
        let mut entities = vec![first];
        let is_last_of_type = loop {
            let (line, more) = self.next_with_size()?;
            match same(line) {
                Ok(next) if next.of().entity_type == entity_type => {
                    if entities.len() == SEGMENT_ENTITIES || bytes + more > SEGMENT_BYTES {
                        self.lookahead = Some((next.line(), more));
                        break false;
                    }
                    bytes += more;
                    entities.push(next);
                }
                Ok(next) => {
                    self.lookahead = Some((next.line(), more));
                    break true;
                }
                Err(other) => {
                    self.lookahead = Some((*other, more));
                    break true;
                }
            }
        };
        let last = entities[entities.len() - 1].of().clone();
        let to = if is_last_of_type { after_all(&entity_type) } else { last.clone() };
        self.last = Some((owned, last));
        Ok(Segment { after, to, entities })
    }
}

/// The smallest name after all entities of a type.
pub(crate) fn after_all(entity_type: &str) -> EntityRef {
    EntityRef { entity_type: format!("{entity_type}\0"), entity_id: String::new() }
}

trait SnapshotEntity {
    fn of(&self) -> &EntityRef;
    fn line(self) -> SnapshotLine;
}

impl SnapshotEntity for Update {
    fn of(&self) -> &EntityRef {
        &self.of
    }
    fn line(self) -> SnapshotLine {
        SnapshotLine::Shared(self)
    }
}

impl SnapshotEntity for OwnedDocument {
    fn of(&self) -> &EntityRef {
        &self.of
    }
    fn line(self) -> SnapshotLine {
        SnapshotLine::Owned(self)
    }
}
