//! Snapshots: one file instead of many ranges, over a broken connection, on a USB stick, and invalid files.

use std::io::Write;
use std::path::{Path, PathBuf};

use hub::outlets::{self, Added};
use outlet::SyncEnv;
use outlet::local_admin::LocalAdmin;
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::cursor::{Cursor, StreamPosition};
use protocol::snapshot::{End, FORMAT, Head, MAX_LINE_BYTES, SnapshotLine, hex};
use protocol::updates::{OwnedDocument, Update};
use protocol::wire::{EntityRef, Epoch, Token};
use replica::chain::chain;
use replica::engine::enroll;
use replica::error::QueueError;
use replica::progress::cursor;
use replica::progress::range::{Scope, begin as begin_comparison, running_comparison};
use replica::progress::snapshot::Parts;
use replica::snapshot::apply::{StepResult, apply};
use replica::snapshot::read::{Limits, Part, SnapshotRefused, Steps, check, check_within};
use rusqlite::{Connection, Transaction};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use testkit::{Fault, Mutants, Proxy, TestHub, TestOutlet, eventually, linked};
use web::time;

// Files

fn document(fields: Value) -> Map<String, Value> {
    let Value::Object(fields) = fields else { panic!("no object") };
    fields
}

fn shared(entity_type: &str, id: &str, n: i64, fields: Value) -> SnapshotLine {
    SnapshotLine::Shared(Update {
        of: EntityRef { entity_type: entity_type.into(), entity_id: id.into() },
        token: Token { n, change_id: format!("c{n}") },
        deleted: false,
        document: document(fields),
        changed_by: "hq:rina".into(),
        changed_at: "2026-11-22T19:40:39.672Z".into(),
        by_outlet: None,
        unreadable: None,
    })
}

fn product(id: &str, n: i64, price: i64) -> SnapshotLine {
    let document = json!({"id": id, "code": null, "barcode": null, "name": "Kopi", "category_id": null, "price": price,
        "tax_group": "pbjt", "station": "bar", "available": true});
    shared("product", id, n, document)
}

fn table(id: &str, version: i64) -> SnapshotLine {
    SnapshotLine::Owned(OwnedDocument {
        of: EntityRef { entity_type: "table".into(), entity_id: id.into() },
        epoch_number: 1,
        version,
        document: Some(document(json!({"id": id, "name": "Meja", "area": null, "seats": null, "active": true}))),
        unreadable: None,
    })
}

fn head(epoch: Epoch) -> Head {
    let place = |n| StreamPosition { n, row_id: format!("row{n}") };
    let cursor = Cursor { catalog: place(900), outlet: place(7) }.to_string();
    let (outlet_id, made_at) = ("outlet-1".to_owned(), "2026-11-22T19:40:39.672Z".to_owned());
    Head { gerai_snapshot: FORMAT, outlet_id, made_at, cursor, epoch, batch_no: 0, batch_id: None }
}

fn other_epoch() -> Epoch {
    Epoch { number: 1, id: "another".into() }
}

/// The text of a whole file.
fn text(head: &Head, lines: &[SnapshotLine]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    with_end(&serde_json::to_string(head).unwrap(), &lines)
}

/// These lines with the matching end line, whatever they contain.
fn with_end(head: &str, lines: &[String]) -> String {
    let text = format!("{head}\n{}", lines.iter().map(|line| format!("{line}\n")).collect::<String>());
    let count = |owned: bool| lines.iter().filter(|line| line.starts_with("{\"owned\"") == owned).count() as u64;
    let sha256 = hex(&Sha256::digest(text.as_bytes()));
    let end = SnapshotLine::End(End { shared: count(false), owned: count(true), sha256 });
    text + &serde_json::to_string(&end).unwrap() + "\n"
}

