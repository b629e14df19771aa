//! Master data whose table, API and document have the same form: `row!` declares the columns once, `crud!` the five
//! handlers.
//!
//! The functions of this module are the commands behind the handlers; a feature that needs other commands defines them
//! itself.

use access::audit::Author;
use rusqlite::{OptionalExtension, ToSql, Transaction, params, params_from_iter};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, Row as SqlRow};
use uuid::Uuid;
use web::{ApiError, Code, Warning};

use crate::changes::changed_since;
use crate::version::check_version;
use crate::{audit, duplicates};

/// A row of master data, as declared by `row!`.
pub trait Row: Sized + Serialize {
    /// The checked fields that are written.
    type Fields;
    /// Its table.
    const TABLE: &'static str;
    /// Its entity in `protocol`, which messages refer to.
    const ENTITY: &'static str;
    /// Its columns except the id.
    const COLUMNS: &'static [&'static str];

    /// Reads id, columns and version, in this order.
    ///
    /// # Errors
    /// The error from SQLite.
    fn read(row: &SqlRow<'_>) -> rusqlite::Result<Self>;

    /// The values of the columns, in the same order.
    fn values(fields: &Self::Fields) -> Vec<&dyn ToSql>;

    /// The id, which is the cursor of lists.
    fn id(&self) -> &str;

    /// Sets the warnings, if the type has them.
    fn warn(&mut self, _warnings: Vec<Warning>) {}

    /// Refuses the deletion of a row that is in use.
    ///
    /// # Errors
    /// 409.
    fn check_deletable(_tx: &Transaction<'_>, _id: &str) -> Result<(), ApiError> {
        Ok(())
    }
}

fn select<R: Row>() -> String {
    let (table, entity) = (R::TABLE, R::ENTITY);
    let columns: String = R::COLUMNS.iter().map(|column| format!("t.{column}, ")).collect();
    format!(
        "select t.id, {columns}coalesce(s.version, 0) from {table} t
         left join sync_state s on s.entity_type = '{entity}' and s.entity_id = t.id"
    )
}

/// A row by id.
///
/// # Errors
/// 404.
pub fn get<R: Row>(tx: &Transaction<'_>, id: &str) -> Result<R, ApiError> {
    tx.prepare_cached(&format!("{} where t.id = ?1", select::<R>()))?
        .query_row([raw(id)], R::read)
        .optional()?
        .ok_or_else(|| Code::NotFound.because(R::ENTITY))
}

/// A page of rows, ordered by id.
///
/// # Errors
/// The error from SQLite.
pub fn list<R: Row>(tx: &Transaction<'_>, after: &str, limit: i64) -> Result<Vec<R>, Fault> {
    let mut statement = tx.prepare_cached(&format!("{} where t.id > ?1 order by t.id limit ?2", select::<R>()))?;
    Ok(statement.query_map(params![raw(after), limit], R::read)?.collect::<Result<_, _>>()?)
}

/// All rows, or those that changed since a version of the catalog, ordered by id.
///
/// # Errors
/// The error from SQLite.
pub fn changed<R: Row>(tx: &Transaction<'_>, since: Option<i64>) -> Result<Vec<R>, Fault> {
    let sql = format!("{} {} order by t.id", select::<R>(), changed_since(R::ENTITY, "t.id", since));
    let mut statement = tx.prepare_cached(&sql)?;
    Ok(statement.query_map(params_from_iter(since), R::read)?.collect::<Result<_, _>>()?)
}

/// Creates a row.
///
/// # Errors
/// The error from SQLite.
pub fn create<R: Row>(tx: &Transaction<'_>, by: Author<'_>, fields: &R::Fields, id: Uuid) -> Result<R, ApiError> {
    let id = id.to_string();
    let placeholders: String = (2..2 + R::COLUMNS.len()).map(|n| format!(", ?{n}")).collect();
    let sql = format!("insert into {} (id, {}) values (?1{placeholders})", R::TABLE, R::COLUMNS.join(", "));
    tx.prepare_cached(&sql)?.execute(bound::<R>(&id, fields))?;
    let created = get_with_warnings(tx, &id)?;
    audit::changed(tx, by, (R::ENTITY, &id), (None, Some(&created)))?;
    Ok(created)
}

