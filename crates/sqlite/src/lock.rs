//! One server per database: whoever serves it holds a file beside it and the database file itself.
//!
//! The file beside it is there before the database and outlives its replacement. The database file is locked because a
//! second name (a hard link) has other files beside it. Both locks are `flock`, which does not meet SQLite's own locks. Those
//! end for the whole process when it closes *any* descriptor of the file: descriptors of databases are therefore never
//! closed, and used again when the file is locked again.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{OpenError, beside, files};

/// Device and number of a file.
pub(crate) type Inode = (u64, u64);

static DATABASES: Mutex<Option<HashMap<Inode, Database>>> = Mutex::new(None);

struct Database {
    /// All that were opened; the first one is locked.
    files: Vec<File>,
    held: bool,
}

/// The right to serve a database. Held while it lives.
#[derive(Debug)]
pub struct Lock {
    _beside: File,
    path: PathBuf,
    made: bool,
    database: Option<Inode>,
}

impl Lock {
    /// Takes the lock of a database, which [`crate::resolve`] has found; none when another server holds it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn take(db: &Path) -> Result<Option<Self>, OpenError> {
        let path = beside(db, ".lock");
        let fail = |error: io::Error| refused(db, &path, &error);
        let made = !path.exists();
        let options = &mut OpenOptions::new();
        let file = files::open_private(&path, options.create(true).truncate(false).write(true)).map_err(fail)?;
        if !try_lock(&file).map_err(fail)? {
            return Ok(None);
        }
        let mut lock = Self { _beside: file, path: path.clone(), made, database: None };
        let held = lock.hold_file(db);
        if !matches!(held, Ok(true)) {
            lock.undo();
            return held.map(|_| None);
        }
        Ok(Some(lock))
    }

    /// Locks the database file too, if it is there by now and is not locked yet; whether it is ours.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn hold_file(&mut self, db: &Path) -> Result<bool, OpenError> {
        if self.database.is_some() {
            return Ok(true);
        }
        match hold(db) {
            Ok(None) => Ok(false),
            Ok(inode) => {
                self.database = inode;
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(OpenError::from_system(db, &error)),
        }
    }

    /// Lets go, and leaves nothing that was not there before: the database was not opened after all.
    pub fn undo(self) {
        if self.made {
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

/// Locks a database file; none when somebody else has, in this process or another one.
fn hold(db: &Path) -> io::Result<Option<Inode>> {
    let mut databases = databases();
    let databases = databases.get_or_insert_default();
    let of = |file: &std::fs::Metadata| (file.dev(), file.ino());
    let mut inode = of(&std::fs::metadata(db)?);
    if !databases.contains_key(&inode) {
        let file = File::open(db)?;
        // Another file may have been put there meanwhile.
        inode = of(&file.metadata()?);
        databases.entry(inode).or_insert_with(|| Database { files: Vec::new(), held: false }).files.push(file);
    }
    let Some(database) = databases.get_mut(&inode) else { return Ok(None) };
    if database.held || !try_lock(&database.files[0])? {
        return Ok(None);
    }
    database.held = true;
    Ok(Some(inode))
}

/// The database that this process served was put back as another file.
pub(crate) fn follow(before: Option<Inode>, path: &Path) {
    let served =
        before.is_some_and(|before| databases().as_ref().is_some_and(|all| all.get(&before).is_some_and(|of| of.held)));
    if served && !hold(path).is_ok_and(|held| held.is_some()) {
        tracing::warn!(path = %path.display(), "the database that was put back cannot be locked");
    }
}

/// Whether a server runs under this name and has another file open than the one that is there.
#[must_use]
pub fn serves_another_file(db: &Path) -> bool {
    let lock = crate::open_file(&beside(db, ".lock"));
    if !lock.is_ok_and(|file| try_lock(&file).is_ok_and(|ours| !ours)) {
        return false;
    }
    let Ok(Some(inode)) = hold(db) else { return false };
    release(inode);
    true
}

fn release(inode: Inode) {
    if let Some(database) = databases().as_mut().and_then(|all| all.get_mut(&inode)) {
        database.held = false;
        let _ = database.files[0].unlock();
    }
}

/// Whether a database that this process serves has a name still, though perhaps another one.
pub(crate) fn has_a_name(inode: Option<Inode>) -> bool {
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

/// That no file can be made beside a database is said of the database, else it is the lock's own trouble.
fn refused(db: &Path, path: &Path, error: &io::Error) -> OpenError {
    match error.kind() {
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::StorageFull
        | ErrorKind::NotFound
        | ErrorKind::NotADirectory => OpenError::from_system(db, error),
        _ => OpenError::Beside { path: path.to_owned(), message: error.to_string() },
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
        assert!(!at("other/hard.db.lock").exists(), "nothing is left behind");
        drop(first);
        assert!(take("other/hard.db").is_some());
        assert!(take("link.db").is_some());
    }

    #[test]
    fn a_database_that_is_made_under_the_lock_is_locked_too() {
        let dir = tempfile::tempdir().unwrap();
        let db = dir.path().join("pos.db");
        let mut first = Lock::take(&db).unwrap().unwrap();
        std::fs::write(&db, "").unwrap();
        assert!(first.hold_file(&db).unwrap());
        std::fs::hard_link(&db, dir.path().join("hard.db")).unwrap();
        assert!(Lock::take(&dir.path().join("hard.db")).unwrap().is_none());
    }

    /// SQLite's own lock of a connection that is open is not lost when the lock is tried and let go.
    #[test]
    fn trying_the_lock_leaves_sqlites_own_locks_alone() {
        let dir = tempfile::tempdir().unwrap();
        let db = dir.path().join("pos.db");
        let writer = Connection::open(&db).unwrap();
        writer.execute_batch("create table t (x); begin exclusive").unwrap();
        drop(Lock::take(&db).unwrap().unwrap());
        assert!(Lock::take(&db).unwrap().is_some());
        // Asked of another process: one process never meets its own locks.
        #[expect(clippy::disallowed_methods, reason = "testkit builds on this crate")]
        let mut shell = std::process::Command::new("sqlite3");
        let shell = shell.env_clear().arg(&db).arg("select count(*) from t").output().unwrap();
        let said = String::from_utf8_lossy(&shell.stderr);
        assert!(said.contains("locked"), "{said}");
    }
}
