//! `/v1/hq/users`: users of head office. Both roles read; admins change users and end their sessions.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::text::{NAME, USER_NAME};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::reply::{Done, with_status};
use web::{ApiError, Code, Json, List, Notice, Path, Problem, Query, Success, extract, text};

use super::list::{HubUser, list};
use super::save::{self, Change, NewUser, SaveRefused, hash};
use super::{Admin, Role, User};
use crate::cursor;
use crate::staff::state::Staff;

/// Page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A new user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHubUser {
    /// Letters of one alphabet, digits and signs, without spaces.
    #[schema(min_length = 1, max_length = 50)]
    username: String,
    /// Name for people; by default the username.
    #[schema(nullable = false)]
    name: Option<String>,
    role: Role,
    /// At least 10 characters; not the username, and not easily guessed.
    #[schema(min_length = 10)]
    password: String,
}

/// Changes; missing fields are unchanged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HubUserChange {
    /// For people.
    #[schema(nullable = false)]
    name: Option<String>,
    /// A change ends the user's sessions.
    #[schema(nullable = false)]
    role: Option<Role>,
    /// False: cannot log in, and the user's sessions end.
    #[schema(nullable = false)]
    active: Option<bool>,
    /// As for a new user; ends the user's sessions.
    #[schema(nullable = false, min_length = 10)]
    password: Option<String>,
}

/// Head office's users, by id.
#[utoipa::path(
    get,
    path = "/v1/hq/users",
    tag = "head office",
    operation_id = "hq_list_hub_users",
    params(ListQuery),
    responses(
        (status = 200, description = "A page", body = List<HubUser>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_hub_users(
    _: User,
    State(state): State<Staff>,
    Query(page): Query<ListQuery>,
) -> Result<List<HubUser>, ApiError> {
    let limit = extract::page_size(page.limit)?;
    let [after]: [String; 1] = page.cursor.as_deref().map_or_else(|| Ok(Default::default()), cursor::read)?;
    let found = state.store.read(move |tx| list(tx, &after, limit + 1)).await?;
    Ok(cursor::page(found, limit, |user| [user.id.clone()]))
}

/// Creates a user of head office.
#[utoipa::path(
    post,
    path = "/v1/hq/users",
    tag = "head office",
    operation_id = "hq_create_hub_user",
    request_body = NewHubUser,
    responses(
        (status = 201, description = "Created", body = Success<HubUser>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 409, description = "`username_taken`"),
        (status = 422, description = "`invalid_body`, `invalid_text`, `invalid_password`"),
    ),
)]
pub(crate) async fn create_hub_user(
    _: Admin,
    State(state): State<Staff>,
    Json(body): Json<NewHubUser>,
) -> Result<Response, ApiError> {
    let username = text::required("username", &body.username, USER_NAME)?;
    let name = text::optional("name", body.name.as_deref(), NAME)?.unwrap_or_default();
    let password_hash = hash(&body.password, &username).await?;
    let user = NewUser { username, name, role: body.role, password_hash };
    let now = web::time::now();
    let made = state.store.write(move |tx| save::create(tx, &user, now)).await?;
    Ok(with_status(StatusCode::CREATED, Success::new(made)))
}

/// Changes a user of head office. Missing fields are unchanged. The last active admin must remain an active admin.
#[utoipa::path(
    patch,
    path = "/v1/hq/users/{user_id}",
    tag = "head office",
    operation_id = "hq_change_hub_user",
    params(("user_id" = String, Path, description = "The user's id or username")),
    request_body = HubUserChange,
    responses(
        (status = 200, description = "The new version", body = Success<HubUser>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`last_admin`"),
        (status = 422, description = "`invalid_body`, `invalid_text`, `invalid_password`"),
    ),
)]
pub(crate) async fn change_hub_user(
    _: Admin,
    State(state): State<Staff>,
    Path(user): Path<String>,
    Json(body): Json<HubUserChange>,
) -> Result<Success<HubUser>, ApiError> {
    let mut change = Change {
        name: body.name.as_deref().map(|name| text::required("name", name, NAME)).transpose()?,
        role: body.role,
        active: body.active,
        password_hash: None,
    };
    if let Some(password) = &body.password {
        let user = user.clone();
        let found = state.store.read(move |tx| save::find(tx, &user)).await?;
        change.password_hash = Some(hash(password, &found.username).await?);
    }
    Ok(Success::new(state.store.write(move |tx| save::change(tx, &user, change.clone())).await?))
}

/// Ends every session of a user of head office.
#[utoipa::path(
    post,
    path = "/v1/hq/users/{user_id}/end-sessions",
    tag = "head office",
    operation_id = "hq_end_sessions",
    params(("user_id" = String, Path, description = "The user's id or username")),
    responses(
        (status = 200, description = "The sessions have ended", body = Done),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
    ),
)]
pub(crate) async fn end_sessions(
    _: Admin,
    State(state): State<Staff>,
    Path(user): Path<String>,
) -> Result<Done, ApiError> {
    state.store.write(move |tx| save::end_sessions(tx, &user)).await?;
    Ok(Done::of(Notice::LoggedOutEverywhere))
}

impl From<SaveRefused> for ApiError {
    fn from(refused: SaveRefused) -> Self {
        match refused {
            SaveRefused::Username => Code::InvalidText.field("username", Problem::NotAUserName),
            SaveRefused::Name(refused) => Code::InvalidText.field("name", refused),
            SaveRefused::UsernameTaken => Code::UsernameTaken.because("exists"),
            SaveRefused::LastAdmin => Code::LastAdmin.because("head_office"),
            SaveRefused::NotFound => Code::NotFound.because("hq_user"),
            SaveRefused::Fault(fault) => fault.into(),
        }
    }
}
