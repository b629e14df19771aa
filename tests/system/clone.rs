//! A clone of an outlet's database, or a new one under an old key: the database that head office does not know reports it,
//! pushes nothing, keeps selling, and recovers with `gerai enroll`.

use testkit::{Http, eventually};

use crate::folder::{Folder, Office, admin, boss, orders_at, product, sell, status, synced, totals};

async fn problem(till: &Http, text: &str) {
    eventually(text, || async { status(till).await["problem"].as_str().is_some_and(|problem| problem.contains(text)) })
        .await;
}

/// In other systems two machines with one id overwrite each other, and both report success.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_cloned_machines_must_enroll_and_loses_nothing() {
    let office = Office::open();
    let first = office.outlet();
    let till = admin(&first).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let mut sold = vec![sell(&till, &kopi, 22_000).await];
    synced(&till).await;
    // The image is made, and started, while the server runs.
    let other = Folder::new();
    office.folder.sqlite(&format!(".backup '{}'", other.file("pos.db").display()));
    std::fs::copy(office.folder.file("pos.db.secret"), other.file("pos.db.secret")).unwrap();
    sold.push(sell(&till, &kopi, 22_000).await);
    synced(&till).await;
    let url = office.url();
    let mut second = other.outlet(&office.link(&url));
    let copy = admin(&second).await;
    let mut at_copy = vec![sell(&copy, &kopi, 22_000).await];
    problem(&copy, "restored or cloned").await;
    at_copy.push(sell(&copy, &kopi, 22_000).await);
    let doctor = other.gerai_with(&["doctor"], &office.link(&url));
    assert!(doctor.code == Some(1) && doctor.out.contains("gerai enroll"), "{doctor:?}");
    sold.push(sell(&till, &kopi, 22_000).await);
    synced(&till).await;
    let hub = boss(&office.hub).await;
    assert_eq!(orders_at(&hub).await, totals(&sold), "the first one is not affected");

    // The copy becomes the outlet: the first one's key is invalid from then on.
    other.gerai(&["enroll", "--hub", &url, "--code", &office.new_code()]).ok();
    eventually("the copy's sales have arrived", || async {
        orders_at(&hub).await == totals(&[&sold[..], &at_copy].concat())
    })
    .await;
    eventually("the copy has the first one's sales", || async { other.sqlite("select count(*) from orders") == "5" })
        .await;
    sold.push(sell(&till, &kopi, 22_000).await);
    problem(&till, "The hub says").await;
    assert_eq!(second.terminate(), Some(0));
    // Now the first one becomes the outlet again.
    office.folder.gerai(&["enroll", "--hub", &url, "--code", &office.new_code()]).ok();
    sold.extend(at_copy);
    eventually("head office has all sales", || async { orders_at(&hub).await == totals(&sold) }).await;
    eventually("the outlet has all sales", || async { office.folder.sqlite("select count(*) from orders") == "6" })
        .await;
}

/// In other systems a new database under the old id sends rows that are mistaken for existing ones.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_with_an_old_key_sends_nothing_until_enrolled() {
    let office = Office::open();
    let url = office.url();
    let mut outlet = office.outlet();
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let mut sold = vec![sell(&till, &kopi, 22_000).await];
    synced(&till).await;
    assert_eq!(outlet.terminate(), Some(0));

    let new = Folder::new();
    let _outlet = new.outlet(&office.link(&url));
    let till = admin(&_outlet).await;
    let teh = product(&till, "Teh", 5_000).await;
    sold.push(sell(&till, &teh, 5_000).await);
    eventually("pushing stops", || async { new.sqlite("select stopped_code from sync_chain") == "epoch_mismatch" })
        .await;
    problem(&till, "gerai enroll").await;
    sold.push(sell(&till, &teh, 5_000).await);
    let hub = boss(&office.hub).await;
    assert_eq!(orders_at(&hub).await, totals(&sold[..1]));
    new.gerai(&["enroll", "--hub", &url, "--code", &office.new_code()]).ok();
    eventually("all sales have arrived", || async { orders_at(&hub).await == totals(&sold) }).await;
    eventually("the lost sales are restored", || async { new.sqlite("select count(*) from orders") == "3" }).await;
}
