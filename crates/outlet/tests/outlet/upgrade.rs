//! Upgrades that add a synced field: the column is new, but the base revisions are old.

use protocol::updates::Update;
use protocol::wire::{EntityRef, Token};
use replica::batches::{parse, unpack};
use replica::chain::chain;
use replica::entities::fields::add_new_fields;
use replica::error::QueueError;
use replica::pull::apply_update::apply_update;
use replica::push::compose::{Plan, compose};
use replica::unapplied::UpdateSource;
use rusqlite::{Connection, Transaction};
use serde_json::{Map, Value, json};
use web::time;

struct Shop {
    db: Connection,
    _dir: testkit::Scratch,
}

fn product(n: i64, fields: Value) -> Update {
    let Value::Object(mut document) = fields else { panic!("no object") };
    document.insert("id".into(), "p1".into());
    Update {
        of: EntityRef { entity_type: "product".into(), entity_id: "p1".into() },
        token: Token { n, change_id: format!("c{n}") },
        deleted: false,
        document,
        changed_by: "hq:rina".into(),
        changed_at: "2026-11-22T19:40:39.672Z".into(),
        by_outlet: None,
        unreadable: None,
    }
}

fn all_fields() -> Map<String, Value> {
    let Value::Object(fields) = json!({"code": null, "barcode": null, "name": "Kopi", "category_id": null, "price": 10,
        "tax_group": "pbjt", "station": "bar", "available": true})
    else {
        unreachable!()
    };
    fields
}

/// All fields except these.
fn all_except(names: &[&str]) -> Value {
    Value::Object(all_fields().into_iter().filter(|(name, _)| !names.contains(&name.as_str())).collect())
}

impl Shop {
    fn new() -> Self {
        let dir = testkit::Scratch::new();
        let db = sqlite::open(&dir.path().join("pos.db"), &replica::capture::schema::SCHEMA).unwrap();
        let mut shop = Self { db, _dir: dir };
        assert!(shop.tx(add_new_fields) > 30, "a new database learns all fields");
        shop.run("update sync_state set status = 'success', acked_version = version");
        shop
    }

    /// The migration that adds `station`: the column exists with its default in each row.
    fn upgrade_adds_station(&mut self) {
        self.run(
            "update sync_context set applying_type = 'product', applying_id = 'p1', commit_guard = 1;
             update products set station = 'none';
             update sync_context set applying_type = null, applying_id = null, commit_guard = null;
             delete from sync_fields where entity_type = 'product' and field = 'station'",
        );
        self.db.pragma_update(None, "foreign_keys", true).unwrap();
    }

    fn tx<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T, QueueError>) -> T {
        let tx = self.db.transaction().unwrap();
        let result = work(&tx).unwrap();
        tx.commit().unwrap();
        result
    }

    fn run(&self, sql: &str) {
        self.db.pragma_update(None, "foreign_keys", false).unwrap();
        self.db.execute_batch(sql).unwrap();
    }

    fn apply(&mut self, update: &Update) {
        assert!(!self.tx(|tx| apply_update(tx, update, UpdateSource::Stream, time::now())).unapplied);
    }

    fn text(&self, sql: &str) -> String {
        self.db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// The documents that would be sent now.
    fn sends(&mut self) -> Vec<Value> {
        self.tx(|tx| {
            let chain = chain(tx)?;
            let (epoch, after) = (chain.epoch, chain.position);
            let plan = Plan { epoch, after, limit: 100, only: None, batch_id: "b1".to_owned() };
            let Some(composed) = compose(tx, &plan)? else { return Ok(vec![]) };
            let json = unpack(&composed.body)?;
            Ok(parse(&json)?.items.iter().map(|item| serde_json::to_value(item).unwrap()).collect())
        })
    }
}

#[test]
fn a_new_fields_default_does_not_overwrite_the_hubs_value() {
    let mut shop = Shop::new();
    shop.apply(&product(1, all_except(&[])));
    shop.upgrade_adds_station();
    assert_eq!(shop.tx(add_new_fields), 1);
    assert_eq!(
        shop.text("select station from products"),
        "bar",
        "head office had set it before this version knew the field"
    );
    assert_eq!(shop.sends(), [] as [Value; 0]);
    assert_eq!(shop.tx(add_new_fields), 0, "once");
}

