//! Tickets as answered by the API: their own row, with the table, names and quantities of the order.

use domain::{Modifier, OrderType, Station, TicketLineChange, TicketLineState, TicketState};
use rusqlite::{OptionalExtension, Row, Transaction, params_from_iter};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use std::collections::HashMap;
use utoipa::ToSchema;
use web::{ApiError, Code, Word};

use crate::json_list;

/// What a station prepares for an order: the lines of one send and course.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ticket {
    /// UUIDv7.
    pub id: String,
    /// Number of the ticket on its business day and station, from 1.
    pub number: i64,
    /// The outlet's trading day, YYYY-MM-DD.
    pub business_date: String,
    /// Who prepares it.
    #[schema(value_type = Station)]
    pub station: Word<Station>,
    /// The course, 1 to 9.
    pub course: Option<i64>,
    /// The order.
    pub order_id: String,
    /// Number of the order for people.
    pub order_number: String,
    /// Table of the guests, now.
    pub table_number: Option<String>,
    /// Number to call the order by, if it was created without a table.
    pub queue_no: Option<i64>,
    /// Name of the guest.
    pub customer_name: Option<String>,
    /// How the guest receives the order.
    #[schema(value_type = OrderType)]
    pub order_type: Word<OrderType>,
    /// Name of the delivery platform that the order came from.
    pub channel_name: Option<String>,
    /// Note on the whole order.
    pub note: Option<String>,
    /// The station had a ticket of this order before: these lines were added.
    pub addition: bool,
    /// How far it is. All lines void: `cancelled`.
    #[schema(value_type = TicketState)]
    pub state: Word<TicketState>,
    /// The station's screen shows it. A ticket with a void that nobody has seen stays there until it is bumped, also if the rest
    /// is ready.
    pub on_board: bool,
    /// The table before the last move, empty for none; null if nothing moved since somebody has touched the ticket.
    pub moved_from: Option<String>,
    /// RFC 3339 UTC.
    pub sent_at: String,
    /// RFC 3339 UTC.
    pub started_at: Option<String>,
    /// RFC 3339 UTC.
    pub ready_at: Option<String>,
    /// RFC 3339 UTC.
    pub served_at: Option<String>,
    /// The user who bumped it.
    pub bumped_by: Option<String>,
    /// When anything of it last changed, RFC 3339 UTC.
    pub changed_at: String,
    /// Its lines, in the sequence of the order.
    pub lines: Vec<TicketLine>,
}

/// A line of a ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TicketLine {
    /// UUIDv7.
    pub id: String,
    /// The line of the order.
    pub order_line_id: String,
    /// Id of the product.
    pub product_id: String,
    /// Name at the time of the order.
    pub name: String,
    /// Name of the variant.
    pub variant_name: Option<String>,
    /// The chosen modifiers.
    #[schema(value_type = Vec<web::shapes::Modifier>)]
    pub modifiers: Vec<Modifier>,
    /// Note for the kitchen.
    pub note: Option<String>,
    /// Number of pieces, or thousandths of the unit if `qty_scale` is 3.
    pub qty: i64,
    /// Decimal places of `qty`: 0 or 3.
    pub qty_scale: i64,
    /// The unit of a weighed line, such as kg.
    pub unit: Option<String>,
    /// How far it is. `void`: struck, and not made.
    #[schema(value_type = TicketLineState)]
    pub state: Word<TicketLineState>,
    /// What happened to it since somebody has touched the ticket.
    #[schema(value_type = Option<TicketLineChange>)]
    pub change: Option<Word<TicketLineChange>>,
}

/// Selects tickets, named `t`, with their orders. A ticket whose order was deleted has nothing to show.
pub(super) const SELECT: &str = "
    select t.id, t.number, t.business_date, t.station, t.course, t.order_id, o.order_number, o.table_number,
      o.customer_name, o.order_type, o.note, t.addition, t.state, t.on_board, t.moved_from, t.sent_at, t.started_at,
      t.ready_at, t.served_at, t.bumped_by, t.changed_at, c.name, o.queue_no
    from tickets t join orders o on o.id = t.order_id left join tenders c on c.id = o.channel";

/// A ticket of [`SELECT`], without its lines.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Ticket> {
    Ok(Ticket {
        id: row.id(0)?,
        number: row.read(1)?,
        business_date: row.read(2)?,
        station: Word::of(row.read(3)?),
        course: row.read(4)?,
        order_id: row.id(5)?,
        order_number: row.read(6)?,
        table_number: row.read(7)?,
        customer_name: row.read(8)?,
        order_type: Word::of(row.read(9)?),
        channel_name: row.read(21)?,
        note: row.read(10)?,
        addition: row.read(11)?,
        state: Word::of(row.read(12)?),
        on_board: row.read(13)?,
        moved_from: row.read(14)?,
        sent_at: row.read(15)?,
        started_at: row.read(16)?,
        ready_at: row.read(17)?,
        served_at: row.read(18)?,
        bumped_by: row.read(19)?,
        changed_at: row.read(20)?,
        queue_no: row.read(22)?,
        lines: Vec::new(),
    })
}

/// A ticket by id, with its lines.
///
/// # Errors
/// 404.
pub fn get(tx: &Transaction<'_>, id: &str) -> Result<Ticket, ApiError> {
    let found = tx.prepare_cached(&format!("{SELECT} where t.id = ?1"))?.query_row([raw(id)], read).optional()?;
    let mut found = [found.ok_or_else(|| Code::NotFound.because("ticket"))?];
    load_lines(tx, &mut found)?;
    let [ticket] = found;
    Ok(ticket)
}

/// Reads the lines of these tickets, with one query for any number of tickets.
pub(super) fn load_lines(tx: &Transaction<'_>, tickets: &mut [Ticket]) -> Result<(), Fault> {
    if tickets.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = tickets.iter().map(|ticket| ticket.id.clone()).collect();
    let places: HashMap<&str, usize> = ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    let marks = vec!["?"; ids.len()].join(", ");
    let sql = format!(
        "select l.ticket_id, l.id, l.order_line_id, o.product_id, o.name, o.variant_name, o.modifiers, o.note, o.qty,
           o.qty_scale, l.state, l.change, o.unit
         from ticket_lines l join order_lines o on o.order_id = l.order_id and o.id = l.order_line_id
         where l.ticket_id in ({marks}) order by l.ticket_id, o.position, o.id"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(ids.iter().map(|id| raw(id))))?;
    while let Some(row) = rows.next()? {
        if let Some(&place) = places.get(row.id(0)?.as_str()) {
            tickets[place].lines.push(line(row)?);
        }
    }
    Ok(())
}

fn line(row: &Row<'_>) -> rusqlite::Result<TicketLine> {
    Ok(TicketLine {
        id: row.id(1)?,
        order_line_id: row.id(2)?,
        product_id: row.id(3)?,
        name: row.read(4)?,
        variant_name: row.read(5)?,
        modifiers: json_list::read(row, 6)?.unwrap_or_default(),
        note: row.read(7)?,
        qty: row.read(8)?,
        qty_scale: row.read(9)?,
        state: Word::of(row.read(10)?),
        change: row.read::<Option<String>>(11)?.map(Word::of),
        unit: row.read(12)?,
    })
}
