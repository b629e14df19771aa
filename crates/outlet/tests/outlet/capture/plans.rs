//! Documents, and the query plans of hot queries.

use std::collections::BTreeSet;

use protocol::capture::document_query;
use protocol::entity::{ENTITIES, Encoding, Entity, Owner};
use serde_json::{Map, Value};

use super::db::*;

#[test]
fn the_payload_is_the_document_that_is_sent() {
    let awkward = r#"'"quoted" it''s \ / ' || char(10) || char(1) || 'Caffè ☕ 日本' || char(127)"#;
    everywhere(|db| {
        may_change_refunds(db);
        db.run("pragma ignore_check_constraints = on");
        for Entity { name, table, fields, children, owner, .. } in ENTITIES {
            for filled in [true, false] {
                let id = if filled { "it''s full" } else { "empty" };
                let add = db.add(table, &[("id", id)]);
                db.run(&add);
                for child in *children {
                    for number in ["2", "1"] {
                        let add = db.add(child.table, &[(child.parent, id), ("id", number)]);
                        db.run(&add);
                    }
                }
                for column in db.columns(table).iter().filter(|column| column.name != "id") {
                    let list = column.value(9);
                    let value = match (filled, column.text, column.nullable) {
                        _ if column.is_list() => {
                            if filled {
                                &list
                            } else {
                                "'[]'"
                            }
                        }
                        (true, true, _) => awkward,
                        (true, false, _) => "9223372036854775807",
                        (false, _, true) => "null",
                        (false, true, false) => "''",
                        (false, false, false) => "0",
                    };
                    db.run(&format!("update {table} set {} = {value} where id = '{id}'", column.name));
                }
                let payload =
                    format!("select payload from sync_queue where entity_type = '{name}' and entity_id = '{id}'");
                let payload = db.rows(&payload);
                let entity = ENTITIES.iter().find(|entity| entity.name == *name).unwrap();
                let document = db.rows(&document_query(entity).replace("?1", &format!("'{id}'")));
                if *owner == Owner::Hub {
                    assert_eq!(payload, NOTHING, "{name} is not queued, but merging reads its document");
                } else {
                    assert_eq!(document, payload, "{name}");
                }

                let document: Map<String, Value> = serde_json::from_str(&document[0]).unwrap();
                let names = fields.iter().map(|field| field.name).chain(children.iter().map(|child| child.name));
                let names: BTreeSet<_> = names.chain(["id"]).collect();
                assert_eq!(document.keys().map(String::as_str).collect::<BTreeSet<_>>(), names, "{name}");
                for field in *fields {
                    let found = &document[field.name];
                    if field.encoding == Encoding::Flag || field.encoding == Encoding::OptionalFlag && filled {
                        assert_eq!(*found, Value::Bool(filled), "{name}.{}", field.name);
                    } else if field.encoding == Encoding::OptionalFlag {
                        assert!(found.is_null(), "{name}.{}: {found}", field.name);
                    } else if field.encoding == Encoding::List {
                        assert_eq!(found.as_array().map(Vec::len), Some(usize::from(filled)), "{name}.{}", field.name);
                    } else if filled {
                        let text = "\"quoted\" it's \\ / \n\u{1}Caffè ☕ 日本\u{7f}";
                        assert!(*found == text || *found == i64::MAX, "{name}.{}: {found}", field.name);
                    } else {
                        assert!(found.is_null() || *found == "" || *found == 0, "{name}.{}: {found}", field.name);
                    }
                }
                for child in *children {
                    let ids: Vec<_> = document[child.name].as_array().unwrap().iter().map(|row| &row["id"]).collect();
                    assert_eq!(ids, ["1", "2"], "children are ordered by id");
                }
            }
        }
    });
}

