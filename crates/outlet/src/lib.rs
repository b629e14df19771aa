//! The server in the shop: it puts the features of the `shop` and the sync of the `replica` together, opens the database,
//! starts and stops the worker, and says how the outlet is.

pub mod backup;
pub mod config;
pub mod health;
pub mod high_water_mark;
pub mod local_admin;
pub mod open;
pub mod restore_detection;
pub mod routes;
pub mod state;
mod upkeep;

use std::io;

use axum::Router;
use replica::settings::hub_link::{Cloud, cloud};
use sqlite::Fault;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use config::Config;
pub use local_admin::LocalAdmin;
pub use open::StartError;
pub use replica::SyncEnv;
pub use routes::api;
pub use state::App;

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
        Ok(Self { app: open::open(config).await? })
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
        self.app.db.read(move |tx| cloud(tx, &env)).await
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
        let worker = tokio::spawn(replica::engine::worker::run(self.app.replica(), stop.clone()));
        let listener_to_hub = tokio::spawn(replica::engine::fetch::listen(self.app.replica(), stop.clone()));
        let upkeep = tokio::spawn(upkeep::run(self.app.db.clone(), stop.clone()));
        let last = CancellationToken::new();
        let high_water_mark = tokio::spawn(high_water_mark::keep(self.app.db.clone(), last.clone()));
        let served = {
            let (limits, metrics) = (&self.app.edge.limits, &self.app.metrics);
            web::server::serve_within(limits, metrics, listener, self.router(), stop.clone()).await
        };
        stop.cancel();
        // A panic in any was logged where it happened; the database is closed all the same.
        let _ = tokio::join!(worker, listener_to_hub, upkeep);
        // It writes down where everything else has come to.
        last.cancel();
        let _ = high_water_mark.await;
        self.app.db.close().await;
        served
    }
}
