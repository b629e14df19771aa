//! The files of an open database under their names.
//!
//! SQLite goes on with files that somebody has removed or replaced while it had them open: everything works, and what is
//! committed then is gone once the server ends. So the writer looks before each group of writes. A log or a database that
//! was removed is put back from what is open, and opened again. Where another file has taken the database's place nobody
//! knows which of the two is right: what is open is copied beside it, and writes are refused until a person has decided.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::copy::copy_all;
use crate::lock::{Inode, follow, has_a_name};
use crate::open::{connect, create_private, prepare_writer};
use crate::readers::Readers;
use crate::{Fault, OpenError, beside, one_file};

/// Readers are waited for so long at each try.
const READERS: Duration = Duration::from_millis(250);
/// Copies of one database that are kept beside it.
const MAX_COPIES: u32 = 100;

/// The writer's connection, and where its files are.
pub(crate) struct Place {
    path: PathBuf,
    readers: Arc<Readers>,
    /// None: it could not be opened again.
    connection: Option<Connection>,
    database: Option<Inode>,
    log: Option<Inode>,
    /// Another file is in the database's place, and what is open was copied.
    displaced: Option<Fault>,
    /// The database has another name, and this was said.
    moved: bool,
}

enum Found {
    InPlace,
    LogGone,
    Gone,
    Another,
}

impl Place {
    pub(crate) fn new(path: PathBuf, connection: Connection, readers: Arc<Readers>) -> Self {
        // The writer waits for a lock itself, so that each write gets its own time-out.
        let _ = connection.busy_timeout(Duration::ZERO);
        let mut place = Self {
            path,
            readers,
            connection: Some(connection),
            database: None,
            log: None,
            displaced: None,
            moved: false,
        };
        place.remember();
        place
    }

    fn remember(&mut self) {
        self.database = inode(&self.path).ok().flatten();
        self.log = inode(&self.log_path()).ok().flatten();
    }

    fn log_path(&self) -> PathBuf {
        beside(&self.path, "-wal")
    }

    fn found(&self) -> Found {
        // What cannot be looked at is no reason to stop.
        let (Ok(database), Ok(log)) = (inode(&self.path), inode(&self.log_path())) else { return Found::InPlace };
        match (self.database, database) {
            (Some(_), None) => Found::Gone,
            (Some(open), Some(there)) if open != there => Found::Another,
            _ if self.log.is_some() && log != self.log => Found::LogGone,
            _ => Found::InPlace,
        }
    }

    /// The connection to write to, once the files are where they belong.
    ///
    /// # Errors
    /// Nothing may be written.
    pub(crate) fn ready(&mut self) -> Result<&Connection, Fault> {
        match self.found() {
            Found::Another => return Err(self.another()),
            _ if self.connection.is_none() => self.open_again()?,
            Found::InPlace => {}
            Found::LogGone => self.log_gone()?,
            Found::Gone => self.gone()?,
        }
        if self.displaced.take().is_some() {
            self.readers.refuse(None);
        }
        self.connection.as_ref().ok_or(Fault::Closed)
    }

    /// What is in the log is folded into the file, which is still the right one.
    fn log_gone(&mut self) -> Result<(), Fault> {
        let path = self.path.display().to_string();
        let Some(_readers) = self.readers.pause(READERS) else {
            // Somebody reads for long. Until the next try what can be folded is safe.
            tracing::error!(path, "the log of the database was removed while the server ran; it is made again soon");
            return fold(self.connection.as_ref()).map(|_| ());
        };
        if !fold(self.connection.as_ref())? {
            return Ok(());
        }
        self.connection = None;
        self.open_again()?;
        tracing::error!(path, "the log of the database was removed while the server ran; it was made again");
        Ok(())
    }

