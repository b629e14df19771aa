//! Payments that nobody has confirmed, with their age.

use domain::{BusinessDate, Method};
use rusqlite::Transaction;
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::Word;

/// Payments in one answer; a shop that has more confirms the oldest first.
const MOST: i64 = 1_000;

/// A payment that nobody has confirmed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnconfirmedPayment {
    /// UUIDv7.
    pub id: String,
    /// Id of its order.
    pub order_id: String,
    /// Number of its order.
    pub order_number: String,
    /// The payment method.
    #[schema(value_type = Method)]
    pub method: Word<Method>,
    /// Name of the tender; null: a payment without one.
    pub tender_name: Option<String>,
    /// In minor units.
    pub amount: i64,
    /// Reference of the bank or wallet.
    pub reference: Option<String>,
    /// The business date on which it counts.
    #[schema(format = Date)]
    pub business_date: String,
    /// When it was recorded, RFC 3339 UTC.
    pub created_at: String,
    /// Days since its business date.
    pub age_days: i64,
    /// Who took it.
    pub cashier_name: Option<String>,
}

/// The oldest payments that nobody has confirmed.
///
/// # Errors
/// The error from SQLite.
pub fn unconfirmed(tx: &Transaction<'_>, today: BusinessDate) -> Result<Vec<UnconfirmedPayment>, Fault> {
    let sql = "select p.id, p.order_id, o.order_number, p.method, p.tender_name, p.amount, p.reference,
          coalesce(p.business_date, o.business_date), p.created_at, u.name
        from payments p cross join orders o on o.id = p.order_id
        left join users u on u.id = p.cashier_id
        where p.status = 'unconfirmed' and p.reverses is null
          and not exists (select 1 from payments r where r.order_id = p.order_id and r.reverses = p.id)
        order by p.created_at, p.order_id, p.id limit ?1";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map([MOST], |row| {
        let business_date: String = row.read(7)?;
        let since = BusinessDate::parse(&business_date).and_then(|date| today.date().since(date.date()).ok());
        Ok(UnconfirmedPayment {
            id: row.read(0)?,
            order_id: row.read(1)?,
            order_number: row.read(2)?,
            method: Word::of(row.read(3)?),
            tender_name: row.read(4)?,
            amount: row.read(5)?,
            reference: row.read(6)?,
            business_date,
            created_at: row.read(8)?,
            age_days: since.map_or(0, |span| i64::from(span.get_days()).max(0)),
            cashier_name: row.read(9)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
