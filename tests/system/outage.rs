//! Failures of the network or of head office: the till keeps selling, no sale fails, and everything arrives once, without
//! help, when the failure is over.

use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Fault, Http, Process, Proxy, eventually};

use crate::folder::{CommandResult, Office, admin, boss, looked, orders_at, product, sell, status, synced, totals};

/// An outlet linked to head office through a proxy, with one product.
struct Shop {
    office: Office,
    proxy: Proxy,
    outlet: Process,
    till: Http,
    kopi: String,
    sold: Vec<Value>,
}

impl Shop {
    async fn open() -> Self {
        let office = Office::open();
        let proxy = Proxy::before(&office.url()).await;
        let outlet = office.outlet_through(proxy.url());
        let till = admin(&outlet).await;
        let kopi = product(&till, "Kopi Susu", 22_000).await;
        synced(&till).await;
        Self { office, proxy, outlet, till, kopi, sold: Vec::new() }
    }

    /// Runs the program beside the outlet, with its link.
    fn gerai(&self, args: &[&str]) -> CommandResult {
        self.office.folder.gerai_with(args, &self.office.link(self.proxy.url()))
    }

    async fn sell(&mut self, count: usize) {
        for _ in 0..count {
            let began = Instant::now();
            self.sold.push(sell(&self.till, &self.kopi, 22_000).await);
            assert!(began.elapsed() < Duration::from_secs(2), "a sale took {:?}", began.elapsed());
        }
    }

    async fn problem(&self, text: &str) {
        eventually(text, || async {
            status(&self.till).await["problem"].as_str().is_some_and(|problem| problem.contains(text))
        })
        .await;
    }

    /// No failure was counted for a sale, and head office has each sale once.
    async fn all_arrive(&self) {
        synced(&self.till).await;
        assert_eq!(self.office.folder.sqlite("select sum(retry_count), sum(status = 'failed') from sync_state"), "0|0");
        assert_eq!(orders_at(&boss(&self.office.hub).await).await, totals(&self.sold));
    }
}

/// Other systems treat every answer alike and count it as a failure of the batch.
#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_obeyed_and_the_same_bytes_come_again() {
    let mut shop = Shop::open().await;
    for code in [429, 503] {
        shop.proxy.set(Fault::Busy(code, 2));
        let (before, began) = (shop.proxy.batches().len(), Instant::now());
        shop.sell(1).await;
        eventually("the batch was sent", || async { shop.proxy.batches().len() > before }).await;
        eventually("the wait is reported", || async {
            status(&shop.till).await["next_try_in_seconds"].as_i64().is_some_and(|seconds| seconds >= 2)
        })
        .await;
        eventually("the batch is resent", || async { shop.proxy.batches().len() > before + 1 }).await;
        assert!(began.elapsed() >= Duration::from_secs(2), "{code}: again after {:?}", began.elapsed());
        let batches = shop.proxy.batches();
        assert_eq!(batches[before], batches[before + 1]);
        shop.proxy.set(Fault::None);
        shop.all_arrive().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_captive_portal_is_no_answer() {
    let mut shop = Shop::open().await;
    shop.proxy.set(Fault::Portal);
    shop.sell(3).await;
    shop.problem("the network asks for a login").await;
    shop.proxy.set(Fault::None);
    shop.all_arrive().await;
}

/// Other systems mark a sale as failed for good after three time-outs of the hub.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_hub_delays_neither_sales_nor_shutdown() {
    let mut shop = Shop::open().await;
    shop.proxy.set(Fault::Silent);
    shop.sell(1).await;
    eventually("the batch is in flight", || async { shop.proxy.batches().len() > 1 }).await;
    shop.sell(20).await;
    assert_eq!(status(&shop.till).await["failed_count"], 0);
    let began = Instant::now();
    assert_eq!(shop.outlet.terminate(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(10), "the stop took {:?}", began.elapsed());
    shop.proxy.set(Fault::None);
    shop.outlet = shop.office.outlet_through(shop.proxy.url());
    shop.till = admin(&shop.outlet).await;
    shop.all_arrive().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_hub_address_applies_during_a_pending_request() {
    let mut shop = Shop::open().await;
    shop.proxy.set(Fault::Silent);
    shop.sell(3).await;
    eventually("the batch is in flight", || async { shop.proxy.batches().len() > 1 }).await;
    let began = Instant::now();
    shop.gerai(&["sync", "settings", "--url", &shop.office.url()]).ok();
    shop.all_arrive().await;
    assert!(began.elapsed() < Duration::from_secs(15), "it took {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tls_failure_is_reported_and_a_new_address_fixes_it() {
    let mut shop = Shop::open().await;
    let to = async |shop: &Shop, url: &str| {
        shop.gerai(&["sync", "settings", "--url", url]).ok();
    };
    // Head office speaks no TLS.
    to(&shop, &shop.office.url().replace("http://", "https://")).await;
    shop.problem("cannot be reached: the server does not speak HTTPS").await;
    shop.sell(2).await;
    // This server speaks only TLS: it answers every request with an alert.
    let only_tls = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", only_tls.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut connection in only_tls.incoming().flatten() {
            let _ = connection.write_all(b"\x15\x03\x03\x00\x02\x02\x16");
        }
    });
    to(&shop, &url).await;
    shop.problem("If the server there accepts HTTPS only, use https://").await;
    shop.sell(2).await;
    to(&shop, &shop.office.url()).await;
    shop.all_arrive().await;
}

