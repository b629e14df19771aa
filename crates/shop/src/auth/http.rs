//! Log-in, log-out, the caller, and change of the caller's PIN.

use std::net::IpAddr;

use access::audit::{Author, Deed, record};
use access::session::Actor;
use access::{PairedDevice, device, ended, permission};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::audit::AuditAction;
use domain::pin::INITIAL_PIN;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use web::reply::{Done, with_cookie};
use web::token::Claims;
use web::{ApiError, Code, Json, List, Notice, Remote, Success, secret, time};

use crate::auth::candidates::{self, Candidate};
use crate::auth::throttle;
use crate::auth::throttle::Attempt;
use crate::devices::{self, Device};
use crate::staff::{self, User, UserName};
use crate::state::Shop;

/// User name and PIN.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "admin", "password": "1234"}))]
pub struct LogIn {
    username: String,
    /// The PIN; the name of the field is part of the contract.
    password: String,
    /// For pages: the answer sets a cookie `gerai_session_…` and contains no token. Default: false.
    #[schema(nullable = false)]
    cookie: Option<bool>,
}

/// A session. It lasts for twelve hours.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// Send it as `Authorization: Bearer …`. Absent if the session is in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<String>,
    user: staff::User,
    /// RFC 3339 UTC.
    expires_at: String,
}

/// Logs in with user name and PIN. A log-in on a paired device binds the session to it.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", request_body = LogIn, responses(
    (status = 200, body = Success<Session>),
    (status = 401, description = "`invalid_credentials`"),
    (status = 403, description = "`change_pin_first`: the initial PIN works on the server's machine only"),
    (status = 429, description = "`too_many_attempts`: too many wrong PINs; `Retry-After` has the delay")))]
pub async fn log_in(
    State(app): State<Shop>,
    remote: Remote,
    headers: HeaderMap,
    Json(body): Json<LogIn>,
) -> Result<Response, ApiError> {
    let username = body.username;
    let lookup_name = username.clone();
    let found = app.db.read(move |tx| candidates::find(tx, &lookup_name).map_err(ApiError::from)).await?;
    let account =
        found.as_ref().map_or_else(|| throttle::unknown(&app.tokens, &username), |found| found.user_id.clone());
    let is_initial_pin = body.password == INITIAL_PIN;
    let candidate = check_pin(&app, remote.address, account, found, body.password).await?;
    if is_initial_pin && !remote.is_local {
        return Err(Code::ChangePinFirst.into());
    }
    let on = device::cookie_hash(&app.access, &headers).map(On::Cookie);
    let (user, claims) = claims(&app, candidate, on).await?;
    let by = claims.clone();
    let recorded = app.db.write(move |tx| {
        let author = Author { actor_id: Some(&by.sub), session: Some(&by.sid), device_id: by.device_id.as_deref() };
        let deed = Deed::new(AuditAction::LoggedIn).to("user", &by.sub);
        let data = json!({"address": remote.address.to_canonical()});
        record(tx, author, deed.with(data), time::now())
    });
    recorded.await.map_err(ApiError::from)?;
    session(&app, remote, user, &claims, body.cookie.unwrap_or(false))
}

/// The device of a new session.
enum On {
    /// The one with this hash of its cookie, if it is paired.
    Cookie(String),
    /// The one of the previous session.
    Device(String),
}

/// The user of a new session of the candidate's generation, unless the sessions were ended while the PIN was checked.
async fn claims(app: &Shop, candidate: Candidate, on: Option<On>) -> Result<(User, Claims), ApiError> {
    let Candidate { user_id, generation, .. } = candidate;
    let found = app.db.read(move |tx| {
        let device_id = match on {
            Some(On::Cookie(hash)) => device::find(tx, &hash)?,
            Some(On::Device(id)) => Some(id),
            None => None,
        };
        Ok::<_, ApiError>((candidates::generation(tx, &user_id)?, staff::get(tx, &user_id)?, device_id))
    });
    let (current, user, device_id) = found.await?;
    if current != generation {
        return Err(invalid_credentials());
    }
    let claims = Claims::new(&user.id, user.role.as_str(), generation, time::now()).on_device(device_id);
    Ok((user, claims))
}

/// Issues a session.
fn session(app: &Shop, remote: Remote, user: User, claims: &Claims, in_cookie: bool) -> Result<Response, ApiError> {
    let (token, expires_at) = (app.tokens.issue(claims)?, claims.expires_at());
    if in_cookie {
        let cookie = app.access.cookies().session.set(&token, remote)?;
        return Ok(with_cookie(Some(cookie), Success::new(Session { token: None, user, expires_at })));
    }
    Ok(with_cookie(None, Success::new(Session { token: Some(token), user, expires_at })))
}

