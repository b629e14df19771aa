//! A connection to a printer: asks whether it can print, sends the bytes, asks again.
//!
//! Printers differ. Good ones answer `DLE EOT` at once, also while they print; cheap ones never do, and some send other
//! bytes on their own. What is no status is ignored. A printer that has answered once is expected to answer: its silence
//! before the first byte means that it cannot print, and afterwards that nobody knows. One that was mute the last time is not
//! waited for; what it prints can be lost without a trace, unless it closes or resets the connection.

use std::io;
use std::time::Duration;

use domain::PrintError;
use domain::printer::{PrinterAnswer, offline_answer, paper_answer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

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

/// What is known of a printer's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// It has answered before.
    Answers,
    /// It was mute the last time.
    Mute,
    /// Nothing.
    Unknown,
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

/// Sends a document until `end`.
pub(super) async fn send(
    place: (&str, u16),
    bytes: &[u8],
    habit: Habit,
    patience: Patience,
    end: impl Future<Output = ()>,
) -> Outcome {
    let mut outcome = Outcome { result: Ok(()), sent: false, answered: false };
    let result = tokio::select! {
        result = print(place, bytes, habit, patience, &mut outcome) => result,
        () = end => Err(PrintError::Interrupted),
    };
    Outcome { result, ..outcome }
}

async fn print(
    place: (&str, u16),
    bytes: &[u8],
    habit: Habit,
    patience: Patience,
    outcome: &mut Outcome,
) -> Result<(), PrintError> {
    let connected = timeout(patience.connect, TcpStream::connect(place)).await;
    let Ok(Ok(mut stream)) = connected else { return Err(PrintError::Unreachable) };
    // The question must not wait for more bytes. A printer without this option still prints.
    let _ = stream.set_nodelay(true);
    outcome.answered = can_print(&mut stream, patience, habit).await?;
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
        return is_printed(&mut stream, patience.progress).await;
    }
    let late = is_closed(&mut stream, patience.close).await?;
    outcome.answered = late != PrinterAnswer::Unknown;
    refusal(late)
}

/// Asks before the first byte. Returns whether the printer answers.
async fn can_print(stream: &mut TcpStream, patience: Patience, habit: Habit) -> Result<bool, PrintError> {
    let broken = |_| PrintError::Disconnected;
    let first = match habit {
        Habit::Answers => patience.answer,
        Habit::Unknown => patience.first_answer,
        Habit::Mute => {
            // If it answers after all, that is read behind the document.
            return stream.write_all(&ASK_OFFLINE).await.map(|()| false).map_err(broken);
        }
    };
    match ask(stream, ASK_OFFLINE, offline_answer, first).await.map_err(broken)? {
        PrinterAnswer::Unknown if habit == Habit::Answers => return Err(PrintError::NoAnswer),
        PrinterAnswer::Unknown => return Ok(false),
        answer => refusal(answer)?,
    }
    match ask(stream, ASK_PAPER, paper_answer, patience.answer).await.map_err(broken)? {
        PrinterAnswer::PaperOut => Err(PrintError::PaperOut),
        _ => Ok(true),
    }
}

/// Asks after the last byte.
async fn is_printed(stream: &mut TcpStream, patience: Duration) -> Result<(), PrintError> {
    match ask(stream, ASK_PAPER, paper_answer, patience).await {
        Ok(PrinterAnswer::Unknown) => Err(PrintError::NoAnswer),
        Ok(answer) => refusal(answer),
        Err(_) => Err(PrintError::Disconnected),
    }
}

