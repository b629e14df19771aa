//! How far something long is, on standard error, so that standard output stays for programs.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// People read no faster.
const EVERY: Duration = Duration::from_millis(200);

/// A line that is written over again; nothing where nobody looks.
pub struct Progress {
    what: &'static str,
    shown: Option<Instant>,
    on: bool,
}

impl Progress {
    /// Of something that is counted in these.
    pub fn of(what: &'static str) -> Self {
        Self { what, shown: None, on: std::io::stderr().is_terminal() }
    }

    /// So many of so many are done; 0: nobody knows of how many.
    pub fn at(&mut self, done: u64, all: u64) {
        if !self.on || self.shown.is_some_and(|at| at.elapsed() < EVERY) {
            return;
        }
        self.shown = Some(Instant::now());
        let of = if all > 0 { format!(" of {all}") } else { String::new() };
        eprint!("\r{done}{of} {} ", self.what);
        let _ = std::io::stderr().flush();
    }

    /// Ends the line.
    pub fn end(&mut self) {
        if self.shown.take().is_some() {
            eprintln!();
        }
    }
}
