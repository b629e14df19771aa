//! Sessions: a token identifies the user; each request reads the user's row to check that the session is still valid.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use domain::Role;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Db, ReadRow};
use web::cookie::{self, OutletCookies};
use web::rights::{Argument, Right};
use web::token::{Claims, Tokens};
use web::{ApiError, Code};

use crate::permission::{Anyone, Permission};
use crate::signed::signed;

/// Authenticates callers, with the users in the database and the key that signs sessions.
#[derive(Clone)]
pub struct Access {
    pub(crate) db: Db,
    tokens: Tokens,
    cookies: Arc<OutletCookies>,
    on_write: Arc<dyn Fn() + Send + Sync>,
}

impl Access {
    /// `on_write` is called before each write that a user requests: the till is active.
    #[must_use]
    pub fn new(db: Db, tokens: Tokens, on_write: Arc<dyn Fn() + Send + Sync>) -> Self {
        let cookies = Arc::new(OutletCookies::of(&tokens.tag()));
        Self { db, tokens, cookies, on_write }
    }

    /// The cookies of this outlet.
    #[must_use]
    pub fn cookies(&self) -> &OutletCookies {
        &self.cookies
    }
}

/// The caller of a request: a valid session whose role has the permission `P`.
///
/// As a handler's argument, it answers 401 or 403 before the body is read. Handlers access the database through
/// [`Actor::read`] and [`Actor::write`], which check the user's row again in the same transaction as the work.
pub struct Actor<P = Anyone> {
    access: Access,
    claims: Claims,
    in_cookie: bool,
    permission: PhantomData<fn() -> P>,
}

/// The security scheme of sessions in the API's description.
pub const SESSION: &str = "session";
/// The security scheme of sessions of pages.
pub const SESSION_COOKIE: &str = "session_cookie";

/// The caller, by the current row in the database.
#[derive(Debug, Clone)]
pub struct CurrentUser {
    /// The user's id.
    pub id: String,
    /// The current role, not the one at log-in.
    pub role: Role,
    /// The paired device of the session.
    pub device_id: Option<String>,
    /// The session.
    pub session: Option<String>,
}

impl<P, S> FromRequestParts<S> for Actor<P>
where
    P: Permission,
    S: Send + Sync,
    Access: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let access = Access::from_ref(state);
        let session = cookie::session_token(&parts.headers, &access.cookies.session)?;
        let claims = access.tokens.check(session.token, web::time::now())?;
        allowed(Role::parse(&claims.role), P::ALLOWS)?;
        Ok(Self { access, claims, in_cookie: session.in_cookie, permission: PhantomData })
    }
}

impl<P: Permission> Argument for Actor<P> {
    const RIGHT: Option<Right> = Some(Right { scheme: SESSION, cookie: Some(SESSION_COOKIE), name: P::NAME, or: None });
}

impl<P: Permission> Actor<P> {
    /// The user's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.claims.sub
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &Claims {
        &self.claims
    }

    /// The session came in a cookie, not in a header.
    #[must_use]
    pub fn is_in_cookie(&self) -> bool {
        self.in_cookie
    }

    /// Reads one snapshot if the session is valid and the role has the permission.
    ///
    /// # Errors
    /// 401, 403, or the error of `work`.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<ApiError>,
    {
        self.read_as(|tx, _| work(tx)).await
    }

    /// As [`Actor::read`], for work that depends on the user.
    ///
    /// # Errors
    /// As for [`Actor::read`].
    pub async fn read_as<T, E, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Transaction<'_>, &CurrentUser) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<ApiError>,
    {
        let claims = self.claims.clone();
        let db = &self.access.db;
        db.read(move |tx| work(tx, &current_user(tx, &claims, P::ALLOWS)?).map_err(Into::into)).await
    }

    /// Writes in one transaction if the session is valid and the role has the permission.
    ///
    /// # Errors
    /// 401, 403, or the error of `work`; nothing is written then.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Transaction<'_>, &CurrentUser) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<ApiError>,
    {
        let claims = self.claims.clone();
        (self.access.on_write)();
        self.access
            .db
            .write(move |tx| {
                let current_user = current_user(tx, &claims, P::ALLOWS)?;
                work(tx, &current_user).map_err(Into::into)
            })
            .await
    }

    /// Like [`Actor::write`], for shared entities: a conflict record then names the user.
    ///
    /// # Errors
    /// As for [`Actor::write`].
    pub async fn edit<T, E, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Transaction<'_>, &CurrentUser) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<ApiError>,
    {
        self.write(move |tx, current_user| signed(tx, &current_user.id, || work(tx, current_user).map_err(Into::into)))
            .await
    }
}

impl CurrentUser {
    /// Checks a rule about the user's role that depends on more than the route.
    ///
    /// # Errors
    /// 403.
    pub fn check(&self, may: fn(Role) -> bool) -> Result<(), ApiError> {
        allowed(Some(self.role), may).map(|_| ())
    }
}

fn allowed(role: Option<Role>, may: fn(Role) -> bool) -> Result<Role, ApiError> {
    role.filter(|&role| may(role)).ok_or_else(|| Code::Forbidden.because("role"))
}

/// The user of a token: 401 if the session has ended, 403 if the role lacks the permission.
fn current_user(tx: &Transaction<'_>, claims: &Claims, may: fn(Role) -> bool) -> Result<CurrentUser, ApiError> {
    let found = tx
        .prepare_cached(
            "select u.role, u.active and not exists (select 1 from ended_sessions where sid = ?2)
                 and (?3 is null or exists (select 1 from devices where id = ?3 and revoked_at is null)),
               coalesce(s.session_generation, 1)
             from users u left join sign_ins s on s.user_id = u.id and s.bucket = '' where u.id = ?1",
        )?
        .query_row(params![claims.sub, claims.sid, claims.device_id], |row| {
            Ok((row.read::<String>(0)?, row.read::<bool>(1)?, row.read::<i64>(2)?))
        })
        .optional()?;
    let role = match found {
        Some((role, true, generation)) if generation == claims.generation => Role::parse(&role),
        _ => return Err(Code::Unauthorized.because("ended")),
    };
    Ok(CurrentUser {
        id: claims.sub.clone(),
        role: allowed(role, may)?,
        device_id: claims.device_id.clone(),
        session: Some(claims.sid.clone()),
    })
}
