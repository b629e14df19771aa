//! Which page of a list a caller asks for.

use serde::Deserialize;
use utoipa::IntoParams;

use super::invalid_cursor;
use crate::ApiError;

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// At most so many, 1 to 500; 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The longest cursor: an id, or one of a database that was made before ids had an end.
const MAX_CURSOR_BYTES: usize = 1_000;

impl PageQuery {
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
