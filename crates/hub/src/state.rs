//! The parts of a running hub. Each feature extracts its part.

use std::sync::Arc;

use axum::extract::FromRef;
use store::{Listening, Store};
use tokio_util::sync::CancellationToken;
use web::CodeThrottle;
use web::metrics::Metrics;
use web::quotas::Quotas;
use web::tls::TlsHandle;
use web::token::Tokens;

use crate::catalog::head_office::HeadOffice;
use crate::events::Events;
use crate::events::http::People;
use crate::health::state::Health;
use crate::health::upkeep::Upkeep;
use crate::ingest::Admission;
use crate::ingest::state::Ingest;
use crate::metrics::HubMetrics;
use crate::outlets::SilentAfter;
use crate::outlets::state::Outlets;
use crate::snapshots::Snapshots;
use crate::snapshots::state::Downloads;
use crate::staff::state::Staff;
use crate::staff::{LoginThrottle, Sessions};
use crate::streams::state::Streams;
use crate::streams::{Hints, ReadPositions, Readers};
use crate::webhooks::handles::Webhooks;

/// Head office's server. Cheap to clone; all clones are one hub.
#[derive(Clone)]
pub struct Hub {
    pub(crate) store: Store,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) metrics: Metrics,
    /// TLS of the serving server.
    pub(crate) tls: TlsHandle,
    pub(crate) counters: HubMetrics,
    /// Wakes outlets that wait for changes.
    pub(crate) hints: Hints,
    /// Publishes events for the pages of head office.
    pub(crate) events: Events,
    /// Limits open event streams of people.
    pub(crate) listeners: Quotas,
    /// When the read position of each outlet was last stored.
    pub(crate) read_positions: ReadPositions,
    /// Snapshot files for new outlets.
    pub(crate) snapshots: Arc<Snapshots>,
    /// Cancelled when the hub stops: waiting requests then answer.
    pub(crate) stopping: CancellationToken,
    /// Limits attempts at enrollment codes.
    pub(crate) enroll_throttle: Arc<CodeThrottle>,
    /// Whether webhooks to private addresses are allowed.
    pub(crate) webhook_allow_private: bool,
    /// Host names, origins and proxies that the server accepts.
    pub(crate) edge: Arc<web::Edge>,
    /// How long an outlet may be without contact before it is silent.
    pub(crate) silent_after: SilentAfter,
    /// Results of the hourly upkeep.
    pub(crate) upkeep: Arc<Upkeep>,
    /// Limits concurrent batches.
    pub(crate) admission: Arc<Admission>,
    /// Limits concurrent reads of outlets.
    pub(crate) readers: Readers,
    /// Delays addresses after wrong passwords.
    pub(crate) login_throttle: Arc<LoginThrottle>,
    /// Limits concurrent password checks.
    pub(crate) log_ins: Quotas,
    /// Receives hints of other nodes as long as the hub exists.
    pub(crate) _nodes: Option<Arc<Listening>>,
}

impl Hub {
    /// The database, for commands and tests.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// Lets handlers extract their feature's part of the hub.
macro_rules! parts {
    ($($part:ident { $($field:ident: $of:ident),+ $(,)? })+) => {
        $(impl FromRef<Hub> for $part {
            fn from_ref(hub: &Hub) -> Self {
                Self { $($field: hub.$of.clone()),+ }
            }
        })+
    };
}

parts! {
    Sessions { store: store, tokens: tokens }
    HeadOffice { store: store, hints: hints, events: events }
    Ingest { store: store, hints: hints, events: events, admission: admission, counters: counters }
    People { events: events, listeners: listeners, stopping: stopping }
    Streams {
        store: store, hints: hints, events: events, read_positions: read_positions, readers: readers, stopping: stopping,
    }
    Downloads { store: store, snapshots: snapshots, readers: readers }
    Outlets { store: store, events: events, enroll_throttle: enroll_throttle, silent_after: silent_after }
    Staff { store: store, tokens: tokens, login_throttle: login_throttle, log_ins: log_ins }
    Webhooks { store: store, hints: hints, counters: counters, allow_private: webhook_allow_private }
    Health {
        store: store, metrics: metrics, counters: counters, admission: admission, readers: readers, log_ins: log_ins,
        silent_after: silent_after, upkeep: upkeep,
    }
}

impl FromRef<Hub> for TlsHandle {
    fn from_ref(hub: &Hub) -> Self {
        hub.tls.clone()
    }
}

impl FromRef<Hub> for Store {
    fn from_ref(hub: &Hub) -> Self {
        hub.store.clone()
    }
}
