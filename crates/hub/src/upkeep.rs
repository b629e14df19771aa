//! What a running hub does by itself once an hour: forgets what nobody needs any more, takes up what an older version only
//! kept, and compares sales and figures with the documents.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::ingest;
use crate::sales::verify::{Check, DifferingDay, UnreadableOrder};
use crate::state::Hub;
use crate::streams::{self, hours};

const EVERY: Duration = Duration::from_secs(3_600);
/// Orders that are compared with their documents in an hour, in their turn: seconds of one core.
const ORDERS_AN_HOUR: usize = 100_000;
/// How long people are told of a day that was calculated again.
const TOLD_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Days that are told at the most.
const MOST_DAYS: usize = 100;
/// Orders that are told at the most.
const MOST_ORDERS: usize = 100;

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

    fn ended(&self, trouble: Option<String>) {
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
        unreadable.iter().take(MOST_ORDERS).cloned().collect()
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

/// Runs until `stop`; first at once.
pub(crate) async fn run(hub: Hub, stop: CancellationToken) {
    let (mut hour, mut check) = (None, Check::default());
    loop {
        let now = web::time::now();
        let mut trouble = None;
        let counted = match hub.store.write(move |tx| hours::passed(tx, hour)).await {
            Ok(current) => Some(current),
            Err(fault) => {
                tracing::warn!(%fault, "the hour that has passed could not be counted; what is old stays for longer");
                trouble = Some(format!("the hour that has passed could not be counted ({fault})"));
                None
            }
        };
        hour = counted.or(hour);
        match streams::retain(&hub.store).await {
            Ok(0) => {}
            Ok(entries) => tracing::info!(entries, "entries of streams that every outlet has read were forgotten"),
            Err(fault) => {
                tracing::warn!(%fault, "old entries of streams could not be forgotten; tried again later");
                trouble = Some(format!("old entries of streams could not be forgotten ({fault})"));
            }
        }
        match ingest::take_up(&hub, now).await {
            Ok(0) => {}
            Ok(items) => tracing::info!(items, "kept items of types that were not known when they came were taken up"),
            Err(error) => {
                tracing::warn!(%error, "kept items could not be taken up; tried again later");
                trouble = Some(format!("kept items could not be taken up ({error})"));
            }
        }
        // Without the hour nobody knows how old a snapshot is.
        if let Some(hour) = counted {
            let snapshots = hub.snapshots.clone();
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || snapshots.prune(hour)).await {
                tracing::warn!(%error, "old snapshots could not be deleted; tried again later");
                trouble = Some(format!("old snapshots could not be deleted ({error})"));
            }
        }
        let compared = tokio::select! {
            compared = hub.verify_some(&mut check, true, ORDERS_AN_HOUR) => compared,
            () = stop.cancelled() => return,
        };
        match compared {
            Ok((verified, _)) if verified.unrepaired.is_empty() => {}
            Ok(_) => trouble = Some("figures that differ could not be calculated again; the log says why".to_owned()),
            Err(fault) => {
                tracing::warn!(%fault, "sales and figures could not be compared with the documents; tried again later");
                trouble = Some(format!("sales and figures could not be compared with the documents ({fault})"));
            }
        }
        hub.upkeep.ended(trouble);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
