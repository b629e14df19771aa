//! Log-in, log-out, and changing one's own PIN.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::reply::Done;
use web::{ApiError, Json, Success, secret, time};

use super::Actor;
use super::attempt::{self, Candidate};
use crate::staff;
use crate::state::App;

/// Name and PIN.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    username: String,
    /// The PIN; the source document calls it so.
    password: String,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// To be sent as `Authorization: Bearer …`; lasts twelve hours.
    token: String,
    user: staff::Member,
}

/// Starts a session.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", request_body = LogIn, responses(
    (status = 200, body = Success<Session>),
    (status = 401, description = "`wrong_credentials`"),
    (status = 403, description = "`change_pin_first`: the first PIN works on the machine itself only"),
    (status = 429, description = "`locked`: too many wrong PINs; `Retry-After` says how long")))]
pub async fn log_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Json(body): Json<LogIn>,
) -> Result<Success<Session>, ApiError> {
    let username = body.username;
    let found = app.db.read(move |tx| attempt::find(tx, &username).map_err(ApiError::from)).await?;
    let candidate = check_pin(&app, peer.ip(), found, body.password).await?;
    if candidate.pin_initial && !peer.ip().to_canonical().is_loopback() {
        // It was right: whoever reads the explanation must not be locked out by having tried.
        app.db.write(move |tx| attempt::succeeded(tx, &candidate.user_id).map_err(ApiError::from)).await?;
        let message = "The first PIN works only on the machine that the server runs on. \
            Log in there and change it (POST /api/v1/auth/pin), then log in from here.";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "change_pin_first", message));
    }
    session(&app, candidate.user_id).await
}

async fn session(app: &App, user_id: String) -> Result<Success<Session>, ApiError> {
    let (generation, user) = app
        .db
        .write(move |tx| {
            let generation = attempt::succeeded(tx, &user_id)?;
            Ok::<_, ApiError>((generation, staff::get(tx, &user_id)?))
        })
        .await?;
    let token = app.tokens.issue(&user.id, &user.role, generation, time::now())?;
    Ok(Success::new(Session { token, user }))
}

/// Checks a PIN, counting the try against the user and the address.
///
/// # Errors
/// 401 `wrong_credentials`, 429 `locked`.
async fn check_pin(app: &App, address: IpAddr, found: Option<Candidate>, pin: String) -> Result<Candidate, ApiError> {
    let now = time::now();
    let wait = app.addresses.locked_seconds(address, now);
    if wait > 0 {
        return Err(locked(wait));
    }
    if let Some(candidate) = &found {
        count_try(app, candidate.user_id.clone()).await?;
    }
    // Someone who does not exist takes as long as someone who does.
    let hash = found.as_ref().map_or_else(|| NOBODY.to_owned(), |c| c.pin_hash.clone());
    let right = secret::pin_matches(pin, hash).await?;
    match found {
        Some(candidate) if right => {
            app.addresses.succeeded(address);
            Ok(candidate)
        }
        _ => {
            app.addresses.failed(address, now);
            Err(ApiError::new(StatusCode::UNAUTHORIZED, "wrong_credentials", "The user name or the PIN is wrong."))
        }
    }
}

/// The hash of nothing in particular.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$mMzgF4kXGPdW7fEAtCEQcY2Xd1zcxAOLyPnd8fZiD0g";

async fn count_try(app: &App, user_id: String) -> Result<(), ApiError> {
    let now = time::now();
    app.db.write(move |tx| attempt::begin(tx, &user_id, now)).await.map_err(|refused| match refused {
        attempt::Refused::Locked { seconds } => locked(seconds),
        attempt::Refused::Fault(fault) => fault.into(),
    })
}

fn locked(seconds: i64) -> ApiError {
    let message = format!("Too many wrong PINs; wait {seconds} seconds and try again.");
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "locked", message).retry_after(u32::try_from(seconds).unwrap_or(900))
}

/// Whether `pin` is that of someone who may approve what needs a manager. A wrong one counts against `user_id`,
/// who asks.
///
/// # Errors
/// 403 `wrong_manager_pin`, 429 `locked`.
pub async fn approve(app: &App, user_id: &str, from: IpAddr, pin: String) -> Result<String, ApiError> {
    count_try(app, user_id.to_owned()).await?;
    let approvers = app.db.read(|tx| attempt::approvers(tx).map_err(ApiError::from)).await?;
    // The first PIN, which everybody knows, approves on the machine itself only.
    let here = from.to_canonical().is_loopback();
    for candidate in approvers.into_iter().filter(|candidate| here || !candidate.pin_initial) {
        if secret::pin_matches(pin.clone(), candidate.pin_hash).await? {
            let user_id = user_id.to_owned();
            app.db.write(move |tx| attempt::succeeded(tx, &user_id)).await.map_err(ApiError::from)?;
            return Ok(candidate.user_id);
        }
    }
    let message = "That is not the PIN of a manager or an admin.";
    Err(ApiError::new(StatusCode::FORBIDDEN, "wrong_manager_pin", message))
}

/// The PIN now and the one to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePin {
    current_pin: String,
    /// 4 to 8 digits.
    new_pin: String,
}

/// Changes one's own PIN; every other session of this user ends.
#[utoipa::path(post, path = "/api/v1/auth/pin", tag = "auth", security(("session" = [])),
    request_body = ChangePin, responses(
    (status = 200, body = Success<Session>, description = "A new session"),
    (status = 401, description = "`wrong_credentials`"),
    (status = 422, description = "`invalid_pin`")))]
pub async fn change_pin(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    actor: Actor,
    Json(body): Json<ChangePin>,
) -> Result<Success<Session>, ApiError> {
    let user_id = actor.id().to_owned();
    let found = actor.read(&app, move |tx| attempt::find_by_id(tx, &user_id)).await?;
    // First, so that a new PIN of the wrong form does not count as a wrong one.
    let pin_hash = staff::hash(&body.new_pin).await?;
    let candidate = check_pin(&app, peer.ip(), found, body.current_pin).await?;
    let user_id = candidate.user_id.clone();
    app.db.write(move |tx| staff::set_pin(tx, &user_id, &pin_hash).map_err(ApiError::from)).await?;
    session(&app, candidate.user_id).await
}

/// Ends every session of the user who asks.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth", security(("session" = [])),
    responses((status = 200, body = Done)))]
pub async fn log_out(State(app): State<App>, actor: Actor) -> Result<Done, ApiError> {
    actor.write(&app, |tx, user| staff::end_sessions(tx, &user.id)).await?;
    Ok(Done::new("Logged out on every device."))
}