/// Replaces a row.
///
/// # Errors
/// 404, 412.
pub fn update<R: Row>(
    tx: &Transaction<'_>,
    by: Author<'_>,
    id: &str,
    fields: &R::Fields,
    if_version: Option<i64>,
) -> Result<R, ApiError> {
    let before = get::<R>(tx, id)?;
    check_version(tx, R::ENTITY, id, if_version)?;
    let sets: Vec<_> = R::COLUMNS.iter().zip(2..).map(|(column, n)| format!("{column} = ?{n}")).collect();
    let sql = format!("update {} set {} where id = ?1", R::TABLE, sets.join(", "));
    tx.prepare_cached(&sql)?.execute(bound::<R>(&id, fields))?;
    let after = get_with_warnings(tx, id)?;
    audit::changed(tx, by, (R::ENTITY, id), (Some(&before), Some(&after)))?;
    Ok(after)
}

/// Deletes a row.
///
/// # Errors
/// 404, 412, and those of [`Row::check_deletable`].
pub fn delete<R: Row>(tx: &Transaction<'_>, by: Author<'_>, id: &str, if_version: Option<i64>) -> Result<(), ApiError> {
    let before = get::<R>(tx, id)?;
    check_version(tx, R::ENTITY, id, if_version)?;
    R::check_deletable(tx, id)?;
    tx.prepare_cached(&format!("delete from {} where id = ?1", R::TABLE))?.execute([id])?;
    Ok(audit::changed(tx, by, (R::ENTITY, id), (Some(&before), None))?)
}

fn bound<'v, R: Row>(id: &'v dyn ToSql, fields: &'v R::Fields) -> impl rusqlite::Params + 'v {
    params_from_iter(std::iter::once(id).chain(R::values(fields)).collect::<Vec<_>>())
}

/// A row that was just written, with its warnings.
fn get_with_warnings<R: Row>(tx: &Transaction<'_>, id: &str) -> Result<R, ApiError> {
    let mut row: R = get(tx, id)?;
    row.warn(duplicates::warnings(tx, R::ENTITY, id)?);
    Ok(row)
}

/// The body of a request for a row.
pub trait Body<R: Row> {
    /// Checks and converts the body.
    ///
    /// # Errors
    /// 422.
    fn fields(&self) -> Result<R::Fields, ApiError>;
}

