//! Management of the outlet's users.

use access::permission::ManageStaff;
use access::session::Actor;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Role;
use domain::text::{NAME, USER_NAME};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::extract::page_size;
use web::reply::with_status;
use web::{ApiError, Choice, Code, Json, List, PageQuery, Path, Query, Success, text, time, words};

use crate::auth::lockouts::{self, Lockouts};
use crate::staff::{Change, NewUser, User};

/// The user to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "sari", "role": "cashier", "pin": "2468"}))]
pub struct CreateUser {
    username: String,
    #[schema(nullable = false)]
    name: Option<String>,
    /// The role, which grants permissions.
    #[schema(value_type = Role)]
    role: Choice<Role>,
    /// 4 to 8 digits.
    #[schema(pattern = "^[0-9]{4,8}$")]
    pin: String,
}

/// The fields to change; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    #[schema(nullable = false)]
    name: Option<String>,
    #[schema(value_type = Option<Role>, nullable = false)]
    role: Option<Choice<Role>>,
    #[schema(nullable = false)]
    active: Option<bool>,
    /// 4 to 8 digits; ends the user's sessions.
    #[schema(pattern = "^[0-9]{4,8}$")]
    #[schema(nullable = false)]
    pin: Option<String>,
}

/// Lists the outlet's users.
#[utoipa::path(get, path = "/api/v1/users", tag = "staff",
    params(PageQuery), responses((status = 200, body = List<User>)))]
pub async fn list_users(actor: Actor<ManageStaff>, Query(page): Query<PageQuery>) -> Result<List<User>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = page.after()?;
    let members = actor.read(move |tx| crate::staff::list(tx, &after, limit)).await?;
    Ok(web::reply::page(members, limit, |m| m.id.clone()))
}

/// Creates a user.
#[utoipa::path(post, path = "/api/v1/users", tag = "staff",
    request_body = CreateUser, responses(
    (status = 201, body = Success<User>),
    (status = 409, description = "`username_taken`"),
    (status = 422, description = "`invalid_pin`, `invalid_role`, `invalid_text`")))]
pub async fn create_user(actor: Actor<ManageStaff>, Json(body): Json<CreateUser>) -> Result<Response, ApiError> {
    let username = text::required("username", &body.username, USER_NAME)?;
    let name = text::optional("name", body.name.as_deref(), NAME)?.unwrap_or_else(|| username.clone());
    let role = body.role.check(Code::InvalidRole, "role")?;
    let wanted = username.clone();
    actor.read(move |tx| crate::staff::check_name_free(tx, &wanted, "")).await?;
    let new = NewUser { username, name, role, pin_hash: crate::staff::hash(&body.pin).await? };
    let user_row = actor.edit(move |tx, user| crate::staff::create(tx, user, new, Uuid::now_v7())).await?;
    Ok(with_status(StatusCode::CREATED, Success::new(user_row)))
}

/// Changes a user.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "staff",
    params(("id" = String, Path)),
    request_body = UpdateUser, responses(
    (status = 200, body = Success<User>),
    (status = 403, description = "A manager cannot change an admin"),
    (status = 404, description = "`not_found`"),
    (status = 409, description = "`last_admin`")))]
pub async fn update_user(
    actor: Actor<ManageStaff>,
    Path(id): Path<String>,
    Json(body): Json<UpdateUser>,
) -> Result<Success<User>, ApiError> {
    let change = Change {
        name: body.name.as_deref().map(|name| text::required("name", name, NAME)).transpose()?,
        role: words::optional(body.role.as_ref(), Code::InvalidRole, "role")?,
        active: body.active,
        pin_hash: match &body.pin {
            Some(pin) => Some(crate::staff::hash(pin).await?),
            None => None,
        },
    };
    actor.edit(move |tx, user| crate::staff::update(tx, user, &id, change)).await.map(Success::new)
}

/// Lists the users who must wait after wrong PINs, and how many wrong PINs of approvals are left.
#[utoipa::path(get, path = "/api/v1/users/lockouts", tag = "staff",
    responses((status = 200, body = Success<Lockouts>)))]
pub async fn list_lockouts(actor: Actor<ManageStaff>) -> Result<Success<Lockouts>, ApiError> {
    let now = time::now();
    actor.read(move |tx| lockouts::list(tx, now)).await.map(Success::new)
}

/// Ends a user's waits after wrong PINs.
#[utoipa::path(post, path = "/api/v1/users/{id}/unlock", tag = "staff", params(("id" = String, Path)), responses(
    (status = 200, body = Success<User>),
    (status = 403, description = "A manager cannot unlock an admin"),
    (status = 404, description = "`not_found`")))]
pub async fn unlock_user(actor: Actor<ManageStaff>, Path(id): Path<String>) -> Result<Success<User>, ApiError> {
    actor.write(move |tx, user| lockouts::unlock(tx, user, &id)).await.map(Success::new)
}
