//! All routes of the hub.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;
use web::description;

use crate::catalog::http::{announcements, chain, outlet_products, settings, users};
use crate::state::Hub;
use crate::version::VERSION;
use crate::{conflicts, health, ingest, outlets, quarantine, reports, snapshots, staff, streams, webhooks};

/// What the tags of the description are about.
const TAGS: [(&str, &str); 3] = [
    ("head office", "What the people at head office see and change"),
    ("health", "Whether the server runs, for what watches it"),
    ("outlets", "What outlets send and ask"),
];

/// The largest body of all other routes.
const BODY_LIMIT: usize = 64 * 1024;

fn all() -> OpenApiRouter<Hub> {
    OpenApiRouter::with_openapi(description())
        // outlets, by their key
        .routes(routes!(health::ping))
        .routes(routes!(ingest::http::push_batch).layer(ingest::http::body_limit()))
        .routes(routes!(outlets::http::enroll))
        .routes(routes!(streams::http::pull_updates))
        .routes(routes!(streams::http::stream_heads))
        .routes(routes!(streams::http::list_entities))
        .routes(routes!(streams::http::get_entity))
        .routes(routes!(streams::http::list_documents))
        .routes(routes!(streams::verify::http::verify_ranges))
        .routes(routes!(reports::statement::http::get_statement, reports::statement::http::report_statement))
        .routes(routes!(snapshots::http::get_snapshot))
        // head office, by session
        .routes(routes!(staff::http::log_in))
        .routes(routes!(staff::users::log_out))
        .routes(routes!(staff::users::list_hub_users, staff::users::create_hub_user))
        .routes(routes!(staff::users::change_hub_user))
        .routes(routes!(staff::users::end_sessions))
        .routes(routes!(reports::outlets::http::list_outlets))
        .routes(routes!(outlets::http::revoke_outlet_key))
        .routes(routes!(health::http::get_health))
        .routes(routes!(webhooks::http::get_webhook, webhooks::http::put_webhook, webhooks::http::delete_webhook))
        .routes(routes!(webhooks::http::rotate_webhook_secret))
        .routes(routes!(reports::http::list_orders))
        .routes(routes!(reports::drawers::list_drawers))
        .routes(routes!(reports::http::get_order))
        .routes(routes!(reports::http::daily_sales))
        .routes(routes!(reports::http::product_sales))
        .routes(routes!(reports::statement::http::list_statements))
        // what head office shares with the outlets: all read, admins change
        .routes(routes!(chain::products::list, chain::products::create))
        .routes(routes!(chain::products::get, chain::products::change, chain::products::delete))
        .routes(routes!(chain::categories::list, chain::categories::create))
        .routes(routes!(chain::categories::get, chain::categories::change, chain::categories::delete))
        .routes(routes!(chain::charges::list, chain::charges::create))
        .routes(routes!(chain::charges::get, chain::charges::change, chain::charges::delete))
        .routes(routes!(chain::customers::list, chain::customers::create))
        .routes(routes!(chain::customers::get, chain::customers::change, chain::customers::delete))
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(users::get_user, users::change_user, users::delete_user))
        .routes(routes!(settings::get_settings, settings::change_settings))
        .routes(routes!(outlet_products::list_own_products))
        .routes(routes!(outlet_products::put_own_product, outlet_products::delete_own_product))
        .routes(routes!(announcements::list_announcements, announcements::create_announcement))
        .routes(routes!(announcements::delete_announcement))
        .routes(routes!(announcements::create_announcements))
        .routes(routes!(announcements::change_announcement))
        .routes(routes!(conflicts::http::list_conflicts))
        .routes(routes!(conflicts::http::resolve_conflict))
        .routes(routes!(quarantine::http::list_dead_letters))
        .routes(routes!(quarantine::http::list_outlet_quarantine))
        .routes(routes!(quarantine::http::discard_dead_letter))
        .routes(routes!(quarantine::http::accept_dead_letter))
        .routes(routes!(quarantine::http::retry_quarantined))
        .routes(routes!(quarantine::http::discard_quarantined))
        .routes(routes!(quarantine::http::retry_unapplied))
        .routes(routes!(quarantine::http::discard_unapplied))
        // those who watch
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
}

/// What `gerai openapi hub` prints.
pub(crate) fn api() -> OpenApi {
    description::complete(all().into_openapi(), &TAGS)
}

/// The routes with the layers around them, the explorer at `/docs`, and `/` leading there.
pub(crate) fn router(hub: &Hub) -> Router {
    let (routes, api) = all().split_for_parts();
    let routes = routes.route("/", get(|| async { Redirect::temporary("/docs") })).with_state(hub.clone());
    let api = description::complete(api, &TAGS);
    let routes = routes.merge(web::server::explorer(api.clone(), &hub.metrics));
    web::server::layers(routes, &api, &hub.metrics, &hub.edge, BODY_LIMIT)
}

fn description() -> OpenApi {
    let about = "Head office's server. Answers are `{\"success\": true, \"data\": …}`, errors \
                 `{\"success\": false, \"error\": \"stable_code\", \"message\": \"what to do\"}`. Money is whole minor \
                 units (rupiah), times are RFC 3339 UTC.";
    let mut components = Components::new();
    components.add_security_scheme("session", description::bearer("The token of /v1/hq/auth/login"));
    components.add_security_scheme("outlet_key", description::bearer("The outlet's own key"));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Gerai hub").version(VERSION).description(Some(about)).build())
        .components(Some(components))
        .build()
}
