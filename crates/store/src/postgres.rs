//! PostgreSQL: a few threads, each with its own connection, that run one transaction after the other.
//!
//! Most writers run at SERIALIZABLE. Batches, which are frequent, run at READ COMMITTED and lock the rows that they
//! compare, always in the same order: the outlet's row, shared rows by type and id, counters by name. A reader sees one
//! snapshot. A transaction that conflicts with another one, or loses its connection before the commit, runs again; if
//! its commit was interrupted it does not, because it may have succeeded.

mod connect;
mod connection;
mod copy;
mod listen;
mod migrate;
mod sql;
mod value;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use connection::Broken;
use postgres::Client;
use tokio::sync::oneshot;
use web::secret;

use crate::fault::Fault;
use crate::schema::Schema;

pub use connect::ConnectError;
pub(crate) use connect::{Server, chain};
pub use connection::Connection;
pub(crate) use listen::CHANNEL;
pub use listen::{Listening, Notification};
pub(crate) use migrate::migrate;

/// Connections, and threads, of one node: more than the number of concurrent batches, so that other work is not
/// blocked.
const CONNECTIONS: usize = 12;
/// Maximum number of jobs that wait for a connection.
const MAX_WAITING: usize = 2_000;
/// Maximum time to wait for an answer: a hanging server sends nothing, while its system keeps the connection alive.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// Maximum time for running transactions when the node stops.
const LAST_WORK: Duration = Duration::from_secs(3);
/// Maximum attempts of a transaction that conflicts with others.
const MAX_ATTEMPTS: u32 = 20;
/// After a failed connection, jobs fail at once for this long.
const FAIL_FAST_FOR: Duration = Duration::from_millis(500);

const WRITE: &str = "begin isolation level serializable read write";
const WRITE_LOCKING: &str = "begin isolation level read committed read write";
const READ: &str = "begin isolation level repeatable read read only";

type Job = Box<dyn FnOnce(&mut Slot) + Send>;

/// The connections to one database. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    url: String,
    server: Server,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Idle threads. The most recent one is woken first, so that few connections are in use.
    idle: Vec<Thread>,
    closed: bool,
    threads: Vec<thread::JoinHandle<()>>,
}

/// A thread's connection, opened when needed.
struct Slot {
    shared: Arc<Shared>,
    connection: Option<Connection>,
    down_until: Option<(Instant, String)>,
}

impl Pool {
    /// Connects and migrates the schema; then `check` may reject the database.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn open(
        url: &str,
        schema: &'static Schema,
        check: impl FnOnce(&Server, &mut Client) -> Result<(), ConnectError> + Send,
    ) -> Result<Self, ConnectError> {
        let server = Server::parse(url)?;
        let shared = Arc::new(Shared { url: url.to_owned(), server, queue: Mutex::default() });
        // On its own thread: the driver blocks, which a thread of the async runtime must not.
        let first = thread::scope(|scope| {
            let prepare = scope.spawn(|| {
                let mut client = shared.server.connect()?;
                migrate(&shared.server, &mut client, schema)?;
                check(&shared.server, &mut client)?;
                Ok::<_, ConnectError>(Connection::new(client))
            });
            prepare.join().map_err(|_| ConnectError::Panicked)?
        })?;
        let pool = Self(shared);
        let mut first = Some(first);
        for n in 0..CONNECTIONS {
            let mut slot = Slot { shared: pool.0.clone(), connection: first.take(), down_until: None };
            let work = move || slot.work();
            let spawned = thread::Builder::new().name(format!("postgres-{n}")).spawn(work);
            pool.lock().threads.push(spawned.map_err(ConnectError::NoThread)?);
        }
        Ok(pool)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// See [`super::Store::write`].
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.run(WRITE, work).await
    }

    /// See [`super::Store::write_locking`].
    pub(crate) async fn write_locking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.run(WRITE_LOCKING, work).await
    }

    /// See [`super::Store::read`].
    pub(crate) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.run(READ, work).await
    }

    /// See [`super::Store::read_at_length`].
    pub(crate) async fn read_at_length<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.queue(READ, work)?.await.unwrap_or_else(|_| Err(Fault::PANICKED.into()))
    }

    async fn run<T, E, F>(&self, how: &'static str, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match tokio::time::timeout(ANSWER_TIMEOUT, self.queue(how, work)?).await {
            Ok(answered) => answered.unwrap_or_else(|_| Err(Fault::PANICKED.into())),
            Err(_) => {
                let words = "it has not answered for a minute".to_owned();
                Err(if how == READ { Fault::Unreachable(words) } else { Fault::Uncertain(words) }.into())
            }
        }
    }

    fn queue<T, E, F>(&self, how: &'static str, mut work: F) -> Result<oneshot::Receiver<Result<T, E>>, Fault>
    where
        F: FnMut(&mut Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |slot| {
            // If the caller is gone, the job is not needed.
            if !answer.is_closed() {
                let _ = answer.send(slot.transact(how, &mut work));
            }
        });
        let mut queue = self.lock();
        if queue.closed {
            return Err(Fault::Sqlite(sqlite::Fault::Closed));
        }
        if queue.jobs.len() >= MAX_WAITING {
            return Err(Fault::Overloaded);
        }
        queue.jobs.push_back(job);
        if let Some(thread) = queue.idle.pop() {
            thread.unpark();
        }
        Ok(answered)
    }

    /// Transactions that wait for a connection.
    pub(super) fn queued(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Runs the waiting jobs, then ends.
    pub(crate) async fn close(&self) {
        let threads = {
            let mut queue = self.lock();
            queue.closed = true;
            queue.idle.drain(..).for_each(|thread| thread.unpark());
            std::mem::take(&mut queue.threads)
        };
        let (all, ended) = oneshot::channel::<()>();
        // Panics are logged where they occur. Waits on a separate thread, because a hanging server would block the
        // runtime.
        thread::spawn(move || {
            threads.into_iter().for_each(|thread| drop(thread.join()));
            drop(all);
        });
        let _ = tokio::time::timeout(LAST_WORK, ended).await;
    }

    /// A folder in the system's temporary directory, with the same path after a restart.
    pub(crate) fn folder(&self) -> PathBuf {
        std::env::temp_dir().join(format!("gerai-hub-{}.snapshots", &secret::digest(&[self.0.url.as_bytes()])[..16]))
    }

    /// Forwards notifications of other nodes until the result is dropped.
    pub(crate) fn listen(&self, notify: impl Fn(Notification) + Send + 'static) -> Result<Listening, ConnectError> {
        listen::listen(self.0.server.clone(), notify)
    }
}

