//! A database that nobody else uses, and shall not for as long as something is done with all of it.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::{OpenError, connect, one_file};

/// Where the file says how often it was changed: "file change counter" in SQLite's file format.
const CHANGES_AT: u64 = 24;

/// Opens a database that nobody else has open, folds its log into the file, and keeps others from reading and writing it
/// by a transaction that ends with the connection. [`OpenError::Busy`]: somebody has it open.
///
/// # Errors
/// [`OpenError`].
pub fn open_exclusive(path: &Path) -> Result<Connection, OpenError> {
    let fail = |error: rusqlite::Error| OpenError::from_sqlite(path, &error);
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fail)?;
    one_file(&connection).map_err(fail)?;
    connection.execute_batch("begin exclusive").map_err(fail)?;
    // A server that came between the two has a log again.
    let log: String = connection.query_row("pragma journal_mode", [], |row| row.get(0)).map_err(fail)?;
    if log == "delete" { Ok(connection) } else { Err(OpenError::Busy { path: path.to_owned() }) }
}

/// How often a database without a log was changed; a server that was started on it counts, a reader does not. No
/// connection of this process may have it open: the locks of such a one would be gone.
///
/// # Errors
/// The file cannot be read.
pub fn changes(path: &Path) -> Result<u32, OpenError> {
    let read = || {
        let mut file = std::fs::File::open(path)?;
        file.seek(SeekFrom::Start(CHANGES_AT))?;
        let mut bytes = [0; 4];
        file.read_exact(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    };
    read().map_err(|error: std::io::Error| OpenError::Other { path: path.to_owned(), message: error.to_string() })
}
