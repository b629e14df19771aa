//! What commands print. The only code that writes to standard output and standard error.
//!
//! Standard output that cannot be written ends a command with an error, so that nothing counts as shown that was not;
//! where its reader has gone (`| head`), quietly. Standard error can be closed or full without any effect.
//!
//! Names and other texts come from many places. Control characters in them are escaped as `\u001b`, so that no text can clear
//! the screen, forge a line or overwrite earlier output.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use domain::text::escaped;

/// What must be read was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// To standard output.
    #[error("standard output cannot be written ({0})")]
    Output(io::Error),
    /// To standard error.
    #[error("standard error cannot be written ({0})")]
    Error(io::Error),
}

/// [`line()`] with the arguments of `format!`.
macro_rules! say {
    ($($arg:tt)*) => { $crate::out::line(format_args!($($arg)*)) };
}
pub(crate) use say;

/// Prints a line on standard output.
///
/// # Errors
/// [`NotWritten`]: pass it on.
pub fn line(text: impl Display) -> Result<(), NotWritten> {
    write(format_args!("{text}\n"))
}

/// Prints text on standard output.
///
/// # Errors
/// [`NotWritten`]: pass it on.
pub fn write(text: impl Display) -> Result<(), NotWritten> {
    let mut out = io::stdout().lock();
    write!(out, "{}", harmless(text)).and_then(|()| out.flush()).map_err(NotWritten::Output)
}

/// Prints a line on standard error that must be kept, such as a password that is shown only once.
///
/// # Errors
/// [`NotWritten`]: pass it on.
pub fn must_note(text: impl Display) -> Result<(), NotWritten> {
    writeln!(io::stderr().lock(), "{}", harmless(text)).map_err(NotWritten::Error)
}

/// Prints a line on standard error, if that can be written.
pub fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}", harmless(text));
}

fn harmless(text: impl Display) -> String {
    escaped(&text.to_string(), &['\n']).into_owned()
}

/// Prints a server's line on standard output. A server serves whether or not somebody reads what it prints.
pub fn announce(text: impl Display) {
    if let Err(error) = line(text) {
        tracing::warn!(%error, "a line for standard output was lost");
    }
}

/// Whether a command failed only because the reader of its output has gone.
pub fn reader_has_gone(error: &anyhow::Error) -> bool {
    let broken =
        |cause: &NotWritten| matches!(cause, NotWritten::Output(error) if error.kind() == ErrorKind::BrokenPipe);
    error.chain().any(|cause| cause.downcast_ref().is_some_and(broken))
}
