//! Sessions: a token says who asks; the user's row says whether that still holds, at every request.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use domain::Role;
use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Db, ReadRow};
use web::extract::bearer;
use web::rights::{Argument, Right};
use web::token::{Claims, Tokens};
use web::{ApiError, Code};

use crate::permission::{Anyone, Permission};
use crate::signed::signed;

/// Knows the callers: by the database with its users, and by the key that signs sessions.
#[derive(Clone)]
pub struct Access {
    db: Db,
    tokens: Tokens,
    on_write: Arc<dyn Fn() + Send + Sync>,
}

impl Access {
    /// `on_write` is called before each write that somebody asked for: the till is active.
    #[must_use]
    pub fn new(db: Db, tokens: Tokens, on_write: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { db, tokens, on_write }
    }
}

/// Whoever sent a request, with a valid token whose role may do `P`.
///
/// As a handler's argument it answers 401 and 403 before the body is read. [`Actor::read`] and [`Actor::write`] are how
/// a handler comes to the database: they look again, at the user's row, in the same transaction as the work.
pub struct Actor<P = Anyone> {
    access: Access,
    claims: Claims,
    permission: PhantomData<fn() -> P>,
}

/// The security scheme of sessions in the API's description.
pub const SESSION: &str = "session";

/// Who asks, as the database has them now.
#[derive(Debug, Clone)]
pub struct User {
    /// The user's id.
    pub id: String,
    /// The role now, not at log-in.
    pub role: Role,
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
        let claims = access.tokens.check(bearer(&parts.headers)?, web::time::now())?;
        allowed(Role::parse(&claims.role), P::MAY)?;
        Ok(Self { access, claims, permission: PhantomData })
    }
}

impl<P: Permission> Argument for Actor<P> {
    const RIGHT: Option<Right> = Some(Right { scheme: SESSION, name: P::NAME });
}

impl<P: Permission> Actor<P> {
    /// The user's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.claims.sub
    }

    /// Reads one snapshot, if the session still holds and the role still may.
    ///
    /// # Errors
    /// 401, 403, or what `work` returned.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<ApiError>,
    {
        let claims = self.claims.clone();
        self.access
            .db
            .read(move |tx| {
                user(tx, &claims, P::MAY)?;
                work(tx).map_err(Into::into)
            })
            .await
    }

    /// Writes in one transaction, if the session still holds and the role still may.
    ///
    /// # Errors
    /// 401, 403, or what `work` returned; nothing is written then.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Transaction<'_>, &User) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<ApiError>,
    {
        let claims = self.claims.clone();
        (self.access.on_write)();
        self.access
            .db
            .write(move |tx| {
                let user = user(tx, &claims, P::MAY)?;
                work(tx, &user).map_err(Into::into)
            })
            .await
    }

    /// Writes as [`Actor::write`] does what outlet and head office share: a conflict's record then says who it was.
    ///
    /// # Errors
    /// As of [`Actor::write`].
    pub async fn edit<T, E, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Transaction<'_>, &User) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<ApiError>,
    {
        self.write(move |tx, user| signed(tx, &user.id, || work(tx, user).map_err(Into::into))).await
    }
}

impl User {
    /// Refuses what this user's role may not do, where that depends on more than the path.
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

/// The user behind a token: 401 when the session was ended, 403 when the role may not.
fn user(tx: &Transaction<'_>, claims: &Claims, may: fn(Role) -> bool) -> Result<User, ApiError> {
    let found = tx
        .prepare_cached(
            "select u.role, u.active, coalesce(s.session_generation, 1) from users u
             left join sign_ins s on s.user_id = u.id and s.bucket = '' where u.id = ?1",
        )?
        .query_row([&claims.sub], |row| Ok((row.read::<String>(0)?, row.read::<bool>(1)?, row.read::<i64>(2)?)))
        .optional()?;
    let role = match found {
        Some((role, true, generation)) if generation == claims.generation => Role::parse(&role),
        _ => return Err(Code::Unauthorized.because("ended")),
    };
    Ok(User { id: claims.sub.clone(), role: allowed(role, may)? })
}
