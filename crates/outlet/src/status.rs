//! The status of the outlet in one answer, for every page: time, business day, version, sync in one line, alarms.
//!
//! Tills ask every few seconds, so that they notice when the server is away. The answer reads few rows; the alarms come
//! from the checks of [`crate::health`], which run at most every ten seconds for all readers together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use access::device::UserOrDevice;
use access::permission::{ManageSync, Permission};
use axum::extract::State;
use domain::{BusinessDate, Role};
use jiff::Timestamp;
use replica::chain::chain;
use replica::config::SyncEnv;
use replica::link::link_error;
use replica::settings::hub_link::hub_link;
use rusqlite::{OptionalExtension, Transaction};
use serde::Serialize;
use shop::settings;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::messages::Args;
use web::{ApiError, HealthCode, Localized, Success, time};

use crate::health::{self, State as Severity};
use crate::state::App;
use crate::version::VERSION;

/// Maximum age of the alarms.
const ALARMS_FOR: Duration = Duration::from_secs(10);

/// Problems that the staff at the tills should know: it can mend them, or they endanger sales. The others are for
/// admins.
const FOR_EVERYONE: [HealthCode; 13] = [
    HealthCode::FileDamaged,
    HealthCode::RowsMissing,
    HealthCode::DatabaseReplaced,
    HealthCode::DiskLow,
    HealthCode::ZoneUnknown,
    HealthCode::ChargesIgnored,
    HealthCode::PrintersFailing,
    HealthCode::ClockSkew,
    HealthCode::SyncStopped,
    HealthCode::HubRefused,
    HealthCode::DuplicateServer,
    HealthCode::WorkerStalled,
    HealthCode::SalesOverdue,
];

/// The status of the outlet.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutletStatus {
    /// The server's time, RFC 3339 UTC.
    server_time: String,
    /// The current business date.
    #[schema(value_type = String, format = "date")]
    business_date: BusinessDate,
    /// When it ends, RFC 3339 UTC.
    business_date_ends_at: String,
    /// Minutes that the shop's local time is ahead of UTC.
    utc_offset_minutes: i32,
    /// Version of the server.
    version: &'static str,
    /// Identity of the outlet.
    outlet: OutletName,
    /// Sync with head office.
    sync: SyncLine,
    /// Sales that devices have taken and not sent yet.
    devices_waiting: DevicesWaiting,
    /// A customer display follows the device that asks: it publishes what it shows its guest.
    display_followed: bool,
    /// Problems that someone must act on, the most severe first; users without the right `manage_sync` get those that
    /// concern the staff.
    alarms: Vec<Alarm>,
}

/// Identity of the outlet; null before it is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutletName {
    id: Option<String>,
    code: Option<String>,
    name: Option<String>,
}

/// Sync in one line.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncLine {
    state: SyncState,
    /// Entities with changes that head office has not acknowledged.
    pending: i64,
    /// Items that head office rejected or that keep failing.
    failed: i64,
    /// Head office has all sales up to here, except those that failed, RFC 3339 UTC; null while sync is off. Sales that wait
    /// on a device count from the time that it has reported.
    complete_until: Option<String>,
    /// When head office last acknowledged something, RFC 3339 UTC.
    last_success_at: Option<String>,
}

/// What devices that are not revoked have reported.
#[derive(Debug, Serialize, ToSchema)]
pub struct DevicesWaiting {
    /// Sales that wait on devices.
    sales: i64,
    /// Devices with such sales.
    devices: i64,
}

/// State of sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// Head office has everything.
    InStep,
    /// Changes are being sent.
    Waiting,
    /// Head office cannot be reached; changes wait.
    Offline,
    /// Someone must act: head office refuses this outlet, or sync has stopped.
    Stopped,
    /// Sync is off or not set up.
    Off,
}

/// A problem that someone must act on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Alarm {
    /// Stable code; docs/doctor.md lists all.
    code: &'static str,
    /// How severe it is.
    severity: AlarmSeverity,
    /// What to do, in the language of `Accept-Language`.
    message: Localized,
    /// Arguments of the message.
    args: Args,
}

/// How severe an alarm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlarmSeverity {
    /// Something needs attention.
    Warning,
    /// Changes are not sent, or may be lost.
    Error,
}

/// The last alarms, shared by all readers.
#[derive(Debug, Default)]
pub struct Alarms(Mutex<Option<(Instant, Arc<[Alarm]>)>>);

impl Alarms {
    /// The alarms if they are recent. Otherwise the caller has to find them; until then, others get the old ones.
    fn recent(&self) -> Option<Arc<[Alarm]>> {
        let mut last = self.lock();
        let (found_at, alarms) = last.as_mut()?;
        if found_at.elapsed() < ALARMS_FOR {
            return Some(Arc::clone(alarms));
        }
        *found_at = Instant::now();
        None
    }

    fn store(&self, alarms: &Arc<[Alarm]>) {
        *self.lock() = Some((Instant::now(), Arc::clone(alarms)));
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Instant, Arc<[Alarm]>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the status of the outlet: server time, business day, version, sync in one line, alarms. A paired device gets it
/// without a log-in.
#[utoipa::path(get, path = "/api/v1/status", tag = "health", responses(
    (status = 200, body = Success<OutletStatus>)))]
