//! The log of injected failures: when, to which target, and whether they met work.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Written by all injectors.
pub struct EventLog {
    began: Instant,
    over: AtomicBool,
    entries: Mutex<Vec<Entry>>,
}

struct Entry {
    at: Duration,
    /// None: in progress.
    took: Option<Duration>,
    target: String,
    what: String,
    at_work: bool,
}

impl EventLog {
    /// An empty one.
    pub fn new() -> Self {
        Self { began: Instant::now(), over: AtomicBool::new(false), entries: Mutex::default() }
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Ends the injection of failures.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Whether the injection has ended.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Records a failure of a target while it happens, and whether it met work.
    pub fn record(&self, target: &str, what: &str, happen: impl FnOnce() -> bool) {
        let at = self.elapsed();
        let number = {
            let mut entries = self.entries();
            entries.push(Entry { at, took: None, target: target.to_owned(), what: what.to_owned(), at_work: false });
            entries.len() - 1
        };
        let at_work = happen();
        let entry = &mut self.entries()[number];
        (entry.took, entry.at_work) = (Some(self.began.elapsed() - at), at_work);
    }

    /// Per failure: how often it happened, and how often it met work.
    pub fn counts(&self) -> BTreeMap<String, (usize, usize)> {
        let mut counts = BTreeMap::new();
        for entry in self.entries().iter() {
            let count: &mut (usize, usize) = counts.entry(entry.what.clone()).or_default();
            *count = (count.0 + 1, count.1 + usize::from(entry.at_work));
        }
        counts
    }

    /// The same as text.
    pub fn summary(&self) -> String {
        let line =
            |(what, (times, at_work)): (&String, &(usize, usize))| format!("  {times:>5} {at_work:>5}  {what}\n");
        format!("  times, of them at work\n{}", self.counts().iter().map(line).collect::<String>())
    }

    /// All entries in order.
    pub fn text(&self) -> String {
        let line = |entry: &Entry| {
            let took = entry.took.map_or("not over".to_owned(), |took| format!("{took:.1?}"));
            let at_work = if entry.at_work { ", at work" } else { "" };
            format!("  {:>8.2}s  {}: {} ({took}{at_work})\n", entry.at.as_secs_f64(), entry.target, entry.what)
        };
        self.entries().iter().map(line).collect()
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
