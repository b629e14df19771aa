//! A backfill while the shop sells, and the logs of a busy day.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{Fault, Http, Process, Proxy, eventually};

use crate::folder::{Folder, GERAI, Office, admin, boss, orders_at, product, sell, synced, totals};

/// Number of products: more than a page.
const MENU: usize = 5_000;

/// A chain with a large menu, and a second outlet that has not enrolled yet, with its code.
async fn large_chain() -> (Office, Folder, String) {
    let office = Office::open();
    let first = office.outlet();
    office.folder.sqlite(&format!(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < {MENU})
         insert into products (id, name, price) select printf('p%04d', i), 'Kopi ' || i, i from n"
    ));
    synced(&admin(&first).await).await;
    let code = office.folder.add_outlet("JKT-002")["enroll_code"].as_str().unwrap().to_owned();
    (office, Folder::new(), code)
}

fn log(folder: &Folder) -> String {
    std::fs::read_to_string(folder.file("outlet.log")).unwrap()
}

/// In other systems nobody can log in during a large import.
#[tokio::test(flavor = "multi_thread")]
async fn an_outlet_sells_during_a_backfill_and_catches_up() {
    let (office, new, code) = large_chain().await;
    let mut outlet = new.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    new.gerai(&["enroll", "--hub", &office.url(), "--code", &code]).ok();
    let has = |count: usize| new.sqlite("select count(*) from products where id like 'p%'") == count.to_string();
    let (mut sold, mut durations) = (Vec::new(), Vec::new());
    let began = Instant::now();
    while !has(MENU) {
        assert!(began.elapsed() < testkit::PATIENCE, "the menu does not arrive");
        for _ in 0..5 {
            let began = Instant::now();
            sold.push(sell(&till, &kopi, 22_000).await);
            durations.push(began.elapsed());
        }
        let began = Instant::now();
        admin(&outlet).await;
        assert!(began.elapsed() < Duration::from_secs(3), "a log-in took {:?}", began.elapsed());
    }
    durations.sort();
    let p99 = durations[(durations.len() * 99).div_ceil(100) - 1];
    assert!(durations.len() >= 5 && p99 < Duration::from_millis(500), "p99 of {} sales: {p99:?}", durations.len());
    assert!(log(&new).contains("a snapshot has arrived"), "{}", log(&new));
    eventually("the comparison is complete", || async { new.sqlite("select count(*) from sync_reconcile") == "0" })
        .await;
    synced(&till).await;
    let hub = boss(&office.hub).await;
    assert_eq!(orders_at(&hub).await, totals(&sold));

    // The outlet is stopped while head office deletes the entries that it would read next.
    assert_eq!(outlet.terminate(), Some(0));
    hub.post("/v1/hq/products", &json!({"name": "Baru", "price": 1_000})).await.data();
    hub.post("/v1/hq/products", &json!({"name": "Lebih Baru", "price": 1_000})).await.data();
    office.folder.sqlite_on(
        "hub.db",
        "delete from stream_entries where stream = 'catalog'
         and n < (select max(n) from stream_entries where stream = 'catalog')",
    );
    let _outlet = new.outlet(&[]);
    eventually("the missed changes have arrived", || async {
        new.sqlite("select count(*) from products where name in ('Baru', 'Lebih Baru')") == "2"
            && new.sqlite("select count(*) from sync_reconcile") == "0"
    })
    .await;
    assert_eq!(log(&new).matches("the snapshot is applied").count(), 2, "{}", log(&new));
}

/// Other systems log user names and customers' data.
#[tokio::test(flavor = "multi_thread")]
async fn no_log_of_a_busy_day_contains_secrets_or_customers() {
    const PIN: &str = "918273";
    const GUEST: &str = "Nyonya Rahasiawati";
    const PHONE: &str = "0811-7777-1234";
    let mut office = Office::open();
    let address = office.close_hub();
    let env = [("HUB_LISTEN", address.as_str()), ("RUST_LOG", "debug")];
    office.hub = Process::start(GERAI, office.folder.path(), "hub", &["hub"], &env);
    let folder = &office.folder;
    let proxy = Proxy::before(&office.url()).await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr";
    let link = office.link(proxy.url());
    let outlet = folder.outlet(&[&link[..], &[("WEBHOOK_SECRET", secret), ("RUST_LOG", "debug")]].concat());
    let (till, hub) = (admin(&outlet).await, boss(&office.hub).await);
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let user = json!({"username": "siti", "name": "Siti", "role": "cashier", "pin": PIN});
    till.post("/api/v1/users", &user).await.data();
    let cashier = Http::new(&outlet.url).log_in("siti", PIN).await;
    let wrong = json!({"username": "siti", "password": "000111"});
    assert_eq!(Http::new(&outlet.url).post("/api/v1/auth/login", &wrong).await.status, 401);
    let guest = json!({"name": GUEST, "phone": PHONE});
    till.post("/api/v1/customers", &guest).await.data();
    hub.post("/v1/hq/customers", &guest).await.data();
    let order = json!({"customer_name": GUEST, "lines": [{"product_id": kopi, "qty": 1}],
        "payments": [{"method": "card", "amount": 22_000}]});
    for fault in [Fault::None, Fault::Status(500), Fault::Unplugged, Fault::Portal, Fault::LoseAnswers, Fault::None] {
        proxy.set(fault);
        let before = proxy.batches().len();
        cashier.post("/api/v1/orders", &order).await.data();
        till.post("/api/v1/sync/trigger", &json!({})).await;
        // A rejected body with a name in it.
        assert!(till.post("/api/v1/customers", &json!({"nama": GUEST})).await.status >= 400);
        assert!(hub.post("/v1/hq/customers", &json!({"nama": GUEST})).await.status >= 400);
        eventually("a batch was sent", || async { proxy.batches().len() > before }).await;
    }
    let code = office.new_code();
    folder.gerai(&["enroll", "--hub", &office.url(), "--code", &code]).ok();
    synced(&till).await;
    eventually("head office has all orders", || async { orders_at(&hub).await.len() == 6 }).await;
    let key = folder.sqlite("select cloud_api_key from outlet_config");
    let hash = folder.sqlite("select pin_hash from users where username = 'siti'");
    let outlet_secret = std::fs::read_to_string(folder.file("pos.db.secret")).unwrap();
    for name in ["outlet.log", "hub.log"] {
        let log = std::fs::read_to_string(folder.file(name)).unwrap();
        assert!(log.lines().count() > 1, "{name} is empty");
        for hidden in [
            PIN,
            "000111",
            GUEST,
            PHONE,
            secret.trim_start_matches("whsec_"),
            office.of("api_key"),
            &key,
            &code,
            &hash,
            outlet_secret.trim(),
            "rahasia-sekali",
        ] {
            assert!(!log.contains(hidden), "{name} contains {hidden}: {log}");
        }
    }
}