    /// The file is put back as it was. One whose whole folder was moved is written to where it is now.
    fn gone(&mut self) -> Result<(), Fault> {
        let path = self.path.display().to_string();
        let copy = beside(&self.path, ".returning");
        let folder_is_there = self.path.parent().is_some_and(Path::exists);
        match self.copy_to(&copy) {
            Err(_) if !folder_is_there && has_a_name(self.database) => {
                if !std::mem::replace(&mut self.moved, true) {
                    tracing::error!(path, "the folder of the database was moved while the server ran; move it back");
                }
                return Ok(());
            }
            copied => copied?,
        }
        let Some(_readers) = self.readers.pause(READERS) else {
            crate::remove(&copy);
            return Err(Fault::Busy);
        };
        // The file may have another name now, and is whole then.
        let _ = fold(self.connection.as_ref());
        self.connection = None;
        self.forget_log();
        if let Err(error) = std::fs::rename(&copy, &self.path) {
            let copy = copy.display().to_string();
            tracing::error!(path, copy, %error, "the database was removed and cannot be put back; its copy is kept");
            return Err(Fault::Displaced(Arc::new(error.to_string())));
        }
        let before = self.database;
        self.open_again()?;
        follow(before, &self.path);
        tracing::error!(path, "the database was removed while the server ran; it was put back as it was");
        Ok(())
    }

    /// Done once: the copy, and that our log is not played into a database that it does not belong to.
    fn another(&mut self) -> Fault {
        if let Some(fault) = &self.displaced {
            return fault.clone();
        }
        let path = self.path.display().to_string();
        let free = (1..=MAX_COPIES).map(|n| beside(&self.path, &format!(".unlinked-{n}"))).find(|copy| !copy.exists());
        let kept = free.ok_or_else(|| "too many copies lie beside it".to_owned()).and_then(|copy| {
            self.copy_to(&copy).map(|()| copy.display().to_string()).map_err(|fault| fault.to_string())
        });
        let words = match kept {
            Ok(copy) => {
                let _ = fold(self.connection.as_ref());
                self.forget_log();
                format!("what this server had is kept in {copy}")
            }
            Err(why) => format!("what this server had could not be copied ({why}), and is lost when it stops"),
        };
        tracing::error!(path, words, "another file was put in the place of the database while the server ran");
        let fault = Fault::Displaced(Arc::new(words));
        self.readers.refuse(Some(fault.clone()));
        self.displaced = Some(fault.clone());
        fault
    }

    fn copy_to(&self, copy: &Path) -> Result<(), Fault> {
        let Some(connection) = &self.connection else { return Err(Fault::Closed) };
        let fill = || {
            create_private(copy)?;
            let fail = |error: rusqlite::Error| OpenError::from_sqlite(copy, &error);
            let mut to = connect(copy, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fail)?;
            copy_all(connection, &mut to, &self.path, copy)?;
            Ok::<_, crate::CopyError>(one_file(&to).map_err(fail)?)
        };
        fill().map_err(|error| {
            crate::remove(copy);
            Fault::Displaced(Arc::new(error.to_string()))
        })
    }

    /// Takes our log from its name; one that is another's stays.
    fn forget_log(&self) {
        let log = self.log_path();
        if self.log.is_some() && inode(&log).is_ok_and(|there| there == self.log) {
            let _ = std::fs::remove_file(log);
            let _ = std::fs::remove_file(beside(&self.path, "-shm"));
        }
    }

    fn open_again(&mut self) -> Result<(), Fault> {
        let connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        prepare_writer(&connection)?;
        let _ = connection.busy_timeout(Duration::ZERO);
        // The log is there once something was read.
        connection.query_row("select count(*) from sqlite_master", [], |row| row.get::<_, i64>(0))?;
        self.connection = Some(connection);
        self.remember();
        Ok(())
    }

    /// The server ends.
    pub(crate) fn close(self) {
        let _ = fold(self.connection.as_ref());
    }
}

/// Whether the log is empty now: all of it is in the file.
fn fold(connection: Option<&Connection>) -> Result<bool, Fault> {
    let Some(connection) = connection else { return Ok(false) };
    Ok(connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0))? == 0)
}

fn inode(path: &Path) -> std::io::Result<Option<Inode>> {
    match std::fs::metadata(path) {
        Ok(found) => Ok(Some((found.dev(), found.ino()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Readers {
    /// No reader has the database open while the answer lives; none where one reads for longer than this.
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
