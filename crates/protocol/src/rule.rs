//! Mutation testing of the protocol: named rules that the simulation disables one at a time to prove that its checkers
//! notice it.
//!
//! Rules can be disabled only in builds with debug assertions, only by tests and the simulation, and only for the
//! current thread. In all other builds [`disabled`] is `false` at compile time.

use std::cell::Cell;

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident,)*) => {
        /// A rule of the protocol that can be disabled.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &[Self] = &[$(Self::$rule),*];
        }
    };
}

rules! {
    /// The hub accepts a batch only if its predecessor is the last accepted one.
    ChainCheck,
    /// The hub applies a batch and moves the chain in one transaction.
    OneTransaction,
    /// A repeated batch gets the stored reply.
    StoredReply,
    /// Items of one unit are rejected together.
    UnitRejected,
    /// A base matches the hub's version only if number and id are equal.
    Token,
    /// No decision is made by a clock.
    NoClock,
    /// Stream positions are consecutive.
    DenseStream,
    /// A cursor identifies a row by its random id, not only by its number.
    RowId,
    /// Rows applied by a comparison are confirmed only when the streams show the heads that the comparison read.
    ExpectedHeads,
    /// A hub position that is not in the outlet's ledger is a fork.
    Fork,
    /// A reply is applied to the stored batch, not to current rows.
    StoredBatch,
    /// The ids of abandoned batches are stored.
    AbandonedIds,
    /// Entities of lost batches are requeued.
    Requeue,
    /// A local edit of a shared entity that the hub lost is pushed again, with its old value as the base.
    LostEdit,
    /// A failure of an item counts only after a batch without it was accepted.
    Probe,
    /// The hub is suspected if the batch after an isolation fails too.
    HubSuspected,
    /// An empty batch is sent to test the hub without an item, or to report.
    EmptyBatch,
    /// Quarantined entities are reported to the hub.
    Quarantined,
    /// Entities between which a child row moved travel in one unit.
    Unit,
    /// A reply never lowers a base revision.
    BaseNeverLowered,
    /// Items with the outcome `conflict` are merged only by the pull.
    MergeInPull,
    /// The cursor advances in the transaction that applies the change.
    CursorWithPage,
    /// Changes from the hub are applied without being captured.
    CaptureGuard,
    /// A merge result that differs from the hub's document is captured.
    CaptureMerge,
    /// A stream change with a local change id acknowledges that change.
    LocalChangeId,
    /// An update that cannot be applied is stored.
    UnappliedUpdate,
    /// Every overlap is recorded as a conflict.
    ConflictRecord,
    /// An open conflict record is superseded when its field changes.
    Supersede,
    /// A page reveals that the hub's position changed.
    PageChain,
    /// A range of a comparison counts only if the outlet knows the hub's position.
    RangeChain,
    /// A page's chain row is ignored if the outlet's position has changed since the request.
    SlowPage,
    /// A restored database stops pushing.
    Restored,
    /// After enrollment, outlet-owned entities are compared before anything is pushed.
    OwnedFirst,
    /// The two copies of an outlet-owned entity are united.
    Union,
    /// An answer counts only if it names the batch in flight.
    AnswerNamesBatch,
    /// Failures that do not concern a batch do not count against it.
    Unreachable,
    /// `Retry-After` is obeyed.
    RetryAfter,
    /// A refusal that head office can revoke is retried.
    RefusalRetried,
    /// Retention counts hours that servers have run, not clock time.
    Retention,
    /// The hub deletes a stream entry only after every active outlet has read it.
    EveryReader,
    /// Items of unknown types are stored.
    UnknownType,
    /// The default of a new field is not an edit.
    NewField,
    /// Entities that the hub has never sent are not compared.
    NeverSent,
    /// An outlet cannot reverse an acknowledged sale.
    AcknowledgedSales,
    /// Each item of a batch is parsed independently.
    ItemParsedAlone,
    /// The hub rejects items that break a rule of their type.
    HubValidation,
    /// An outlet rejects updates that break a rule of their type.
    OutletValidation,
    /// Rows that are unreadable or invalid are not sent.
    QuarantinedItem,
    /// Updates that the hub cannot read are sent with the reason.
    UnreadableReason,
    /// An invalid charge is left out of the order.
    InvalidChargeSkipped,
    /// The outlet sends its audit log from where the hub's answer says.
    AuditPosition,
}

thread_local! {
    static DISABLED: Cell<Option<Rule>> = const { Cell::new(None) };
}

/// Disables a rule on this thread; `None` enables all again. Has no effect in builds without debug assertions.
pub fn sabotage(rule: Option<Rule>) {
    DISABLED.set(rule);
}

/// Whether this rule is disabled.
#[must_use]
#[inline]
pub fn disabled(rule: Rule) -> bool {
    cfg!(debug_assertions) && DISABLED.get() == Some(rule)
}
