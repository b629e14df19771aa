//! Results of the hourly upkeep, for the health of the chain.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::projections::verify::{DifferingDay, UnreadableOrder};

/// How long people are told of a day that was calculated again.
const TOLD_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Days that are told at the most.
const MOST_DAYS: usize = 100;
/// Orders that are told at the most.
const MAX_ORDERS: usize = 100;

/// What of it failed the last time, in words; nothing before the first time. And the days that were calculated again.
#[derive(Debug, Default)]
pub(crate) struct Upkeep {
    trouble: Mutex<Option<String>>,
    repaired: Mutex<VecDeque<(Instant, DifferingDay)>>,
    unreadable: Mutex<BTreeSet<UnreadableOrder>>,
}

impl Upkeep {
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The hour's work has ended, in this way.
    pub(crate) fn ended(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// The days that were calculated again lately.
    pub(crate) fn repaired(&self) -> Vec<DifferingDay> {
        let mut repaired = self.repaired.lock().unwrap_or_else(PoisonError::into_inner);
        repaired.retain(|(at, _)| at.elapsed() < TOLD_FOR);
        repaired.iter().map(|(_, day)| day.clone()).collect()
    }

    /// The orders whose documents could not be read when they were last compared.
    pub(crate) fn unreadable(&self) -> Vec<UnreadableOrder> {
        let unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        unreadable.iter().take(MAX_ORDERS).cloned().collect()
    }

    /// Remembers such orders: those that were found now, or all that there are.
    pub(crate) fn tell_unreadable(&self, found: &BTreeSet<UnreadableOrder>, all: Option<&BTreeSet<UnreadableOrder>>) {
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        match all {
            Some(all) => unreadable.clone_from(all),
            None => unreadable.extend(found.iter().cloned()),
        }
    }

    /// Remembers days that were calculated again.
    pub(crate) fn tell_repaired(&self, days: impl IntoIterator<Item = DifferingDay>) {
        let mut repaired = self.repaired.lock().unwrap_or_else(PoisonError::into_inner);
        for day in days {
            repaired.retain(|(_, told)| *told != day);
            repaired.push_back((Instant::now(), day));
        }
        let too_many = repaired.len().saturating_sub(MOST_DAYS);
        repaired.drain(..too_many);
    }
}
