//! The interface of a projection.

use std::fmt::Debug;

use protocol::acknowledged::SaleReversal;
use protocol::validate::Invalid;
use store::{Fault, Store, Tx};
use web::messages::{Arg, Message, Reason, ReasonCode};

use super::verify::{Part, Position, Verified};

/// Figures calculated from the documents of one entity. A value sums the changes of one batch.
pub(crate) trait Projection: Debug + Default {
    /// The entity whose documents it reads. Outlets own it.
    const ENTITY: &'static str;
    /// Its tables. Each has a column `outlet_id`, the first of its key.
    const TABLES: &'static [&'static str];
    /// The part of a document that it calculates with.
    type Document<'a>: Debug;

    /// Reads a document that an outlet sent, and checks it by the rules of its entity.
    ///
    /// # Errors
    /// [`Rejection`]: the document is not stored.
    fn read<'a>(document: &'a str, entity_id: &str) -> Result<Self::Document<'a>, Rejection>;

    /// How a later version would reverse an acknowledged sale; `after` is `None` if the outlet deleted the entity.
    ///
    /// # Errors
    /// The error of the database.
    fn reversal(
        _tx: &mut Tx<'_>,
        _source: Source<'_>,
        _before: &str,
        _after: Option<&str>,
    ) -> Result<Option<Reversal>, Fault> {
        Ok(None)
    }

    /// Checks that the figures stay in range if this document replaces `before`, together with the earlier documents of
    /// the batch. Writes nothing.
    ///
    /// # Errors
    /// The error of the database. The inner error: the document is not stored.
    fn reserve(
        &mut self,
        _tx: &mut Tx<'_>,
        _outlet_id: &str,
        _before: Option<&str>,
        _document: &Self::Document<'_>,
    ) -> Result<Result<(), Rejection>, Fault> {
        Ok(Ok(()))
    }

    /// Adds a document that the projection does not contain.
    ///
    /// # Errors
    /// The error of the database.
    fn add(&mut self, tx: &mut Tx<'_>, source: Source<'_>, document: &Self::Document<'_>) -> Result<(), Fault>;

    /// Subtracts what [`Projection::add`] added for this stored document, which may have been damaged since.
    ///
    /// # Errors
    /// The error of the database.
    fn subtract(&mut self, tx: &mut Tx<'_>, source: Source<'_>, before: &str) -> Result<(), Fault>;

    /// Writes the summed changes of the batch.
    ///
    /// # Errors
    /// The error of the database.
    fn write(&self, tx: &mut Tx<'_>, outlet_id: &str) -> Result<(), Fault>;

    /// Compares the next part of an outlet's tables with the documents; repairs differences if `repair`.
    ///
    /// # Errors
    /// The error of the database.
    fn verify(
        store: &Store,
        outlet_id: &str,
        from: Position,
        repair: bool,
        found: &mut Verified,
    ) -> impl Future<Output = Result<Part, Fault>> + Send;
}

/// The document that a projection's rows come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub outlet_id: &'a str,
    pub entity_id: &'a str,
    /// The arrival number of its first version.
    pub arrival_no: i64,
}

/// How a version reverses an acknowledged sale.
#[derive(Debug)]
pub(crate) struct Reversal {
    /// Number, day and amount of the sale, for people.
    pub sale: Message,
    pub how: SaleReversal,
    /// The hub's document of the sale cannot be read.
    pub is_damaged: bool,
}

/// Why a projection does not accept a document.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// It is not a document of its entity.
    Unreadable(String),
    /// An amount is outside the range of money.
    TooLarge { field: &'static str },
    /// A total differs from the sum of its parts.
    DoesNotAddUp { field: &'static str, is: i64, parts: &'static str, sum: i128 },
    /// A figure of its day would leave the range of money. No shop sells that much in a day.
    DayLimitExceeded { business_date: String, figure: &'static str, amount: i128 },
}

impl Rejection {
    /// Why the item with this document is rejected.
    pub(crate) fn reason(&self, entity_type: &str, entity_id: &str) -> Reason {
        let invalid = |invalid: Invalid| Reason::invalid(entity_type, entity_id, &invalid);
        match self {
            Self::Unreadable(detail) => invalid(Invalid::Unreadable(detail.clone())),
            Self::TooLarge { field } => invalid(Invalid::Amount((*field).to_owned())),
            Self::DoesNotAddUp { field, is, parts, sum } => {
                let message = ReasonCode::TotalsDoNotAddUp.with("field", *field).with("found", *is);
                message.with("parts", *parts).with("sum", *sum).into()
            }
            Self::DayLimitExceeded { business_date, figure, amount } => {
                let message = ReasonCode::FiguresTooLarge.with("date", Arg::date(business_date));
                message.with("figure", *figure).with("amount", *amount).into()
            }
        }
    }
}
