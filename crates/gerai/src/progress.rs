//! Progress of long operations on standard error; standard output is for programs.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use web::Notice;

use crate::out;

/// Interval of lines where standard error is not a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// A bar on a terminal, otherwise a line from time to time.
pub struct Progress {
    label: String,
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl Progress {
    /// Progress of an operation that counts in `what`, see `notice_progress`.
    pub fn of(what: &'static str) -> Self {
        let label = out::words(&Notice::Progress.with("what", what));
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::no_length().with_message(label.clone()));
        Self { label, bar, last_line: Instant::now() }
    }

    /// Sets the progress; `all` is 0 if the total is unknown.
    pub fn at(&mut self, done: u64, all: u64) {
        match &self.bar {
            Some(bar) => {
                if all > 0 && bar.length() != Some(all) {
                    bar.set_length(all);
                    bar.set_style(with_an_end());
                }
                bar.set_position(done);
            }
            None if self.last_line.elapsed() < LINE_INTERVAL => {}
            None => {
                let of = if all > 0 { format!("/{all}") } else { String::new() };
                out::note(format_args!("{done}{of} {}", self.label));
                self.last_line = Instant::now();
            }
        }
    }

    /// Ends the line.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
    }
}

fn with_an_end() -> ProgressStyle {
    // Fits in 80 columns; the library's own rate has four decimals.
    let form = "{bar:18} {human_pos}/{human_len} {msg}, {rate}, {eta}";
    let style = ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", |state: &ProgressState, to: &mut dyn std::fmt::Write| {
        let _ = write!(to, "{:.0}/s", state.per_sec());
    })
}
