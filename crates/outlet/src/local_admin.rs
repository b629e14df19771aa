//! Local administration of an outlet's database from the terminal, with or without a running server.

use std::path::Path;

use access::signed::signed;
use domain::text::REASON;
use protocol::wire::EntityRef;
use replica::admin::settings::OutletConfig;
use replica::admin::status::{self, QueueItem, SyncStatus};
use replica::audit;
use replica::audit::list::{AuditEntry, Selection};
use replica::audit::verify::AuditVerdict;
use replica::capture::schema;
use replica::chain::chain;
use replica::config::SyncEnv;
use replica::conflicts::{self, Conflict, Resolution};
use replica::error::QueueError;
use replica::logs::{self, SyncLog};
use replica::progress::range::{self, ResyncScope};
use replica::pull::bootstrap;
use replica::pull::bootstrap::UnreviewedEntity;
use replica::pull::retry::{self, RetryResult};
use replica::push::requeue::{RetryRefused, retry};
use replica::quarantine::discard::{DiscardRefused, DiscardResult, discard};
use replica::quarantine::discard_update::discard_update;
use replica::quarantine::list::QuarantinedItem;
use replica::reconcile::verify::{self, Difference};
use replica::settings::change::{self, ChangeOutletConfig};
use replica::settings::hub_link::{Address, HubLink, hub_link};
use replica::settings::key_origin;
use replica::snapshot::offline;
use replica::snapshot::offline::{ImportSummary, OfflineError};
use replica::snapshot::read::Checked;
use replica::unapplied::{self, UnappliedUpdate};
use replica::{quarantine, requests};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use shop::staff::reset::reset_pin;
use shop::staff::{self, User};
use sqlite::{Fault, Lock, OpenError, ReadRow};
use web::messages::{Message, Notice};
use web::{Code, text};

use crate::health::doctor::{self, Finding, HubReport};

pub use access::audit::TERMINAL;

/// Maximum number of rows in a terminal's list.
const MAX_ROWS: i64 = 500;

/// Access to an outlet's database.
pub struct LocalAdmin {
    connection: Connection,
    path: std::path::PathBuf,
    env: SyncEnv,
}

/// Why a local command failed.
#[derive(Debug, thiserror::Error)]
pub enum LocalAdminError {
    /// The file does not exist.
    #[error("the database {0} does not exist; set its path with --db, or start 'gerai' once to create it")]
    Missing(std::path::PathBuf),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Reading or writing the database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The snapshot is not saved or applied.
    #[error(transparent)]
    Snapshot(#[from] OfflineError),
    /// The request cannot be executed; the message says why.
    #[error("{0}")]
    Refused(Message),
}

impl From<QueueError> for LocalAdminError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Fault(fault) => Self::Fault(fault),
            error => Self::Refused(Message::text(error.to_string())),
        }
    }
}

impl From<rusqlite::Error> for LocalAdminError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<DiscardRefused> for LocalAdminError {
    fn from(refused: DiscardRefused) -> Self {
        match refused {
            DiscardRefused::Queue(error) => error.into(),
            refused => self::refused(refused.into()),
        }
    }
}

fn refused(refused: web::ApiError) -> LocalAdminError {
    LocalAdminError::Refused(refused.to_message())
}

impl LocalAdmin {
    /// Opens an existing database; migrates its schema if no server has yet.
    ///
    /// # Errors
    /// A message with advice.
    pub fn open(path: &Path, env: SyncEnv) -> Result<Self, LocalAdminError> {
        if !path.exists() {
            return Err(LocalAdminError::Missing(path.to_owned()));
        }
        let path = sqlite::resolve(path)?;
        drop(sqlite::open(&path, &schema::SCHEMA)?);
        let connection = sqlite::connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        Ok(Self { connection, path, env })
    }

    fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, LocalAdminError>) -> Result<T, LocalAdminError> {
        work(&Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?)
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LocalAdminError>,
    ) -> Result<T, LocalAdminError> {
        let tx = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let answer = work(&tx)?;
        tx.commit()?;
        Ok(answer)
    }

    /// Whether a server runs on this database.
    ///
    /// # Errors
    /// The error from the system.
    pub fn server_runs(&self) -> Result<bool, LocalAdminError> {
        Ok(Lock::take(&self.path)?.is_none())
    }

    /// The configured link to the hub.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn hub_link(&self) -> Result<HubLink, LocalAdminError> {
        self.read(|tx| Ok(hub_link(tx, &self.env)?))
    }

    /// The settings of the link, for display.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn settings(&self) -> Result<OutletConfig, LocalAdminError> {
        Ok(self.hub_link()?.into())
    }

    /// Changes the settings of the link, as `PUT /api/v1/config/outlet` does.
    ///
    /// # Errors
    /// A message about an invalid setting; nothing is changed then.
    pub fn change_settings(&self, to: &ChangeOutletConfig) -> Result<OutletConfig, LocalAdminError> {
        self.write(|tx| {
            if to.cloud_api_url.is_some() {
                key_origin::unbind_key(tx)?;
            }
            let changed = change::change(tx, TERMINAL, to, &self.env);
            changed.map(Into::into).map_err(refused)
        })
    }

    /// The outlet's users.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn users(&self) -> Result<Vec<User>, LocalAdminError> {
        self.read(|tx| Ok(staff::list(tx, "", MAX_ROWS)?))
    }

    /// Sets a user's PIN, see [`reset_pin`]; `pin_hash` is from [`staff::hash`].
    ///
    /// # Errors
    /// A message if the user does not exist.
    pub fn reset_pin(&self, username: &str, pin_hash: &str, make_admin: bool) -> Result<User, LocalAdminError> {
        self.write(|tx| signed(tx, TERMINAL, || reset_pin(tx, username, pin_hash, make_admin).map_err(refused)))
    }

    /// Who did what, newest first.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn audit(&self, limit: i64) -> Result<Vec<AuditEntry>, LocalAdminError> {
        let selection = Selection { before: i64::MAX, limit, ..Selection::default() };
        self.read(|tx| Ok(audit::list::list(tx, &selection)?))
    }

    /// Verifies the audit log.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn verify_audit(&self) -> Result<AuditVerdict, LocalAdminError> {
        self.read(|tx| Ok(audit::verify::verify(tx)?))
    }

    /// The sync status, as far as it is in the database.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn status(&self) -> Result<SyncStatus, LocalAdminError> {
        self.read(|tx| Ok(status::status(tx, &self.env, None)?))
    }

    /// The failed items, newest first.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn failed(&self) -> Result<Vec<QueueItem>, LocalAdminError> {
        self.read(|tx| Ok(status::failed(tx, i64::MAX, MAX_ROWS)?))
    }

    /// The quarantined items with their reasons, newest first.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn quarantine(&self) -> Result<Vec<QuarantinedItem>, LocalAdminError> {
        self.read(|tx| Ok(quarantine::list::list(tx, None, i64::MAX, MAX_ROWS)?))
    }

    /// The unapplied updates from the hub.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn unapplied(&self) -> Result<Vec<UnappliedUpdate>, LocalAdminError> {
        self.read(|tx| Ok(unapplied::list(tx, None, MAX_ROWS)?))
    }

    /// Discards a failed item, as `POST /api/v1/sync/discard/{id}` does.
    ///
    /// # Errors
    /// A message if this item does not exist or has not failed.
    pub fn discard(&self, queue_id: i64, reason: &str) -> Result<DiscardResult, LocalAdminError> {
        self.write(|tx| {
            let reason = text::required("--reason", reason, REASON).map_err(refused)?;
            Ok(discard(tx, queue_id, &reason, TERMINAL, web::time::now())?)
        })
    }

    /// Discards an unapplied update from the hub.
    ///
    /// # Errors
    /// A message if this entity has no unapplied update.
    pub fn discard_update(&self, of: &EntityRef, reason: &str) -> Result<(), LocalAdminError> {
        self.write(|tx| {
            let reason = text::required("--reason", reason, REASON).map_err(refused)?;
            Ok(discard_update(tx, of, &reason, TERMINAL, web::time::now())?)
        })
    }

    /// Retries an unapplied update from the hub; works without server and hub.
    ///
    /// # Errors
    /// A message if this entity has no unapplied update.
    pub fn retry_update(&self, of: &EntityRef) -> Result<RetryResult, LocalAdminError> {
        self.write(|tx| {
            retry::retry(tx, of, TERMINAL, web::time::now())?.ok_or_else(|| DiscardRefused::NoUpdate.into())
        })
    }

    /// The pending items, in the order of sending.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn queue(&self) -> Result<Vec<QueueItem>, LocalAdminError> {
        self.read(|tx| Ok(status::pending(tx, 0, MAX_ROWS)?))
    }

    /// Entities that this machine read from the hub when it was new, and that nobody has confirmed.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn unreviewed(&self) -> Result<Vec<UnreviewedEntity>, LocalAdminError> {
        self.read(|tx| Ok(bootstrap::list(tx)?))
    }

    /// Confirms all unreviewed entities; returns their number.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn confirm_unreviewed(&self) -> Result<usize, LocalAdminError> {
        self.write(|tx| Ok(bootstrap::confirm_by(tx, TERMINAL, web::time::now())?))
    }

    /// Conflicts between outlet and head office, newest first; `all` includes those that need no decision.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn conflicts(&self, all: bool) -> Result<Vec<Conflict>, LocalAdminError> {
        self.read(|tx| Ok(conflicts::list(tx, (!all).then_some("open"), None, MAX_ROWS)?))
    }

    /// Resolves a conflict, as `POST /api/v1/sync/conflicts/{id}/resolve` does.
    ///
    /// # Errors
    /// A message if the conflict does not exist or is no longer open.
    pub fn resolve(&self, id: &str, resolution: Resolution) -> Result<Conflict, LocalAdminError> {
        self.write(|tx| conflicts::resolve(tx, id, resolution, TERMINAL, web::time::now()).map_err(refused))
    }

    /// Requests a sync round from the server.
    ///
    /// # Errors
    /// A message if no hub is configured.
    pub fn trigger(&self) -> Result<i64, LocalAdminError> {
        self.write(|tx| {
            self.check_configured(tx)?;
            if let Some(reason) = chain(tx)?.stopped {
                return Err(LocalAdminError::Refused(reason.message()));
            }
            Ok(requests::trigger(tx)?)
        })
    }

    /// The address of the hub, for comparisons.
    ///
    /// # Errors
    /// A message if no hub is configured.
    pub fn address(&self) -> Result<Address, LocalAdminError> {
        self.read(|tx| {
            self.check_configured(tx)?;
            if let Some(reason) = chain(tx)?.stopped {
                return Err(LocalAdminError::Refused(reason.message()));
            }
            hub_link(tx, &self.env)?.address().map_err(|missing| LocalAdminError::Refused(missing.to_message()))
        })
    }

    /// Requests the repair of differences from the server.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn repair(&self, differences: &[Difference]) -> Result<(), LocalAdminError> {
        self.write(|tx| Ok(verify::repair(tx, differences, web::time::now())?))
    }

    /// Requests a complete comparison with the hub from the server; see [`LocalAdmin::compares`].
    ///
    /// # Errors
    /// A message if no hub is configured.
    pub fn resync(&self, scope: ResyncScope) -> Result<i64, LocalAdminError> {
        self.write(|tx| {
            self.check_configured(tx)?;
            if let Some(reason) = chain(tx)?.stopped {
                return Err(LocalAdminError::Refused(reason.message()));
            }
            range::resync(tx, scope, web::time::now())?;
            Ok(requests::trigger(tx)?)
        })
    }

    /// Whether a comparison with the hub is running.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn compares(&self) -> Result<bool, LocalAdminError> {
        self.read(|tx| Ok(range::any_running(tx)?))
    }

    /// Requests that the server sends a failed item again.
    ///
    /// # Errors
    /// A message if this item does not exist or has not failed, or no hub is configured.
    pub fn retry(&self, queue_id: i64) -> Result<i64, LocalAdminError> {
        self.write(|tx| {
            self.check_configured(tx)?;
            retry(tx, queue_id, TERMINAL, web::time::now()).map_err(|error| match error {
                RetryRefused::Fault(fault) => fault.into(),
                error => refused(error.into()),
            })?;
            Ok(tx.query_row("select max(id) from sync_requests", [], |row| row.read(0))?)
        })
    }

    fn check_configured(&self, tx: &Transaction<'_>) -> Result<(), LocalAdminError> {
        let hub_link = hub_link(tx, &self.env)?;
        hub_link.address().map_err(|missing| LocalAdminError::Refused(missing.to_message()))?;
        if hub_link.enabled {
            return Ok(());
        }
        Err(LocalAdminError::Refused(Code::SyncDisabled.into()))
    }

    /// Whether a request is still to be executed.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn is_open(&self, request: i64) -> Result<bool, LocalAdminError> {
        self.read(|tx| Ok(requests::is_open(tx, request)?))
    }

    /// Applies a snapshot from a file; calls `progress` with the applied and the total number of entities.
    ///
    /// # Errors
    /// A message if the file is not a valid snapshot of this outlet; nothing is applied then.
    pub fn import_snapshot(
        &self,
        from: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<ImportSummary, LocalAdminError> {
        let outlet_id = self.hub_link()?.outlet_id;
        let outlet_id =
            outlet_id.ok_or_else(|| LocalAdminError::Refused(Notice::SnapshotRefused.with("reason", "no_outlet")))?;
        Ok(offline::import(&self.connection, &self.path, &outlet_id, from, progress)?)
    }

    /// Saves the hub's snapshot for this outlet; calls `progress` with the downloaded and the total number of bytes.
    ///
    /// # Errors
    /// A message if the hub does not provide a snapshot, or the file cannot be written.
    pub async fn export_snapshot(
        &self,
        to: &Path,
        progress: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Checked, LocalAdminError> {
        let address = self.hub_link()?.address();
        let address = address.map_err(|missing| LocalAdminError::Refused(missing.to_message()))?;
        let epoch_id = self.read(|tx| Ok(chain(tx)?.epoch.id))?;
        Ok(offline::export(&address, &epoch_id, to, progress).await?)
    }

    /// The latest completed round.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn last_round(&self) -> Result<Option<SyncLog>, LocalAdminError> {
        self.read(|tx| Ok(logs::latest(tx, i64::MAX, 1)?.pop()))
    }

    /// Runs all health checks; `hub` is the hub's answer to doctor.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn examine(&self, hub: &HubReport) -> Result<Vec<Finding>, LocalAdminError> {
        self.read(|tx| Ok(doctor::examine(tx, &self.env, hub, web::time::now())))
    }
}
