//! Extractors of the logged-in user: the token is checked against the user's row at each request.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use store::Store;
use web::cookie::{self, HUB_SESSION};
use web::rights::{Argument, Right};
use web::token::{Claims, Tokens};
use web::{ApiError, Code};

use super::Role;

/// Name of the security scheme of sessions in the API description.
pub(crate) const SESSION: &str = "session";
/// Name of the security scheme of sessions of pages.
pub(crate) const SESSION_COOKIE: &str = "session_cookie";

/// Checks sessions, with the key that signs them and the users' rows.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub store: Store,
    pub tokens: Arc<Tokens>,
}

/// A user of head office with a valid session. Both roles may read.
#[derive(Debug)]
pub(crate) struct User {
    pub id: String,
    pub username: String,
    pub role: Role,
    /// The session.
    pub session: Claims,
    /// The session came in a cookie, not in a header.
    pub in_cookie: bool,
}

/// A user with the role admin.
#[derive(Debug)]
pub(crate) struct Admin {
    pub username: String,
}

impl Argument for User {
    const RIGHT: Option<Right> = Some(Right { scheme: SESSION, cookie: Some(SESSION_COOKIE), name: None, or: None });
}

impl Argument for Admin {
    const RIGHT: Option<Right> =
        Some(Right { scheme: SESSION, cookie: Some(SESSION_COOKIE), name: Some("admin"), or: None });
}

const BY_ID: &str = "
    select username, role from hq_users
    where id = ?1 and active = 1 and generation = ?2 and not exists (select 1 from ended_sessions where sid = ?3)";

impl<S> FromRequestParts<S> for User
where
    Sessions: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Sessions { store, tokens } = Sessions::from_ref(state);
        let cookie::SessionToken { token, in_cookie } = cookie::session_token(&parts.headers, &HUB_SESSION)?;
        let session = tokens.check(token, web::time::now())?;
        let claims = session.clone();
        let found = store.read(move |tx| {
            tx.first(BY_ID, &[(&claims.sub).into(), claims.generation.into(), (&claims.sid).into()], |row| {
                Ok((row.string(0)?, Role::parse(&row.text(1)?)))
            })
        });
        let (username, role) = found.await?.ok_or_else(|| Code::Unauthorized.because("ended"))?;
        let role = role.ok_or_else(|| Code::Forbidden.because("unknown_role"))?;
        Ok(Self { id: session.sub.clone(), username, role, session, in_cookie })
    }
}

impl<S> FromRequestParts<S> for Admin
where
    Sessions: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match User::from_request_parts(parts, state).await? {
            User { username, role: Role::Admin, .. } => Ok(Self { username }),
            User { .. } => Err(Code::Forbidden.because("admin_only")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_session_is_checked_by_key() {
        plans::assert_keyed(BY_ID);
    }
}
