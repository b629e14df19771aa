//! Load generator: connections that each send one request after the other, as tills do, with little work of their own.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use cafe::{Guests, Menu};
use hdrhistogram::Histogram;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// Result of a run.
pub struct LoadResult {
    /// Requests answered with 201.
    pub count: usize,
    /// Duration of the run.
    pub duration: Duration,
    /// Latency in microseconds.
    pub latency_us: Histogram<u64>,
}

impl LoadResult {
    pub fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let count = self.count as f64;
        count / self.duration.as_secs_f64()
    }

    pub fn ms_at(&self, quantile: f64) -> f64 {
        ms_at(&self.latency_us, quantile)
    }
}

pub fn ms_at(latency_us: &Histogram<u64>, quantile: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for people")]
    let us = latency_us.value_at_quantile(quantile) as f64;
    us / 1_000.0
}

/// Requests for orders with three lines and a payment, ready to send.
pub fn requests(menu: &Menu, token: &str, count: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut guests = Guests::new(seed);
    (0..count)
        .map(|_| {
            let mut order = guests.order(menu, 3);
            let id = Uuid::now_v7().to_string();
            order["id"] = json!(id);
            let body = order.to_string();
            format!(
                "POST /api/v1/orders HTTP/1.1\r\nhost: outlet\r\ncontent-type: application/json\r\n\
                 authorization: Bearer {token}\r\nidempotency-key: {id}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        })
        .collect()
}

/// Sends requests over this many connections, and measures each until its answer is complete.
pub async fn send(url: &str, connections: usize, requests: Vec<Vec<u8>>) -> Result<LoadResult> {
    send_each(url, connections, requests, Duration::ZERO).await
}

/// Sends requests at a total rate. Each is measured from the time when it was due, however long the previous one took.
pub async fn send_paced(url: &str, connections: usize, requests: Vec<Vec<u8>>, per_second: u32) -> Result<LoadResult> {
    send_each(url, connections, requests, Duration::from_secs(1) / per_second).await
}

async fn send_each(url: &str, connections: usize, requests: Vec<Vec<u8>>, pace: Duration) -> Result<LoadResult> {
    let address = url.strip_prefix("http://").context("an address without http://")?.to_owned();
    let count = requests.len();
    // Distributed in turn, so that ids are used in about the order of creation, as by tills.
    let mut queues = vec![Vec::with_capacity(count / connections + 1); connections];
    for (number, request) in requests.into_iter().enumerate() {
        queues[number % connections].push(request);
    }
    let started = Instant::now();
    let interval = pace * u32::try_from(connections)?;
    let first_due = (0..).map(|number| started + pace * number);
    let tasks: Vec<_> = queues
        .into_iter()
        .zip(first_due)
        .map(|(queue, first_due)| tokio::spawn(till(address.clone(), queue, first_due, interval)))
        .collect();
    let mut latency_us = Histogram::new(3)?;
    for task in tasks {
        latency_us.add(task.await??)?;
    }
    Ok(LoadResult { count, duration: started.elapsed(), latency_us })
}

/// If `interval` is zero, each request follows the previous answer.
async fn till(
    address: String,
    requests: Vec<Vec<u8>>,
    first_due: Instant,
    interval: Duration,
) -> Result<Histogram<u64>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut latency_us = Histogram::new(3)?;
    let mut buffer = Vec::with_capacity(16 << 10);
    let mut due = first_due;
    for request in requests {
        let started = if interval.is_zero() {
            Instant::now()
        } else {
            tokio::time::sleep_until(due.into()).await;
            due
        };
        due += interval;
        stream.write_all(&request).await?;
        read_created(&mut stream, &mut buffer).await?;
        latency_us.record(u64::try_from(started.elapsed().as_micros())?)?;
    }
    Ok(latency_us)
}

/// Reads one complete answer; any status but 201 ends the bench.
async fn read_created(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    loop {
        ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
        let Some(head_end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..head_end])?;
        if !head.starts_with("HTTP/1.1 201") {
            bail!("not a success: {}", String::from_utf8_lossy(buffer));
        }
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .context("an answer without content-length")?
            .parse()?;
        while buffer.len() < head_end + 4 + length {
            ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
        }
        return Ok(());
    }
}
