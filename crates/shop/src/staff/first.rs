//! The first user of a new outlet: `admin` with the PIN `1234`, which works on the server's machine only.

use jiff::Timestamp;
use rusqlite::params;
use sqlite::{Db, Fault, ReadRow};
use uuid::Uuid;
use web::time;

/// Why the first user could not be created.
#[derive(Debug, thiserror::Error)]
pub enum FirstUserError {
    /// A database fault.
    #[error(transparent)]
    Database(#[from] Fault),
    /// The PIN could not be hashed.
    #[error("the first user could not be created: {0}")]
    Hash(String),
}

/// Creates the first user if there are no users.
///
/// # Errors
/// The error from SQLite.
pub async fn ensure(db: &Db, now: Timestamp) -> Result<(), FirstUserError> {
    let missing: bool = db
        .read(|tx| Ok::<_, Fault>(tx.query_row("select not exists (select 1 from users)", [], |row| row.read(0))?))
        .await?;
    if !missing {
        return Ok(());
    }
    let pin_hash = web::secret::hash_pin(domain::pin::INITIAL_PIN.to_owned())
        .await
        .map_err(|e| FirstUserError::Hash(e.message()))?;
    let id = Uuid::now_v7().to_string();
    db.write(move |tx| {
        tx.execute(
            "insert into users (id, username, name, role, pin_hash, pin_initial, created_at)
             values (?1, 'admin', 'Admin', 'admin', ?2, 1, ?3)",
            params![id, pin_hash, time::text(now)],
        )?;
        Ok::<_, Fault>(())
    })
    .await?;
    Ok(())
}
