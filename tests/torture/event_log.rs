//! The log of injected failures: when, to which target, and whether they met work.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The log, to which all injectors write.
pub struct EventLog {
    began: Instant,
    ended: AtomicBool,
    entries: Mutex<Vec<Entry>>,
}

struct Entry {
    at: Duration,
    /// None: in progress.
    duration: Option<Duration>,
    target: String,
    failure: String,
    at_work: bool,
}

impl EventLog {
    /// An empty one.
    pub fn new() -> Self {
        Self { began: Instant::now(), ended: AtomicBool::new(false), entries: Mutex::default() }
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Ends the injection of failures.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Whether the injection has ended.
    pub fn is_over(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Records a failure of a target while it happens, and whether it met work.
    pub fn record(&self, target: &str, failure: &str, inject: impl FnOnce() -> bool) {
        let at = self.elapsed();
        let number = {
            let mut entries = self.entries();
            entries.push(Entry {
                at,
                duration: None,
                target: target.to_owned(),
                failure: failure.to_owned(),
                at_work: false,
            });
            entries.len() - 1
        };
        let at_work = inject();
        let entry = &mut self.entries()[number];
        (entry.duration, entry.at_work) = (Some(self.began.elapsed() - at), at_work);
    }

    /// Per failure: how often it happened, and how often it met work.
    pub fn counts(&self) -> BTreeMap<String, (usize, usize)> {
        let mut counts = BTreeMap::new();
        for entry in self.entries().iter() {
            let count: &mut (usize, usize) = counts.entry(entry.failure.clone()).or_default();
            *count = (count.0 + 1, count.1 + usize::from(entry.at_work));
        }
        counts
    }

    /// The same as text.
    pub fn summary(&self) -> String {
        let line =
            |(failure, (times, at_work)): (&String, &(usize, usize))| format!("  {times:>5} {at_work:>5}  {failure}\n");
        format!("  times, of them at work\n{}", self.counts().iter().map(line).collect::<String>())
    }

    /// All entries in order.
    pub fn text(&self) -> String {
        let line = |entry: &Entry| {
            let duration = entry.duration.map_or("not ended".to_owned(), |duration| format!("{duration:.1?}"));
            let at_work = if entry.at_work { ", at work" } else { "" };
            format!("  {:>8.2}s  {}: {} ({duration}{at_work})\n", entry.at.as_secs_f64(), entry.target, entry.failure)
        };
        self.entries().iter().map(line).collect()
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
