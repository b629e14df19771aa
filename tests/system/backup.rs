//! `gerai backup` and `gerai restore`, and files restored by copying, for outlet and hub.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use serde_json::{Value, json};
use testkit::{Http, eventually, program};

use crate::folder::{Folder, Office, admin, boss, orders_at, product, sell, synced, totals};

async fn sell_numbered(till: &testkit::Http, product: &str, count: usize) -> Vec<String> {
    let mut numbers = Vec::new();
    for _ in 0..count {
        numbers.push(sell(till, product, 22_000).await["order_number"].as_str().unwrap().to_owned());
    }
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_online_and_restored_offline() {
    let folder = Folder::new();
    let missing = folder.gerai(&["backup", "cadangan.db"]);
    assert!(missing.refused().contains("pos.db"), "{missing:?}");
    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let mut used_numbers = sell_numbered(&till, &kopi, 2).await;
    let output = folder.gerai(&["backup", "cadangan.db"]).ok();
    assert!(output.contains("cadangan.db") && output.contains("2 orders") && output.contains("checked"), "{output}");
    assert!(folder.gerai(&["backup", "cadangan.db"]).refused().contains("already exists"));
    let again = folder.gerai(&["backup", "kedua.db", "--json"]).json();
    assert_eq!((&again["contents"]["orders"], &again["file"]), (&Value::from(2), &Value::from("kedua.db")));
    used_numbers.extend(sell_numbered(&till, &kopi, 3).await);
    let refused = folder.gerai(&["restore", "cadangan.db"]);
    assert!(refused.refused().contains("stop it first"), "{refused:?}");
    assert_eq!(outlet.terminate(), Some(0));

    let restored = folder.gerai(&["restore", "cadangan.db"]).ok();
    assert!(restored.contains("2 orders") && restored.contains("R1") && restored.contains("enrolled"), "{restored}");
    let previous =
        restored.lines().find_map(|line| line.strip_prefix("The database that was there is kept: ")).unwrap();
    assert_eq!(folder.sqlite_on(previous, "select count(*) from orders; pragma integrity_check;"), "5\nok");

    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    for number in sell_numbered(&till, &kopi, 4).await {
        assert!(number.contains("-R1-") && !used_numbers.contains(&number), "{number}");
    }
    let problem = till.get("/api/v1/sync/status").await.data()["problem"].clone();
    assert!(problem.as_str().unwrap().contains("restored from a copy"), "{problem}");
    let doctor = folder.gerai(&["doctor"]);
    assert!(doctor.code == Some(1) && doctor.out.contains("restored from a copy"), "{doctor:?}");
    outlet.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_database_file_stops_sales_and_is_reported() {
    let folder = Folder::new();
    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    sell_numbered(&till, &kopi, 2).await;
    folder.gerai(&["backup", "cadangan.db"]).ok();
    sell_numbered(&till, &kopi, 1).await;
    assert!(!folder.gerai(&["doctor"]).out.contains("!!  database_replaced"));
    std::fs::rename(folder.file("cadangan.db"), folder.file("pos.db")).unwrap();
    let order = json!({"lines": [{"product_id": kopi, "qty": 1}]});
    assert_eq!(till.post("/api/v1/orders", &order).await.refusal(), (503, "database_replaced"));
    assert!(folder.gerai(&["doctor"]).out.contains("The database file was replaced while the server ran"));
    assert_eq!(folder.sqlite_on("pos.db.unlinked-1", "select count(*) from orders; pragma integrity_check;"), "3\nok");
    outlet.terminate();
    // The copy of the server's data is the right one.
    std::fs::rename(folder.file("pos.db.unlinked-1"), folder.file("pos.db")).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.file(&format!("pos.db{suffix}")));
    }
    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    assert_eq!(till.get("/api/v1/orders").await.data().as_array().unwrap().len(), 3);
    assert!(till.get("/api/v1/sync/status").await.data()["problem"].is_null());
    // A removed file is restored, and is the file that the server has open.
    std::fs::remove_file(folder.file("pos.db")).unwrap();
    sell_numbered(&till, &kopi, 1).await;
    assert_eq!(folder.sqlite("select count(*) from orders"), "4");
    assert!(!folder.gerai(&["doctor"]).out.contains("!!  database_replaced"));
    outlet.terminate();
}

