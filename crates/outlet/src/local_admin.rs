//! An outlet's database seen from another process: for the terminal, beside a running server or without one.

use std::path::Path;

use access::signed::signed;
use domain::text::REASON;
use protocol::wire::EntityRef;
use replica::admin::settings::OutletConfig;
use replica::admin::status::{self, QueueItem, SyncStatus};
use replica::capture::schema;
use replica::chain::chain;
use replica::config::SyncEnv;
use replica::conflicts::{self, Conflict, Decision};
use replica::error::QueueError;
use replica::logs::{self, SyncLog};
use replica::progress::range::{self, ResyncScope};
use replica::pull::bootstrap;
use replica::pull::bootstrap::Taken;
use replica::pull::retry::{self, RetryResult};
use replica::push::requeue::{RetryRefused, retry};
use replica::quarantine::discard::{DiscardRefused, Discarded, discard};
use replica::quarantine::discard_update::discard_update;
use replica::quarantine::list::QuarantinedItem;
use replica::reconcile::verify::{self, Difference};
use replica::settings::change::{self, ChangeOutletConfig};
use replica::settings::hub_link::{Address, Cloud, cloud};
use replica::settings::key_origin;
use replica::snapshot::offline;
use replica::snapshot::offline::Imported;
use replica::snapshot::read::Checked;
use replica::unapplied::{self, UnappliedUpdate};
use replica::{quarantine, requests};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use shop::staff::reset::reset_pin;
use shop::staff::{self, Member};
use sqlite::{Fault, Lock, OpenError, ReadRow};
use web::text;

use crate::health::doctor::{self, Asked, Finding};

/// Rows that a terminal shows.
const MOST: i64 = 500;

/// Who decides, as records say it.
const TERMINAL: &str = "terminal";

/// A view of an outlet's database.
pub struct LocalAdmin {
    connection: Connection,
    path: std::path::PathBuf,
    env: SyncEnv,
}

/// Why something cannot be seen or asked for.
#[derive(Debug, thiserror::Error)]
pub enum LocalAdminError {
    /// No such file.
    #[error("there is no database {0}; name it with --db, or start 'gerai' once to make it")]
    Missing(std::path::PathBuf),
    /// The database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// What was asked for cannot be done, in words.
    #[error("{0}")]
    Refused(String),
}

impl From<QueueError> for LocalAdminError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Fault(fault) => Self::Fault(fault),
            error => Self::Refused(error.to_string()),
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
            refused => Self::Refused(refused.to_string()),
        }
    }
}

fn refused(refused: web::ApiError) -> LocalAdminError {
    LocalAdminError::Refused(refused.message().to_owned())
}

impl LocalAdmin {
    /// Opens an outlet's database that exists; brings its schema up to date if no server has yet.
    ///
    /// # Errors
    /// A sentence that says what to do.
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
    /// What the system said.
    pub fn server_runs(&self) -> Result<bool, LocalAdminError> {
        Ok(Lock::take(&self.path)?.is_none())
    }

