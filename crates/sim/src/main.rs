//! `cargo run -p sim -- --seeds 1000 --faults all`: looks for worlds in which something does not hold.

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
    /// How many worlds of each class.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// A class of accidents (docs/proof.md says which there are); every class one after the other if not given.
    #[arg(long)]
    faults: Option<String>,
    /// This seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// Says all that happened.
    #[arg(long)]
    trace: bool,
    /// Leaves out of worlds in which something does not hold all steps that it does not need, and says what happened.
    #[arg(long)]
    shortest: bool,
    /// Takes this rule of the protocol away, as `protocol::rule` names it: some checker should notice. Not in
    /// release builds.
    #[arg(long, value_parser = rule)]
    disabled: Option<Rule>,
    /// Worlds at the same time; as many as there are cores if not given.
    #[arg(long)]
    threads: Option<usize>,
}

/// How often it is said how far it is.
const SAY_EVERY: Duration = Duration::from_secs(10);

fn rule(name: &str) -> Result<Rule, String> {
    if !cfg!(debug_assertions) {
        return Err("this build keeps all rules".to_owned());
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
    let whole = classes.into_iter().map(|(name, faults)| Hunt::new(name, *faults, &args).go());
    if whole.fold(true, |all, one| all & one) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The worlds of one class.
struct Hunt<'a> {
    name: &'static str,
    faults: Faults,
    args: &'a Args,
    next: AtomicU64,
    to: u64,
    so_far: Mutex<SoFar>,
    started: Instant,
}

struct SoFar {
    worlds: u64,
    failed: u64,
    /// Worlds by the checkers that complained.
    of_kind: BTreeMap<&'static str, u64>,
    said: Instant,
}

impl<'a> Hunt<'a> {
    fn new(name: &'static str, faults: Faults, args: &'a Args) -> Self {
        let (from, to) = args.seed.map_or((args.from, args.from + args.seeds), |seed| (seed, seed + 1));
        let started = Instant::now();
        let so_far = SoFar { worlds: 0, failed: 0, of_kind: BTreeMap::new(), said: started };
        Self { name, faults, args, next: AtomicU64::new(from), to, so_far: Mutex::new(so_far), started }
    }

    /// Runs them all; says whether everything held.
    fn go(self) -> bool {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..self.args.threads.unwrap_or_else(cores).max(1) {
                scope.spawn(|| self.worlds());
            }
        });
        let so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        println!("{}", self.words(&so_far));
        for (checker, worlds) in &so_far.of_kind {
            println!("    {worlds} by {checker}");
        }
        so_far.failed == 0
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
            let mut so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
            if self.args.trace || (self.args.shortest && !violations.is_empty()) {
                println!("{}", trace.join("\n"));
            }
            so_far.worlds += 1;
            if !violations.is_empty() {
                so_far.failed += 1;
                println!("--faults {} --seed {seed} --shortest", self.name);
                for violation in &violations {
                    println!("    {}: {}", violation.checker, violation.words);
                }
                for checker in violations.iter().map(|violation| violation.checker).collect::<BTreeSet<_>>() {
                    *so_far.of_kind.entry(checker).or_default() += 1;
                }
            }
            if so_far.said.elapsed() >= SAY_EVERY {
                so_far.said = Instant::now();
                println!("{} so far", self.words(&so_far));
            }
        }
    }

    fn words(&self, so_far: &SoFar) -> String {
        let (name, SoFar { worlds, failed, .. }) = (self.name, so_far);
        let took_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let tenths = worlds * 10_000 / took_ms;
        let (seconds, per_second) = (took_ms / 1_000, format!("{}.{}", tenths / 10, tenths % 10));
        format!(
            "{name}: {worlds} worlds, {failed} in which something does not hold, {seconds} s, {per_second} seeds per second"
        )
    }
}
