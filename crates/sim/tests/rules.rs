//! The checkers are checked: each rule of the protocol that is taken away is missed by one of them, soon.
#![cfg(debug_assertions)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeSet;

use protocol::rule::Rule;
use sim::{Faults, disabled, run};

/// Worlds in which it must be noticed.
const SEEDS: u64 = 300;

fn missed(rule: Rule, class: &str, checker: &str) {
    let faults = Faults::named(class).unwrap();
    let violations = |seed| disabled(Some(rule), || run(seed, faults)).0;
    let notices = |seed: &u64| violations(*seed).iter().any(|violation| violation.checker == checker);
    let seed = (0..SEEDS).find(notices);
    println!("without {rule:?}: {checker} in {class}, seed {seed:?}");
    assert!(seed.is_some(), "without {rule:?} {checker} notices nothing in {SEEDS} worlds of the class {class}");
}

macro_rules! missed {
    ($($test:ident: $rule:ident, $class:literal, $checker:literal;)*) => {
        $(#[test] fn $test() { missed(Rule::$rule, $class, $checker); })*

        #[test]
        fn every_rule_is_taken_away() {
            let tried = BTreeSet::from([$(Rule::$rule),*]);
            assert_eq!(tried, Rule::ALL.iter().copied().collect());
        }
    };
}

missed! {
    the_chain_check: ChainCheck, "net", "chain dense";
    one_transaction: OneTransaction, "power", "chain dense";
    the_kept_reply: KeptReply, "slips", "documents equal";
    refusing_together: UnitRefused, "slips", "exactly once";
    that_a_version_has_a_number_and_an_id: Token, "hub", "no silent overwrite";
    that_no_clock_decides: NoClock, "net", "no silent overwrite";
    dense_streams: DenseStream, "net", "streams dense";
    the_cursors_row_id: RowId, "hub", "shared equal";
    the_ends_that_a_comparison_has_seen: SeenEnds, "clock", "shared equal";
    the_fork: Fork, "outlet", "documents equal";
    the_batch_as_it_was_stored: StoredBatch, "net", "nothing lost";
    the_ids_of_given_up_batches: GivenUpIds, "net", "no accident";
    opening_again_what_the_hub_lost: Reopen, "hub", "nothing lost";
    edits_again_that_the_hub_lost: LostEdit, "hub", "no silent overwrite";
    the_probe: Probe, "poison", "failed without a cause";
    doubt: Doubt, "poison", "failed without a cause";
    the_empty_batch: EmptyBatch, "poison", "stuck";
    quarantined: Quarantined, "poison", "complete up to";
    the_unit: Unit, "net", "exactly once";
    that_a_base_is_never_lowered: BaseNeverLowered, "net", "records honest";
    merging_in_the_pull_alone: MergeInPull, "net", "shared equal";
    the_cursor_in_the_pages_transaction: CursorWithPage, "power", "shared equal";
    the_guard: Guard, "net", "not captured";
    the_mark: Mark, "outlet", "shared equal";
    acknowledging_own_changes: OwnChange, "net", "records honest";
    keeping_what_cannot_be_applied: UnappliedUpdate, "poison", "shared equal";
    the_record: Record, "net", "no silent overwrite";
    superseding: Supersede, "net", "records honest";
    the_chain_row_in_a_page: PageChain, "hub", "no silent overwrite";
    the_chain_row_beside_a_range: RangeChain, "clock", "no silent overwrite";
    that_a_late_page_says_nothing: SlowPage, "net", "no accident";
    the_beacon: Restored, "stop", "numbers";
    comparing_before_pushing: OwnFirst, "outlet", "money";
    the_union: Union, "outlet", "nothing lost";
    that_an_answer_names_the_batch: NamesBatch, "line", "no accident";
    that_a_bad_line_counts_for_nothing: Unreachable, "line", "failed without a cause";
    the_wait_that_the_hub_asked_for: RetryAfter, "line", "waits as asked";
    that_a_refusal_is_retried: RefusalRetried, "line", "stuck";
    that_no_clock_forgets_what_was_sent: Retention, "clock", "no accident";
    that_every_outlet_has_read_what_is_forgotten: EveryReader, "clock", "forgets only what is read";
    keeping_what_the_hub_does_not_know: KeptUnknown, "older", "documents equal";
    the_default_of_a_new_field: NewField, "older", "no silent overwrite";
    not_comparing_what_the_hub_has_never_named: Unnamed, "older", "stuck";
    keeping_acknowledged_sales: AcknowledgedSales, "sales", "acknowledged sales kept";
    reading_each_item_by_itself: ItemAlone, "garbage", "one bad item blocks only itself";
    checking_what_comes_to_the_hub: CheckedAtTheHub, "garbage", "one bad item blocks only itself";
    checking_what_comes_from_the_hub: CheckedAtTheOutlet, "garbage", "one bad item blocks only itself";
    holding_back_what_cannot_be_sent: QuarantinedItem, "garbage", "one bad item blocks only itself";
    naming_what_cannot_be_read_at_the_hub: NamedUnreadable, "garbage", "one bad item blocks only itself";
    leaving_a_bad_charge_out_of_orders: ChargeLeftOut, "garbage", "one bad item blocks only itself";
}
