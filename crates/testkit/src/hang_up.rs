//! Clients that hang up in the middle of a request, at each stage of its handling.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::raw::{address_of, connect_from};
use crate::{Http, PATIENCE};

/// Time limit for an answer to begin.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two looks at the server's figures.
const INTERVAL: Duration = Duration::from_millis(50);
/// Pauses before a client hangs up after its request: after each, the server is busy with something else.
const PAUSES_MS: [u64; 6] = [0, 1, 3, 8, 20, 50];

/// When a client hangs up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Within the request's head.
    Head,
    /// Before the last byte of the body; of the head if the request has no body.
    Body,
    /// After its request, before the answer.
    Waiting,
    /// After the first byte of the answer.
    Answer,
}

impl Moment {
    /// All moments in order.
    pub const ALL: [Self; 4] = [Self::Head, Self::Body, Self::Waiting, Self::Answer];
}

/// Sends a request up to `moment` and hangs up, after the pause if the moment depends on time; `abruptly` with a reset,
/// like a machine that loses power.
pub async fn hang_up(mut stream: TcpStream, request: &[u8], moment: Moment, pause: Duration, abruptly: bool) {
    let sent = match moment {
        Moment::Head => request.len().min(60) / 2,
        Moment::Body => request.len() - 1,
        Moment::Waiting | Moment::Answer => request.len(),
    };
    let _ = stream.write_all(&request[..sent]).await;
    if moment == Moment::Answer {
        let _ = timeout(ANSWER_TIMEOUT, stream.read_u8()).await;
    } else {
        sleep(pause).await;
    }
    if abruptly {
        let _ = stream.set_zero_linger();
    }
}

/// Sends each of these requests and hangs up at each moment, in both ways and after several pauses; all concurrently,
/// from many addresses.
pub async fn hang_up_everywhere(base: &str, requests: &[Vec<u8>]) {
    let mut clients = JoinSet::new();
    let mut host = 0;
    for request in requests {
        for (n, pause_ms) in PAUSES_MS.into_iter().enumerate() {
            for moment in Moment::ALL {
                host = host % 200 + 1;
                let stream = connect_from(IpAddr::V4(Ipv4Addr::new(127, 0, 2, host)), address_of(base)).await.unwrap();
                let (request, pause) = (request.clone(), Duration::from_millis(pause_ms));
                clients.spawn(async move { hang_up(stream, &request, moment, pause, n.is_multiple_of(2)).await });
            }
        }
    }
    clients.join_all().await;
}

/// The bytes of a request.
pub fn request(line: &str, token: Option<&str>, headers: &str, body: &[u8]) -> Vec<u8> {
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let head = format!(
        "{line} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{token}{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Waits until a server has no other connection and no used slot in `/metrics`. A leak never ends; a busy machine needs
/// time for the requests of hundreds of clients.
pub async fn all_free(http: &Http) {
    let deadline = Instant::now() + 8 * PATIENCE;
    loop {
        let figures = http.get("/metrics").await.text;
        let in_use = figures
            .lines()
            .filter(|line| line.starts_with("gerai_http_connections ") || line.starts_with("gerai_permits_in_use{"))
            .filter(|line| !line.ends_with(" 0") && *line != "gerai_http_connections 1")
            .collect::<Vec<_>>();
        // The answer may be a 503.
        let is_answered = figures.contains("gerai_permits_in_use{");
        if is_answered && in_use.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "still in use (answered: {is_answered}): {in_use:?}");
        sleep(INTERVAL).await;
    }
}
