//! The server in the shop: sells, keeps what it sold, and lets the sync worker tell head office.
//!
//! A request goes `routes` → a feature's `http` (parse, authorise, answer) → one verb (its SQL, one transaction) →
//! `domain` (decides). Nothing here waits for the network but the worker in [`sync`].

pub mod announcements;
pub mod auth;
pub mod backup;
pub mod beacon;
pub mod catalog;
pub mod charges;
pub mod checks;
pub mod config;
pub mod customers;
pub mod doctor;
mod duplicates;
pub mod events;
pub mod idempotency;
pub mod orders;
pub mod restored;
pub mod routes;
pub mod schema;
pub mod settings;
pub mod sight;
pub mod singletons;
pub mod staff;
pub mod state;
pub mod sync;
pub mod tables;
pub mod unreadable;

use std::io;

use axum::Router;
use sqlite::Fault;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use config::Config;
pub use routes::api;
use settings::cloud::Cloud;
pub use sight::Sight;
pub use state::{App, StartError};
pub use web::text;

/// An outlet's server, open but not yet listening.
pub struct Outlet {
    app: App,
}

impl Outlet {
    /// Opens the database, brings it up to date, checks the triggers and makes what a fresh outlet needs.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        Ok(Self { app: App::open(config).await? })
    }

    /// What its handlers and the worker share.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The link to the hub, as it is set.
    ///
    /// # Errors
    /// What SQLite said.
    pub async fn cloud(&self) -> Result<Cloud, Fault> {
        let env = self.app.env.clone();
        self.app.db.read(move |tx| settings::cloud::cloud(tx, &env)).await
    }

    /// Every route, with the layers around them.
    pub fn router(&self) -> Router {
        routes::router(&self.app)
    }

    /// Serves and syncs until `stop`; then finishes, flushes and closes the database.
    ///
    /// # Errors
    /// What the system said.
    pub async fn serve(mut self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        self.app.stopping = stop.clone();
        let worker = tokio::spawn(sync::worker::run(self.app.clone(), stop.clone()));
        let listener_to_hub = tokio::spawn(sync::pull::fetch::listen(self.app.clone(), stop.clone()));
        let last = CancellationToken::new();
        let beacon = tokio::spawn(beacon::keep(self.app.clone(), last.clone()));
        let served = {
            let (limits, metrics) = (&self.app.edge.limits, &self.app.metrics);
            web::server::serve_within(limits, metrics, listener, self.router(), stop.clone()).await
        };
        stop.cancel();
        // A panic in either was logged where it happened; the database is closed all the same.
        let _ = tokio::join!(worker, listener_to_hub);
        // It writes down where everything else has come to.
        last.cancel();
        let _ = beacon.await;
        self.app.db.close().await;
        served
    }
}
