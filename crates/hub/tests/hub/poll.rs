//! Waiting for changes: a push wakes those whom it concerns, the stop wakes all, and nobody who waits is in the way.

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
/// Long, but much shorter than what was asked to wait for.
pub const BEFORE_LONG: Duration = Duration::from_secs(10);

/// A poll of an outlet that the hub has let in.
pub async fn waiting(outlet: &TestOutlet, query: &'static str) -> JoinHandle<Reply> {
    let before = outlet.taken("polls").await;
    let asks = outlet.clone();
    let poll = tokio::spawn(async move { asks.get(query).await });
    eventually("it waits", || async { outlet.taken("polls").await > before && outlet.taken("pages").await == 0 }).await;
    assert!(!poll.is_finished(), "it answered at once");
    poll
}

#[tokio::test]
async fn another_outlets_push_arrives_within_a_second() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let poll = waiting(&two, "updates?wait=60").await;
    let items = [one.named("product", "p1", "Kopi")];
    one.push(&items).await;
    let page = timeout(SOON, poll).await.unwrap().unwrap().ok();
    assert_eq!(page["changes"][0]["entity_id"], "p1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_batch_gives_a_hint_after_a_disconnect() {
    let hub = TestHub::start().await;
    let (one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let poll = waiting(&two, "updates?wait=60").await;
    // Somebody holds the outlet's row, so that its batch is not written yet when it hangs up.
    let (holds, go_on) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    let (store, id, held, wait) = (hub.hub.store().clone(), one.id.clone(), holds.clone(), go_on.clone());
    let holder = tokio::spawn(async move {
        let hold = store.write_locking(move |tx| {
            tx.execute("update outlets set name = name where outlet_id = ?1", &[(&id).into()])?;
            held.get_or_init(|| ());
            wait.wait();
            Ok::<_, Fault>(())
        });
        hold.await
    });
    tokio::task::spawn_blocking(move || *holds.wait()).await.unwrap();
    let batch = one.batch(&[one.clone().named("product", "p1", "Kopi")]);
    let sender = one.clone();
    let sent = tokio::spawn(async move { sender.post(&batch).await });
    crate::engine::is_held_up(&hub, &one).await;
    sent.abort();
    assert!(sent.await.is_err_and(|ended| ended.is_cancelled()), "it was not held up");
    go_on.set(()).unwrap();
    holder.await.unwrap().unwrap();
    let page = timeout(BEFORE_LONG, poll).await.unwrap().unwrap().ok();
    assert_eq!(page["changes"][0]["entity_id"], "p1");
}

#[tokio::test]
async fn another_outlets_change_wakes_no_poll_and_the_page_is_empty() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let started = Instant::now();
    let poll = waiting(&two, "updates?wait=1").await;
    let items = [one.named("setting", "outlet", "x")];
    one.push(&items).await;
    let page = timeout(BEFORE_LONG, poll).await.unwrap().unwrap().ok();
    assert_eq!((page["changes"].as_array().unwrap().len(), page["stream_reset"].as_bool()), (0, Some(false)));
    assert!(started.elapsed() >= SOON);
}

#[tokio::test]
async fn a_long_poll_answers_at_once_on_another_chain_position() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    outlet.push(&[]).await;
    for query in ["updates?wait=60", "updates?wait=60&at=lost", "updates?wait=60&cursor=7.a~0."] {
        timeout(BEFORE_LONG, outlet.get(query)).await.unwrap().ok();
    }
    timeout(BEFORE_LONG, outlet.get("updates?wait=60&epoch=x")).await.unwrap().refused(409, "epoch_mismatch");
}

#[tokio::test]
async fn a_revocation_ends_a_long_poll() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let poll = waiting(&two, "updates?wait=60").await;
    hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-002")).await.unwrap();
    let items = [one.named("product", "p1", "Kopi")];
    one.push(&items).await;
    timeout(BEFORE_LONG, poll).await.unwrap().unwrap().refused(403, "outlet_revoked");
}

#[tokio::test]
async fn those_who_wait_hold_nothing_that_others_need() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let mut polls = Vec::new();
    for _ in 0..16 {
        polls.push(waiting(&two, "updates?wait=60").await);
    }
    // An outlet waits over one connection, and perhaps over some that it has lost.
    let refused = two.get("updates?wait=60").await;
    refused.refused(429, "hub_overloaded");
    assert!(refused.headers.contains_key("retry-after"));
    timeout(BEFORE_LONG, one.get("updates")).await.unwrap().ok();
    let items = [one.named("product", "p1", "Kopi")];
    timeout(BEFORE_LONG, one.push(&items)).await.unwrap();
    for poll in polls {
        timeout(BEFORE_LONG, poll).await.unwrap().unwrap().ok();
    }
}

/// A hub on a real port.
pub struct Served {
    address: SocketAddr,
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

pub async fn ask(served: &Served, outlet: &TestOutlet, rest: &str) -> BufReader<TcpStream> {
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    let head = format!("GET /v1/outlets/{}/{rest} HTTP/1.1\r\nauthorization: Bearer {}\r\n", outlet.id, outlet.key);
    let head = format!("{head}host: hub\r\nconnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    BufReader::new(socket)
}

/// The next line that begins like this.
pub async fn line(events: &mut BufReader<TcpStream>, beginning: &str) -> String {
    let read = async {
        let mut line = String::new();
        while !line.starts_with(beginning) {
            line.clear();
            assert_ne!(events.read_line(&mut line).await.unwrap(), 0, "it ended before {beginning}");
        }
        line
    };
    timeout(BEFORE_LONG, read).await.unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn events_say_how_far_the_streams_are_now_and_whenever_they_grow() {
    let hub = TestHub::start().await;
    let (mut one, two) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let items = [one.named("product", "p1", "Kopi"), one.named("setting", "outlet", "x")];
    one.push(&items).await;
    let served = serve(&hub.hub).await;
    let mut events = ask(&served, &two, "events").await;
    assert!(line(&mut events, "HTTP").await.contains("200"));
    assert_eq!(line(&mut events, "content-type").await, "content-type: text/event-stream");
    assert_eq!(line(&mut events, "event").await, "event: head");
    assert_eq!(line(&mut events, "data").await, r#"data: {"stream":"catalog","n":1}"#);
    assert_eq!(line(&mut events, "data").await, format!(r#"data: {{"stream":"outlet:{}","n":0}}"#, two.id));

    // Sent through the router of another clone of the same hub.
    let items = [one.named("product", "p2", "Teh"), one.named("product", "p3", "Susu")];
    one.push(&items).await;
    assert_eq!(line(&mut events, "data").await, r#"data: {"stream":"catalog","n":3}"#);

    hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-002")).await.unwrap();
    let items = [one.named("product", "p4", "Es")];
    one.push(&items).await;
    let mut rest = String::new();
    timeout(BEFORE_LONG, events.read_to_string(&mut rest)).await.unwrap().unwrap();
    assert!(!rest.contains("data"), "a revoked outlet is told nothing more: {rest}");
    served.stop.cancel();
    served.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_stop_ends_all_waiting_at_once() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let served = serve(&hub.hub).await;
    let mut events = ask(&served, &outlet, "events").await;
    line(&mut events, "data").await;
    let mut poll = ask(&served, &outlet, "updates?wait=60").await;
    let mut answer = String::new();
    eventually("it waits", || async { outlet.taken("polls").await == 1 }).await;

    served.stop.cancel();
    timeout(Duration::from_secs(5), served.task).await.unwrap().unwrap().unwrap();
    poll.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""changes":[]"#), "{answer}");
    events.read_to_string(&mut answer).await.unwrap();
}