/// Checks a PIN. A wrong one counts in the buckets of the account and the address.
///
/// # Errors
/// 401 `invalid_credentials`, 429 `too_many_attempts`, 503 `overloaded`.
async fn check_pin(
    app: &Shop,
    from: IpAddr,
    account: String,
    found: Option<Candidate>,
    pin: String,
) -> Result<Candidate, ApiError> {
    let attempt = Attempt::LogIn { from };
    // Acquired before the lock, so that the quota limits the requests that wait for the lock.
    let permit = app.log_ins.acquire(from, None)?;
    let lock = app.attempt_locks.lock(&account).await;
    let app = app.clone();
    // Once started, an attempt is counted and later attempts wait for it, even if the client hangs up.
    web::detached(async move {
        let _guards = (permit, lock);
        admit(&app, &account, attempt).await?;
        // The check takes as long for an unknown user as for an existing one.
        let hash = found.as_ref().map_or_else(|| UNMATCHABLE_HASH.to_owned(), |c| c.pin_hash.clone());
        let matched = secret::pin_matches(pin, hash).await?;
        let found = found.filter(|_| matched);
        record_result(&app, account, attempt, found.is_some()).await?;
        found.ok_or_else(invalid_credentials)
    })
    .await
}

fn invalid_credentials() -> ApiError {
    Code::InvalidCredentials.because("pin")
}

/// Refuses an attempt that is too early.
async fn admit(app: &Shop, account: &str, attempt: Attempt) -> Result<(), ApiError> {
    let (account, now) = (account.to_owned(), time::now());
    let reader = account.clone();
    let (wait, is_ahead) = app.db.read(move |tx| throttle::admit(tx, &reader, attempt, now)).await?;
    let Some(wait) = wait else { return Ok(()) };
    if is_ahead {
        app.db.write(move |tx| throttle::correct(tx, &account, attempt, now)).await?;
    }
    Err(too_many_attempts(wait.seconds))
}

/// Records the result of an attempt.
async fn record_result(app: &Shop, account: String, attempt: Attempt, matched: bool) -> Result<(), ApiError> {
    let now = time::now();
    let recorded = app.db.write(move |tx| match matched {
        true => throttle::succeeded(tx, &account, attempt),
        false => throttle::failed(tx, &account, attempt, now),
    });
    Ok(recorded.await?)
}

/// A hash that no PIN matches.
const UNMATCHABLE_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$mMzgF4kXGPdW7fEAtCEQcY2Xd1zcxAOLyPnd8fZiD0g";

fn too_many_attempts(seconds: u32) -> ApiError {
    Code::TooManyAttempts.because("pin").retry_after(seconds)
}

/// Returns the id of the approver with this PIN: the one with the id `chosen`, or any. A wrong PIN counts in the bucket of `user_id`, the caller, and in the
/// one that all callers share.
///
/// # Errors
/// 403 `wrong_manager_pin`, 429 `too_many_attempts`, 503 `overloaded`.
pub async fn approve(
    app: &Shop,
    user_id: &str,
    from: Remote,
    chosen: Option<String>,
    pin: String,
) -> Result<String, ApiError> {
    let approvers = app.db.read(|tx| candidates::approvers(tx).map_err(ApiError::from)).await?;
    let attempt = Attempt::Approval { approvers: u32::try_from(approvers.len()).unwrap_or(u32::MAX) };
    let permit = app.log_ins.acquire(from.address, None)?;
    let lock = app.attempt_locks.lock(user_id).await;
    let (app, user_id) = (app.clone(), user_id.to_owned());
    web::detached(async move {
        let _guards = (permit, lock);
        admit(&app, &user_id, attempt).await?;
        // The initial PIN is public, so it approves on the server's machine only.
        let may_approve = from.is_local || pin != INITIAL_PIN;
        let mut approved_by = None;
        let is_chosen = |candidate: &Candidate| chosen.as_ref().is_none_or(|id| *id == candidate.user_id);
        for candidate in approvers.into_iter().filter(|candidate| may_approve && is_chosen(candidate)) {
            if secret::pin_matches(pin.clone(), candidate.pin_hash).await? {
                approved_by = Some(candidate.user_id);
                break;
            }
        }
        record_result(&app, user_id, attempt, approved_by.is_some()).await?;
        approved_by.ok_or_else(|| Code::WrongManagerPin.into())
    })
    .await
}

