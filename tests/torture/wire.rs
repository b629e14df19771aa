//! A wire between two programs that can fail like a network. It passes bytes unchanged; it only detects where a command
//! begins and its answer comes, to tell whether a failure met work.

use std::io::Result;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::dice::Dice;

/// How a wire fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing listens, and open connections are closed.
    Refuses,
    /// Requests are truncated.
    CutsRequest,
    /// Answers are truncated.
    CutsAnswer,
    /// Bytes arrive late.
    Delays,
    /// Few bytes pass in a second.
    Throttles,
    /// Connections are accepted, and nothing passes.
    Swallows,
    /// Requests pass, their answers do not.
    LosesAnswers,
}

impl Fault {
    /// Its name in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuses => "refused",
            Self::CutsRequest => "cut in a request",
            Self::CutsAnswer => "cut in an answer",
            Self::Delays => "delayed",
            Self::Throttles => "throttled",
            Self::Swallows => "black hole",
            Self::LosesAnswers => "half delivered",
        }
    }
}

/// Direction of bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToServer,
    ToClient,
}

/// Counters of a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Commands, that is requests other than reads.
    pub commands: usize,
    /// Answers of 5xx.
    pub refused: usize,
    /// Transfers altered by a fault.
    pub altered: usize,
}

struct Shared {
    to: AtomicU16,
    fault: watch::Sender<Option<Fault>>,
    listens: AtomicBool,
    commands: AtomicUsize,
    in_progress: AtomicUsize,
    refused: AtomicUsize,
    altered: AtomicUsize,
    seed: u64,
}

/// A wire; see the module.
pub struct Wire {
    /// Its two ends, for logs.
    pub name: String,
    /// The port of its near end.
    pub port: u16,
    shared: Arc<Shared>,
}

impl Wire {
    /// Starts a wire from one port to another.
    pub async fn start(name: String, port: u16, to: u16, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            to: AtomicU16::new(to),
            fault: watch::Sender::new(None),
            listens: AtomicBool::new(true),
            commands: AtomicUsize::new(0),
            in_progress: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            altered: AtomicUsize::new(0),
            seed,
        });
        let listener = listen(port).await.unwrap();
        tokio::spawn(serve(Arc::clone(&shared), port, Some(listener)));
        Self { name, port, shared }
    }

    /// The address of its near end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Fails in this way while `action` runs.
    pub fn fails_during(&self, fault: Fault, action: impl FnOnce()) {
        self.shared.fault.send_replace(Some(fault));
        action();
        self.shared.fault.send_replace(None);
        while !self.shared.listens.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Connects new connections to another port.
    pub fn redirect_to(&self, port: u16) {
        self.shared.to.store(port, Ordering::Relaxed);
    }

    /// Whether a command has passed without its answer.
    pub fn is_at_work(&self) -> bool {
        self.shared.in_progress.load(Ordering::Relaxed) > 0
    }

    /// Counters of a wire.
    pub fn counters(&self) -> Counters {
        let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
        let Shared { commands, refused, altered, .. } = &*self.shared;
        Counters { commands: count(commands), refused: count(refused), altered: count(altered) }
    }
}

/// All wires to one target.
#[derive(Clone)]
pub struct Wires(pub Vec<Arc<Wire>>);

impl Wires {
    /// Whether a client waits for its answer to a command.
    pub fn are_at_work(&self) -> bool {
        self.0.iter().any(|wire| wire.is_at_work())
    }

    /// Runs `action`; returns whether it met a command.
    pub fn commands_during(&self, action: impl FnOnce()) -> bool {
        let (before, at_work) = (self.sum(|counters| counters.commands), self.are_at_work());
        action();
        at_work || self.sum(|counters| counters.commands) > before
    }

    /// Runs `action`; returns whether a command was answered with 5xx.
    pub fn refusals_during(&self, action: impl FnOnce()) -> bool {
        let before = self.sum(|counters| counters.refused);
        action();
        self.sum(|counters| counters.refused) > before
    }

    /// The sum of a counter over all wires.
    pub fn sum(&self, of: impl Fn(Counters) -> usize) -> usize {
        self.0.iter().map(|wire| of(wire.counters())).sum()
    }
}

async fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

