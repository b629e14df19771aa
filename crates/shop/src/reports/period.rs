//! The days of a report.

use domain::BusinessDate;
use serde::Deserialize;
use utoipa::IntoParams;
use web::ApiError;
use web::extract::check_period;

/// The days of a report, both ends included.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Period {
    /// First business date, YYYY-MM-DD.
    #[param(value_type = String, format = Date)]
    from: BusinessDate,
    /// Last business date, YYYY-MM-DD; at most a year later.
    #[param(value_type = String, format = Date)]
    to: BusinessDate,
}

impl Period {
    /// Checks that it ends after its beginning, and within a year.
    ///
    /// # Errors
    /// 422 `invalid_query` or `period_too_long`.
    pub fn check(self) -> Result<Self, ApiError> {
        check_period(self.from, self.to)?;
        Ok(self)
    }

    /// The parameters of a query over the period: first and last date.
    pub(super) fn texts(self) -> [String; 2] {
        [self.from.to_string(), self.to.to_string()]
    }
}
