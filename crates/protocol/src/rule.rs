//! The rules that the simulation takes away, one at a time, to see that its checkers notice: what is not noticed is not
//! proved.
//!
//! Only a build with debug assertions can take one away, only a test or the simulation asks for it, and only for its
//! thread. In every other build [`disabled`] is `false` when it is compiled.

use std::cell::Cell;

macro_rules! rules {
    ($($(#[$says:meta])* $rule:ident,)*) => {
        /// A rule of the protocol that one can take away.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$says])* $rule,)*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$rule),*];
        }
    };
}

rules! {
    /// The hub takes a batch in only if it follows the last one.
    ChainCheck,
    /// The hub applies a batch and moves the chain in one transaction.
    OneTransaction,
    /// A batch that is sent again gets the reply that was kept.
    KeptReply,
    /// What was changed together is refused together.
    UnitRefused,
    /// A base is the hub's present version only if number and id are the same.
    Token,
    /// No decision is made by a clock.
    NoClock,
    /// A stream has no holes.
    DenseStream,
    /// A cursor names the row that was read, not only its number.
    RowId,
    /// What a comparison has taken stays only if the streams then show each end of them that it has seen.
    SeenEnds,
    /// A hub that stands at a batch that is not mine is a fork.
    Fork,
    /// An answer is settled against the batch as it was stored.
    StoredBatch,
    /// The ids of given-up batches are kept.
    GivenUpIds,
    /// What the hub has lost is opened again.
    Reopen,
    /// An own shared edit that the hub has lost is an edit again, from its old value.
    LostEdit,
    /// An item's try counts only when a batch without it was accepted.
    Probe,
    /// What is set aside is in doubt if the next batch fails too.
    Doubt,
    /// An empty batch is made where there is something to try without, or to tell.
    EmptyBatch,
    /// What is set aside or has failed is named to the hub.
    Quarantined,
    /// Entities between which a child row was moved travel together.
    Unit,
    /// An answer never lowers a base.
    BaseNeverLowered,
    /// What was answered `conflict` is merged by the pull and nowhere else.
    MergeInPull,
    /// The cursor moves in the transaction that applies the change.
    CursorWithPage,
    /// What comes from the hub is applied uncaptured.
    Guard,
    /// What differs from the hub's document after a merge is marked.
    Mark,
    /// A change with an own id acknowledges.
    OwnChange,
    /// A change that cannot be applied is kept.
    UnappliedUpdate,
    /// Every overlap is recorded.
    Record,
    /// An open record is closed when its field has another value.
    Supersede,
    /// A page notices that the hub stands elsewhere.
    PageChain,
    /// A range of a comparison counts only if the hub stands where the outlet knows of.
    RangeChain,
    /// A page's chain row counts only while the outlet stands where it asked from.
    SlowPage,
    /// A restored database stops.
    Restored,
    /// After joining the outlet's own is compared before anything is pushed.
    OwnFirst,
    /// What both sides have of an own entity is put together.
    Union,
    /// An answer counts only if it names the batch that waits.
    NamesBatch,
    /// What says nothing of a batch does not count against it.
    Unreachable,
    /// A wait that the hub asked for is kept.
    RetryAfter,
    /// A refusal that head office can take back is tried again.
    RefusalRetried,
    /// What was sent is forgotten by the hours that servers have run, never by a clock.
    Retention,
    /// The hub forgets an entry of a stream only when every outlet that counts has read it.
    EveryReader,
    /// What the hub does not know is kept.
    KeptUnknown,
    /// The default of a new field is nobody's edit.
    NewField,
    /// What the hub has never named is not compared.
    Unnamed,
    /// Head office keeps acknowledged sales.
    AcknowledgedSales,
    /// Each item of a batch is read by itself.
    ItemAlone,
    /// The hub takes no item that breaks a rule of its type.
    CheckedAtTheHub,
    /// An outlet applies nothing from the hub that breaks a rule of its type.
    CheckedAtTheOutlet,
    /// A row that cannot be read, or that the hub would refuse, is not sent.
    QuarantinedItem,
    /// What cannot be read at the hub travels with the reason.
    NamedUnreadable,
    /// A charge that cannot be calculated with is left out of the order.
    ChargeLeftOut,
}

thread_local! {
    static DISABLED: Cell<Option<Rule>> = const { Cell::new(None) };
}

/// Takes a rule away from this thread; none: all hold again. In a build without debug assertions nothing happens.
pub fn sabotage(rule: Option<Rule>) {
    DISABLED.set(rule);
}

/// Whether this rule was taken away.
#[must_use]
#[inline]
pub fn disabled(rule: Rule) -> bool {
    cfg!(debug_assertions) && DISABLED.get() == Some(rule)
}
