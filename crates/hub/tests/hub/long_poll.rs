//! Long polls: a push wakes the polls that it concerns, the stop wakes all, and waiting polls block no other request.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use hub::{Hub, outlets};
use store::Fault;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use testkit::eventually;

use crate::app::{Reply, TestHub, TestOutlet};

const SOON: Duration = Duration::from_secs(1);
/// Long, but much shorter than the requested wait.
pub const WELL_BEFORE_TIMEOUT: Duration = Duration::from_secs(10);

/// A poll that the hub has admitted.
pub async fn start_poll(outlet: &TestOutlet, query: &'static str) -> JoinHandle<Reply> {
    let before = outlet.permits_in_use("polls").await;
    let asks = outlet.clone();
    let poll = tokio::spawn(async move { asks.get(query).await });
    eventually("it waits", || async {
        outlet.permits_in_use("polls").await > before && outlet.permits_in_use("pages").await == 0
    })
    .await;
    assert!(!poll.is_finished(), "the poll did not wait");
    poll
}

#[tokio::test]
async fn another_outlets_push_arrives_within_a_second() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let poll = start_poll(&two, "updates?wait=60").await;
    let items = [one.named("product", "p1", "Kopi")];
    one.push(&items).await;
    let page = timeout(SOON, poll).await.unwrap().unwrap().ok();
    assert_eq!(page["changes"][0]["entity_id"], "p1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_batch_gives_a_hint_after_a_disconnect() {
    let hub = TestHub::start().await;
    let (one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let poll = start_poll(&two, "updates?wait=60").await;
    // A lock on the outlet's row delays its batch until the outlet has disconnected.
    let (is_locked, go_on) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    let (store, id, locked, wait) = (hub.hub.store().clone(), one.id.clone(), is_locked.clone(), go_on.clone());
    let holder = tokio::spawn(async move {
        let hold = store.write_locking(move |tx| {
            tx.execute("update outlets set name = name where outlet_id = ?1", &[(&id).into()])?;
            locked.get_or_init(|| ());
            wait.wait();
            Ok::<_, Fault>(())
        });
        hold.await
    });
    tokio::task::spawn_blocking(move || *is_locked.wait()).await.unwrap();
    let batch = one.batch(&[one.clone().named("product", "p1", "Kopi")]);
    let sender = one.clone();
    let sent = tokio::spawn(async move { sender.post(&batch).await });
    crate::engine::wait_for_queued_write(&hub, &one).await;
    sent.abort();
    assert!(sent.await.is_err_and(|ended| ended.is_cancelled()), "the batch was not delayed");
    go_on.set(()).unwrap();
    holder.await.unwrap().unwrap();
    let page = timeout(WELL_BEFORE_TIMEOUT, poll).await.unwrap().unwrap().ok();
    assert_eq!(page["changes"][0]["entity_id"], "p1");
}

#[tokio::test]
async fn another_outlets_change_wakes_no_poll_and_the_page_is_empty() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let started = Instant::now();
    let poll = start_poll(&two, "updates?wait=1").await;
    let items = [one.named("setting", "outlet", "x")];
    one.push(&items).await;
    let page = timeout(WELL_BEFORE_TIMEOUT, poll).await.unwrap().unwrap().ok();
    assert_eq!((page["changes"].as_array().unwrap().len(), page["stream_reset"].as_bool()), (0, Some(false)));
    assert!(started.elapsed() >= SOON);
}

#[tokio::test]
async fn a_long_poll_answers_at_once_on_another_chain_position() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    outlet.push(&[]).await;
    for query in ["updates?wait=60", "updates?wait=60&at=lost", "updates?wait=60&cursor=7.a~0."] {
        timeout(WELL_BEFORE_TIMEOUT, outlet.get(query)).await.unwrap().ok();
    }
    timeout(WELL_BEFORE_TIMEOUT, outlet.get("updates?wait=60&epoch=x")).await.unwrap().refused(409, "epoch_mismatch");
}

#[tokio::test]
async fn a_revocation_ends_a_long_poll() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let poll = start_poll(&two, "updates?wait=60").await;
    hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-002", web::time::now())).await.unwrap();
    let items = [one.named("product", "p1", "Kopi")];
    one.push(&items).await;
    timeout(WELL_BEFORE_TIMEOUT, poll).await.unwrap().unwrap().refused(403, "outlet_revoked");
}

