//! Deletes stored answers to requests with an `Idempotency-Key`, ended sessions, unused images, old tickets and print jobs,
//! while the server runs.

use std::time::Duration;

use access::ended;
use replica::images;
use shop::printing::jobs;
use shop::{idempotency, kitchen};
use sqlite::{Db, Fault};
use tokio_util::sync::CancellationToken;
use web::time;

const INTERVAL: Duration = Duration::from_secs(3_600);

/// Prunes every hour until `stop`. Deletes only answers that existed an hour of running ago, independent of the clock.
pub async fn run(db: Db, stop: CancellationToken) {
    // Nothing is pruned until the newest answer is known.
    let mut newest_known = newest(&db).await.unwrap_or(0);
    while stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_some() {
        let pruned = prune(&db, newest_known, &stop).await;
        match pruned.and(newest(&db).await) {
            Ok(newest) => newest_known = newest,
            Err(error) => tracing::warn!(%error, "stored answers could not be pruned; retrying in an hour"),
        }
        let now = time::now();
        if let Err(error) = db.write_background(move |tx| ended::hour_passed(tx, now)).await {
            tracing::warn!(%error, "ended sessions could not be pruned; retrying in an hour");
        }
        while !stop.is_cancelled() {
            match db.write_background(move |tx| jobs::prune(tx, now)).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "old print jobs could not be pruned; retrying in an hour");
                    break;
                }
            }
        }
        if let Err(error) = db.write_background(images::prune).await {
            tracing::warn!(%error, "unused images could not be pruned; retrying in an hour");
        }
        if let Err(error) = prune_tickets(&db, &stop).await {
            tracing::warn!(%error, "old tickets could not be pruned; retrying in an hour");
        }
    }
}

async fn prune(db: &Db, newest_known: i64, stop: &CancellationToken) -> Result<(), Fault> {
    let now = time::now();
    while !stop.is_cancelled() && db.write_background(move |tx| idempotency::prune(tx, newest_known, now)).await? > 0 {}
    Ok(())
}

async fn prune_tickets(db: &Db, stop: &CancellationToken) -> Result<(), Fault> {
    let now = time::now();
    while !stop.is_cancelled() && db.write_background(move |tx| kitchen::prune::prune(tx, now)).await? > 0 {}
    Ok(())
}

async fn newest(db: &Db) -> Result<i64, Fault> {
    db.read(idempotency::newest).await
}
