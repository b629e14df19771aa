//! Statements of acquirers: CSV files with a time, an amount and a reference in each row.

use domain::Money;
use domain::settlement::{Entry, propose};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Code, Problem, time};

use super::unconfirmed::UnconfirmedPayment;

/// Rows of one file.
const MAX_ROWS: usize = 5_000;
const DATES: [&str; 4] = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d %b %Y"];
const CLOCKS: [&str; 4] = ["%H:%M:%S", "%H:%M", "%H.%M.%S", "%H.%M"];

/// A row of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatementRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// When the acquirer received the money, RFC 3339 UTC.
    pub at: String,
    /// In minor units.
    pub amount: i64,
    /// The acquirer's reference.
    pub reference: Option<String>,
}

/// A payment and the row that seems to be its money.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proposal {
    /// The payment to confirm, with the reference of the row.
    pub payment: UnconfirmedPayment,
    /// The row.
    pub row: StatementRow,
}

/// What a statement says about the payments that nobody has confirmed. Nothing is changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementMatch {
    /// Same amount, within a quarter of an hour; the oldest payment first.
    pub proposals: Vec<Proposal>,
    /// Payments without a row.
    pub payments: Vec<UnconfirmedPayment>,
    /// Rows without a payment.
    pub rows: Vec<StatementRow>,
    /// Lines that have no readable time or amount.
    pub unreadable_lines: Vec<u64>,
}

/// What was read of a file.
#[derive(Debug, PartialEq, Eq)]
struct Statement {
    rows: Vec<(StatementRow, Entry)>,
    unreadable_lines: Vec<u64>,
}

/// Matches payments with a file.
///
/// # Errors
/// 422 `invalid_settlement_file`.
pub fn compare(payments: Vec<UnconfirmedPayment>, file: &str, zone: &TimeZone) -> Result<StatementMatch, ApiError> {
    let Statement { rows, unreadable_lines } = read(file, zone)?;
    let (known, undated): (Vec<_>, Vec<_>) =
        payments.into_iter().map(|payment| (entry(&payment), payment)).partition(|(entry, _)| entry.is_some());
    let entries: Vec<Entry> = known.iter().filter_map(|(entry, _)| *entry).collect();
    let row_entries: Vec<Entry> = rows.iter().map(|(_, entry)| *entry).collect();
    let pairs = propose(&entries, &row_entries);
    let mut known: Vec<_> = known.into_iter().map(|(_, payment)| Some(payment)).collect();
    let mut rows: Vec<_> = rows.into_iter().map(|(row, _)| Some(row)).collect();
    let pair =
        |(payment, row): (usize, usize)| Some(Proposal { payment: known[payment].take()?, row: rows[row].take()? });
    let proposals = pairs.into_iter().filter_map(pair).collect();
    Ok(StatementMatch {
        proposals,
        payments: known.into_iter().flatten().chain(undated.into_iter().map(|(_, payment)| payment)).collect(),
        rows: rows.into_iter().flatten().collect(),
        unreadable_lines,
    })
}

fn entry(payment: &UnconfirmedPayment) -> Option<Entry> {
    Some(Entry { amount: Money(payment.amount), at: payment.created_at.parse().ok()? })
}

/// The places of the columns, by the words that acquirers use in the first line.
struct Columns {
    date: usize,
    /// If the time of day has its own column.
    clock: Option<usize>,
    amount: usize,
    reference: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Option<Self> {
        let names: Vec<String> =
            header.iter().map(|name| name.trim().trim_start_matches('\u{feff}').to_lowercase()).collect();
        let find = |words: &[&str]| names.iter().position(|name| words.iter().any(|word| name.contains(word)));
        let date = find(&["tanggal", "date", "tgl"]).or_else(|| find(&["waktu", "time"]))?;
        Some(Self {
            date,
            clock: find(&["jam", "waktu", "time"]).filter(|&clock| clock != date),
            amount: find(&["nominal", "jumlah", "amount", "nilai"])?,
            reference: find(&["rrn", "referensi", "reference", "ref"]),
        })
    }
}

fn read(file: &str, zone: &TimeZone) -> Result<Statement, ApiError> {
    let invalid = |problem: Problem| Code::InvalidSettlementFile.field("file", problem);
    let first = file.lines().next().unwrap_or_default();
    // Excel in Indonesia separates columns by semicolons.
    let count = |separator: char| first.matches(separator).count();
    let separator =
        [(count(';'), b';'), (count('\t'), b'\t')].into_iter().max().filter(|(found, _)| *found > count(','));
    let separator = separator.map_or(b',', |(_, separator)| separator);
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(file.as_bytes());
    let columns = reader.headers().ok().and_then(Columns::of).ok_or_else(|| invalid(Problem::NoColumns))?;
    let mut found = Statement { rows: Vec::new(), unreadable_lines: Vec::new() };
    // After the header. The position that the reader knows is off by one in files with \r\n.
    for (record, line) in reader.records().zip(2..) {
        let Ok(record) = record else { return Err(invalid(Problem::NoColumns)) };
        if found.rows.len() + found.unreadable_lines.len() == MAX_ROWS {
            return Err(Code::InvalidSettlementFile.field("file", Problem::TooManyEntries.with("most", MAX_ROWS)));
        }
        match row(&record, &columns, line, zone) {
            Some(row) => found.rows.push(row),
            None => found.unreadable_lines.push(line),
        }
    }
    Ok(found)
}

