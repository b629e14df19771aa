//! Extractors of the logged-in user: the token is checked against the user's row at each request.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use store::Store;
use web::rights::{Argument, Right};
use web::token::Tokens;
use web::{ApiError, Code, extract};

use super::Role;

/// Name of the security scheme of sessions in the API description.
pub(crate) const SESSION: &str = "session";

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
    username: String,
    role: Role,
}

/// A user with the role admin.
#[derive(Debug)]
pub(crate) struct Admin {
    pub username: String,
}

impl Argument for User {
    const RIGHT: Option<Right> = Some(Right { scheme: SESSION, name: None });
}

impl Argument for Admin {
    const RIGHT: Option<Right> = Some(Right { scheme: SESSION, name: Some("admin") });
}

const BY_ID: &str = "select username, role from hq_users where id = ?1 and active = 1 and generation = ?2";

impl<S> FromRequestParts<S> for User
where
    Sessions: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Sessions { store, tokens } = Sessions::from_ref(state);
        let claims = tokens.check(extract::bearer(&parts.headers)?, web::time::now())?;
        let found = store.read(move |tx| {
            tx.first(BY_ID, &[(&claims.sub).into(), claims.generation.into()], |row| {
                Ok((claims.sub.clone(), row.string(0)?, Role::parse(&row.text(1)?)))
            })
        });
        let ended = || Code::Unauthorized.because("ended");
        let (id, username, role) = found.await?.ok_or_else(ended)?;
        Ok(Self { id, username, role: role.ok_or_else(|| Code::Forbidden.because("unknown_role"))? })
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
