//! All routes of the hub.

use axum::Router;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use web::cookie::HUB_SESSION;
use web::server::not_found;
use web::{description, open_route, route};

use crate::catalog::http::{
    announcements, chain, customers, images, menus, overrides, price_changes, products, settings, users,
};
use crate::state::Hub;
use crate::version::VERSION;
use crate::{
    audit, conflicts, events, health, ingest, outlets, quarantine, reports, snapshots, staff, streams, tls, webhooks,
};

/// Descriptions of the tags.
const TAGS: [(&str, &str); 3] = [
    ("head office", "What people at head office read and change"),
    ("health", "Whether the server runs, for monitoring"),
    ("outlets", "Requests of outlets"),
];

/// Maximum body of all other routes.
const BODY_LIMIT: usize = 64 * 1024;

fn all() -> OpenApiRouter<Hub> {
    OpenApiRouter::with_openapi(description())
        // Without credentials.
        .routes(open_route!(health::ping))
        .routes(open_route!(outlets::http::enroll))
        .routes(open_route!(staff::http::log_in))
        .routes(open_route!(health::healthz))
        .routes(open_route!(health::readyz))
        .routes(open_route!(health::metrics))
        // Outlets, by their key.
        .routes(route!(ingest::http::push_batch).layer(ingest::http::body_limit()))
        .routes(route!(streams::http::pull_updates))
        .routes(route!(streams::http::stream_heads))
        .routes(route!(streams::http::list_entities))
        .routes(route!(streams::http::get_entity))
        .routes(route!(streams::http::list_documents))
        .routes(route!(streams::verify::http::verify_ranges))
        .routes(route!(reports::statement::http::get_statement))
        .routes(route!(reports::statement::http::report_statement))
        .routes(route!(outlets::http::report_devices))
        .routes(route!(images::list_wanted_images))
        .routes(route!(images::put_image).layer(web::image::body_limit()))
        .routes(route!(images::get_image))
        .routes(route!(audit::http::push_audit).layer(audit::http::body_limit()))
        .routes(route!(snapshots::http::get_snapshot))
        // Head office, by session: the actor of each handler determines the permission.
        .routes(route!(staff::http::get_me))
        .routes(route!(staff::http::change_password))
        .routes(route!(staff::http::log_out))
        .routes(route!(staff::http::log_out_everywhere))
        .routes(route!(staff::users::list_hub_users))
        .routes(route!(staff::users::create_hub_user))
        .routes(route!(staff::users::change_hub_user))
        .routes(route!(staff::users::end_sessions))
        .routes(route!(events::http::events))
        .routes(route!(reports::outlets::http::list_outlets))
        .routes(route!(outlets::http::head_office::create_outlet))
        .routes(route!(reports::outlets::http::get_outlet))
        .routes(route!(outlets::http::head_office::change_outlet))
        .routes(route!(outlets::http::head_office::create_enroll_code))
        .routes(route!(outlets::http::head_office::rotate_outlet_key))
        .routes(route!(outlets::http::head_office::revoke_outlet_key))
        .routes(route!(outlets::http::head_office::revoke_outlet))
        .routes(route!(tls::get_tls))
        .routes(route!(health::http::get_health))
        .routes(route!(webhooks::http::get_webhook))
        .routes(route!(webhooks::http::put_webhook))
        .routes(route!(webhooks::http::delete_webhook))
        .routes(route!(webhooks::http::rotate_webhook_secret))
        .routes(route!(reports::http::list_orders))
        .routes(route!(reports::drawers::list_drawers))
        .routes(route!(reports::printers::list_printers))
        .routes(route!(reports::shifts::list_shifts))
        .routes(route!(reports::shifts::get_shift))
        .routes(route!(reports::http::get_order))
        .routes(route!(reports::refunds::list_refunds))
        .routes(route!(reports::refunds::get_refund))
        .routes(route!(reports::audit::list_audit))
        .routes(route!(audit::http::list_audit_heads))
        .routes(route!(reports::http::daily_sales))
        .routes(route!(reports::http::sales_taxes))
        .routes(route!(reports::http::sales_tenders))
        .routes(route!(reports::unconfirmed::list_unconfirmed))
        .routes(route!(reports::http::sales_people))
        .routes(route!(reports::http::product_sales))
        .routes(route!(reports::http::sales_by))
        .routes(route!(reports::statement::http::list_statements))
        // Shared entities.
        .routes(route!(products::list_products))
        .routes(route!(chain::products::create))
        .routes(route!(chain::products::get))
        .routes(route!(chain::products::change))
        .routes(route!(chain::products::delete))
        .routes(route!(products::list_product_prices))
        .routes(route!(products::list_product_delivery))
        .routes(route!(products::change_products))
        .routes(route!(products::undo_products))
        .routes(route!(images::put_product_image).layer(web::image::body_limit()))
        .routes(route!(images::get_product_image))
        .routes(route!(images::delete_product_image))
        .routes(route!(chain::list_categories))
        .routes(route!(chain::categories::create))
        .routes(route!(chain::categories::get))
        .routes(route!(chain::categories::change))
        .routes(route!(chain::categories::delete))
        .routes(route!(chain::list_charges))
        .routes(route!(chain::charges::create))
        .routes(route!(chain::charges::get))
        .routes(route!(chain::charges::change))
        .routes(route!(chain::charges::delete))
        .routes(route!(chain::list_tenders))
        .routes(route!(chain::tenders::create))
        .routes(route!(chain::tenders::get))
        .routes(route!(chain::tenders::change))
        .routes(route!(chain::tenders::delete))
        .routes(route!(chain::list_menus))
        .routes(route!(chain::menus::create))
        .routes(route!(chain::menus::get))
        .routes(route!(chain::menus::change))
        .routes(route!(chain::menus::delete))
        .routes(route!(menus::list_menu_prices))
        .routes(route!(menus::change_menu_prices))
        .routes(route!(menus::get_menu_outlets))
        .routes(route!(menus::put_menu_outlets))
        .routes(route!(menus::list_menu_delivery))
        .routes(route!(price_changes::list_price_changes))
        .routes(route!(price_changes::create_price_changes))
        .routes(route!(price_changes::delete_price_change))
        .routes(route!(price_changes::list_price_change_delivery))
        .routes(route!(customers::list_customers))
        .routes(route!(chain::customers::create))
        .routes(route!(chain::customers::get))
        .routes(route!(chain::customers::change))
        .routes(route!(chain::customers::delete))
        .routes(route!(users::list_users))
        .routes(route!(users::create_user))
        .routes(route!(users::get_user))
        .routes(route!(users::change_user))
        .routes(route!(users::delete_user))
        .routes(route!(settings::get_settings))
        .routes(route!(settings::change_settings))
        .routes(route!(overrides::charges::list))
        .routes(route!(overrides::charges::put))
        .routes(route!(overrides::charges::delete))
        .routes(route!(overrides::products::list))
        .routes(route!(overrides::products::put))
        .routes(route!(overrides::products::delete))
        .routes(route!(announcements::list_announcements))
        .routes(route!(announcements::create_announcement))
        .routes(route!(announcements::delete_announcement))
        .routes(route!(announcements::create_announcements))
        .routes(route!(announcements::change_announcement))
        // Conflicts and quarantine.
        .routes(route!(conflicts::http::list_conflicts))
        .routes(route!(conflicts::http::resolve_conflict))
        .routes(route!(quarantine::http::list_dead_letters))
        .routes(route!(quarantine::http::list_outlet_quarantine))
        .routes(route!(quarantine::http::discard_dead_letter))
        .routes(route!(quarantine::http::accept_dead_letter))
        .routes(route!(quarantine::http::retry_quarantined))
        .routes(route!(quarantine::http::discard_quarantined))
        .routes(route!(quarantine::http::retry_unapplied))
        .routes(route!(quarantine::http::discard_unapplied))
}

