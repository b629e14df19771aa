//! A connection to a printer: asks whether it can print, sends the bytes, asks again.
//!
//! Printers differ. Good ones answer `DLE EOT` at once, also while they print; cheap ones never do, and some send other
//! bytes on their own. What is no status is ignored. A printer that has answered once is expected to answer: its silence
//! before the first byte means that it cannot print, and afterwards that nobody knows.

use std::io;
use std::time::Duration;

use domain::PrintError;
use domain::printer::{PrinterAnswer, offline_answer, paper_answer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a printer may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// To accept a connection: some printers sleep and need eight seconds.
    pub connect: Duration,
    /// To answer, if it has answered before.
    pub answer: Duration,
    /// To answer, if it never has: most of them answer within milliseconds, or not at all.
    pub first_answer: Duration,
    /// To accept another byte, and to answer after the last one: its buffer is full and the paper moves.
    pub progress: Duration,
    /// To close the connection or to reset it, if it does not answer.
    pub close: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(5),
            first_answer: Duration::from_millis(300),
            progress: Duration::from_secs(20),
            close: Duration::from_millis(300),
        }
    }
}

const ASK_OFFLINE: [u8; 3] = [0x10, 0x04, 0x02];
const ASK_PAPER: [u8; 3] = [0x10, 0x04, 0x04];

/// How sending ended.
#[derive(Debug)]
pub(super) struct Outcome {
    pub result: Result<(), PrintError>,
    /// A byte of the document was sent.
    pub sent: bool,
    /// The printer has answered a question.
    pub answered: bool,
}

/// Sends a document until `end`. `answers`: the printer has answered before.
pub(super) async fn send(
    place: (&str, u16),
    bytes: &[u8],
    answers: bool,
    patience: Patience,
    end: impl Future<Output = ()>,
) -> Outcome {
    let mut outcome = Outcome { result: Ok(()), sent: false, answered: false };
    let result = tokio::select! {
        result = print(place, bytes, answers, patience, &mut outcome) => result,
        () = end => Err(PrintError::Interrupted),
    };
    Outcome { result, ..outcome }
}

async fn print(
    place: (&str, u16),
    bytes: &[u8],
    answers: bool,
    patience: Patience,
    outcome: &mut Outcome,
) -> Result<(), PrintError> {
    let connected = timeout(patience.connect, TcpStream::connect(place)).await;
    let Ok(Ok(mut stream)) = connected else { return Err(PrintError::Unreachable) };
    // The question must not wait for more bytes. A printer without this option still prints.
    let _ = stream.set_nodelay(true);
    outcome.answered = can_print(&mut stream, patience, answers).await?;
    let mut left = bytes;
    while !left.is_empty() {
        match timeout(patience.progress, stream.write(left)).await {
            Err(_) => return Err(PrintError::NoAnswer),
            Ok(Err(_) | Ok(0)) => return Err(PrintError::Disconnected),
            Ok(Ok(count)) => {
                outcome.sent = true;
                left = &left[count..];
            }
        }
    }
    if outcome.answered {
        is_printed(&mut stream, patience.progress).await
    } else {
        is_closed(&mut stream, patience.close).await
    }
}

/// Asks before the first byte. Returns whether the printer answers.
async fn can_print(stream: &mut TcpStream, patience: Patience, answers: bool) -> Result<bool, PrintError> {
    let first = if answers { patience.answer } else { patience.first_answer };
    let broken = |_| PrintError::Disconnected;
    match ask(stream, ASK_OFFLINE, offline_answer, first).await.map_err(broken)? {
        PrinterAnswer::Ready => {}
        PrinterAnswer::PaperOut => return Err(PrintError::PaperOut),
        PrinterAnswer::NotReady => return Err(PrintError::NotReady),
        PrinterAnswer::Unknown if answers => return Err(PrintError::NoAnswer),
        PrinterAnswer::Unknown => return Ok(false),
    }
    match ask(stream, ASK_PAPER, paper_answer, patience.answer).await.map_err(broken)? {
        PrinterAnswer::PaperOut => Err(PrintError::PaperOut),
        _ => Ok(true),
    }
}

/// Asks after the last byte.
async fn is_printed(stream: &mut TcpStream, patience: Duration) -> Result<(), PrintError> {
    match ask(stream, ASK_PAPER, paper_answer, patience).await {
        Ok(PrinterAnswer::Ready) => Ok(()),
        Ok(PrinterAnswer::PaperOut) => Err(PrintError::PaperOut),
        Ok(PrinterAnswer::NotReady) => Err(PrintError::NotReady),
        Ok(PrinterAnswer::Unknown) => Err(PrintError::NoAnswer),
        Err(_) => Err(PrintError::Disconnected),
    }
}

/// A printer without answers has the paper, unless it resets the connection.
async fn is_closed(stream: &mut TcpStream, patience: Duration) -> Result<(), PrintError> {
    let _ = stream.shutdown().await;
    let deadline = Instant::now() + patience;
    let mut ignored = [0_u8; 256];
    loop {
        match timeout_at(deadline, stream.read(&mut ignored)).await {
            Err(_) | Ok(Ok(0)) => return Ok(()),
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Err(PrintError::Disconnected),
        }
    }
}

/// Asks for a status; [`PrinterAnswer::Unknown`] if none comes in time. Other bytes are ignored.
async fn ask(
    stream: &mut TcpStream,
    question: [u8; 3],
    read: fn(u8) -> PrinterAnswer,
    patience: Duration,
) -> io::Result<PrinterAnswer> {
    let deadline = Instant::now() + patience;
    stream.write_all(&question).await?;
    let mut bytes = [0_u8; 64];
    loop {
        let Ok(count) = timeout_at(deadline, stream.read(&mut bytes)).await else { return Ok(PrinterAnswer::Unknown) };
        let count = count?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // A text can contain bytes that look like a status, so all must. The last one answers this question.
        let mut answers = bytes[..count].iter().map(|byte| read(*byte));
        let status =
            answers.clone().all(|answer| answer != PrinterAnswer::Unknown).then(|| answers.next_back()).flatten();
        if let Some(status) = status {
            return Ok(status);
        }
    }
}
