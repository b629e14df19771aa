//! The single writer: a thread that runs all queued jobs, each in its own savepoint, commits once for the group, and
//! answers afterwards. Background jobs yield: they run when nothing else is queued, each in its own commit.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot, watch};

use crate::changes::Watcher;
use crate::file_identity::FileIdentity;
use crate::{BUSY_TIMEOUT, Fault};

/// Length of the queue; callers wait when it is full.
const QUEUE: usize = 1_024;
/// Maximum number of writes per commit, which limits how long the first one waits.
const GROUP: usize = 128;
/// Longest time that a background job yields, so that a shop whose tills never pause still syncs.
const BACKGROUND_DELAY: Duration = Duration::from_millis(250);
/// Pause between attempts on a locked database.
const RETRY_PAUSE: Duration = Duration::from_millis(5);

/// Counters since the start.
#[derive(Debug, Default)]
pub struct WriterStats {
    /// Committed groups.
    pub commits: AtomicU64,
    /// Writes in these groups.
    pub writes: AtomicU64,
    /// Writes refused because another program had locked the database.
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
    priority: Priority,
    job: Box<dyn Job>,
}

enum Message {
    Work(Waiting),
    /// Writes nothing; makes the writer check the database files.
    CheckFiles,
    /// Reports changes from now on.
    Watch(Box<Watcher>),
}

/// Order among queued jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    /// A person waits for the result.
    Interactive,
    /// No person waits.
    Background,
}

/// Sends the result when the outcome of the commit is known.
type Answer = Box<dyn FnOnce(Result<(), Fault>) + Send>;

trait Job: Send {
    /// Runs the job; returns whether to commit it.
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
        let commit = result.is_ok();
        let answer = move |committed: Result<(), Fault>| {
            // The caller may have been dropped; its job was run regardless.
            let _ = reply.send(match committed {
                Ok(()) => result,
                Err(fault) if commit => Err(fault.into()),
                Err(_) => result,
            });
        };
        (commit, Box::new(answer))
    }

    fn refuse(self: Box<Self>, fault: Fault) {
        let _ = self.reply.send(Err(fault.into()));
    }
}

