//! The folder of snapshots: a file name contains outlet, time and hash.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::snapshot::{Head, hex};
use sha2::{Digest, Sha256};

/// Maximum length of the first line.
const MAX_HEAD: u64 = 64 * 1024;

/// When a file was created. Fields are in comparison order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Made {
    /// The hour of the hub's running.
    pub hour: i64,
    /// Milliseconds since 1970, by the clock of that time.
    pub ms: i64,
}

/// A finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredSnapshot {
    pub path: PathBuf,
    pub outlet_id: String,
    /// When it was created.
    pub made: Made,
    /// SHA-256 of the file in hexadecimal digits.
    pub sha256: String,
    pub bytes: u64,
}

impl StoredSnapshot {
    /// The file's first line.
    pub(super) fn head(&self) -> io::Result<Head> {
        let decoder = zstd::stream::read::Decoder::new(File::open(&self.path)?)?;
        let mut line = Vec::new();
        BufReader::new(decoder.take(MAX_HEAD)).read_until(b'\n', &mut line)?;
        Ok(serde_json::from_slice(&line)?)
    }
}

/// The folder.
#[derive(Debug)]
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    /// The stored snapshots, newest first.
    pub(super) fn list(&self) -> io::Result<Vec<StoredSnapshot>> {
        let entries = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut snapshots: Vec<_> = entries.filter_map(|entry| read_name(&entry.ok()?.path())).collect();
        snapshots.sort_by(|one, other| other.made.cmp(&one.made).then_with(|| one.path.cmp(&other.path)));
        Ok(snapshots)
    }

    /// Creates a temporary file under a unique name, because several nodes may share the folder.
    pub(super) fn begin(&self, outlet_id: &str) -> io::Result<Unfinished> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        sqlite::adopt(&self.0)?;
        Unfinished::create(self.0.join(format!("{outlet_id}.{:08x}.part", rand::random::<u32>())))
    }

    /// Adds a completed file.
    pub(super) fn add(&self, outlet_id: String, made: Made, written: Unfinished) -> io::Result<StoredSnapshot> {
        let Made { hour, ms } = made;
        let (bytes, named) =
            (written.bytes, |sha256: &str| self.0.join(format!("{outlet_id}.{hour}.{ms}.{sha256}.zst")));
        let (path, sha256) = written.complete(named)?;
        Ok(StoredSnapshot { path, outlet_id, made, sha256, bytes })
    }

    /// Files that were never completed, because the hub was killed.
    pub(super) fn left_over(&self, for_at_least: Duration) -> io::Result<Vec<PathBuf>> {
        let entries = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let old = |path: &PathBuf| {
            let touched = std::fs::metadata(path).and_then(|file| file.modified()).ok();
            // A file from the future was written by a clock that ran ahead.
            touched.is_some_and(|at| at.elapsed().unwrap_or_else(|ahead| ahead.duration()) >= for_at_least)
        };
        let parts = entries.filter_map(|entry| Some(entry.ok()?.path()));
        Ok(parts.filter(|path| path.extension().is_some_and(|end| end == "part") && old(path)).collect())
    }
}

/// A file that only its owner may read, hashed while it is written. Dropping it deletes it unless it is completed.
#[derive(Debug)]
pub(super) struct Unfinished {
    path: Option<PathBuf>,
    file: File,
    hash: Sha256,
    pub(super) bytes: u64,
}

impl Unfinished {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = sqlite::open_private(&path, OpenOptions::new().write(true).create(true).truncate(true))?;
        Ok(Self { path: Some(path), file, hash: Sha256::new(), bytes: 0 })
    }

    /// Syncs the file and renames it to the path that `named` returns for its SHA-256. Depends on the speed of the
    /// disk, so do not call it inside a transaction.
    pub(super) fn complete(mut self, named: impl FnOnce(&str) -> PathBuf) -> io::Result<(PathBuf, String)> {
        self.file.sync_all()?;
        let sha256 = hex(&std::mem::take(&mut self.hash).finalize());
        let name = named(&sha256);
        if let Some(path) = &self.path {
            std::fs::rename(path, &name)?;
            self.path = None;
        }
        let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok((name, sha256))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn read_name(path: &Path) -> Option<StoredSnapshot> {
    let name = path.file_name()?.to_str()?.strip_suffix(".zst")?;
    let mut parts = name.rsplitn(4, '.');
    let (sha256, ms, hour, outlet_id) =
        (parts.next()?.to_owned(), parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.to_owned());
    let bytes = std::fs::metadata(path).ok()?.len();
    Some(StoredSnapshot { path: path.to_owned(), outlet_id, made: Made { hour, ms }, sha256, bytes })
}
