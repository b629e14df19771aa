//! Raw HTTP requests from any loopback address.

use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// The answer of a server.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The HTTP status; 0 if the connection was closed without an answer.
    pub status: u16,
    /// Status line and headers in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Raw {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The status, and the code if it is a refusal.
    pub fn refusal(&self) -> (u16, String) {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        (self.status, body["error"].as_str().unwrap_or_default().to_owned())
    }
}

/// The socket address of a base URL.
pub fn address_of(base: &str) -> SocketAddr {
    base.strip_prefix("http://").unwrap().split('/').next().unwrap().parse().unwrap()
}

/// A connection from this address, such as 127.0.1.1.
pub async fn connect_from(from: IpAddr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect(to).await
}

/// A connection to the server at `base`.
pub async fn raw_connection(base: &str) -> TcpStream {
    TcpStream::connect(address_of(base)).await.unwrap()
}

/// The value of a metric, read over a connection that closes at once; where connections are counted, it is one of them.
pub async fn figure(base: &str, name: &str) -> Option<u64> {
    let figures = raw(base, "127.0.0.1", "GET /metrics", &[("host", "127.0.0.1")], "").await.body;
    figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// Sends a request with only these headers from this address, and reads the complete answer.
pub async fn raw(base: &str, from: &str, request: &str, headers: &[(&str, &str)], body: &str) -> Raw {
    let mut stream = connect_from(from.parse().unwrap(), address_of(base)).await.unwrap();
    let mut text = format!("{request} HTTP/1.1\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text.push_str(&format!("\r\n{body}"));
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
    Raw { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}
