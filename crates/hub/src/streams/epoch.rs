//! Checks a reader's epoch against the chain row.

use protocol::wire::{ChainRow, Epoch, Position};
use store::{Fault, Tx};

use crate::chain;

/// Why an outlet's request is refused.
#[derive(Debug, thiserror::Error)]
pub enum EpochRefused {
    /// The outlet is in another epoch.
    #[error(
        "the hub knows another epoch of this outlet (was its database restored, cloned or replaced?); enroll it again with 'gerai enroll'"
    )]
    Mismatch,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The chain row, if the hub knows this epoch. Without an epoch there is no check.
///
/// Before its first batch an outlet is at the start of its first epoch.
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

/// Checks that the hub knows this epoch, if one is given.
///
/// # Errors
/// [`EpochRefused`].
pub(crate) fn same_epoch(tx: &mut Tx<'_>, outlet_id: &str, epoch_id: Option<&str>) -> Result<(), EpochRefused> {
    chain(tx, outlet_id, epoch_id).map(|_| ())
}

/// The chain row, without a check of the epoch.
pub(crate) fn chain_row(tx: &mut Tx<'_>, outlet_id: &str) -> Result<ChainRow, Fault> {
    match chain(tx, outlet_id, None) {
        Ok(row) => Ok(row),
        Err(EpochRefused::Fault(fault)) => Err(fault),
        // Without an epoch there can be no mismatch.
        Err(EpochRefused::Mismatch) => Err(Fault::PANICKED),
    }
}
