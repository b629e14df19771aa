//! Finds printers: machines in the server's own private networks that accept connections on the port of raw printing.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use access::permission::EditCatalog;
use access::session::Actor;
use axum::extract::State;
use domain::printer::{PrinterAnswer, offline_answer};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use shop::printing::printers::{self, DEFAULT_PORT};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use utoipa::ToSchema;
use web::{ApiError, Code, Json, Problem, Success};

use crate::state::App;

/// For a machine in the same network to accept a connection.
const CONNECT: Duration = Duration::from_millis(500);
/// For an answer to a question about its state.
const ANSWER: Duration = Duration::from_millis(300);
/// Connections at once.
const AT_ONCE: usize = 64;
/// Most networks that are searched; a machine has one or two.
const MAX_NETWORKS: usize = 4;

/// Allows one search at a time.
#[derive(Debug, Clone)]
pub struct Finder(Arc<Semaphore>);

impl Default for Finder {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// What to look for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct FindPrinters {
    /// TCP port. Default: 9100.
    #[schema(nullable = false, minimum = 1, maximum = 65_535)]
    port: Option<u16>,
}

/// A machine that accepts connections on the port.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundPrinter {
    /// Its IP address.
    pub address: String,
    /// The port.
    pub port: u16,
    /// It answers as receipt printers do.
    pub answers: bool,
    /// The printer that has this address already.
    pub printer_id: Option<String>,
}

/// Looks for printers: on this machine and in its private networks, up to 254 addresses each. Takes a few seconds.
#[utoipa::path(post, path = "/api/v1/printers/find", tag = "printers", request_body = FindPrinters, responses(
    (status = 200, body = Success<Vec<FoundPrinter>>), (status = 422, description = "`invalid_body`")))]
pub async fn find_printers(
    State(app): State<App>,
    actor: Actor<EditCatalog>,
    Json(body): Json<FindPrinters>,
) -> Result<Success<Vec<FoundPrinter>>, ApiError> {
    let port = body.port.unwrap_or_else(|| u16::try_from(DEFAULT_PORT).unwrap_or_default());
    if port == 0 {
        return Err(
            Code::InvalidBody.field("port", Problem::NotBetween.with("least", 1).with("most", i64::from(u16::MAX)))
        );
    }
    let known = actor.read(printers::addresses).await?;
    let _one_at_a_time = app.finder.0.acquire().await.map_err(|_| Code::Stopping)?;
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let own = interfaces.iter().filter_map(|interface| match interface.ip() {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    let found = search(candidates(own), port).await;
    let found = found.into_iter().map(|(address, answers)| {
        let address = address.to_string();
        let same = |(known, of_port, _): &&(String, i64, String)| *known == address && *of_port == i64::from(port);
        let printer_id = known.iter().find(same).map(|(_, _, id)| id.clone());
        FoundPrinter { address, port, answers, printer_id }
    });
    Ok(Success::new(found.collect()))
}

/// The addresses to try: this machine, and the 254 around each of its private addresses.
fn candidates(own: impl Iterator<Item = Ipv4Addr>) -> Vec<Ipv4Addr> {
    let mut networks: Vec<[u8; 3]> =
        own.filter(Ipv4Addr::is_private).map(|address| address.octets()).map(|[a, b, c, _]| [a, b, c]).collect();
    networks.sort_unstable();
    networks.dedup();
    let inside = |[a, b, c]: [u8; 3]| (1..=254).map(move |d| Ipv4Addr::new(a, b, c, d));
    let near = networks.into_iter().take(MAX_NETWORKS).flat_map(inside);
    std::iter::once(Ipv4Addr::LOCALHOST).chain(near).collect()
}

/// Those that accept a connection, in the order of their addresses, and whether each answers as a printer.
async fn search(addresses: Vec<Ipv4Addr>, port: u16) -> Vec<(Ipv4Addr, bool)> {
    let tries = addresses.into_iter().map(|address| async move {
        let stream = timeout(CONNECT, TcpStream::connect(SocketAddr::from((address, port)))).await.ok()?.ok()?;
        Some((address, answers(stream).await))
    });
    let found = futures_util::stream::iter(tries).buffered(AT_ONCE);
    found.filter_map(std::future::ready).collect().await
}

async fn answers(mut stream: TcpStream) -> bool {
    let asked = timeout(ANSWER, async {
        stream.write_all(&[0x10, 0x04, 0x02]).await.ok()?;
        let mut byte = [0_u8; 1];
        stream.read_exact(&mut byte).await.ok()?;
        Some(offline_answer(byte[0]) != PrinterAnswer::Unknown)
    });
    asked.await.ok().flatten().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_private_networks_and_this_machine_are_searched() {
        let own = ["127.0.0.1", "192.168.1.5", "192.168.1.6", "203.0.113.9", "10.0.0.2"];
        let found = candidates(own.iter().map(|address| address.parse().unwrap()));
        assert_eq!(found.len(), 1 + 2 * 254);
        assert_eq!(found[0], Ipv4Addr::LOCALHOST);
        assert!(found[1..].iter().all(|address| address.is_private()));
        assert_eq!(candidates(std::iter::empty()), [Ipv4Addr::LOCALHOST]);
    }
}
