//! Structured logs on standard error: text for people, or JSON with `GERAI_LOG_FORMAT=json`. `RUST_LOG` selects the
//! entries.
//!
//! Logging never blocks or fails the work that logs. Lines go through a bounded queue to one thread. A line that does
//! not fit, or that cannot be written (the reader has closed it, the disk is full), is lost and counted: in `/metrics`,
//! and in a line when the log can be written again.
//!
//! An entry is one line: control characters and line ends are escaped as `\u000a`. Logs have no colors, because the
//! escaping cannot distinguish our colors from those in logged text.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use domain::text::escaped;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use web::metrics::LOG_LINES_LOST;

use crate::{out, variables};

/// Length of the queue.
const QUEUE: usize = 8_192;
/// How long the end of the program waits for the queue.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

static SINK: OnceLock<Sink> = OnceLock::new();

/// Starts logging at level `default`, unless `RUST_LOG` sets another.
pub fn start(default: &str) {
    let json = match variable("GERAI_LOG_FORMAT").as_deref() {
        None | Some("text") => false,
        Some("json") => true,
        Some(other) => {
            out::note(format_args!("gerai: GERAI_LOG_FORMAT is text or json, not '{other}'; the log is text"));
            false
        }
    };
    let filter = variable("RUST_LOG").and_then(|directives| {
        EnvFilter::try_new(&directives)
            .inspect_err(|error| {
                out::note(format_args!("gerai: RUST_LOG cannot be read ({error}); it counts as not set"))
            })
            .ok()
    });
    let filter = filter.unwrap_or_else(|| EnvFilter::new(default));
    let sink = match Sink::start(io::stderr(), json) {
        Ok(sink) => SINK.get_or_init(|| sink),
        Err(error) => {
            return out::note(format_args!("gerai: there is no log, because its thread cannot be started ({error})"));
        }
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(sink).log_internal_errors(false);
    // A second start in a process keeps the settings of the first.
    let _ = if json { builder.json().try_init() } else { builder.with_ansi(false).try_init() };
}

fn variable(name: &'static str) -> Option<String> {
    variables::get(name).inspect_err(|error| out::note(format_args!("gerai: {error}"))).ok()?
}

/// Waits until the queue is written, at most a second.
pub fn flush() {
    if let Some(sink) = SINK.get() {
        sink.flush();
    }
}

enum Message {
    Line(Vec<u8>),
    /// Dropped when everything before it is written.
    Flushed(Sender<()>),
}

/// The sending end of the queue: accepts each line at once and never fails.
#[derive(Clone)]
struct Sink(SyncSender<Message>);

impl Sink {
    fn start(to: impl Write + Send + 'static, json: bool) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        let writer = Writer { to, json, reported: LOG_LINES_LOST.get() };
        std::thread::Builder::new().name("log".to_owned()).spawn(move || writer.run(&receiver))?;
        Ok(Self(sender))
    }

    fn flush(&self) {
        let (flushed, done) = channel();
        if self.0.try_send(Message::Flushed(flushed)).is_ok() {
            let _ = done.recv_timeout(FLUSH_TIMEOUT);
        }
    }
}

impl Write for Sink {
    /// The subscriber passes complete lines.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.0.try_send(Message::Line(line.to_vec())).is_err() {
            LOG_LINES_LOST.inc();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for &'static Sink {
    type Writer = Sink;

    fn make_writer(&'a self) -> Sink {
        Sink::clone(self)
    }
}

/// The writing thread.
struct Writer<W> {
    to: W,
    json: bool,
    /// Number of lost lines that have been reported.
    reported: u64,
}

impl<W: Write> Writer<W> {
    fn run(mut self, messages: &Receiver<Message>) {
        while let Ok(message) = messages.recv() {
            match message {
                Message::Line(line) => self.write(&line),
                Message::Flushed(flushed) => drop(flushed),
            }
        }
    }

    fn write(&mut self, line: &[u8]) {
        let lost = LOG_LINES_LOST.get();
        if lost > self.reported && self.to.write_all(self.report(lost - self.reported).as_bytes()).is_ok() {
            self.reported = lost;
        }
        let line = one_line(line);
        if self.to.write_all(line.as_bytes()).and_then(|()| self.to.flush()).is_err() {
            LOG_LINES_LOST.inc();
        }
    }

    fn report(&self, lines: u64) -> String {
        let at = web::time::text(web::time::now());
        let message = "lines of the log were lost because it could not be written";
        if self.json {
            let fields = serde_json::json!({"message": message, "lines": lines});
            format!("{}\n", serde_json::json!({"timestamp": at, "level": "WARN", "fields": fields, "target": "gerai"}))
        } else {
            format!("{at}  WARN gerai: {message} lines={lines}\n")
        }
    }
}

/// A log line without control characters.
fn one_line(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line);
    format!("{}\n", escaped(line.strip_suffix('\n').unwrap_or(&line), &[]))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Fails a given number of times, and stores the rest.
    #[derive(Clone)]
    struct Failing(Arc<Mutex<(u32, Vec<u8>)>>);

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut inner = self.0.lock().unwrap();
            if inner.0 > 0 {
                inner.0 -= 1;
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            inner.1.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_failing_log_counts_its_lost_lines() {
        let to = Failing(Arc::new(Mutex::new((3, Vec::new()))));
        let mut sink = Sink::start(to.clone(), false).unwrap();
        // The second line fails twice: with the report about the first one, and itself.
        for line in ["one\n", "two\n", "three\n"] {
            sink.write_all(line.as_bytes()).unwrap();
        }
        Sink::flush(&sink);
        let inner = to.0.lock().unwrap();
        let written = String::from_utf8_lossy(&inner.1);
        assert!(written.contains("lines=2\nthree\n"), "{written}");
    }

    #[test]
    fn a_log_entry_is_one_line_without_control_characters() {
        let forged = "name=\u{1b}[2J\u{9b}\u{202e}\n2026-11-29T00:00:00Z  INFO all is well";
        let to = Failing(Arc::new(Mutex::new((0, Vec::new()))));
        // Log as the program does, in both formats.
        for json in [false, true] {
            to.0.lock().unwrap().1.clear();
            let sink = Sink::start(to.clone(), json).unwrap();
            let for_subscriber = sink.clone();
            let builder = tracing_subscriber::fmt().with_writer(move || for_subscriber.clone());
            let log = || tracing::warn!(display = %forged, debug = ?forged, text = forged, "{forged}");
            match json {
                true => tracing::subscriber::with_default(builder.json().finish(), log),
                false => tracing::subscriber::with_default(builder.with_ansi(false).finish(), log),
            }
            Sink::flush(&sink);
            let written = String::from_utf8(to.0.lock().unwrap().1.clone()).unwrap();
            let line = written.strip_suffix('\n').unwrap();
            assert!(line.contains("all is well") && !line.contains('\n'), "{line:?}");
            assert!(!line.contains(char::is_control) && !line.contains('\u{202e}'), "{line:?}");
        }
    }

    #[test]
    fn a_blocked_log_delays_no_request() {
        struct Never;
        impl Write for Never {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                loop {
                    std::thread::park();
                }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut sink = Sink::start(Never, false).unwrap();
        let before = LOG_LINES_LOST.get();
        for _ in 0..QUEUE + 10 {
            sink.write_all(b"line\n").unwrap();
        }
        assert!(LOG_LINES_LOST.get() >= before + 9);
    }
}
