//! Abusive clients against each server while a till sells and an outlet pushes: connections that are silent or send
//! slowly, log-ins that hang up, large bodies without a key. They come from one address and from many;
//! `BENCH_STRANGERS` sets the number of each kind.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use testkit::{Http, Process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::env::number_or;
use crate::idle::{peak_mb, resident_mb};
use crate::report::Report;
use crate::sender::{add, order, packed};
use crate::{load, orders, servers};

/// Clients of each kind, unless `BENCH_STRANGERS` is set; a fifth as many large bodies.
const STRANGERS: usize = 1_000;
/// How long they stay.
const STAY: Duration = Duration::from_secs(30);
/// Time after which the memory is measured again.
const LATER: Duration = Duration::from_secs(60);
const TILLS: usize = 4;
const ORDERS_PER_SECOND: u32 = 20;
const BATCHES_PER_SECOND: u32 = 10;
const BODY_BYTES: usize = 8 << 20;
const CONCURRENT_LOG_INS: usize = 50;

/// The address and the paths to which they connect.
struct Target {
    address: SocketAddr,
    log_in: &'static str,
    body: String,
}

/// Counters of the strangers.
#[derive(Default)]
struct Counters {
    closed: AtomicUsize,
    refused: AtomicUsize,
}

pub async fn run(report: &mut Report) -> Result<()> {
    outlet(report).await?;
    hub(report).await
}

async fn outlet(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let outlet = servers::outlet(dir.path(), &[])?;
    let menu = orders::seed(dir.path()).await?;
    let (_, token) = servers::admin(&outlet.url).await?;
    let count = usize::try_from(STAY.as_secs())? * ORDERS_PER_SECOND as usize;
    let target = Target { address: address(&outlet)?, log_in: "/api/v1/auth/login", body: "/api/v1/orders".to_owned() };
    let selling = async |seed| {
        let requests = load::requests(&menu, &token, count, seed);
        Ok(load::send_paced(&outlet.url, TILLS, requests, ORDERS_PER_SECOND).await?.latency_us)
    };
    // Warm-up: the shop sells without strangers.
    selling(1).await?;
    measure(report, "the outlet", "an order", 150.0, &outlet, target, selling(2)).await
}

async fn hub(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let url = format!("sqlite:{}", dir.path().join("hub.db").display());
    let sender = add(&url, vec!["S-0001".to_owned()]).await?.pop().context("no outlet")?;
    let hub = servers::node(dir.path(), "hub", servers::SQLITE)?;
    let http = Http::new(&hub.url).with_token(&sender.key);
    let target = Target {
        address: address(&hub)?,
        log_in: "/v1/hq/auth/login",
        body: format!("/v1/outlets/{}/sync/batch", sender.id),
    };
    let count = usize::try_from(STAY.as_secs())? * BATCHES_PER_SECOND as usize;
    let pushing = async |first: usize| {
        let mut latency_us = Histogram::<u64>::new(3)?;
        let mut due = tokio::time::Instant::now();
        for no in first..first + count {
            let batch = packed(&sender.batch(no, 1, 1, &[order(no, 1, "2026-11-22")]))?;
            tokio::time::sleep_until(due).await;
            crate::sender::send(&http, &sender.id, &batch).await?;
            latency_us.record(u64::try_from(due.elapsed().as_micros())?)?;
            due += Duration::from_secs(1) / BATCHES_PER_SECOND;
        }
        Ok(latency_us)
    };
    pushing(1).await?;
    measure(report, "the hub", "a push", 250.0, &hub, target, pushing(1 + count)).await
}

fn address(server: &Process) -> Result<SocketAddr> {
    Ok(server.url.strip_prefix("http://").context("an address without http://")?.parse()?)
}

