//! The page of a list that a caller requests.

use serde::Deserialize;
use utoipa::IntoParams;

use super::invalid_cursor;
use crate::ApiError;

/// The requested page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Maximum number of entries, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// The longest cursor: an id, possibly from an old database without a limit on ids.
const MAX_CURSOR_BYTES: usize = 1_000;

impl PageQuery {
    /// The id at which the page begins; `None` for the first page.
    ///
    /// # Errors
    /// 400 for an invalid id.
    pub fn start(&self) -> Result<Option<String>, ApiError> {
        let is_id =
            |cursor: &String| (1..=MAX_CURSOR_BYTES).contains(&cursor.len()) && !cursor.contains(char::is_control);
        if self.cursor.as_ref().is_none_or(is_id) { Ok(self.cursor.clone()) } else { Err(invalid_cursor()) }
    }

    /// The id after which the page begins; empty for the first page.
    ///
    /// # Errors
    /// 400 for an invalid id.
    pub fn after(&self) -> Result<String, ApiError> {
        Ok(self.start()?.unwrap_or_default())
    }
}
