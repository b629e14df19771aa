//! All routes of the outlet.

use access::device::PAIRED;
use access::session::{SESSION, SESSION_COOKIE};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use replica::admin;
use shop::{
    announcements, auth, bulk, catalog, charges, customers, devices, display, drawers, images, kitchen, menus, orders,
    prices, printing, qris, refunds, reports, settings, shifts, staff, tables, tenders, till,
};
use sqlite::ReadRow;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use web::cookie::OutletCookies;
use web::reply::Done;
use web::server::not_found;
use web::{ApiError, Remote, description, open_route, route};

use crate::printing::find;
use crate::state::App;
use crate::{events, health, history, status, tls};

/// Descriptions of the tags.
const TAGS: [(&str, &str); 22] = [
    ("announcements", "Announcements from head office"),
    ("audit", "The audit log: who did what"),
    ("auth", "Log-in and sessions"),
    ("catalog", "Categories, products and their prices"),
    ("charges", "Service charges and taxes"),
    ("customers", "Customers"),
    ("devices", "Tills and kitchen screens"),
    ("drawers", "Cash drawers"),
    ("events", "What changes at the outlet, as a stream"),
    ("health", "Liveness, readiness and metrics, for monitoring"),
    ("jobs", "Work in the background: progress, result, cancel"),
    ("kitchen", "Tickets of kitchen and bar, and how much is left of a product"),
    ("orders", "Orders, payments and voids"),
    ("printers", "Printers, their queue, and what they print"),
    ("refunds", "Money given back for paid orders"),
    ("reports", "Figures of the outlet's sales"),
    ("settings", "Settings of the shop and of its link to the hub"),
    ("shifts", "Shifts of the cash drawers: count, movements, close"),
    ("staff", "Users of the outlet"),
    ("sync", "Sync with the hub: queue, quarantine, conflicts"),
    ("tables", "Dining tables"),
    ("tenders", "The ways to pay that the chain accepts"),
];

/// Maximum size of a body; an order with 500 lines with notes fits.
const BODY_LIMIT: usize = 1 << 20;
/// The limit for requests without authentication.
const LOG_IN_BODY_LIMIT: usize = 16 << 10;

#[derive(OpenApi)]
#[openapi(info(
    title = "Gerai outlet",
    description = "The server in the shop. Money is whole minor units (rupiah), times are RFC 3339 UTC, errors carry \
        a stable code in `error` and a text in `message`. Log in first; send the token as `Authorization: Bearer …`.",
))]
struct Api;

