//! A hub that accepts a batch and never answers: rounds through a real proxy with short timeouts.

use std::time::Duration;

use outlet::Outlet;
use outlet::config::Config;
use outlet::state::App;
use replica::client::hub::{Client, Timeouts};
use replica::client::pull::Pull;
use replica::engine::round::{Push, Round};
use replica::error::QueueError;
use replica::settings::hub_link::{Address, hub_link};
use serde_json::Value;
use testkit::{Fault, Proxy, Scratch, TestHub, eventually, linked};
use tokio_util::sync::CancellationToken;

const SHORT: Timeouts = Timeouts { batch: Duration::from_millis(300), ping: Duration::from_millis(300) };

/// An outlet whose rounds are started by the test only.
struct Shop {
    _dir: Scratch,
    _outlet: Outlet,
    hub: TestHub,
    proxy: Proxy,
    app: App,
    client: Client,
    address: Address,
    stop: CancellationToken,
}

impl Shop {
    async fn new() -> Self {
        let hub = TestHub::start().await;
        let added = hub.add_outlet("JKT-001").await;
        let proxy = Proxy::before(&hub.url()).await;
        let env = linked(proxy.url(), &added);
        let dir = Scratch::new();
        let outlet = Outlet::open(Config { db_path: dir.path().join("pos.db"), env: env.clone(), ..Config::default() })
            .await
            .unwrap();
        let app = outlet.app().clone();
        let address = app.db.read(move |tx| Ok::<_, QueueError>(hub_link(tx, &env)?)).await.unwrap().address().unwrap();
        let (client, stop) = (Client::new().with_timeouts(SHORT), CancellationToken::new());
        let shop = Self { _dir: dir, _outlet: outlet, hub, proxy, app, client, address, stop };
        assert_eq!(shop.round().await.error, None);
        shop
    }

    async fn round(&self) -> Round {
        Push::new(&self.app.replica(), &self.client, &self.address, &self.stop).run(Vec::new()).await
    }

    /// Runs rounds until `done`.
    async fn rounds_until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        eventually(what, || async {
            self.round().await;
            done(self)
        })
        .await;
    }

    fn text(&self, sql: &str) -> String {
        let shell = rusqlite::Connection::open(self._dir.path().join("pos.db")).unwrap();
        shell.query_row(&format!("select cast(({sql}) as text)"), [], |row| row.get(0)).unwrap()
    }

    /// Creates this many tables, the first with this name.
    async fn create_tables(&self, tables: usize, first: &'static str) {
        let written = self.app.db.write(move |tx| {
            for n in 0..tables {
                let name = if n == 0 { first.to_owned() } else { format!("Meja {n}") };
                tx.execute("insert into tables (id, name) values (?1, ?2)", [format!("t{n}"), name])?;
            }
            Ok::<_, QueueError>(())
        });
        written.await.unwrap();
    }

    fn tables_at_hub(&self) -> i64 {
        let db = rusqlite::Connection::open(self.hub.path()).unwrap();
        db.query_row("select count(*) from documents where entity_type = 'table'", [], |row| row.get(0)).unwrap()
    }

    /// Number of items and bytes of each batch after the first `after`.
    fn sent(&self, after: usize) -> Vec<(usize, Vec<u8>)> {
        let batches = self.proxy.batches();
        let items = |body: &[u8]| {
            let batch: Value = serde_json::from_slice(&zstd::decode_all(body).unwrap()).unwrap();
            batch["items"].as_array().unwrap().len()
        };
        batches.iter().skip(after).map(|body| (items(body), body.to_vec())).collect()
    }
}

const PENDING: &str = "select count(*) from sync_state where version > acked_version and status = 'pending'";

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_batch_is_halved_to_the_failing_item() {
    let shop = Shop::new().await;
    let before = shop.sent(0).len();
    shop.proxy.set(Fault::Hold("Meja rusak".to_owned()));
    shop.create_tables(8, "Meja rusak").await;
    shop.rounds_until("all others are at the hub", |shop| shop.tables_at_hub() == 7).await;
    let sent = shop.sent(before);
    let sizes: Vec<_> = sent.iter().map(|(items, _)| *items).take(5).collect();
    assert_eq!(sizes, [8, 8, 4, 2, 1], "resent once, then halved");
    assert_eq!(sent[0].1, sent[1].1, "the same bytes");
    // Attempts count only if the hub accepts another batch.
    shop.rounds_until("it has failed", |shop| shop.text("select failed from sync_context") == "1").await;
    let failed = "select entity_id || ' ' || error_code || ' ' || retry_count from sync_state where status = 'failed'";
    assert_eq!(shop.text(failed), "t0 keeps_failing 3");
    let words = shop.text("select error_message from sync_state where status = 'failed'");
    assert!(words.contains("did not answer in time"), "{words}");
    assert_eq!(shop.text(PENDING), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_accepted_without_an_answer_is_acknowledged_later_once() {
    let shop = Shop::new().await;
    shop.proxy.set(Fault::HoldAnswers);
    shop.create_tables(8, "Meja 0").await;
    let round = shop.round().await;
    assert!(round.error.unwrap().to_string().contains("did not answer in time"));
    assert_eq!(shop.tables_at_hub(), 8, "the hub has them already");
    assert_eq!((shop.text(PENDING).as_str(), shop.text("select failed from sync_context").as_str()), ("8", "0"));
    shop.proxy.set(Fault::None);
    shop.rounds_until("settled", |shop| shop.text(PENDING) == "0").await;
    let settled = "select count(*) from sync_state where entity_type = 'table' and status = 'success' and version = 1";
    assert_eq!((shop.text(settled).as_str(), shop.tables_at_hub()), ("8", 8));
    let hub_db = rusqlite::Connection::open(shop.hub.path()).unwrap();
    let dead_letters: i64 = hub_db.query_row("select count(*) from dead_letters", [], |row| row.get(0)).unwrap();
    assert_eq!(dead_letters, 0);
    let pull = Pull { app: &shop.app.replica(), client: &shop.client, address: &shop.address, stop: &shop.stop };
    pull.to_head(Duration::ZERO).await.unwrap();
    assert_eq!(shop.text(PENDING), "0", "nothing is pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_hub_counts_as_offline_and_the_batch_is_kept() {
    let shop = Shop::new().await;
    let before = shop.sent(0).len();
    shop.proxy.set(Fault::Silent);
    shop.create_tables(8, "Meja 0").await;
    assert!(shop.round().await.error.unwrap().to_string().contains("did not answer in time"));
    let open_batches = || {
        shop.text("select group_concat(distinct state) || ' ' || count(*) from sync_batches where state <> 'accepted'")
    };
    assert_eq!(open_batches(), "in_flight 1", "no batch is abandoned while pings are unanswered too");
    shop.proxy.set(Fault::None);
    shop.rounds_until("sent", |shop| shop.text(PENDING) == "0").await;
    let sent = shop.sent(before);
    assert!(sent.iter().all(|(items, body)| *items == 8 && *body == sent[0].1), "the same bytes");
    let counted = "select coalesce(sum(retry_count), 0) from sync_state";
    assert_eq!((shop.text(counted).as_str(), shop.tables_at_hub()), ("0", 8));
}
