//! All-day counts: how many pieces of each product the board still has to make.

use std::collections::BTreeMap;

use domain::{Station, TicketLineState};
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::Word;

use super::{SHOWN, around};

/// Maximum number of lines that are counted.
const MAX_LINES: i64 = 20_000;

/// A product, or one of its variants, that is to be made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AllDayCount {
    /// Who prepares it.
    #[schema(value_type = Station)]
    pub station: Word<Station>,
    /// Id of the product.
    pub product_id: String,
    /// Name at the time of the order.
    pub name: String,
    /// Id of the variant.
    pub variant_id: Option<String>,
    /// Name of the variant.
    pub variant_name: Option<String>,
    /// Number of pieces to make, or thousandths of the unit if `qty_scale` is 3.
    pub qty: i64,
    /// Decimal places of `qty`: 0 or 3.
    pub qty_scale: i64,
    /// The unit of weighed goods, such as kg.
    pub unit: Option<String>,
}

/// What the board has to make, the most first.
///
/// # Errors
/// The error from SQLite.
pub fn all_day(tx: &Transaction<'_>, station: Option<Station>, now: Timestamp) -> Result<Vec<AllDayCount>, Fault> {
    let sql = format!(
        "select t.station, o.product_id, o.name, o.variant_id, o.variant_name, o.qty_scale, o.qty, o.unit
         from tickets t
           join ticket_lines l on l.ticket_id = t.id
           join order_lines o on o.order_id = l.order_id and o.id = l.order_line_id
         where t.on_board = 1 and l.state in ('{}', '{}') and t.sent_at between ?1 and ?2
           and (?3 is null or t.station = ?3)
         order by t.rowid limit {MAX_LINES}",
        TicketLineState::New,
        TicketLineState::Cooking
    );
    let (from, to) = around(now, SHOWN);
    let mut counts: BTreeMap<_, AllDayCount> = BTreeMap::new();
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(params![from, to, station.map(Station::as_str)])?;
    while let Some(row) = rows.next()? {
        let line = AllDayCount {
            station: Word::of(row.read(0)?),
            product_id: row.id(1)?,
            name: row.read(2)?,
            variant_id: row.read(3)?,
            variant_name: row.read(4)?,
            qty_scale: row.read(5)?,
            qty: row.read(6)?,
            unit: row.read(7)?,
        };
        let key = (
            line.station.as_str().to_owned(),
            line.name.clone(),
            line.variant_name.clone(),
            line.product_id.clone(),
            line.variant_id.clone(),
            line.qty_scale,
        );
        counts.entry(key).and_modify(|count| count.qty = count.qty.saturating_add(line.qty)).or_insert(line);
    }
    let mut counts: Vec<_> = counts.into_values().collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.qty));
    Ok(counts)
}