pub async fn get_outlet_status(
    State(app): State<App>,
    caller: UserOrDevice,
) -> Result<Success<OutletStatus>, ApiError> {
    let recent = app.alarms.recent();
    let (env, link, alarms) = (Arc::clone(&app.env), Arc::clone(&app.link), Arc::clone(&app.alarms));
    let (is_admin, device) = match &caller {
        UserOrDevice::User(actor) => {
            let session = actor.session();
            (Role::parse(&session.role).is_some_and(ManageSync::ALLOWS), session.device_id.as_deref())
        }
        UserOrDevice::Device(device) => (false, Some(device.id())),
    };
    let display_followed = device.is_some_and(|id| app.displays.is_followed(id, Instant::now()));
    caller
        .read(move |tx| {
            let now = time::now();
            let found = match recent {
                Some(recent) => recent,
                None => {
                    let found = find_alarms(health::health(tx, &env, Some(&link), now)?);
                    alarms.store(&found);
                    found
                }
            };
            let mut status = status(tx, &env, now)?;
            status.display_followed = display_followed;
            status.alarms = found.iter().filter(|alarm| is_admin || alarm.is_for_everyone()).cloned().collect();
            Ok::<_, ApiError>(Success::new(status))
        })
        .await
}

fn find_alarms(found: health::SyncHealth) -> Arc<[Alarm]> {
    let mut alarms: Vec<_> = found
        .reasons
        .into_iter()
        // Being offline is no alarm: the state of sync says it.
        .filter(|reason| reason.code != HealthCode::HubUnreachable.as_str())
        .map(|health::Reason { code, args, message, state }| {
            let severity = if state == Severity::Broken { AlarmSeverity::Error } else { AlarmSeverity::Warning };
            Alarm { code, severity, message, args }
        })
        .collect();
    alarms.sort_by_key(|alarm| alarm.severity != AlarmSeverity::Error);
    alarms.into()
}

impl Alarm {
    fn is_for_everyone(&self) -> bool {
        FOR_EVERYONE.iter().any(|code| code.as_str() == self.code)
    }
}

/// The status without alarms and display.
fn status(tx: &Transaction<'_>, env: &SyncEnv, now: Timestamp) -> Result<OutletStatus, Fault> {
    let day = settings::shop(tx)?.day;
    let hub_link = hub_link(tx, env)?;
    let is_on = hub_link.enabled && hub_link.address().is_ok();
    let (pending, failed) = tx
        .prepare_cached("select pending, failed from sync_context where id = 1")?
        .query_row([], |row| Ok((row.read(0)?, row.read(1)?)))
        .optional()?
        .unwrap_or_default();
    let link_error = link_error::find(tx)?;
    let state = match link_error {
        _ if !is_on => SyncState::Off,
        _ if chain(tx)?.stopped.is_some() => SyncState::Stopped,
        Some(link_error) if link_error.refused => SyncState::Stopped,
        Some(_) => SyncState::Offline,
        None if pending > 0 => SyncState::Waiting,
        None => SyncState::InStep,
    };
    let (devices_waiting, oldest_on_device) = devices_waiting(tx)?;
    let oldest = [oldest_unsent_sale(tx)?, oldest_on_device].into_iter().flatten().min();
    let complete_until = is_on.then(|| oldest.unwrap_or(now).min(now)).map(time::text);
    Ok(OutletStatus {
        server_time: time::text(now),
        business_date: day.date_at(now),
        business_date_ends_at: time::text(day.ends_at(now)),
        utc_offset_minutes: day.utc_offset_minutes(now),
        version: VERSION,
        outlet: OutletName { id: hub_link.outlet_id, code: hub_link.outlet_code, name: hub_link.outlet_name },
        devices_waiting,
        sync: SyncLine { state, pending, failed, complete_until, last_success_at: hub_link.last_sync_at },
        display_followed: false,
        alarms: Vec::new(),
    })
}

/// When the first pending order was sold. An order that head office does not have was sold when it was created, even
/// if it has changed since.
fn oldest_unsent_sale(tx: &Transaction<'_>) -> Result<Option<Timestamp>, Fault> {
    // Without the plus, SQLite would read every order that was ever sent.
    let sql = "select iif(s.acked_version = 0, coalesce(o.created_at, s.changed_at), s.changed_at)
        from sync_state s left join orders o on o.id = s.entity_id
        where s.status = 'pending' and +s.entity_type = 'order' order by s.seq limit 1";
    let oldest: Option<Option<String>> = tx.prepare_cached(sql)?.query_row([], |row| row.read(0)).optional()?;
    Ok(oldest.flatten().and_then(|at| at.parse().ok()))
}

/// The sales that wait on devices, and when the oldest of them was taken.
fn devices_waiting(tx: &Transaction<'_>) -> Result<(DevicesWaiting, Option<Timestamp>), Fault> {
    let sql = "select waiting, oldest_waiting_at from devices where revoked_at is null and waiting > 0 order by id";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let (mut waiting, mut oldest) = (DevicesWaiting { sales: 0, devices: 0 }, None::<Timestamp>);
    while let Some(row) = rows.next()? {
        waiting.sales = waiting.sales.saturating_add(row.read(0)?);
        waiting.devices += 1;
        let at: Option<Timestamp> = row.read::<Option<String>>(1)?.and_then(|at| at.parse().ok());
        oldest = oldest.into_iter().chain(at).min();
    }
    Ok((waiting, oldest))
}
