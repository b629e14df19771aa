//! The task of a printer: takes its jobs, one after another.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use paper::{layout, render};
use shop::printing::queue::{self, Next, Taken};
use sqlite::{Db, Fault};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use web::time;

use super::PAUSE;
use super::connection::{self, Habit, Outcome, Patience};

/// Time for a paper that is being sent when the server stops.
const LAST_PAPER: Duration = Duration::from_secs(2);
/// The clock may be set back while a job waits.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Prints the jobs of a printer until `stop`.
pub(super) async fn run(db: Db, printer: String, patience: Patience, wake: Arc<Notify>, stop: CancellationToken) {
    let mut mute = None;
    while !stop.is_cancelled() {
        let wait = match step(&db, &printer, &mut mute, patience, &stop).await {
            Ok(Some(wait)) => wait,
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!(%error, printer, "the print queue cannot be used; retrying");
                PAUSE
            }
        };
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Where a printer is.
type Place = (String, i64);

/// Prints the next job. Returns how long to wait; `None`: the next one may be due. `mute`: where the printer took the last paper
/// without a word, so that the next one need not wait for an answer.
async fn step(
    db: &Db,
    printer: &str,
    mute: &mut Option<Place>,
    patience: Patience,
    stop: &CancellationToken,
) -> Result<Option<Duration>, Fault> {
    let id = printer.to_owned();
    let next = match db.read(move |tx| queue::look(tx, &id, time::now())).await? {
        Some(next) => next,
        None => {
            let id = printer.to_owned();
            db.write(move |tx| queue::take(tx, &id, time::now())).await?
        }
    };
    let job = match next {
        Next::Idle => return Ok(Some(LONGEST_WAIT)),
        Next::Wait(due) => return Ok(Some(until(due))),
        Next::Print(job) => job,
    };
    let place = (job.printer.address.clone(), job.printer.port);
    let habit = match mute {
        _ if job.answers => Habit::Answers,
        Some(mute) if *mute == place => Habit::Mute,
        _ => Habit::Unknown,
    };
    let outcome = print(&job, habit, patience, stop).await;
    *mute = (outcome.result.is_ok() && !outcome.answered).then_some(place);
    if let Err(failure) = &outcome.result {
        let (printer, error, sent) = (&job.printer.name, failure.as_str(), outcome.sent);
        tracing::warn!(printer, error, sent, "a paper was not printed");
    }
    db.write(move |tx| match outcome.result {
        Ok(()) => queue::finish(tx, &job, outcome.answered, time::now()),
        Err(error) => {
            let failure = queue::Failure { error, sent: outcome.sent, answered: outcome.answered };
            queue::fail(tx, &job, failure, time::now())
        }
    })
    .await?;
    Ok(None)
}

/// Sends a job. Once it must stop, a paper has a little time left.
async fn print(job: &Taken, habit: Habit, patience: Patience, stop: &CancellationToken) -> Outcome {
    let bytes = render::escpos(&layout(&job.document, job.format));
    let copies = usize::try_from(job.printer.copies).unwrap_or(1).max(1);
    let bytes = bytes.repeat(if job.document == paper::Document::Drawer { 1 } else { copies });
    let port = u16::try_from(job.printer.port).unwrap_or(0);
    let end = async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_PAPER).await;
    };
    connection::send((&job.printer.address, port), &bytes, habit, patience, end).await
}

fn until(due: Timestamp) -> Duration {
    let left = due.duration_since(time::now());
    Duration::try_from(left).unwrap_or_default().min(LONGEST_WAIT)
}
