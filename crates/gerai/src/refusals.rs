//! Why a command was refused, in its language. Faults of the system and of libraries stay English.
//!
//! The errors of the libraries are English, for their logs; this module converts each refusal among them to its
//! message.

use std::error::Error;
use std::fmt::Display;

use hub::outlets::{AddRefused, FindRefused};
use hub::staff::SaveRefused;
use hub::webhooks::EndpointRefused;
use outlet::local_admin::LocalAdminError;
use outlet::open::StartError;
use replica::engine::enroll::EnrollError;
use replica::snapshot::offline::OfflineError;
use replica::snapshot::read::SnapshotRefused;
use sqlite::{CopyError, OpenError};
use store::to_postgres::MigrateError;
use web::messages::Message;
use web::{ApiError, Code, Notice, Problem};

use crate::out;

/// A refusal of a command itself.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub Message);

impl From<ApiError> for Refusal {
    fn from(refused: ApiError) -> Self {
        Self(refused.to_message())
    }
}

impl From<Message> for Refusal {
    fn from(message: Message) -> Self {
        Self(message)
    }
}

/// The text of one cause of an error.
pub fn words(cause: &(dyn Error + 'static)) -> String {
    message(cause).map_or_else(|| cause.to_string(), |message| out::words(&message))
}

fn message(cause: &(dyn Error + 'static)) -> Option<Message> {
    if let Some(Refusal(message)) = cause.downcast_ref() {
        return Some(message.clone());
    }
    None.or_else(|| cause.downcast_ref().and_then(of_local_admin))
        .or_else(|| cause.downcast_ref().and_then(of_start))
        .or_else(|| cause.downcast_ref().map(of_open))
        .or_else(|| cause.downcast_ref().and_then(of_enroll))
        .or_else(|| cause.downcast_ref().and_then(of_hub))
        .or_else(|| cause.downcast_ref().and_then(of_hub_open))
        .or_else(|| cause.downcast_ref().and_then(of_backup))
        .or_else(|| cause.downcast_ref().and_then(of_hub_backup))
        .or_else(|| cause.downcast_ref().and_then(of_migration))
        .or_else(|| cause.downcast_ref().and_then(of_added_outlet))
        .or_else(|| cause.downcast_ref().and_then(of_found_outlet))
        .or_else(|| cause.downcast_ref().and_then(of_webhook))
        .or_else(|| cause.downcast_ref().and_then(of_saved_user))
        .or_else(|| cause.downcast_ref().and_then(of_hub_snapshot))
}

fn refused(notice: Notice, reason: &'static str) -> Message {
    notice.with("reason", reason)
}

/// A refusal that names a file.
fn file(notice: Notice, reason: &'static str, path: &std::path::Path) -> Message {
    refused(notice, reason).with("file", path.display().to_string())
}

fn detailed(message: Message, detail: &impl Display) -> Message {
    message.with("detail", detail.to_string())
}

fn of_local_admin(error: &LocalAdminError) -> Option<Message> {
    match error {
        LocalAdminError::Missing(path) => Some(file(Notice::DatabaseRefused, "missing", path)),
        LocalAdminError::Open(error) => Some(of_open(error)),
        LocalAdminError::Refused(message) => Some(message.clone()),
        LocalAdminError::Snapshot(error) => of_snapshot(error),
        LocalAdminError::Fault(_) => None,
    }
}

fn of_start(error: &StartError) -> Option<Message> {
    match error {
        StartError::Open(error) => Some(of_open(error)),
        StartError::Running(path) => Some(file(Notice::DatabaseRefused, "running", path)),
        _ => None,
    }
}

fn of_open(error: &OpenError) -> Message {
    let of = |reason, path: &std::path::Path| file(Notice::DatabaseRefused, reason, path);
    match error {
        OpenError::NotAFile { path } => of("not_a_file", path),
        OpenError::Folder { path } => of("folder", path),
        OpenError::Running { path } => of("running", path),
        OpenError::NotADatabase { path } => of("not_a_database", path),
        OpenError::Damaged { path } => of("damaged", path),
        OpenError::NotOurs { path } => of("not_ours", path),
        OpenError::Tampered { path, what } => detailed(of("tampered", path), what),
        OpenError::ReadTimeout { path } => of("timeout", path),
        OpenError::Newer { path, found, known } => of("newer", path).with("found", *found).with("known", *known),
        OpenError::ReadOnly { path } => of("read_only", path),
        OpenError::Full { path } => of("full", path),
        OpenError::Busy { path } => of("busy", path),
        OpenError::LockFile { path, message } | OpenError::Other { path, message } => {
            detailed(of("other", path), message)
        }
    }
}

/// The hub's answer is English; a mistyped code is the usual one.
fn of_enroll(error: &EnrollError) -> Option<Message> {
    match error {
        EnrollError::Hub(error) if error.reason().code() == Code::WrongCode.as_str() => Some(Code::WrongCode.into()),
        EnrollError::Hub(_) | EnrollError::Queue(_) => None,
    }
}

fn of_hub(error: &hub::OpenError) -> Option<Message> {
    match error {
        hub::OpenError::Store(error) => of_hub_open(error),
        hub::OpenError::Secret(_) | hub::OpenError::FirstAdmin(_) => None,
    }
}

fn of_hub_open(error: &store::OpenError) -> Option<Message> {
    match error {
        store::OpenError::Sqlite(error) => Some(of_open(error)),
        store::OpenError::Migrated { path, place, at } => {
            let migrated = file(Notice::DatabaseRefused, "migrated", path);
            Some(migrated.with("place", place).with("at", at))
        }
        store::OpenError::UnknownEngine(_) | store::OpenError::Postgres(_) => None,
    }
}

fn of_copy(error: &CopyError) -> Message {
    match error {
        CopyError::Exists(path) => file(Notice::BackupRefused, "exists", path),
        CopyError::Open(error) => of_open(error),
        CopyError::Damaged { path, message } => detailed(file(Notice::BackupRefused, "damaged", path), message),
    }
}

fn of_backup(error: &outlet::backup::BackupError) -> Option<Message> {
    use outlet::backup::BackupError;
    match error {
        BackupError::Missing(path) => Some(file(Notice::BackupRefused, "missing", path)),
        BackupError::Running(path) => Some(file(Notice::BackupRefused, "running", path)),
        BackupError::Itself(path) => Some(file(Notice::BackupRefused, "itself", path)),
        BackupError::Copy(error) => Some(of_copy(error)),
        BackupError::Open(error) => Some(of_open(error)),
        BackupError::Fault(_) | BackupError::Move(_) | BackupError::File { .. } => None,
    }
}

fn of_hub_backup(error: &hub::backup::BackupError) -> Option<Message> {
    use hub::backup::BackupError;
    match error {
        BackupError::Elsewhere => Some(refused(Notice::BackupRefused, "postgres")),
        BackupError::Missing(path) => Some(file(Notice::BackupRefused, "missing", path)),
        BackupError::Running(path) => Some(file(Notice::BackupRefused, "in_use", path)),
        BackupError::Itself(path) => Some(file(Notice::BackupRefused, "itself", path)),
        BackupError::Copy(error) => Some(of_copy(error)),
        BackupError::Open(error) => of_hub_open(error),
        BackupError::Fault(_) | BackupError::Move(_) => None,
    }
}

fn of_migration(error: &MigrateError) -> Option<Message> {
    let of = |reason| refused(Notice::MigrateRefused, reason);
    Some(match error {
        MigrateError::Direction => of("direction"),
        MigrateError::Missing(path) => file(Notice::MigrateRefused, "missing", path),
        MigrateError::Running(path) => file(Notice::MigrateRefused, "running", path),
        MigrateError::NotEmpty { place, table } => of("not_empty").with("place", place).with("table", table),
        MigrateError::OtherMigration { place, other } => of("other").with("place", place).with("file", other),
        MigrateError::UnderWay { place } => of("underway").with("place", place),
        MigrateError::Differs { table, here, there } => {
            of("differs").with("table", table).with("here", here.to_string()).with("there", there.to_string())
        }
        MigrateError::Target { place, why } => detailed(of("target").with("place", place), why),
        MigrateError::Open(error) => return of_hub_open(error),
        MigrateError::Source(_) | MigrateError::Secret { .. } => return None,
    })
}

fn of_snapshot(error: &OfflineError) -> Option<Message> {
    let of = |reason| refused(Notice::SnapshotRefused, reason);
    match error {
        OfflineError::Refused(error) => of_snapshot_file(error),
        OfflineError::Exists(path) => Some(file(Notice::SnapshotRefused, "exists", path)),
        OfflineError::AlreadyApplying => Some(of("applying")),
        OfflineError::NoSnapshots => Some(of("old_hub")),
        OfflineError::File { .. } | OfflineError::Hub(_) | OfflineError::Queue(_) => None,
    }
}

fn of_snapshot_file(error: &SnapshotRefused) -> Option<Message> {
    let of = |reason| refused(Notice::SnapshotRefused, reason);
    Some(match error {
        SnapshotRefused::NotASnapshot => of("not_a_snapshot"),
        SnapshotRefused::Cut => of("truncated"),
        SnapshotRefused::Altered => of("altered"),
        SnapshotRefused::OtherOutlet { theirs, ours } => of("other_outlet").with("theirs", theirs).with("ours", ours),
        SnapshotRefused::NewerFormat { found } => {
            of("newer_format").with("found", *found).with("known", protocol::snapshot::FORMAT)
        }
        SnapshotRefused::TooLarge => of("too_large"),
        SnapshotRefused::Io(_) => return None,
    })
}

fn of_hub_snapshot(error: &hub::snapshots::SaveRefused) -> Option<Message> {
    use hub::snapshots::SaveRefused;
    match error {
        SaveRefused::Find(error) => of_found_outlet(error),
        SaveRefused::Exists(path) => Some(file(Notice::SnapshotRefused, "exists", path)),
        SaveRefused::Io { .. } | SaveRefused::Fault(_) => None,
    }
}

fn of_added_outlet(error: &AddRefused) -> Option<Message> {
    let of = |reason| refused(Notice::OutletRefused, reason);
    match error {
        AddRefused::Code => {
            let problem = Problem::NotAnOutletCode.with("most", domain::link::MAX_OUTLET_CODE);
            Some(of("code").with("problem", problem))
        }
        AddRefused::Name(error) => Some(of("name").with("problem", *error)),
        AddRefused::CodeTaken { code } => Some(of("code_taken").with("outlet_code", code)),
        AddRefused::Fault(_) => None,
    }
}

fn of_found_outlet(error: &FindRefused) -> Option<Message> {
    let of = |code: Code, outlet: &String| Some(code.because("head_office").with("outlet", outlet).to_message());
    match error {
        FindRefused::Unknown(id) => Some(Code::NotFound.because("outlet").with("id", id).to_message()),
        FindRefused::Revoked(outlet) => of(Code::OutletRevoked, outlet),
        FindRefused::UnknownState(outlet) => of(Code::OutletStateUnknown, outlet),
        FindRefused::Fault(_) => None,
    }
}

fn of_webhook(error: &EndpointRefused) -> Option<Message> {
    match error {
        EndpointRefused::Url(_, invalid) => Some(Code::InvalidUrl.field("--url", *invalid).to_message()),
        EndpointRefused::Private(private) => Some(Code::PrivateAddress.with("address", private.address()).to_message()),
        EndpointRefused::None(outlet) => Some(Code::NotFound.because("webhook").with("id", outlet).to_message()),
        EndpointRefused::Outlet(error) => of_found_outlet(error),
    }
}

fn of_saved_user(error: &SaveRefused) -> Option<Message> {
    Some(match error {
        SaveRefused::Username => Code::InvalidText.field("--username", Problem::NotAUserName).to_message(),
        SaveRefused::Name(error) => Code::InvalidText.field("--name", *error).to_message(),
        SaveRefused::UsernameTaken => Code::UsernameTaken.because("exists").to_message(),
        SaveRefused::LastAdmin => Code::LastAdmin.because("head_office").to_message(),
        SaveRefused::NotFound => Code::NotFound.because("hq_user").to_message(),
        SaveRefused::Fault(_) => return None,
    })
}
