//! Allows one server per database, by locks on a file beside it and on the database file.
//!
//! The file beside it exists before the database and survives its replacement. The database file is locked too, because
//! a second name (a hard link) has other files beside it. Both locks are `flock`, which does not interfere with
//! SQLite's POSIX locks. Those end for the whole process when it closes *any* descriptor of the file, so descriptors of
//! databases are never closed and are reused for the next lock.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{OpenError, files, sibling};

/// Device and inode number of a file.
pub(crate) type Inode = (u64, u64);

static DATABASES: Mutex<Option<HashMap<Inode, Database>>> = Mutex::new(None);

struct Database {
    /// All descriptors; the first one is locked.
    files: Vec<File>,
    locked: bool,
}

/// The right to serve a database, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _beside: File,
    path: PathBuf,
    is_new: bool,
    database: Option<Inode>,
}

impl Lock {
    /// Locks a database at a path from [`crate::resolve`]; `None` if another server has locked it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn take(db: &Path) -> Result<Option<Self>, OpenError> {
        let path = sibling(db, ".lock");
        let fail = |error: io::Error| refused(db, &path, &error);
        let is_new = !path.exists();
        let options = &mut OpenOptions::new();
        let file = files::open_private(&path, options.create(true).truncate(false).write(true)).map_err(fail)?;
        if !try_lock(&file).map_err(fail)? {
            return Ok(None);
        }
        let mut lock = Self { _beside: file, path: path.clone(), is_new, database: None };
        let locked = lock.lock_file(db);
        if !matches!(locked, Ok(true)) {
            lock.discard();
            return locked.map(|_| None);
        }
        Ok(Some(lock))
    }

    /// Locks the database file too if it exists and is not locked yet. Returns `false` if another server has locked it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn lock_file(&mut self, db: &Path) -> Result<bool, OpenError> {
        if self.database.is_some() {
            return Ok(true);
        }
        match lock_database(db) {
            Ok(None) => Ok(false),
            Ok(inode) => {
                self.database = inode;
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(OpenError::from_system(db, &error)),
        }
    }

    /// Releases the lock of a database that was not opened, and deletes the lock file if it is new.
    pub fn discard(self) {
        if self.is_new {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(inode) = self.database {
            release(inode);
        }
    }
}

fn databases() -> MutexGuard<'static, Option<HashMap<Inode, Database>>> {
    DATABASES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks a database file; `None` if it is locked, by this process or another one.
fn lock_database(db: &Path) -> io::Result<Option<Inode>> {
    let mut databases = databases();
    let databases = databases.get_or_insert_default();
    let of = |file: &std::fs::Metadata| (file.dev(), file.ino());
    let mut inode = of(&std::fs::metadata(db)?);
    if !databases.contains_key(&inode) {
        let file = File::open(db)?;
        // The file may have been replaced in between.
        inode = of(&file.metadata()?);
        databases.entry(inode).or_insert_with(|| Database { files: Vec::new(), locked: false }).files.push(file);
    }
    let Some(database) = databases.get_mut(&inode) else { return Ok(None) };
    if database.locked || !try_lock(&database.files[0])? {
        return Ok(None);
    }
    database.locked = true;
    Ok(Some(inode))
}

/// Moves the lock to the restored file of a database that this process serves.
pub(crate) fn relock(before: Option<Inode>, path: &Path) {
    let served = before
        .is_some_and(|before| databases().as_ref().is_some_and(|all| all.get(&before).is_some_and(|of| of.locked)));
    if served && !lock_database(path).is_ok_and(|locked| locked.is_some()) {
        tracing::warn!(path = %path.display(), "the restored database cannot be locked");
    }
}

/// Whether a server runs under this path and has a different file open.
#[must_use]
pub fn serves_another_file(db: &Path) -> bool {
    let lock = crate::open_file(&sibling(db, ".lock"));
    if !lock.is_ok_and(|file| try_lock(&file).is_ok_and(|ours| !ours)) {
        return false;
    }
    let Ok(Some(inode)) = lock_database(db) else { return false };
    release(inode);
    true
}

fn release(inode: Inode) {
    if let Some(database) = databases().as_mut().and_then(|all| all.get_mut(&inode)) {
        database.locked = false;
        let _ = database.files[0].unlock();
    }
}

/// Whether a database that this process serves still has a name, possibly a new one.
pub(crate) fn has_name(inode: Option<Inode>) -> bool {
    let mut databases = databases();
    let database = inode.and_then(|inode| databases.as_mut()?.get(&inode));
    database.is_some_and(|database| database.files[0].metadata().is_ok_and(|file| file.nlink() > 0))
}

fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// If no file can be created beside the database, the error names the database; otherwise it names the lock file.
fn refused(db: &Path, path: &Path, error: &io::Error) -> OpenError {
    match error.kind() {
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::StorageFull
        | ErrorKind::NotFound
        | ErrorKind::NotADirectory => OpenError::from_system(db, error),
        _ => OpenError::LockFile { path: path.to_owned(), message: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Connection, resolve};

    #[test]
    fn a_database_is_served_once_under_all_its_names() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("pos.db"), "").unwrap();
        std::os::unix::fs::symlink("pos.db", at("link.db")).unwrap();
        std::fs::create_dir(at("other")).unwrap();
        std::fs::hard_link(at("pos.db"), at("other/hard.db")).unwrap();
        let take = |name: &str| Lock::take(&resolve(&at(name)).unwrap()).unwrap();
        let first = take("pos.db").unwrap();
        for name in ["pos.db", "link.db", "other/hard.db"] {
            assert!(take(name).is_none(), "{name}");
        }
        assert!(!at("other/hard.db.lock").exists(), "no lock file remains");
        drop(first);
        assert!(take("other/hard.db").is_some());
        assert!(take("link.db").is_some());
    }

    #[test]
    fn a_database_created_under_the_lock_is_locked_too() {
        let dir = tempfile::tempdir().unwrap();
        let db = dir.path().join("pos.db");
        let mut first = Lock::take(&db).unwrap().unwrap();
        std::fs::write(&db, "").unwrap();
        assert!(first.lock_file(&db).unwrap());
        std::fs::hard_link(&db, dir.path().join("hard.db")).unwrap();
        assert!(Lock::take(&dir.path().join("hard.db")).unwrap().is_none());
    }

    /// Locking and unlocking must not drop SQLite's lock of an open connection.
    #[test]
    fn trying_the_lock_leaves_sqlites_own_locks_alone() {
        let dir = tempfile::tempdir().unwrap();
        let db = dir.path().join("pos.db");
        let writer = Connection::open(&db).unwrap();
        writer.execute_batch("create table t (x); begin exclusive").unwrap();
        drop(Lock::take(&db).unwrap().unwrap());
        assert!(Lock::take(&db).unwrap().is_some());
        // A second process checks: a process never conflicts with its own locks.
        #[expect(clippy::disallowed_methods, reason = "testkit builds on this crate")]
        let mut shell = std::process::Command::new("sqlite3");
        let shell = shell.env_clear().arg(&db).arg("select count(*) from t").output().unwrap();
        let stderr = String::from_utf8_lossy(&shell.stderr);
        assert!(stderr.contains("locked"), "{stderr}");
    }
}
