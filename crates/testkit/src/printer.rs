//! A receipt printer on loopback that answers, sleeps, loses its paper, dies and comes back.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How a printer behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Prints and answers questions about its state.
    Works,
    /// Prints, and answers nothing.
    Mute,
    /// Prints, and answers with bytes that are no state.
    Garbage,
    /// Waits this long before it reads anything of a connection.
    Slow(Duration),
    /// Accepts connections, reads nothing and answers nothing.
    HalfDead,
    /// Answers that it has no paper.
    PaperOut,
    /// Prints, and answers this long after a question that follows a document.
    LateAnswer(Duration),
    /// Closes the connection after this many bytes of a document.
    DiesAfter(usize),
    /// The same, and is off from then on.
    DiesForGoodAfter(usize),
    /// Reads no more after this many bytes of a document.
    StopsAfter(usize),
}

#[derive(Debug)]
struct State {
    mood: Mood,
    papers: Vec<Vec<u8>>,
}

/// A printer. What it printed is one entry for each connection with a document, without the questions.
#[derive(Debug)]
pub struct FakePrinter {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    running: Option<(JoinHandle<()>, CancellationToken)>,
}

impl FakePrinter {
    /// Starts a printer.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { mood: Mood::Works, papers: Vec::new() }));
        let mut printer = Self { address, state, running: None };
        printer.serve(listener);
        printer
    }

    fn serve(&mut self, listener: TcpListener) {
        let (state, stop) = (Arc::clone(&self.state), CancellationToken::new());
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let Ok((stream, _)) = accepted else { continue };
                        tokio::spawn(stopped.clone().run_until_cancelled_owned(connection(stream, Arc::clone(&state), stopped.clone())));
                    }
                    () = stopped.cancelled() => return,
                }
            }
        });
        self.running = Some((task, stop));
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Changes how it behaves.
    pub fn set(&self, mood: Mood) {
        lock(&self.state).mood = mood;
    }

    /// Switches it off: nothing answers at its address, and open connections are reset.
    pub async fn switch_off(&mut self) {
        if let Some((task, stop)) = self.running.take() {
            stop.cancel();
            task.await.unwrap();
        }
    }

    /// Switches it on again at the same address.
    pub fn switch_on(&mut self) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        self.serve(socket.listen(64).unwrap());
    }

    /// What it printed, in sequence.
    #[must_use]
    pub fn papers(&self) -> Vec<Vec<u8>> {
        lock(&self.state).papers.clone()
    }

    /// The same as text, without the bytes that are no ASCII.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let text = |paper: Vec<u8>| paper.into_iter().filter(u8::is_ascii).map(char::from).collect();
        self.papers().into_iter().map(text).collect()
    }
}

impl Drop for FakePrinter {
    fn drop(&mut self) {
        if let Some((_, stop)) = self.running.take() {
            stop.cancel();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A question about the state, as in `DLE EOT n`.
const QUESTION: [u8; 2] = [0x10, 0x04];

async fn connection(mut stream: TcpStream, state: Arc<Mutex<State>>, off: CancellationToken) {
    let mood = lock(&state).mood;
    match mood {
        Mood::HalfDead => return std::future::pending().await,
        Mood::Slow(wait) => tokio::time::sleep(wait).await,
        _ => {}
    }
    let (mut place, mut paper) = (None, Vec::new());
    let mut bytes = vec![0_u8; 64 << 10];
    let mut pending = Vec::new();
    while let Ok(count) = stream.read(&mut bytes).await {
        if count == 0 {
            return;
        }
        pending.extend(&bytes[..count]);
        while let Some(at) = pending.windows(2).position(|pair| pair == QUESTION) {
            let Some(&kind) = pending.get(at + 2) else { break };
            paper.extend(pending.drain(..at));
            pending.drain(..3);
            if dies(&stream, mood, &mut paper, &off) {
                return store(&state, &mut place, &paper);
            }
            store(&state, &mut place, &paper);
            if answer(&mut stream, mood, kind, !paper.is_empty()).await.is_err() {
                return;
            }
        }
        if !pending.ends_with(&QUESTION[..1]) && !pending.ends_with(&QUESTION) {
            paper.append(&mut pending);
        }
        if dies(&stream, mood, &mut paper, &off) {
            return store(&state, &mut place, &paper);
        }
        store(&state, &mut place, &paper);
        if matches!(mood, Mood::StopsAfter(most) if paper.len() >= most) {
            return std::future::pending().await;
        }
    }
}

/// Whether the printer closes the connection now; what it did not print is cut off.
fn dies(stream: &TcpStream, mood: Mood, paper: &mut Vec<u8>, off: &CancellationToken) -> bool {
    let (Mood::DiesAfter(most) | Mood::DiesForGoodAfter(most)) = mood else { return false };
    let dies = paper.len() >= most;
    if dies {
        paper.truncate(most);
        let _ = stream.set_zero_linger();
        if mood == Mood::DiesForGoodAfter(most) {
            off.cancel();
        }
    }
    dies
}

/// Stores what a connection has printed so far.
fn store(state: &Mutex<State>, place: &mut Option<usize>, paper: &[u8]) {
    if paper.is_empty() {
        return;
    }
    let mut state = lock(state);
    let at = *place.get_or_insert(state.papers.len());
    if at == state.papers.len() {
        state.papers.push(Vec::new());
    }
    let stored = state.papers[at].len();
    state.papers[at].extend(&paper[stored..]);
}

async fn answer(stream: &mut TcpStream, mood: Mood, kind: u8, is_after: bool) -> std::io::Result<()> {
    let bytes: &[u8] = match (mood, kind) {
        (Mood::Mute, _) => return Ok(()),
        (Mood::Garbage, _) => b"HTTP/1.1 400 Bad Request\r\n\r\n\xff\x00",
        (Mood::PaperOut, 2) => &[0x32],
        (Mood::PaperOut, _) => &[0x72],
        _ => &[0x12],
    };
    if let (Mood::LateAnswer(wait), true) = (mood, is_after) {
        tokio::time::sleep(wait).await;
    }
    stream.write_all(bytes).await
}