/// The current and the new PIN.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePin {
    current_pin: String,
    /// 4 to 8 digits.
    new_pin: String,
}

/// Changes the caller's PIN; all other sessions of the user end. The new session is in a cookie if this one is.
#[utoipa::path(post, path = "/api/v1/auth/pin", tag = "auth",
    request_body = ChangePin, responses(
    (status = 200, body = Success<Session>, description = "A new session"),
    (status = 401, description = "`invalid_credentials`"),
    (status = 422, description = "`invalid_pin`")))]
pub async fn change_pin(
    State(app): State<Shop>,
    remote: Remote,
    actor: Actor,
    Json(body): Json<ChangePin>,
) -> Result<Response, ApiError> {
    let user_id = actor.id().to_owned();
    let found = actor.read(move |tx| candidates::find_by_id(tx, &user_id)).await?;
    // Validated first, so that an invalid new PIN does not count as a failed attempt.
    let pin_hash = staff::hash_of("new_pin", &body.new_pin).await?;
    let candidate = check_pin(&app, remote.address, actor.id().to_owned(), found, body.current_pin).await?;
    // If an admin has set another PIN meanwhile, this session has ended and the admin's PIN stays.
    let generation = actor.edit(move |tx, user| {
        staff::set_pin(tx, user.into(), &user.id, &pin_hash)?;
        candidates::generation(tx, &user.id)
    });
    let candidate = Candidate { generation: generation.await?, ..candidate };
    let on = actor.session().device_id.clone().map(On::Device);
    let (user, claims) = claims(&app, candidate, on).await?;
    session(&app, remote, user, &claims, actor.is_in_cookie())
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    user: staff::User,
    /// What the user may do: the rights that this description names for each operation.
    rights: Vec<&'static str>,
    /// When the session expires, RFC 3339 UTC.
    expires_at: String,
    /// The paired device of the log-in.
    device: Option<Device>,
}

/// Returns the caller: the user, what the user may do, when the session expires, and the device of the log-in.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "auth", responses((status = 200, body = Success<Me>)))]
pub async fn get_me(actor: Actor) -> Result<Success<Me>, ApiError> {
    let session = actor.session().clone();
    let found = actor.read(move |tx| {
        let device = session.device_id.map(|id| devices::find(tx, &id)).transpose()?.flatten();
        Ok::<_, ApiError>((staff::get(tx, &session.sub)?, device))
    });
    let (user, device) = found.await?;
    let role = user.role.known();
    let rights = permission::ALL.iter().filter(|(_, allows)| role.is_some_and(*allows)).map(|(name, _)| *name);
    Ok(Success::new(Me { rights: rights.collect(), expires_at: actor.session().expires_at(), user, device }))
}

/// Lists the active users by name, for the PIN pad of a paired device.
#[utoipa::path(get, path = "/api/v1/auth/names", tag = "auth", responses((status = 200, body = List<UserName>),
    (status = 401, description = "`not_paired`: only paired devices may read the names")))]
pub async fn list_names(device: PairedDevice) -> Result<List<UserName>, ApiError> {
    Ok(List::new(device.read(staff::names).await?, None))
}

/// Ends this session; other sessions of the user continue.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth",
    responses((status = 200, body = Done)))]
pub async fn log_out(State(app): State<Shop>, actor: Actor, remote: Remote) -> Result<Response, ApiError> {
    let session = actor.session().clone();
    actor.write(move |tx, _| ended::end(tx, &session)).await?;
    logged_out(&app, &actor, remote, Notice::LoggedOut)
}

/// Ends all sessions of the caller, on every device.
#[utoipa::path(post, path = "/api/v1/auth/logout-everywhere", tag = "auth",
    responses((status = 200, body = Done)))]
pub async fn log_out_everywhere(State(app): State<Shop>, actor: Actor, remote: Remote) -> Result<Response, ApiError> {
    actor.write(|tx, user| staff::end_sessions(tx, &user.id)).await?;
    logged_out(&app, &actor, remote, Notice::LoggedOutEverywhere)
}

fn logged_out(app: &Shop, actor: &Actor, remote: Remote, notice: Notice) -> Result<Response, ApiError> {
    let cookie = actor.is_in_cookie().then(|| app.access.cookies().session.clear(remote)).transpose()?;
    Ok(with_cookie(cookie, Done::of(notice)))
}
