//! The output of commands. The only code that writes to standard output and standard error.
//!
//! If standard output cannot be written, the command fails, so that lost output never counts as shown; it fails quietly
//! if the reader has closed the pipe (`| head`). Standard error may be closed or full without effect.
//!
//! Names and other texts come from many sources. Control characters are escaped as `\u001b`, so that no text can clear
//! the screen, forge a line or overwrite earlier output.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use domain::text::escaped;
use web::messages::Message;

use crate::language;

/// Required output was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// Standard output.
    #[error("standard output cannot be written ({0})")]
    Output(io::Error),
    /// Standard error.
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

/// Prints a message on standard output, in the language of the command.
///
/// # Errors
/// [`NotWritten`]: pass it on.
pub fn tell(message: impl Into<Message>) -> Result<(), NotWritten> {
    line(words(&message.into()))
}

/// The text of a message in the language of the command.
pub fn words(message: &Message) -> String {
    message.words(language::chosen()).unwrap_or_else(|| message.id().to_owned())
}

/// Prints text on standard output.
///
/// # Errors
/// [`NotWritten`]: pass it on.
pub fn write(text: impl Display) -> Result<(), NotWritten> {
    let mut out = io::stdout().lock();
    write!(out, "{}", escape(text)).and_then(|()| out.flush()).map_err(NotWritten::Output)
}

/// Prints a line on standard error that must not be lost, such as a password that is shown only once.
///
/// # Errors
/// [`NotWritten`]: pass it on.
pub fn must_note(text: impl Display) -> Result<(), NotWritten> {
    writeln!(io::stderr().lock(), "{}", escape(text)).map_err(NotWritten::Error)
}

/// Prints a line on standard error, if possible.
pub fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}", escape(text));
}

fn escape(text: impl Display) -> String {
    escaped(&text.to_string(), &['\n']).into_owned()
}

/// Prints a server's line on standard output. A server runs whether or not its output can be written.
pub fn announce(text: impl Display) {
    if let Err(error) = line(text) {
        tracing::warn!(%error, "a line for standard output was lost");
    }
}

/// Whether a command failed only because the reader closed the pipe.
pub fn reader_has_gone(error: &anyhow::Error) -> bool {
    let broken =
        |cause: &NotWritten| matches!(cause, NotWritten::Output(error) if error.kind() == ErrorKind::BrokenPipe);
    error.chain().any(|cause| cause.downcast_ref().is_some_and(broken))
}