/// The API description that `gerai openapi hub` prints.
pub(crate) fn api() -> OpenApi {
    description::complete(all().into_openapi(), &TAGS)
}

/// First segments of paths that are not addresses of pages.
const NOT_PAGES: [&str; 7] = ["v1", "docs", "openapi.json", "healthz", "readyz", "metrics", "trust"];

/// The routes with their layers, and the explorer at `/docs`. Head office's pages have all other paths.
pub(crate) fn router(hub: &Hub) -> Router {
    let (routes, api) = all().split_for_parts();
    let api = description::complete(api, &TAGS);
    let routes =
        routes.with_state(hub.clone()).merge(web::server::explorer(&api, &hub.metrics)).merge(pages::trust(&hub.tls));
    web::server::layers(routes, page, &api, &hub.metrics, &hub.edge, BODY_LIMIT)
}

/// Answers a path that is no route: with head office's pages, if somebody reads a page.
async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let first = uri.path().split('/').nth(1).unwrap_or_default();
    if !matches!(method, Method::GET | Method::HEAD) || NOT_PAGES.contains(&first) {
        return not_found().await.into_response();
    }
    pages::OFFICE.answer(uri.path(), &headers)
}

fn description() -> OpenApi {
    let about = "Head office's server. Answers are `{\"success\": true, \"data\": …}`, errors \
                 `{\"success\": false, \"error\": \"stable_code\", \"message\": \"what to do\"}`. Money is whole minor \
                 units (rupiah), times are RFC 3339 UTC.";
    let mut components = Components::new();
    components.add_security_scheme(staff::SESSION, description::bearer("The token of /v1/hq/auth/login"));
    let in_cookie = "For pages of this server: set by /v1/hq/auth/login with `cookie`";
    components.add_security_scheme(staff::SESSION_COOKIE, description::cookie(HUB_SESSION.name(), in_cookie));
    components.add_security_scheme(outlets::OUTLET_KEY, description::bearer("The outlet's own key"));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Gerai hub").version(VERSION).description(Some(about)).build())
        .components(Some(components))
        .build()
}
