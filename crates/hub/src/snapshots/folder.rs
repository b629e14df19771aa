//! The folder in which snapshots are kept: whose each is, when it was made and what it hashes to stand in its name.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sync::snapshot::{Head, hex};

/// The longest first line that is looked at.
const MOST_HEAD: u64 = 64 * 1024;

/// A finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub path: PathBuf,
    pub outlet_id: String,
    /// When, in milliseconds since 1970.
    pub made_ms: i64,
    /// SHA-256 of the file in hexadecimal digits.
    pub sha256: String,
    pub bytes: u64,
}

impl Kept {
    /// Its first line.
    pub(super) fn head(&self) -> io::Result<Head> {
        let decoder = zstd::stream::read::Decoder::new(File::open(&self.path)?)?;
        let mut line = Vec::new();
        BufReader::new(decoder.take(MOST_HEAD)).read_until(b'\n', &mut line)?;
        Ok(serde_json::from_slice(&line)?)
    }
}

/// The folder.
#[derive(Debug)]
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    /// What is kept, newest first.
    pub(super) fn list(&self) -> io::Result<Vec<Kept>> {
        let entries = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut kept: Vec<_> = entries.filter_map(|entry| read_name(&entry.ok()?.path())).collect();
        kept.sort_by(|one, other| other.made_ms.cmp(&one.made_ms).then_with(|| one.path.cmp(&other.path)));
        Ok(kept)
    }

    /// A new file, filled by `fill`, on disk when this returns.
    pub(super) fn add<E: From<io::Error>>(
        &self,
        outlet_id: &str,
        made_ms: i64,
        fill: impl FnOnce(Hashing) -> Result<Hashing, E>,
    ) -> Result<Kept, E> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let unfinished = self.0.join(format!("{outlet_id}.part"));
        let (sha256, bytes) = fill_new(&unfinished, fill).inspect_err(|_| drop(std::fs::remove_file(&unfinished)))?;
        let path = self.0.join(format!("{outlet_id}.{made_ms}.{sha256}.zst"));
        std::fs::rename(&unfinished, &path)?;
        File::open(&self.0)?.sync_all()?;
        Ok(Kept { path, outlet_id: outlet_id.to_owned(), made_ms, sha256, bytes })
    }
}

/// Makes a private file, lets `fill` write it, and puts it on the disk. Says what it hashes to and how long it is.
pub(super) fn fill_new<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(Hashing) -> Result<Hashing, E>,
) -> Result<(String, u64), E> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let Hashing { file, hash, bytes } = fill(Hashing { file, hash: Sha256::new(), bytes: 0 })?;
    file.sync_all()?;
    Ok((hex(&hash.finalize()), bytes))
}

/// A file that is hashed as it is written.
#[derive(Debug)]
pub(super) struct Hashing {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashing {
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

fn read_name(path: &Path) -> Option<Kept> {
    let name = path.file_name()?.to_str()?.strip_suffix(".zst")?;
    let mut parts = name.rsplitn(3, '.');
    let (sha256, made_ms, outlet_id) =
        (parts.next()?.to_owned(), parts.next()?.parse().ok()?, parts.next()?.to_owned());
    let bytes = std::fs::metadata(path).ok()?.len();
    Some(Kept { path: path.to_owned(), outlet_id, made_ms, sha256, bytes })
}
