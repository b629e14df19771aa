//! The rows of a shift, as stored and as answered by the API.

use domain::{CountKind, Method, MovementKind, ShiftStatus};
use web::Word;

use super::ShiftReport;
use crate::stored::stored;

stored! {
    /// A shift of a cash drawer. Money is in minor units (rupiah).
    pub struct Shift in "shifts" {
        /// UUIDv7.
        id: String as id,
        /// Number for people: counts the shifts of the drawer. Never reused.
        shift_number: String,
        /// Id of the drawer.
        drawer_id: String as id,
        /// Name of the drawer when the shift was opened.
        drawer_name: String,
        /// A closed shift never changes.
        #[schema(value_type = ShiftStatus)]
        status: Word<ShiftStatus> as word,
        /// The trading day on which it was opened, YYYY-MM-DD.
        business_date: String,
        /// The shift of this drawer before it.
        previous_shift_id: Option<String>,
        /// The user who opened it.
        opened_by: Option<String>,
        /// RFC 3339 UTC.
        opened_at: String,
        /// Cash that the shift before left in the drawer; null: unknown.
        opening_expected: Option<i64>,
        /// Cash in the drawer at the beginning.
        opening_counted: i64,
        /// The user who closed it.
        closed_by: Option<String>,
        /// RFC 3339 UTC.
        closed_at: Option<String>,
        /// Cash that should have been in the drawer at the close; null while the shift is open.
        expected: Option<i64>,
        /// Cash that was counted at the close.
        counted: Option<i64>,
        /// Cash that stayed in the drawer for the next shift; null: all of it.
        left_in_drawer: Option<i64>,
        /// Note of the user who closed it.
        note: Option<String>,
        /// The figures at the close.
        report: Option<ShiftReport> as json,
    }
    also {
        /// Version of this entity, for `If-Match`.
        version: i64,
        /// Cash put in or taken out without a sale.
        movements: Vec<Movement>,
        /// What was counted.
        counts: Vec<ShiftCount>,
        /// The money of each payment method and tender at the close.
        tenders: Vec<ShiftTender>,
    }
}

stored! {
    /// Cash put into a drawer or taken out without a sale.
    #[schema(as = ShiftMovement)]
    pub struct Movement in "shift_movements" of "shift_id" {
        /// UUIDv7.
        id: String as id,
        /// In, out, or to the safe.
        #[schema(value_type = MovementKind)]
        kind: Word<MovementKind> as word,
        /// Positive.
        amount: i64,
        /// Why.
        reason: Option<String>,
        /// The user who made it.
        made_by: Option<String>,
        /// The manager or admin who approved it, if it needed approval.
        approved_by: Option<String>,
        /// RFC 3339 UTC.
        created_at: String,
    }
}

stored! {
    /// A part of a count: the pieces of one denomination, or the whole sum.
    pub struct ShiftCount in "shift_counts" of "shift_id" {
        /// UUIDv7.
        id: String as id,
        /// When it was counted.
        #[schema(value_type = CountKind)]
        kind: Word<CountKind> as word,
        /// Value of one note or coin; null: only the sum was entered.
        denomination: Option<i64>,
        /// How many.
        pieces: Option<i64>,
        /// What they are worth.
        amount: i64,
        /// The user who counted.
        counted_by: Option<String>,
        /// Reason of a recount.
        reason: Option<String>,
        /// The manager or admin who approved a recount.
        approved_by: Option<String>,
        /// RFC 3339 UTC.
        created_at: String,
    }
}

stored! {
    /// The money of a payment method and tender in a closed shift.
    pub struct ShiftTender in "shift_tenders" of "shift_id" {
        /// The method; of a tender, a UUIDv7.
        id: String as id,
        /// The payment method.
        #[schema(value_type = Method)]
        method: Word<Method> as word,
        /// Id of the tender; null: payments without one, and all cash.
        tender_id: Option<String>,
        /// Its name in these payments.
        tender_name: Option<String>,
        /// Payments received.
        payments: i64,
        /// Payments taken back, negative.
        reversals: i64,
        /// What refunds gave back.
        refunds: i64,
        /// What should be there; for cash with everything that was in the drawer.
        expected: i64,
        /// What was counted, or what the bank's terminal showed.
        counted: Option<i64>,
    }
}

impl Shift {
    /// Whether it takes payments.
    pub(crate) fn is_open(&self) -> bool {
        self.status.known() == Some(ShiftStatus::Open)
    }
}
