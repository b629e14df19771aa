//! The history of sync by the hour, for charts: what was sent, what failed, how much waited and for how long.
//!
//! Rounds add to the row of their hour. Delays are counted in classes that grow by a quarter, so percentiles of any
//! period can be calculated from its rows and are exact to a quarter. Hours are those of this machine's clock and are
//! only shown.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::time;

/// Stored hours: more than two years.
pub(crate) const MAX_HOURS: i64 = 20_000;
/// No sum exceeds this, so that a damaged row does not stop the next round.
const MAX_COUNT: i64 = 9_000_000_000_000_000;

/// Numbers of acknowledged changes by the class of their delay: from the change here until the hub acknowledged it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Delays(BTreeMap<u32, u64>);

impl Delays {
    /// Adds a change.
    pub fn add(&mut self, delay: SignedDuration) {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(0);
        *self.0.entry(class(ms)).or_default() += 1;
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Self) {
        for (class, count) in &other.0 {
            let sum = self.0.entry(*class).or_default();
            *sum = sum.saturating_add(*count);
        }
    }

    /// The delay in milliseconds that this share of changes, in percent, did not exceed; `None` without changes.
    #[must_use]
    pub fn percentile_ms(&self, percent: u64) -> Option<u64> {
        let all: u128 = self.0.values().map(|count| u128::from(*count)).sum();
        let wanted = (all * u128::from(percent)).div_ceil(100).max(1);
        let mut seen = 0_u128;
        self.0.iter().find_map(|(class, count)| {
            seen += u128::from(*count);
            (seen >= wanted).then(|| end_of_class(*class))
        })
    }
}

/// The class of a delay: four for each doubling.
fn class(ms: u64) -> u32 {
    match ms.checked_ilog2() {
        Some(doublings @ 2..) => 4 * (doublings - 1) + u32::try_from((ms >> (doublings - 2)) & 3).unwrap_or(0),
        _ => u32::try_from(ms).unwrap_or(0),
    }
}

/// The longest delay of a class.
fn end_of_class(class: u32) -> u64 {
    let (doublings, quarter) = (class / 4, u64::from(class % 4));
    match doublings {
        0 => quarter,
        // A class that no delay has comes from a damaged row.
        63.. => u64::MAX,
        _ => u64::try_from((u128::from(5 + quarter) << (doublings - 1)) - 1).unwrap_or(u64::MAX),
    }
}

/// What a round adds to the history.
#[derive(Debug, Clone, Default)]
pub struct HistoryEntry {
    /// Acknowledged items.
    pub sent: usize,
    /// Rejected items.
    pub failed: usize,
    /// Whether the round failed.
    pub has_failed: bool,
    /// Changes that waited when the round began.
    pub pending: i64,
    /// Delays of the acknowledged items.
    pub delays: Delays,
}

/// Adds a round to the hour in which it ended.
///
/// # Errors
/// The database failed.
pub fn add(tx: &Transaction<'_>, entry: &HistoryEntry, now: Timestamp) -> Result<(), Fault> {
    let hour = hour_of(now);
    let stored = "select delays from sync_history where began_at = ?1";
    let stored: Option<String> = tx.prepare_cached(stored)?.query_row([&hour], |row| row.read(0)).optional()?;
    let mut delays: Delays = stored.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    delays.merge(&entry.delays);
    let pending_now = "coalesce((select pending from sync_context where id = 1), 0)";
    tx.prepare_cached(&format!(
        "insert into sync_history (began_at, sent, failed, rounds, failed_rounds, pending_max, delays)
         values (?1, ?2, ?3, 1, ?4, max(0, min(?6, max(?5, {pending_now}))), ?7)
         on conflict (began_at) do update set sent = min(?6, sent + excluded.sent), failed = min(?6, failed + excluded.failed),
           rounds = min(?6, rounds + 1), failed_rounds = min(?6, failed_rounds + excluded.failed_rounds),
           pending_max = max(pending_max, excluded.pending_max), delays = excluded.delays"
    ))?
    .execute(params![
        hour,
        entry.sent,
        entry.failed,
        entry.has_failed,
        entry.pending,
        MAX_COUNT,
        serde_json::to_string(&delays).unwrap_or_default()
    ])?;
    Ok(())
}

/// The beginning of an hour, as stored.
fn hour_of(at: Timestamp) -> String {
    let second = at.as_second();
    time::text(Timestamp::from_second(second - second.rem_euclid(3_600)).unwrap_or(at))
}

/// Length of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// An hour.
    Hour,
    /// A day of the shop's calendar.
    Day,
}

