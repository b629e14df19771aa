//! Paired devices: a long-lived cookie identifies a till or a kitchen screen, also while nobody is logged in.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Fault, ReadRow};
use web::rights::{Argument, Right};
use web::{ApiError, Code, secret};

use crate::permission::Anyone;
use crate::session::{Access, Actor, SESSION, SESSION_COOKIE};

/// The security scheme of devices in the API's description.
pub const PAIRED: &str = "device";

/// The caller of a request: a paired device that is not revoked. Nobody need be logged in.
pub struct PairedDevice {
    access: Access,
    id: String,
    secret: String,
}

impl<S> FromRequestParts<S> for PairedDevice
where
    S: Send + Sync,
    Access: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let access = Access::from_ref(state);
        let secret = access.cookies().device.read(&parts.headers).ok_or(Code::NotPaired)?.to_owned();
        let hash = secret::key_hash(&secret);
        let found = access.db.read(move |tx| find(tx, &hash).map_err(ApiError::from)).await?;
        Ok(Self { access, id: found.ok_or(Code::NotPaired)?, secret })
    }
}

impl Argument for PairedDevice {
    const RIGHT: Option<Right> = Some(Right { scheme: PAIRED, cookie: None, name: None, or: None });
}

impl PairedDevice {
    /// The device's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The value of its cookie.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Reads one snapshot if the device is still paired.
    ///
    /// # Errors
    /// 401 `not_paired`, or the error of `work`.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<ApiError>,
    {
        let id = self.id.clone();
        let read = self.access.db.read(move |tx| {
            check(tx, &id)?;
            work(tx).map_err(Into::into)
        });
        read.await
    }

    /// Writes in one transaction if the device is still paired. Writes of users come first.
    ///
    /// # Errors
    /// 401 `not_paired`, or the error of `work`.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<ApiError>,
    {
        let id = self.id.clone();
        let write = self.access.db.write_background(move |tx| {
            check(tx, &id)?;
            work(tx).map_err(Into::into)
        });
        write.await
    }
}

/// The caller of a request: a logged-in user, or a paired device where nobody is logged in.
pub enum UserOrDevice {
    /// A user with a valid session.
    User(Actor),
    /// A paired device.
    Device(PairedDevice),
}

impl<S> FromRequestParts<S> for UserOrDevice
where
    S: Send + Sync,
    Access: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let user = match Actor::<Anyone>::from_request_parts(parts, state).await {
            Ok(actor) => actor.read(|_| Ok::<_, ApiError>(())).await.map(|()| Self::User(actor)),
            Err(refused) => Err(refused),
        };
        match user {
            Err(refused) if cookie_hash(&Access::from_ref(state), &parts.headers).is_some() => {
                let device = PairedDevice::from_request_parts(parts, state).await;
                device.map(Self::Device).map_err(|_| refused)
            }
            user => user,
        }
    }
}

impl Argument for UserOrDevice {
    const RIGHT: Option<Right> =
        Some(Right { scheme: SESSION, cookie: Some(SESSION_COOKIE), name: None, or: Some(PAIRED) });
}

impl UserOrDevice {
    /// The id of the user or device, for quotas.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::User(actor) => actor.id(),
            Self::Device(device) => device.id(),
        }
    }

    /// Reads one snapshot if the session is still valid, or the device still paired.
    ///
    /// # Errors
    /// 401, or the error of `work`.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<ApiError>,
    {
        match self {
            Self::User(actor) => actor.read(work).await,
            Self::Device(device) => device.read(work).await,
        }
    }
}

/// The hash of the device cookie of a request, if it has one.
#[must_use]
pub fn cookie_hash(access: &Access, headers: &HeaderMap) -> Option<String> {
    access.cookies().device.read(headers).map(secret::key_hash)
}

/// The id of the paired device with this hash.
///
/// # Errors
/// The error from SQLite.
pub fn find(tx: &Transaction<'_>, secret_hash: &str) -> Result<Option<String>, Fault> {
    let mut statement =
        tx.prepare_cached("select id from devices where secret_hash = ?1 and revoked_at is null limit 1")?;
    Ok(statement.query_row([secret_hash], |row| row.id(0)).optional()?)
}

fn check(tx: &Transaction<'_>, id: &str) -> Result<(), ApiError> {
    let mut statement = tx.prepare_cached("select 1 from devices where id = ?1 and revoked_at is null")?;
    if statement.exists([sqlite::text::raw(id)])? { Ok(()) } else { Err(Code::NotPaired.into()) }
}
