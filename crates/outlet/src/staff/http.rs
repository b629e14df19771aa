//! Managing the outlet's people.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Role;
use domain::text::{NAME, USER_NAME};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::extract::{invalid_cursor, page_size};
use web::reply::with_status;
use web::{ApiError, Json, List, Path, Query, Success};

use super::{Change, Member, NewMember};
use crate::auth::{Actor, ManageStaff};
use crate::state::App;
use crate::text;

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// At most so many, 1 to 500; 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The longest cursor: an id, or one of a database that was made before ids had an end.
const MAX_CURSOR_BYTES: usize = 1_000;

impl Page {
    /// The id where the page begins; none for the first page.
    ///
    /// # Errors
    /// 400 for what is no id.
    pub fn place(&self) -> Result<Option<String>, ApiError> {
        let is_id =
            |cursor: &String| (1..=MAX_CURSOR_BYTES).contains(&cursor.len()) && !cursor.contains(char::is_control);
        if self.cursor.as_ref().is_none_or(is_id) { Ok(self.cursor.clone()) } else { Err(invalid_cursor()) }
    }

    /// The id after which a page by id begins; empty for the first page.
    ///
    /// # Errors
    /// 400 for what is no id.
    pub fn after(&self) -> Result<String, ApiError> {
        Ok(self.place()?.unwrap_or_default())
    }
}

/// A user to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    username: String,
    #[schema(nullable = false)]
    name: Option<String>,
    /// admin, manager, cashier, waiter, kitchen or bar.
    #[schema(pattern = "^(admin|manager|cashier|waiter|kitchen|bar)$")]
    role: String,
    /// 4 to 8 digits.
    #[schema(pattern = "^[0-9]{4,8}$")]
    pin: String,
}

/// What changes; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    #[schema(nullable = false)]
    name: Option<String>,
    #[schema(pattern = "^(admin|manager|cashier|waiter|kitchen|bar)$")]
    #[schema(nullable = false)]
    role: Option<String>,
    #[schema(nullable = false)]
    active: Option<bool>,
    /// 4 to 8 digits; ends the user's sessions.
    #[schema(pattern = "^[0-9]{4,8}$")]
    #[schema(nullable = false)]
    pin: Option<String>,
}

fn role(word: &str) -> Result<Role, ApiError> {
    Role::parse(word).ok_or_else(|| {
        let message = "'role' must be one of admin, manager, cashier, waiter, kitchen, bar.";
        ApiError::unprocessable("invalid_role", message)
    })
}

/// The outlet's users.
#[utoipa::path(get, path = "/api/v1/users", tag = "staff", security(("session" = ["manage_staff"])),
    params(Page), responses((status = 200, body = List<Member>)))]
pub async fn list_users(
    State(app): State<App>,
    actor: Actor<ManageStaff>,
    Query(page): Query<Page>,
) -> Result<List<Member>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = page.after()?;
    let members = actor.read(&app, move |tx| super::list(tx, &after, limit)).await?;
    Ok(crate::routes::page(members, limit, |m| m.id.clone()))
}

/// Makes a user.
#[utoipa::path(post, path = "/api/v1/users", tag = "staff", security(("session" = ["manage_staff"])),
    request_body = CreateUser, responses(
    (status = 201, body = Success<Member>),
    (status = 409, description = "`username_taken`"),
    (status = 422, description = "`invalid_pin`, `invalid_role`, `invalid_text`")))]
pub async fn create_user(
    State(app): State<App>,
    actor: Actor<ManageStaff>,
    Json(body): Json<CreateUser>,
) -> Result<Response, ApiError> {
    let username = text::required("username", &body.username, USER_NAME)?;
    let name = text::optional("name", body.name.as_deref(), NAME)?.unwrap_or_else(|| username.clone());
    let role = role(&body.role)?;
    let wanted = username.clone();
    actor.read(&app, move |tx| super::check_name_free(tx, &wanted, "")).await?;
    let new = NewMember { username, name, role, pin_hash: super::hash(&body.pin).await? };
    let member = actor.edit(&app, move |tx, user| super::create(tx, user, new, Uuid::now_v7())).await?;
    Ok(with_status(StatusCode::CREATED, Success::new(member)))
}

/// Changes a user.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "staff", security(("session" = ["manage_staff"])),
    params(("id" = String, Path)),
    request_body = UpdateUser, responses(
    (status = 200, body = Success<Member>),
    (status = 403, description = "A manager cannot touch an admin"),
    (status = 404, description = "`not_found`"),
    (status = 409, description = "`last_admin`")))]
pub async fn update_user(
    State(app): State<App>,
    actor: Actor<ManageStaff>,
    Path(id): Path<String>,
    Json(body): Json<UpdateUser>,
) -> Result<Success<Member>, ApiError> {
    let change = Change {
        name: body.name.as_deref().map(|name| text::required("name", name, NAME)).transpose()?,
        role: body.role.as_deref().map(role).transpose()?,
        active: body.active,
        pin_hash: match &body.pin {
            Some(pin) => Some(super::hash(pin).await?),
            None => None,
        },
    };
    actor.edit(&app, move |tx, user| super::update(tx, user, &id, change)).await.map(Success::new)
}