#[test]
fn a_new_field_gets_the_hubs_value_when_all_rows_were_queued() {
    let mut shop = Shop::new();
    shop.apply(&product(1, all_except(&[])));
    shop.upgrade_adds_station();
    // As the repair of changed triggers does.
    shop.run("insert into sync_capture (entity_type, entity_id) select 'product', id from products");
    shop.tx(add_new_fields);
    assert_eq!(shop.text("select station from products"), "bar");
    assert_eq!(shop.sends(), [] as [Value; 0]);
}

#[test]
fn a_new_field_unknown_to_the_hub_is_sent_only_after_a_change() {
    let mut shop = Shop::new();
    shop.apply(&product(1, all_except(&["station"])));
    shop.run("update sync_bases set document = json_remove(document, '$.station')");
    shop.upgrade_adds_station();
    shop.tx(add_new_fields);
    assert_eq!(shop.sends(), [] as [Value; 0], "absent does not mean null");
    shop.run("update products set station = 'kitchen'");
    assert_eq!(shop.sends()[0]["fields"], json!({"station": ["none", "kitchen"]}));
}

#[test]
fn an_edit_since_the_upgrade_is_kept() {
    for hub_knows_field in [true, false] {
        let mut shop = Shop::new();
        shop.apply(&product(1, all_except(if hub_knows_field { &[] } else { &["station"] })));
        if !hub_knows_field {
            shop.run("update sync_bases set document = json_remove(document, '$.station')");
        }
        shop.upgrade_adds_station();
        // In the sqlite3 shell, before the server starts.
        shop.run("update products set station = 'kitchen'");
        shop.tx(add_new_fields);
        assert_eq!(shop.text("select station from products"), "kitchen");
        let old = if hub_knows_field { json!("bar") } else { json!(null) };
        assert_eq!(shop.sends()[0]["fields"], json!({"station": [old, "kitchen"]}));
    }
}

#[test]
fn a_hub_value_rejected_by_the_table_is_not_overwritten() {
    let mut shop = Shop::new();
    shop.apply(&product(1, all_except(&[])));
    shop.run("update sync_bases set document = json_set(document, '$.station', 'rooftop')");
    shop.upgrade_adds_station();
    shop.tx(add_new_fields);
    assert_eq!(shop.text("select station from products"), "none");
    assert_eq!(shop.sends(), [] as [Value; 0]);
}

#[test]
fn a_new_list_gets_the_hubs_value_or_is_not_sent() {
    let list = json!([{"available": true, "id": "large", "name": "Large", "price": 12}]);
    for hub_knows_field in [true, false] {
        let mut shop = Shop::new();
        let mut fields = all_except(&[]);
        if hub_knows_field {
            fields["variants"] = list.clone();
        }
        shop.apply(&product(1, fields));
        if !hub_knows_field {
            shop.run("update sync_bases set document = json_remove(document, '$.variants')");
        }
        shop.run(
            "update sync_context set applying_type = 'product', applying_id = 'p1', commit_guard = 1;
             update products set variants = '[]';
             update sync_context set applying_type = null, applying_id = null, commit_guard = null;
             delete from sync_fields where entity_type = 'product' and field = 'variants'",
        );
        assert_eq!(shop.tx(add_new_fields), 1);
        let wanted = if hub_knows_field { list.to_string() } else { "[]".to_owned() };
        assert_eq!(shop.text("select variants from products"), wanted);
        assert_eq!(shop.sends(), [] as [Value; 0]);
    }
}

#[test]
fn an_older_outlets_document_leaves_missing_fields_unchanged() {
    let mut shop = Shop::new();
    shop.apply(&product(1, all_except(&["station", "available"])));
    assert_eq!(shop.sends(), [] as [Value; 0], "the table's defaults are no edits");
    shop.run("update products set station = 'kitchen'");
    shop.apply(&product(2, json!({"name": "Kopi Susu", "price": 12})));
    assert_eq!(shop.text("select name || price || station || tax_group from products"), "Kopi Susu12kitchenpbjt");
    let sent = shop.sends();
    assert_eq!((sent.len(), &sent[0]["fields"]), (1, &json!({"station": ["none", "kitchen"]})));
}

#[test]
fn the_first_recording_of_fields_changes_nothing() {
    let mut shop = Shop::new();
    shop.apply(&product(1, all_except(&[])));
    shop.upgrade_adds_station();
    shop.run("delete from sync_fields");
    shop.tx(add_new_fields);
    assert_eq!(shop.text("select station from products"), "none", "it is unknown which fields are new");
}
