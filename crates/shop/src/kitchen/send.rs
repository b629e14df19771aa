//! Makes tickets for lines that are sent: one for each station and course.

use std::collections::BTreeMap;

use access::business_day::business_day;
use domain::{IdSeries, Station};
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use sqlite::{Fault, ReadRow};
use uuid::Uuid;
use web::time;

use super::{Slip, SlipKind};
use crate::orders::{Order, OrderLine};

/// The station that makes a line; `None` if nobody does. What a damaged or newer catalog sends elsewhere goes to the kitchen:
/// somebody must see it.
pub(crate) fn station(line: &OrderLine) -> Option<Station> {
    match line.station.known() {
        Some(Station::None) => None,
        Some(station) => Some(station),
        None => Some(Station::Kitchen),
    }
}

/// Makes the tickets of lines of an order, named by their places. Returns what was made.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn send(tx: &Transaction<'_>, order: &Order, lines: &[usize], now: Timestamp) -> Result<Vec<Slip>, Fault> {
    let mut groups: BTreeMap<(Station, Option<i64>), Vec<&OrderLine>> = BTreeMap::new();
    for line in lines.iter().map(|&at| &order.lines[at]) {
        if let Some(station) = station(line) {
            groups.entry((station, line.course)).or_default().push(line);
        }
    }
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let date = business_day(tx)?.date_at(now).to_string();
    let known = stations_of(tx, &order.id)?;
    let mut slips = Vec::with_capacity(groups.len());
    for ((station, course), lines) in groups {
        let addition = known.iter().any(|known| known == station.as_str());
        slips.push(ticket(tx, &order.id, New { station, course, date: &date, addition }, lines, now)?);
    }
    Ok(slips)
}

struct New<'a> {
    station: Station,
    course: Option<i64>,
    date: &'a str,
    addition: bool,
}

fn ticket(
    tx: &Transaction<'_>,
    order_id: &str,
    new: New<'_>,
    lines: Vec<&OrderLine>,
    now: Timestamp,
) -> Result<Slip, Fault> {
    let mut ids = IdSeries::from(Uuid::now_v7());
    let (id, now) = (ids.next_text(), time::text(now));
    let number = next_number(tx, new.date, new.station)?;
    tx.prepare_cached(
        "insert into tickets (id, number, business_date, station, course, order_id, addition, sent_at, changed_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
    )?
    .execute(params![id, number, new.date, new.station.as_str(), new.course, order_id, new.addition, now])?;
    let mut insert =
        tx.prepare_cached("insert into ticket_lines (ticket_id, id, order_id, order_line_id) values (?1, ?2, ?3, ?4)")?;
    let mut line_ids = Vec::with_capacity(lines.len());
    for line in lines {
        let line_id = ids.next_text();
        insert.execute(params![id, line_id, order_id, line.id])?;
        line_ids.push(line_id);
    }
    Ok(Slip { kind: SlipKind::Add, ticket_id: id, line_ids })
}

/// The stations that have tickets of an order.
fn stations_of(tx: &Transaction<'_>, order_id: &str) -> Result<Vec<String>, Fault> {
    let mut statement = tx.prepare_cached("select distinct station from tickets where order_id = ?1 order by 1")?;
    Ok(statement.query_map([order_id], |row| row.read(0))?.collect::<Result<_, _>>()?)
}

fn next_number(tx: &Transaction<'_>, date: &str, station: Station) -> Result<i64, Fault> {
    let sql = "insert into ticket_numbers (business_date, station, next) values (?1, ?2, 2)
        on conflict (business_date, station) do update set next = next + 1 returning next - 1";
    Ok(tx.prepare_cached(sql)?.query_row([date, station.as_str()], |row| row.read(0))?)
}
