//! Times that the hub stored while its clock ran ten years ahead, read after the clock was corrected: nothing lasts
//! longer than it would if it began now, and nothing that ended begins again. Sessions are not stored: `web::token`
//! bounds the times in a token. Snapshots and retention use names and hours of running.

use std::collections::BTreeMap;

use hub::outlets;
use jiff::{SignedDuration, Timestamp};
use protocol::updates::EnrollRequest;

use crate::app::TestHub;

/// The effect of a stored time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decides {
    /// A duration, within a bound that the reader sets; names the test of it.
    Until(&'static str),
    /// Only what people see, and in which order.
    Shown,
    /// Nothing: it is counted in hours of running, not by a clock.
    HoursOfRunning,
    /// The business day in an outlet's document: reports group by it.
    BusinessDay,
}

use Decides::{BusinessDay, HoursOfRunning, Shown, Until};

const HERE: &str = "times_from_a_clock_that_ran_ahead_are_bounded";
const PROCESSES: &str = "a_duplicate_server_is_cleared_after_an_hour_of_one_process";
const SESSIONS: &str = "an_ended_session_is_forgotten_after_a_week_of_running";
const WEBHOOKS: &str = "webhook_times_from_a_clock_that_ran_ahead_are_bounded";

#[rustfmt::skip]
const TIMES: [(&str, Decides); 60] = [
    ("audit_events.business_date", BusinessDay),
    ("audit_events.received_at", Shown),
    ("audit_heads.broken_at", Shown),
    // Also where an outlet sends on after a restore: any chain that the hub has is right.
    ("audit_heads.updated_at", Shown),
    ("bulk_changes.made_at", Shown),
    ("bulk_changes.made_hour", HoursOfRunning),
    ("bulk_changes.undone_at", Shown),
    ("chains.updated_at", Shown),
    ("daily_products.business_date", BusinessDay),
    ("daily_sales.business_date", BusinessDay),
    ("daily_taxes.business_date", BusinessDay),
    ("daily_tenders.business_date", BusinessDay),
    ("device_reports.oldest_waiting_at", Shown),
    ("device_reports.reported_at", Shown),
    ("images.stored_at", Shown),
    ("documents.occurred_at", Shown),
    ("documents.received_at", Shown),
    ("ended_sessions.expires_at", Until(SESSIONS)),
    ("ended_sessions.hour", HoursOfRunning),
    ("hq_users.created_at", Shown),
    ("hub_hours.hour", HoursOfRunning),
    ("dead_letters.discarded_at", Shown),
    ("dead_letters.received_at", Shown),
    ("dead_letters.resolved_at", Shown),
    ("outlet_epochs.began_at", Shown),
    ("outlet_keys.created_at", Shown),
    ("outlet_keys.ended_at", Shown),
    ("outlet_cursors.catalog_moved_at", Shown),
    ("outlet_cursors.read_at", Shown),
    ("outlet_cursors.read_hour", HoursOfRunning),
    ("outlets.created_at", Shown),
    ("outlets.enroll_code_expires_at", Until(HERE)),
    ("outlets.last_contact_at", Until(HERE)),
    ("outlets.previous_key_hour", HoursOfRunning),
    ("outlets.previous_key_until", Until(HERE)),
    ("outlets.process_returned_at", Until(PROCESSES)),
    ("outlets.reported_pending_at", Shown),
    ("sale_deeds.business_date", BusinessDay),
    ("sale_tenders.business_date", BusinessDay),
    ("refund_lines.business_date", BusinessDay),
    ("refund_taxes.business_date", BusinessDay),
    ("refund_tenders.business_date", BusinessDay),
    ("refunds.business_date", BusinessDay),
    ("refunds.created_at", Shown),
    ("refunds.order_date", BusinessDay),
    ("sales.business_date", BusinessDay),
    ("shift_tenders.business_date", BusinessDay),
    ("shifts.business_date", BusinessDay),
    ("sales.created_at", Shown),
    ("sales.paid_at", Shown),
    ("sales.paid_date", BusinessDay),
    ("schema_migrations.applied_at", Shown),
    ("shared_entities.changed_at", Shown),
    ("statements.business_date", BusinessDay),
    ("statements.reported_at", Shown),
    ("stream_entries.changed_at", Shown),
    ("webhooks.delivered_at", Shown),
    ("webhooks.first_failed_at", Until(WEBHOOKS)),
    ("webhooks.next_try_at", Until(WEBHOOKS)),
    ("webhooks.previous_secret_until", Until(WEBHOOKS)),
];

