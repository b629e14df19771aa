//! Detects removal or replacement of the open database file or its WAL.
//!
//! SQLite keeps using files that were removed or replaced while it had them open: writes succeed, but later commits are
//! lost when the server ends. The writer therefore checks the files before each group of writes. A removed WAL or
//! database is restored from the open files and reopened. If another file is at the database's path, Gerai cannot
//! decide which one is right: the open database is copied beside it, and writes are refused until a person decides.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::changes::Watcher;
use crate::copy::copy_all;
use crate::lock::{Inode, has_name, relock};
use crate::open::{connect, create_private, prepare_writer};
use crate::readers::Readers;
use crate::{Fault, OpenError, disable_wal, sibling};

/// How long one attempt waits for readers to finish.
const READERS_TIMEOUT: Duration = Duration::from_millis(250);
/// Maximum number of copies beside one database.
const MAX_COPIES: u32 = 100;

/// The writer's connection with the identity of its files.
pub(crate) struct FileIdentity {
    path: PathBuf,
    readers: Arc<Readers>,
    /// `None` if reopening failed.
    connection: Option<Connection>,
    watcher: Option<Watcher>,
    database: Option<Inode>,
    wal: Option<Inode>,
    /// Set while another file is at the database's path; the open database was copied then.
    replaced: Option<Fault>,
    /// The folder was renamed; this was logged.
    moved: bool,
}

enum FileState {
    InPlace,
    WalRemoved,
    Removed,
    Replaced,
}

impl FileIdentity {
    pub(crate) fn new(path: PathBuf, connection: Connection, readers: Arc<Readers>) -> Self {
        // `BUSY_TIMEOUT` counts per write, so the writer waits for locks itself.
        let _ = connection.busy_timeout(Duration::ZERO);
        let mut files = Self {
            path,
            readers,
            connection: Some(connection),
            watcher: None,
            database: None,
            wal: None,
            replaced: None,
            moved: false,
        };
        files.record_identity();
        files
    }

    /// Reports changes from now on.
    pub(crate) fn watch(&mut self, watcher: Watcher) {
        self.watcher = Some(watcher);
        self.attach_watcher();
    }

    fn attach_watcher(&mut self) {
        if let (Some(watcher), Some(connection)) = (&mut self.watcher, &self.connection) {
            watcher.attach(connection);
        }
    }

    fn record_identity(&mut self) {
        self.database = inode(&self.path).ok().flatten();
        self.wal = inode(&self.wal_path()).ok().flatten();
    }

    fn wal_path(&self) -> PathBuf {
        sibling(&self.path, "-wal")
    }

    fn file_state(&self) -> FileState {
        // An error of the check must not stop writes.
        let (Ok(database), Ok(wal)) = (inode(&self.path), inode(&self.wal_path())) else { return FileState::InPlace };
        match (self.database, database) {
            (Some(_), None) => FileState::Removed,
            (Some(open), Some(current)) if open != current => FileState::Replaced,
            _ if self.wal.is_some() && wal != self.wal => FileState::WalRemoved,
            _ => FileState::InPlace,
        }
    }

    /// Returns the connection to write to and the watcher of its changes, after repairing the files if necessary.
    ///
    /// # Errors
    /// Writing is not possible.
    pub(crate) fn ready(&mut self) -> Result<(&Connection, Option<&Watcher>), Fault> {
        match self.file_state() {
            FileState::Replaced => return Err(self.handle_replaced()),
            _ if self.connection.is_none() => self.reopen()?,
            FileState::InPlace => {}
            FileState::WalRemoved => self.restore_wal()?,
            FileState::Removed => self.restore_database()?,
        }
        if self.replaced.take().is_some() {
            self.readers.refuse(None);
        }
        let connection = self.connection.as_ref().ok_or(Fault::Closed)?;
        if let Some(watcher) = &mut self.watcher {
            watcher.look(connection);
        }
        Ok((connection, self.watcher.as_ref()))
    }

    /// The database file is still the right one: checkpoints the WAL into it and reopens it.
    fn restore_wal(&mut self) -> Result<(), Fault> {
        let path = self.path.display().to_string();
        let Some(_readers) = self.readers.pause(READERS_TIMEOUT) else {
            // A reader is still active. Until the next attempt, the checkpointed part is safe.
            tracing::error!(path, "the WAL of the database was removed while the server ran; it will be recreated");
            return checkpoint(self.connection.as_ref()).map(|_| ());
        };
        if !checkpoint(self.connection.as_ref())? {
            return Ok(());
        }
        self.connection = None;
        self.reopen()?;
        tracing::error!(path, "the WAL of the database was removed while the server ran; it was recreated");
        Ok(())
    }