#[test]
fn a_restore_reports_a_backup_of_another_outlet() {
    let folder = Folder::new();
    drop(folder.outlet(&[]));
    let name = |code: &str| {
        folder.sqlite(&format!("update outlet_config set outlet_id = '{code}-id', outlet_code = '{code}'"))
    };
    name("JKT-001");
    assert!(folder.gerai(&["backup", "cadangan.db"]).ok().contains("of the outlet JKT-001"));
    assert!(!folder.gerai(&["restore", "cadangan.db"]).ok().contains("Attention"));
    name("BDG-002");
    let restored = folder.gerai(&["restore", "cadangan.db"]).ok();
    assert!(restored.contains("is of the outlet BDG-002, and this backup is of JKT-001"), "{restored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_restored_after_a_power_cut_are_detected() {
    let folder = Folder::new();
    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let mut used_numbers = sell_numbered(&till, &kopi, 2).await;
    folder.gerai(&["backup", "cadangan.db"]).ok();
    used_numbers.extend(sell_numbered(&till, &kopi, 3).await);
    // A second or two later, as operating.md says.
    testkit::eventually("the high-water mark includes the sales", || async {
        let seq = folder.sqlite("select seq from sync_context");
        std::fs::read_to_string(folder.file("pos.db.high-water")).unwrap().contains(&format!("\"seq\":{seq},"))
    })
    .await;
    outlet.kill();
    std::fs::copy(folder.file("cadangan.db"), folder.file("pos.db")).unwrap();
    for log in ["pos.db-wal", "pos.db-shm"] {
        let _ = std::fs::remove_file(folder.file(log));
    }
    let mut outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    for number in sell_numbered(&till, &kopi, 4).await {
        assert!(number.contains("-R1-") && !used_numbers.contains(&number), "{number}");
    }
    let log = std::fs::read_to_string(folder.file("outlet.log")).unwrap();
    assert!(log.contains("it was restored from a copy"), "{log}");
    assert!(folder.gerai(&["sync", "status"]).ok().contains("restored from a copy"));
    outlet.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_hub_receives_what_its_online_backup_lacks() {
    let mut office = Office::open();
    let missing = office.folder.gerai(&["hub", "restore", "tidak-ada.db"]);
    assert!(missing.refused().contains("tidak-ada.db does not exist"), "{missing:?}");
    let outlet = office.outlet();
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    let mut sold = vec![sell(&till, &kopi, 22_000).await];
    synced(&till).await;
    let output = office.folder.gerai(&["hub", "backup", "cadangan.db"]).ok();
    assert!(output.contains("1 outlet, 1 order") && output.contains("checked"), "{output}");
    assert!(office.folder.gerai(&["hub", "backup", "cadangan.db"]).refused().contains("already exists"));
    let again = office.folder.gerai(&["hub", "backup", "kedua.db", "--json"]).json();
    assert_eq!((&again["contents"]["orders"], &again["file"]), (&json!(1), &json!("kedua.db")));
    let rights = std::fs::metadata(office.folder.file("cadangan.db")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&rights.permissions()) & 0o777, 0o600);

    for _ in 0..3 {
        sold.push(sell(&till, &kopi, 22_000).await);
    }
    synced(&till).await;
    let before = boss(&office.hub).await;
    before.call("PATCH", &format!("/v1/hq/products/{kopi}"), &json!({"price": 30_000})).await.data();
    let price = async || till.get(&format!("/api/v1/products/{kopi}")).await.data()["price"].as_i64();
    eventually("the price is at the outlet", || async { price().await == Some(30_000) }).await;
    let refused = office.folder.gerai(&["hub", "restore", "cadangan.db"]);
    assert!(refused.refused().contains("is in use; stop the hub"), "{refused:?}");
    assert_eq!(orders_at(&before).await.len(), 4, "the hub keeps running");
    assert!(office.folder.gerai(&["hub", "restore", "pos.db"]).refused().contains("pos.db"), "not a hub database");

    let address = office.close_hub();
    assert!(office.folder.gerai(&["hub", "restore", "hub.db"]).refused().contains("is the database itself"));
    let restored = office.folder.gerai(&["hub", "restore", "cadangan.db"]).ok();
    assert!(restored.contains("1 order,") && restored.contains("Start the hub"), "{restored}");
    let previous =
        restored.lines().find_map(|line| line.strip_prefix("The database that was there is kept: ")).unwrap();
    assert_eq!(office.folder.sqlite_on(previous, "select count(*) from sales; pragma integrity_check;"), "4\nok");
    assert_eq!(office.folder.sqlite_on("hub.db", "select count(*) from sales"), "1");

    office.hub = office.folder.hub_at(&address);
    assert_eq!(before.get("/v1/hq/orders").await.refusal(), (401, "unauthorized"), "all sessions ended");
    let hub = boss(&office.hub).await;
    eventually("later orders are sent again", || async { orders_at(&hub).await.len() == 4 }).await;
    sold.push(sell(&till, &kopi, price().await.unwrap()).await);
    synced(&till).await;
    assert_eq!(orders_at(&hub).await, totals(&sold));
    // Head office's changes after the backup are lost, at both sides.
    eventually("both sides have the price of the backup", || async {
        let hub_price = hub.get(&format!("/v1/hq/products/{kopi}")).await.data()["price"].as_i64();
        (price().await, hub_price) == (Some(22_000), Some(22_000))
    })
    .await;
}

#[test]
fn a_restore_through_a_link_replaces_the_file_and_not_the_link() {
    let folder = Folder::new();
    for (name, option, table) in [("pos.db", "--db", "categories"), ("hub.db", "--database", "outlets")] {
        let link = format!("link-{name}");
        let (backup, restore): (&[&str], &[&str]) = match name {
            "pos.db" => (&["backup"], &["restore"]),
            _ => (&["hub", "backup"], &["hub", "restore"]),
        };
        if name == "pos.db" {
            folder.outlet(&[]).terminate();
        } else {
            folder.add_outlet("JKT-001");
        }
        std::fs::create_dir(folder.file(&format!("disk-{name}"))).unwrap();
        std::fs::rename(folder.file(name), folder.file(&format!("disk-{name}/data.db"))).unwrap();
        symlink(format!("disk-{name}/data.db"), folder.file(&link)).unwrap();
        let database = if name == "pos.db" { link.clone() } else { format!("sqlite:{link}") };
        let run = |command: &[&str], file: &str| folder.gerai(&[command, &[file, option, &database]].concat());
        run(backup, &format!("copy-{name}")).ok();
        let real = folder.file(&format!("disk-{name}/data.db"));
        let before = std::fs::metadata(&real).unwrap().ino();
        let hard = format!("hard-{name}");
        std::fs::hard_link(&real, folder.file(&hard)).unwrap();
        for itself in [&link, &hard] {
            assert!(run(restore, itself).refused().contains("is the database itself"), "{itself}");
        }
        run(restore, &format!("copy-{name}")).ok();
        assert!(std::fs::symlink_metadata(folder.file(&link)).unwrap().is_symlink(), "{name}");
        assert_ne!(std::fs::metadata(&real).unwrap().ino(), before, "{name}");
        folder.sqlite_on(&link, &format!("select count(*) from {table}"));
        let previous =
            std::fs::read_dir(folder.file(&format!("disk-{name}"))).unwrap().map(|file| file.unwrap().file_name());
        assert!(previous.into_iter().any(|file| file.to_str().unwrap().starts_with("data.db.replaced-")), "{name}");
    }
}

#[test]
fn a_backup_is_never_made_through_a_link() {
    let folder = Folder::new();
    folder.outlet(&[]).terminate();
    folder.write("precious", "p");
    symlink(folder.file("precious"), folder.file("link.db")).unwrap();
    symlink(folder.file("not-there"), folder.file("dangling.db")).unwrap();
    for name in ["link.db", "dangling.db", "pos.db", "/dev/full"] {
        assert!(folder.gerai(&["backup", name]).refused().contains("already exists"), "{name}");
    }
    assert_eq!(std::fs::read_to_string(folder.file("precious")).unwrap(), "p");
    assert!(!folder.file("not-there").exists());
}

/// `sudo gerai …` beside a service with its own user: all files belong to that user. Only root can run this test.
#[test]
fn files_made_by_root_belong_to_the_service_user() {
    let folder = Folder::new();
    folder.outlet(&[]).terminate();
    folder.add_outlet("JKT-001");
    let chown = |path: &Path| program("chown").args(["-R", "nobody"]).arg(path).status().unwrap().success();
    if std::fs::metadata(folder.path()).unwrap().uid() != 0 || !chown(folder.path()) {
        println!("this user may not change the owner of files");
        return;
    }
    let nobody = std::fs::metadata(folder.path()).unwrap().uid();
    std::fs::set_permissions(folder.file("pos.db"), std::fs::Permissions::from_mode(0o640)).unwrap();
    folder.gerai(&["backup", "pos-copy.db"]).ok();
    folder.gerai(&["restore", "pos-copy.db"]).ok();
    assert_eq!(std::fs::metadata(folder.file("pos.db")).unwrap().mode() & 0o777, 0o640, "unchanged");
    folder.gerai(&["hub", "backup", "hub-copy.db"]).ok();
    folder.gerai(&["hub", "restore", "hub-copy.db"]).ok();
    // New files: at an unused path, and those of the first command.
    folder.gerai(&["restore", "pos-copy.db", "--db", "new.db"]).ok();
    folder.gerai(&["hub", "outlet", "list", "--database", "sqlite:new-hub.db"]).ok();
    let at = ["enroll", "--hub", "http://127.0.0.1:9/v1", "--code", "AAAA-AAAA-AAAA", "--db", "enrolled.db"];
    folder.gerai(&at).refused();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let metadata = file.metadata().unwrap();
        // A backup belongs to its maker.
        assert!(metadata.uid() == nobody || name.ends_with("-copy.db"), "{name} belongs to {}", metadata.uid());
        if metadata.is_file() && !name.ends_with(".log") && name != "pos.db" && !name.starts_with("pos.db.replaced") {
            assert_eq!(metadata.mode() & 0o777, 0o600, "{name}");
        }
    }
    for file in ["new.db", "new-hub.db.secret", "enrolled.db", "enrolled.db.secret", "enrolled.db.high-water"] {
        assert!(folder.file(file).exists(), "{file}");
    }
}

