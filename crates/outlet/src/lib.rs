//! The server in the shop: connects the features of `shop` with the sync of `replica`, opens the database, starts and
//! stops the worker, and reports the outlet's health.

pub mod backup;
pub mod config;
mod device_report;
pub mod events;
pub mod health;
pub mod high_water_mark;
pub mod history;
pub mod local_admin;
pub mod open;
pub mod printing;
pub mod restore_detection;
pub mod routes;
pub mod state;
pub mod status;
mod tls;
mod upkeep;
mod version;

use std::io;

use axum::Router;
use replica::settings::hub_link::{HubLink, hub_link};
use sqlite::Fault;
use tokio_util::sync::CancellationToken;
use web::server::Listeners;

pub use config::Config;
pub use local_admin::LocalAdmin;
pub use open::StartError;
pub use replica::SyncEnv;
pub use routes::api;
pub use state::App;

/// An outlet's server that is open but not listening.
pub struct Outlet {
    app: App,
}

impl Outlet {
    /// Opens and migrates the database, repairs the triggers, and creates what a new outlet needs.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(config: Config) -> Result<Self, StartError> {
        Ok(Self { app: open::open(config).await? })
    }

    /// State shared by the handlers and the worker.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The configured link to the hub.
    ///
    /// # Errors
    /// The error from SQLite.
    pub async fn hub_link(&self) -> Result<HubLink, Fault> {
        let env = self.app.env.clone();
        self.app.db.read(move |tx| hub_link(tx, &env)).await
    }

    /// All routes with their layers.
    pub fn router(&self) -> Router {
        routes::router(&self.app)
    }

    /// Serves and syncs until `stop`; then finishes, flushes and closes the database.
    ///
    /// # Errors
    /// The error from the system.
    pub async fn serve(mut self, listeners: impl Into<Listeners>, stop: CancellationToken) -> io::Result<()> {
        let listeners = listeners.into();
        self.app.tls = listeners.tls();
        self.app.stopping = stop.clone();
        let worker = tokio::spawn(replica::engine::worker::run(self.app.replica(), stop.clone()));
        let listener_to_hub = tokio::spawn(replica::engine::fetch::listen(self.app.replica(), stop.clone()));
        let printing =
            tokio::spawn(printing::run(self.app.db.clone(), self.app.feed.clone(), self.app.patience, stop.clone()));
        let upkeep = tokio::spawn(upkeep::run(self.app.db.clone(), stop.clone()));
        let stop_mark = CancellationToken::new();
        let high_water_mark = tokio::spawn(high_water_mark::run(self.app.db.clone(), stop_mark.clone()));
        let result = {
            let (limits, metrics) = (&self.app.edge.limits, &self.app.metrics);
            web::server::serve_within(limits, metrics, listeners, self.router(), stop.clone()).await
        };
        stop.cancel();
        // A panic was logged where it happened; the database is closed in any case.
        let _ = tokio::join!(worker, listener_to_hub, printing, upkeep, self.app.jobs.ended());
        // The high-water mark records the final state.
        stop_mark.cancel();
        let _ = high_water_mark.await;
        self.app.db.close().await;
        result
    }
}
