//! Encodes rows for COPY as they arrive, without a second copy.

use std::io::Write;

use postgres::{Client, Error, Statement};

use crate::arg::{Arg, storable};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Maximum bytes in one message.
const MESSAGE: usize = 128 * 1024;
/// The length that stands for null.
const NULL: i32 = -1;

/// Rows of one table in PostgreSQL's binary format. Columns are bigint, text or bytea.
pub(super) struct Copy {
    bytes: Vec<u8>,
}

impl Copy {
    pub(super) fn new() -> Self {
        let mut bytes = SIGNATURE.to_vec();
        // No flags, no header extension.
        bytes.extend([0; 8]);
        Self { bytes }
    }

    pub(super) fn add(&mut self, row: &[Arg<'_>]) {
        self.bytes.extend(i16::try_from(row.len()).unwrap_or(i16::MAX).to_be_bytes());
        for value in row {
            match *value {
                // Lists are parameters of queries only.
                Arg::Null | Arg::Texts(_) => self.bytes.extend(NULL.to_be_bytes()),
                Arg::Int(n) => self.field(&n.to_be_bytes()),
                Arg::Text(text) => self.field(storable(text).as_bytes()),
                Arg::Blob(bytes) => self.field(bytes),
            }
        }
    }

    fn field(&mut self, value: &[u8]) {
        // A batch has at most 64 MiB.
        self.bytes.extend(i32::try_from(value.len()).unwrap_or(i32::MAX).to_be_bytes());
        self.bytes.extend(value);
    }

    /// Sends the rows; `statement` is the COPY.
    pub(super) fn send(mut self, client: &mut Client, statement: &Statement) -> Result<u64, Error> {
        self.bytes.extend((-1_i16).to_be_bytes());
        let mut into = client.copy_in(statement)?;
        for message in self.bytes.chunks(MESSAGE) {
            // `finish` returns the error.
            if into.write_all(message).is_err() {
                break;
            }
        }
        into.finish()
    }
}
