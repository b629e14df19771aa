//! Renames an outlet. Its code stays, because order numbers begin with it.

use domain::{TextRefused, text};
use store::{Fault, Tx};

use super::find::{FindRefused, Outlet, find_active};

/// Why an outlet cannot be renamed.
#[derive(Debug, thiserror::Error)]
pub enum RenameRefused {
    /// The outlet is refused.
    #[error(transparent)]
    Outlet(#[from] FindRefused),
    /// The name breaks the rules for names.
    #[error("an outlet's name {0}")]
    Name(TextRefused),
}

impl From<Fault> for RenameRefused {
    fn from(fault: Fault) -> Self {
        Self::Outlet(fault.into())
    }
}

const RENAME: &str = "update outlets set name = ?2 where outlet_id = ?1";

/// Sets the name. The outlet itself gets the new name when it enrolls again.
///
/// # Errors
/// [`RenameRefused`].
pub fn rename(tx: &mut Tx<'_>, code_or_id: &str, name: &str) -> Result<Outlet, RenameRefused> {
    let name = text::NAME.clean(name).map_err(RenameRefused::Name)?;
    let outlet = find_active(tx, code_or_id)?;
    tx.execute(RENAME, &[(&outlet.outlet_id).into(), (&name).into()])?;
    Ok(Outlet { name, ..outlet })
}
