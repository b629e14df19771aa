//! Binds the outlet's key to a hub: the one that enrolled it or first accepted it. If only the address changes, in
//! `outlet_config` or the environment, the key is sent to the new address only after the hub there has proved that it
//! knows the key. Setting the key with the address, by API or terminal, or a new enrollment ends the binding.

use domain::link;
use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Db, Fault, ReadRow};
use web::secret;

use crate::error::QueueError;
use crate::settings::hub_link::Address;

/// The origin that this key belongs to; `None`: no hub has accepted it yet.
///
/// # Errors
/// The database failed.
pub(crate) fn find(tx: &Transaction<'_>, api_key: &str) -> Result<Option<String>, Fault> {
    let sql = "select origin from sync_key_origin where key_hash = ?1";
    Ok(tx.prepare_cached(sql)?.query_row([secret::key_hash(api_key)], |row| row.read(0)).optional()?)
}

/// Binds the key to the hub at this address, which has accepted it, unless it is bound already.
///
/// # Errors
/// The database failed.
pub async fn bind_key(db: &Db, address: &Address) -> Result<(), QueueError> {
    let key = address.api_key.clone();
    if db.read(move |tx| Ok::<_, QueueError>(find(tx, &key)?)).await?.is_some() {
        return Ok(());
    }
    let address = address.clone();
    db.write_background(move |tx| Ok::<_, QueueError>(store_origin(tx, &address)?)).await
}

fn store_origin(tx: &Transaction<'_>, address: &Address) -> Result<(), Fault> {
    tx.prepare_cached(
        "insert into sync_key_origin (id, key_hash, origin) values (1, ?1, ?2)
         on conflict (id) do update set key_hash = excluded.key_hash, origin = excluded.origin
         where key_hash <> excluded.key_hash",
    )?
    .execute([secret::key_hash(&address.api_key), link::origin(&address.api_url)])?;
    Ok(())
}

/// Binds the key to the hub at this address, which has proved that it knows the key.
///
/// # Errors
/// The database failed.
pub fn rebind_key(tx: &Transaction<'_>, to: &Address) -> Result<(), Fault> {
    unbind_key(tx)?;
    store_origin(tx, to)
}

/// Ends the binding; the key is then bound to the next hub that accepts it.
///
/// # Errors
/// The database failed.
pub fn unbind_key(tx: &Transaction<'_>) -> Result<(), Fault> {
    tx.execute("delete from sync_key_origin", [])?;
    Ok(())
}
