//! Changes whose result is shown only once: keys, codes, secrets.

use store::{Fault, Store, Tx};
use web::Notice;
use web::messages::Message;

use crate::out::NotWritten;
use crate::refusals::Refusal;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotShown<E: std::error::Error> {
    /// The change was refused.
    #[error("{0}")]
    Refused(E),
    /// The result could not be printed.
    #[error("nothing was changed: {0}")]
    NotWritten(#[source] NotWritten),
    /// A concurrent transaction came first.
    #[error("{}", Message::from(Notice::ShownInVain))]
    Conflict,
}

impl<E: std::error::Error + From<Fault>> From<Fault> for NotShown<E> {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault.into())
    }
}

/// Makes a change and prints its result before the commit: a result that cannot be printed is rolled back.
///
/// # Errors
/// The refusal, or [`NotShown`]; nothing was changed.
pub async fn shown<T, E>(
    store: &Store,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    print: impl Fn(&T) -> Result<(), NotWritten> + Send + 'static,
) -> anyhow::Result<()>
where
    E: std::error::Error + From<Fault> + Send + Sync + 'static,
{
    let mut printed = false;
    let write = store.write(move |tx| {
        let answer = work(tx).map_err(NotShown::Refused)?;
        // A retry would create other keys than the printed ones.
        if printed {
            return Err(NotShown::Conflict);
        }
        printed = true;
        print(&answer).map_err(NotShown::NotWritten)
    });
    let done = write.await;
    store.close().await;
    done.map_err(|error| match error {
        NotShown::Refused(refused) => refused.into(),
        NotShown::Conflict => Refusal(Notice::ShownInVain.into()).into(),
        NotShown::NotWritten(_) => error.into(),
    })
}
