//! The list of customers, with a search.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, List, Query, extract};

use super::super::customer;
use super::super::shapes::shown;
use super::super::stored::{Listed, StoredEntity};
use super::chain::Customer;
use super::{Body, ListQuery};
use crate::catalog::head_office::HeadOffice;
use crate::staff::User;
use crate::{cursor, search};

/// Search and page of customers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomersQuery {
    /// Part of the name, e-mail address or phone number; a phone number as people write it.
    #[param(max_length = 100)]
    q: Option<String>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// True: include tombstones.
    deleted: Option<bool>,
}

/// The chain's customers, by id.
#[utoipa::path(
    get,
    path = "/v1/hq/customers",
    tag = "head office",
    operation_id = "hq_list_customers",
    params(CustomersQuery),
    responses(
        (status = 200, description = "A page", body = List<Customer>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`invalid_query`"),
    ),
)]
pub(crate) async fn list_customers(
    _: User,
    State(state): State<HeadOffice>,
    Query(query): Query<CustomersQuery>,
) -> Result<List<Body>, ApiError> {
    let Some(words) = search::words(query.q.as_deref())? else {
        let page = ListQuery { limit: query.limit, cursor: query.cursor, deleted: query.deleted };
        return super::list(&state, &customer::KIND, String::new(), page).await;
    };
    let limit = extract::page_size(query.limit)?;
    let [after]: [String; 1] = query.cursor.as_deref().map_or_else(|| Ok(Default::default()), cursor::read)?;
    let deleted = query.deleted.unwrap_or(false);
    let found = state.store.read(move |tx| {
        let listed = Listed { after: &after, deleted, limit: limit + 1 };
        customer::find(tx, &words, &listed)
    });
    let page = cursor::page(found.await?, limit, |stored: &StoredEntity| [stored.id.clone()]);
    Ok(List::new(page.data.iter().map(|stored| shown(&customer::KIND, stored)).collect(), page.next_cursor))
}
