//! The outlet's chain row as a reader sees it.

use protocol::wire::{ChainRow, Epoch, Position};
use store::{Fault, Tx};

use crate::chain;

/// Why an outlet is told nothing.
#[derive(Debug, thiserror::Error)]
pub enum EpochRefused {
    /// It is another one.
    #[error(
        "the hub knows another life of this outlet's database (restored, cloned or replaced?); enrol it again with 'gerai enroll'"
    )]
    Mismatch,
    /// The database.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Where the hub stands in the outlet's chain, if this is the life that it knows; whoever names none is not asked.
///
/// An outlet that was never heard of stands at the start of its first life.
pub(super) fn chain(tx: &mut Tx<'_>, outlet_id: &str, epoch_id: Option<&str>) -> Result<ChainRow, EpochRefused> {
    let Some(row) = chain::find(tx, outlet_id)? else {
        let epoch = Epoch { number: 1, id: epoch_id.unwrap_or_default().to_owned() };
        return Ok(ChainRow { epoch, position: Position::default(), results: Vec::new() });
    };
    match epoch_id {
        Some(id) if id != row.epoch.id => Err(EpochRefused::Mismatch),
        _ => Ok(row),
    }
}

/// Whether this is the life that the hub knows, for whoever says which it lives.
///
/// # Errors
/// [`EpochRefused`].
pub(crate) fn same_life(tx: &mut Tx<'_>, outlet_id: &str, epoch_id: Option<&str>) -> Result<(), EpochRefused> {
    chain(tx, outlet_id, epoch_id).map(|_| ())
}

/// Where the hub stands in the outlet's chain, whichever life that is.
pub(crate) fn stands(tx: &mut Tx<'_>, outlet_id: &str) -> Result<ChainRow, Fault> {
    match chain(tx, outlet_id, None) {
        Ok(row) => Ok(row),
        Err(EpochRefused::Fault(fault)) => Err(fault),
        // Nobody who names no life is refused one.
        Err(EpochRefused::Mismatch) => Err(Fault::PANICKED),
    }
}