fn pack(text: &[u8]) -> Vec<u8> {
    let mut packed = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    packed.include_checksum(true).unwrap();
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

// An outlet's database without a server

struct Shop {
    dir: testkit::Scratch,
    db: Connection,
}

impl Shop {
    fn new() -> Self {
        let dir = testkit::Scratch::new();
        let path = dir.path().join("pos.db");
        let db = sqlite::open(&path, &replica::capture::schema::SCHEMA).unwrap();
        db.execute_batch(
            "update outlet_config set outlet_id = 'outlet-1';
             update sync_state set status = 'success', acked_version = version",
        )
        .unwrap();
        Self { dir, db }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("pos.db")
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join("usb.zst");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn write(&self, head: &Head, lines: &[SnapshotLine]) -> PathBuf {
        self.file(&pack(text(head, lines).as_bytes()))
    }

    fn tx<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T, QueueError>) -> T {
        let tx = self.db.transaction().unwrap();
        let result = work(&tx).unwrap();
        tx.commit().unwrap();
        result
    }

    fn int(&self, sql: &str) -> i64 {
        self.db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn run(&self, sql: &str) {
        self.db.execute_batch(sql).unwrap();
    }

    fn dirty(&self) -> i64 {
        self.int("select count(*) from sync_state where version > acked_version")
    }

    fn cursor(&mut self) -> Cursor {
        self.tx(cursor::cursor)
    }

    fn epoch(&mut self) -> Epoch {
        self.tx(|tx| Ok(chain(tx)?.epoch))
    }

    /// Like `gerai sync snapshot import`.
    fn import(&self, file: &Path) -> Result<Parts, String> {
        let admin = LocalAdmin::open(&self.path(), SyncEnv::default()).unwrap();
        admin.import_snapshot(file, &mut |_, _| ()).map(|found| found.parts).map_err(|error| error.to_string())
    }

    /// Applies the first steps of a file; returns the result of the last one.
    fn steps(&mut self, file: &Path, count: usize) -> StepResult {
        let checked = check(file, "outlet-1").unwrap();
        let mut steps = Steps::open(file).unwrap();
        let mut result = StepResult::Replaced;
        for _ in 0..count {
            let step = steps.next_step().unwrap();
            result = self.tx(|tx| apply(tx, &checked.head, &checked.end.sha256, &step, time::now()));
            if result != StepResult::Applied {
                break;
            }
        }
        result
    }

    fn nothing_was_applied(&mut self) {
        assert_eq!(self.cursor(), Cursor::default());
        assert_eq!(self.int("select count(*) from products"), 0);
        assert_eq!(self.int("select count(*) from sync_snapshot"), 0);
        let remaining: Vec<_> = std::fs::read_dir(self.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(!remaining.iter().any(|name| name.to_str().unwrap().contains("snapshot")), "{remaining:?}");
    }
}

#[test]
fn a_snapshot_is_applied_whole_and_not_sent_back() {
    let mut shop = Shop::new();
    let mut lines: Vec<SnapshotLine> = (0..450).map(|n| product(&format!("p{n:03}"), 3, n)).collect();
    lines.push(shared(
        "customer",
        "c1",
        1,
        json!({"id": "c1", "name": "Budi", "phone": null, "email": null, "note": null}),
    ));
    let file = shop.write(&head(other_epoch()), &lines);
    assert_eq!(shop.import(&file), Ok(Parts { shared: true, owned: false }));
    assert_eq!(shop.int("select count(*) from products"), 450);
    assert_eq!(shop.int("select count(*) from customers"), 1);
    assert_eq!(shop.dirty(), 0);
    assert_eq!((shop.cursor().catalog.n, shop.cursor().outlet.n), (900, 7));
    assert_eq!(shop.import(&file), Ok(Parts { shared: false, owned: false }), "known versions are not applied");
    assert!(!replica::progress::snapshot::file(&shop.path()).exists());
}

#[test]
fn a_crash_between_two_steps_skips_and_repeats_none() {
    let mut shop = Shop::new();
    let lines: Vec<SnapshotLine> = (0..900).map(|n| product(&format!("p{n:03}"), 3, n)).collect();
    let file = shop.write(&head(other_epoch()), &lines);
    let checked = check(&file, "outlet-1").unwrap();
    shop.tx(|tx| replica::progress::snapshot::begin(tx, &checked.head, &checked.end.sha256, time::now()));
    assert_eq!(shop.steps(&file, 2), StepResult::Applied);
    assert_eq!((shop.int("select count(*) from products"), shop.cursor()), (400, Cursor::default()));
    // Sold out meanwhile: applied lines are not applied again.
    shop.run("update products set available = 0 where id = 'p000'");
    assert_eq!(shop.import(&file), Ok(Parts { shared: true, owned: false }), "the same file continues");
    assert_eq!(shop.int("select count(*) from products"), 900);
    assert_eq!(shop.int("select count(*) from products where available = 0"), 1);
    assert_eq!((shop.dirty(), shop.cursor().catalog.n), (1, 900));
}

#[test]
fn concurrent_imports_of_one_snapshot_do_not_interfere() {
    let mut shop = Shop::new();
    let lines: Vec<SnapshotLine> = (0..500).map(|n| product(&format!("p{n:03}"), 3, n)).collect();
    let file = shop.write(&head(other_epoch()), &lines);
    let checked = check(&file, "outlet-1").unwrap();
    shop.tx(|tx| replica::progress::snapshot::begin(tx, &checked.head, &checked.end.sha256, time::now()));
    assert_eq!(shop.steps(&file, 2), StepResult::Applied);
    assert_eq!(shop.steps(&file, 1), StepResult::Applied, "repeating the first step changes nothing");
    let other = shop.dir.path().join("other.zst");
    std::fs::write(&other, pack(text(&head(other_epoch()), &lines[..3]).as_bytes())).unwrap();
    assert!(shop.import(&other).unwrap_err().contains("another snapshot is being applied"));
    assert_eq!(shop.steps(&file, 9), StepResult::Finished);
    assert_eq!(shop.steps(&file, 9), StepResult::Replaced);
    assert_eq!(shop.int("select count(*) from products"), 500);
}

#[test]
fn rows_missing_at_the_hub_are_requeued_and_others_untouched() {
    let mut shop = Shop::new();
    let before: Vec<SnapshotLine> = ["p1", "p2", "p3"].iter().map(|id| product(id, 5, 10)).collect();
    let first = shop.write(&head(other_epoch()), &before);
    shop.import(&first).unwrap();
    shop.run(
        "insert into categories (id, name) values ('k1', 'Kopi');
         insert into sync_bases (entity_type, entity_id, token_n, change_id, document) values
           ('category', 'k1', 1, 'x', '{\"name\": \"Kopi\", \"position\": 0, \"deleted\": false}');
         update sync_state set status = 'success', acked_version = version;
         update products set price = 11 where id = 'p3';
         update sync_bases set token_n = 6, change_id = 'b9/0', awaits_stream = 1, document = json_set(document, '$.price', 11)
           where entity_id = 'p3';
         update sync_state set status = 'success', acked_version = version;",
    );
    // The hub was restored: it has lost p2 and every category, and has an older p1. p3 was just pushed.
    shop.tx(|tx| begin_comparison(tx, Scope::Shared, time::now()));
    let file = shop.write(&head(other_epoch()), &[product("p1", 4, 9), product("p3", 5, 10)]);
    assert_eq!(shop.import(&file), Ok(Parts { shared: true, owned: false }));
    assert_eq!(shop.int("select price from products where id = 'p1'"), 9);
    assert_eq!(shop.int("select price from products where id = 'p3'"), 11, "the file is older than the reply");
    assert_eq!(
        shop.int("select awaits_stream from sync_bases where entity_id = 'p3'"),
        1,
        "it is compared at the head"
    );
    let pending = "select group_concat(entity_id) from (select entity_id from sync_state where version > acked_version order by 1)";
    assert_eq!(shop.db.query_row(pending, [], |row| row.get::<_, String>(0)).unwrap(), "k1,p2");
    assert_eq!(shop.tx(|tx| running_comparison(tx, Scope::Shared)), None);
}

#[test]
fn owned_documents_count_in_their_epoch_only() {
    for same_epoch in [true, false] {
        let mut shop = Shop::new();
        let epoch = if same_epoch { shop.epoch() } else { other_epoch() };
        shop.run("insert into tables (id, name) values ('t9', 'Meja 9')");
        shop.run("update sync_state set status = 'success', acked_version = version");
        shop.tx(|tx| begin_comparison(tx, Scope::Rejoin, time::now()));
        let file = shop.write(&head(epoch), &[product("p1", 1, 5), table("t1", 4), table("t2", 2)]);
        assert_eq!(shop.import(&file), Ok(Parts { shared: true, owned: same_epoch }));
        assert_eq!(shop.int("select count(*) from products"), 1);
        assert_eq!(shop.int("select count(*) from tables"), if same_epoch { 3 } else { 1 });
        let running = shop.tx(|tx| running_comparison(tx, Scope::Rejoin));
        assert_eq!(running.is_none(), same_epoch, "without the file it continues by ranges");
        assert_eq!(shop.dirty(), i64::from(same_epoch), "t9, which the hub lacks");
        assert_eq!(shop.int("select count(*) from sqlite_master where name like 'reconcile%'"), 0);
    }
}

#[test]
fn steps_are_small_and_cover_all_ids() {
    let shop = Shop::new();
    let mut lines: Vec<SnapshotLine> = (0..201).map(|n| product(&format!("p{n:03}"), 1, n)).collect();
    lines.push(table("t1", 1));
    let file = shop.write(&head(other_epoch()), &lines);
    let mut steps = Steps::open(&file).unwrap();
    let mut seen = Vec::new();
    loop {
        let step = steps.next_step().unwrap();
        let end = match &step.part {
            Part::Shared(s) => {
                seen.push((step.lines, s.after.entity_id.clone(), s.to.entity_type.clone()));
                continue;
            }
            Part::Owned(s) => {
                seen.push((step.lines, s.after.entity_id.clone(), s.to.entity_type.clone()));
                continue;
            }
            Part::End { shared, owned } => (shared.len(), owned.len()),
        };
        assert_eq!(end, (1, 1));
        break;
    }
    let step = |lines, after: &str, to: &str| (lines, after.to_owned(), to.to_owned());
    assert_eq!(seen, [step(200, "", "product"), step(1, "p199", "product\0"), step(1, "", "table\0")]);
}

// Invalid files

fn refused(file: &Path) -> &'static str {
    check(file, "outlet-1").unwrap_err().code()
}

#[test]
fn a_truncated_snapshot_is_rejected_whole() {
    let mut shop = Shop::new();
    let lines: Vec<SnapshotLine> = (0..60).map(|n| product(&format!("p{n:03}"), 1, n)).collect();
    let text = text(&head(other_epoch()), &lines);
    let packed = pack(text.as_bytes());
    for length in (0..packed.len()).step_by(7).chain([packed.len() - 1]) {
        let file = shop.file(&packed[..length]);
        let code = refused(&file);
        assert!(["snapshot_truncated", "not_a_snapshot"].contains(&code), "{length}: {code}");
        assert!(length < packed.len() - 20 || shop.import(&file).unwrap_err().contains("cut off"), "{length}");
    }
    // A valid frame around a text that ends early.
    for length in [text.len() - 1, text.len() - 20, text.rfind("{\"end\"").unwrap()] {
        let file = shop.file(&pack(&text.as_bytes()[..length]));
        assert_eq!(refused(&file), "snapshot_truncated", "{length}");
    }
    shop.nothing_was_applied();
    let valid = shop.file(&packed);
    assert_eq!(shop.import(&valid), Ok(Parts { shared: true, owned: false }), "and a valid file is accepted");
}

#[test]
fn an_altered_snapshot_is_rejected_whole() {
    let mut shop = Shop::new();
    let lines: Vec<SnapshotLine> = (0..60).map(|n| product(&format!("p{n:03}"), 1, n)).collect();
    let text = text(&head(other_epoch()), &lines);
    let packed = pack(text.as_bytes());
    for at in (8..packed.len()).step_by(5) {
        let mut bytes = packed.clone();
        bytes[at] ^= 0x10;
        let code = refused(&shop.file(&bytes));
        assert!(["snapshot_altered", "snapshot_truncated", "not_a_snapshot"].contains(&code), "{at}: {code}");
    }
    // Compressed again after somebody edited it.
    for (from, to) in [("\"price\":7,", "\"price\":8,"), ("\"shared\":60,", "\"shared\":61,"), ("row900", "row901")] {
        assert!(text.contains(from), "{from}");
        let file = shop.file(&pack(text.replacen(from, to, 1).as_bytes()));
        assert_eq!(refused(&file), "snapshot_altered", "{from}");
        assert!(shop.import(&file).unwrap_err().contains("altered"));
    }
    assert_eq!(refused(&shop.file(&[packed.as_slice(), b"tail"].concat())), "snapshot_altered");
    let more = pack(format!("{text}{{}}\n").as_bytes());
    assert_eq!(refused(&shop.file(&more)), "snapshot_altered");
    let disorder = [product("p2", 1, 1), product("p1", 1, 1)];
    assert_eq!(refused(&shop.write(&head(other_epoch()), &disorder)), "snapshot_altered");
    shop.nothing_was_applied();
}

#[test]
fn a_snapshot_of_another_outlet_is_rejected() {
    let mut shop = Shop::new();
    let other = Head { outlet_id: "outlet-2".into(), ..head(other_epoch()) };
    let file = shop.write(&other, &[product("p1", 1, 1)]);
    assert_eq!(refused(&file), "other_outlet");
    let words = shop.import(&file).unwrap_err();
    assert!(words.contains("outlet-2") && words.contains("outlet-1"), "{words}");
    shop.nothing_was_applied();
    shop.run("update outlet_config set outlet_id = null");
    assert!(shop.import(&file).unwrap_err().contains("outlet's id is unknown"));
}

#[test]
fn a_snapshot_of_a_newer_hub_is_rejected_with_advice() {
    let mut shop = Shop::new();
    let newer = format!("{{\"gerai_snapshot\": {}, \"everything\": \"else\"}}\n", FORMAT + 1);
    let file = shop.file(&pack(newer.as_bytes()));
    assert_eq!(refused(&file), "newer_format");
    assert!(shop.import(&file).unwrap_err().contains("upgrade the outlet"));
    shop.nothing_was_applied();
}

#[test]
fn an_invalid_file_is_rejected_as_a_snapshot() {
    let mut shop = Shop::new();
    let database = std::fs::read(shop.path()).unwrap();
    for bytes in
        [&b"hello"[..], &database, &pack(b""), &pack(b"hello\n"), &pack(b"{}\n"), &pack(b"{\"gerai_snapshot\": 1}\n")]
    {
        let file = shop.file(bytes);
        assert_eq!(refused(&file), "not_a_snapshot", "{:?}", &bytes[..bytes.len().min(20)]);
        assert!(shop.import(&file).unwrap_err().contains("not a snapshot"));
    }
    shop.nothing_was_applied();
    assert!(shop.import(Path::new("/nowhere/x.zst")).unwrap_err().contains("/nowhere/x.zst"));
}

#[test]
fn a_decompression_bomb_is_rejected_before_it_is_unpacked() {
    let mut shop = Shop::new();
    let mut text = (serde_json::to_string(&head(other_epoch())).unwrap() + "\n").into_bytes();
    text.resize(text.len() + MAX_LINE_BYTES + 10, b' ');
    let bomb = pack(&text);
    assert!(bomb.len() < 100_000);
    let file = shop.file(&bomb);
    assert!(matches!(check(&file, "outlet-1"), Err(SnapshotRefused::TooLarge)));
    assert!(shop.import(&file).unwrap_err().contains("larger than any outlet's"));
    shop.nothing_was_applied();
}

#[test]
fn a_snapshot_has_limits_for_bytes_and_entities() {
    let shop = Shop::new();
    let file = shop.write(&head(other_epoch()), &[product("p1", 1, 1), product("p2", 1, 1), table("t1", 1)]);
    let packed = std::fs::metadata(&file).unwrap().len();
    let unpacked = zstd::stream::decode_all(std::fs::File::open(&file).unwrap()).unwrap().len() as u64;
    let fits = Limits { packed, unpacked, entities: 3 };
    assert!(check_within(&file, "outlet-1", fits).is_ok());
    for smaller in [
        Limits { packed: packed - 1, ..fits },
        Limits { unpacked: unpacked - 1, ..fits },
        Limits { entities: 2, ..fits },
    ] {
        let refused = check_within(&file, "outlet-1", smaller).unwrap_err();
        assert!(matches!(refused, SnapshotRefused::TooLarge), "{smaller:?}: {refused}");
    }
}

/// A sparse file of that length represents one that fills the disk; a device represents one that never ends.
#[test]
fn an_oversized_snapshot_is_rejected_without_copying_it() {
    let mut shop = Shop::new();
    let file = shop.file(b"");
    std::fs::File::options().write(true).open(&file).unwrap().set_len(Limits::default().packed + 1).unwrap();
    assert_eq!(refused(&file), "snapshot_too_large");
    for endless in ["/dev/zero", "/dev/null"] {
        assert!(shop.import(Path::new(endless)).unwrap_err().contains("not a snapshot"), "{endless}");
    }
    shop.nothing_was_applied();
}

/// Each entity is validated as everywhere else, and is unapplied and reported if invalid, even if the file's hash
/// matches.
#[test]
fn an_invalid_entity_is_unapplied_and_reported() {
    let mut shop = Shop::new();
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    let SnapshotLine::Shared(mut nested) = product("p2", 1, 1) else { panic!() };
    nested.document.insert("variants".into(), deep);
    let SnapshotLine::Shared(mut large) = product("p3", 1, 1) else { panic!() };
    large.document.insert("name".into(), json!("x".repeat(protocol::limits::MAX_ENTITY_BYTES + 1)));
    let SnapshotLine::Owned(mut grown) = table("o1", 1) else { panic!() };
    grown.of.entity_type = "order".into();
    let line = json!({"id": "l1", "position": 1, "product_id": "p4", "name": "x".repeat(1_000), "price": 1, "qty": 1,
        "amount": 1, "tax_group": "pbjt", "station": "bar", "note": "x".repeat(1_000)});
    let rows = json!({"id": "o1", "lines": vec![line; 400]});
    grown.document = Some(document(rows));
    let lines =
        [product("p1", 1, -5), SnapshotLine::Shared(nested), SnapshotLine::Shared(large), product("p4", 1, 22_000)];
    let lines: Vec<_> = lines.into_iter().chain([SnapshotLine::Owned(grown), table("t1", 1)]).collect();
    let epoch = shop.epoch();
    let file = shop.write(&head(epoch), &lines);
    shop.tx(|tx| begin_comparison(tx, Scope::Rejoin, time::now()));
    let admin = LocalAdmin::open(&shop.path(), SyncEnv::default()).unwrap();
    let found = admin.import_snapshot(&file, &mut |_, _| ()).unwrap();
    assert_eq!((found.shared, found.owned, found.unapplied), (4, 2, 4));
    assert_eq!(shop.int("select count(*) from orders"), 0);
    assert_eq!(shop.int("select count(*) from tables where id = 't1'"), 1);
    assert_eq!(shop.int("select count(*) from products"), 1);
    assert_eq!(shop.int("select price from products where id = 'p4'"), 22_000);
    assert_eq!(shop.int("select count(*) from audit_events where body like '%snapshot_imported%'"), 1);
    assert_eq!(shop.dirty(), 0);
}

#[test]
fn a_mutated_snapshot_is_rejected_or_applied_whole() {
    let (mut mutants, mut shop) = (Mutants::new(), Shop::new());
    let user = json!({"id": "u1", "username": "sari", "name": "Sari", "role": "cashier", "active": true});
    let lines = [product("p1", 1, 22_000), product("p2", 2, 5_000), shared("user", "u1", 3, user), table("t1", 1)];
    let valid = json!({"head": head(shop.epoch()), "lines": lines});
    let (mut applied, mut refused) = (0, 0);
    for _ in 0..400 {
        let sent = mutants.of(&valid);
        let lines: Vec<_> = sent["lines"].as_array().into_iter().flatten().map(Value::to_string).collect();
        let file = shop.file(&pack(with_end(&sent["head"].to_string(), &lines).as_bytes()));
        if check(&file, "outlet-1").is_err() {
            refused += 1;
            assert!(shop.import(&file).is_err(), "{sent}");
            shop.nothing_was_applied();
        } else {
            applied += 1;
            let imported = shop.import(&file);
            assert!(imported.is_ok(), "one bad line blocks all others: {imported:?}: {sent}");
            assert_eq!(shop.int("select count(*) from sync_context where applying_type is not null"), 0, "{sent}");
            shop = Shop::new();
        }
    }
    assert!(applied > 40 && refused > 40, "{applied} applied, {refused} refused: a lopsided test");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn unsorted_lines_are_rejected(order in Just((0..6_i64).collect::<Vec<_>>()).prop_shuffle()) {
        let mut shop = Shop::new();
        let lines: Vec<_> = order.iter().map(|n| product(&format!("p{n}"), 1, *n)).collect();
        let found = check(&shop.write(&head(other_epoch()), &lines), "outlet-1").map_err(|refused| refused.code());
        prop_assert_eq!(found.err(), if order.is_sorted() { None } else { Some("snapshot_altered") });
        shop.nothing_was_applied();
    }

    #[test]
    fn random_bytes_are_rejected(bytes in vec(any::<u8>(), 0..2_000), is_packed: bool) {
        let mut shop = Shop::new();
        let file = shop.file(&if is_packed { pack(&bytes) } else { bytes });
        prop_assert!(["not_a_snapshot", "snapshot_truncated"].contains(&refused(&file)));
        shop.nothing_was_applied();
    }
}

// With a hub

/// An outlet that has sold, and a chain with many shared entities.
async fn large_chain(hub: &TestHub) -> (Added, i64) {
    let added = hub.add_outlet("JKT-001").await;
    let mut first = TestOutlet::of(&hub.url(), &added).await;
    let shell = first.shell();
    shell
        .execute_batch(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 700)
             insert into tables (id, name) select printf('t%04d', i), 'Meja ' || i from n;
             with recursive n (i) as (select 1 union all select i + 1 from n where i < 1200)
             insert into products (id, name, price) select printf('p%04d', i), 'Kopi ' || i, i from n;",
        )
        .unwrap();
    first.sell_many(5).await;
    first.synced().await;
    let products = shell.query_row("select count(*) from products", [], |row| row.get(0)).unwrap();
    (added, products)
}

async fn code_for(hub: &TestHub, added: &Added) -> String {
    let code = added.outlet_code.clone();
    let made = hub.hub().store().write(move |tx| outlets::enroll_code(tx, &code, time::now())).await.unwrap();
    made.enroll_code
}

fn count(outlet: &TestOutlet, sql: &str) -> i64 {
    outlet.shell().query_row(sql, [], |row| row.get(0)).unwrap()
}

async fn has_everything(outlet: &TestOutlet) {
    eventually("everything has arrived", || async {
        count(outlet, "select count(*) from tables where id like 't%'") >= 700
            && count(outlet, "select count(*) from products where id like 'p%'") == 1_200
            && count(outlet, "select count(*) from sync_reconcile") == 0
            && count(outlet, "select count(*) from orders") == 5
            && count(outlet, "select max(n) from sync_cursors") > 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_machine_loads_a_snapshot_while_it_sells() {
    let hub = TestHub::start().await;
    let (added, products) = large_chain(&hub).await;
    let proxy = Proxy::before(&hub.url()).await;
    proxy.set(Fault::CutSnapshots(5_000));
    let mut outlet = TestOutlet::alone().await;
    enroll::enroll(&outlet.app().db, proxy.url(), &code_for(&hub, &added).await).await.unwrap();
    eventually("the connection breaks repeatedly", || async {
        std::fs::metadata(replica::progress::snapshot::part(&outlet.path())).is_ok_and(|part| part.len() >= 10_000)
    })
    .await;
    outlet.sell_many(2).await;
    eventually("the progress is shown", || async {
        let progress = outlet.status().await["snapshot"].clone();
        let (received, total) = (progress["fetched_bytes"].as_u64(), progress["total_bytes"].as_u64());
        progress["state"] == "fetching"
            && received >= Some(10_000)
            && total > received
            && progress["started_at"].is_string()
    })
    .await;
    let seen = LocalAdmin::open(&outlet.path(), SyncEnv::default()).unwrap().status().unwrap();
    let seen = serde_json::to_value(seen).unwrap()["snapshot"].clone();
    assert!(seen["fetched_bytes"].as_u64() >= Some(10_000) && seen["total_bytes"].is_null(), "{seen}");
    outlet = outlet.restart().await;
    proxy.set(Fault::None);
    eventually("everything has arrived", || async {
        count(&outlet, "select count(*) from sync_reconcile") == 0
            && count(&outlet, "select count(*) from products where id like 'p%'") == 1_200
    })
    .await;
    outlet.synced().await;
    assert_eq!(outlet.status().await["snapshot"], json!(null), "it is over");
    assert!(*outlet.app().link.pulls().borrow() >= 1_200, "listeners are notified");
    assert_eq!(count(&outlet, "select count(*) from orders"), 7);
    assert_eq!(count(&outlet, "select count(*) from tables where id like 't%'"), 700);
    assert!(count(&outlet, "select count(*) from products") >= products);
    assert!(
        !replica::progress::snapshot::file(&outlet.path()).exists()
            && !replica::progress::snapshot::part(&outlet.path()).exists()
    );
    assert_eq!(hub.orders().await.len(), 7);
    // Later changes come by the streams.
    let boss = hub.boss().await;
    let before = boss.get("/v1/hq/products/p0007").await.data()["version"].clone();
    let change = boss.request("PATCH", "/v1/hq/products/p0007").header("if-match", before.to_string());
    let change = change.header("content-type", "application/json").body(json!({"price": 99_000}).to_string());
    testkit::Http::send(change).await.data();
    eventually("the price is here", || async {
        count(&outlet, "select price from products where id = 'p0007'") == 99_000
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_altered_in_transit_is_fetched_again() {
    let hub = TestHub::start().await;
    let (added, _) = large_chain(&hub).await;
    let proxy = Proxy::before(&hub.url()).await;
    proxy.set(Fault::AlterSnapshots);
    let outlet = TestOutlet::alone().await;
    enroll::enroll(&outlet.app().db, proxy.url(), &code_for(&hub, &added).await).await.unwrap();
    eventually("it is detected", || async {
        outlet.status().await["problem"].as_str().is_some_and(|words| words.contains("changed on its way"))
    })
    .await;
    assert_eq!(count(&outlet, "select count(*) from products where id like 'p%'"), 0);
    proxy.set(Fault::None);
    has_everything(&outlet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_makes_no_snapshots_is_compared_range_by_range() {
    let hub = TestHub::start().await;
    let (added, _) = large_chain(&hub).await;
    let proxy = Proxy::before(&hub.url()).await;
    proxy.set(Fault::NoSnapshots);
    let outlet = TestOutlet::alone().await;
    enroll::enroll(&outlet.app().db, proxy.url(), &code_for(&hub, &added).await).await.unwrap();
    has_everything(&outlet).await;
    outlet.synced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outlet_recovers_when_its_stream_entries_were_deleted() {
    let hub = TestHub::start().await;
    let (_, products) = large_chain(&hub).await;
    let added = hub.add_outlet("JKT-002").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    let menu_size = || count(&outlet, "select count(*) from products where id like 'p%'");
    eventually("the menu is here", || async { menu_size() == 1_200 }).await;
    outlet.synced().await;
    // It reads nothing while everything that it would read is deleted.
    let shell = outlet.shell();
    shell.execute("update outlet_config set sync_enabled = 0", []).unwrap();
    let delete_entries = "delete from stream_entries where stream = 'catalog'
        and n < (select max(n) from stream_entries where stream = 'catalog')";
    let boss = hub.boss().await;
    boss.post("/v1/hq/products", &json!({"name": "Baru", "price": 1_000})).await.data();
    hub.hub().store().write(move |tx| tx.execute(delete_entries, &[])).await.unwrap();
    shell.execute("update outlet_config set sync_enabled = 1", []).unwrap();
    eventually("the new product is here", || async {
        count(&outlet, "select count(*) from products where name = 'Baru'") == 1
            && count(&outlet, "select count(*) from sync_reconcile") == 0
    })
    .await;
    outlet.synced().await;
    assert!(count(&outlet, "select count(*) from products") > products);
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_are_exported_and_imported_online() {
    let hub = TestHub::start().await;
    let (added, _) = large_chain(&hub).await;
    let dir = testkit::Scratch::new();
    let (by_hub, by_outlet) = (dir.path().join("hub.zst"), dir.path().join("outlet.zst"));
    hub::snapshots::save(hub.hub().store(), "JKT-001", &by_hub, time::now(), |_| ()).await.unwrap();
    let outlet = TestOutlet::alone().await;
    let admin = LocalAdmin::open(&outlet.path(), linked(&hub.url(), &added)).unwrap();
    // The hub knows another epoch: it makes no snapshot before the outlet is enrolled.
    assert!(admin.export_snapshot(&by_outlet, &mut |_, _| ()).await.is_err());
    let found = admin.import_snapshot(&by_hub, &mut |_, _| ()).unwrap();
    assert_eq!(found.parts, Parts { shared: true, owned: false });
    assert_eq!(count(&outlet, "select count(*) from products where id like 'p%'"), 1_200);
    enroll::enroll(&outlet.app().db, &hub.url(), &code_for(&hub, &added).await).await.unwrap();
    has_everything(&outlet).await;
    let admin = LocalAdmin::open(&outlet.path(), SyncEnv::default()).unwrap();
    let saved = admin.export_snapshot(&by_outlet, &mut |_, _| ()).await.unwrap();
    assert!(saved.end.owned >= 705, "{saved:?}");
    assert!(
        admin.export_snapshot(&by_outlet, &mut |_, _| ()).await.unwrap_err().to_string().contains("exists already")
    );
}
