//! Sessions: a token says who asks; the user's row says whether that still holds, at every request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Role;
use rusqlite::{OptionalExtension, Transaction};
use web::ApiError;
use web::extract::bearer;
use web::token::Claims;

use crate::state::App;

/// Someone with a valid token; [`require`] says what they may do.
#[derive(Debug, Clone)]
pub struct Actor(Claims);

/// Who asks, as the database has them now.
#[derive(Debug, Clone)]
pub struct User {
    /// The user's id.
    pub id: String,
    /// The role now, not at log-in.
    pub role: Role,
}

impl FromRequestParts<App> for Actor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        app.tokens.check(bearer(&parts.headers)?).map(Self)
    }
}

impl Actor {
    /// Refuses by the role at log-in, before a body is even read; [`require`] looks again.
    ///
    /// # Errors
    /// 403.
    pub fn check(&self, may: fn(Role) -> bool) -> Result<(), ApiError> {
        match Role::parse(&self.0.role) {
            Some(role) if may(role) => Ok(()),
            _ => Err(not_allowed()),
        }
    }

    /// The user's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.sub
    }
}

fn not_allowed() -> ApiError {
    ApiError::forbidden("Your role does not allow this; ask a manager or an admin.")
}

/// The user behind a token, if the session still holds and the role may do this.
///
/// # Errors
/// 401 when the session was ended, 403 when the role may not.
pub fn require(tx: &Transaction<'_>, actor: &Actor, may: fn(Role) -> bool) -> Result<User, ApiError> {
    let found = tx
        .prepare_cached(
            "select u.role, u.active, coalesce(s.session_generation, 1) from users u
             left join sign_ins s on s.user_id = u.id where u.id = ?1",
        )?
        .query_row([actor.id()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, i64>(2)?)))
        .optional()?;
    let role = match found {
        Some((role, true, generation)) if generation == actor.0.generation => Role::parse(&role),
        _ => return Err(ApiError::unauthorized("This session was ended; log in again.")),
    };
    match role {
        Some(role) if may(role) => Ok(User { id: actor.id().to_owned(), role }),
        _ => Err(not_allowed()),
    }
}
