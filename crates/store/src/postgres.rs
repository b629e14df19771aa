//! PostgreSQL: a few threads, each with a connection of its own, that do one transaction after the other.
//!
//! Most writers run at SERIALIZABLE: each as if it were alone. Batches, of which there are many, run at READ COMMITTED
//! and lock what they compare: the outlet's row first, then shared rows by type and id, then counters by name. Readers
//! see one snapshot. What met another transaction, or lost its connection before the commit, is done again; what broke
//! while it was being committed is not, for it may be there.

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

use connection::Broke;
use postgres::Client;
use tokio::sync::oneshot;
use web::secret;

use crate::fault::Fault;
use crate::schema::Schema;

pub use connect::ConnectError;
pub(crate) use connect::{Server, chain};
pub use connection::Connection;
pub(crate) use listen::CHANNEL;
pub use listen::{Heard, Listening};
pub(crate) use migrate::migrate;

/// Connections, and so threads, of one hub node: more than batches are taken at once, so that they do not keep all others out.
const CONNECTIONS: usize = 12;
/// Jobs that may wait for a connection.
const MOST_WAITING: usize = 2_000;
/// Whoever asks waits no longer for an answer. A server that hangs says nothing, and its system keeps the connection alive.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);
/// How long the transactions under way may take when the node stops.
const LAST_WORK: Duration = Duration::from_secs(3);
/// How often a transaction is done again that met another one.
const TRIES: u32 = 20;
/// After a connection could not be made, whoever comes is told so at once for this long.
const DOWN_FOR: Duration = Duration::from_millis(500);

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
    /// Threads that wait for one. Whoever has come last goes first: the others' connections rest, and few are warm.
    idle: Vec<Thread>,
    closed: bool,
    threads: Vec<thread::JoinHandle<()>>,
}

/// A thread's connection, made when it is needed.
struct Slot {
    shared: Arc<Shared>,
    connection: Option<Connection>,
    down_until: Option<(Instant, String)>,
}

impl Pool {
    /// Connects, and brings the schema up to date; `check` looks at the database then, and refuses one that is not to be used.
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
        // On a thread of its own: the driver waits, which a thread that runs tasks must not.
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
        match tokio::time::timeout(GIVEN_UP_AFTER, self.queue(how, work)?).await {
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
            // Who asked may be gone, and will ask again.
            if !answer.is_closed() {
                let _ = answer.send(slot.transact(how, &mut work));
            }
        });
        let mut queue = self.lock();
        if queue.closed {
            return Err(Fault::Sqlite(sqlite::Fault::Closed));
        }
        if queue.jobs.len() >= MOST_WAITING {
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

    /// Does what is waiting, then ends.
    pub(crate) async fn close(&self) {
        let threads = {
            let mut queue = self.lock();
            queue.closed = true;
            queue.idle.drain(..).for_each(|thread| thread.unpark());
            std::mem::take(&mut queue.threads)
        };
        let (all, ended) = oneshot::channel::<()>();
        // A panic was logged where it happened. Not on a thread of the runtime, which would wait for a server that hangs.
        thread::spawn(move || {
            threads.into_iter().for_each(|thread| drop(thread.join()));
            drop(all);
        });
        let _ = tokio::time::timeout(LAST_WORK, ended).await;
    }

    /// A folder among the system's temporary ones, the same after a restart.
    pub(crate) fn folder(&self) -> PathBuf {
        std::env::temp_dir().join(format!("gerai-hub-{}.snapshots", &secret::digest(&[self.0.url.as_bytes()])[..16]))
    }

    /// Tells what other nodes say, for as long as the answer is kept.
    pub(crate) fn listen(&self, tell: impl Fn(Heard) + Send + 'static) -> Result<Listening, ConnectError> {
        listen::listen(self.0.server.clone(), tell)
    }
}

impl Slot {
    fn work(&mut self) {
        let me = thread::current();
        loop {
            let mut queue = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
            // It may have woken for nothing.
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
            let broke = connection.broke();
            if done.is_err() && broke != Some(Broke::Gone) {
                connection.rollback();
            }
            if connection.is_closed() || broke == Some(Broke::Gone) {
                self.connection = None;
            }
            match (done, broke) {
                (Err(_), Some(Broke::Met)) if tries < TRIES => thread::sleep(pause(tries)),
                // Once more on a new connection; if there is none, that is said.
                (Err(_), Some(Broke::Gone)) if tries < 2 => {}
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
                    self.down_until = Some((Instant::now() + DOWN_FOR, words.clone()));
                    return Err(Fault::Unreachable(words));
                }
            }
        }
        self.connection.as_mut().ok_or_else(|| Fault::Unreachable("no connection".to_owned()))
    }
}

/// Does the work and commits it.
fn attempt<T, E: From<Fault>>(
    connection: &mut Connection,
    mut work: impl FnMut(&mut Connection) -> Result<T, E>,
) -> Result<T, E> {
    let worked = catch_unwind(AssertUnwindSafe(|| work(connection)));
    let done = worked.unwrap_or_else(|_| Err(Fault::PANICKED.into()))?;
    connection.commit()?;
    Ok(done)
}

/// Longer each time, and not the same for both who met.
fn pause(tries: u32) -> Duration {
    Duration::from_millis(rand::random_range(1..=(4 << tries.min(6))))
}