#[test]
fn every_time_column_is_classified() {
    let schema = include_str!("../../src/schema/sqlite.sql");
    let db = rusqlite::Connection::open_in_memory().unwrap();
    db.execute_batch(schema).unwrap();
    let columns = "select t.name || '.' || c.name from sqlite_schema t, pragma_table_info(t.name) c
        where t.type = 'table' and (c.name glob '*_at' or c.name glob '*_until' or c.name glob '*_date'
          or c.name glob '*hour' or c.name glob '*time*' or c.name glob '*since' or c.name glob '*expires*')
        order by 1";
    let mut columns = db.prepare(columns).unwrap();
    let columns: Vec<String> = columns.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let classified: BTreeMap<_, _> = TIMES.into_iter().collect();
    assert_eq!(columns, classified.keys().copied().collect::<Vec<_>>(), "say what a new time decides, and bound it");
    let tests = [
        include_str!("clock.rs"),
        include_str!("staff.rs"),
        include_str!("webhooks.rs"),
        include_str!("../../src/outlets/processes.rs"),
    ];
    for (column, decides) in classified {
        if let Until(test) = decides {
            assert!(
                tests.iter().any(|file| file.contains(&format!("fn {test}()"))),
                "{column}: there is no test {test}"
            );
        }
    }
}

fn ahead() -> Timestamp {
    web::time::now() + SignedDuration::from_hours(10 * 365 * 24)
}

async fn rotate(hub: &TestHub, now: Timestamp) -> String {
    hub.hub.store().write(move |tx| outlets::rotate_key(tx, "JKT-001", now)).await.unwrap().api_key
}

#[tokio::test]
async fn times_from_a_clock_that_ran_ahead_are_bounded() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    outlet.push(&[]).await;

    // outlets.previous_key_until: the outlet can still log in, and its previous key expires after seven days of
    // running.
    let first = outlet.key.clone();
    rotate(&hub, ahead()).await;
    outlet.push(&[]).await;
    let hours = "insert into hub_hours values (1, 167) on conflict (id) do update set hour = excluded.hour";
    hub.execute(hours, None).await;
    outlet.push(&[]).await;
    hub.execute("update hub_hours set hour = 168", None).await;
    outlet.get("updates").await.refused(401, "unauthorized");
    // A new rotation does not revive it. Of two unused keys only the newest is valid, beside the key in use.
    let second = rotate(&hub, web::time::now()).await;
    let third = rotate(&hub, web::time::now()).await;
    for (key, opens) in [(&first, false), (&second, false), (&third, true)] {
        outlet.key.clone_from(key);
        let status = outlet.get("updates").await.status.as_u16();
        assert_eq!(status == 200, opens, "{status}");
    }

    // outlets.last_contact_at: a time in the future is no recent contact; the next request replaces it.
    hub.execute("update outlets set last_contact_at = ?1", Some(web::time::text(ahead()))).await;
    let token = hub.admin_token().await;
    let presence = async || hub.get("/v1/hq/outlets", &token).await.ok()[0]["presence"].clone();
    assert_eq!(presence().await, "silent");
    outlet.get("updates").await.ok();
    assert_eq!(presence().await, "active");

    // outlets.enroll_code_expires_at: a code is valid for a day, not for ten years and a day.
    let code = hub.hub.store().write(|tx| outlets::enroll_code(tx, "JKT-001", ahead())).await.unwrap();
    let request = EnrollRequest {
        code: code.enroll_code,
        epoch_id: "another epoch".into(),
        epoch_number: 1,
        api_key: "k".repeat(40),
    };
    let refused = hub.hub.store().write(move |tx| outlets::enroll(tx, &request, web::time::now())).await;
    assert!(refused.is_err(), "{refused:?}");
}
