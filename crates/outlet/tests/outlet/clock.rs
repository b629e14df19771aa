//! Classifies each stored time of the outlet by what it decides: a future time must not delay anything longer than the
//! current time would.

use std::collections::BTreeMap;

/// What a stored time decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decides {
    /// Something within a bound that the reader enforces, as this test shows.
    Until(&'static str),
    /// When something planned by people is in force, as this test shows.
    Planned(&'static str),
    /// Nothing; it is only shown.
    Shown,
    /// Nothing by the clock: it is counted in hours of running.
    HoursOfRunning,
    /// The business date of sales and order numbers.
    BusinessDay,
}

use Decides::{BusinessDay, HoursOfRunning, Planned, Shown, Until};

const WAITS: &str = "a_delay_from_a_clock_that_was_ahead_ends";
const UNSENT: &str = "an_overdue_sale_and_a_missing_trigger_are_reported";
const ENDED: &str = "an_ended_session_is_forgotten_after_a_week_of_running";
const PAIRED: &str = "a_pairing_code_lasts_for_five_minutes_by_any_clock";
const FORGOTTEN: &str = "old_batches_logs_and_answers_are_pruned_in_chunks";
const UNDONE: &str = "a_bulk_change_can_be_undone_for_a_day";
const RECALLED: &str = "a_bumped_ticket_is_recalled_for_half_an_hour_to_its_place";
const FORGOTTEN_TICKETS: &str = "a_forgotten_ticket_leaves_the_board_after_half_a_day";
const PRINTED: &str = "what_a_clock_that_was_ahead_wrote_delays_no_paper_and_no_alarm";
const EXPIRED: &str = "a_ticket_that_comes_too_late_expires_with_an_alarm";
const ANNOUNCED: &str = "announcements_are_shown_during_their_period";
const PRICED: &str = "a_price_begins_at_its_minute_and_ends_with_a_clock_that_is_set_back";
const CHARGED: &str = "an_order_bears_the_charges_in_force";

#[rustfmt::skip]
const TIMES: [(&str, Decides); 91] = [
    ("announcements.ends_at", Planned(ANNOUNCED)),
    ("announcements.starts_at", Planned(ANNOUNCED)),
    ("categories.created_at", Shown),
    ("charges.created_at", Shown),
    ("charges.valid_from", Planned(CHARGED)),
    ("customers.created_at", Shown),
    ("devices.created_at", Shown),
    ("devices.last_seen_at", Shown),
    ("devices.oldest_waiting_at", Shown),
    ("devices.revoked_at", Shown),
    ("ended_sessions.expires_at", Until(ENDED)),
    ("idempotency_keys.created_at", Until(FORGOTTEN)),
    ("menus.valid_from", Planned(PRICED)),
    ("menus.valid_to", Planned(PRICED)),
    ("order_numbers.business_date", BusinessDay),
    ("order_discounts.created_at", Shown),
    ("order_lines.added_at", Shown),
    ("order_lines.sent_at", Shown),
    ("order_lines.voided_at", Shown),
    ("orders.business_date", BusinessDay),
    ("orders.paid_date", BusinessDay),
    ("orders.created_at", Shown),
    ("orders.paid_at", Shown),
    ("orders.ready_at", Shown),
    ("orders.served_at", Shown),
    ("orders.voided_at", Shown),
    ("outlet_config.last_sync_at", Shown),
    ("outlet_prices.valid_from", Planned(PRICED)),
    ("pairing_codes.expires_at", Until(PAIRED)),
    ("payments.business_date", BusinessDay),
    ("payments.confirmed_at", Shown),
    ("payments.created_at", Shown),
    ("prices.valid_from", Planned(PRICED)),
    ("print_jobs.done_at", Until(PRINTED)),
    ("print_jobs.expires_at", Until(EXPIRED)),
    ("print_jobs.made_at", Until(PRINTED)),
    ("print_jobs.next_at", Until(PRINTED)),
    ("printer_states.answers_at", Shown),
    ("printer_states.failing_since", Until(PRINTED)),
    ("printer_states.printed_at", Shown),
    ("product_bulk_changes.made_at", Until(UNDONE)),
    ("product_bulk_changes.undone_at", Shown),
    ("products.created_at", Shown),
    ("receipt_links.made_at", Shown),
    ("refund_numbers.business_date", BusinessDay),
    ("refunds.business_date", BusinessDay),
    ("refunds.created_at", Shown),
    ("refunds.order_date", BusinessDay),
    ("schema_migrations.applied_at", Shown),
    ("shift_counts.created_at", Shown),
    ("shift_movements.created_at", Shown),
    ("shifts.business_date", BusinessDay),
    ("shifts.closed_at", Shown),
    ("shifts.opened_at", Shown),
    ("sign_ins.locked_until", Until(WAITS)),
    ("sign_ins.spent_at", Until(WAITS)),
    ("sync_backups.hour", HoursOfRunning),
    ("sync_backups.made_at", Shown),
    ("sync_batches.made_at", Shown),
    ("sync_batches.closed_at", Shown),
    ("sync_conflicts.cloud_at", Shown),
    ("sync_conflicts.created_at", Shown),
    ("sync_conflicts.local_at", Shown),
    ("sync_conflicts.resolved_at", Shown),
    ("sync_context.gap_at", Shown),
    ("sync_discards.discarded_at", Shown),
    ("sync_history.began_at", Shown),
    ("sync_hours.hour", HoursOfRunning),
    ("sync_unapplied_updates.received_at", Shown),
    ("sync_logs.completed_at", Shown),
    ("sync_logs.started_at", Shown),
    ("sync_notices.noticed_at", Shown),
    ("sync_reconcile.started_at", Shown),
    ("sync_requests.created_at", Shown),
    ("sync_snapshot.started_at", Shown),
    ("sync_state.changed_at", Until(UNSENT)),
    ("sync_state.synced_at", Shown),
    ("sync_statements.business_date", BusinessDay),
    ("sync_statements.compared_at", Shown),
    ("sync_link_errors.next_try_at", Shown),
    ("sync_link_errors.since", Shown),
    ("sync_duplicate_server.since", Shown),
    ("tables.created_at", Shown),
    ("ticket_numbers.business_date", BusinessDay),
    ("tickets.business_date", BusinessDay),
    ("tickets.changed_at", Shown),
    ("tickets.ready_at", Until(RECALLED)),
    ("tickets.sent_at", Until(FORGOTTEN_TICKETS)),
    ("tickets.served_at", Shown),
    ("tickets.started_at", Shown),
    ("users.created_at", Shown),
];

#[test]
fn every_time_column_is_classified() {
    let db = rusqlite::Connection::open_in_memory().unwrap();
    for schema in [
        include_str!("../../../../sql/schema/001_init.sql"),
        include_str!("../../../../sql/schema/002_sync_system.sql"),
    ] {
        db.execute_batch(schema).unwrap();
    }
    let columns = "select t.name || '.' || c.name from sqlite_schema t, pragma_table_info(t.name) c
        where t.type = 'table' and (c.name glob '*_at' or c.name glob '*_until' or c.name glob '*_date'
          or c.name glob '*hour' or c.name glob '*time*' or c.name glob '*since' or c.name glob '*expires*'
          or c.name glob 'valid_*')
        order by 1";
    let mut columns = db.prepare(columns).unwrap();
    let columns: Vec<String> = columns.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let classified: BTreeMap<_, _> = TIMES.into_iter().collect();
    assert_eq!(columns, classified.keys().copied().collect::<Vec<_>>(), "classify each new time, and bound its effect");
    let tests = [
        include_str!("bulk.rs"),
        include_str!("clock.rs"),
        include_str!("devices.rs"),
        include_str!("health.rs"),
        include_str!("kitchen.rs"),
        include_str!("prices.rs"),
        include_str!("printing.rs"),
        include_str!("sessions.rs"),
        include_str!("shop.rs"),
        include_str!("upkeep.rs"),
    ];
    for (column, decides) in classified {
        if let Until(test) | Planned(test) = decides {
            assert!(
                tests.iter().any(|file| file.contains(&format!("fn {test}()"))),
                "{column}: there is no test {test}"
            );
        }
    }
}
