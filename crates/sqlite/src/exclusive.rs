//! Opens a database for exclusive use.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::{OpenError, connect, disable_wal};

/// Offset of the "file change counter" in SQLite's file format.
const CHANGES_AT: u64 = 24;

/// Opens a database that no other process has open, checkpoints its WAL into the file, and blocks other readers and
/// writers with a transaction that ends with the connection. Returns [`OpenError::Busy`] if another process has it
/// open.
///
/// # Errors
/// [`OpenError`].
pub fn open_exclusive(path: &Path) -> Result<Connection, OpenError> {
    let fail = |error: rusqlite::Error| OpenError::from_sqlite(path, &error);
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fail)?;
    disable_wal(&connection).map_err(fail)?;
    connection.execute_batch("begin exclusive").map_err(fail)?;
    // A server that started between these two statements has switched WAL mode on again.
    let log: String = connection.query_row("pragma journal_mode", [], |row| row.get(0)).map_err(fail)?;
    if log == "delete" { Ok(connection) } else { Err(OpenError::Busy { path: path.to_owned() }) }
}

/// The file change counter of a database without a WAL: a server start changes it, a reader does not. No connection of
/// this process may have the file open: closing the file here would drop that connection's locks.
///
/// # Errors
/// The file cannot be read.
pub fn change_counter(path: &Path) -> Result<u32, OpenError> {
    let read = || {
        let mut file = std::fs::File::open(path)?;
        file.seek(SeekFrom::Start(CHANGES_AT))?;
        let mut bytes = [0; 4];
        file.read_exact(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    };
    read().map_err(|error: std::io::Error| OpenError::Other { path: path.to_owned(), message: error.to_string() })
}
