//! Runs worlds of every fault class from fixed seeds. `GERAI_SEEDS` is the number of seeds per class.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

use sim::{Faults, World, run, shortest};

fn class(name: &str) {
    let seeds = std::env::var("GERAI_SEEDS").ok().and_then(|number| number.parse().ok()).unwrap_or(30);
    let faults = Faults::named(name).unwrap();
    for seed in 0..seeds {
        if !run(seed, faults).0.is_empty() {
            let (violations, trace) = shortest(seed, faults);
            let command = format!("cargo run -p sim -- --faults {name} --seed {seed} --shortest");
            panic!("{command}\n{}\n{violations:#?}", trace.join("\n"));
        }
    }
}

#[test]
fn bad_network_and_crashes() {
    class("net");
}

#[test]
fn power_cuts_within_transactions() {
    class("power");
}

#[test]
fn moved_lines_with_wrong_totals() {
    class("slips");
}

#[test]
fn poisonous_items_outages_portals_and_rejecting_tables() {
    class("poison");
}

#[test]
fn restored_hub() {
    class("hub");
}

#[test]
fn restored_outlets() {
    class("outlet");
}

#[test]
fn outlets_stopped_before_a_restore() {
    class("stop");
}

#[test]
fn cloned_outlets() {
    class("clone");
}

#[test]
fn poison_restores_and_clones_at_once() {
    class("all");
}

#[test]
fn offline_outlets_bad_links_and_an_overloaded_hub() {
    class("line");
}

#[test]
fn jumping_clocks() {
    class("clock");
}

#[test]
fn older_versions() {
    class("older");
}

#[test]
fn concurrent_decisions_and_edits() {
    class("people");
}

#[test]
fn reversed_sales() {
    class("sales");
}

#[test]
fn garbage_by_every_interface() {
    class("garbage");
}

#[test]
fn two_tills_with_random_commands() {
    class("commands");
}

#[test]
fn all_faults_at_once() {
    class("storm");
}

/// Worlds that failed, and the bug that each found.
const FOUND: [(&str, u64, &str); 25] = [
    ("all", 1179, "an unapplied update of a comparison was retried as one of the stream, and lost"),
    ("hub", 548, "a local change that a restored hub never accepted stayed in the base when its batch met a conflict"),
    ("hub", 493, "the same"),
    ("hub", 1290, "the same"),
    (
        "hub",
        764,
        "a restored hub had another change under the number of a local one, which was not removed from the base",
    ),
    ("all", 193, "a batch composed ahead repeated the report of the batch in flight"),
    ("poison", 339, "the end of a quarantine was unreported when the world counted as at rest"),
    ("poison", 368, "the same"),
    ("clone", 301, "head office's decision to delete overwrote an edit that it had not seen"),
    ("outlet", 1297, "a restored outlet had sent the winner of a conflict, but not yet its record"),
    ("hub", 2452, "a reply applied twice acknowledged later changes as that batch's version"),
    ("all", 2301, "an unapplied update that the hub had lost arrived later"),
    ("all", 1586, "a clone that had enrolled again treated its edits as the hub's, which had lost them"),
    ("all", 2050, "the same"),
    ("clone", 2098, "a clone that enrolled again during a comparison did not restart it"),
    (
        "poison",
        2621,
        "a line was twice at the hub after an admin had discarded half of a move, which the checker did not excuse",
    ),
    ("poison", 2226, "a local change that a comparison showed before its reply came was merged as another's"),
    ("older", 14, "items of a type that an older hub did not know were resent forever"),
    ("storm", 1830, "an edit that an older hub never reprocessed was not in the record when another's was shown first"),
    (
        "clock",
        53,
        "others' changes at a restored hub were compared before the hub's losses of local changes were known",
    ),
    ("people", 27, "an item that was isolated again still counted as isolated because of the hub"),
    (
        "storm",
        343,
        "an edit that only the stream had acknowledged was not an edit again after the outlet enrolled again",
    ),
    ("sales", 3018, "orders stayed linked when head office kept one of them and no batch followed"),
    ("garbage", 3003, "a checker missed a value that only a record had, which was overwritten in the shell"),
    (
        "commands",
        843,
        "an order that was voided with its deposit returned was rejected, because the hub had not seen the return before",
    ),
];