impl Slot {
    fn work(&mut self) {
        let me = thread::current();
        loop {
            let mut queue = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
            // A spurious wake-up is possible.
            queue.idle.retain(|thread| thread.id() != me.id());
            match queue.jobs.pop_front() {
                Some(job) => {
                    drop(queue);
                    job(self);
                }
                None if queue.closed => return,
                None => {
                    queue.idle.push(me.clone());
                    drop(queue);
                    thread::park();
                }
            }
        }
    }

    fn transact<T, E: From<Fault>>(
        &mut self,
        how: &str,
        mut work: impl FnMut(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut tries = 0;
        loop {
            tries += 1;
            let connection = self.connection()?;
            let done = match connection.begin(how) {
                Ok(()) => attempt(connection, &mut work),
                Err(fault) => Err(fault.into()),
            };
            let broken = connection.broken();
            if done.is_err() && broken != Some(Broken::Gone) {
                connection.rollback();
            }
            if connection.is_closed() || broken == Some(Broken::Gone) {
                self.connection = None;
            }
            match (done, broken) {
                (Err(_), Some(Broken::Conflict)) if tries < MAX_ATTEMPTS => thread::sleep(pause(tries)),
                // Retry once on a new connection; if that fails, return its error.
                (Err(_), Some(Broken::Gone)) if tries < 2 => {}
                (done, _) => return done,
            }
        }
    }

    fn connection(&mut self) -> Result<&mut Connection, Fault> {
        if self.connection.as_ref().is_none_or(Connection::is_closed) {
            self.connection = None;
            if let Some((until, words)) = &self.down_until
                && *until > Instant::now()
            {
                return Err(Fault::Unreachable(words.clone()));
            }
            match self.shared.server.connect() {
                Ok(client) => {
                    self.down_until = None;
                    self.connection = Some(Connection::new(client));
                }
                Err(error) => {
                    let words = error.to_string();
                    self.down_until = Some((Instant::now() + FAIL_FAST_FOR, words.clone()));
                    return Err(Fault::Unreachable(words));
                }
            }
        }
        self.connection.as_mut().ok_or_else(|| Fault::Unreachable("no connection".to_owned()))
    }
}

/// Runs the work and commits it.
fn attempt<T, E: From<Fault>>(
    connection: &mut Connection,
    mut work: impl FnMut(&mut Connection) -> Result<T, E>,
) -> Result<T, E> {
    let worked = catch_unwind(AssertUnwindSafe(|| work(connection)));
    let done = worked.unwrap_or_else(|_| Err(Fault::PANICKED.into()))?;
    connection.commit()?;
    Ok(done)
}

/// A growing random pause, so that conflicting transactions do not conflict again.
fn pause(tries: u32) -> Duration {
    Duration::from_millis(rand::random_range(1..=(4 << tries.min(6))))
}