fn row(record: &csv::StringRecord, columns: &Columns, line: u64, zone: &TimeZone) -> Option<(StatementRow, Entry)> {
    let date = record.get(columns.date)?.trim();
    let clock = columns.clock.and_then(|clock| record.get(clock)).map(str::trim);
    let at = moment(date, clock, zone)?;
    let amount = amount(record.get(columns.amount)?)?;
    let reference =
        columns.reference.and_then(|place| record.get(place)).map(|text| text.trim().trim_start_matches('\''));
    let reference = reference.filter(|text| !text.is_empty()).map(|text| text.chars().take(60).collect());
    let row = StatementRow { line, at: time::text(at), amount: amount.0, reference };
    Some((row, Entry { amount, at }))
}

/// A time of the acquirer. Without a zone it is the shop's.
fn moment(date: &str, clock: Option<&str>, zone: &TimeZone) -> Option<Timestamp> {
    let text = clock.map_or_else(|| date.replacen('T', " ", 1), |clock| format!("{date} {clock}"));
    if let Ok(at) = date.parse::<Timestamp>() {
        return Some(at);
    }
    let formats = DATES.iter().flat_map(|date| CLOCKS.iter().map(move |clock| format!("{date} {clock}")));
    let civil = formats.into_iter().find_map(|format| DateTime::strptime(format, &text).ok())?;
    civil.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

/// An amount as people and programs write it: `12500`, `12.500,00`, `Rp 12,500.00`. Not positive or with cents: none.
fn amount(text: &str) -> Option<Money> {
    let text: String = text.chars().filter(|char| char.is_ascii_digit() || ".,-".contains(*char)).collect();
    let whole = match text.rfind(['.', ',']) {
        Some(at) if text.len() - at == 3 => {
            text[..at].to_owned() + text[at + 1..].strip_prefix("00").filter(|rest| rest.is_empty())?
        }
        _ => text,
    };
    let amount: i64 = whole.replace(['.', ','], "").parse().ok()?;
    (amount > 0).then_some(Money(amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Jakarta").unwrap()
    }

    #[test]
    fn amounts_of_acquirers_are_read() {
        for (text, expected) in [
            ("12500", Some(12_500)),
            ("12.500", Some(12_500)),
            ("12.500,00", Some(12_500)),
            ("Rp 1,012,500.00", Some(1_012_500)),
            ("IDR 500", Some(500)),
            ("12.50", None),
            ("-12.500", None),
            ("0", None),
            ("", None),
            ("abc", None),
        ] {
            assert_eq!(amount(text), expected.map(Money), "{text}");
        }
    }

    #[test]
    fn files_of_several_makers_are_read() {
        for file in [
            "Tanggal,Nominal,RRN\n2026-11-30 14:05:10,92400,000123456789\n",
            "\u{feff}Tanggal;Jam;Jumlah;No. Referensi\r\n30/11/2026;14.05.10;92.400,00;'000123456789\r\n",
            "Transaction Date\tAmount\tReference\n2026-11-30T07:05:10Z\t92,400.00\t000123456789\n",
        ] {
            let Statement { rows, unreadable_lines } = read(file, &zone()).unwrap();
            let expected = StatementRow {
                line: 2,
                at: "2026-11-30T07:05:10.000Z".into(),
                amount: 92_400,
                reference: Some("000123456789".into()),
            };
            assert_eq!(
                (rows.into_iter().map(|(row, _)| row).collect::<Vec<_>>(), unreadable_lines),
                (vec![expected], vec![])
            );
        }
    }

    #[test]
    fn unreadable_lines_are_named_and_other_files_refused() {
        let read = |file: &str| read(file, &zone());
        let found = read("waktu,nominal\nkemarin,1000\n2026-11-30 10:00,seribu\n2026-11-30 10:00,1000\n").unwrap();
        assert_eq!((found.rows.len(), found.unreadable_lines), (1, vec![2, 3]));
        for file in ["", "halo", "a,b\n1,2\n", "tanggal,rrn\n2026-11-30,1\n"] {
            assert!(read(file).is_err(), "{file}");
        }
        let long = format!("waktu,nominal\n{}", "2026-11-30 10:00,1000\n".repeat(MAX_ROWS + 1));
        assert!(read(&long).is_err());
    }
}
