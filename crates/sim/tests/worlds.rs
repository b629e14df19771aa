//! Worlds of every class of accidents, from fixed seeds. `GERAI_SEEDS` says how many of each.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

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
fn a_bad_network_and_crashes() {
    class("net");
}

#[test]
fn power_cuts_in_the_middle_of_transactions() {
    class("power");
}

#[test]
fn lines_that_move_out_of_orders_that_do_not_add_up() {
    class("slips");
}

#[test]
fn items_that_break_requests_outages_portals_and_tables_that_refuse() {
    class("poison");
}

#[test]
fn a_restored_hub() {
    class("hub");
}

#[test]
fn restored_outlets() {
    class("outlet");
}

#[test]
fn outlets_that_were_stopped_and_restored() {
    class("stop");
}

#[test]
fn cloned_outlets() {
    class("clone");
}

#[test]
fn everything_at_once() {
    class("all");
}

#[test]
fn lines_that_fail_some_outlets_and_a_hub_that_has_too_much_to_do() {
    class("line");
}

#[test]
fn clocks_that_jump() {
    class("clock");
}

#[test]
fn machines_of_an_older_version() {
    class("older");
}

#[test]
fn admins_at_both_ends_and_everybody_at_once() {
    class("people");
}

#[test]
fn paid_orders_that_are_taken_back_in_the_shell() {
    class("sales");
}

#[test]
fn garbage_by_every_door() {
    class("garbage");
}

#[test]
fn all_that_can_happen() {
    class("storm");
}

/// Worlds in which something did not hold once, and what that was.
const FOUND: [(&str, u64, &str); 24] = [
    ("all", 1179, "a change kept by a comparison was tried again as one of the stream, and forgotten"),
    ("hub", 548, "an own change that a restored hub never took stayed in the base when its batch met a conflict"),
    ("hub", 493, "the same"),
    ("hub", 1290, "the same"),
    (
        "hub",
        764,
        "a restored hub had another change under the number of an own one, which was not taken out of the base",
    ),
    ("all", 193, "a batch that was read ahead told once more what the one on its way had told"),
    ("poison", 339, "what is no longer stuck was still to be told when the world was taken to be at rest"),
    ("poison", 368, "the same"),
    ("clone", 301, "head office's decision to delete took an edit with it that it had not seen"),
    ("outlet", 1297, "a restored outlet had sent what won an overlap, and not yet the record of it"),
    ("hub", 2452, "a batch that was settled again passed what came after it for its version"),
    ("all", 2301, "a change that was kept and that the hub had lost came later"),
    ("all", 1586, "a clone that had joined again took its edits for the hub's, which had lost them"),
    ("all", 2050, "the same"),
    ("clone", 2098, "a clone that joined again in the middle of a comparison did not compare from the beginning"),
    (
        "poison",
        2621,
        "a line stood twice at the hub where an admin had discarded half of a move, and that was not excused",
    ),
    ("poison", 2226, "an own change that a comparison showed before its answer came was merged as somebody else's"),
    ("older", 14, "what an older hub did not know was sent to it again for ever"),
    ("storm", 1830, "an edit that an older hub never took up was not in the record when another's was shown first"),
    (
        "clock",
        53,
        "others' changes at a restored hub were compared before it was known what that hub had lost of one's own",
    ),
    ("people", 27, "an item that was set aside again was thought to be in doubt still"),
    (
        "storm",
        343,
        "an edit that only the stream had acknowledged did not count again when the outlet had joined again",
    ),
    ("sales", 3018, "orders stayed linked when head office kept one of them and no batch followed"),
    ("garbage", 3003, "a checker missed a value that only a record had, which somebody had overwritten in the shell"),
];

#[test]
fn worlds_that_once_failed() {
    for (name, seed, what) in FOUND {
        let (violations, trace) = run(seed, Faults::named(name).unwrap());
        assert!(violations.is_empty(), "{name} {seed}, once {what}:\n{}\n{violations:#?}", trace.join("\n"));
    }
}

#[test]
fn what_was_refused_is_discarded_in_some_worlds() {
    let faults = Faults::named("poison").unwrap();
    let discards = |seed| run(seed, faults).1.iter().any(|line| line.contains(" discards "));
    assert!((0..200).any(discards), "no admin discards anything");
}

/// What happened, word for word, and what is in all databases.
fn once(seed: u64, faults: Faults) -> Vec<String> {
    let mut world = World::new(seed, faults).unwrap();
    world.run();
    world.contents().unwrap()
}

#[test]
fn a_seed_goes_the_same_way_each_time_byte_for_byte() {
    for (name, faults) in Faults::CLASSES {
        for seed in 0..4 {
            let (one, other) = (once(seed, *faults), once(seed, *faults));
            for (one, other) in one.iter().zip(&other) {
                assert_eq!(one, other, "{name} {seed}");
            }
            assert_eq!(one.len(), other.len(), "{name} {seed}");
        }
    }
}

/// The comparison sees what is in the databases.
#[test]
fn two_seeds_go_different_ways() {
    let net = Faults::named("net").unwrap();
    assert_ne!(once(1, net), once(2, net));
}

#[test]
fn what_goes_wrong_is_made_short() {
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
