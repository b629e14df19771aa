//! Shifts of cash drawers: when each counts, what should have been there and what was counted. Reports sum the rows, because
//! shifts are few.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::{BusinessDate, Money};
use serde::Deserialize;
use store::{Fault, Store, Tx};

use super::cells::Cell;
use super::projection::{Projection, Rejection, Source};
use super::row_tables::{self, RowTables, Rows, Table, sorted};
use super::sales::{MAX_KEY, TenderKey};
use super::verify::{Part, Position, Verified};

/// The status of a shift that was counted.
const CLOSED: &str = "closed";

/// The shifts of one batch. Nothing is summed.
#[derive(Debug, Default)]
pub(crate) struct Shifts;

/// The fields of a shift that head office lists or calculates with.
#[derive(Debug, Deserialize)]
pub(crate) struct Shift<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    business_date: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(default)]
    expected: Option<i64>,
    #[serde(default)]
    counted: Option<i64>,
    #[serde(borrow, default)]
    tenders: Vec<Tender<'a>>,
}

/// The money of a payment method and tender in a shift.
#[derive(Debug, Deserialize)]
pub(crate) struct Tender<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow, default)]
    tender_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    tender_name: Option<Cow<'a, str>>,
    expected: i64,
    #[serde(default)]
    counted: Option<i64>,
}

impl Shift<'_> {
    /// What should have been there and what was counted, by tender.
    fn by_tender(&self) -> BTreeMap<TenderKey<'_>, (i64, Option<i64>)> {
        let mut sums = BTreeMap::<_, (i64, Option<i64>)>::new();
        for tender in self.tenders.iter().filter(|_| self.status == CLOSED) {
            let Tender { method, tender_id, tender_name, expected, counted } = tender;
            let sum = sums.entry(TenderKey::of(method, tender_id.as_deref(), tender_name.as_deref())).or_default();
            sum.0 = sum.0.saturating_add(*expected);
            if let Some(counted) = counted {
                sum.1 = Some(sum.1.unwrap_or(0).saturating_add(*counted));
            }
        }
        sums
    }
}

impl Projection for Shifts {
    const ENTITY: &'static str = "shift";
    const TABLES: &'static [&'static str] = &["shifts", "shift_tenders"];
    type Document<'a> = Shift<'a>;

    fn read<'a>(document: &'a str, entity_id: &str) -> Result<Shift<'a>, Rejection> {
        let shift: Shift<'a> =
            serde_json::from_str(document).map_err(|error| Rejection::Unreadable(error.to_string()))?;
        if shift.id != entity_id {
            return Err(Rejection::Unreadable("its id differs from the id of its item".into()));
        }
        if BusinessDate::parse(&shift.business_date).is_none() {
            return Err(Rejection::Unreadable("its business_date is not a date as YYYY-MM-DD".into()));
        }
        let keys = shift.tenders.iter().flat_map(|tender| [Some(&tender.method), tender.tender_id.as_ref()]);
        if keys.flatten().any(|key| key.len() > MAX_KEY) {
            return Err(Rejection::Unreadable(format!("a method or tender_id is longer than {MAX_KEY} bytes")));
        }
        let amounts = shift.tenders.iter().flat_map(|tender| [Some(tender.expected), tender.counted]);
        let mut amounts = amounts.chain([shift.expected, shift.counted]).flatten();
        if amounts.any(|amount| Money(amount).checked().is_err()) {
            return Err(Rejection::TooLarge { field: "amount" });
        }
        Ok(shift)
    }

    fn add(&mut self, tx: &mut Tx<'_>, source: Source<'_>, shift: &Shift<'_>) -> Result<(), Fault> {
        row_tables::insert::<Self>(tx, &rows(source.outlet_id, shift))
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

impl RowTables for Shifts {
    const ROWS: &'static [Table] = &[
        Table {
            name: "shifts",
            columns: &["outlet_id", "shift_id", "business_date", "status", "expected", "counted"],
            texts: &[0, 1, 2, 3],
            key: "",
        },
        Table {
            name: "shift_tenders",
            columns: &[
                "outlet_id",
                "shift_id",
                "business_date",
                "method",
                "tender_id",
                "tender_name",
                "expected",
                "counted",
            ],
            texts: &[0, 1, 2, 3, 4, 5],
            key: ", method, tender_id, tender_name",
        },
    ];

    fn rows(outlet_id: &str, document: &str, entity_id: &str) -> Result<Rows, Rejection> {
        Ok(rows(outlet_id, &Self::read(document, entity_id)?))
    }
}

/// The rows of a shift; those of its tenders once it is closed.
fn rows(outlet_id: &str, shift: &Shift<'_>) -> Rows {
    let maybe = |amount: Option<i64>| amount.map_or(Cell::Null, Cell::Int);
    let row = |texts: &[&str], expected: Cell, counted: Option<i64>| {
        let of_shift = [outlet_id, &shift.id, &shift.business_date];
        let texts = of_shift.iter().chain(texts).map(|text| Cell::text(text));
        texts.chain([expected, maybe(counted)]).collect::<Vec<_>>()
    };
    let root = row(&[&shift.status], maybe(shift.expected), shift.counted);
    let tenders = shift.by_tender().into_iter();
    let tenders = tenders.map(|(key, (expected, counted))| row(&key.texts(), Cell::Int(expected), counted));
    sorted(vec![vec![root], tenders.collect()])
}
