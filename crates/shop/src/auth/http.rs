//! Log-in, log-out, and changing one's own PIN.

use std::net::IpAddr;

use access::session::Actor;
use axum::extract::State;
use domain::pin::INITIAL_PIN;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::reply::Done;
use web::{ApiError, Code, Json, Notice, Remote, Success, secret, time};

use crate::auth::attempt::{self, Candidate};
use crate::auth::throttle;
use crate::auth::throttle::Tried;
use crate::staff;
use crate::state::Shop;

/// Name and PIN.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "admin", "password": "1234"}))]
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
    (status = 429, description = "`too_many_attempts`: too many wrong PINs; `Retry-After` says how long")))]
pub async fn log_in(
    State(app): State<Shop>,
    remote: Remote,
    Json(body): Json<LogIn>,
) -> Result<Success<Session>, ApiError> {
    let username = body.username;
    let known = username.clone();
    let found = app.db.read(move |tx| attempt::find(tx, &known).map_err(ApiError::from)).await?;
    let account =
        found.as_ref().map_or_else(|| throttle::unknown(&app.tokens, &username), |found| found.user_id.clone());
    let everybody_knows_it = body.password == INITIAL_PIN;
    let candidate = check_pin(&app, remote.address, account, found, body.password).await?;
    if everybody_knows_it && !remote.on_machine {
        return Err(Code::ChangePinFirst.into());
    }
    session(&app, candidate.user_id, candidate.generation).await
}

/// A session of this generation, unless all of it have ended while the PIN was looked at.
async fn session(app: &Shop, user_id: String, generation: i64) -> Result<Success<Session>, ApiError> {
    let (current, user) = app
        .db
        .read(move |tx| Ok::<_, ApiError>((attempt::generation(tx, &user_id)?, staff::get(tx, &user_id)?)))
        .await?;
    if current != generation {
        return Err(wrong_credentials());
    }
    let token = app.tokens.issue(&user.id, &user.role, generation, time::now())?;
    Ok(Success::new(Session { token, user }))
}

/// Checks a PIN, counting a wrong one in the lanes of the account and the address.
///
/// # Errors
/// 401 `wrong_credentials`, 429 `too_many_attempts`, 503 `overloaded`.
async fn check_pin(
    app: &Shop,
    from: IpAddr,
    account: String,
    found: Option<Candidate>,
    pin: String,
) -> Result<Candidate, ApiError> {
    let tried = Tried::LogIn { from };
    // Before the turn: those who wait for it are as many as the places.
    let place = app.log_ins.take(from, None)?;
    let turn = app.turns.take(&account).await;
    let app = app.clone();
    // A try that has begun is counted, and the next one waits for it, also where the client hangs up.
    web::detached(async move {
        let _held = (place, turn);
        admit(&app, &account, tried).await?;
        // Someone who does not exist takes as long as someone who does.
        let hash = found.as_ref().map_or_else(|| NOBODY.to_owned(), |c| c.pin_hash.clone());
        let right = secret::pin_matches(pin, hash).await?;
        let found = found.filter(|_| right);
        settle(&app, account, tried, found.is_some()).await?;
        found.ok_or_else(wrong_credentials)
    })
    .await
}

fn wrong_credentials() -> ApiError {
    Code::WrongCredentials.because("pin")
}

/// Refuses a try that comes too soon.
async fn admit(app: &Shop, account: &str, tried: Tried) -> Result<(), ApiError> {
    let (account, now) = (account.to_owned(), time::now());
    let reader = account.clone();
    let (wait, is_ahead) = app.db.read(move |tx| throttle::admit(tx, &reader, tried, now)).await?;
    let Some(wait) = wait else { return Ok(()) };
    if is_ahead {
        app.db.write(move |tx| throttle::correct(tx, &account, tried, now)).await?;
    }
    Err(too_many_attempts(wait.seconds))
}

/// Writes down how a try ended.
async fn settle(app: &Shop, account: String, tried: Tried, right: bool) -> Result<(), ApiError> {
    let now = time::now();
    let settled = app.db.write(move |tx| match right {
        true => throttle::succeeded(tx, &account, tried),
        false => throttle::failed(tx, &account, tried, now),
    });
    Ok(settled.await?)
}

/// The hash of nothing in particular.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$mMzgF4kXGPdW7fEAtCEQcY2Xd1zcxAOLyPnd8fZiD0g";

fn too_many_attempts(seconds: u32) -> ApiError {
    Code::TooManyAttempts.because("pin").retry_after(seconds)
}

/// Whether `pin` is that of someone who may approve what needs a manager. A wrong one counts in the lane of `user_id`,
/// who asks, and in the one that all who ask share.
///
/// # Errors
/// 403 `wrong_manager_pin`, 429 `too_many_attempts`, 503 `overloaded`.
pub async fn approve(app: &Shop, user_id: &str, from: Remote, pin: String) -> Result<String, ApiError> {
    let approvers = app.db.read(|tx| attempt::approvers(tx).map_err(ApiError::from)).await?;
    let tried = Tried::Approval { approvers: u32::try_from(approvers.len()).unwrap_or(u32::MAX) };
    let place = app.log_ins.take(from.address, None)?;
    let turn = app.turns.take(user_id).await;
    let (app, user_id) = (app.clone(), user_id.to_owned());
    web::detached(async move {
        let _held = (place, turn);
        admit(&app, &user_id, tried).await?;
        // The first PIN, which everybody knows, approves on the machine itself only.
        let may_match = from.on_machine || pin != INITIAL_PIN;
        let mut approved_by = None;
        for candidate in approvers.into_iter().filter(|_| may_match) {
            if secret::pin_matches(pin.clone(), candidate.pin_hash).await? {
                approved_by = Some(candidate.user_id);
                break;
            }
        }
        settle(&app, user_id, tried, approved_by.is_some()).await?;
        approved_by.ok_or_else(|| Code::WrongManagerPin.into())
    })
    .await
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
#[utoipa::path(post, path = "/api/v1/auth/pin", tag = "auth",
    request_body = ChangePin, responses(
    (status = 200, body = Success<Session>, description = "A new session"),
    (status = 401, description = "`wrong_credentials`"),
    (status = 422, description = "`invalid_pin`")))]
pub async fn change_pin(
    State(app): State<Shop>,
    remote: Remote,
    actor: Actor,
    Json(body): Json<ChangePin>,
) -> Result<Success<Session>, ApiError> {
    let user_id = actor.id().to_owned();
    let found = actor.read(move |tx| attempt::find_by_id(tx, &user_id)).await?;
    // First, so that a new PIN of the wrong form does not count as a wrong one.
    let pin_hash = staff::hash_of("new_pin", &body.new_pin).await?;
    let candidate = check_pin(&app, remote.address, actor.id().to_owned(), found, body.current_pin).await?;
    // An admin may have set another PIN meanwhile: the session has ended then, and that one stands.
    let generation = actor.edit(move |tx, user| {
        staff::set_pin(tx, &user.id, &pin_hash)?;
        attempt::generation(tx, &user.id)
    });
    session(&app, candidate.user_id, generation.await?).await
}

/// Ends every session of the user who asks.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth",
    responses((status = 200, body = Done)))]
pub async fn log_out(actor: Actor) -> Result<Done, ApiError> {
    actor.write(|tx, user| staff::end_sessions(tx, &user.id)).await?;
    Ok(Done::of(Notice::LoggedOut))
}
