//! Where the outlet's key belongs: the hub that it was enrolled at, or that first took it. Where the address alone was
//! changed, in `outlet_config` or the environment, a hub gets the key only after it has proved that it knows it. Setting the
//! key with the address, the terminal and a new enrollment say that the hub has moved.

use domain::link;
use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Db, Fault, ReadRow};
use web::secret;

use crate::error::QueueError;
use crate::settings::hub_link::Address;

/// Where this key belongs; none: no hub has taken it yet.
///
/// # Errors
/// What SQLite said.
pub(crate) fn find(tx: &Transaction<'_>, api_key: &str) -> Result<Option<String>, Fault> {
    let sql = "select origin from sync_key_origin where key_hash = ?1";
    Ok(tx.prepare_cached(sql)?.query_row([secret::key_hash(api_key)], |row| row.read(0)).optional()?)
}

/// The hub at this address has taken the key, which belongs there from now on, unless it belongs somewhere already.
///
/// # Errors
/// What SQLite said.
pub async fn taken(db: &Db, address: &Address) -> Result<(), QueueError> {
    let key = address.api_key.clone();
    if db.read(move |tx| Ok::<_, QueueError>(find(tx, &key)?)).await?.is_some() {
        return Ok(());
    }
    let address = address.clone();
    db.write_background(move |tx| Ok::<_, QueueError>(learn(tx, &address)?)).await
}

fn learn(tx: &Transaction<'_>, address: &Address) -> Result<(), Fault> {
    tx.prepare_cached(
        "insert into sync_key_origin (id, key_hash, origin) values (1, ?1, ?2)
         on conflict (id) do update set key_hash = excluded.key_hash, origin = excluded.origin
         where key_hash <> excluded.key_hash",
    )?
    .execute([secret::key_hash(&address.api_key), link::origin(&address.api_url)])?;
    Ok(())
}

/// The hub at this address has proved that it knows the key, which belongs there from now on.
///
/// # Errors
/// What SQLite said.
pub fn moved(tx: &Transaction<'_>, to: &Address) -> Result<(), Fault> {
    forget(tx)?;
    learn(tx, to)
}

/// Somebody who has the key, or the machine, has said where it goes from now on: the next hub that takes it is its home.
///
/// # Errors
/// What SQLite said.
pub fn forget(tx: &Transaction<'_>) -> Result<(), Fault> {
    tx.execute("delete from sync_key_origin", [])?;
    Ok(())
}