#[test]
fn worlds_that_once_failed() {
    for (name, seed, what) in FOUND {
        let (violations, trace) = run(seed, Faults::named(name).unwrap());
        assert!(violations.is_empty(), "{name} {seed}, once {what}:\n{}\n{violations:#?}", trace.join("\n"));
    }
}

#[test]
fn rejected_items_are_discarded_in_some_worlds() {
    let faults = Faults::named("poison").unwrap();
    let discards = |seed| run(seed, faults).1.iter().any(|line| line.contains(" discards "));
    assert!((0..200).any(discards), "no admin discards anything");
}

/// Each command is accepted in some worlds and refused in others; otherwise the worlds would prove little.
#[test]
fn every_command_is_accepted_and_refused() {
    let faults = Faults::named("commands").unwrap();
    let log: Vec<_> = (0..30).flat_map(|seed| run(seed, faults).1).filter(|line| line.contains(" till ")).collect();
    let refused = |line: &&String| line.contains(": ");
    for words in [
        "creates",
        "adds lines to",
        "changes a line of",
        "removes a line of",
        "sends",
        "voids a line of",
        "voids JKT",
        "changes the type of",
        "merges into",
        "splits",
        "gives a discount on",
        "takes a discount back of",
        "takes a payment for",
        "confirms a payment of",
        "reverses a payment of",
        "gives back money of",
        "moves cash of",
    ] {
        let lines: Vec<_> = log.iter().filter(|line| line.contains(words)).collect();
        let refused = lines.iter().filter(|line| refused(line)).count();
        assert!(refused < lines.len(), "no till {words} an order: {lines:?}");
        let always = ["creates", "moves cash of"];
        assert!(refused > 0 || always.contains(&words), "each of {} commands was accepted: {words}", lines.len());
    }
}

/// The log of a world and the content of all its databases.
fn log_and_contents(seed: u64, faults: Faults) -> Vec<String> {
    let mut world = World::new(seed, faults).unwrap();
    world.run();
    world.contents().unwrap()
}

#[test]
fn a_seed_runs_the_same_way_byte_for_byte() {
    for (name, faults) in Faults::CLASSES {
        for seed in 0..4 {
            let (one, other) = (log_and_contents(seed, *faults), log_and_contents(seed, *faults));
            for (one, other) in one.iter().zip(&other) {
                assert_eq!(one, other, "{name} {seed}");
            }
            assert_eq!(one.len(), other.len(), "{name} {seed}");
        }
    }
}

/// The comparison is sensitive to the databases' content.
#[test]
fn two_seeds_run_differently() {
    let net = Faults::named("net").unwrap();
    assert_ne!(log_and_contents(1, net), log_and_contents(2, net));
}

#[test]
fn a_failing_world_is_reduced() {
    let rule = protocol::rule::Rule::ChainCheck;
    let net = Faults::named("net").unwrap();
    let fails = |seed: &u64| !sim::disabled(Some(rule), || run(*seed, net)).0.is_empty();
    if !cfg!(debug_assertions) {
        return;
    }
    let seed = (0..50).find(fails).unwrap();
    let (violations, trace) = sim::disabled(Some(rule), || shortest(seed, net));
    let whole = sim::disabled(Some(rule), || run(seed, net));
    assert!(violations.iter().all(|one| whole.0.iter().any(|other| other.checker == one.checker)));
    assert!(!violations.is_empty() && trace.len() < whole.1.len() * 2 / 3, "{} of {}", trace.len(), whole.1.len());
    assert_eq!(trace, sim::disabled(Some(rule), || shortest(seed, net)).1);
}