/// A backup may come from anybody: a restore copies its rows, and no other objects.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_objects_in_a_backup_are_omitted_and_reported() {
    let folder = Folder::new();
    let outlet = folder.outlet(&[]);
    let till = admin(&outlet).await;
    let kopi = product(&till, "Kopi Susu", 22_000).await;
    till.post("/api/v1/users", &json!({"username": "kasir", "role": "cashier", "pin": "550155"})).await.data();
    sell(&till, &kopi, 22_000).await;
    folder.gerai(&["backup", "good.db"]).ok();
    drop(outlet);
    let tampered = |name: &str, sql: &str| {
        std::fs::copy(folder.file("good.db"), folder.file(name)).unwrap();
        folder.sqlite_on(name, sql);
        let target = format!("from-{name}");
        (folder.gerai(&["restore", name, "--db", &target]), target)
    };
    let (restored, target) = tampered(
        "triggers.db",
        "create trigger helper after update on sign_ins begin update users set role = 'admin'; end;
         create view spy as select * from users; create table notes (x); create virtual table v using fts5(x);",
    );
    let output = restored.ok();
    for thing in ["trigger helper", "view spy", "table notes", "virtual table v"] {
        assert!(output.contains(thing), "{thing}: {output}");
    }
    assert_eq!(
        folder.sqlite_on(&target, "select count(*) from sqlite_master where name in ('helper', 'spy', 'notes')"),
        "0"
    );
    let server = folder.outlet(&[("DB_PATH", &target)]);
    let body = json!({"username": "kasir", "password": "550155"});
    let logged_in = Http::new(&server.url).post("/api/v1/auth/login", &body).await;
    assert_eq!(logged_in.data()["user"]["role"], "cashier");
    drop(server);

    let endless = "create trigger e after update on schema_migrations begin insert into schema_migrations (version, name)
        select value, 'x' from (with recursive c (value) as (select 1 union all select value + 1 from c) select value from c
        where value > 1e18); end;";
    for (name, sql, expected) in [
        ("endless.db", endless, "trigger e on schema_migrations"),
        (
            "view.db",
            "alter table customers rename to c2; create view customers as select * from c2",
            "no table customers",
        ),
        (
            "columns.db",
            "drop table payments; create table payments (order_id text, id text, method text)",
            "no column amount in its table payments",
        ),
    ] {
        let (refused, target) = tampered(name, sql);
        assert!(refused.refused().contains(expected), "{refused:?}");
        assert!(!folder.file(&target).exists(), "{target}");
    }
    assert!(folder.gerai(&["doctor", "--db", "endless.db"]).refused().contains("trigger e on schema_migrations"));

    // Doctor reports foreign objects in the running database.
    let helper = "create trigger helper after insert on payments begin update orders set customer_name = 'x'; end;
        insert into users (id, username, name, role, pin_hash) values
          ('00000000-0000-7000-8000-000000000001', 'rusak', 'Rusak', 'manager', 'no hash');";
    folder.sqlite_on(&target, helper);
    let doctor = folder.gerai(&["doctor", "--db", &target]);
    assert!(doctor.code == Some(1) && doctor.out.contains("helper on payments"), "{doctor:?}");
}