/// Sync within a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HistoryStep {
    /// When the step begins, RFC 3339 UTC.
    pub from: String,
    /// Items that head office acknowledged.
    pub sent: i64,
    /// Items that head office rejected.
    pub failed: i64,
    /// Rounds.
    pub rounds: i64,
    /// Rounds that failed.
    pub failed_rounds: i64,
    /// The most changes that waited at the beginning or end of a round.
    pub pending_max: i64,
    /// Median time from a change until head office acknowledged it, in milliseconds, exact to a quarter; null if
    /// nothing was acknowledged.
    pub delay_ms_p50: Option<u64>,
    /// The time that 99 % of the changes did not exceed.
    pub delay_ms_p99: Option<u64>,
}

/// The steps with rounds in these days of the shop's calendar, both included.
///
/// # Errors
/// The database failed.
pub fn list(
    tx: &Transaction<'_>,
    zone: &TimeZone,
    [from, to]: [Date; 2],
    step: Step,
) -> Result<Vec<HistoryStep>, Fault> {
    let midnight = |date: Date| date.to_zoned(zone.clone()).map_or(Timestamp::MAX, |at| at.timestamp());
    let (start, end) = (midnight(from), midnight(to.saturating_add(Span::new().days(1))));
    let mut statement = tx.prepare_cached(
        "select began_at, sent, failed, rounds, failed_rounds, pending_max, delays from sync_history
         where began_at >= ?1 and began_at < ?2 order by began_at",
    )?;
    let rows = statement.query_map([time::text(start), time::text(end)], |row| {
        let delays = serde_json::from_str(&row.read::<String>(6)?).unwrap_or_default();
        Ok(Hour {
            began_at: row.read(0)?,
            counts: [row.read(1)?, row.read(2)?, row.read(3)?, row.read(4)?],
            pending_max: row.read(5)?,
            delays,
        })
    })?;
    let mut steps: Vec<Hour> = Vec::new();
    for hour in rows {
        let mut hour = hour?;
        // A time that cannot be read is not in any day.
        let Ok(began_at) = hour.began_at.parse::<Timestamp>() else { continue };
        if step == Step::Day {
            hour.began_at = time::text(midnight(zone.to_datetime(began_at).date()));
        }
        match steps.last_mut().filter(|last| last.began_at == hour.began_at) {
            Some(last) => last.add(&hour),
            None => steps.push(hour),
        }
    }
    Ok(steps.into_iter().map(HistoryStep::from).collect())
}

/// A row, or several.
struct Hour {
    began_at: String,
    /// Sent, failed, rounds, failed rounds.
    counts: [i64; 4],
    pending_max: i64,
    delays: Delays,
}

impl Hour {
    fn add(&mut self, other: &Self) {
        for (sum, count) in self.counts.iter_mut().zip(other.counts) {
            *sum = sum.saturating_add(count);
        }
        self.pending_max = self.pending_max.max(other.pending_max);
        self.delays.merge(&other.delays);
    }
}

impl From<Hour> for HistoryStep {
    fn from(Hour { began_at, counts: [sent, failed, rounds, failed_rounds], pending_max, delays }: Hour) -> Self {
        Self {
            from: began_at,
            sent,
            failed,
            rounds,
            failed_rounds,
            pending_max,
            delay_ms_p50: delays.percentile_ms(50),
            delay_ms_p99: delays.percentile_ms(99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_delay_is_in_its_class_and_classes_grow_by_a_quarter() {
        let mut last_end: Option<u64> = None;
        for class_number in 0..=200 {
            let end = end_of_class(class_number);
            assert_eq!(class(end), class_number);
            if let Some(last) = last_end {
                assert_eq!(class(last + 1), class_number, "no gap before class {class_number}");
                assert!(end - last <= ((last + 1) / 4).max(1), "{last} to {end}");
            }
            last_end = Some(end);
        }
        assert!(
            class(u64::MAX) <= 255 && end_of_class(u32::MAX) == u64::MAX && end_of_class(class(u64::MAX)) == u64::MAX
        );
    }

    #[test]
    fn percentiles_are_those_of_the_classes() {
        let mut delays = Delays::default();
        assert_eq!(delays.percentile_ms(50), None);
        (0..98).for_each(|_| delays.add(SignedDuration::from_millis(100)));
        delays.add(SignedDuration::from_secs(-5));
        delays.add(SignedDuration::from_secs(60));
        assert_eq!((delays.percentile_ms(1), delays.percentile_ms(50)), (Some(0), Some(111)));
        assert_eq!((delays.percentile_ms(99), delays.percentile_ms(100)), (Some(111), Some(65_535)));
        let mut twice = delays.clone();
        twice.merge(&delays);
        assert_eq!(twice.percentile_ms(99), delays.percentile_ms(99));
    }
}
