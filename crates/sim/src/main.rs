//! `cargo run -p sim -- --seeds 1000 --faults all`: searches for worlds that violate an invariant.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use protocol::rule::Rule;
use sim::{Faults, disabled, run, shortest};

/// Worlds of outlets and a hub, each from a seed.
#[derive(Debug, Parser)]
struct Args {
    /// Number of worlds per class
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Fault class (see docs/proof.md); by default all classes, one after the other
    #[arg(long)]
    faults: Option<String>,
    /// Only this seed
    #[arg(long)]
    seed: Option<u64>,
    /// Print the log of each world
    #[arg(long)]
    trace: bool,
    /// Reduce failing worlds to the steps that are needed, and print their log
    #[arg(long)]
    shortest: bool,
    /// Disable this rule of `protocol::rule`: a checker should find a violation. Not in release builds
    #[arg(long, value_parser = rule)]
    disabled: Option<Rule>,
    /// Number of threads; by default the number of cores
    #[arg(long)]
    threads: Option<usize>,
}

/// Interval of progress output.
const PRINT_EVERY: Duration = Duration::from_secs(10);

fn rule(name: &str) -> Result<Rule, String> {
    if !cfg!(debug_assertions) {
        return Err("rules cannot be disabled in this build".to_owned());
    }
    let known = Rule::ALL.iter().find(|rule| format!("{rule:?}") == name);
    known.copied().ok_or_else(|| format!("the rules are {:?}", Rule::ALL))
}

fn main() -> ExitCode {
    let args = Args::parse();
    let wanted = |name: &str| args.faults.as_deref().is_none_or(|wanted| wanted == name);
    let classes: Vec<_> = Faults::CLASSES.iter().filter(|(name, _)| wanted(name)).collect();
    if classes.is_empty() {
        let names: Vec<_> = Faults::CLASSES.iter().map(|(name, _)| *name).collect();
        eprintln!("--faults is one of {}", names.join(", "));
        return ExitCode::from(2);
    }
    let whole = classes.into_iter().map(|(name, faults)| Search::new(name, *faults, &args).run_all());
    if whole.fold(true, |all, one| all & one) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A search through the worlds of one class.
struct Search<'a> {
    name: &'static str,
    faults: Faults,
    args: &'a Args,
    next: AtomicU64,
    to: u64,
    progress: Mutex<Progress>,
    started: Instant,
}

struct Progress {
    worlds: u64,
    failed: u64,
    /// Failing worlds by checker.
    by_checker: BTreeMap<&'static str, u64>,
    printed_at: Instant,
}

impl<'a> Search<'a> {
    fn new(name: &'static str, faults: Faults, args: &'a Args) -> Self {
        let (from, to) = args.seed.map_or((args.from, args.from + args.seeds), |seed| (seed, seed + 1));
        let started = Instant::now();
        let progress = Progress { worlds: 0, failed: 0, by_checker: BTreeMap::new(), printed_at: started };
        Self { name, faults, args, next: AtomicU64::new(from), to, progress: Mutex::new(progress), started }
    }

    /// Runs all worlds. Returns whether no invariant was violated.
    fn run_all(self) -> bool {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..self.args.threads.unwrap_or_else(cores).max(1) {
                scope.spawn(|| self.worlds());
            }
        });
        let progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        println!("{}", self.summary(&progress));
        for (checker, worlds) in &progress.by_checker {
            println!("    {worlds} by {checker}");
        }
        progress.failed == 0
    }

    fn worlds(&self) {
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.to {
                return;
            }
            let (mut violations, mut trace) = disabled(self.args.disabled, || run(seed, self.faults));
            if self.args.shortest && !violations.is_empty() {
                (violations, trace) = disabled(self.args.disabled, || shortest(seed, self.faults));
            }
            let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            if self.args.trace || (self.args.shortest && !violations.is_empty()) {
                println!("{}", trace.join("\n"));
            }
            progress.worlds += 1;
            if !violations.is_empty() {
                progress.failed += 1;
                println!("--faults {} --seed {seed} --shortest", self.name);
                for violation in &violations {
                    println!("    {}: {}", violation.checker, violation.message);
                }
                for checker in violations.iter().map(|violation| violation.checker).collect::<BTreeSet<_>>() {
                    *progress.by_checker.entry(checker).or_default() += 1;
                }
            }
            if progress.printed_at.elapsed() >= PRINT_EVERY {
                progress.printed_at = Instant::now();
                println!("{} so far", self.summary(&progress));
            }
        }
    }

    fn summary(&self, progress: &Progress) -> String {
        let (name, Progress { worlds, failed, .. }) = (self.name, progress);
        let took_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let tenths = worlds * 10_000 / took_ms;
        let (seconds, per_second) = (took_ms / 1_000, format!("{}.{}", tenths / 10, tenths % 10));
        format!("{name}: {worlds} worlds, {failed} failed, {seconds} s, {per_second} seeds per second")
    }
}
