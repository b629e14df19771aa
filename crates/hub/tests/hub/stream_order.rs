//! A reader of a stream skips no change, in whatever order concurrent writers end and whether or not they commit.
//!
//! On PostgreSQL the writers are open concurrently; SQLite has one writer and runs them one after the other. A seed
//! decides who begins, who ends first, who commits, and who reads in between.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use hub::ingest::{Refused, accept};
use hub::streams::{EpochRefused, PageRequest, page};
use protocol::updates::UpdatePage;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::app::{TestHub, TestOutlet};
use crate::pull::behind;

const SEED: u64 = 20_261_128;
const ROUNDS: usize = 800;
const WRITERS: usize = 3;
const READERS: usize = 3;

/// A batch in a transaction that stays open until [`Open::commits`] is set.
struct Open {
    writer: usize,
    batch: Value,
    commits: Arc<OnceLock<bool>>,
    task: JoinHandle<Result<(), Refused>>,
}

impl Open {
    fn begin(hub: &TestHub, writer: usize, outlet: &TestOutlet, items: &[Value]) -> Self {
        let (batch, commits) = (outlet.batch(items), Arc::new(OnceLock::new()));
        let (store, id, text, ends) = (hub.hub.store().clone(), outlet.id.clone(), batch.to_string(), commits.clone());
        let task = tokio::spawn(async move {
            let work = store.write_locking(move |tx| {
                accept(tx, &id, &serde_json::from_str(&text).unwrap(), web::time::now())?;
                if *ends.wait() { Ok(()) } else { Err(Refused::Invalid("rolled back")) }
            });
            work.await
        });
        Self { writer, batch, commits, task }
    }
}

/// An outlet that reads the chain's stream page by page. It calls the command, because a request also writes the last
/// contact, which waits for the writer on SQLite.
struct Reader {
    id: String,
    cursor: String,
    seen: Vec<String>,
}

impl Reader {
    /// Reads the next page; returns whether there is more.
    async fn read_page(&mut self, hub: &TestHub, limit: usize) -> bool {
        let ask = PageRequest { cursor: self.cursor.parse().unwrap(), limit, epoch_id: None, at: None };
        let id = self.id.clone();
        let read: Result<UpdatePage, EpochRefused> = hub.hub.store().read(move |tx| page(tx, &id, &ask)).await;
        let page = read.unwrap_or_else(|refused| panic!("{refused}"));
        assert!(!page.stream_reset, "a gap after {}", self.cursor);
        self.cursor = behind(&self.cursor, &page);
        self.seen.extend(page.changes.into_iter().map(|change| change.update.of.entity_id));
        page.more
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_reader_skips_a_change_for_any_commit_order() {
    let started = Instant::now();
    let mut rng = StdRng::seed_from_u64(SEED);
    let hub = TestHub::start().await;
    let (mut writers, mut readers) = (Vec::new(), Vec::new());
    for n in 0..WRITERS {
        writers.push(hub.outlet(&format!("W-{n}")).await);
    }
    for n in 0..READERS {
        readers.push(Reader {
            id: hub.outlet(&format!("R-{n}")).await.id,
            cursor: "0.~0.".to_owned(),
            seen: Vec::new(),
        });
    }
    let (mut created, mut rolled_back) = (BTreeSet::new(), 0);
    for round in 0..ROUNDS {
        let mut turn: Vec<usize> = (0..WRITERS).collect();
        turn.shuffle(&mut rng);
        turn.truncate(rng.random_range(2..=WRITERS));
        let mut open = Vec::new();
        for writer in turn {
            let outlet = &mut writers[writer];
            let ids = (0..rng.random_range(1..=3)).map(|n| format!("{round}-{writer}-{n}"));
            let items: Vec<_> = ids.map(|id| outlet.named("product", &id, "Kopi")).collect();
            open.push(Open::begin(&hub, writer, outlet, &items));
        }
        open.shuffle(&mut rng);
        for one in &open {
            one.commits.set(rng.random_bool(0.75)).unwrap();
            readers[rng.random_range(0..READERS)].read_page(&hub, rng.random_range(1..=9)).await;
        }
        for Open { writer, batch, commits, task } in open {
            match (task.await.unwrap(), commits.wait()) {
                (Ok(()), true) => {
                    writers[writer].advance(&batch);
                    let items = batch["items"].as_array().unwrap();
                    created.extend(items.iter().map(|item| item["entity_id"].as_str().unwrap().to_owned()));
                }
                (Err(Refused::Invalid("rolled back")), false) => rolled_back += 1,
                (ended, _) => panic!("round {round}: {ended:?}"),
            }
        }
    }
    for reader in &mut readers {
        while reader.read_page(&hub, 1_000).await {}
    }
    let [first, others @ ..] = &readers[..] else { panic!("nobody reads") };
    assert!(others.iter().all(|other| other.seen == first.seen), "each reads the same in the same order");
    assert_eq!((first.seen.len(), first.seen.iter().cloned().collect()), (created.len(), created), "each change once");
    assert!(rolled_back > ROUNDS / 4);
    println!("{} changes, {rolled_back} batches rolled back in {:?}", first.seen.len(), started.elapsed());
}
