//! The state of the outlet's server; `shop` and `replica` each see their part.

use std::sync::Arc;

use access::Access;
use axum::extract::FromRef;
use replica::jobs::Jobs;
use replica::link::Link;
use replica::webhook_ids::WebhookIds;
use replica::{Replica, SyncEnv};
use shop::Shop;
use shop::attempt_locks::AttemptLocks;
use shop::display::Displays;
use sqlite::{Db, Lock};
use tokio_util::sync::CancellationToken;
use web::CodeThrottle;
use web::events::feed::Feed;
use web::metrics::Metrics;
use web::quotas::Quotas;
use web::tls::TlsHandle;
use web::token::Tokens;

use crate::device_report;
use crate::printing::Patience;
use crate::printing::find::Finder;
use crate::status::Alarms;

/// The state of the server. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The outlet's database.
    pub db: Db,
    /// Signs and checks sessions.
    pub tokens: Tokens,
    /// Authenticates callers.
    pub access: Access,
    /// Hub settings from the environment.
    pub env: Arc<SyncEnv>,
    /// State of the link to the hub, shared with the worker.
    pub link: Arc<Link>,
    /// Allowed host names, page origins and proxies.
    pub edge: Arc<web::Edge>,
    /// What changes, for event streams.
    pub feed: Feed,
    /// The last alarms.
    pub alarms: Arc<Alarms>,
    /// Quota of event streams.
    pub streams: Quotas,
    /// Quota of PIN checks.
    pub log_ins: Quotas,
    /// Serializes PIN attempts per user.
    pub attempt_locks: Arc<AttemptLocks>,
    /// Limits wrong pairing codes.
    pub pairing_throttle: Arc<CodeThrottle>,
    /// What tills show their guests.
    pub displays: Arc<Displays>,
    /// Limits guessed addresses of receipts.
    pub receipt_throttle: Arc<CodeThrottle>,
    /// How long printers may take.
    pub patience: Patience,
    /// Searches for printers.
    pub finder: Finder,
    /// Work in the background that people started.
    pub jobs: Jobs,
    /// Recently received webhooks.
    pub webhooks: Arc<WebhookIds>,
    /// Metrics.
    pub metrics: Metrics,
    /// TLS of the serving server.
    pub tls: TlsHandle,
    /// Cancelled when the server stops: ends the event streams.
    pub stopping: CancellationToken,
    /// Locked until the process ends.
    pub(crate) _lock: Arc<Lock>,
}

impl App {
    /// The state of the shop's features.
    #[must_use]
    pub fn shop(&self) -> Shop {
        Shop {
            db: self.db.clone(),
            tokens: self.tokens.clone(),
            access: self.access.clone(),
            log_ins: self.log_ins.clone(),
            attempt_locks: Arc::clone(&self.attempt_locks),
            pairing_throttle: Arc::clone(&self.pairing_throttle),
            displays: Arc::clone(&self.displays),
            receipt_throttle: Arc::clone(&self.receipt_throttle),
            outlet_code: self.env.outlet_code.clone(),
        }
    }

    /// The state of the worker and the sync handlers.
    #[must_use]
    pub fn replica(&self) -> Replica {
        Replica {
            db: self.db.clone(),
            env: Arc::clone(&self.env),
            link: Arc::clone(&self.link),
            access: self.access.clone(),
            streams: self.streams.clone(),
            jobs: self.jobs.clone(),
            webhooks: Arc::clone(&self.webhooks),
            stopping: self.stopping.clone(),
            devices: device_report::of_devices,
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
