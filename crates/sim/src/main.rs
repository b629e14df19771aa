//! `cargo run -p sim -- --seeds 1000 --faults all`: looks for worlds in which something does not hold.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use sim::{Faults, run, run_without, shortest};
use sync::rule::Rule;

/// Worlds of outlets and a hub, each from a seed.
#[derive(Debug, Parser)]
struct Args {
    /// How many worlds of each class.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// net, power, slips, poison, hub, outlet, stop, clone or all (poison, hub, outlet and clone in one world); every class one after the other if
    /// not given.
    #[arg(long)]
    faults: Option<String>,
    /// This seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// Says all that happened.
    #[arg(long)]
    trace: bool,
    /// Cuts worlds in which something does not hold off as early as that stays so, and says all that happened.
    #[arg(long)]
    shortest: bool,
    /// Takes this rule of the protocol away, as `sync::rule` names it: some checker should notice. Not in
    /// release builds.
    #[arg(long, value_parser = rule)]
    without: Option<Rule>,
    /// Worlds at the same time.
    #[arg(long, default_value_t = 2)]
    threads: u64,
}

fn rule(name: &str) -> Result<Rule, String> {
    if !cfg!(debug_assertions) {
        return Err("this build keeps all rules".to_owned());
    }
    let known = Rule::ALL.iter().find(|rule| format!("{rule:?}") == name);
    known.copied().ok_or_else(|| format!("the rules are {:?}", Rule::ALL))
}

fn main() -> ExitCode {
    let args = Args::parse();
    let classes: Vec<_> = Faults::CLASSES
        .iter()
        .filter(|(name, _)| args.faults.as_deref().is_none_or(|wanted| wanted == *name))
        .collect();
    if classes.is_empty() {
        eprintln!("--faults is net, power, slips, poison, hub, outlet, stop, clone or all");
        return ExitCode::from(2);
    }
    let mut whole = true;
    for (name, faults) in classes {
        whole &= class(name, *faults, &args);
    }
    if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the worlds of a class; says whether everything held.
fn class(name: &str, faults: Faults, args: &Args) -> bool {
    let (from, to) = args.seed.map_or((args.from, args.from + args.seeds), |seed| (seed, seed + 1));
    let (next, failed) = (AtomicU64::new(from), Mutex::new(BTreeMap::new()));
    let started = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..args.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= to {
                        return;
                    }
                    let (violations, trace) =
                        args.without.map_or_else(|| run(seed, faults), |rule| run_without(rule, seed, faults));
                    if args.shortest && !violations.is_empty() {
                        println!("{}", shortest(seed, faults).1.join("\n"));
                    } else if args.trace {
                        println!("{}", trace.join("\n"));
                    }
                    if !violations.is_empty()
                        && let Ok(mut failed) = failed.lock()
                    {
                        failed.insert(seed, violations);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_default();
    for (seed, violations) in &failed {
        println!("--faults {name} --seed {seed} --trace");
        for violation in violations {
            println!("    {}: {}", violation.checker, violation.words);
        }
    }
    let mut of_kind: BTreeMap<&str, u64> = BTreeMap::new();
    for checker in failed.values().flat_map(|v| v.iter().map(|v| v.checker).collect::<std::collections::BTreeSet<_>>())
    {
        *of_kind.entry(checker).or_default() += 1;
    }
    println!(
        "{name}: {} worlds, {} in which something does not hold {of_kind:?}, {:.1} s",
        to - from,
        failed.len(),
        started.elapsed().as_secs_f32()
    );
    failed.is_empty()
}