#[tokio::test]
async fn waiting_polls_block_no_other_request() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let mut polls = Vec::new();
    for _ in 0..16 {
        polls.push(start_poll(&two, "updates?wait=60").await);
    }
    // Polls of one outlet, some over connections that it has lost.
    let refused = two.get("updates?wait=60").await;
    refused.refused(429, "hub_overloaded");
    assert!(refused.headers.contains_key("retry-after"));
    timeout(WELL_BEFORE_TIMEOUT, one.get("updates")).await.unwrap().ok();
    let items = [one.named("product", "p1", "Kopi")];
    timeout(WELL_BEFORE_TIMEOUT, one.push(&items)).await.unwrap();
    for poll in polls {
        timeout(WELL_BEFORE_TIMEOUT, poll).await.unwrap().unwrap().ok();
    }
}

/// A hub on a real port.
pub struct Served {
    pub address: SocketAddr,
    pub stop: CancellationToken,
    pub task: JoinHandle<std::io::Result<()>>,
}

pub async fn serve(hub: &Hub) -> Served {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let (serving, until) = (hub.clone(), stop.clone());
    Served { address, stop, task: tokio::spawn(async move { serving.serve(listener, until).await }) }
}

pub async fn open_events(served: &Served, outlet: &TestOutlet, rest: &str) -> BufReader<TcpStream> {
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    let head = format!("GET /v1/outlets/{}/{rest} HTTP/1.1\r\nauthorization: Bearer {}\r\n", outlet.id, outlet.key);
    let head = format!("{head}host: hub\r\nconnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    BufReader::new(socket)
}

/// The next line that begins with this text.
pub async fn line(events: &mut BufReader<TcpStream>, beginning: &str) -> String {
    let read = async {
        let mut line = String::new();
        while !line.starts_with(beginning) {
            line.clear();
            assert_ne!(events.read_line(&mut line).await.unwrap(), 0, "it ended before {beginning}");
        }
        line
    };
    timeout(WELL_BEFORE_TIMEOUT, read).await.unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn events_report_stream_heads_at_start_and_on_growth() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let items = [one.named("product", "p1", "Kopi"), one.named("setting", "outlet", "x")];
    one.push(&items).await;
    let served = serve(&hub.hub).await;
    let mut events = open_events(&served, &two, "events").await;
    assert!(line(&mut events, "HTTP").await.contains("200"));
    assert_eq!(line(&mut events, "content-type").await, "content-type: text/event-stream");
    assert_eq!(line(&mut events, "event").await, "event: head");
    assert_eq!(line(&mut events, "data").await, r#"data: {"stream":"catalog","n":1}"#);
    assert_eq!(line(&mut events, "data").await, format!(r#"data: {{"stream":"outlet:{}","n":0}}"#, two.id));

    // Sent through the router of another clone of the same hub.
    let items = [one.named("product", "p2", "Teh"), one.named("product", "p3", "Susu")];
    one.push(&items).await;
    assert_eq!(line(&mut events, "data").await, r#"data: {"stream":"catalog","n":3}"#);

    hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-002", web::time::now())).await.unwrap();
    let items = [one.named("product", "p4", "Es")];
    one.push(&items).await;
    let mut rest = String::new();
    timeout(WELL_BEFORE_TIMEOUT, events.read_to_string(&mut rest)).await.unwrap().unwrap();
    assert!(!rest.contains("data"), "a revoked outlet gets no more events: {rest}");
    served.stop.cancel();
    served.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_stop_ends_all_long_polls_at_once() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let served = serve(&hub.hub).await;
    let mut events = open_events(&served, &outlet, "events").await;
    line(&mut events, "data").await;
    let mut poll = open_events(&served, &outlet, "updates?wait=60").await;
    let mut answer = String::new();
    eventually("it waits", || async { outlet.permits_in_use("polls").await == 1 }).await;

    served.stop.cancel();
    timeout(Duration::from_secs(5), served.task).await.unwrap().unwrap().unwrap();
    poll.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""changes":[]"#), "{answer}");
    events.read_to_string(&mut answer).await.unwrap();
}