    /// Restores the removed file. If the whole folder was renamed, writes continue to the file in its new location.
    fn restore_database(&mut self) -> Result<(), Fault> {
        let path = self.path.display().to_string();
        let copy = sibling(&self.path, ".returning");
        let folder_is_there = self.path.parent().is_some_and(Path::exists);
        match self.copy_to(&copy) {
            Err(_) if !folder_is_there && has_name(self.database) => {
                if !std::mem::replace(&mut self.moved, true) {
                    tracing::error!(path, "the folder of the database was moved while the server ran; move it back");
                }
                return Ok(());
            }
            copied => copied?,
        }
        let Some(_readers) = self.readers.pause(READERS_TIMEOUT) else {
            crate::remove(&copy);
            return Err(Fault::Busy);
        };
        // The file may exist under another name; leave it complete.
        let _ = checkpoint(self.connection.as_ref());
        self.connection = None;
        self.remove_wal();
        if let Err(error) = std::fs::rename(&copy, &self.path) {
            let copy = copy.display().to_string();
            tracing::error!(path, copy, %error, "the database was removed and cannot be restored; the copy remains");
            return Err(Fault::Replaced(Arc::new(error.to_string())));
        }
        let before = self.database;
        self.reopen()?;
        relock(before, &self.path);
        tracing::error!(path, "the database was removed while the server ran; it was restored");
        Ok(())
    }

    /// Copies the open database once, and prevents its WAL from being applied to the other database.
    fn handle_replaced(&mut self) -> Fault {
        if let Some(fault) = &self.replaced {
            return fault.clone();
        }
        let path = self.path.display().to_string();
        let free = (1..=MAX_COPIES).map(|n| sibling(&self.path, &format!(".unlinked-{n}"))).find(|copy| !copy.exists());
        let copied = free.ok_or_else(|| "there are too many copies beside it".to_owned()).and_then(|copy| {
            self.copy_to(&copy).map(|()| copy.display().to_string()).map_err(|fault| fault.to_string())
        });
        let detail = match copied {
            Ok(copy) => {
                let _ = checkpoint(self.connection.as_ref());
                self.remove_wal();
                format!("this server's data is in {copy}")
            }
            Err(why) => format!("this server's data could not be copied ({why}) and is lost when it stops"),
        };
        tracing::error!(path, detail, "the database file was replaced while the server ran");
        let fault = Fault::Replaced(Arc::new(detail));
        self.readers.refuse(Some(fault.clone()));
        self.replaced = Some(fault.clone());
        fault
    }

    fn copy_to(&self, copy: &Path) -> Result<(), Fault> {
        let Some(connection) = &self.connection else { return Err(Fault::Closed) };
        let fill = || {
            create_private(copy)?;
            let fail = |error: rusqlite::Error| OpenError::from_sqlite(copy, &error);
            let mut to = connect(copy, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fail)?;
            copy_all(connection, &mut to, &self.path, copy)?;
            Ok::<_, crate::CopyError>(disable_wal(&to).map_err(fail)?)
        };
        fill().map_err(|error| {
            crate::remove(copy);
            Fault::Replaced(Arc::new(error.to_string()))
        })
    }

    /// Deletes the WAL of the open database; the WAL of another database stays.
    fn remove_wal(&self) {
        let wal = self.wal_path();
        if self.wal.is_some() && inode(&wal).is_ok_and(|current| current == self.wal) {
            let _ = std::fs::remove_file(wal);
            let _ = std::fs::remove_file(sibling(&self.path, "-shm"));
        }
    }

    fn reopen(&mut self) -> Result<(), Fault> {
        let connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        prepare_writer(&connection)?;
        let _ = connection.busy_timeout(Duration::ZERO);
        // SQLite creates the WAL at the first read.
        connection.query_row("select count(*) from sqlite_master", [], |row| row.get::<_, i64>(0))?;
        self.connection = Some(connection);
        self.attach_watcher();
        self.record_identity();
        Ok(())
    }

    /// Called when the server stops.
    pub(crate) fn close(self) {
        let _ = checkpoint(self.connection.as_ref());
    }
}

/// Checkpoints the WAL; returns whether it is empty now.
fn checkpoint(connection: Option<&Connection>) -> Result<bool, Fault> {
    let Some(connection) = connection else { return Ok(false) };
    Ok(connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0))? == 0)
}

fn inode(path: &Path) -> std::io::Result<Option<Inode>> {
    match std::fs::metadata(path) {
        Ok(file_state) => Ok(Some((file_state.dev(), file_state.ino()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Readers {
    /// Blocks readers while the returned value exists. `None` if a reader stays active for longer than `longest`.
    fn pause(&self, longest: Duration) -> Option<crate::readers::Pause> {
        let until = Instant::now() + longest;
        loop {
            match self.try_pause() {
                Some(pause) => return Some(pause),
                None if Instant::now() > until => return None,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}