/// Other systems park a sale for good after three failures: an outage of a quarter of an hour is enough.
#[tokio::test(flavor = "multi_thread")]
async fn failing_batches_with_working_pings_fail_no_sale() {
    let mut shop = Shop::open().await;
    shop.proxy.set(Fault::Status(500));
    shop.sell(5).await;
    let before = shop.proxy.batches().len();
    eventually("the batch was halved to one item, which was isolated", || async {
        shop.proxy.batches().len() >= before + 14
    })
    .await;
    assert_eq!(status(&shop.till).await["failed_count"], 0);
    shop.sell(1).await;
    shop.proxy.set(Fault::None);
    shop.all_arrive().await;
}

/// A hub that does not speak this outlet's protocol: sales continue.
#[tokio::test(flavor = "multi_thread")]
async fn an_unsupported_outlet_version_stops_sync_but_not_sales() {
    let mut shop = Shop::open().await;
    shop.proxy.set(Fault::Refuse(426, "protocol_unsupported"));
    shop.sell(1).await;
    shop.problem("Refused with protocol_unsupported").await;
    let result = shop.gerai(&["sync", "trigger"]);
    assert!(result.err.contains("protocol_unsupported") || result.out.contains("protocol_unsupported"), "{result:?}");
    // After that many refusals in a row the next attempt is at least six seconds away.
    for _ in 0..4 {
        shop.gerai(&["sync", "trigger"]);
    }
    let batches = shop.proxy.batches().len();
    shop.sell(5).await;
    looked(&shop.till).await;
    assert_eq!(shop.proxy.batches().len(), batches, "nothing is sent");
    // Head office was upgraded.
    shop.proxy.set(Fault::None);
    shop.gerai(&["sync", "trigger"]).ok();
    shop.all_arrive().await;
}

/// In other systems one bad row blocks the whole queue, or stops a channel until someone runs SQL.
#[tokio::test(flavor = "multi_thread")]
async fn a_stale_item_blocks_nothing() {
    let mut shop = Shop::open().await;
    shop.sell(2).await;
    shop.all_arrive().await;
    let id = shop.sold[0]["id"].as_str().unwrap();
    let folder = &shop.office.folder;
    folder.sqlite_on("hub.db", &format!("update documents set version = 9 where entity_id = '{id}'"));
    folder.sqlite(&format!("update orders set customer_name = 'Budi' where id = '{id}'"));
    eventually("the item has failed", || async { status(&shop.till).await["failed_count"] == 1 }).await;
    let failed = folder.gerai(&["sync", "quarantine", "--json"]).json();
    assert_eq!((&failed["items"][0]["entity_id"], &failed["items"][0]["code"]), (&json!(id), &json!("not_newer")));
    assert_eq!(folder.sqlite_on("hub.db", "select count(*) from dead_letters"), "1", "as received");
    shop.sell(2).await;
    synced(&shop.till).await;
    assert_eq!(orders_at(&boss(&shop.office.hub).await).await, totals(&shop.sold));
}

/// Other systems hang forever in a loop of pages without progress.
#[tokio::test(flavor = "multi_thread")]
async fn endless_pages_neither_hang_the_outlet_nor_flood_the_hub() {
    let mut shop = Shop::open().await;
    shop.proxy.set(Fault::EndlessPages);
    let hub = boss(&shop.office.hub).await;
    hub.call("PATCH", &format!("/v1/hq/products/{}", shop.kopi), &json!({"name": "Kopi Aren"})).await.data();
    let path = format!("/api/v1/products/{}", shop.kopi);
    eventually("the change has arrived", || async { shop.till.get(&path).await.data()["name"] == "Kopi Aren" }).await;
    shop.gerai(&["sync", "trigger"]).ok();
    let before = shop.proxy.requests();
    shop.sell(3).await;
    synced(&shop.till).await;
    looked(&shop.till).await;
    assert!(shop.proxy.requests() - before < 50, "{} requests within two looks", shop.proxy.requests() - before);
    shop.all_arrive().await;
}

/// No decision depends on a clock: other systems miss changes, or overwrite newer data, if a clock is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_reported_and_has_no_effect() {
    let mut shop = Shop::open().await;
    let hub = boss(&shop.office.hub).await;
    let path = format!("/api/v1/products/{}", shop.kopi);
    for (price, seconds, ahead) in [(23_000, 100_000_000, "Head office's"), (24_000, -100_000_000, "This outlet's")] {
        shop.proxy.set(Fault::WrongClock(seconds));
        shop.sell(2).await;
        synced(&shop.till).await;
        hub.call("PATCH", &format!("/v1/hq/products/{}", shop.kopi), &json!({"price": price})).await.data();
        eventually("the price has arrived", || async { shop.till.get(&path).await.data()["price"] == price }).await;
        hub.call("PATCH", &format!("/v1/hq/products/{}", shop.kopi), &json!({"price": 22_000})).await.data();
        eventually("the price is back", || async { shop.till.get(&path).await.data()["price"] == 22_000 }).await;
        eventually("doctor reports it", || async { shop.gerai(&["doctor"]).out.contains(ahead) }).await;
    }
    shop.all_arrive().await;
}
