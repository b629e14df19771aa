//! Sends the queued papers to the printers: one task for each active printer, so that a dead or slow one delays nobody.
//!
//! The database has all state; a task only takes the next job, sends it and records how it ended
//! ([`shop::printing::queue`]). After a restart every job is where it was, and one that was being sent is marked.

mod connection;
pub mod find;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use shop::printing::queue;
use sqlite::Db;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::events::feed::Feed;
use web::time;

pub use connection::Patience;

use crate::version::VERSION;

/// Looks at the printers at least this often: a change by the sqlite3 shell may have no event.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Wait after an error of the database.
const PAUSE: Duration = Duration::from_secs(1);

/// Prints until `stop`; a paper that is being sent is finished if that takes no longer than two seconds.
pub async fn run(db: Db, feed: Feed, patience: Patience, stop: CancellationToken) {
    let mut changes = feed.subscribe(vec!["printers"], None, VERSION);
    while let Err(error) = db.write(|tx| queue::recover(tx, time::now())).await {
        tracing::warn!(%error, "the print queue cannot be read; retrying");
        if stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
            return;
        }
    }
    let (workers, mut known) = (TaskTracker::new(), BTreeMap::<String, Worker>::new());
    loop {
        while changes.next_event().is_some() {}
        if let Err(error) = look(&db, patience, &workers, &mut known, &stop).await {
            tracing::warn!(%error, "the printers cannot be read; retrying");
        }
        tokio::select! {
            () = changes.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => break,
        }
    }
    workers.close();
    workers.wait().await;
}

/// The task of a printer.
struct Worker {
    wake: Arc<Notify>,
    stop: CancellationToken,
}

/// Starts and ends tasks as the printers are now, and wakes the others.
async fn look(
    db: &Db,
    patience: Patience,
    workers: &TaskTracker,
    known: &mut BTreeMap<String, Worker>,
    stop: &CancellationToken,
) -> Result<(), sqlite::Fault> {
    let (active, has_orphans) = db.read(queue::printers).await?;
    if has_orphans {
        db.write(|tx| queue::settle_orphans(tx, time::now())).await?;
    }
    known.retain(|id, worker| {
        let stays = active.contains(id);
        if !stays {
            worker.stop.cancel();
        }
        stays
    });
    for id in active {
        let worker = known.entry(id).or_insert_with_key(|id| {
            let worker = Worker { wake: Arc::default(), stop: stop.child_token() };
            workers.spawn(worker::run(db.clone(), id.clone(), patience, Arc::clone(&worker.wake), worker.stop.clone()));
            worker
        });
        worker.wake.notify_one();
    }
    Ok(())
}
