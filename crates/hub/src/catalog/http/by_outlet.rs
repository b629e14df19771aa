//! Pages of lists with a row for each active outlet, by the outlet's code.

use serde::Deserialize;
use store::Tx;
use utoipa::IntoParams;
use web::{ApiError, List, extract};

use super::super::Refused;
use super::super::delivery::ByOutlet;
use crate::catalog::head_office::HeadOffice;
use crate::cursor;

/// Page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutletsQuery {
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of the rows that `read` returns: those after an outlet's code and id, at most so many.
pub(super) async fn by_outlet<T: ByOutlet + Send + 'static>(
    state: &HeadOffice,
    page: OutletsQuery,
    mut read: impl FnMut(&mut Tx<'_>, (&str, &str), i64) -> Result<Vec<T>, Refused> + Send + 'static,
) -> Result<List<T>, ApiError> {
    let limit = extract::page_size(page.limit)?;
    let after: [String; 2] = page.cursor.as_deref().map_or_else(|| Ok(Default::default()), cursor::read)?;
    let rows = state.store.read(move |tx| read(tx, (&after[0], &after[1]), limit + 1));
    Ok(cursor::page(rows.await?, limit, T::outlet))
}
