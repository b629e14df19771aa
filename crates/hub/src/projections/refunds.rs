//! Refunds: the rows of each one. A refund counts on its own business day. Reports sum the rows, because refunds are few
//! and never change.

mod refund;
mod rows;

use protocol::acknowledged::SaleReversal;
use protocol::rule::{Rule, disabled};
use store::{Fault, Store, Tx};
use web::messages::Message;

use self::refund::Refund;
use super::projection::{Projection, Rejection, Reversal, Source};
use super::row_tables::{self, RowTables, Rows, Table};
use super::verify::{Part, Position, Verified};

/// The refunds of one batch. Nothing is summed.
#[derive(Debug, Default)]
pub(crate) struct Refunds;

impl Projection for Refunds {
    const ENTITY: &'static str = "refund";
    const TABLES: &'static [&'static str] = &["refunds", "refund_lines", "refund_tenders", "refund_taxes"];
    type Document<'a> = Refund<'a>;

    fn read<'a>(document: &'a str, entity_id: &str) -> Result<Refund<'a>, Rejection> {
        let refund = Refund::read(document, entity_id)?;
        refund.check()?;
        Ok(refund)
    }

    /// A refund never changes: the money was given back. If the document cannot be read, the rows decide.
    fn reversal(
        tx: &mut Tx<'_>,
        source: Source<'_>,
        before: &str,
        after: Option<&str>,
    ) -> Result<Option<Reversal>, Fault> {
        if disabled(Rule::AcknowledgedSales) {
            return Ok(None);
        }
        let Source { outlet_id, entity_id, .. } = source;
        let new = after.map(|after| Refund::read(after, entity_id));
        let (sale, how, is_damaged) = match Refund::read(before, entity_id) {
            Ok(before) => (before.summary(), changed(&before, new.as_ref()), false),
            Err(_) => {
                let is_recorded = match &new {
                    Some(Ok(new)) => {
                        row_tables::recorded::<Self>(tx, outlet_id, entity_id)? == rows::of(outlet_id, new)
                    }
                    _ => false,
                };
                (Message::text(entity_id), (!is_recorded).then_some(SaleReversal::Damaged), true)
            }
        };
        Ok(how.map(|how| Reversal { sale, how, is_damaged }))
    }

    fn add(&mut self, tx: &mut Tx<'_>, source: Source<'_>, refund: &Refund<'_>) -> Result<(), Fault> {
        row_tables::insert::<Self>(tx, &rows::of(source.outlet_id, refund))
    }

    fn subtract(&mut self, tx: &mut Tx<'_>, source: Source<'_>, _before: &str) -> Result<(), Fault> {
        row_tables::delete::<Self>(tx, source.outlet_id, source.entity_id)
    }

    fn write(&self, _tx: &mut Tx<'_>, _outlet_id: &str) -> Result<(), Fault> {
        Ok(())
    }

    async fn verify(
        store: &Store,
        outlet_id: &str,
        from: Position,
        repair: bool,
        found: &mut Verified,
    ) -> Result<Part, Fault> {
        row_tables::verify::check::<Self>(store, outlet_id, from, repair, found).await
    }
}

impl RowTables for Refunds {
    const ROWS: &'static [Table] = rows::TABLES;

    fn rows(outlet_id: &str, document: &str, entity_id: &str) -> Result<Rows, Rejection> {
        Ok(rows::of(outlet_id, &Refund::read(document, entity_id)?))
    }
}

/// How a later version changes a refund.
fn changed(before: &Refund<'_>, after: Option<&Result<Refund<'_>, Rejection>>) -> Option<SaleReversal> {
    match after {
        None => Some(SaleReversal::Deleted),
        Some(Err(_)) => Some(SaleReversal::Unreadable),
        Some(Ok(after)) => {
            let figures = before.figures().into_iter().zip(after.figures());
            let differing = figures.into_iter().find(|((_, before), (_, after))| before != after);
            let differing = differing.map(|((field, from), (_, to))| SaleReversal::Changed { field, from, to });
            differing.or_else(|| (before.parts() != after.parts()).then_some(SaleReversal::Missing("line")))
        }
    }
}