/// Measures `work` while strangers are connected, and the memory then and a minute later.
async fn measure(
    report: &mut Report,
    server_name: &str,
    operation: &str,
    max_mb: f64,
    server: &Process,
    target: Target,
    work: impl Future<Output = Result<Histogram<u64>>>,
) -> Result<()> {
    let count = number_or("BENCH_STRANGERS", STRANGERS)?;
    sleep(Duration::from_secs(3)).await;
    let idle_mb = resident_mb(server.id())?;
    let (target, counters, end) = (Arc::new(target), Arc::new(Counters::default()), CancellationToken::new());
    let mut strangers = JoinSet::new();
    for n in 0..count {
        strangers.spawn(silent(n, target.clone(), counters.clone(), end.clone()));
        strangers.spawn(drip(n, target.clone(), counters.clone(), end.clone()));
    }
    for n in 0..CONCURRENT_LOG_INS {
        strangers.spawn(log_ins(n, count / CONCURRENT_LOG_INS, target.clone(), end.clone()));
    }
    for n in 0..count / 5 {
        strangers.spawn(body(n, target.clone(), counters.clone(), end.clone()));
    }
    let latency_us = work.await?;
    end.cancel();
    while let Some(result) = strangers.join_next().await {
        result??;
    }
    let peak = peak_mb(server.id())?;
    let ended_at = Instant::now();
    sleep(LATER.saturating_sub(ended_at.elapsed())).await;
    let later = resident_mb(server.id())?;
    let (p50, p99) = (load::ms_at(&latency_us, 0.5), load::ms_at(&latency_us, 0.99));
    let title = |figure: &str| format!("strangers at {server_name}: {figure}");
    report.note(
        &title("slow and silent connections that it closed"),
        counters.closed.load(Ordering::Relaxed).to_string(),
    );
    report.note(&title("large bodies that it rejected"), counters.refused.load(Ordering::Relaxed).to_string());
    report.note(&title(&format!("{operation}, p50")), format!("{p50:.2} ms"));
    report.at_most(&title(&format!("{operation}, p99")), p99, 250.0, " ms");
    report.note(&title("memory before"), format!("{idle_mb:.0} MB"));
    report.at_most(&title("peak memory"), peak, max_mb, " MB");
    report.at_most(&title("memory a minute later, relative to before"), later / idle_mb, 2.0, " x");
    Ok(())
}

/// Every other stranger comes from one address, the others from many; no till uses these addresses.
async fn connect(n: usize, target: &Target) -> Result<TcpStream> {
    let host = u8::try_from(n / 2 % 250)?;
    let from = if n.is_multiple_of(2) { Ipv4Addr::new(127, 0, 1, 1) } else { Ipv4Addr::new(127, 0, 2, host + 1) };
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    Ok(timeout(Duration::from_secs(30), socket.connect(target.address)).await??)
}

/// Waits until the server closes the connection or the strangers leave.
async fn stay(mut stream: TcpStream, counters: &Counters, end: &CancellationToken) {
    let mut answer = [0; 4_096];
    let ended = async { while matches!(stream.read(&mut answer).await, Ok(1..)) {} };
    if end.run_until_cancelled(ended).await.is_some() {
        counters.closed.fetch_add(1, Ordering::Relaxed);
    }
}

async fn silent(n: usize, target: Arc<Target>, counters: Arc<Counters>, end: CancellationToken) -> Result<()> {
    let stream = connect(n, &target).await?;
    stay(stream, &counters, &end).await;
    Ok(())
}

/// One of three sends its head slowly, two their bodies; each reconnects while there is time.
async fn drip(n: usize, target: Arc<Target>, counters: Arc<Counters>, end: CancellationToken) -> Result<()> {
    while !end.is_cancelled() {
        let mut stream = connect(n, &target).await?;
        let head = match n % 3 {
            0 => format!("GET {} HTTP/1.1\r\nx: ", target.log_in),
            _ => format!(
                "POST {} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n",
                target.log_in
            ),
        };
        if stream.write_all(head.as_bytes()).await.is_err() {
            continue;
        }
        loop {
            let pause = Duration::from_millis(1_000 + 37 * u64::try_from(n % 50)?);
            if end.run_until_cancelled(sleep(pause)).await.is_none() {
                return Ok(());
            }
            if stream.write_all(b" ").await.is_err() {
                counters.closed.fetch_add(1, Ordering::Relaxed);
                break;
            }
        }
    }
    Ok(())
}

/// Log-ins in a row, each hung up before the answer.
async fn log_ins(n: usize, count: usize, target: Arc<Target>, end: CancellationToken) -> Result<()> {
    let body = r#"{"username":"nobody","password":"4711"}"#;
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        target.log_in,
        body.len()
    );
    for _ in 0..count {
        let mut stream = connect(n, &target).await?;
        stream.write_all(request.as_bytes()).await?;
        if end.run_until_cancelled(sleep(Duration::from_millis(50))).await.is_none() {
            break;
        }
    }
    Ok(())
}

/// A large body without a key, as fast as the server reads it, without its last byte.
async fn body(n: usize, target: Arc<Target>, counters: Arc<Counters>, end: CancellationToken) -> Result<()> {
    let mut stream = connect(n, &target).await?;
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer nobody\r\ncontent-type: application/json\r\n\
         content-length: {BODY_BYTES}\r\n\r\n",
        target.body
    );
    stream.write_all(head.as_bytes()).await?;
    let chunk = vec![b' '; 64 << 10];
    let mut remaining = BODY_BYTES - 1;
    let sending = async {
        while remaining > 0 && stream.write_all(&chunk[..remaining.min(chunk.len())]).await.is_ok() {
            remaining -= remaining.min(chunk.len());
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    };
    if let Some(answer) = end.run_until_cancelled(sending).await {
        if !answer.is_empty() && !answer.starts_with(b"HTTP/1.1 401") {
            bail!("a large body without a key was answered {}", String::from_utf8_lossy(&answer));
        }
        counters.refused.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