async fn serve(shared: Arc<Shared>, port: u16, mut listener: Option<TcpListener>) {
    let mut fault = shared.fault.subscribe();
    let mut number = 0;
    loop {
        if *fault.borrow_and_update() == Some(Fault::Refuses) {
            shared.listens.store(false, Ordering::SeqCst);
            listener = None;
        } else if listener.is_none() {
            listener = Some(listen(port).await.unwrap());
            shared.listens.store(true, Ordering::SeqCst);
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = fault.changed() => if changed.is_err() { return },
            accepted = accepted => if let Ok((near, _)) = accepted {
                number += 1;
                let dice = Dice::of(shared.seed, &number.to_string());
                tokio::spawn(join(Arc::clone(&shared), near, dice));
            },
        }
    }
}

/// Carries bytes both ways until one end, or a fault, closes.
async fn join(shared: Arc<Shared>, near: TcpStream, mut dice: Dice) {
    let to = (Ipv4Addr::LOCALHOST, shared.to.load(Ordering::Relaxed));
    // Without a listener at the far end, the near connection is closed.
    let Ok(far) = TcpStream::connect(to).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let command = Command { shared: &shared, in_progress: AtomicUsize::new(0) };
    let back = Dice::of(dice.below(usize::MAX) as u64, "back");
    tokio::select! {
        _ = carry(&command, Direction::ToServer, near_in, far_out, dice) => {}
        _ = carry(&command, Direction::ToClient, far_in, near_out, back) => {}
        () = refused(&shared) => { shared.altered.fetch_add(1, Ordering::Relaxed); }
    }
}

async fn refused(shared: &Shared) {
    let refuses = |fault: &Option<Fault>| *fault == Some(Fault::Refuses);
    if shared.fault.subscribe().wait_for(refuses).await.is_err() {
        std::future::pending().await
    }
}

async fn carry(
    command: &Command<'_>,
    direction: Direction,
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut dice: Dice,
) -> Result<()> {
    let shared = command.shared;
    let mut buffer = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut buffer).await?;
        let bytes = &buffer[..read];
        if bytes.is_empty() {
            return Ok(());
        }
        command.observe(direction, bytes);
        let fault = *shared.fault.borrow();
        let altered = || shared.altered.fetch_add(1, Ordering::Relaxed);
        match fault {
            Some(Fault::CutsRequest) if direction == Direction::ToServer => {
                altered();
                return to.write_all(&bytes[..dice.below(read)]).await;
            }
            Some(Fault::CutsAnswer) if direction == Direction::ToClient => {
                altered();
                return to.write_all(&bytes[..dice.below(read)]).await;
            }
            Some(Fault::Delays) => {
                altered();
                tokio::time::sleep(dice.ms(50, 500)).await;
                to.write_all(bytes).await?;
            }
            Some(Fault::Throttles) => {
                altered();
                // 20 kB in a second.
                for piece in bytes.chunks(200) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    to.write_all(piece).await?;
                }
            }
            Some(swallows @ Fault::Swallows) => return swallow(shared, swallows).await,
            Some(loses @ Fault::LosesAnswers) if direction == Direction::ToClient => {
                return swallow(shared, loses).await;
            }
            _ => to.write_all(bytes).await?,
        }
    }
}

/// Drops all bytes. Connections still open at the end of the fault are closed, as by a router that has lost their state.
async fn swallow(shared: &Shared, fault: Fault) -> Result<()> {
    shared.altered.fetch_add(1, Ordering::Relaxed);
    let _ = shared.fault.subscribe().wait_for(|now| *now != Some(fault)).await;
    Ok(())
}

/// The command in progress on a connection, if there is one.
struct Command<'a> {
    shared: &'a Shared,
    in_progress: AtomicUsize,
}

impl Command<'_> {
    fn observe(&self, direction: Direction, bytes: &[u8]) {
        let is_command = ["POST ", "PUT ", "PATCH "].iter().any(|method| bytes.starts_with(method.as_bytes()));
        match direction {
            Direction::ToServer if is_command => {
                self.shared.commands.fetch_add(1, Ordering::Relaxed);
                self.set_in_progress(1);
            }
            Direction::ToServer => {}
            Direction::ToClient => {
                let refused = bytes.starts_with(b"HTTP/1.1 5");
                self.shared.refused.fetch_add(usize::from(refused), Ordering::Relaxed);
                self.set_in_progress(0);
            }
        }
    }

    fn set_in_progress(&self, now: usize) {
        let before = self.in_progress.swap(now, Ordering::Relaxed);
        self.shared.in_progress.fetch_add(now, Ordering::Relaxed);
        self.shared.in_progress.fetch_sub(before, Ordering::Relaxed);
    }
}

impl Drop for Command<'_> {
    fn drop(&mut self) {
        self.set_in_progress(0);
    }
}