#[test]
fn hot_queries_use_the_queues_partial_indexes() {
    let waiting = "select entity_type, entity_id, version, acked_version, seq, changed_at from sync_state
        where status = 'pending' and batch_no is null and isolated = 0 and conflict_base is null order by seq";
    // The query, the source file that contains it, and the indexes that it may use.
    let compose = include_str!("../../../../replica/src/push/compose.rs");
    let queue = include_str!("../../../../replica/src/push/mod.rs");
    let settle = include_str!("../../../../replica/src/push/reply.rs");
    let page = include_str!("../../../../replica/src/pull/page.rs");
    let status = include_str!("../../../../replica/src/admin/status.rs");
    let health = include_str!("../../../../outlet/src/health/mod.rs");
    let (auto_retry, requeue) = (
        include_str!("../../../../replica/src/push/auto_retry.rs"),
        include_str!("../../../../replica/src/push/requeue.rs"),
    );
    let cases: [(&str, &str, &[&str]); 19] = [
        (waiting, compose, &["sync_state_pending"]),
        (
            "select seq from sync_state where status = 'pending' and batch_no is null and isolated = 0 order by seq",
            compose,
            &["sync_state_pending"],
        ),
        ("select exists (select 1 from sync_state where isolated = 1)", compose, &["sync_state_isolated"]),
        (
            "select seq, entity_type, entity_id, 'isolated', error_code, error_args, error_message
               from sync_state where isolated = 1
             union all select seq, entity_type, entity_id, 'failed', error_code, error_args, error_message
               from sync_state where status = 'failed'
             union all select seq, entity_type, entity_id, 'discarded', error_code, error_args, error_message
               from sync_state where status = 'discarded'
             order by seq limit ?1",
            compose,
            &["sync_state_isolated", "sync_state_failed", "sync_state_discarded"],
        ),
        (
            "select entity_type, entity_id, coalesce(error_code, ''), refused_by_version from sync_state
             where status = 'failed' order by seq",
            auto_retry,
            &["sync_state_failed"],
        ),
        (
            "select f.entity_type, f.entity_id from sync_state f
             where f.status = 'failed' and f.error_code = ?1 and exists (
               select 1 from (
                 select to_type as entity_type, to_id as entity_id from sync_links
                   where from_type = f.entity_type and from_id = f.entity_id
                 union all select from_type, from_id from sync_links
                   where to_type = f.entity_type and to_id = f.entity_id
               ) l cross join sync_state w on w.entity_type = l.entity_type and w.entity_id = l.entity_id
               where +w.status = 'pending' and w.batch_no is null and w.isolated = 0)
             order by f.seq",
            auto_retry,
            &["sync_state_failed", "PRIMARY KEY (entity_type=? AND entity_id=?)"],
        ),
        (
            "select entity_type, entity_id from sync_state where seq = ?1 and status = 'failed'
             union all select entity_type, entity_id from sync_state where seq = ?1 and status = 'discarded'",
            requeue,
            &["sync_state_failed", "sync_state_discarded"],
        ),
        (
            "select exists (select 1 from sync_state where status = 'pending' and isolated = 0 and conflict_base is null)
             or exists (select 1 from sync_batches where state = 'in_flight')
             or exists (select 1 from sync_state where isolated = 1)",
            queue,
            &["sync_state_pending", "sync_state_isolated", "sync_batches_in_flight"],
        ),
        (
            "select entity_type, entity_id, hub_suspected, retry_count, error_code, error_args, error_message
             from sync_state where isolated = 1 order by seq",
            settle,
            &["sync_state_isolated"],
        ),
        (
            "delete from sync_links where
             not exists (select 1 from sync_state where entity_type = from_type and entity_id = from_id and version > acked_version)
             and not exists (select 1 from sync_state where entity_type = to_type and entity_id = to_id and version > acked_version)",
            settle,
            &["PRIMARY KEY (entity_type=? AND entity_id=?)"],
        ),
        (
            "update sync_state set conflict_base = null where conflict_base is not null and conflict_base is not coalesce(
               (select change_id from sync_bases b
                where b.entity_type = sync_state.entity_type and b.entity_id = sync_state.entity_id), '')",
            page,
            &["sync_state_conflict"],
        ),
        (
            "select entity_type, entity_id from sync_state s where conflict_base is not null and not exists (
               select 1 from sync_unapplied_updates k
               where k.entity_type = s.entity_type and k.entity_id = s.entity_id and k.state = 'retrying')
             order by seq limit 100",
            page,
            &["sync_state_conflict", "PRIMARY KEY (entity_type=? AND entity_id=?)"],
        ),
        ("select pending, failed, total_synced from sync_context where id = 1", status, &[]),
        ("select seq from sync_queue where status = 'pending' and seq > 5 order by seq limit 9", "", &["sync_state_pending"]),
        ("select seq from sync_queue where status = 'failed' and seq < 5 order by seq desc limit 9", "", &["sync_state_failed"]),
        ("select entity_type, entity_id from sync_state where seq = 5 and status = 'failed'", "", &["sync_state_failed"]),
        (
            "select changed_at from sync_state where status = 'pending' and +entity_type = 'order' order by seq limit 1",
            health,
            &["sync_state_pending"],
        ),
        ("select count(*) from sync_state where isolated = 1", health, &["sync_state_isolated"]),
        ("update sync_state set hub_suspected = 1 where isolated = 1 and hub_suspected = 0", "", &["sync_state_isolated"]),
    ];
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    everywhere(|db| {
        db.run(
            "begin; with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
             insert into customers (id, name) select 'c' || i, 'Guest' from n; commit;",
        );
        let mostly_success = "update sync_state set status = case seq % 100 when 0 then 'failed' when 1 then 'pending' else 'success' end";
        for setup in ["select 1 where false", mostly_success, "analyze", "update sync_state set status = 'pending'"] {
            db.run(setup);
            for (sql, source, indexes) in &cases {
                assert!(source.is_empty() || words(source).contains(&words(sql)), "no longer in the program: {sql}");
                for step in db.rows(&format!("explain query plan {}", sql.replace("?1", "5").replace("?2", "5"))) {
                    let reads = step.contains("sync_state") || step.contains("sync_batches");
                    let small = indexes.iter().any(|index| step.contains(index));
                    assert!(!reads || small, "{setup}: {sql}: {step}");
                    assert!(!step.contains("TEMP B-TREE"), "{setup}: {sql}: {step}");
                }
            }
        }
    });
}

