//! Results of the hourly upkeep, for the health of the chain.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use web::messages::Message;

use crate::projections::verify::{DifferingDay, UnreadableOrder};

/// How long a recalculated day is shown.
const SHOWN_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Maximum number of days shown.
const MAX_DAYS: usize = 100;
/// Maximum number of orders shown.
const MAX_ORDERS: usize = 100;

/// The last error, if any; recalculated days; unreadable orders.
#[derive(Debug, Default)]
pub(crate) struct Upkeep {
    last_error: Mutex<Option<Message>>,
    repaired: Mutex<VecDeque<(Instant, DifferingDay)>>,
    unreadable: Mutex<BTreeSet<UnreadableOrder>>,
}

impl Upkeep {
    pub(crate) fn last_error(&self) -> Option<Message> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stores the result of an hour's upkeep.
    pub(crate) fn ended(&self, last_error: Option<Message>) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = last_error;
    }

    /// The recently recalculated days.
    pub(crate) fn repaired(&self) -> Vec<DifferingDay> {
        let mut repaired = self.repaired.lock().unwrap_or_else(PoisonError::into_inner);
        repaired.retain(|(at, _)| at.elapsed() < SHOWN_FOR);
        repaired.iter().map(|(_, day)| day.clone()).collect()
    }

    /// The orders whose documents were unreadable at their last comparison.
    pub(crate) fn unreadable(&self) -> Vec<UnreadableOrder> {
        let unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        unreadable.iter().take(MAX_ORDERS).cloned().collect()
    }

    /// Adds unreadable orders; at the end of a full check, replaces them with those of the check.
    pub(crate) fn record_unreadable(&self, found: &BTreeSet<UnreadableOrder>, all: Option<&BTreeSet<UnreadableOrder>>) {
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        match all {
            Some(all) => unreadable.clone_from(all),
            None => unreadable.extend(found.iter().cloned()),
        }
    }

    /// Adds recalculated days.
    pub(crate) fn record_repaired(&self, days: impl IntoIterator<Item = DifferingDay>) {
        let mut repaired = self.repaired.lock().unwrap_or_else(PoisonError::into_inner);
        for day in days {
            repaired.retain(|(_, shown)| *shown != day);
            repaired.push_back((Instant::now(), day));
        }
        let too_many = repaired.len().saturating_sub(MAX_DAYS);
        repaired.drain(..too_many);
    }
}
