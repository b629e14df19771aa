//! The one writer: a thread that takes everything that is waiting, gives each piece of work a savepoint of its own,
//! commits once for all, and answers only then. Work behind gives way: it is done when nothing else waits, one piece
//! in a commit of its own.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot, watch};

use crate::file_identity::Place;
use crate::{BUSY_TIMEOUT, Fault};

/// Writes that may wait before callers have to.
const QUEUE: usize = 1_024;
/// Writes in one commit at the most, so that the first one's answer does not wait for ever.
const GROUP: usize = 128;
/// Work behind gives way for so long: a shop whose tills never rest goes on syncing too.
const BACKGROUND_DELAY: Duration = Duration::from_millis(250);
/// How often a locked database is tried again.
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// Counts since the start.
#[derive(Debug, Default)]
pub struct WriterStats {
    /// Groups committed.
    pub commits: AtomicU64,
    /// Writes in them.
    pub writes: AtomicU64,
    /// Writes refused because another program held the database.
    pub busy: AtomicU64,
}

#[derive(Clone)]
pub(crate) struct Writer {
    queue: Arc<Mutex<Option<mpsc::Sender<Message>>>>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    commits: watch::Receiver<u64>,
    stats: Arc<WriterStats>,
}

struct Waiting {
    since: Instant,
    turn: Turn,
    job: Box<dyn Job>,
}

enum Message {
    Work(Waiting),
    /// Nothing is to be written: look whether the files are still there.
    Look,
}

/// Whose turn it is when several wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Somebody stands at the till.
    First,
    /// Nobody does.
    Behind,
}

/// Sends the answer, once it is known whether the commit succeeded.
type Answer = Box<dyn FnOnce(Result<(), Fault>) + Send>;

trait Job: Send {
    /// Runs the work; says whether to keep it.
    fn run(self: Box<Self>, tx: &Transaction<'_>) -> (bool, Answer);
    fn refuse(self: Box<Self>, fault: Fault);
}

struct Work<F, T, E> {
    work: F,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Work<F, T, E>
where
    F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send,
    T: Send + 'static,
    E: From<Fault> + Send + 'static,
{
    fn run(self: Box<Self>, tx: &Transaction<'_>) -> (bool, Answer) {
        let Self { work, reply } = *self;
        let result = catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or_else(|_| Err(Fault::Panicked.into()));
        let keep = result.is_ok();
        let answer = move |committed: Result<(), Fault>| {
            // A caller that has gone away needs no answer; what it asked for is done.
            let _ = reply.send(match committed {
                Ok(()) => result,
                Err(fault) if keep => Err(fault.into()),
                Err(_) => result,
            });
        };
        (keep, Box::new(answer))
    }

    fn refuse(self: Box<Self>, fault: Fault) {
        let _ = self.reply.send(Err(fault.into()));
    }
}

impl Writer {
    pub(crate) fn start(place: Place) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (committed, commits) = watch::channel(0);
        let stats = Arc::new(WriterStats::default());
        let inbox = Inbox { waiting, behind: VecDeque::new(), stats: Arc::clone(&stats) };
        let thread =
            std::thread::Builder::new().name("writer".to_owned()).spawn(move || run(place, inbox, &committed))?;
        let (queue, thread) = (Arc::new(Mutex::new(Some(queue))), Arc::new(Mutex::new(Some(thread))));
        Ok(Self { queue, thread, commits, stats })
    }

    pub(crate) async fn write<T, E, F>(&self, turn: Turn, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Fault::Closed)?;
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { since: Instant::now(), turn, job: Box::new(Work { work, reply }) };
        queue.send(Message::Work(waiting)).await.map_err(|_| Fault::Closed)?;
        drop(queue);
        answer.await.unwrap_or_else(|_| Err(Fault::Closed.into()))
    }

    pub(crate) fn look(&self) {
        if let Some(queue) = &*self.queue.lock().unwrap_or_else(PoisonError::into_inner) {
            // Where much waits the writer looks anyway.
            let _ = queue.try_send(Message::Look);
        }
    }

    pub(crate) fn commits(&self) -> watch::Receiver<u64> {
        self.commits.clone()
    }

    pub(crate) fn stats(&self) -> Arc<WriterStats> {
        Arc::clone(&self.stats)
    }