/// A printer without answers has the paper, unless it resets the connection. Returns what it says after all.
async fn is_closed(stream: &mut TcpStream, patience: Duration) -> Result<PrinterAnswer, PrintError> {
    let _ = stream.shutdown().await;
    let deadline = Instant::now() + patience;
    let (mut bytes, mut answer) = ([0_u8; 256], PrinterAnswer::Unknown);
    loop {
        match timeout_at(deadline, stream.read(&mut bytes)).await {
            Err(_) => return Ok(answer),
            Ok(Ok(0)) => break,
            Ok(Ok(count)) => answer = last_status(&bytes[..count], offline_answer).unwrap_or(answer),
            Ok(Err(_)) => return Err(PrintError::Disconnected),
        }
    }
    // It has closed its side. If it has not taken everything, a reset follows, which only the socket's error tells.
    sleep_until(deadline).await;
    if let Ok(None) = stream.take_error() { Ok(answer) } else { Err(PrintError::Disconnected) }
}

/// Why a printer does not print, by its answer.
fn refusal(answer: PrinterAnswer) -> Result<(), PrintError> {
    match answer {
        PrinterAnswer::Ready | PrinterAnswer::Unknown => Ok(()),
        PrinterAnswer::PaperOut => Err(PrintError::PaperOut),
        PrinterAnswer::NotReady => Err(PrintError::NotReady),
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
        if let Some(status) = last_status(&bytes[..count], read) {
            return Ok(status);
        }
    }
}

/// The last answer among bytes that came together. A text can contain bytes that look like a status, so all must.
fn last_status(bytes: &[u8], read: fn(u8) -> PrinterAnswer) -> Option<PrinterAnswer> {
    let mut answers = bytes.iter().map(|byte| read(*byte));
    answers.clone().all(|answer| answer != PrinterAnswer::Unknown).then(|| answers.next_back()).flatten()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    const PATIENCE: Patience = Patience {
        connect: Duration::from_secs(20),
        answer: Duration::from_secs(20),
        first_answer: Duration::from_secs(20),
        progress: Duration::from_secs(20),
        close: Duration::from_millis(400),
    };

    /// Sends a paper to a printer that was mute the last time; `printer` is what it does with the connection.
    async fn send_to(paper: &[u8], printer: impl AsyncFnOnce(TcpStream)) -> Outcome {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let sent = send(("127.0.0.1", port), paper, Habit::Mute, PATIENCE, std::future::pending());
        let (outcome, ()) = tokio::join!(sent, async {
            let (stream, _) = listener.accept().await.unwrap();
            printer(stream).await;
        });
        outcome
    }

    #[tokio::test]
    async fn a_printer_that_was_mute_gets_the_paper_before_it_answers() {
        let mut paper = Vec::new();
        let outcome = send_to(b"Nasi Goreng", async |mut stream| {
            stream.read_to_end(&mut paper).await.unwrap();
        })
        .await;
        assert!(outcome.result.is_ok() && !outcome.answered, "{outcome:?}");
        assert_eq!(paper, [&ASK_OFFLINE[..], b"Nasi Goreng"].concat());
    }

    #[tokio::test]
    async fn an_answer_behind_the_paper_counts() {
        for (status, result) in [(0x12, Ok(())), (0x32, Err(PrintError::PaperOut)), (0x16, Err(PrintError::NotReady))] {
            let outcome = send_to(b"Nasi Goreng", async |mut stream| {
                stream.read_to_end(&mut Vec::new()).await.unwrap();
                stream.write_all(&[status]).await.unwrap();
            })
            .await;
            assert!(outcome.answered && outcome.sent && outcome.result == result, "{status:#x}: {outcome:?}");
        }
    }

    #[tokio::test]
    async fn a_paper_that_was_not_taken_when_the_printer_closed_may_be_lost() {
        // It fits into the buffer of this side, not into that of the printer.
        let outcome = send_to(&[b'x'; 1 << 20], async |mut stream| {
            stream.shutdown().await.unwrap();
            // Time for this side to send what it can, and to see the close; then the rest is refused.
            tokio::time::sleep(PATIENCE.close / 4).await;
            drop(stream);
        })
        .await;
        assert_eq!((outcome.result, outcome.sent), (Err(PrintError::Disconnected), true));
    }
}