#[test]
fn reports_read_the_orders_of_their_days_and_the_open_ones() {
    let sources = concat!(
        include_str!("../../../../shop/src/reports/today.rs"),
        include_str!("../../../../shop/src/reports/payments.rs"),
        include_str!("../../../../replica/src/reconcile/statement.rs"),
    );
    let queries: Vec<_> = sources
        .split("const ")
        .filter_map(|rest| rest.split_once("&str = \"").filter(|(name, _)| !name.contains('\n')))
        .map(|(_, rest)| rest.split_once("\";").unwrap().0)
        .collect();
    assert_eq!(queries.len(), 11, "{queries:?}");
    everywhere(|db| {
        db.run(
            "begin; with recursive n (i) as (select 1 union all select i + 1 from n where i < 5000)
             insert into orders (id, order_number, business_date, status, order_type, subtotal, total, created_at)
             select 'o' || i, i, date('2026-01-01', (i / 20) || ' days'), iif(i % 1000, 'paid', 'open'), 'dine_in', 1, 1, ''
             from n;
             update orders set paid_date = date(business_date, '1 days') where status = 'paid' and id like '%7';
             insert into payments (order_id, id, method, amount, tendered, business_date, created_at)
             select id, 'p', 'cash', 1, 1, nullif(coalesce(paid_date, business_date), business_date), '' from orders;
             insert into refund_payments (refund_id, id, method, amount) select 'r' || substr(id, 2), 'p', 'cash', 0 from orders;
             insert into refunds (id, refund_number, order_id, order_number, order_date, business_date, kind, total, reason, created_at)
             select 'r' || substr(id, 2), '', id, '', business_date, business_date, 'amount', 0, '', '' from orders;
             update sync_state set status = 'success', acked_version = version where entity_id not like '%00';
             commit;",
        );
        for setup in ["select 1 where false", "analyze"] {
            db.run(setup);
            for sql in &queries {
                let plan = db.rows(&format!("explain query plan {}", sql.replace("?1", "'2026-02-03'")));
                let of_orders = ["orders_by_date", "orders_by_paid_date", "orders_open"];
                let indexes = [&of_orders[..], &["payments_by_date", "refunds_by_date", "sync_state_pending"]].concat();
                let is_indexed = |step: &String| indexes.iter().any(|index| step.contains(index));
                assert!(plan.iter().any(is_indexed), "{setup}: {sql}: {plan:?}");
                let is_whole = |step: &String| ["SCAN o", "SCAN p"].iter().any(|scan| step.starts_with(scan));
                assert!(!plan.iter().any(is_whole), "{setup}: {sql}: {plan:?}");
            }
        }
    });
}

/// A text with single spaces.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A page from the middle of a million orders once took 65 ms.
#[test]
fn a_page_of_orders_is_read_by_rowid() {
    let source = words(include_str!("../../../../shop/src/orders/list.rs"));
    let of_page = "select o.rowid from orders o where o.rowid < (select rowid from orders where id = 'x')
        order by o.rowid desc limit 5";
    for part in ["o.rowid < (select rowid from orders where id = {n})", "where o.rowid in ({rows}) order by"] {
        assert!(source.contains(part), "no longer in the program: {part}");
    }
    let whole = format!("select id from orders o where o.rowid in ({of_page}) order by o.rowid desc");
    everywhere(|db| {
        let steps = db.rows(&format!("explain query plan {whole}"));
        assert!(steps.iter().any(|step| step.contains("SEARCH o USING INTEGER PRIMARY KEY (rowid<?)")), "{steps:?}");
        assert!(!steps.iter().any(|step| step.contains("SCAN")), "{steps:?}");
    });
}

/// The changes of a till's copy do not depend on the size of the catalog.
#[test]
fn the_changes_since_a_version_are_read_by_index() {
    let source = words(include_str!("../../../../shop/src/changes.rs"));
    let changes = "from catalog_changes where entity_type = '{entity}' and n > ?1";
    assert_eq!(source.matches(changes).count(), 2, "no longer in the program: {changes}");
    let changes = changes.replace("{entity}", "product").replace("?1", "5");
    let of_table = format!("select id from products p where p.id in (select entity_id {changes}) order by p.id");
    let deleted = format!(
        "select entity_id {changes} and not exists (select 1 from products where id = entity_id) order by +entity_id"
    );
    assert!(source.contains("order by +entity_id"), "no longer in the program");
    everywhere(|db| {
        for sql in [&of_table, &deleted] {
            let steps = db.rows(&format!("explain query plan {sql}"));
            assert!(
                steps.iter().any(|step| step.contains("catalog_changes_by_n (entity_type=? AND n>?)")),
                "{steps:?}"
            );
            assert!(!steps.iter().any(|step| step.contains("SCAN")), "{steps:?}");
        }
    });
}
