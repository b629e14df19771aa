//! Counted cash.

use domain::shift::Pieces;
use domain::{CountKind, IdSeries, Money};
use web::{ApiError, Code, Problem, Word};

use super::ShiftCount;

/// Cash as a person counted it.
#[derive(Debug, Clone)]
pub enum Counted {
    /// Only the sum.
    Sum(Money),
    /// The pieces of each denomination.
    Pieces(Vec<Pieces>),
}

impl Counted {
    /// The sum.
    ///
    /// # Errors
    /// 422 `invalid_count`.
    pub fn sum(&self) -> Result<Money, ApiError> {
        let too_large = || Code::InvalidCount.field("counts", Problem::TooLarge);
        match self {
            Self::Sum(sum) => Ok(*sum),
            Self::Pieces(all) => {
                let amounts: Result<Vec<_>, _> = all.iter().map(|pieces| pieces.amount()).collect();
                amounts.and_then(Money::sum).map_err(|_| too_large())
            }
        }
    }

    /// The rows of this count; `like` has what they share.
    ///
    /// # Errors
    /// 422 `invalid_count`.
    pub(super) fn rows(
        &self,
        kind: CountKind,
        like: &ShiftCount,
        ids: &mut IdSeries,
    ) -> Result<Vec<ShiftCount>, ApiError> {
        let mut row = |denomination, pieces, amount: Money| ShiftCount {
            id: ids.next_text(),
            kind: Word::Known(kind),
            denomination,
            pieces,
            amount: amount.0,
            ..like.clone()
        };
        match self {
            Self::Sum(sum) => Ok(vec![row(None, None, *sum)]),
            Self::Pieces(all) => {
                self.sum()?;
                let rows = all.iter().map(|one| {
                    let amount = one.amount().map_err(|_| Code::InvalidCount.field("counts", Problem::TooLarge))?;
                    Ok(row(Some(one.denomination), Some(one.pieces), amount))
                });
                rows.collect()
            }
        }
    }
}

/// A row of a count by this user at this time.
pub(super) fn counted_by(user_id: &str, at: &str) -> ShiftCount {
    ShiftCount {
        id: String::new(),
        kind: Word::Known(CountKind::Open),
        denomination: None,
        pieces: None,
        amount: 0,
        counted_by: Some(user_id.to_owned()),
        reason: None,
        approved_by: None,
        created_at: at.to_owned(),
    }
}