/// Declares a row once: the struct in answers, the checked fields, columns, reader and values. `as`: the type in the API
/// description, if it differs. `also warnings`: the answer to a change warns about duplicate values. `delete if`: a check
/// before deletion.
macro_rules! row {
    (
        $(#[$doc:meta])*
        pub struct $Row:ident, $(#[$fields_doc:meta])* $Fields:ident: $entity:literal in $table:literal {
            $($(#[$column_doc:meta])* $column:ident: $kind:ty $(as $described:ty)?,)*
        }
        $(also $warnings:ident)?
        $(delete if $deletable:path)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
        pub struct $Row {
            /// UUIDv7.
            pub id: String,
            $($(#[$column_doc])* $(#[schema(value_type = $described)])? pub $column: $kind,)*
            /// Version of this entity, for `If-Match`.
            pub version: i64,
            $(
                /// Warnings for people: a value that another row has too. Only in the answer to a change; absent if
                /// there are none.
                #[serde(skip_serializing_if = "Vec::is_empty")]
                #[schema(required = false)]
                pub $warnings: Vec<web::Warning>,
            )?
        }

        $(#[$fields_doc])*
        #[derive(Debug)]
        pub struct $Fields {
            $($(#[$column_doc])* pub $column: $kind,)*
        }

        impl $crate::rows::Row for $Row {
            type Fields = $Fields;
            const TABLE: &'static str = $table;
            const ENTITY: &'static str = $entity;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),*];

            fn read(row: &sqlite::Row<'_>) -> rusqlite::Result<Self> {
                use sqlite::ReadRow;
                let mut columns = 1..;
                let mut next = || columns.next().unwrap_or_default();
                Ok(Self {
                    id: row.id(0)?,
                    $($column: row.read(next())?,)*
                    version: row.read(next())?,
                    $($warnings: Vec::new(),)?
                })
            }

            fn values(fields: &$Fields) -> Vec<&dyn rusqlite::ToSql> {
                vec![$(&fields.$column),*]
            }

            fn id(&self) -> &str {
                &self.id
            }

            $(
                fn warn(&mut self, found: Vec<web::Warning>) {
                    self.$warnings = found;
                }
            )?

            $(
                fn check_deletable(tx: &rusqlite::Transaction<'_>, id: &str) -> Result<(), web::ApiError> {
                    $deletable(tx, id)
                }
            )?
        }
    };
}
pub(crate) use row;

/// The five handlers of a row with their descriptions. The routes derive the required right from the permissions.
macro_rules! crud {
    (
        $Row:ty, $Body:ty, tag $tag:tt, at $path:tt and $one:tt;
        read $Read:ty, write $Write:ty, delete $Delete:ty;
        refuses $refusals:tt $(, in use $in_use:tt)?;
        $list:ident: $list_doc:tt, $create:ident: $create_doc:tt, $get:ident: $get_doc:tt, $put:ident: $put_doc:tt,
        $delete:ident: $delete_doc:tt $(,)?
    ) => {
        // The description uses the last name of a type only.
        use web::reply::Done;
        use web::{List, PageQuery, Success};

        #[doc = $list_doc]
        #[utoipa::path(get, path = $path, tag = $tag, params(PageQuery), responses((status = 200, body = List<$Row>)))]
        pub async fn $list(
            actor: access::Actor<$Read>,
            web::Query(page): web::Query<PageQuery>,
        ) -> Result<List<$Row>, web::ApiError> {
            let limit = web::extract::page_size(page.limit)?;
            let after = page.after()?;
            let found = actor.read(move |tx| $crate::rows::list::<$Row>(tx, &after, limit)).await?;
            Ok(web::reply::page(found, limit, |row| $crate::rows::Row::id(row).to_owned()))
        }

        #[doc = $create_doc]
        #[utoipa::path(post, path = $path, tag = $tag, request_body = $Body, responses(
            (status = 201, body = Success<$Row>), (status = 422, description = $refusals)))]
        pub async fn $create(
            actor: access::Actor<$Write>,
            web::Json(body): web::Json<$Body>,
        ) -> Result<axum::response::Response, web::ApiError> {
            let fields = $crate::rows::Body::<$Row>::fields(&body)?;
            let created = actor.edit(move |tx, user| $crate::rows::create::<$Row>(tx, user.into(), &fields, uuid::Uuid::now_v7())).await?;
            Ok(web::reply::with_status(axum::http::StatusCode::CREATED, Success::new(created)))
        }

        #[doc = $get_doc]
        #[utoipa::path(get, path = $one, tag = $tag, params(("id" = String, Path)), responses(
            (status = 200, body = Success<$Row>), (status = 404, description = "`not_found`")))]
        pub async fn $get(
            actor: access::Actor<$Read>,
            web::Path(id): web::Path<String>,
        ) -> Result<Success<$Row>, web::ApiError> {
            actor.read(move |tx| $crate::rows::get::<$Row>(tx, &id)).await.map(Success::new)
        }

        #[doc = $put_doc]
        #[utoipa::path(put, path = $one, tag = $tag, params(("id" = String, Path),
            ("If-Match" = Option<String>, Header)), request_body = $Body, responses(
            (status = 200, body = Success<$Row>), (status = 404, description = "`not_found`"),
            (status = 412, description = "`version_mismatch`"), (status = 422, description = $refusals)))]
        pub async fn $put(
            actor: access::Actor<$Write>,
            web::Path(id): web::Path<String>,
            web::IfMatch(version): web::IfMatch,
            web::Json(body): web::Json<$Body>,
        ) -> Result<Success<$Row>, web::ApiError> {
            let fields = $crate::rows::Body::<$Row>::fields(&body)?;
            actor
                .edit(move |tx, user| $crate::rows::update::<$Row>(tx, user.into(), &id, &fields, version))
                .await
                .map(Success::new)
        }

        #[doc = $delete_doc]
        #[utoipa::path(delete, path = $one, tag = $tag, params(("id" = String, Path),
            ("If-Match" = Option<String>, Header)), responses(
            (status = 200, body = Done), (status = 404, description = "`not_found`"),
            $((status = 409, description = $in_use),)?
            (status = 412, description = "`version_mismatch`")))]
        pub async fn $delete(
            actor: access::Actor<$Delete>,
            web::Path(id): web::Path<String>,
            web::IfMatch(version): web::IfMatch,
        ) -> Result<Done, web::ApiError> {
            actor.edit(move |tx, user| $crate::rows::delete::<$Row>(tx, user.into(), &id, version)).await?;
            Ok(Done::of(web::Notice::Deleted.with("reason", <$Row as $crate::rows::Row>::ENTITY)))
        }
    };
}
pub(crate) use crud;