impl Writer {
    pub(crate) fn start(files: FileIdentity) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (committed, commits) = watch::channel(0);
        let stats = Arc::new(WriterStats::default());
        let inbox = Inbox { waiting, background: VecDeque::new(), watcher: None, stats: Arc::clone(&stats) };
        let thread =
            std::thread::Builder::new().name("writer".to_owned()).spawn(move || run(files, inbox, &committed))?;
        let (queue, thread) = (Arc::new(Mutex::new(Some(queue))), Arc::new(Mutex::new(Some(thread))));
        Ok(Self { queue, thread, commits, stats })
    }

    pub(crate) async fn write<T, E, F>(&self, priority: Priority, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Fault::Closed)?;
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { since: Instant::now(), priority, job: Box::new(Work { work, reply }) };
        queue.send(Message::Work(waiting)).await.map_err(|_| Fault::Closed)?;
        drop(queue);
        answer.await.unwrap_or_else(|_| Err(Fault::Closed.into()))
    }

    pub(crate) fn check_files(&self) {
        if let Some(queue) = &*self.queue.lock().unwrap_or_else(PoisonError::into_inner) {
            // If the queue is full, the writer checks the files anyway.
            let _ = queue.try_send(Message::CheckFiles);
        }
    }

    pub(crate) fn watch(&self, watcher: Watcher) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(queue) = queue
            && queue.try_send(Message::Watch(Box::new(watcher))).is_err()
        {
            tracing::error!("changes of the database are not watched: its queue is full");
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

/// The writer's side of the queue.
struct Inbox {
    waiting: mpsc::Receiver<Message>,
    /// Background jobs, moved from `waiting`.
    background: VecDeque<Waiting>,
    /// To be attached to the connection.
    watcher: Option<Box<Watcher>>,
    stats: Arc<WriterStats>,
}

impl Inbox {
    /// Waits for a job and adds all others that are queued. The group may be empty. `None` when the database closes.
    fn next_group(&mut self) -> Option<Vec<Waiting>> {
        let mut group = Vec::new();
        self.add_waiting(&mut group);
        if group.is_empty() && self.background.is_empty() {
            let first = self.waiting.blocking_recv()?;
            self.add(first, &mut group);
            self.add_waiting(&mut group);
        }
        let overdue = self.background.front().is_some_and(|background| background.since.elapsed() > BACKGROUND_DELAY);
        if group.is_empty() || overdue {
            group.extend(self.background.pop_front());
        }
        Some(group)
    }

    fn add_waiting(&mut self, group: &mut Vec<Waiting>) {
        while group.len() < GROUP
            && let Ok(next) = self.waiting.try_recv()
        {
            self.add(next, group);
        }
    }

    fn add(&mut self, next: Message, group: &mut Vec<Waiting>) {
        let next = match next {
            Message::Work(next) => next,
            Message::Watch(watcher) => {
                self.watcher = Some(watcher);
                return;
            }
            Message::CheckFiles => return,
        };
        match next.priority {
            Priority::Interactive => group.push(next),
            Priority::Background => self.background.push_back(next),
        }
    }

    /// Retries until the database is not locked; refuses the writes that have waited too long.
    fn begin<'c>(&mut self, connection: &'c Connection, group: &mut Vec<Waiting>) -> Option<Transaction<'c>> {
        while !group.is_empty() {
            match Transaction::new_unchecked(connection, TransactionBehavior::Immediate) {
                Ok(tx) => return Some(tx),
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                    for late in group.extract_if(.., |w| w.since.elapsed() > BUSY_TIMEOUT) {
                        self.stats.busy.fetch_add(1, Ordering::Relaxed);
                        late.job.refuse(Fault::Busy);
                    }
                    std::thread::sleep(RETRY_PAUSE);
                    self.add_waiting(group);
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

fn run(mut files: FileIdentity, mut inbox: Inbox, committed: &watch::Sender<u64>) {
    while let Some(mut group) = inbox.next_group() {
        if let Some(watcher) = inbox.watcher.take() {
            files.watch(*watcher);
        }
        let (connection, watcher) = match files.ready() {
            Ok(ready) => ready,
            Err(fault) => {
                group.into_iter().for_each(|waiting| waiting.job.refuse(fault.clone()));
                continue;
            }
        };
        let Some(tx) = inbox.begin(connection, &mut group) else { continue };
        let (answers, outcome) = run_group(tx, group, watcher);
        let changes = watcher.map(|watcher| (watcher, watcher.take()));
        match &outcome {
            Ok(()) => {
                inbox.stats.commits.fetch_add(1, Ordering::Relaxed);
                inbox.stats.writes.fetch_add(answers.len() as u64, Ordering::Relaxed);
            }
            Err(fault) => tracing::error!(%fault, writes = answers.len(), "a commit failed; nothing was written"),
        }
        for answer in answers {
            answer(outcome.clone());
        }
        if outcome.is_ok() {
            committed.send_modify(|n| *n += 1);
            if let Some((watcher, changes)) = changes {
                watcher.report(changes);
            }
        }
    }
    files.close();
}

fn run_group(tx: Transaction<'_>, group: Vec<Waiting>, watcher: Option<&Watcher>) -> (Vec<Answer>, Result<(), Fault>) {
    let mut answers = Vec::with_capacity(group.len());
    let mut failure = None;
    for waiting in group {
        match &failure {
            Some(fault) => waiting.job.refuse(Fault::clone(fault)),
            None => failure = run_one(&tx, waiting.job, &mut answers, watcher).err(),
        }
    }
    let outcome = match failure {
        None => tx.commit().map_err(Fault::from),
        Some(fault) => Err(fault),
    };
    (answers, outcome)
}

/// An error means that the whole transaction is lost: SQLite rolls it back when the disk is full or fails.
fn run_one(
    tx: &Transaction<'_>,
    job: Box<dyn Job>,
    answers: &mut Vec<Answer>,
    watcher: Option<&Watcher>,
) -> Result<(), Fault> {
    let execute = |sql: &str| tx.prepare_cached(sql)?.execute([]).map(|_| ());
    if let Err(error) = execute("savepoint job") {
        let fault = Fault::from(error);
        job.refuse(fault.clone());
        return Err(fault);
    }
    let mark = watcher.map_or(0, Watcher::mark);
    let (commit, answer) = job.run(tx);
    answers.push(answer);
    if tx.is_autocommit() {
        return Err(Fault::Undone);
    }
    if !commit {
        execute("rollback to job")?;
        if let Some(watcher) = watcher {
            watcher.roll_back(mark);
        }
    }
    execute("release job")?;
    Ok(())
}