    pub(crate) fn queued(&self) -> usize {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    pub(crate) async fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// Where work waits.
struct Inbox {
    waiting: mpsc::Receiver<Message>,
    /// Taken out of `waiting`, and gives way.
    behind: VecDeque<Waiting>,
    stats: Arc<WriterStats>,
}

impl Inbox {
    /// Waits for the first and takes what has come since, which may be nothing to write; none once the database is being closed.
    fn next_group(&mut self) -> Option<Vec<Waiting>> {
        let mut group = Vec::new();
        self.take_waiting(&mut group);
        if group.is_empty() && self.behind.is_empty() {
            let first = self.waiting.blocking_recv()?;
            self.take(first, &mut group);
            self.take_waiting(&mut group);
        }
        let gave_way = self.behind.front().is_some_and(|behind| behind.since.elapsed() > BACKGROUND_DELAY);
        if group.is_empty() || gave_way {
            group.extend(self.behind.pop_front());
        }
        Some(group)
    }

    fn take_waiting(&mut self, group: &mut Vec<Waiting>) {
        while group.len() < GROUP
            && let Ok(next) = self.waiting.try_recv()
        {
            self.take(next, group);
        }
    }

    fn take(&mut self, next: Message, group: &mut Vec<Waiting>) {
        let Message::Work(next) = next else { return };
        match next.turn {
            Turn::First => group.push(next),
            Turn::Behind => self.behind.push_back(next),
        }
    }

    /// Tries until nobody else holds the lock; writes that have waited too long are refused meanwhile.
    fn begin<'c>(&mut self, connection: &'c Connection, group: &mut Vec<Waiting>) -> Option<Transaction<'c>> {
        while !group.is_empty() {
            match Transaction::new_unchecked(connection, TransactionBehavior::Immediate) {
                Ok(tx) => return Some(tx),
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                    for late in group.extract_if(.., |w| w.since.elapsed() > BUSY_TIMEOUT) {
                        self.stats.busy.fetch_add(1, Ordering::Relaxed);
                        late.job.refuse(Fault::Busy);
                    }
                    std::thread::sleep(BUSY_PAUSE);
                    self.take_waiting(group);
                }
                Err(error) => {
                    let fault = Fault::from(error);
                    group.drain(..).for_each(|waiting| waiting.job.refuse(fault.clone()));
                }
            }
        }
        None
    }
}

fn run(mut place: Place, mut inbox: Inbox, committed: &watch::Sender<u64>) {
    while let Some(mut group) = inbox.next_group() {
        let connection = match place.ready() {
            Ok(connection) => connection,
            Err(fault) => {
                group.into_iter().for_each(|waiting| waiting.job.refuse(fault.clone()));
                continue;
            }
        };
        let Some(tx) = inbox.begin(connection, &mut group) else { continue };
        let (answers, outcome) = run_group(tx, group);
        match &outcome {
            Ok(()) => {
                inbox.stats.commits.fetch_add(1, Ordering::Relaxed);
                inbox.stats.writes.fetch_add(answers.len() as u64, Ordering::Relaxed);
            }
            Err(fault) => tracing::error!(%fault, writes = answers.len(), "a commit failed; nothing of it was written"),
        }
        for answer in answers {
            answer(outcome.clone());
        }
        if outcome.is_ok() {
            committed.send_modify(|n| *n += 1);
        }
    }
    place.close();
}

fn run_group(tx: Transaction<'_>, group: Vec<Waiting>) -> (Vec<Answer>, Result<(), Fault>) {
    let mut answers = Vec::with_capacity(group.len());
    let mut broken = None;
    for waiting in group {
        match &broken {
            Some(fault) => waiting.job.refuse(Fault::clone(fault)),
            None => broken = run_one(&tx, waiting.job, &mut answers).err(),
        }
    }
    let outcome = match broken {
        None => tx.commit().map_err(Fault::from),
        Some(fault) => Err(fault),
    };
    (answers, outcome)
}

/// An error means that the whole transaction is lost: SQLite undoes all of it when the disk is full or fails.
fn run_one(tx: &Transaction<'_>, job: Box<dyn Job>, answers: &mut Vec<Answer>) -> Result<(), Fault> {
    let say = |sql: &str| tx.prepare_cached(sql)?.execute([]).map(|_| ());
    if let Err(error) = say("savepoint job") {
        let fault = Fault::from(error);
        job.refuse(fault.clone());
        return Err(fault);
    }
    let (keep, answer) = job.run(tx);
    answers.push(answer);
    if tx.is_autocommit() {
        return Err(Fault::Undone);
    }
    if !keep {
        say("rollback to job")?;
    }
    say("release job")?;
    Ok(())
}