    /// The link to the hub, as it is set.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn cloud(&self) -> Result<Cloud, LocalAdminError> {
        self.read(|tx| Ok(cloud(tx, &self.env)?))
    }

    /// The link to the hub, as it is shown.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn settings(&self) -> Result<OutletConfig, LocalAdminError> {
        Ok(self.cloud()?.into())
    }

    /// Changes the link, as `PUT /api/v1/config/outlet` does.
    ///
    /// # Errors
    /// A sentence when a setting makes no sense; nothing is changed then.
    pub fn change_settings(&self, to: &ChangeOutletConfig) -> Result<OutletConfig, LocalAdminError> {
        self.write(|tx| {
            if to.cloud_api_url.is_some() {
                key_origin::forget(tx)?;
            }
            let changed = change::change(tx, to, &self.env);
            changed.map(Into::into).map_err(|refused| LocalAdminError::Refused(refused.message().to_owned()))
        })
    }

    /// The outlet's users.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn users(&self) -> Result<Vec<Member>, LocalAdminError> {
        self.read(|tx| Ok(staff::list(tx, "", MOST)?))
    }

    /// Gives a user another PIN, as [`reset_pin`] says; `pin_hash` is from [`staff::hash`].
    ///
    /// # Errors
    /// A sentence when there is no such user.
    pub fn reset_pin(&self, username: &str, pin_hash: &str, make_admin: bool) -> Result<Member, LocalAdminError> {
        self.write(|tx| signed(tx, TERMINAL, || reset_pin(tx, username, pin_hash, make_admin).map_err(refused)))
    }

    /// The state of sync, as far as the database says.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn status(&self) -> Result<SyncStatus, LocalAdminError> {
        self.read(|tx| Ok(status::status(tx, &self.env, None)?))
    }

    /// What has failed, newest first.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn failed(&self) -> Result<Vec<QueueItem>, LocalAdminError> {
        self.read(|tx| Ok(status::failed(tx, i64::MAX, MOST)?))
    }

    /// What is not sent, and why, newest first.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn quarantine(&self) -> Result<Vec<QuarantinedItem>, LocalAdminError> {
        self.read(|tx| Ok(quarantine::list::list(tx, None, i64::MAX, MOST)?))
    }

    /// What came from head office and could not be applied.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn kept(&self) -> Result<Vec<UnappliedUpdate>, LocalAdminError> {
        self.read(|tx| Ok(unapplied::list(tx, None, MOST)?))
    }

    /// Discards a failed item, as `POST /api/v1/sync/discard/{id}` does.
    ///
    /// # Errors
    /// A sentence when there is no such failed item.
    pub fn discard(&self, queue_id: i64, reason: &str) -> Result<Discarded, LocalAdminError> {
        self.write(|tx| {
            let reason = text::required("--reason", reason, REASON).map_err(refused)?;
            Ok(discard(tx, queue_id, &reason, TERMINAL, web::time::now())?)
        })
    }

    /// Discards a change of head office that could not be applied.
    ///
    /// # Errors
    /// A sentence when none is kept for this entity.
    pub fn discard_update(&self, of: &EntityRef, reason: &str) -> Result<(), LocalAdminError> {
        self.write(|tx| {
            let reason = text::required("--reason", reason, REASON).map_err(refused)?;
            Ok(discard_update(tx, of, &reason, TERMINAL, web::time::now())?)
        })
    }

    /// Tries a change of head office again that could not be applied; needs no server and no hub.
    ///
    /// # Errors
    /// A sentence when none is kept for this entity.
    pub fn retry_update(&self, of: &EntityRef) -> Result<RetryResult, LocalAdminError> {
        self.write(|tx| retry::retry(tx, of, web::time::now())?.ok_or_else(|| DiscardRefused::NoneKept.into()))
    }

    /// What waits, in the order in which it goes.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn queue(&self) -> Result<Vec<QueueItem>, LocalAdminError> {
        self.read(|tx| Ok(status::pending(tx, 0, MOST)?))
    }

    /// What this machine took from the hub when it was new, and nobody has confirmed yet.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn taken(&self) -> Result<Vec<Taken>, LocalAdminError> {
        self.read(|tx| Ok(bootstrap::list(tx)?))
    }

    /// Somebody has looked at all that was taken; says how many there were.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn confirm_unreviewed(&self) -> Result<usize, LocalAdminError> {
        self.write(|tx| Ok(bootstrap::confirm(tx)?))
    }

    /// Fields that outlet and head office changed differently, newest first; `all`: also those that nobody must decide.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn conflicts(&self, all: bool) -> Result<Vec<Conflict>, LocalAdminError> {
        self.read(|tx| Ok(conflicts::list(tx, (!all).then_some("open"), None, MOST)?))
    }

    /// Decides about a record, as `POST /api/v1/sync/conflicts/{id}/resolve` does.
    ///
    /// # Errors
    /// A sentence when there is no such record, or it cannot be decided any more.
    pub fn resolve(&self, id: &str, decision: Decision) -> Result<Conflict, LocalAdminError> {
        self.write(|tx| conflicts::resolve(tx, id, decision, TERMINAL, web::time::now()).map_err(refused))
    }

    /// Asks the server for a round at once.
    ///
    /// # Errors
    /// A sentence when the hub is not configured.
    pub fn trigger(&self) -> Result<i64, LocalAdminError> {
        self.write(|tx| {
            self.reachable(tx)?;
            if let Some((_, message)) = chain(tx)?.stopped {
                return Err(LocalAdminError::Refused(message));
            }
            Ok(requests::trigger(tx)?)
        })
    }

    /// Where to compare with the hub.
    ///
    /// # Errors
    /// A sentence when the hub is not configured.
    pub fn address(&self) -> Result<Address, LocalAdminError> {
        self.read(|tx| {
            self.reachable(tx)?;
            if let Some((_, message)) = chain(tx)?.stopped {
                return Err(LocalAdminError::Refused(message));
            }
            cloud(tx, &self.env)?.address().map_err(|refused| LocalAdminError::Refused(refused.to_string()))
        })
    }

    /// Asks the server to put differences right.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn repair(&self, differences: &[Difference]) -> Result<(), LocalAdminError> {
        self.write(|tx| Ok(verify::repair(tx, differences, web::time::now())?))
    }

    /// Asks the server to compare everything with what the hub has; see [`LocalAdmin::compares`].
    ///
    /// # Errors
    /// A sentence when the hub is not configured.
    pub fn resync(&self, what: ResyncScope) -> Result<i64, LocalAdminError> {
        self.write(|tx| {
            self.reachable(tx)?;
            if let Some((_, message)) = chain(tx)?.stopped {
                return Err(LocalAdminError::Refused(message));
            }
            range::again(tx, what, web::time::now())?;
            Ok(requests::trigger(tx)?)
        })
    }

    /// Whether a comparison with the hub is under way.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn compares(&self) -> Result<bool, LocalAdminError> {
        self.read(|tx| Ok(range::any(tx)?))
    }

    /// Asks the server to send a failed item again.
    ///
    /// # Errors
    /// A sentence when there is no such failed item, or the hub is not configured.
    pub fn retry(&self, queue_id: i64) -> Result<i64, LocalAdminError> {
        self.write(|tx| {
            self.reachable(tx)?;
            retry(tx, queue_id).map_err(|refused| match refused {
                RetryRefused::NotFound => LocalAdminError::Refused(format!(
                    "there is no item {queue_id} in the queue; 'gerai sync quarantine' lists them"
                )),
                RetryRefused::NotFailed => LocalAdminError::Refused(format!(
                    "item {queue_id} has not failed: it waits to be sent, or was sent already"
                )),
                RetryRefused::Fault(fault) => fault.into(),
            })?;
            Ok(tx.query_row("select max(id) from sync_requests", [], |row| row.read(0))?)
        })
    }

    fn reachable(&self, tx: &Transaction<'_>) -> Result<(), LocalAdminError> {
        let cloud = cloud(tx, &self.env)?;
        cloud.address().map_err(|refused| LocalAdminError::Refused(refused.to_string()))?;
        if cloud.enabled {
            return Ok(());
        }
        Err(LocalAdminError::Refused(
            "cloud sync is switched off: set SYNC_ENABLED=true in .env, or sync_enabled = 1 in outlet_config"
                .to_owned(),
        ))
    }

    /// Whether a request is still to be served.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn is_open(&self, request: i64) -> Result<bool, LocalAdminError> {
        self.read(|tx| Ok(requests::is_open(tx, request)?))
    }

    /// Applies a snapshot from a file; `told` hears how many of how many entities are done.
    ///
    /// # Errors
    /// A sentence when it is not a sound one of this outlet; nothing of it is applied then.
    pub fn import_snapshot(&self, from: &Path, told: &mut dyn FnMut(u64, u64)) -> Result<Imported, LocalAdminError> {
        let outlet_id = self.cloud()?.outlet_id.ok_or_else(|| {
            LocalAdminError::Refused(
                "this outlet does not know which one it is; enrol it, or set OUTLET_ID, before a snapshot is imported"
                    .to_owned(),
            )
        })?;
        offline::import(&self.connection, &self.path, &outlet_id, from, told)
            .map_err(|error| LocalAdminError::Refused(error.to_string()))
    }

    /// Saves the snapshot that the hub has for this outlet; `told` hears how many of how many bytes have come.
    ///
    /// # Errors
    /// A sentence when the hub does not give one, or the file cannot be written.
    pub async fn export_snapshot(
        &self,
        to: &Path,
        told: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Checked, LocalAdminError> {
        let address = self.cloud()?.address().map_err(|refused| LocalAdminError::Refused(refused.to_string()))?;
        let epoch_id = self.read(|tx| Ok(chain(tx)?.epoch.id))?;
        let saved = offline::export(&address, &epoch_id, to, told).await;
        saved.map_err(|error| LocalAdminError::Refused(error.to_string()))
    }

    /// The round that ended last.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn last_round(&self) -> Result<Option<SyncLog>, LocalAdminError> {
        self.read(|tx| Ok(logs::latest(tx, i64::MAX, 1)?.pop()))
    }

    /// Makes every check; `asked`: what the hub said when it was asked.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn examine(&self, asked: &Asked) -> Result<Vec<Finding>, LocalAdminError> {
        self.read(|tx| Ok(doctor::examine(tx, &self.env, asked, web::time::now())))
    }
}
