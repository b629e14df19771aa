//! What the server in the shop is made of; `shop` and `replica` each see their part.

use std::sync::Arc;

use access::Access;
use axum::extract::FromRef;
use replica::link::Link;
use replica::seen_webhooks::Seen;
use replica::{Replica, SyncEnv};
use shop::Shop;
use shop::attempt_locks::AttemptLocks;
use sqlite::{Db, Lock};
use tokio_util::sync::CancellationToken;
use web::metrics::Metrics;
use web::quotas::Quotas;
use web::token::Tokens;

/// What the server is made of. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The outlet's database.
    pub db: Db,
    /// Signs and checks sessions.
    pub tokens: Tokens,
    /// Knows the callers.
    pub access: Access,
    /// What the environment says about the hub.
    pub env: Arc<SyncEnv>,
    /// What is known of the link to the hub; the worker's side of it.
    pub link: Arc<Link>,
    /// Which names, pages and proxies the server answers to.
    pub edge: Arc<web::Edge>,
    /// Places for event streams.
    pub streams: Quotas,
    /// Places for checks of PINs.
    pub log_ins: Quotas,
    /// Tries at PINs, one after the other.
    pub turns: Arc<AttemptLocks>,
    /// Webhooks that came before.
    pub webhooks: Arc<Seen>,
    /// Figures for `/metrics`.
    pub metrics: Metrics,
    /// Cancelled when the server stops: ends the event streams.
    pub stopping: CancellationToken,
    /// Held while the process lives.
    pub(crate) _lock: Arc<Lock>,
}

impl App {
    /// What the features of the shop share.
    #[must_use]
    pub fn shop(&self) -> Shop {
        Shop {
            db: self.db.clone(),
            tokens: self.tokens.clone(),
            access: self.access.clone(),
            streams: self.streams.clone(),
            log_ins: self.log_ins.clone(),
            turns: Arc::clone(&self.turns),
            outlet_code: self.env.outlet_code.clone(),
            catalog_changes: self.link.pulls(),
            stopping: self.stopping.clone(),
        }
    }

    /// What the worker and the handlers of sync share.
    #[must_use]
    pub fn replica(&self) -> Replica {
        Replica {
            db: self.db.clone(),
            env: Arc::clone(&self.env),
            link: Arc::clone(&self.link),
            access: self.access.clone(),
            streams: self.streams.clone(),
            webhooks: Arc::clone(&self.webhooks),
            stopping: self.stopping.clone(),
        }
    }
}

impl FromRef<App> for Shop {
    fn from_ref(app: &App) -> Self {
        app.shop()
    }
}

impl FromRef<App> for Replica {
    fn from_ref(app: &App) -> Self {
        app.replica()
    }
}

impl FromRef<App> for Access {
    fn from_ref(app: &App) -> Self {
        app.access.clone()
    }
}
