//! Sales: the rows of each order, and the figures of each business day. A sale counts on the day on which it was paid, a
//! payment on its own day.

mod day_limit;
mod day_totals;
mod order;
mod rows;
mod verify;

use domain::Money;
use protocol::acknowledged::{SaleReversal, is_voided, reverses_recorded_sale, reverses_sale};
use protocol::rule::{Rule, disabled};
use store::{Fault, Store, Tx};
use web::Notice;
use web::messages::{Arg, Message};

use self::day_limit::DayLimit;
use self::day_totals::DayTotals;
use self::order::Order;
pub(super) use self::order::{MAX_KEY, TAX, Tax, TaxKey, TenderKey};
use super::projection::{Projection, Rejection, Reversal, Source};
use super::verify::{Part, Position, Verified};

/// The changes of one batch to the figures of sales.
#[derive(Debug, Default)]
pub(crate) struct Sales {
    day_totals: DayTotals,
    day_limit: DayLimit,
}

impl Projection for Sales {
    const ENTITY: &'static str = "order";
    const TABLES: &'static [&'static str] = &[
        "sales",
        "sale_lines",
        "sale_tenders",
        "sale_taxes",
        "sale_deeds",
        "daily_sales",
        "daily_tenders",
        "daily_products",
        "daily_taxes",
    ];
    type Document<'a> = Order<'a>;

    fn read<'a>(document: &'a str, entity_id: &str) -> Result<Order<'a>, Rejection> {
        let order = Order::read(document, entity_id)?;
        order.check()?;
        Ok(order)
    }

    fn reversal(
        tx: &mut Tx<'_>,
        source: Source<'_>,
        before: &str,
        after: Option<&str>,
    ) -> Result<Option<Reversal>, Fault> {
        if disabled(Rule::AcknowledgedSales) {
            return Ok(None);
        }
        let by_documents = reverses_sale(before, after);
        let is_damaged = by_documents == Some(SaleReversal::Damaged);
        // A document that is not paid is compared by the tables too: it may have been modified in the database.
        let reads_tables = is_damaged || (by_documents.is_none() && is_voided(after));
        let recorded = if reads_tables { rows::recorded_sale(tx, source)? } else { None };
        let how = recorded.as_ref().map_or(by_documents, |recorded| reverses_recorded_sale(recorded, after));
        let Some(how) = how else { return Ok(None) };
        let named = |number: &str, date: String, paid: i64| {
            Notice::Sale.with("number", number).with("date", Arg::date(date)).with("paid", Money(paid))
        };
        let sale = match (Order::read(before, source.entity_id), &recorded) {
            (Ok(order), _) => {
                let paid = if order.counts() { order.total } else { order.paid };
                named(&order.order_number, order.business_date.to_string(), paid)
            }
            (Err(_), Some(sale)) => named(&sale.order_number, sale.business_date.to_string(), sale.total()),
            (Err(_), None) => Message::text(source.entity_id),
        };
        Ok(Some(Reversal { sale, how, is_damaged }))
    }

    fn reserve(
        &mut self,
        tx: &mut Tx<'_>,
        outlet_id: &str,
        before: Option<&str>,
        order: &Order<'_>,
    ) -> Result<Result<(), Rejection>, Fault> {
        if !day_limit::is_outsized(order) {
            return Ok(Ok(()));
        }
        let before = before.and_then(|before| Order::read(before, &order.id).ok());
        self.day_limit.reserve(tx, outlet_id, before.as_ref(), order)
    }

    fn add(&mut self, tx: &mut Tx<'_>, source: Source<'_>, order: &Order<'_>) -> Result<(), Fault> {
        rows::insert(tx, source, order)?;
        self.day_totals.add(order);
        Ok(())
    }

    fn subtract(&mut self, tx: &mut Tx<'_>, source: Source<'_>, before: &str) -> Result<(), Fault> {
        match Order::read(before, source.entity_id) {
            Ok(order) => {
                rows::delete(tx, source, &order.business_date)?;
                self.day_totals.subtract(&order);
            }
            Err(error) => {
                let Source { outlet_id, entity_id: order_id, .. } = source;
                tracing::error!(reason = %error.reason("order", order_id), outlet_id, order_id, "an order document is unreadable; subtracted its figures by the sales tables");
                if let Some((order, tenders)) = rows::recorded_order(tx, source)? {
                    rows::delete(tx, source, &order.business_date)?;
                    let tenders = tenders.iter().map(|((date, key), tender)| ((date.as_str(), key.into()), *tender));
                    self.day_totals.subtract_with_tenders(&order, tenders);
                }
            }
        }
        Ok(())
    }

    fn write(&self, tx: &mut Tx<'_>, outlet_id: &str) -> Result<(), Fault> {
        self.day_totals.write(tx, outlet_id)
    }

    async fn verify(
        store: &Store,
        outlet_id: &str,
        from: Position,
        repair: bool,
        found: &mut Verified,
    ) -> Result<Part, Fault> {
        match from {
            Position::Document(from) => verify::orders::check(store, outlet_id, from, repair, found).await,
            Position::Figures(from) => verify::days::check(store, outlet_id, from, repair, found).await,
        }
    }
}
