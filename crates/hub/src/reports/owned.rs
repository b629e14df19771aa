//! Outlet-owned master data as the outlets sent it: one list for each entity, from the stored documents.

use std::collections::BTreeMap;

use protocol::validate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::{Arg, Fault, Store, Tx};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, List, extract};

use crate::cursor;

/// Filter and page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OwnedQuery {
    /// Only of this outlet.
    outlet_id: Option<String>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// An entity: what the hub knows of it, and the fields of its document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Owned {
    outlet_id: String,
    outlet_code: String,
    /// The outlet's count of its changes.
    version: i64,
    /// When its last change arrived, RFC 3339 UTC by head office's clock.
    received_at: String,
    /// UUIDv7, generated at the outlet.
    id: String,
    #[serde(flatten)]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    document: BTreeMap<String, Box<RawValue>>,
}

/// A page of an entity of all outlets, by outlet and id.
///
/// # Errors
/// 400, 422, or the database's error.
pub(crate) async fn page(store: &Store, entity_type: &'static str, query: OwnedQuery) -> Result<List<Owned>, ApiError> {
    let limit = extract::page_size(query.limit)?;
    let after: Option<[String; 2]> = query.cursor.as_deref().map(cursor::read).transpose()?;
    let found =
        store.read(move |tx| list(tx, entity_type, query.outlet_id.as_deref(), after.as_ref(), limit + 1)).await?;
    Ok(cursor::page(found, limit, |one| [one.outlet_id.clone(), one.id.clone()]))
}

/// The query, with the conditions that it needs. Documents are keyed by outlet, so the outlets lead: each finds its own
/// documents by key, and no order is read.
fn statement(of_one_outlet: bool, continues: bool) -> String {
    let outlet = if of_one_outlet { " and o.outlet_id = ?3" } else { "" };
    let (first, second) = if of_one_outlet { (4, 5) } else { (3, 4) };
    let after = if continues {
        format!(" and o.outlet_id >= ?{first} and (o.outlet_id > ?{first} or d.entity_id > ?{second})")
    } else {
        String::new()
    };
    format!(
        "select o.outlet_id, o.code, d.version, d.received_at, d.entity_id, d.document
         from outlets o cross join documents d
         where d.outlet_id = o.outlet_id and d.entity_type = ?2 and d.deleted = 0{outlet}{after}
         order by o.outlet_id, d.entity_id limit ?1"
    )
}

fn list(
    tx: &mut Tx<'_>,
    entity_type: &str,
    outlet_id: Option<&str>,
    after: Option<&[String; 2]>,
    limit: i64,
) -> Result<Vec<Owned>, Fault> {
    let mut args: Vec<Arg<'_>> = vec![limit.into(), entity_type.into()];
    args.extend(outlet_id.map(Arg::from));
    args.extend(after.into_iter().flatten().map(Arg::from));
    tx.all(&statement(outlet_id.is_some(), after.is_some()), &args, |row| {
        let mut document: BTreeMap<String, Box<RawValue>> = row.json_or_default(5)?;
        document.retain(|_, value| validate::check_size(value.get()).is_ok());
        for ours in ["outlet_id", "outlet_code", "version", "received_at", "id"] {
            document.remove(ours);
        }
        Ok(Owned {
            outlet_id: row.string(0)?,
            outlet_code: row.string(1)?,
            version: row.int(2)?,
            received_at: row.string(3)?,
            id: row.string(4)?,
            document,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn each_outlet_finds_its_documents_by_key() {
        let by_key = "SEARCH d USING INDEX sqlite_autoindex_documents_1 (outlet_id=? AND entity_type=?)";
        for (of_one_outlet, continues) in [(false, false), (false, true), (true, false), (true, true)] {
            let sql = statement(of_one_outlet, continues);
            plans::assert_reads(&sql, by_key);
            plans::assert_unsorted(&sql);
        }
    }
}
