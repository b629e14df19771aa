//! Who is asking: the token's word, checked against the user's row at each request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use web::{ApiError, extract};

use super::Role;
use crate::state::Hub;

/// A user of head office with a session that still holds. Both roles may read.
#[derive(Debug)]
pub(crate) struct User {
    pub id: String,
    username: String,
    role: Role,
}

/// A user who may change things.
#[derive(Debug)]
pub(crate) struct Admin {
    pub username: String,
}

const BY_ID: &str = "select username, role from hq_users where id = ?1 and active = 1 and generation = ?2";

impl FromRequestParts<Hub> for User {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, ApiError> {
        let claims = hub.tokens.check(extract::bearer(&parts.headers)?, web::time::now())?;
        let found = hub.store.read(move |tx| {
            tx.first(BY_ID, &[(&claims.sub).into(), claims.generation.into()], |row| {
                Ok((claims.sub.clone(), row.string(0)?, Role::parse(&row.text(1)?)))
            })
        });
        let ended = || ApiError::unauthorized("This session has been ended; log in again.");
        let (id, username, role) = found.await?.ok_or_else(ended)?;
        let unknown = "The database has a role for this user that is none, so they may do nothing; ask an admin of head office \
                       to give them one.";
        Ok(Self { id, username, role: role.ok_or_else(|| ApiError::forbidden(unknown))? })
    }
}

impl FromRequestParts<Hub> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, ApiError> {
        match User::from_request_parts(parts, hub).await? {
            User { username, role: Role::Admin, .. } => Ok(Self { username }),
            User { .. } => Err(ApiError::forbidden("Only an admin of head office may change this; ask one.")),
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
