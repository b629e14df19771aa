//! Words of the audit log.

use crate::string_enum::string_enum;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuditAction {
    /// The chain continues another one: the database was restored, or enrolled again.
    Restored,
    /// An open order was voided.
    OrderVoided,
    /// A line that was sent to be prepared, or pieces of it, was voided.
    LineVoided,
    /// A discount was given.
    DiscountGiven,
    /// A discount or compliment was taken back.
    DiscountRemoved,
    /// A line or an order was given for free.
    ComplimentGiven,
    /// Money was given back for a paid order.
    Refunded,
    /// A payment was confirmed.
    PaymentConfirmed,
    /// A payment was replaced by one of another method.
    PaymentReplaced,
    /// A payment was taken back, because it bounced or was never made.
    PaymentReversed,
    /// A shift of a drawer was opened.
    ShiftOpened,
    /// A shift was counted and closed.
    ShiftClosed,
    /// A closed shift was counted again.
    ShiftRecounted,
    /// Cash was put into a drawer or taken out without a sale.
    CashMoved,
    /// A receipt or the paper of a refund was printed on request.
    ReceiptPrinted,
    /// The bill of an order that is not paid was printed.
    BillPrinted,
    /// X or Z of a shift was printed.
    ShiftPrinted,
    /// A cash movement was printed.
    MovementPrinted,
    /// A ticket was printed again.
    TicketPrinted,
    /// A drawer was opened without a sale.
    DrawerOpened,
    /// A test page was printed.
    PrinterTested,
    /// A paper that did not come out is printed again.
    PrintRetried,
    /// Master data was created.
    Created,
    /// Master data or settings were changed.
    Changed,
    /// Master data was deleted.
    Deleted,
    /// The price or the availability of a product was changed.
    PriceChanged,
    /// Prices or availability of many products were changed.
    PricesChanged,
    /// Such a change was undone.
    PricesRestored,
    /// A ticket that was bumped was brought back.
    TicketRecalled,
    /// Somebody said how much is left of a product.
    LeftCounted,
    /// A PIN was set.
    PinChanged,
    /// A user's wait after wrong PINs was ended.
    UserUnlocked,
    /// A code to pair a device was made.
    PairingCodeCreated,
    /// A device was paired.
    DevicePaired,
    /// A device was revoked.
    DeviceRevoked,
    /// Somebody logged in.
    LoggedIn,
    /// After too many wrong PINs a user must wait.
    LockedOut,
    /// The link to head office was changed.
    LinkChanged,
    /// The outlet was enrolled at head office.
    Enrolled,
    /// A conflict with head office was decided.
    ConflictResolved,
    /// Such a decision was undone.
    ConflictReopened,
    /// A failed change is sent again.
    ItemRequeued,
    /// A failed change is not sent.
    ItemDiscarded,
    /// An update of head office was tried again.
    UpdateRequeued,
    /// An update of head office is not applied.
    UpdateDiscarded,
    /// What a new machine read from head office was confirmed.
    Confirmed,
    /// A snapshot of head office was imported from a file.
    SnapshotImported,
}

string_enum!(AuditAction {
    Restored: "restored",
    OrderVoided: "order_voided",
    LineVoided: "line_voided",
    DiscountGiven: "discount_given",
    DiscountRemoved: "discount_removed",
    ComplimentGiven: "compliment_given",
    Refunded: "refunded",
    PaymentConfirmed: "payment_confirmed",
    PaymentReplaced: "payment_replaced",
    PaymentReversed: "payment_reversed",
    ShiftOpened: "shift_opened",
    ShiftClosed: "shift_closed",
    ShiftRecounted: "shift_recounted",
    CashMoved: "cash_moved",
    ReceiptPrinted: "receipt_printed",
    BillPrinted: "bill_printed",
    ShiftPrinted: "shift_printed",
    MovementPrinted: "movement_printed",
    TicketPrinted: "ticket_printed",
    DrawerOpened: "drawer_opened",
    PrinterTested: "printer_tested",
    PrintRetried: "print_retried",
    Created: "created",
    Changed: "changed",
    Deleted: "deleted",
    PriceChanged: "price_changed",
    PricesChanged: "prices_changed",
    PricesRestored: "prices_restored",
    TicketRecalled: "ticket_recalled",
    LeftCounted: "left_counted",
    PinChanged: "pin_changed",
    UserUnlocked: "user_unlocked",
    PairingCodeCreated: "pairing_code_created",
    DevicePaired: "device_paired",
    DeviceRevoked: "device_revoked",
    LoggedIn: "logged_in",
    LockedOut: "locked_out",
    LinkChanged: "link_changed",
    Enrolled: "enrolled",
    ConflictResolved: "conflict_resolved",
    ConflictReopened: "conflict_reopened",
    ItemRequeued: "item_requeued",
    ItemDiscarded: "item_discarded",
    UpdateRequeued: "update_requeued",
    UpdateDiscarded: "update_discarded",
    Confirmed: "confirmed",
    SnapshotImported: "snapshot_imported",
});

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakKind {
    /// An event is not the one that was written.
    Changed,
    /// An event is not there any more.
    Missing,
    /// An event was added between others.
    Inserted,
}

string_enum!(BreakKind { Changed: "changed", Missing: "missing", Inserted: "inserted" });