fn api_router(cookies: &OutletCookies) -> OpenApiRouter<App> {
    const TAGGED: &str = "the name ends in a tag of the outlet, which its own description has";
    let mut open_api = Api::openapi();
    let log_in = description::bearer("The token of /api/v1/auth/login");
    let in_cookie = format!("For pages of this server: set by /api/v1/auth/login with `cookie`; {TAGGED}");
    let paired = format!("Set by /api/v1/devices/pair; {TAGGED}");
    let components = open_api.components.get_or_insert_default();
    components.add_security_scheme(SESSION, log_in);
    components.add_security_scheme(SESSION_COOKIE, description::cookie(cookies.session.name(), &in_cookie));
    components.add_security_scheme(PAIRED, description::cookie(cookies.device.name(), &paired));
    OpenApiRouter::with_openapi(open_api)
        // Public.
        .routes(open_route!(auth::http::log_in).layer(DefaultBodyLimit::max(LOG_IN_BODY_LIMIT)))
        .routes(open_route!(devices::http::pair_device).layer(DefaultBodyLimit::max(LOG_IN_BODY_LIMIT)))
        .routes(open_route!(admin::webhook::http::receive_webhook).layer(admin::webhook::http::body_limit()))
        .routes(open_route!(printing::http::show_receipt))
        .routes(open_route!(healthz))
        .routes(open_route!(readyz))
        .routes(open_route!(metrics))
        // By the cookie of a paired device.
        .routes(route!(auth::http::list_names))
        .routes(route!(devices::http::get_own_device))
        .routes(route!(devices::http::report_heartbeat))
        .routes(route!(display::http::publish_display))
        .routes(route!(display::http::list_display_tills))
        .routes(route!(display::http::get_display))
        // The handler's `Actor` determines the required right.
        .routes(route!(auth::http::get_me))
        .routes(route!(status::get_outlet_status))
        .routes(route!(events::stream_events))
        .routes(route!(auth::http::log_out))
        .routes(route!(auth::http::log_out_everywhere))
        .routes(route!(auth::http::change_pin))
        .routes(route!(catalog::category::list_categories))
        .routes(route!(catalog::category::create_category))
        .routes(route!(catalog::category::get_category))
        .routes(route!(catalog::category::put_category))
        .routes(route!(catalog::category::delete_category))
        .routes(route!(catalog::http::list_products))
        .routes(route!(catalog::http::create_product))
        .routes(route!(catalog::http::get_product))
        .routes(route!(catalog::http::put_product))
        .routes(route!(catalog::http::patch_product))
        .routes(route!(catalog::http::delete_product))
        .routes(route!(bulk::http::change_products))
        .routes(route!(bulk::http::undo_product_change))
        .routes(route!(images::http::put_product_image).layer(web::image::body_limit()))
        .routes(route!(images::http::get_product_image))
        .routes(route!(images::http::delete_product_image))
        .routes(route!(till::http::get_till_catalog))
        .routes(route!(charges::http::list_charges))
        .routes(route!(charges::http::create_charge))
        .routes(route!(charges::http::get_charge))
        .routes(route!(charges::http::put_charge))
        .routes(route!(charges::http::delete_charge))
        .routes(route!(charges::http::put_charge_of_outlet))
        .routes(route!(menus::http::list_menus))
        .routes(route!(menus::http::put_menu_of_outlet))
        .routes(route!(prices::http::list_prices))
        .routes(route!(tenders::list_tenders))
        .routes(route!(tenders::create_tender))
        .routes(route!(tenders::get_tender))
        .routes(route!(tenders::put_tender))
        .routes(route!(tenders::delete_tender))
        .routes(route!(tables::http::list_tables))
        .routes(route!(tables::http::list_table_states))
        .routes(route!(tables::http::create_table))
        .routes(route!(tables::http::get_table))
        .routes(route!(tables::http::put_table))
        .routes(route!(tables::http::delete_table))
        .routes(route!(drawers::list_drawers))
        .routes(route!(drawers::create_drawer))
        .routes(route!(drawers::get_drawer))
        .routes(route!(drawers::put_drawer))
        .routes(route!(drawers::delete_drawer))
        .routes(route!(printing::printers::list_printers))
        .routes(route!(printing::printers::create_printer))
        .routes(route!(printing::printers::get_printer))
        .routes(route!(printing::printers::put_printer))
        .routes(route!(printing::printers::patch_printer))
        .routes(route!(printing::printers::delete_printer))
        .routes(route!(find::find_printers))
        .routes(route!(printing::http::test_printer))
        .routes(route!(printing::http::list_print_jobs))
        .routes(route!(printing::http::get_print_job))
        .routes(route!(printing::http::retry_print_job))
        .routes(route!(printing::http::get_receipt))
        .routes(route!(printing::http::make_receipt_link))
        .routes(route!(printing::http::print_order))
        .routes(route!(printing::http::print_refund))
        .routes(route!(printing::http::print_shift))
        .routes(route!(printing::http::print_movement))
        .routes(route!(printing::http::print_ticket))
        .routes(route!(printing::http::open_drawer))
        .routes(route!(customers::http::list_customers))
        .routes(route!(customers::http::create_customer))
        .routes(route!(customers::http::get_customer))
        .routes(route!(customers::http::put_customer))
        .routes(route!(customers::http::delete_customer))
        .routes(route!(announcements::http::list_announcements))
        .routes(route!(settings::http::get_shop_settings))
        .routes(route!(settings::http::update_shop_settings))
        .routes(route!(qris::http::get_qris))
        .routes(route!(qris::http::update_qris))
        .routes(route!(qris::http::get_order_qris))
        .routes(route!(qris::http::get_unconfirmed_report))
        .routes(route!(qris::http::match_settlement))
        .routes(route!(orders::http::list_orders))
        .routes(route!(orders::http::list_order_summaries))
        .routes(route!(orders::http::create_order))
        .routes(route!(orders::http::quote_order))
        .routes(route!(orders::http::get_order))
        .routes(route!(orders::http::take_payment))
        .routes(route!(orders::http::void_order))
        .routes(route!(orders::http::moves::change_order))
        .routes(route!(orders::http::moves::move_order))
        .routes(route!(orders::http::moves::merge_orders))
        .routes(route!(orders::http::moves::split_order))
        .routes(route!(orders::http::lines::add_lines))
        .routes(route!(orders::http::lines::change_line))
        .routes(route!(orders::http::lines::remove_line))
        .routes(route!(orders::http::lines::void_line))
        .routes(route!(orders::http::lines::send_order))
        .routes(route!(orders::http::discounts::give_discount))
        .routes(route!(orders::http::discounts::take_back_discount))
        .routes(route!(orders::http::payments::confirm_payment))
        .routes(route!(orders::http::payments::reverse_payment))
        .routes(route!(kitchen::http::list_tickets))
        .routes(route!(kitchen::http::start_ticket))
        .routes(route!(kitchen::http::bump_ticket))
        .routes(route!(kitchen::http::serve_ticket))
        .routes(route!(kitchen::http::recall_ticket))
        .routes(route!(kitchen::http::change_ticket_line))
        .routes(route!(kitchen::http::list_all_day))
        .routes(route!(kitchen::http::availability::list_availability))
        .routes(route!(kitchen::http::availability::set_availability))
        .routes(route!(shifts::http::list_shifts))
        .routes(route!(shifts::http::open_shift))
        .routes(route!(shifts::http::get_current_shift))
        .routes(route!(shifts::http::get_shift))
        .routes(route!(shifts::http::get_shift_report))
        .routes(route!(shifts::http::move_cash))
        .routes(route!(shifts::http::close_shift))
        .routes(route!(shifts::http::hand_over_shift))
        .routes(route!(shifts::http::recount_shift))
        .routes(route!(refunds::http::refund_order))
        .routes(route!(refunds::http::list_refunds))
        .routes(route!(refunds::http::get_refund))
        .routes(route!(reports::http::get_today))
        .routes(route!(reports::http::get_taxes_report))
        .routes(route!(reports::http::get_people_report))
        .routes(route!(reports::http::get_tenders_report))
        .routes(route!(staff::http::list_users))
        .routes(route!(staff::http::create_user))
        .routes(route!(staff::http::update_user))
        .routes(route!(staff::http::list_lockouts))
        .routes(route!(staff::http::unlock_user))
        .routes(route!(devices::http::list_devices))
        .routes(route!(devices::http::create_pairing_code))
        .routes(route!(devices::http::get_device))
        .routes(route!(devices::http::change_device))
        .routes(route!(devices::http::revoke_device))
        .routes(route!(tls::get_tls))
        .routes(route!(admin::audit::list_audit))
        .routes(route!(admin::audit::verify_audit))
        .routes(route!(admin::settings::get_outlet_config))
        .routes(route!(admin::settings::update_outlet_config))
        .routes(route!(admin::settings::test_outlet_config))
        .routes(route!(admin::settings::enroll_outlet))
        .routes(route!(admin::http::get_status))
        .routes(route!(admin::http::stream_sync_status))
        .routes(route!(health::http::get_health))
        .routes(route!(admin::http::trigger_sync))
        .routes(route!(admin::http::resync))
        .routes(route!(admin::http::verify_sync))
        .routes(route!(admin::statement::get_statement))
        .routes(route!(admin::jobs::start_job))
        .routes(route!(admin::jobs::list_jobs))
        .routes(route!(admin::jobs::get_job))
        .routes(route!(admin::jobs::cancel_job))
        .routes(route!(admin::http::list_logs))
        .routes(route!(history::get_history))
        .routes(route!(admin::http::list_failed))
        .routes(route!(admin::http::list_queue))
        .routes(route!(admin::http::retry_item))
        .routes(route!(admin::updates::list_conflicts))
        .routes(route!(admin::updates::resolve_conflict))
        .routes(route!(admin::updates::undo_conflict))
        .routes(route!(admin::updates::list_unapplied))
        .routes(route!(admin::updates::retry_all_unapplied))
        .routes(route!(admin::updates::list_unreviewed))
        .routes(route!(admin::updates::confirm_unreviewed))
        .routes(route!(admin::quarantine::list_quarantine))
        .routes(route!(admin::quarantine::discard_item))
        .routes(route!(admin::quarantine::retry_failed))
        .routes(route!(admin::quarantine::discard_failed))
        .routes(route!(admin::quarantine::discard_unapplied))
        .routes(route!(admin::quarantine::retry_unapplied))
        .routes(route!(admin::quarantine::list_discards))
}