/// The same at head office; omitted rows are counted and listed.
#[test]
fn a_hub_restore_copies_only_rows_and_counts_them() {
    let folder = Folder::new();
    folder.add_outlet("JKT-001");
    folder.add_boss();
    folder.gerai(&["hub", "backup", "good.db"]).ok();
    let tampered = |sql: &str| {
        std::fs::copy(folder.file("good.db"), folder.file("bad.db")).unwrap();
        folder.sqlite_on("bad.db", sql);
        let result = folder.gerai(&["hub", "restore", "bad.db", "--json"]);
        std::fs::remove_file(folder.file("bad.db")).unwrap();
        result
    };
    let restored = tampered(
        "pragma ignore_check_constraints = on; update hq_users set role = 'emperor' where username = 'boss';
         create trigger helper after update on hq_users begin update hq_users set role = 'admin'; end;",
    )
    .json();
    assert_eq!(restored["rebuilt"]["left_out"], json!(["trigger helper on hq_users"]), "{restored}");
    let tables = restored["rebuilt"]["tables"].as_array().unwrap();
    let of = |name: &str| tables.iter().find(|table| table["table"] == name).unwrap();
    assert_eq!(of("outlets")["taken"], 1, "{restored}");
    assert_eq!((&of("hq_users")["found"], &of("hq_users")["taken"]), (&json!(2), &json!(1)), "{restored}");
    assert!(of("hq_users")["refused"][0].as_str().unwrap().contains("CHECK constraint failed"), "{restored}");
    assert_eq!(folder.sqlite_on("hub.db", "select count(*) from sqlite_master where type = 'trigger'"), "0");

    let before = folder.dump("hub.db");
    for (sql, expected) in [
        ("alter table outlets drop column name", "no column name in its table outlets"),
        ("create trigger e after update on schema_migrations begin select 1; end", "trigger e on schema_migrations"),
    ] {
        assert!(tampered(sql).refused().contains(expected), "{sql}");
        assert_eq!(folder.dump("hub.db"), before, "{sql}");
    }
}

/// The restore queues changes missed by a dropped trigger, like a start.
#[test]
fn a_restore_queues_changes_missed_by_a_dropped_trigger() {
    let folder = Folder::new();
    folder.outlet(&[]).terminate();
    folder.sqlite(
        "drop trigger sync_products_insert; insert into products (id, name, price) values ('p1', 'Kopi', 5000);",
    );
    assert_eq!(folder.sqlite("select count(*) from sync_state where entity_id = 'p1'"), "0");
    folder.gerai(&["backup", "copy.db"]).ok();
    folder.sqlite_on("copy.db", "drop trigger if exists sync_products_insert");
    folder.gerai(&["restore", "copy.db"]).ok();
    assert_eq!(folder.sqlite("select status from sync_state where entity_id = 'p1'"), "pending");
}
