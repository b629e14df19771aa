//! Offline import: a snapshot from head office's database to an outlet's, with the program alone.

use serde_json::json;
use testkit::eventually;

use crate::folder::{Folder, Office, admin, product, synced};

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_import_brings_the_menu_to_an_outlet() {
    let office = Office::open();
    let folder = &office.folder;
    let outlet = office.outlet();
    let till = admin(&outlet).await;
    product(&till, "Kopi Susu", 22_000).await;
    synced(&till).await;
    let output = folder.gerai(&["hub", "outlet", "snapshot", "--code", "JKT-001", "stick.zst", "--json"]).json();
    assert_eq!((&output["outlet_code"], &output["outlet_id"]), (&json!("JKT-001"), &office.added["outlet_id"]));
    assert!(output["entities"].as_i64().unwrap() >= 3 && output["bytes"].as_i64().unwrap() > 0, "{output}");
    let again = folder.gerai(&["hub", "outlet", "snapshot", "--code", "JKT-001", "stick.zst"]);
    assert!(again.refused().contains("exists already"), "{again:?}");
    let unknown = folder.gerai(&["hub", "outlet", "snapshot", "--code", "TIDAK-ADA", "x.zst"]);
    assert!(unknown.refused().contains("TIDAK-ADA"), "{unknown:?}");

    // The outlet, which has sent everything, exports the same content; importing it changes nothing.
    let url = office.url();
    let link = office.link(&url);
    let output = folder.gerai_with(&["sync", "snapshot", "export", "own.zst"], &link).ok();
    assert!(output.contains("saved and checked"), "{output}");
    eventually("the outlet has read its own changes", || async {
        folder.sqlite("select min(n) > 0 from sync_cursors") == "1"
    })
    .await;
    let output = folder.gerai_with(&["sync", "snapshot", "import", "own.zst"], &link).ok();
    assert!(output.contains("Nothing to do"), "{output}");
    let fresh = Folder::new();
    let id = office.of("outlet_id");
    let file = folder.file("stick.zst");
    fresh.outlet(&[]).terminate();
    let output = fresh.gerai_with(&["sync", "snapshot", "import", file.to_str().unwrap()], &[("OUTLET_ID", id)]).ok();
    assert!(output.contains("Not checked: who made the file") && !output.contains("Not applied"), "{output}");

    // A new machine without a connection, before the first start of its server and beside it.
    let other = Folder::new();
    std::fs::copy(folder.file("stick.zst"), other.file("stick.zst")).unwrap();
    let server = other.outlet(&[]);
    let without_id = other.gerai(&["sync", "snapshot", "import", "stick.zst"]);
    assert!(without_id.refused().contains("id is unknown"), "{without_id:?}");
    let wrong = other.gerai_with(&["sync", "snapshot", "import", "stick.zst"], &[("OUTLET_ID", "another")]);
    assert!(wrong.refused().contains("this outlet is another"), "{wrong:?}");
    let applied = other.gerai_with(&["sync", "snapshot", "import", "stick.zst", "--json"], &[("OUTLET_ID", id)]).json();
    assert_eq!(applied["applied"], json!({"shared": true, "owned": false}), "{applied}");
    let till = admin(&server).await;
    let menu = till.get("/api/v1/products").await;
    assert_eq!(menu.body["data"][0]["name"], "Kopi Susu", "{}", menu.text);
}