/// The API's description.
#[must_use]
pub fn api() -> Description {
    description::complete(api_router(&OutletCookies::untagged()).into_openapi(), &TAGS)
}

/// The complete server: the API, its explorer at `/docs`, and the pages.
pub fn router(app: &App) -> Router {
    let (routes, open_api) = api_router(app.access.cookies()).split_for_parts();
    let open_api = description::complete(open_api, &TAGS);
    let routes = routes
        .with_state(app.clone())
        .merge(web::server::explorer(&open_api, &app.metrics))
        .route("/", get(home).with_state(app.clone()))
        .merge(pages::trust(&app.tls))
        .merge(pages::TILL.routes("/till"))
        .merge(pages::KITCHEN.routes("/kitchen"))
        .merge(pages::DISPLAY.routes("/display"))
        .merge(pages::CONSOLE.routes("/admin"));
    web::server::layers(routes, not_found, &open_api, &app.metrics, &app.edge, BODY_LIMIT)
}

/// Leads a browser to its app.
async fn home(State(app): State<App>, remote: Remote, headers: HeaderMap) -> Response {
    pages::choose(&app.tls, remote.is_secure, app.access.cookies().device.name(), &headers)
}

/// Checks that the process runs.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = Done)))]
async fn healthz() -> Done {
    Done::alive()
}

/// Checks that the database responds: the outlet is ready to sell.
#[utoipa::path(get, path = "/readyz", tag = "health", responses(
    (status = 200, body = Done), (status = 503, description = "Not ready; the message says why")))]
async fn readyz(State(app): State<App>) -> Result<Done, ApiError> {
    app.db
        .read(|tx| Ok::<i64, ApiError>(tx.query_row("select count(*) from outlet_config", [], |row| row.read(0))?))
        .await?;
    Ok(Done::ready())
}

/// Returns metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "health", responses(
    (status = 200, description = "Prometheus' text format 0.0.4", body = String, content_type = "text/plain"),
    (status = 503, description = "`overloaded`: too many concurrent requests; retry after `Retry-After`")))]
async fn metrics(State(app): State<App>) -> Result<Response, ApiError> {
    let in_use = [
        ("log_ins", app.log_ins.in_use()),
        ("event_streams", app.streams.in_use()),
        ("reads", app.db.reads()),
        ("queued_writes", app.db.queued_writes()),
    ];
    app.metrics.text(&in_use).await
}
