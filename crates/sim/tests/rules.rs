//! Tests the checkers: with each rule of the protocol disabled, a checker must find a violation within 300 worlds.
#![cfg(debug_assertions)]
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

use std::collections::BTreeSet;

use protocol::rule::Rule;
use sim::{Faults, disabled, run};

/// Worlds in which a violation must be found.
const SEEDS: u64 = 300;

fn is_noticed(rule: Rule, class: &str, checker: &str) {
    let faults = Faults::named(class).unwrap();
    let violations = |seed| disabled(Some(rule), || run(seed, faults)).0;
    let notices = |seed: &u64| violations(*seed).iter().any(|violation| violation.checker == checker);
    let seed = (0..SEEDS).find(notices);
    println!("{rule:?} disabled: '{checker}' in class {class}, seed {seed:?}");
    assert!(seed.is_some(), "{rule:?} disabled: '{checker}' found nothing in {SEEDS} worlds of class {class}");
}

macro_rules! noticed {
    ($($test:ident: $rule:ident, $class:literal, $checker:literal;)*) => {
        $(#[test] fn $test() { is_noticed(Rule::$rule, $class, $checker); })*

        #[test]
        fn every_rule_is_tested() {
            let tested = BTreeSet::from([$(Rule::$rule),*]);
            assert_eq!(tested, Rule::ALL.iter().copied().collect());
        }
    };
}

noticed! {
    chain_check: ChainCheck, "net", "chain dense";
    one_transaction: OneTransaction, "power", "chain dense";
    stored_reply: StoredReply, "slips", "documents equal";
    unit_rejected: UnitRejected, "slips", "exactly once";
    audit_position: AuditPosition, "hub", "audit equal";
    token: Token, "hub", "no silent overwrite";
    no_clock: NoClock, "net", "no silent overwrite";
    dense_stream: DenseStream, "net", "streams dense";
    row_id: RowId, "hub", "shared equal";
    expected_heads: ExpectedHeads, "clock", "shared equal";
    fork: Fork, "outlet", "documents equal";
    stored_batch: StoredBatch, "net", "nothing lost";
    abandoned_ids: AbandonedIds, "net", "no false alarm";
    requeue: Requeue, "hub", "nothing lost";
    lost_edit: LostEdit, "hub", "no silent overwrite";
    probe: Probe, "poison", "failed without a cause";
    hub_suspected: HubSuspected, "poison", "failed without a cause";
    empty_batch: EmptyBatch, "poison", "stalled";
    quarantined: Quarantined, "poison", "complete through";
    unit: Unit, "net", "exactly once";
    base_never_lowered: BaseNeverLowered, "net", "conflict records correct";
    merge_in_pull: MergeInPull, "net", "shared equal";
    cursor_with_page: CursorWithPage, "power", "shared equal";
    capture_guard: CaptureGuard, "net", "hub data not captured";
    capture_merge: CaptureMerge, "outlet", "shared equal";
    local_change_id: LocalChangeId, "net", "conflict records correct";
    unapplied_update: UnappliedUpdate, "poison", "shared equal";
    conflict_record: ConflictRecord, "net", "no silent overwrite";
    supersede: Supersede, "net", "conflict records correct";
    page_chain: PageChain, "clock", "no silent overwrite";
    range_chain: RangeChain, "clock", "no silent overwrite";
    slow_page: SlowPage, "net", "no false alarm";
    restored: Restored, "stop", "order numbers unique";
    owned_first: OwnedFirst, "outlet", "daily figures equal";
    union: Union, "outlet", "nothing lost";
    answer_names_batch: AnswerNamesBatch, "line", "no false alarm";
    unreachable: Unreachable, "line", "failed without a cause";
    retry_after: RetryAfter, "line", "Retry-After obeyed";
    refusal_retried: RefusalRetried, "line", "stalled";
    retention: Retention, "clock", "no false alarm";
    every_reader: EveryReader, "clock", "only read entries deleted";
    unknown_type: UnknownType, "older", "documents equal";
    new_field: NewField, "older", "no silent overwrite";
    never_sent: NeverSent, "older", "stalled";
    acknowledged_sales: AcknowledgedSales, "sales", "acknowledged sales kept";
    item_parsed_alone: ItemParsedAlone, "garbage", "one bad item blocks only itself";
    hub_validation: HubValidation, "garbage", "one bad item blocks only itself";
    outlet_validation: OutletValidation, "garbage", "one bad item blocks only itself";
    quarantined_item: QuarantinedItem, "garbage", "one bad item blocks only itself";
    unreadable_reason: UnreadableReason, "garbage", "one bad item blocks only itself";
    invalid_charge_skipped: InvalidChargeSkipped, "garbage", "one bad item blocks only itself";
}
