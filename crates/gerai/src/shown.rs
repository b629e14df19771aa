//! Changes whose answer is shown only once: keys, codes, secrets.

use store::{Fault, Store, Tx};

use crate::out::NotWritten;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotShown<E: std::error::Error> {
    /// The change itself.
    #[error(transparent)]
    Refused(E),
    /// What must be kept could not be printed.
    #[error("nothing was changed: {0}")]
    NotWritten(#[source] NotWritten),
    /// Another transaction came between.
    #[error("another change came between, and nothing was changed: what was printed has no effect; try again")]
    Conflict,
}

impl<E: std::error::Error + From<Fault>> From<Fault> for NotShown<E> {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault.into())
    }
}

/// Makes a change and prints its answer before the commit: what cannot be printed is undone.
///
/// # Errors
/// [`NotShown`]; nothing was changed.
pub async fn shown<T, E>(
    store: &Store,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    print: impl Fn(&T) -> Result<(), NotWritten> + Send + 'static,
) -> Result<(), NotShown<E>>
where
    E: std::error::Error + From<Fault> + Send + 'static,
{
    let mut printed = false;
    let write = store.write(move |tx| {
        let answer = work(tx).map_err(NotShown::Refused)?;
        // Done again, it has other keys than those that were printed.
        if printed {
            return Err(NotShown::Conflict);
        }
        printed = true;
        print(&answer).map_err(NotShown::NotWritten)
    });
    let done = write.await;
    store.close().await;
    done
}
